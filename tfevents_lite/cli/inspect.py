"""`inspect`: list the tags of runs: kinds, counts, steps, bytes, times."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .output import add_json, counted, printable, say, table, time_text, to_json
from .sources import EXIT_STATUS, Sources, add_paths, is_wanted, size_of

if TYPE_CHECKING:
    from collections.abc import Callable


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "inspect",
        help="list the tags of runs: kinds, counts, steps, bytes, times",
        description="Lists each run's tags: their kind, how many values they have (an event with "
        "three tags holds three values), the smallest and the largest step, how many bytes the "
        "values have as encoded (without what frames them as events), and when the first and the "
        "last were written, in local time. What a resumed run, or one restarted with purge_step, "
        "repeats is counted once, as in TensorBoard. What another restart repeats is counted "
        "again; TensorBoard's fast loader, its default, shows only the later points. On a narrow "
        "terminal, long names are shortened and the last columns left out. " + EXIT_STATUS,
        epilog="example:\n  tfevents-lite inspect runs --tag 'loss*'",
    )
    add_paths(parser, tags=True)
    add_json(parser, "one JSON object a line and run; times are in seconds since 1970")
    parser.set_defaults(run=run)


_FIELDS = (
    "tag", "kind", "count", "first_step", "last_step", "bytes", "first_wall_time", "last_wall_time"
)  # fmt: skip


class TagFacts:
    """What is known of the values of one kind under one tag. There may be a million of them."""

    __slots__ = _FIELDS

    def __init__(self, tag: str, kind: str, step: int, wall_time: float) -> None:
        self.tag, self.kind = tag, kind
        self.count = self.bytes = 0
        self.first_step = self.last_step = step
        self.first_wall_time = self.last_wall_time = wall_time

    def add(self, step: int, wall_time: float, size: int) -> None:
        """Count one more."""
        self.count += 1
        self.bytes += size
        if step < self.first_step:
            self.first_step = step
        if step > self.last_step:
            self.last_step = step
        if wall_time < self.first_wall_time:
            self.first_wall_time = wall_time
        if wall_time > self.last_wall_time:
            self.last_wall_time = wall_time

    def as_row(self) -> list[str]:
        """For a table."""
        steps = _range(self.first_step, self.last_step, str)
        times = _range(self.first_wall_time, self.last_wall_time, time_text)
        return [self.tag or "(none)", self.kind, f"{self.count:,}", steps, f"{self.bytes:,}", times]


_HEADINGS = ("tag", "kind", " count", " steps", " bytes")
_DROP = (5, 4, 3)


def _range(first: float, last: float, text_of: Callable[[Any], str]) -> str:
    begin = text_of(first)
    # The texts of times take long where there are a million tags, most of them of one value.
    end = begin if first == last else text_of(last)
    return begin if begin == end else f"{begin} to {end}"


def run(options: argparse.Namespace) -> int:
    """Read, count, print run by run."""
    sources = Sources(options.paths)
    for name, reader in sources.readers():
        found: dict[tuple[str, str], TagFacts] = {}
        for tag, step, wall_time, kind, _, size, _ in reader.values():
            facts = found.get((tag, kind))
            if facts is None:
                if not is_wanted(tag, options.tag):
                    continue
                facts = found[tag, kind] = TagFacts(tag, kind, step, wall_time)
            facts.add(step, wall_time, size)
        every = [found[key] for key in sorted(found)]
        files, size = reader.files, size_of(reader.files)
        if options.json:
            tags = [{field: getattr(facts, field) for field in _FIELDS} for facts in every]
            say(to_json({"run": name, "files": len(files), "bytes": size, "tags": tags}))
            continue
        held = f"{counted(len(files), 'file')}, {counted(size, 'byte')}"
        say(f"run {printable(name)}: {held}, {counted(len(every), 'tag')}")
        if every:
            first = min(facts.first_wall_time for facts in every)
            last = max(facts.last_wall_time for facts in every)
            days = _range(first, last, lambda at: time_text(at, "%Y-%m-%d"))
            for line in table([*_HEADINGS, days], every, TagFacts.as_row, _DROP):
                say(line)
            say("")
    return sources.status
