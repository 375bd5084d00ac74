"""CRC-32C (Castagnoli) and the masked form that TFRecord files keep of it.

The polynomial and the test values are those of RFC 3720, appendix B.4. This module knows bytes and
integers, and no file. crcmod is imported when the first checksum is asked for; where it is missing,
a table takes its place. Long data are first shortened in `crc32c_folding`, if NumPy is loaded.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    Buffer = Union[bytes, bytearray, memoryview]

# x^32 + x^28 + x^27 + x^26 + x^25 + x^23 + x^22 + x^20 + x^19 + x^18 + x^14 + x^13 + x^11 + x^10 +
# x^9 + x^8 + x^6 + 1, the highest power first.
POLYNOMIAL = 0x11EDC6F41

# The rotation and the addend of masked(), from TensorFlow's lib/hash/crc32c.h.
_MASK_ROTATION = 15
_MASK_ADDEND = 0xA282EAD8

# From how many bytes on folding is faster than crcmod's C extension, and than pure Python.
_FOLD_FROM = 14_000
_FOLD_FROM_IN_PYTHON = 2_000

# (data, CRC of what stands before them) to CRC; set by _load().
_crc_of: Callable[..., int] | None = None
_is_compiled = False


def crc32c(data: Buffer) -> int:
    """The CRC-32C of some bytes, as an unsigned 32-bit integer.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    if len(data) >= _FOLD_FROM_IN_PYTHON:
        return _crc_of_long(data)
    return (_crc_of or _load())(data)


def masked(data: Buffer) -> int:
    """The CRC-32C rotated and offset, so that a CRC kept within checked data does no harm.

    >>> hex(masked(b"123456789"))
    '0xc78ab0f3'
    """
    # As in crc32c(): for a scalar's record, another call would cost as much as the checksum.
    crc = _crc_of_long(data) if len(data) >= _FOLD_FROM_IN_PYTHON else (_crc_of or _load())(data)
    return ((crc >> _MASK_ROTATION | crc << (32 - _MASK_ROTATION)) + _MASK_ADDEND) & 0xFFFFFFFF


def _crc_of_long(data: Buffer) -> int:
    crc_of = _crc_of or _load()
    if "numpy" not in sys.modules or (_is_compiled and len(data) < _FOLD_FROM):
        return crc_of(data)
    from . import crc32c_folding as folding

    view = memoryview(data)
    # What does not fill a word goes first, with the initial value that inverts the first bits.
    rest = len(view) % 8
    register = crc_of(view[:rest]) ^ 0xFFFFFFFF
    exponents = folding.LONG if _is_compiled else folding.SHORT
    folded = folding.fold(view[rest:], register, exponents)
    # A CRC of all ones stands for a register of zero.
    return crc_of(folded, 0xFFFFFFFF)


def _load() -> Callable[..., int]:
    global _crc_of, _is_compiled
    try:
        # Not crcmod.predefined, which has to look the polynomial up by its name.
        from crcmod import mkCrcFun
    except ImportError:
        _crc_of = _crc_by_table
    else:
        _crc_of = mkCrcFun(POLYNOMIAL, initCrc=0, rev=True, xorOut=0xFFFFFFFF)
        _is_compiled = "crcmod._crcfunext" in sys.modules
    return _crc_of


_table: list[int] = []


def _crc_by_table(data: Buffer, crc: int = 0) -> int:
    """One look-up a byte: what crcmod does where it could not be compiled."""
    if not _table:
        reflected = int(f"{POLYNOMIAL & 0xFFFFFFFF:032b}"[::-1], 2)
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (reflected if byte & 1 else 0)
            _table.append(byte)
    crc ^= 0xFFFFFFFF
    for byte in bytes(data):
        crc = crc >> 8 ^ _table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
