"""How the cost of one scalar, image byte and histogram value changes with their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .harness import OURS, Row, compare
from .peers import writers


def run(scale: float) -> list[Row]:
    """Rows by powers of ten: flat is what is wanted."""
    most = 7 if scale >= 1 else 4
    return [
        *(each("scalar", 10**power, scalars(10**power)) for power in range(2, most + 1)),
        *(each("image byte", 10**power, image(10**power)) for power in range(3, most + 2)),
        *(each("histogram value", 10**power, histogram(10**power)) for power in range(2, most + 1)),
    ]


def each(what: str, number: int, work: Callable[[Any], object]) -> Row:
    """The cost of one of `number`, with enough repeats for a clock to see."""
    repeats = max(10_000 // number, 1)

    def repeated(writer: Any) -> None:
        for _ in range(repeats):
            work(writer)

    contestants = writers(repeated, among=[OURS])
    rounds = 3 if number >= 10**6 else 7
    return compare(f"one {what} of {number:,}", contestants, per=number * repeats, rounds=rounds)


def scalars(number: int) -> Callable[[Any], object]:
    def work(writer: Any) -> None:
        for step in range(number):
            writer.add_scalar("tag", 0.5, step)

    return work


def image(number: int) -> Callable[[Any], object]:
    side = max(int((number / 3) ** 0.5), 1)
    y, x, c = np.mgrid[0:side, 0:side, 0:3]
    noise = np.random.default_rng(0).integers(0, 8, (side, side, 3), dtype=np.uint8)
    pixels = ((x + y * (c + 1)) // 8 % 248).astype(np.uint8) + noise
    return lambda writer: writer.add_image("tag", pixels, dataformats="HWC")


def histogram(number: int) -> Callable[[Any], object]:
    values = np.random.default_rng(0).normal(size=number).astype(np.float32)
    return lambda writer: writer.add_histogram("tag", values)
