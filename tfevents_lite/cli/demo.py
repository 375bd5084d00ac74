"""`demo`: write a small run of pictures and curves, read it back, and say how to look at it.

With `--all` it is a gallery of every kind, which `gallery` writes.
"""

from __future__ import annotations

import math
import sys
import time

from ..reading.event_reader import read_events
from ..schema.summary import Summary
from ..writers.summary_writer import SummaryWriter
from .output import counted, file_name, to_json
from .pictures import draw_pictures
from .sources import add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import NDArray

STEPS = 100
PICTURE_STEPS = range(0, STEPS, 25)


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "demo",
        help="write a small run of pictures and curves, and check it",
        description="Writes a run of pictures and curves, reads it back, checks that it holds what "
        "was logged, and prints the line to type to look at it. Needs NumPy. Exit status: 0 if all "
        "is there, 1 if not, or if it could not be written, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite demo && tensorboard --logdir runs",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        default="runs/demo",
        type=file_name,
        help="where the run goes (default: %(default)s)",
    )
    parser.add_argument(
        "--all", action="store_true", help="write runs with every kind of data instead"
    )
    add_json(parser, "report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write, read back, compare, report."""
    if options.all:
        return run_all(options.folder, options.json)
    pictures = {step: draw_pictures(step) for step in PICTURE_STEPS}
    begin = time.perf_counter()
    with SummaryWriter(options.folder) as writer:
        for step in range(STEPS):
            for tag, value in curves(step):
                writer.add_scalar(tag, value, step)
            if step in pictures:
                writer.image_summary("pictures", pictures[step], step)
    milliseconds = (time.perf_counter() - begin) * 1000
    file = writer.file_writer.file
    problem = check(file.path, pictures)
    if problem:
        print(f"{file.path}: {problem}", file=sys.stderr)
        return 1
    pixels = sum(picture.nbytes for images in pictures.values() for picture in images)
    if options.json:
        report = {
            "output": file.path,
            "events": file.events,
            "bytes": file.bytes,
            "pixel_bytes": pixels,
            "milliseconds": round(milliseconds),
        }
        print(to_json(report))
        return 0
    print(
        f"wrote {file.path}\n"
        f"  {file.events} events, {file.bytes:,} bytes (of {pixels:,} bytes of pixels), "
        f"in {milliseconds:.0f} ms\n"
        f"  {STEPS} steps of {len(list(curves(0)))} curves, "
        f"{len(pictures)} steps of {len(pictures[0])} pictures\n"
        "read back: all there\n"
        "look at it:\n"
        f"  tensorboard --logdir {options.folder}"
    )
    return 0


def run_all(folder: str, as_json: bool) -> int:
    """Write the gallery, read it back, report."""
    from .gallery import write_gallery

    begin = time.perf_counter()
    paths = write_gallery(folder)
    milliseconds = (time.perf_counter() - begin) * 1000
    events = [event for path in paths for event in read_events(path)]
    tags = {value.tag for event in events for value in event.summary.value}
    if as_json:
        report = {
            "output": folder,
            "runs": len(paths),
            "events": len(events),
            "tags": len(tags),
            "milliseconds": round(milliseconds),
        }
        print(to_json(report))
        return 0
    print(
        f"wrote {counted(len(paths), 'run')} to {folder}\n"
        f"  {len(events)} events of {len(tags)} tags, in {milliseconds:.0f} ms\n"
        "look at them:\n"
        f"  tensorboard --logdir {folder}"
    )
    return 0


def check(path: str, pictures: dict[int, list[NDArray[Any]]]) -> str | None:
    """Compare what a file holds with what was logged; return what is wrong, if anything."""
    from ..summary.image_summary import image_summary

    expected = [
        (step, summary)
        for step in range(STEPS)
        for summary in [
            *(
                Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                for tag, value in curves(step)
            ),
            *([image_summary("pictures", pictures[step])] if step in pictures else []),
        ]
    ]
    found = [
        (event.step, event.summary) for event in read_events(path) if event.HasField("summary")
    ]
    if len(found) != len(expected):
        return f"{len(found)} events were read back, {len(expected)} were written"
    for number, (read, written) in enumerate(zip(found, expected)):
        if read != written:
            return f"event {number} is not what was written at step {written[0]}"
    return None


def curves(step: int) -> Iterator[tuple[str, float]]:
    """The tags and values of one step: what training a small network looks like."""
    wobble = math.sin(step * 12.9898) * math.cos(step * 78.233)
    yield "loss/train", 2.3 * math.exp(-step / 18) + 0.08 + 0.05 * wobble * math.exp(-step / 60)
    yield "loss/test", 2.3 * math.exp(-step / 20) + 0.16 + 0.0006 * step + 0.04 * wobble
    yield "accuracy", 0.97 - 0.87 * math.exp(-step / 14) + 0.012 * wobble
    yield "learning rate", 0.05 * (1 + math.cos(math.pi * step / STEPS))
