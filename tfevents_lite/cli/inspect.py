"""`inspect`: say what runs hold: tags, kinds, steps, counts, bytes, times."""

from __future__ import annotations

from .output import counted, printable, table, time_text, to_json
from .sources import EXIT_STATUS, Sources, add_arguments, add_json, is_wanted, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ..reading.value_reader import StoredValue


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "inspect",
        help="say what runs hold: tags, kinds, steps, bytes, times",
        description="Lists each run's tags: of which kind they are, how many values they have, "
        "their first and last step, their size in bytes as encoded, and when the first and the "
        "last value were written (UTC). What a restarted run repeats is counted once, as in "
        "TensorBoard. " + EXIT_STATUS,
        epilog="example:\n  tfevents-lite inspect runs --tag 'loss*'",
    )
    add_arguments(parser)
    add_json(parser, "one JSON object a line and run; times are in seconds since 1970")
    parser.set_defaults(run=run)


class TagFacts:
    """What is known of the values of one kind under one tag."""

    def __init__(self, first: StoredValue) -> None:
        self.tag = first.tag
        self.kind = first.kind
        self.count = self.size = 0
        self.first_step = self.last_step = first.step
        self.first_time = self.last_time = first.wall_time

    def add(self, value: StoredValue) -> None:
        """Count one more."""
        self.count += 1
        self.size += value.size
        self.first_step = min(self.first_step, value.step)
        self.last_step = max(self.last_step, value.step)
        self.first_time = min(self.first_time, value.wall_time)
        self.last_time = max(self.last_time, value.wall_time)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "tag": self.tag,
            "kind": self.kind,
            "count": self.count,
            "first_step": self.first_step,
            "last_step": self.last_step,
            "bytes": self.size,
            "first_wall_time": self.first_time,
            "last_wall_time": self.last_time,
        }

    def as_row(self) -> list[str]:
        """For a table."""
        return [
            self.tag or "(none)",
            self.kind,
            f"{self.count:,}",
            str(self.first_step),
            str(self.last_step),
            f"{self.size:,}",
            time_text(self.first_time),
            time_text(self.last_time),
        ]


def run(options: argparse.Namespace) -> int:
    """Read, count, print run by run."""
    with Sources(options.paths) as sources:
        for name, reader in sources.readers():
            facts: dict[tuple[str, str], TagFacts] = {}
            for value in reader.values():
                if is_wanted(value.tag, options.tag):
                    key = value.tag, value.kind
                    if key not in facts:
                        facts[key] = TagFacts(value)
                    facts[key].add(value)
            tags = [facts[key] for key in sorted(facts)]
            sources.progress.clear()
            size = size_of(reader.files)
            if options.json:
                print(
                    to_json(
                        {
                            "run": name,
                            "files": len(reader.files),
                            "bytes": size,
                            "tags": [tag.as_dict() for tag in tags],
                        }
                    )
                )
            else:
                held = counted(len(reader.files), "file"), counted(size, "byte")
                print(f"run {printable(name)}: {', '.join(held)}, {counted(len(tags), 'tag')}")
                if tags:
                    print(table(_HEADINGS, [tag.as_row() for tag in tags]), end="\n\n")
    return sources.status


_HEADINGS = (
    "tag",
    "kind",
    " count",
    " first step",
    " last step",
    " bytes",
    "first time",
    "last time",
)
