"""Reading scalars back into columns, against TensorBoard's EventAccumulator: time and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from .harness import OURS, Contestant, Row, compare, finish, progress
from .peers import importing, new_folder

ACCUMULATOR = "EventAccumulator"
COLUMNS = "the columns themselves"

# What reading adds to the peak of a process that has read a little before, in MiB.
MEMORY = """
import sys

def peak():
    lines = open("/proc/self/status").read().split()
    return int(lines[lines.index("VmHWM:") + 1]) / 1024

small, large = sys.argv[1:]
{read}
points = read(small)
before = peak()
points = read(large)
print(peak() - before)
"""
READ = {
    OURS: """
import numpy
from tfevents_lite import read_scalars as read
""",
    ACCUMULATOR: """
import warnings
warnings.simplefilter("ignore")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

def read(folder):
    reader = EventAccumulator(folder, size_guidance={"scalars": 0})
    reader.Reload()
    return reader
""",
}


def run(scale: float) -> list[Row]:
    """Time and memory for a run of a million scalars under ten tags."""
    count = max(int(1_000_000 * scale), 1000)
    rows = [time(f"{count:,} scalars", log(count), count)]
    rows.append(time(f"{count // 10:,} tensor scalars", log_tensors(count // 10), count // 10))
    rows.append(time(f"{count // 5:,} scalars, 200 an event", log_many(count // 5), count // 5))
    return [*rows, memory(count)]


def log(count: int) -> str:
    """A folder with a run of so many scalars under ten tags."""
    from tfevents_lite import SummaryWriter

    progress(f"logging {count:,} scalars")
    folder = new_folder()
    with SummaryWriter(folder, buffer_bytes=1 << 16) as writer:
        for step in range(count // 10):
            for tag in range(10):
                writer.add_scalar(f"tag {tag}", step / count, step)
    return folder


def log_tensors(count: int) -> str:
    """A folder with a run of so many scalars under ten tags, as TensorFlow 2 writes them."""
    from tfevents_lite import v2

    progress(f"logging {count:,} tensor scalars")
    folder = new_folder()
    writer = v2.create_file_writer(folder)
    with writer.as_default():
        for step in range(count // 10):
            for tag in range(10):
                v2.scalar(f"tag {tag}", step / count, step)
    writer.close()
    return folder


def log_many(count: int) -> str:
    """A folder with a run of so many scalars, 200 in each event."""
    from tfevents_lite import FileWriter, Summary

    progress(f"logging {count:,} scalars, 200 an event")
    folder = new_folder()
    with FileWriter(folder) as writer:
        for step in range(count // 200):
            values = [Summary.Value(tag=f"tag/{n}", simple_value=step) for n in range(200)]
            writer.add_summary(Summary(value=values), step)
    return folder


def time(what: str, folder: str, count: int) -> Row:
    def ours() -> Callable[[], object]:
        from tfevents_lite import read_scalars

        def call() -> None:
            columns = read_scalars(folder)["."]
            if sum(column.step.size for column in columns.values()) != count:
                raise RuntimeError("points are missing")

        return call

    def accumulator() -> Callable[[], object]:
        with importing():
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        def call() -> None:
            reader = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0})
            with importing():
                reader.Reload()
            tags = reader.Tags()
            points = [len(reader.Scalars(tag)) for tag in tags["scalars"]]
            points += [len(reader.Tensors(tag)) for tag in tags["tensors"]]
            if sum(points) != count:
                raise RuntimeError("points are missing")

        return call

    contestants = [
        Contestant(OURS, ours),
        Contestant(ACCUMULATOR, accumulator, "tensorboard"),
    ]
    work = f"reading {what} back, per scalar"
    return compare(work, contestants, per=count, rounds=3, targets={ACCUMULATOR: 5.0})


def memory(count: int) -> Row:
    """How far reading raises the peak of a process, beside what the columns hold."""
    row = Row(f"memory for reading {count:,} scalars", {COLUMNS: 1 / 4}, unit="MiB")
    if sys.platform != "linux":
        row.missing = list(READ)
        return row
    from tfevents_lite import read_scalars

    small, large = log(100), log(count)
    for name, code in READ.items():
        if Contestant(name, lambda: print, None if name == OURS else "tensorboard").is_missing:
            row.missing.append(name)
            continue
        progress(f"{row.work}: {name}")
        command = [sys.executable, "-c", MEMORY.format(read=code), small, large]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row.samples[name] = [float(done.stdout)] * 2
    columns = read_scalars(large)["."].values()
    size = sum(sum(values.nbytes for values in column) for column in columns) / 2**20
    row.samples[COLUMNS] = [size] * 2
    finish()
    return row
