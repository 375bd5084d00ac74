"""PNG's datastream: the signature and the chunks (PNG §5).

Knows how a chunk is framed and what the small ones contain; nothing of the contents of IDAT.
"""

from __future__ import annotations

import numbers
import struct
from binascii import crc32  # CPython builds it without zlib too.
from collections.abc import Mapping

SIGNATURE = b"\x89PNG\r\n\x1a\n"

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
"""Colour types (PNG §11.2.2)."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk: length, type, data, and the CRC of type and data (PNG §5.3).

    >>> chunk(b"IEND", b"").hex()
    '0000000049454e44ae426082'
    """
    return b"".join(
        (struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc32(data, crc32(kind))))
    )


IEND = chunk(b"IEND", b"")


def header(width: int, height: int, bit_depth: int, color_type: int, interlace: int = 0) -> bytes:
    """The IHDR chunk (PNG §11.2.2).

    >>> header(1, 1, 8, GREY).hex()
    '0000000d49484452000000010000000108000000003a7e9b55'
    """
    return chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, bit_depth, color_type, 0, 0, interlace)
    )


def metadata(
    text: Mapping[str, str] | None,
    gamma: float | None,
    pixels_per_metre: tuple[int, int] | None,
) -> bytes:
    """The gAMA, pHYs, tEXt and iTXt chunks that are asked for, in an order that PNG §5.6 allows."""
    parts = []
    if gamma is not None:
        parts.append(gamma_chunk(gamma))
    if pixels_per_metre is not None:
        parts.append(physical_chunk(*pixels_per_metre, metre=True))
    parts += [text_chunk(keyword, value) for keyword, value in (text or {}).items()]
    return b"".join(parts)


def gamma_chunk(gamma: float) -> bytes:
    """gAMA (PNG §11.3.2.2): the image's gamma, times 100,000.

    >>> gamma_chunk(1 / 2.2)[8:12].hex()
    '0000b18f'
    """
    if not isinstance(gamma, numbers.Real) or not 0.000005 < gamma < 21474.836475:
        raise ValueError(f"gamma must be a positive number up to 21474, got {gamma!r}")
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def physical_chunk(x: int, y: int, metre: bool) -> bytes:
    """pHYs (PNG §11.3.4.3): pixels per unit, which is a metre or unknown."""
    if not all(isinstance(n, numbers.Integral) and 0 <= n < 1 << 31 for n in (x, y)):
        raise ValueError(
            f"pixels per unit must be whole numbers 0 to 2³¹-1 in x and y, got {(x, y)!r}"
        )
    return chunk(b"pHYs", struct.pack(">IIB", x, y, metre))


def text_chunk(keyword: str, value: str) -> bytes:
    """tEXt (PNG §11.3.3.2), or iTXt (§11.3.3.4), not compressed, if Latin-1 does not suffice.

    >>> text_chunk("Title", "A")[4:-4]
    b'tEXtTitle\\x00A'
    """
    if not isinstance(keyword, str) or not isinstance(value, str):
        raise TypeError(f"text must map str to str, got {keyword!r}: {value!r}")
    allowed = all(" " <= c <= "~" or "\xa1" <= c <= "\xff" for c in keyword)
    if not allowed or not 1 <= len(keyword) <= 79 or keyword != " ".join(keyword.split()):
        raise ValueError(
            "text keywords must be 1 to 79 printable Latin-1 characters without leading, trailing"
            f" or double spaces, got {keyword!r}"
        )
    if "\0" in value:
        raise ValueError(f"text must not contain a null character, got {value!r}")
    name = keyword.encode("latin-1")
    try:
        return chunk(b"tEXt", name + b"\0" + value.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", name + b"\0\0\0\0\0" + value.encode("utf-8"))
