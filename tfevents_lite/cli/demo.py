"""`demo`: write a small run of pictures and curves, read it back, and say how to look at it."""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Iterator
from typing import Any

from ..reading.event_reader import read_events
from ..schema.event import Event
from ..schema.summary import Summary
from ..writers.summary_writer import SummaryWriter
from .output import CommandError, add_output, report

STEPS = 100
PICTURE_STEPS = range(0, STEPS, 25)
_SIZE = 192  # The width and height of a picture.


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "demo",
        help="write a small run of pictures and curves, and check it",
        description="Writes a run of pictures and curves, reads it back, checks that it holds what "
        "was logged, and prints the command that shows it. Needs NumPy. Exit status: 0 if the "
        "run is complete, 1 if it is not or could not be written, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite demo && tensorboard --logdir runs",
    )
    add_output(
        parser,
        "a new folder for the run (default: runs/demo, or runs/demo-2, … if that exists)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write, read back, compare, report."""
    folder = options.output or _free_folder(os.path.join("runs", "demo"))
    if os.path.isdir(folder) and os.listdir(folder):
        raise CommandError(f"{folder} is not empty: name a new folder for the demo")
    pictures = {step: draw_pictures(step) for step in PICTURE_STEPS}
    begin = time.perf_counter()
    with SummaryWriter(folder) as writer:
        for step in range(STEPS):
            for tag, value in curves(step):
                writer.add_scalar(tag, value, step)
            if step in pictures:
                writer.image_summary("pictures", pictures[step], step)
    milliseconds = (time.perf_counter() - begin) * 1000
    (name,) = os.listdir(folder)
    path = os.path.join(folder, name)
    events = list(read_events(path))
    problem = check(events, pictures)
    if problem:
        raise CommandError(f"{path}: {problem}")
    size = os.path.getsize(path)
    pixels = sum(picture.nbytes for images in pictures.values() for picture in images)
    report(
        options,
        f"wrote {path}\n"
        f"  {len(events)} events, {size:,} bytes (of {pixels:,} bytes of pixels), "
        f"in {milliseconds:.0f} ms\n"
        f"  {STEPS} steps of {len(list(curves(0)))} curves, "
        f"{len(pictures)} steps of {len(pictures[0])} pictures\n"
        "read back: all there\n"
        "look at it:\n"
        f"  tensorboard --logdir {folder}",
        {
            "output": path,
            "events": len(events),
            "bytes": size,
            "pixel_bytes": pixels,
            "milliseconds": round(milliseconds),
        },
    )
    return 0


def _free_folder(base: str) -> str:
    """The base, or the first of base-2, base-3, … that does not exist."""
    folder, number = base, 1
    while os.path.lexists(folder):
        number += 1
        folder = f"{base}-{number}"
    return folder


def check(events: list[Event], pictures: dict[int, list[Any]]) -> str | None:
    """Compare a file's events with what was logged; return what is wrong, if anything."""
    from ..summary.image_summary import image_summary

    expected = []
    for step in range(STEPS):
        for tag, value in curves(step):
            expected.append((step, Summary(value=[Summary.Value(tag=tag, simple_value=value)])))
        if step in pictures:
            expected.append((step, image_summary("pictures", pictures[step])))
    found = [(event.step, event.summary) for event in events if event.HasField("summary")]
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


def draw_pictures(step: int) -> list[Any]:
    """Pictures that change with the step: RGB uint8, grey floats of any range, a bool mask."""
    import numpy as np

    y, x = np.mgrid[0:_SIZE, 0:_SIZE]
    height = np.zeros((_SIZE, _SIZE))
    for drop_x, drop_y, speed in ((50, 60, 0.6), (140, 80, 0.8), (90, 150, 0.7)):
        distance = np.hypot(x - drop_x, y - drop_y)
        height += np.sin(distance / 6 - step * speed) * np.exp(-distance / 70)
    colors = 128 + 127 * np.sin(height[..., np.newaxis] * 2 + np.array([0.0, 1.0, 2.0]))
    return [colors.astype(np.uint8), height, height > 0.4]
