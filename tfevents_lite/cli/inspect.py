"""`inspect`: say what runs hold: tags, kinds, steps, counts, bytes, times."""

from __future__ import annotations

import heapq
from functools import lru_cache
from itertools import repeat

from .output import counted, printable, table_lines, time_text, to_json
from .sources import EXIT_STATUS, Sources, add_arguments, add_json, is_wanted, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from ..reading.value_reader import StoredValue


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "inspect",
        help="say what runs hold: tags, kinds, steps, bytes, times",
        description="Lists each run's tags: of which kind they are, how many values they have, "
        "their first and last step, their size in bytes as encoded, and when the first and the "
        "last value were written (UTC). What a run repeats that was resumed, or restarted with "
        "purge_step, is counted once, as in TensorBoard. " + EXIT_STATUS,
        epilog="example:\n  tfevents-lite inspect runs --tag 'loss*'",
    )
    add_arguments(parser)
    add_json(parser, "one JSON object a line and run; times are in seconds since 1970")
    parser.set_defaults(run=run)


class TagFacts:
    """What is known of the values of one kind under one tag. There may be a million of them."""

    __slots__ = ("count", "first_step", "first_time", "last_step", "last_time", "size")

    def __init__(self, first: StoredValue) -> None:
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

    def as_dict(self, tag: str, kind: str) -> dict[str, Any]:
        """For JSON."""
        return {
            "tag": tag,
            "kind": kind,
            "count": self.count,
            "first_step": self.first_step,
            "last_step": self.last_step,
            "bytes": self.size,
            "first_wall_time": self.first_time,
            "last_wall_time": self.last_time,
        }

    def as_row(self, tag: str, kind: str) -> list[str]:
        """For a table."""
        return [
            tag or "(none)",
            kind,
            f"{self.count:,}",
            str(self.first_step),
            str(self.last_step),
            f"{self.size:,}",
            _time_text(self.first_time),
            _time_text(self.last_time),
        ]


# All values of an event have its time.
_time_text = lru_cache(maxsize=64)(time_text)


class _Rows:
    """The rows of a table, made anew each time it is iterated."""

    def __init__(self, facts: dict[str, dict[str, TagFacts]]) -> None:
        self._facts = facts
        self._tags = {kind: sorted(tags) for kind, tags in facts.items()}

    def __len__(self) -> int:
        return sum(map(len, self._tags.values()))

    def _ordered(self) -> Iterator[tuple[str, str]]:
        return heapq.merge(*(zip(tags, repeat(kind)) for kind, tags in self._tags.items()))

    def __iter__(self) -> Iterator[list[str]]:
        return (self._facts[kind][tag].as_row(tag, kind) for tag, kind in self._ordered())

    def dicts(self) -> list[dict[str, Any]]:
        """The rows for JSON."""
        return [self._facts[kind][tag].as_dict(tag, kind) for tag, kind in self._ordered()]


def run(options: argparse.Namespace) -> int:
    """Read, count, print run by run."""
    with Sources(options.paths) as sources:
        for name, reader in sources.readers():
            # By kind and tag.
            facts: dict[str, dict[str, TagFacts]] = {}
            for value in reader.values():
                tag, kind = value.tag, value.kind
                if options.tag is None or is_wanted(tag, options.tag):
                    try:
                        facts[kind][tag].add(value)
                    except KeyError:
                        known = facts.setdefault(kind, {})[tag] = TagFacts(value)
                        known.add(value)
            rows = _Rows(facts)
            sources.progress.clear()
            size = size_of(reader.files)
            if options.json:
                of_run = {"run": name, "files": len(reader.files), "bytes": size}
                print(to_json({**of_run, "tags": rows.dicts()}))
            else:
                held = counted(len(reader.files), "file"), counted(size, "byte")
                print(f"run {printable(name)}: {', '.join(held)}, {counted(len(rows), 'tag')}")
                if len(rows):
                    for line in table_lines(_HEADINGS, rows):
                        print(line)
                    print()
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
