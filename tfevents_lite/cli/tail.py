"""`tail`: follow runs live."""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from ..reading.event_reader import EventReader
from ..reading.value_reader import ValueReader
from ..records.tfrecord import DataLossError
from .output import printable, time_text, to_json, warn
from .sources import add_arguments, add_json, is_wanted, rounded, runs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from ..reading.value_reader import StoredValue
    from ..schema.event import Event


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "tail",
        help="follow runs live",
        description="Prints the last values of runs and then each new one as it is written, also "
        "those of new files and new runs in the folder: when (UTC), run, step, tag, and a scalar's "
        "number or another value's kind. Ends with Ctrl-C, with --stop-after when nothing came for "
        "so long, and with --once at the end of what is there. Exit status: 0 however it ends, "
        "1 if a PATH is not there, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite tail runs --tag 'loss*'",
    )
    add_arguments(parser)
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
    try:
        follow(options)
    except KeyboardInterrupt:
        sys.stderr.write("\n" if sys.stderr.isatty() else "")
    return 0


def follow(options: argparse.Namespace) -> None:
    """Look, print, sleep, look again."""
    for path in options.paths:
        os.stat(path)
    tails = _Tails(options.paths)
    last = deque(_wanted(tails, options), maxlen=options.lines)
    for name, value in last:
        _print(name, value, options.json)
    idle_since = time.monotonic()
    while not options.once:
        sys.stdout.flush()
        if options.stop_after and time.monotonic() - idle_since >= options.stop_after:
            return
        time.sleep(options.interval)
        for name, value in _wanted(tails, options):
            _print(name, value, options.json)
            idle_since = time.monotonic()


def _wanted(tails: _Tails, options: argparse.Namespace) -> Iterator[tuple[str, StoredValue]]:
    for name, value in tails.new_values():
        if is_wanted(value.tag, options.tag):
            yield name, value


class _Tails:
    """Where each file was read up to."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self._readers: dict[str, EventReader] = {}
        self._values: dict[str, ValueReader] = {}

    def new_values(self) -> Iterator[tuple[str, StoredValue]]:
        """Yield what came since, with its run's name."""
        runs = runs_of(self._paths, may_be_none=True)
        # A file that is gone may come again, under its name, with other contents.
        for path in self._readers.keys() - {path for files in runs.values() for path in files}:
            del self._readers[path]
        for name, files in runs.items():
            values = self._values.setdefault(name, ValueReader())
            for path in files:
                for event in self._new_events(path):
                    for value in values.values_of(event):
                        yield name, value

    def _new_events(self, path: str) -> Iterator[Event]:
        reader = self._readers.setdefault(path, EventReader(path))
        try:
            # Opening all files of a large folder at each look would be its main cost.
            if os.path.getsize(path) > reader.offset:
                try:
                    yield from reader
                except DataLossError as error:
                    warn(f"{path}: {error}; going on with what is intact behind it")
                    reader = EventReader(path, on_error="skip", offset=reader.offset)
                    self._readers[path] = reader
                    yield from reader
        except FileNotFoundError:
            pass  # Old files of a run with bounded storage are removed.


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
        print(to_json(line if value.number is None else {**line, "value": value.number}))
        return
    what = f"{value.kind}, {value.size:,} bytes" if value.number is None else rounded(value.number)
    when, tag = time_text(value.wall_time), printable(value.tag)
    print(f"{when}  {printable(name)}  step {value.step}  {tag}  {what}")
