"""What a scalar costs: written through, buffered, many at once, by threads, under many tags."""

from __future__ import annotations

import csv
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .harness import OURS, Contestant, Row, compare, finish, when_done
from .peers import new_folder, open_writer, settle, size_on_disk, writers


def run(scale: float) -> list[Row]:
    """All rows about scalars; `scale` multiplies how many are written a round."""
    count = max(int(20_000 * scale), 200)
    return [
        written_through(count),
        buffered(count),
        many_tags_at_once(count),
        whole_curve(max(int(1_000_000 * scale), 1000), count),
        threads(count),
        threads(count, buffer_bytes=65536),
        *(tags(number, max(count, number)) for number in (1_000, 10_000)),
        size(max(count // 10, 10)),
    ]


def rising(count: int) -> Callable[[], range]:
    """The next so many steps at each call: nobody's steps begin again."""
    begin = 0

    def following() -> range:
        nonlocal begin
        begin += count
        return range(begin - count, begin)

    return following


def log_scalars(count: int) -> Callable[[Any], None]:
    """Work that logs `count` scalars under one tag, steps rising from call to call."""
    steps: dict[int, Callable[[], range]] = {}

    def work(writer: Any) -> None:
        for step in steps.setdefault(id(writer), rising(count))():
            writer.add_scalar("loss/train", 0.5, step)

    return work


def csv_rows(count: int, flush: bool) -> Contestant:
    """csv.writer.writerow of the same four values, each flushed or not."""

    def prepare() -> Callable[[], object]:
        file = open(Path(new_folder(), "rows.csv"), "w", newline="")  # noqa: SIM115 # When done.
        when_done(file.close)
        write, flush_file, clock = csv.writer(file).writerow, file.flush, time.time
        steps = rising(count)

        def call() -> None:
            before = file.tell()
            for step in steps():
                write((clock(), step, "loss/train", 0.5))
                if flush:
                    flush_file()
            flush_file()
            if os.fstat(file.fileno()).st_size - before < count * 20:
                raise RuntimeError("rows are missing")

        return call

    return Contestant("csv, flushed" if flush else "csv", prepare)


def written_through(count: int) -> Row:
    peers = writers(log_scalars(count), values=count)
    return compare(
        "add_scalar, with the system when it returns",
        [*peers, csv_rows(count, flush=True)],
        per=count,
        targets={"csv, flushed": 1, "tensorboardX": 25, "torch": 20},
    )


def buffered(count: int) -> Row:
    (ours,) = writers(log_scalars(count), values=count, among=[OURS], buffer_bytes=65536)
    return compare(
        "add_scalar, buffer_bytes=65536",
        [ours, csv_rows(count, flush=False)],
        per=count,
        targets={"csv": 1},
    )


def many_tags_at_once(count: int) -> Row:
    tags = [f"metric/{number}" for number in range(20)]
    values = dict.fromkeys(tags, 0.5)
    steps = count // 20
    steps_together, steps_apart = rising(steps), rising(steps)

    def together(writer: Any) -> None:
        for step in steps_together():
            writer.add_scalar_dict(values, step)

    def apart(writer: Any) -> None:
        for step in steps_apart():
            for tag, value in values.items():
                writer.add_scalar(tag, value, step)

    (ours,) = writers(together, values=steps * 20, among=[OURS])
    (single,) = writers(apart, values=steps * 20, among=[OURS])
    return compare(
        "add_scalar_dict of 20 tags, per value",
        [ours, Contestant("20 × add_scalar", single.prepare)],
        per=steps * 20,
        targets={"20 × add_scalar": 2},
    )


def whole_curve(points: int, count: int) -> Row:
    values, steps = np.linspace(0, 1, points), rising(points)
    # Fewer for the slow one, whose cost per point does not depend on how many there are.
    few = max(points // 5, count)

    def series(writer: Any) -> None:
        following = steps()
        writer.add_scalar_series("curve", values, np.arange(following.start, following.stop))

    (ours,) = writers(series, values=points, among=[OURS])
    (single,) = writers(log_scalars(few), values=few, among=[OURS], buffer_bytes=65536)
    one_by_one = "add_scalar, buffered"
    row = compare(
        f"add_scalar_series of {points:,} points, per point",
        [ours, Contestant(one_by_one, single.prepare)],
        rounds=5,
        targets={one_by_one: 8},
    )
    for name, number in ((OURS, points), (one_by_one, few)):
        row.samples[name] = [seconds / number for seconds in row.samples[name]]
    return row


def threads(count: int, number: int = 16, **options: Any) -> Row:
    each = count // number
    steps = rising(each)

    def many(writer: Any) -> None:
        def log(thread: int, following: range) -> None:
            tag = f"thread {thread}"
            for step in following:
                writer.add_scalar(tag, 0.5, step)

        following = steps()
        running = [threading.Thread(target=log, args=(i, following)) for i in range(number)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    total = each * number
    (ours,) = writers(many, values=total, among=[OURS], **options)
    (single,) = writers(log_scalars(total), values=total, among=[OURS], **options)
    how = "".join(f", {name}={value}" for name, value in options.items())
    return compare(
        f"add_scalar from {number} threads at once{how}, per scalar",
        [ours, Contestant("from one thread", single.prepare)],
        per=total,
        targets={"from one thread": 0.8},
    )


def tags(number: int, count: int) -> Row:
    names = [f"tag/{index}" for index in range(number)]
    steps = rising(count // number)

    def spread(writer: Any) -> None:
        for step in steps():
            for name in names:
                writer.add_scalar(name, 0.5, step)

    total = count // number * number
    (ours,) = writers(spread, values=total, among=[OURS])
    (single,) = writers(log_scalars(total), values=total, among=[OURS])
    return compare(
        f"add_scalar under {number:,} tags, per scalar",
        [ours, Contestant("under one tag", single.prepare)],
        per=total,
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
        row.samples[contestant.name] = [(settle(writer) - before) / count] * 2
    finish()
    return row
