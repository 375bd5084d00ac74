"""CRC-32C (Castagnoli) and the masked form that TFRecord files keep of it.

The polynomial and the test values are those of RFC 3720, appendix B.4. This module knows bytes and
integers, and no file. crcmod is imported when the first checksum is asked for; where it is missing
or has no C extension, a table takes its place. Long data are first shortened in `crc32c_folding`,
if NumPy is loaded.
"""

from __future__ import annotations

import sys
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    Buffer = Union[bytes, bytearray, memoryview]

# x^32 + x^28 + x^27 + x^26 + x^25 + x^23 + x^22 + x^20 + x^19 + x^18 + x^14 + x^13 + x^11 + x^10 +
# x^9 + x^8 + x^6 + 1, the highest power first.
POLYNOMIAL = 0x11EDC6F41

# The rotation and the addend of masked(), from TensorFlow's lib/hash/crc32c.h.
_MASK_ROTATION = 15
_MASK_ADDEND = 0xA282EAD8

# From how many bytes on folding is faster than crcmod's C extension, and than pure Python.
_FOLD_FROM = 12_000
_FOLD_FROM_IN_PYTHON = 2_000
# Levels of folding that would leave less are slower than crcmod's C extension is.
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
    """The CRC-32C rotated and offset, so that a CRC kept within checked data does no harm.

    >>> hex(masked(b"123456789"))
    '0xc78ab0e5'
    """
    # As in crc32c(), as for a scalar's record another call would cost as much as the checksum.
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
    from .crc32c_folding import fold

    return _update(fold(data, _ENOUGH if _is_compiled else 0), 0, _table) ^ 0xFFFFFFFF


def _load_and_update(data: Buffer, register: int, table: None) -> int:
    _load()
    return _update(data, register, _table)


# (data, CRC register before them, table) to the register behind them. Set by _load().
_update: Callable[[Buffer, int, Any], int] = _load_and_update
_table: Any = None
_is_compiled = False
_fold_from = _FOLD_FROM_IN_PYTHON


def _load() -> None:
    global _update, _table, _is_compiled, _fold_from
    table = _make_table()
    try:
        # What crcmod's own functions call, without the 0.15 µs that those add to a scalar's record.
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
    """One look-up a byte, as crcmod does where it could not be compiled."""
    for byte in bytes(data):
        register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    return register
