"""A DEFLATE stream (RFC 1951) in a zlib wrapper (RFC 1950), usable alone.

Bands are compressed independently, each to whole bytes: a band that is not the last ends with an
empty stored block, which costs four bytes and lets bands be made in any order, on any core.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import blocks, search
from .checksums import adler32
from .parse import Matches

ZLIB_HEADER = b"\x78\x9c"
"""CM 8, CINFO 7 (a window of 32 KiB), no dictionary, FLEVEL 2 (RFC 1950 §2.2)."""

BAND = 1 << 18


def compress(data: bytes | bytearray | memoryview) -> bytes:
    """`data` as a zlib stream.

    >>> compress(b"").hex()
    '789c010000ffff00000001'
    """
    array = np.frombuffer(data, np.uint8)
    parts = [ZLIB_HEADER]
    for start in range(0, max(array.size, 1), BAND):
        band = array[start : start + BAND]
        found, _ = search.everywhere(band, 1, 1)
        parts.append(compress_band(band, found, final=start + BAND >= array.size))
    parts.append(adler32(array).to_bytes(4, "big"))
    return b"".join(parts)


def compress_band(data: NDArray[np.uint8], found: Matches, final: bool) -> bytes:
    """`data` (1-D uint8) as whole bytes of DEFLATE, with the matches that were found in it."""
    if data.size == 0:
        return blocks.stored_blocks(data, final)
    body, size = blocks.dynamic_block(data, found, final)
    if len(body) >= data.size + 5 * (data.size // 65535 + 1):
        return blocks.stored_blocks(data, final)
    if final:
        return body
    # An empty stored block: 3 bits of header, zeros up to a byte, LEN 0 and its complement (RFC
    # 1951 §3.2.4).
    aligned = -(-(size + 3) // 8)
    return body + bytes(aligned - len(body)) + b"\x00\x00\xff\xff"


def stored(data: NDArray[np.uint8]) -> bytes:
    """`data` as final blocks without compression."""
    return blocks.stored_blocks(data, final=True)
