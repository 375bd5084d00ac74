"""CRC-32C (Castagnoli), and the masked form of it in which TFRecord files store it.

The polynomial and the test values are those of RFC 3720, appendix B.4. crcmod is imported for the
first checksum; if it is missing or has no C extension, a table in Python replaces it. Long data are
first folded to a short message of the same CRC, if NumPy is loaded already: this module never
imports it for the first time. It knows bytes and integers, and no file.

Folding: the generator polynomial divides x^(8·6128) + x^(8·2783) + x^(8·358) + 1. So a byte may be
XORed into the bytes 6,128, 6,128 - 2,783 and 6,128 - 358 places after it and then be dropped: the
remainder stays the same. Squaring is linear over GF(2), so this also holds with all three distances
doubled any number of times, which makes the XORs longer and fewer. No table is needed.
"""

from __future__ import annotations

import sys
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    import numpy as np
    from numpy.typing import NDArray

    Buffer = Union[bytes, bytearray, memoryview]
    Row = NDArray[np.uint8]
    # The second of each pair is to be XORed into the first.
    Xors = list[tuple[Row, Row]]

# x^32 + x^28 + x^27 + x^26 + x^25 + x^23 + x^22 + x^20 + x^19 + x^18 + x^14 + x^13 + x^11 + x^10 +
# x^9 + x^8 + x^6 + 1, the highest power first.
POLYNOMIAL = 0x11EDC6F41

# The rotation and the addend of masked(), from TensorFlow's lib/hash/crc32c.h.
_MASK_ROTATION = 15
_MASK_ADDEND = 0xA282EAD8

# The number of bytes from which folding is faster than crcmod's C extension and pure Python.
_FOLD_FROM = 12_000
_FOLD_FROM_IN_PYTHON = 2_000
# crcmod's C extension is faster than a level of folding that would leave fewer bytes.
_ENOUGH = 3_000


def crc32c(data: Buffer) -> int:
    """The CRC-32C of some bytes, as an unsigned 32-bit integer.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    if len(data) >= _fold_from:
        return _crc_of_long(data)
    return _update(data, 0xFFFFFFFF, _table) ^ 0xFFFFFFFF


def masked(data: Buffer) -> int:
    """The CRC-32C, rotated and offset: the form in which a CRC is stored with the data.

    >>> hex(masked(b"123456789"))
    '0xc78ab0e5'
    """
    # Not a call of crc32c(): for a scalar's record that would cost as much as the checksum.
    if len(data) >= _fold_from:
        crc = _crc_of_long(data)
    else:
        crc = _update(data, 0xFFFFFFFF, _table) ^ 0xFFFFFFFF
    return ((crc >> _MASK_ROTATION | crc << (32 - _MASK_ROTATION)) + _MASK_ADDEND) & 0xFFFFFFFF


def _crc_of_long(data: Buffer) -> int:
    if _table is None:
        _load()
    if "numpy" not in sys.modules or len(data) < _fold_from:
        return _update(data, 0xFFFFFFFF, _table) ^ 0xFFFFFFFF
    return _update(fold(data, _ENOUGH if _is_compiled else 0), 0, _table) ^ 0xFFFFFFFF


def _load_and_update(data: Buffer, register: int, table: None) -> int:
    _load()
    return _update(data, register, _table)


# Takes data, the CRC register before them and the table; returns the register after them. Set by
# _load().
_update: Callable[[Buffer, int, Any], int] = _load_and_update
_table: Any = None
_is_compiled = False
_fold_from = _FOLD_FROM_IN_PYTHON


def _load() -> None:
    global _update, _table, _is_compiled, _fold_from
    table = _make_table()
    try:
        # What crcmod's own functions call; they would add 0.15 µs to a scalar's record.
        from crcmod._crcfunext import _crc32r
    except ImportError:
        _table = table
        _update = _update_by_table
    else:
        _table = array("I", table).tobytes()
        _update = _crc32r
        _is_compiled = True
        _fold_from = _FOLD_FROM


def _make_table() -> list[int]:
    reflected = int(f"{POLYNOMIAL & 0xFFFFFFFF:032b}"[::-1], 2)
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (reflected if byte & 1 else 0)
        table.append(byte)
    return table


def _update_by_table(data: Buffer, register: int, table: list[int]) -> int:
    """One look-up a byte, as crcmod does without its C extension."""
    for byte in bytes(data):
        register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    return register


# Exponents, in bytes, of multiples of the generator polynomial: found by search, checked by tests.
# Four terms take the fewest XORs: for long messages.
LONG = (6128, 2783, 358)
# Six terms leave fewer bytes. Four times MIDDLE takes in one block what LONG leaves.
MIDDLE = (857, 181, 111, 40, 39)
SHORT = (299, 142, 134, 62, 21)

# The levels by which a message is shortened, in order: exponents, and a factor for all of them. A
# level leaves as many bytes as its first exponent says, about half of what the level before leaves.
# Two rows of the first level's size, and what is read of the message, fit in a core's cache.
LEVELS = (
    *((LONG, factor) for factor in (16, 8, 4, 2, 1)),
    (MIDDLE, 4),
    *((SHORT, factor) for factor in (4, 2, 1)),
)


def fold(data: Buffer, enough: int) -> bytes:
    """A message that changes the CRC register from 0 to what `data` changes it to from all ones.

    `data` has four bytes or more. Levels that leave fewer than `enough` bytes are left out.
    """
    try:
        rows = _spare.pop()
    except IndexError:
        rows = _Rows()
    import numpy as np

    message = np.frombuffer(data, np.uint8)
    # All sizes are multiples of four, so that what the register is XORed into is in one row.
    whole = message.size & ~3
    short = rows.fold(message[:whole], enough) + message[whole:].tobytes()
    _spare.append(rows)
    return short


class _Rows:
    """Two rows of bytes in which messages are folded, and the views of them for each XOR."""

    def __init__(self) -> None:
        import numpy as np

        self._xor = np.bitwise_xor
        self.size, *others = _distances(*LEVELS[0])
        one, other = self._rows = np.empty((2, self.size), np.uint8)
        self._turns = [_turn(one, other, others), _turn(other, one, others)]
        self._levels = []
        length = self.size
        for exponents, factor in LEVELS[1:]:
            distances = _distances(exponents, factor)
            self._levels.append((distances[0], _blocks(one, length, distances)))
            length = distances[0]

    def fold(self, message: Row, enough: int) -> bytes:
        """The same for a message of a multiple of four bytes."""
        size, xor = self.size, self._xor
        turns, first = divmod(message.size - 1, size)
        first += 1
        number = turns % 2  # So that the last row is the one that the levels fold.
        row = self._rows[number]
        begin = size - first
        row[begin:] = message[:first]
        beginning = row[begin : begin + 4]
        xor(beginning, 0xFF, beginning)
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


def _turn(row: Row, following: Row, distances: list[int]) -> tuple[Row, Xors, Row, Xors]:
    """How a row is folded into the following one: the arguments of the XORs for it.

    The following row becomes the XOR of the row, the message's next bytes, and the row shifted by
    each distance. What is shifted within the row itself comes first: no distance is more than half
    of a row, so that these XORs do not write what they read.
    """
    own = [(row[-distance:], row[:distance]) for distance in distances]
    across = [(following[:-distance], row[distance:]) for distance in distances]
    return row, own, following, across


def _blocks(row: Row, length: int, distances: list[int]) -> list[tuple[int, int, Xors]]:
    """How a row's last `length` bytes are folded into its last distances[0], block by block.

    With each block come its begin and end: a message that begins after its end does not need it. A
    block ends before the first bytes that it is XORed into.
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


# Rows that are not in use. Each thread takes its own.
_spare: list[_Rows] = []
