"""PNG's datastream: the signature and the chunks (PNG §5).

Knows how a chunk is framed and what is inside the small ones; what is inside IDAT it does not know.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from .checksums import crc32

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


def palette(colours: NDArray[np.uint32]) -> bytes:
    """PLTE, and tRNS when some colour is not opaque (PNG §11.2.3, §11.3.2.1).

    `colours` have red in the low byte and alpha in the high one; what is transparent should come first.
    """
    table = colours.astype("<u4").view(np.uint8).reshape(-1, 4)
    chunks = chunk(b"PLTE", table[:, :3].tobytes())
    transparent = np.flatnonzero(table[:, 3] != 255)
    if transparent.size:
        chunks += chunk(b"tRNS", table[: transparent[-1] + 1, 3].tobytes())
    return chunks
