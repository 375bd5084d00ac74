"""What a scalar costs: written through, buffered, many at once, by threads, under many tags."""

from __future__ import annotations

import csv
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .harness import OURS, Contestant, Row, compare
from .peers import open_writer, size_on_disk, writers


def run(scale: float) -> list[Row]:
    """All rows about scalars; `scale` multiplies how many are written a round."""
    count = max(int(20_000 * scale), 100)
    return [
        written_through(count),
        buffered(count),
        many_tags_at_once(count),
        whole_curve(max(int(1_000_000 * scale), 1000), count),
        threads(count),
        *(tags(number, count) for number in (1_000, 10_000)),
        size(max(count // 10, 10)),
    ]


def log_scalars(count: int) -> Callable[[Any], None]:
    """Work that logs `count` scalars under one tag, steps rising from call to call."""
    state = {"step": 0}

    def work(writer: Any) -> None:
        start = state["step"]
        for step in range(start, start + count):
            writer.add_scalar("loss/train", 0.5, step)
        state["step"] += count

    return work


def csv_rows(count: int, flush: bool) -> Contestant:
    """csv.writer.writerow of the same four values, each flushed or not."""

    def prepare() -> Callable[[], object]:
        file = tempfile.TemporaryFile("w", newline="")  # noqa: SIM115 # Lives as long as the call.
        write, flush_file, clock = csv.writer(file).writerow, file.flush, time.time

        def call() -> None:
            for step in range(count):
                write((clock(), step, "loss/train", 0.5))
                if flush:
                    flush_file()
            flush_file()

        return call

    return Contestant("csv, flushed" if flush else "csv", prepare)


def written_through(count: int) -> Row:
    peers = writers(log_scalars(count))
    return compare(
        "add_scalar, with the system when it returns",
        [*peers, csv_rows(count, flush=True)],
        per=count,
        targets={"csv, flushed": 1, "tensorboardX": 25, "torch": 20},
    )


def buffered(count: int) -> Row:
    ours = writers(log_scalars(count), among=[OURS], buffer_bytes=65536)
    return compare(
        "add_scalar, buffer_bytes=65536",
        [*ours, csv_rows(count, flush=False)],
        per=count,
        targets={"csv": 1},
    )


def many_tags_at_once(count: int) -> Row:
    tags = [f"metric/{number}" for number in range(20)]
    values = dict.fromkeys(tags, 0.5)
    steps = count // 20

    def together(writer: Any) -> None:
        for step in range(steps):
            writer.add_scalar_dict(values, step)

    def apart(writer: Any) -> None:
        for step in range(steps):
            for tag, value in values.items():
                writer.add_scalar(tag, value, step)

    (ours,) = writers(together, among=[OURS])
    (single,) = writers(apart, among=[OURS])
    return compare(
        "add_scalar_dict of 20 tags, per value",
        [ours, Contestant("20 × add_scalar", single.prepare)],
        per=steps * 20,
        targets={"20 × add_scalar": 2},
    )


def whole_curve(points: int, count: int) -> Row:
    values, steps = np.linspace(0, 1, points), np.arange(points)

    def series(writer: Any) -> None:
        writer.add_scalar_series("curve", values, steps)

    (ours,) = writers(series, among=[OURS])
    (single,) = writers(log_scalars(count), among=[OURS], buffer_bytes=65536)

    def scaled() -> Callable[[], object]:
        call = single.prepare()
        return lambda: [call() for _ in range(max(points // count // 5, 1))]

    row = compare(
        f"add_scalar_series of {points:,} points, per point",
        [ours, Contestant("add_scalar, buffered", scaled)],
        rounds=5,
        targets={"add_scalar, buffered": 8},
    )
    row.samples[OURS] = [seconds / points for seconds in row.samples[OURS]]
    each = count * max(points // count // 5, 1)
    name = "add_scalar, buffered"
    row.samples[name] = [seconds / each for seconds in row.samples[name]]
    return row


def threads(count: int, number: int = 16) -> Row:
    def many(writer: Any) -> None:
        def log(thread: int) -> None:
            for step in range(count // number):
                writer.add_scalar(f"thread {thread}", 0.5, step)

        running = [threading.Thread(target=log, args=(thread,)) for thread in range(number)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    (ours,) = writers(many, among=[OURS])
    (single,) = writers(log_scalars(count // number * number), among=[OURS])
    return compare(
        f"add_scalar from {number} threads at once, per scalar",
        [ours, Contestant("from one thread", single.prepare)],
        per=count // number * number,
        targets={"from one thread": 0.8},
    )


def tags(number: int, count: int) -> Row:
    names = [f"tag/{index}" for index in range(number)]

    def spread(writer: Any) -> None:
        for index in range(count):
            writer.add_scalar(names[index % number], 0.5, index)

    (ours,) = writers(spread, among=[OURS])
    (single,) = writers(log_scalars(count), among=[OURS])
    return compare(
        f"add_scalar under {number:,} tags, per scalar",
        [ours, Contestant("under one tag", single.prepare)],
        per=count,
        targets={"under one tag": 1 / 1.3},
    )


def size(count: int) -> Row:
    """Bytes on disk per scalar: the growth of the files, first records left out."""
    row = Row("bytes on disk per scalar", {"torch": 1, "tensorboardX": 1}, unit="B")
    for contestant in writers(log_scalars(count)):
        if contestant.is_missing:
            row.missing.append(contestant.name)
            continue
        writer = open_writer(contestant.name)
        writer.flush()
        before = size_on_disk(writer)
        log_scalars(count)(writer)
        writer.close()
        row.samples[contestant.name] = [(size_on_disk(writer) - before) / count] * 2
    return row
