"""PNG's five filters (PNG §9) and the choice among them.

A filtered row is one byte longer than the row: its filter type comes first. Knows nothing of
images, only of rows of bytes and how many bytes to the left the pixel before is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

NONE, SUB, UP, AVERAGE, PAETH = range(5)
"""Filter types (PNG §9.2)."""

ADAPTIVE = (SUB, UP, AVERAGE, PAETH)
"""The filters to compare for photographs; NONE suits drawings only."""


def residuals(rows: Bytes, above: Bytes, pixel_bytes: int, kind: int) -> Bytes:
    """Rows filtered by NONE, SUB or UP: (rows, row bytes) uint8, C-contiguous."""
    if kind == NONE:
        return np.ascontiguousarray(rows)
    out = np.empty(rows.shape, np.uint8)
    if kind == UP:
        np.subtract(rows[:1], above, out=out[:1])
        np.subtract(rows[1:], rows[:-1], out=out[1:])
    else:
        out[:, :pixel_bytes] = rows[:, :pixel_bytes]
        np.subtract(rows[:, pixel_bytes:], rows[:, :-pixel_bytes], out=out[:, pixel_bytes:])
    return out


def filter_rows(
    rows: Bytes, above: Bytes, pixel_bytes: int, kinds: Sequence[int] = ADAPTIVE
) -> Bytes:
    """Filtered rows, each with its type in front, by the filter of `kinds` that suits it best.

    `rows` is (rows, row bytes) uint8, `above` the (row bytes,) uint8 row before the first (zeros
    above the image); the result is (rows, 1 + row bytes) uint8.

    >>> rows = np.array([[10, 11, 12, 13], [10, 11, 12, 14]], np.uint8)
    >>> filter_rows(rows, np.zeros(4, np.uint8), 1, (SUB, UP))
    array([[ 1, 10,  1,  1,  1],
           [ 2,  0,  0,  0,  1]], dtype=uint8)
    """
    candidates = list(_candidates(rows, above, pixel_bytes, kinds))
    best = np.argmin([row_costs(candidate, pixel_bytes) for candidate in candidates], axis=0)
    # The byte before a row's first residual is free: the filter type goes there.
    column = pixel_bytes - 1
    out: Bytes = candidates[0][:, column:].copy()
    for index in range(1, len(kinds)):
        chosen = np.flatnonzero(best == index)
        out[chosen] = candidates[index][chosen, column:]
    out[:, 0] = np.array(kinds, np.uint8)[best]
    return out


def _candidates(
    rows: Bytes, above: Bytes, pixel_bytes: int, kinds: Sequence[int]
) -> Iterator[Bytes]:
    """The rows by each filter: (rows, pixel bytes + row bytes); the first `pixel_bytes` columns
    mean nothing.

    The bytes to the left, above, and above to the left of all bytes are views of one flat buffer,
    in which the row above comes first and zeros precede each row. So every neighbour is at a fixed
    distance, and one NumPy call computes a whole band, however narrow its rows are.
    """
    height, width = rows.shape
    stride = pixel_bytes + width
    buffer = np.zeros(pixel_bytes + (height + 1) * stride, np.uint8)
    grid = buffer[pixel_bytes:].reshape(height + 1, stride)
    grid[0, pixel_bytes:] = above
    grid[1:, pixel_bytes:] = rows
    size = height * stride
    here = buffer[pixel_bytes + stride :]
    left = buffer[stride : stride + size]
    up = buffer[pixel_bytes : pixel_bytes + size]
    for kind in kinds:
        if kind == NONE:
            residual = here
        elif kind == SUB:
            residual = here - left
        elif kind == UP:
            residual = here - up
        elif kind == AVERAGE:
            # Half the sum without a ninth bit: the common bits, and half of those that differ.
            residual = here - ((left & up) + ((left ^ up) >> np.uint8(1)))
        else:
            residual = here - paeth(left, up, buffer[:size])
        yield residual.reshape(height, stride)


def row_costs(residuals: Bytes, first_column: int) -> NDArray[np.uint32]:
    """An estimate of how many bits each row takes: a sum over its residuals.

    The bits of a Huffman code grow with the logarithm of a residual, so the plain sum of absolute
    values (PNG §12.7) overrates large ones. Two caps do as well as a logarithm on photographs, and
    need no table. The caps are arrays because NumPy's minimum with a scalar is 15 times slower.
    """
    # The size of a residual taken as signed; -128 becomes 128.
    size = np.absolute(residuals.view(np.int8)).view(np.uint8)
    cost = np.minimum(size, np.full(size.shape[1], 7, np.uint8))
    cost += np.minimum(size, np.full(size.shape[1], 31, np.uint8), out=size)
    # Four costs, of at most 38 each, fit a byte; added first, as wider sums take far longer.
    cost = cost[:, first_column:]
    quarter = cost.shape[1] >> 2
    fours = cost[:, :quarter] + cost[:, quarter : 2 * quarter]
    fours += cost[:, 2 * quarter : 3 * quarter]
    fours += cost[:, 3 * quarter : 4 * quarter]
    sums: NDArray[np.uint32] = np.add.reduce(fours, axis=1, dtype=np.uint32)
    sums += np.add.reduce(cost[:, 4 * quarter :], axis=1, dtype=np.uint32)
    return sums


def paeth(a: Bytes, b: Bytes, c: Bytes) -> Bytes:
    """Whichever of left, up and upper left is nearest to left + up - upper left (PNG §9.4), never
    leaving uint8.

    With low and high the smaller and the larger of `a` and `b`: where c lies between them, the
    estimate is high - c from low and c - low from high, and the difference of those two from c.
    Where c lies outside, one of the two is zero and its neighbour wins, as it should. Choosing by
    masks is faster than `np.where`, which branches.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    to_low = np.maximum(high, c)
    to_low -= c
    to_high = np.minimum(low, c)
    np.subtract(c, to_high, out=to_high)
    nearer_low = (to_low < to_high).view(np.uint8)
    least = np.minimum(to_low, to_high)
    to_c = np.maximum(to_low, to_high, out=to_low)
    to_c -= least
    mask = np.negative(nearer_low, out=nearer_low)  # 0 or 255
    low ^= high
    low &= mask
    low ^= high  # low or high, whichever is nearer
    mask = (to_c < least).view(np.uint8)
    np.negative(mask, out=mask)
    result = np.bitwise_xor(low, c, out=to_high)
    result &= mask
    result ^= low
    return result
