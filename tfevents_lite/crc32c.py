"""CRC-32C (Castagnoli) and the masked form that TFRecord files keep of it.

The polynomial and the test values are those of RFC 3720, appendix B.4. This module knows bytes and
integers, and no file. crcmod is imported when the first checksum is asked for.
"""

from __future__ import annotations

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

_crc_of: Callable[[Buffer], int] | None = None


def crc32c(data: Buffer) -> int:
    """The CRC-32C of some bytes, as an unsigned 32-bit integer.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    return (_crc_of or _load())(data)


def masked(data: Buffer) -> int:
    """The CRC-32C rotated and offset, so that a CRC kept within checked data does no harm.

    >>> hex(masked(b"123456789"))
    '0xc78ab0f3'
    """
    crc = (_crc_of or _load())(data)
    return ((crc >> _MASK_ROTATION | crc << (32 - _MASK_ROTATION)) + _MASK_ADDEND) & 0xFFFFFFFF


def _load() -> Callable[[Buffer], int]:
    global _crc_of
    # Not crcmod.predefined, which builds a list of all polynomials it has a name for.
    import crcmod

    _crc_of = crcmod.mkCrcFun(POLYNOMIAL, initCrc=0, rev=True, xorOut=0xFFFFFFFF)
    return _crc_of
