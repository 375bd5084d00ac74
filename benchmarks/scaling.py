"""How the cost of one scalar, image byte and histogram value changes with their number."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from .harness import OURS, Row, compare
from .peers import writers
from .scalars import log_scalars

# Up to which power of ten each is tried.
POWERS = {"scalar": 7, "image byte": 8, "histogram value": 8}


def run(scale: float) -> list[Row]:
    """Rows by powers of ten: flat is what is wanted."""
    return [
        each(what, 10**power, WORK[what](10**power))
        for what, most in POWERS.items()
        for power in range(2, (most if scale >= 1 else 4) + 1)
    ]


def each(what: str, number: int, work: Callable[[Any], object]) -> Row:
    """The cost of one of `number`, with enough repeats for a clock to see."""
    repeats = max(20_000 // number, 1)

    def repeated(writer: Any) -> None:
        for _ in range(repeats):
            work(writer)

    contestants = writers(repeated, among=[OURS])
    rounds = 3 if number >= 10**6 else 7
    return compare(f"one {what} of {number:,}", contestants, per=number * repeats, rounds=rounds)


def image(number: int) -> Callable[[Any], object]:
    """A gradient with some noise, of about so many bytes."""
    height = max(int((number / 3) ** 0.5), 1)
    width = number // 3 // height
    y, x, c = np.ogrid[0:height, 0:width, 0:3]
    noise = np.random.default_rng(0).integers(0, 8, (height, width, 3), dtype=np.uint8)
    pixels = ((x + y * (c + 1)) // 8 % 248).astype(np.uint8) + noise
    steps = count()
    return lambda writer: writer.add_image("tag", pixels, next(steps), dataformats="HWC")


def histogram(number: int) -> Callable[[Any], object]:
    values = np.random.default_rng(0).standard_normal(number, np.float32)
    steps = count()
    return lambda writer: writer.add_histogram("tag", values, next(steps))


WORK = {"scalar": log_scalars, "image byte": image, "histogram value": histogram}
