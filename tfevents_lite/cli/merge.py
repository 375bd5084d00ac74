"""`merge`: several runs or files into one new file."""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Callable, Iterator
from typing import Any

from ..reading.run_reader import RunReader
from .new_run import new_runs
from .output import CommandError, add_output, counted, report
from .sources import STATUS, Sources, add_paths

# TensorBoard's plugins look for these by name.
_FIXED_TAGS = ("_hparams_/", "custom_scalars__config__")
_MOST_OPEN = 32


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "merge",
        help="several runs or files into one new file",
        description="Writes the events of several runs, or of several files of one run, to one new "
        "file in the folder OUTPUT, sorted by time or by step. Within a run, events keep their "
        "order, and what a resumed run, or one restarted with purge_step, repeats is dropped, as "
        "in TensorBoard. If two runs have the same tag, their points are mixed; --prefix puts each "
        "run's name before its tags. The inputs are never changed. Exit status: 0 if all was "
        "merged, 4 if damaged events, or events that TensorBoard may not load, were left out "
        "(stderr lists them), 1 if nothing could be merged, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite merge runs/worker-* --prefix -o merged",
    )
    add_paths(parser)
    parser.add_argument(
        "--by",
        choices=["wall-time", "step"],
        default="wall-time",
        help="the order of the events (default: %(default)s)",
    )
    parser.add_argument("--prefix", action="store_true", help="rename tags to RUN/TAG")
    add_output(parser, "the folder of the new run, which must not hold event files", required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read all runs side by side and write what comes first."""
    sources = Sources(options.paths, what="merging")
    with new_runs([options.output]) as [new]:
        # More runs than may be open at once are opened each time they are read.
        keep_open = len(sources.runs) <= _MOST_OPEN
        readers = [sources.reader(run, keep_open=keep_open) for run in sources.runs]
        renames = [_prefix(name) if options.prefix else str for name in sources.runs]
        streams = [_keyed(reader, options.by, index) for index, reader in enumerate(readers)]
        # Records can't be compared; the number of the run and the place in it can.
        for _, index, _, record in heapq.merge(*streams, key=lambda entry: entry[:3]):
            new.add(record, readers[index], renames[index])
    if new.draft is None:
        raise CommandError("there is no event to merge, so nothing was written")
    path, runs = new.draft.path, len(sources.runs)
    report(
        options,
        f"wrote {counted(new.events, 'event')} of {counted(runs, 'run')} to {path}",
        {"output": path, "runs": runs, "events": new.events, "left_out": new.left_out},
    )
    return sources.status or (STATUS["damaged"] if new.left_out else 0)


def _prefix(name: str) -> Callable[[str], str]:
    """Put a run's name before each tag, except those that plugins look for by name."""
    return lambda tag: tag if tag.startswith(_FIXED_TAGS) else f"{name}/{tag}"


def _keyed(reader: RunReader, by: str, index: int) -> Iterator[tuple[float, int, int, Any]]:
    """Each record after its sort key, which never falls within a run."""
    highest = float("-inf")
    for number, record in enumerate(reader.records()):
        _, wall_time, step, _, event = record
        if by == "wall-time" or event is None or event.HasField("summary"):
            at = wall_time if by == "wall-time" else step
            if at > highest:  # Not max(), which would stay at NaN.
                highest = at
        yield highest, index, number, record
