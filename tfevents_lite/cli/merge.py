"""`merge`: several runs or files into one new file."""

from __future__ import annotations

import heapq

from .new_run import new_runs
from .output import counted, file_name, to_json, warn
from .sources import Sources, add_json
from .verify import STATUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from ..reading.value_reader import RunReader
    from ..schema.event import Event


# TensorBoard's plugins look for these by name.
_FIXED_TAGS = ("_hparams_/", "custom_scalars__config__")


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "merge",
        help="several runs or files into one new file",
        description="Writes the events of several runs, or of several files of one run, to one new "
        "file in the folder OUTPUT, in the order of their times or steps; within a run their order "
        "stays. What a restarted run repeats is dropped, as TensorBoard does. Where two runs have "
        "the same tag, its points are mixed, unless --prefix puts the run's name before each tag. "
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
        streams = [
            _keyed(reader, options.by, index, f"{name}/" if options.prefix else "")
            for index, (name, reader) in enumerate(sources.readers())
        ]
        # An event can't be compared with another; its run's number and its place in it can.
        for _, _, _, event in heapq.merge(*streams, key=lambda entry: entry[:3]):
            new.add(event)
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


def _keyed(
    reader: RunReader, by: str, index: int, prefix: str
) -> Iterator[tuple[float, int, int, Event]]:
    """Each event behind what it is sorted by, which never falls within a run."""
    highest = float("-inf")
    for number, event in enumerate(reader.events(living=True)):
        if event.HasField("summary") or by == "wall-time":
            # Not max(), which a time that is no number would stay.
            at = event.wall_time if by == "wall-time" else event.step
            if at > highest:
                highest = at
        if prefix and event.HasField("summary"):
            for value in event.summary.value:
                if not value.tag.startswith(_FIXED_TAGS):
                    value.tag = prefix + value.tag
        yield highest, index, number, event
