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

_ROW, _ROWS = 4096, 256
"""Bytes are weighed in grids of at most this many rows of this many, so that row and column sums do
most of the work.
"""


def adler32(data: NDArray[np.uint8], value: int = 1) -> int:
    """The Adler-32 of a 1-D uint8 array, continued from `value` (1 to begin with).

    >>> hex(adler32(np.frombuffer(b"Wikipedia", np.uint8)))
    '0x11e60398'
    """
    whole = data.size // _ROW
    for start in range(0, whole, _ROWS):
        grid = data[start * _ROW : min(start + _ROWS, whole) * _ROW].reshape(-1, _ROW)
        value = adler32_combine(value, _of_grid(grid), grid.size)
    rest = data[whole * _ROW :].astype(np.int64)
    first = int(rest.sum())
    second = int(np.dot(rest, np.arange(rest.size, 0, -1, dtype=np.int64)))
    rest_value = (1 + first) % BASE | (rest.size + second) % BASE << 16
    return adler32_combine(value, rest_value, rest.size)


def _of_grid(grid: NDArray[np.uint8]) -> int:
    """The Adler-32 of at most _ROWS rows of _ROW bytes, one after the other.

    Byte i counts size - i times in the second sum (RFC 1950 §9): with i = _ROW * row + column, that
    is a sum over rows less a sum over columns. 256 bytes add up within 16 bits, and sums of 16 bits
    are several times as fast as wider ones.
    """
    pairs = grid.view("<u2")
    low, high = pairs & np.uint16(255), pairs >> np.uint16(8)
    columns = np.empty(_ROW, np.int64)
    columns[0::2] = np.add.reduce(low, axis=0, dtype=np.uint16)
    columns[1::2] = np.add.reduce(high, axis=0, dtype=np.uint16)
    low += high
    parts = np.add.reduce(low.reshape(-1, 128), axis=1, dtype=np.uint16)
    rows = parts.reshape(grid.shape[0], -1).sum(axis=1, dtype=np.int64)
    first, size = int(rows.sum()), grid.size
    second = int(np.dot(rows, size - _ROW * np.arange(rows.size, dtype=np.int64)))
    second -= int(np.dot(columns, np.arange(_ROW, dtype=np.int64)))
    return (1 + first) % BASE | (size + second) % BASE << 16


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
