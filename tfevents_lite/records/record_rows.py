"""Frames many TFRecords of one length at once.

A CRC is linear: a record's CRC differs from the first record's by the XOR of one term for each byte
that differs, which depends on that byte and its place alone. So one table look-up for each column
that differs in any row gives the CRCs of all rows. This module knows rows of bytes; the layout of a
record is in `tfrecord`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..inputs.needs_numpy import np
from .crc32c import _MASK_ADDEND, _MASK_ROTATION, crc32c
from .tfrecord import FOOTER_SIZE, HEADER_SIZE, frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows are framed in blocks that stay in the cache.
_BLOCK_BYTES = 1 << 18


def frame_rows(rows: NDArray[np.uint8]) -> bytes:
    """The records of payloads that are the rows of an array, n×size: `frame` of each, joined.

    >>> rows = np.array([[1, 2], [1, 3]], np.uint8)
    >>> frame_rows(rows) == frame(bytes([1, 2])) + frame(bytes([1, 3]))
    True
    """
    count, size = rows.shape
    if count < 8:
        return b"".join([frame(row.tobytes()) for row in rows])
    first = np.frombuffer(frame(rows[0].tobytes()), np.uint8)
    records = np.empty((count, len(first)), np.uint8)
    records[:, :HEADER_SIZE] = first[:HEADER_SIZE]
    first_crc = np.uint32(crc32c(rows[0].tobytes()))
    block = max(_BLOCK_BYTES // len(first), 1)
    for begin in range(0, count, block):
        part = rows[begin : begin + block]
        differences = part ^ rows[0]
        crcs = np.full(len(part), first_crc)
        for column in np.flatnonzero(_any(differences)).tolist():
            # The table has an entry for each byte; "clip" only saves the check for that.
            crcs ^= _contributions(size - column).take(differences[:, column], mode="clip")
        record = records[begin : begin + block]
        record[:, HEADER_SIZE:-FOOTER_SIZE] = part
        record[:, -FOOTER_SIZE:] = _masked(crcs).view(np.uint8).reshape(-1, FOOTER_SIZE)
    return records.tobytes()


def _any(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The OR of all rows, by halves: a few long ORs are faster than many short ones."""
    while len(rows) > 1:
        half = (len(rows) + 1) // 2
        rows = rows[:half] | rows[-half:]
    one: NDArray[np.uint8] = rows[0]
    return one


@lru_cache(maxsize=1000)
def _contributions(size: int) -> NDArray[np.uint32]:
    """By difference in the first of `size` bytes, the XOR that it makes in their CRC."""
    zero = crc32c(bytes(size))
    table = np.zeros(256, np.uint32)
    for bit in range(8):
        data = bytearray(size)
        data[0] = 1 << bit
        table[1 << bit : 2 << bit] = table[: 1 << bit] ^ np.uint32(crc32c(data) ^ zero)
    return table


def _masked(crcs: NDArray[np.uint32]) -> NDArray[Any]:
    # As crc32c.masked, with 32-bit numbers that wrap around.
    rotated = crcs >> np.uint32(_MASK_ROTATION) | crcs << np.uint32(32 - _MASK_ROTATION)
    masked: NDArray[Any] = (rotated + np.uint32(_MASK_ADDEND)).astype("<u4")
    return masked
