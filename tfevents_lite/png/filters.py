"""PNG's five filters (PNG §9) and the choice among them.

A filtered band is `1 + row bytes` wide: the filter type comes first in each row. Knows nothing of images, only of rows
of bytes and how many bytes back the pixel to the left is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NONE, SUB, UP, AVERAGE, PAETH = range(5)
"""Filter types (PNG §9.2)."""


def filter_rows(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel_bytes: int, adaptive: bool = True
) -> NDArray[np.uint8]:
    """Filtered rows, each with its type in front.

    `rows` is (rows, row bytes) uint8, `above` the (row bytes,) uint8 row before the first (zeros above the image).
    """
    height, width = rows.shape
    out = np.zeros((height, width + 1), np.uint8)
    if not adaptive:
        out[:, 1:] = rows
        return out
    up = np.concatenate((above[np.newaxis], rows[:-1]))
    left = np.zeros_like(rows)
    left[:, pixel_bytes:] = rows[:, :-pixel_bytes]
    up_left = np.zeros_like(rows)
    up_left[:, pixel_bytes:] = up[:, :-pixel_bytes]
    average = (left & up) + ((left ^ up) >> 1)
    candidates = (rows, rows - left, rows - up, rows - average, rows - paeth(left, up, up_left))
    # The smallest sum of absolute values (PNG §12.7).
    costs = np.stack([np.minimum(c, np.negative(c)).sum(axis=1, dtype=np.int64) for c in candidates])
    best = costs.argmin(axis=0)
    out[:, 0] = best
    for kind, candidate in enumerate(candidates):
        chosen = np.flatnonzero(best == kind)
        out[chosen, 1:] = candidate[chosen]
    return out


def paeth(a: NDArray[np.uint8], b: NDArray[np.uint8], c: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whichever of left, up and upper left is nearest to left + up - upper left (PNG §9.4), without leaving uint8.

    With low and high the smaller and larger of `a` and `b`, the estimate's distance to low is high - c and to high
    c - low, where c lies between them; their difference is its distance to c.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    to_low = np.maximum(high, c) - c
    to_high = c - np.minimum(low, c)
    least = np.minimum(to_low, to_high)
    to_c = np.maximum(to_low, to_high) - least
    return np.where(to_c < least, c, np.where(to_low < to_high, low, high))
