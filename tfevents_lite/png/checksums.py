"""Adler-32 (RFC 1950 §8.2) in NumPy, and CRC-32 (PNG §5.5) from `binascii`, which CPython builds without zlib too.

Knows nothing of PNG or DEFLATE: bytes in, integers out.
"""

from __future__ import annotations

from binascii import crc32
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["adler32", "adler32_combine", "crc32"]

BASE = 65521
"""The largest prime below 65536 (RFC 1950 §8.2)."""

_BLOCK = 4096
_WEIGHTS = np.arange(_BLOCK, 0, -1, dtype=np.float32)


def adler32(data: NDArray[np.uint8], value: int = 1) -> int:
    """The Adler-32 of a 1-D uint8 array, continued from `value` (1 to begin with).

    >>> hex(adler32(np.frombuffer(b"Wikipedia", np.uint8)))
    '0x11e60398'
    """
    length = data.size
    sum1 = int(np.add.reduce(data, dtype=np.uint64))
    sum2 = 0  # of (length - i) * data[i]
    start = 0
    for start in range(0, length, _BLOCK):
        block = data[start : start + _BLOCK]
        weights = np.arange(length - start, length - start - block.size, -1, dtype=np.uint64)
        sum2 += int(np.dot(block.astype(np.uint64), weights))
    return adler32_combine(value, (1 + sum1) % BASE | (length + sum2) % BASE << 16, length)


def adler32_combine(first: int, second: int, second_length: int) -> int:
    """The Adler-32 of two pieces laid end to end, from the Adler-32 of each and the length of the second.

    >>> a, b = np.frombuffer(b"Wiki", np.uint8), np.frombuffer(b"pedia", np.uint8)
    >>> hex(adler32_combine(adler32(a), adler32(b), b.size))
    '0x11e60398'
    """
    a1, b1 = first & 0xFFFF, first >> 16
    a2, b2 = second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % BASE
    b = (b1 + b2 + second_length * (a1 - 1)) % BASE
    return b << 16 | a


