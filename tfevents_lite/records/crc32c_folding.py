"""Shortens a long message to a short one of the same CRC, with a few long XORs in NumPy.

The generator polynomial of CRC-32C divides x^(8·6128) + x^(8·2783) + x^(8·358) + 1. So whatever
stands 6,128 bytes before a place may be XORed into it and into the places 2,783 and 358 bytes
before it, and be dropped, and the remainder stays the same. Squaring is linear over GF(2): the same
holds with all three distances doubled any number of times, which makes the XORs longer and fewer.
No table is needed.

This module knows the bytes of a message, and nothing of who asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .crc32c import Buffer

    Bytes = NDArray[np.uint8]
    # Each second one is to be XORed into the first one before it.
    Xors = list[tuple[Bytes, Bytes]]

# Exponents, in bytes, of multiples of the generator polynomial: found by search, checked in the
# tests. Four terms: fewest XORs, for all that is long.
LONG = (6128, 2783, 358)
# Six terms: a shorter rest. Four times MIDDLE takes what LONG leaves in one block.
MIDDLE = (857, 181, 111, 40, 39)
SHORT = (299, 142, 134, 62, 21)

# By what a message is shortened, level after level: exponents, and what they are multiplied by. A
# level's first exponent is how many bytes it leaves, about half of what the one before it leaves.
# Two rows of the largest, and what is read, stay in a core's cache.
LEVELS = (
    *((LONG, factor) for factor in (16, 8, 4, 2, 1)),
    (MIDDLE, 4),
    *((SHORT, factor) for factor in (4, 2, 1)),
)

_ALL_ONES = np.full(4, 0xFF, np.uint8)


def fold(data: Buffer, enough: int) -> bytes:
    """A message that takes the CRC register from 0 to where `data` takes it from all ones.

    `data` are four bytes or more. Levels that leave less than `enough` bytes are left out.
    """
    try:
        rows = _spare.pop()
    except IndexError:
        rows = _Rows()
    message = np.frombuffer(data, np.uint8)
    # All sizes are multiples of four, so that what the register is XORed into is in one row.
    whole = message.size & ~3
    short = rows.fold(message[:whole], enough) + message[whole:].tobytes()
    _spare.append(rows)
    return short


class _Rows:
    """Two rows of bytes to fold messages in, and all views of them that this takes."""

    def __init__(self) -> None:
        self.size, *others = _distances(*LEVELS[0])
        one, other = self._rows = np.empty((2, self.size), np.uint8)
        self._turns = [_turn(one, other, others), _turn(other, one, others)]
        self._levels = []
        length = self.size
        for exponents, factor in LEVELS[1:]:
            distances = _distances(exponents, factor)
            self._levels.append((distances[0], _blocks(one, length, distances)))
            length = distances[0]

    def fold(self, message: Bytes, enough: int) -> bytes:
        """The same for a message of a multiple of four bytes."""
        size, xor = self.size, np.bitwise_xor
        turns, first = divmod(message.size - 1, size)
        first += 1
        number = turns % 2  # So that the last row is the one that the levels are for.
        row = self._rows[number]
        begin = size - first
        row[begin:] = message[:first]
        beginning = row[begin : begin + 4]
        xor(beginning, _ALL_ONES, beginning)
        # Zeros before a message change nothing.
        if turns:
            row[:begin] = 0
            begin = 0
        for start in range(first, message.size, size):
            row, own, following, across = self._turns[number]
            for target, leaving in own:
                xor(target, leaving, target)
            xor(row, message[start : start + size], following)
            for target, leaving in across:
                xor(target, leaving, target)
            number ^= 1
        left = size
        for length, blocks in self._levels:
            if length < enough:
                break
            left = length
            for start, end, xors in blocks:
                if end > begin:
                    if start < begin:
                        row[start:begin] = 0
                    for target, leaving in xors:
                        xor(target, leaving, target)
        short: bytes = self._rows[0][max(begin, size - left) :].tobytes()
        return short


def _distances(exponents: tuple[int, ...], factor: int) -> list[int]:
    return [exponent * factor for exponent in exponents]


def _turn(row: Bytes, following: Bytes, distances: list[int]) -> tuple[Bytes, Xors, Bytes, Xors]:
    """How a row is folded into the one that follows.

    That is the XOR of the row and the message's next bytes, and the row again from each distance
    on. Where this is before the following row, it is in the row itself, which is put right first:
    no distance is over half of a row, so that what is read then is not what is written.
    """
    own = [(row[-distance:], row[:distance]) for distance in distances]
    across = [(following[:-distance], row[distance:]) for distance in distances]
    return row, own, following, across


def _blocks(row: Bytes, length: int, distances: list[int]) -> list[tuple[int, int, Xors]]:
    """How a row's last `length` bytes are folded into its last distances[0], block by block.

    With each block goes where it begins and ends: it is for messages that begin before its end. A
    block ends where the first of what it is XORed into begins.
    """
    longest, second = distances[:2]
    last = row.size - longest
    blocks = []
    for begin in range(row.size - length, last, longest - second):
        end = min(begin + longest - second, last)
        places = [longest - distance for distance in (*distances[1:], 0)]
        xors = [(row[begin + place : end + place], row[begin:end]) for place in places]
        blocks.append((begin, end, xors))
    return blocks


# Rows nobody uses at the moment: each thread takes its own.
_spare: list[_Rows] = []
