"""Shortens a long message to a short one of the same CRC, with a few XORs per block in NumPy.

The generator polynomial of CRC-32C divides x^(8·5685) + x^(8·1362) + x^(8·426) + 1. So whatever
stands 5,685 bytes before a place may be XORed into it and into the places 1,362 and 426 bytes
before it, and be dropped, and the remainder stays the same. Squaring is linear over GF(2): the same
holds with all three distances doubled any number of times, and so for words of 2, 4 or 8 bytes and
for blocks of them. No table is needed.

This module knows what `crc32c` hands it: the bytes of a message and the CRC register before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .crc32c import Buffer

# Exponents, in bytes, of multiples of the polynomial (found by search, checked in the tests).
# Four terms: fewest XORs, for all that is long.
LONG = (5685, 1362, 426)
# Six terms: a shorter rest, which pays where the rest is left to pure Python.
SHORT = (299, 142, 134, 62, 21)

# By how much the exponents are multiplied, level after level, and the words that are folded.
_LEVELS: tuple[tuple[int, type[np.unsignedinteger[Any]]], ...] = (
    (4, np.uint64),
    (1, np.uint64),
    (1, np.uint32),
    (1, np.uint16),
    (1, np.uint8),
)


def fold(data: Buffer, register: int, exponents: tuple[int, ...]) -> bytes:
    """A short message that takes the CRC register from 0 to where `data` takes it from `register`.

    `data` must be a multiple of 8 bytes long.
    """
    message: NDArray[np.uint8] = np.frombuffer(data, np.uint8).copy()
    message[:4] ^= np.frombuffer(register.to_bytes(4, "little"), np.uint8)
    for multiple, dtype in _LEVELS:
        size = exponents[0] * multiple * np.dtype(dtype).itemsize
        # A level is worth its calls when it takes away a good part of what it leaves.
        if message.size > size * 1.3:
            words = message.view(dtype)
            message = _fold_words(words, [exponent * multiple for exponent in exponents])
    return message.tobytes()


def _fold_words(words: NDArray[Any], distances: list[int]) -> NDArray[np.uint8]:
    """Fold all but the last `distances[0]` words into those, in place."""
    longest, second = distances[:2]
    xor = np.bitwise_xor
    last = words.size - longest
    for start in range(0, last, longest - second):
        leaving = words[start : min(start + longest - second, last)]
        for distance in (*distances[1:], 0):
            first = start + longest - distance
            target = words[first : first + leaving.size]
            xor(target, leaving, target)
    return words[last:].view(np.uint8)
