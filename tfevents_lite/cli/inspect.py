"""`inspect`: list the tags of runs: kinds, counts, steps, bytes, times."""

from __future__ import annotations

import argparse
from typing import Any

from ..reading.value_reader import StoredValue
from .output import add_json, counted, printable, table, time_text, to_json
from .sources import EXIT_STATUS, Sources, add_paths, is_wanted, size_of


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "inspect",
        help="list the tags of runs: kinds, counts, steps, bytes, times",
        description="Lists each run's tags: their kind, how many values they have (an event with "
        "three tags holds three values), the smallest and the largest step, how many bytes the "
        "values have as encoded (without what frames them as events), and when the first and the "
        "last were written, in local time. What a resumed run, or one restarted with purge_step, "
        "repeats is counted once, as in TensorBoard. On a narrow terminal, long names are "
        "shortened and the last columns left out. " + EXIT_STATUS,
        epilog="example:\n  tfevents-lite inspect runs --tag 'loss*'",
    )
    add_paths(parser, tags=True)
    add_json(parser, "one JSON object a line and run; times are in seconds since 1970")
    parser.set_defaults(run=run)


class TagFacts:
    """What is known of the values of one kind under one tag. There may be a million of them."""

    __slots__ = (
        "count",
        "first_step",
        "first_time",
        "kind",
        "last_step",
        "last_time",
        "size",
        "tag",
    )

    def __init__(self, first: StoredValue) -> None:
        self.tag, self.kind = first.tag, first.kind
        self.count = self.size = 0
        self.first_step = self.last_step = first.step
        self.first_time = self.last_time = first.wall_time

    def add(self, value: StoredValue) -> None:
        """Count one more."""
        _, step, wall_time, _, _, size, _ = value
        self.count += 1
        self.size += size
        if step < self.first_step:
            self.first_step = step
        if step > self.last_step:
            self.last_step = step
        if wall_time < self.first_time:
            self.first_time = wall_time
        if wall_time > self.last_time:
            self.last_time = wall_time

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
            _range(str(self.first_step), str(self.last_step)),
            f"{self.size:,}",
            _range(time_text(self.first_time), time_text(self.last_time)),
        ]


_HEADINGS = ("tag", "kind", " count", " steps", " bytes")
_DROP = (5, 4, 3)


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def run(options: argparse.Namespace) -> int:
    """Read, count, print run by run."""
    with Sources(options.paths) as sources:
        for name, reader in sources.readers():
            found: dict[tuple[str, str], TagFacts] = {}
            for value in reader.values():
                key = value.tag, value.kind
                facts = found.get(key)
                if facts is None:
                    if not is_wanted(value.tag, options.tag):
                        continue
                    facts = found[key] = TagFacts(value)
                facts.add(value)
            tags = [found[key] for key in sorted(found)]
            sources.progress.clear()
            size = size_of(reader.files)
            if options.json:
                of_run = {"run": name, "files": len(reader.files), "bytes": size}
                print(to_json({**of_run, "tags": [facts.as_dict() for facts in tags]}))
                continue
            held = counted(len(reader.files), "file"), counted(size, "byte")
            print(f"run {printable(name)}: {', '.join(held)}, {counted(len(tags), 'tag')}")
            if tags:
                times = min(tag.first_time for tag in tags), max(tag.last_time for tag in tags)
                days = _range(*(time_text(at, "%Y-%m-%d") for at in times))
                for line in table([*_HEADINGS, days], tags, TagFacts.as_row, _DROP):
                    print(line)
                print()
    return sources.status
