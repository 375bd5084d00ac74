"""`merge`: several runs or files into one new file."""

from __future__ import annotations

import heapq

from ..wire.wire_format import DecodeError
from .new_run import new_runs
from .output import counted, file_name, to_json, warn
from .sources import STATUS, Sources, add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..reading.run_reader import RunReader
    from ..reading.value_reader import Record

# TensorBoard's plugins look for these by name.
_FIXED_TAGS = ("_hparams_/", "custom_scalars__config__")
_MOST_OPEN = 32


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "merge",
        help="several runs or files into one new file",
        description="Writes the events of several runs, or of several files of one run, to one new "
        "file in the folder OUTPUT, in the order of their times or steps; within a run their order "
        "stays. What a run repeats that was resumed, or restarted with purge_step, is dropped, as "
        "TensorBoard does. Where two runs have the same tag, its points are mixed, unless --prefix "
        "puts the run's name before each tag. "
        "OUTPUT must not hold event files; inputs are never touched. Exit status: 0 if all was "
        "merged, 4 if some was damaged, or would stop TensorBoard, and is left out (stderr says "
        "what), 1 if nothing could be merged, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite merge merged runs/worker-* --prefix",
    )
    parser.add_argument(
        "output", metavar="OUTPUT", type=file_name, help="the folder of the new run"
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder or an event file")
    parser.add_argument(
        "--by",
        choices=["wall-time", "step"],
        default="wall-time",
        help="the order of the events (default: %(default)s)",
    )
    parser.add_argument("--prefix", action="store_true", help="call a run's tags RUN/TAG")
    add_json(parser, "report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read all runs side by side and write what comes first."""
    with Sources(options.paths, what="merging") as sources, new_runs([options.output]) as [new]:
        # More runs than may be open at once are opened each time they are read.
        keep_open = len(sources.runs) <= _MOST_OPEN
        readers = [sources.reader(run, keep_open=keep_open) for run in sources.runs]
        renames = [_prefix(name) if options.prefix else str for name in sources.runs]
        streams = [_keyed(reader, options.by, index) for index, reader in enumerate(readers)]
        # A record can't be compared with another; its run's number and its place in it can.
        for _, index, _, record in heapq.merge(*streams, key=lambda entry: entry[:3]):
            try:
                new.add(record, readers[index].value_reader, renames[index])
            except (DecodeError, EOFError) as error:
                readers[index].reject(error)
    status = sources.status or (STATUS["damaged"] if new.left_out else 0)
    if options.json:
        report = {
            "output": new.path or None,
            "runs": len(sources.runs),
            "events": new.events,
            "left_out": new.left_out,
        }
        print(to_json(report))
    elif new.path:
        runs = counted(len(sources.runs), "run")
        print(f"wrote {counted(new.events, 'event')} of {runs} to {new.path}")
    if not new.path:
        warn("there is no event to merge, so nothing was written")
        return 1
    return status


def _prefix(name: str) -> Callable[[str], str]:
    """What puts a run's name before each tag, but for those that plugins look for by name."""
    return lambda tag: tag if tag.startswith(_FIXED_TAGS) else f"{name}/{tag}"


def _keyed(reader: RunReader, by: str, index: int) -> Iterator[tuple[float, int, int, Record]]:
    """Each record after what it is sorted by, which never falls within a run."""
    highest = float("-inf")
    for number, record in enumerate(reader.records()):
        _, wall_time, step, _, event = record
        if by == "wall-time" or event is None or event.HasField("summary"):
            # Not max(), which a time that is no number would stay.
            at = wall_time if by == "wall-time" else step
            if at > highest:
                highest = at
        yield highest, index, number, record
