"""LZ77 (RFC 1951 §3.2.5): which stretches of a band repeat earlier bytes, found with array operations.

Knows nothing of pixels or codes: bytes in, matches out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_LENGTH, MAX_LENGTH = 3, 258
MAX_DISTANCE = 32768


class Matches(NamedTuple):
    """Copies, in order and without overlap: where each starts, how long it is, how far back its source is."""

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    distance: NDArray[np.int64]


def run_matches(data: NDArray[np.uint8], distance: int, least: int = 4) -> Matches:
    """All stretches of at least `least` bytes that equal the bytes `distance` before them."""
    if data.size <= distance:
        nothing = np.zeros(0, np.int64)
        return Matches(nothing, nothing, nothing)
    differs = np.concatenate(([True], data[distance:] != data[:-distance], [True]))
    edges = np.flatnonzero(differs)
    length = np.diff(edges) - 1
    keep = np.flatnonzero(length >= max(least, MIN_LENGTH))
    start, length = edges[keep] + distance, length[keep]
    start, length = split_long(start, length)
    return Matches(start, length, np.full(start.size, distance))


def split_long(
    start: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stretches longer than MAX_LENGTH cut into copies of MAX_LENGTH and a rest that is never below MIN_LENGTH."""
    pieces = -(-length // MAX_LENGTH)
    index = np.repeat(np.arange(length.size), pieces)
    piece = np.arange(index.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    offset = piece * MAX_LENGTH
    rest = length[index] - offset
    short = (rest < MIN_LENGTH) & (rest > 0)  # borrow from the copy before
    result = np.minimum(rest, MAX_LENGTH)
    borrowed = np.flatnonzero(short)
    missing = MIN_LENGTH - result[borrowed]
    result[borrowed] += missing
    offset[borrowed] -= missing
    result[borrowed - 1] -= missing
    return start[index] + offset, result
