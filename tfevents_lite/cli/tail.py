"""`tail`: follow runs live."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from ..reading.event_reader import EventReader
from ..reading.folders import has_vanished, open_file
from ..reading.value_reader import StoredValue, ValueReader, read_record
from ..records.tfrecord import DataLossError
from .output import add_json, printable, say, time_text, to_json, warn
from .sources import Sources, add_paths, describe_damage, is_wanted, rounded, runs_of

# How much of a file's beginning is kept.
_HEAD = 64


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "tail",
        help="follow runs live",
        description="Prints the last values of runs, then each new one as it is written, also "
        "in new files and new runs: its local time, run, step, tag, and a scalar's number or "
        "another value's kind and size. Ends with Ctrl-C; with --stop-after, when no value has "
        "come for so long; with --once, after the values already there. Exit status: 0 however it "
        "ends, 1 if a file or folder can't be read (stderr says which), 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite tail runs --tag 'loss*'",
    )
    add_paths(parser, tags=True)
    parser.add_argument(
        "-n",
        "--lines",
        type=_whole,
        default=10,
        help="how many of the values already there are printed (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=0.5,
        metavar="SECONDS",
        help="how often to look (default: %(default)s)",
    )
    parser.add_argument("--stop-after", type=_seconds, metavar="SECONDS", help="end when idle")
    parser.add_argument("--once", action="store_true", help="do not wait for more")
    add_json(parser, "one JSON object a line and value")
    parser.set_defaults(run=run)


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86400:
        raise ValueError
    return seconds


_whole.__name__ = "number of lines"  # What argparse calls them in its messages.
_seconds.__name__ = "number of seconds, up to a day,"


def run(options: argparse.Namespace) -> int:
    """Print what is there, then what comes."""
    for path in options.paths:
        os.stat(path)
    tails = _Tails(options.paths, options.tag)
    try:
        follow(tails, options)
    except KeyboardInterrupt:
        sys.stderr.write("\n" if sys.stderr.isatty() else "")
    return tails.sources.status


def follow(tails: _Tails, options: argparse.Namespace) -> None:
    """Look, print, sleep, look again."""
    last = deque(tails.new_values(), maxlen=options.lines)
    if not tails.sources.runs:
        waits = "" if options.once else "; waiting for one (Ctrl-C ends)"
        warn(f"no event file found in {', '.join(options.paths)}{waits}")
    for name, value in last:
        _print(name, value, options.json)
    idle_since = time.monotonic()
    while not options.once:
        sys.stdout.flush()
        if options.stop_after and time.monotonic() - idle_since >= options.stop_after:
            return
        time.sleep(options.interval)
        for name, value in tails.new_values():
            _print(name, value, options.json)
            idle_since = time.monotonic()


class _Tail:
    """How far a file was read, and how it looked then."""

    def __init__(self, path: str) -> None:
        self.reader = EventReader(path)
        self.look: tuple[int, int] | None = None
        self.head = b""


class _Tails:
    """Follows the files of some runs, for the values of some tags."""

    def __init__(self, paths: list[str], tags: list[str] | None) -> None:
        self.sources = Sources(paths, may_be_none=True)
        self._paths, self._tags = paths, tags
        self._tails: dict[str, _Tail] = {}
        self._values: dict[str, ValueReader] = {}

    def new_values(self) -> Iterator[tuple[str, StoredValue]]:
        """Yield what came since, with its run's name."""
        runs = runs_of(self._paths, self.sources.on_unreadable, may_be_none=True)
        # A removed file may come back under its name with other contents.
        for path in self._tails.keys() - {path for files in runs.values() for path in files}:
            del self._tails[path]
        for name, files in runs.items():
            values = self._values.setdefault(name, ValueReader())
            for path in files:
                try:
                    for found in self._new_in(path, values):
                        for value in found:
                            if is_wanted(value.tag, self._tags):
                                yield name, value
                except OSError as error:
                    # A run with bounded storage removes its oldest files.
                    if not has_vanished(path, error):
                        self.sources.on_unreadable(path, error)

    def _new_in(self, path: str, values: ValueReader) -> Iterator[list[StoredValue]]:
        """Yield the values of each new event of a file."""
        tail = self._tails.setdefault(path, _Tail(path))
        progress = self.sources.progress
        status = os.stat(path)
        # Opening all files at each look would be the main cost, if there are many.
        look = status.st_size, status.st_mtime_ns
        if look == tail.look:
            return
        with open_file(path) as file:
            # The time in the first record tells a file from another of the same name.
            head = file.read(_HEAD)
        if status.st_size < tail.reader.offset or not head.startswith(tail.head):
            warn(f"{path} was truncated or replaced; reading it from its beginning")
            tail.reader = EventReader(path)
        tail.look, tail.head = look, head

        def decode(payload: Any) -> list[StoredValue]:
            progress.add(len(payload))
            return [*values.values(read_record(payload))]

        try:
            yield from tail.reader.read(decode=decode)
        except DataLossError as error:
            what = describe_damage(path, error)
            warn(f"{path}: {what}; going on with what is intact after it")
            tail.reader = EventReader(path, on_error="skip", offset=tail.reader.offset)
            yield from tail.reader.read(decode=decode)


def _print(name: str, value: StoredValue, as_json: bool) -> None:
    if as_json:
        line = {
            "run": name,
            "tag": value.tag,
            "step": value.step,
            "wall_time": value.wall_time,
            "kind": value.kind,
            "bytes": value.size,
        }
        say(to_json(line if value.number is None else {**line, "value": value.number}))
        return
    what = f"{printable(value.kind)}, {value.size:,} bytes"
    if value.number is not None:
        what = rounded(value.number)
    when, tag = time_text(value.wall_time), printable(value.tag)
    say(f"{when}  {printable(name)}  step {value.step}  {tag}  {what}")
