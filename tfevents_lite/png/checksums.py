"""Adler-32 (RFC 1950 §8.2) in NumPy, and CRC-32 (PNG §5.5) from `binascii`, which CPython builds
without zlib too.

Knows nothing of PNG or DEFLATE: bytes in, integers out.
"""

from __future__ import annotations

from binascii import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["adler32", "adler32_combine", "crc32"]

BASE = 65521
"""The largest prime below 65536 (RFC 1950 §8.2)."""

_ROW = 4096
"""Bytes are weighed in rows of this many, so that row and column sums do most of the work and fit
32 bits.
"""


def adler32(data: NDArray[np.uint8], value: int = 1) -> int:
    """The Adler-32 of a 1-D uint8 array, continued from `value` (1 to begin with).

    >>> hex(adler32(np.frombuffer(b"Wikipedia", np.uint8)))
    '0x11e60398'
    """
    size = data.size
    # Byte i counts size - i times in the second sum (RFC 1950 §9): with i = _ROW * row + column,
    # that is a sum over rows less a sum over columns.
    rows = size // _ROW
    first = second = 0
    if rows:
        grid = data[: rows * _ROW].reshape(rows, _ROW)
        row_sums = np.add.reduce(grid, axis=1, dtype=np.uint32).astype(np.int64)
        column_sums = np.add.reduce(grid, axis=0, dtype=np.uint32).astype(np.int64)
        first = int(row_sums.sum())
        second = int(np.dot(row_sums, size - _ROW * np.arange(rows, dtype=np.int64)))
        second -= int(np.dot(column_sums, np.arange(_ROW, dtype=np.int64)))
    rest = data[rows * _ROW :].astype(np.int64)
    first += int(rest.sum())
    second += int(np.dot(rest, np.arange(rest.size, 0, -1, dtype=np.int64)))
    return adler32_combine(value, (1 + first) % BASE | (size + second) % BASE << 16, size)


def adler32_combine(first: int, second: int, second_length: int) -> int:
    """The Adler-32 of two pieces laid end to end, from the Adler-32 of each and the length of the
    second.

    >>> a, b = np.frombuffer(b"Wiki", np.uint8), np.frombuffer(b"pedia", np.uint8)
    >>> hex(adler32_combine(adler32(a), adler32(b), b.size))
    '0x11e60398'
    """
    a1, b1 = first & 0xFFFF, first >> 16
    a2, b2 = second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % BASE
    b = (b1 + b2 + second_length * (a1 - 1)) % BASE
    return b << 16 | a


def adler32_rows(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The Adler-32 of each row of a 2-D uint8 array.

    >>> rows = np.frombuffer(b"WikiWiki", np.uint8).reshape(2, 4)
    >>> [hex(value) for value in adler32_rows(rows).tolist()]
    ['0x3da0195', '0x3da0195']
    """
    size = data.shape[1]
    wide = data.astype(np.int64)
    first = (1 + wide.sum(axis=1)) % BASE
    second = (size + wide @ np.arange(size, 0, -1, dtype=np.int64)) % BASE
    result: NDArray[np.int64] = second << 16 | first
    return result
