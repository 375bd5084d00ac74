"""From array to PNG file: the bands' way through scanlines, filters, DEFLATE and chunks.

Knows the order of things and nothing of how each is done.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import chunks, deflate, filters
from .checksums import adler32, adler32_combine
from .scanlines import Scanlines

LEVELS = ("fast", "default", "small")
_BAND_BYTES = 1 << 18


def encode(
    array: Any, level: str = "default", threads: int = 1, *, exact_color_type: bool = False
) -> bytes:
    """An array as a PNG file.

    `array` is H×W, H×W×1, H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA), of uint8, uint16 or bool.

    >>> encode(np.zeros((1, 1), np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of 'fast', 'default', 'small', got {level!r}")
    image = Scanlines(array)
    band_rows = max(1, _BAND_BYTES // (image.row_bytes + 1))
    out = io.BytesIO()
    out.write(chunks.SIGNATURE)
    out.write(chunks.header(image.width, image.height, image.bit_depth, image.color_type))
    above = np.zeros(image.row_bytes, np.uint8)
    checksum = 1
    for first in range(0, image.height, band_rows):
        last = min(first + band_rows, image.height)
        rows = image.rows(first, last)
        data = filters.filter_rows(rows, above, image.pixel_bytes).ravel()
        above = rows[-1]
        checksum = adler32_combine(checksum, adler32(data), data.size)
        body = deflate.compress_band(data, image.pixel_bytes, final=last == image.height)
        if first == 0:
            body = deflate.ZLIB_HEADER + body
        if last == image.height:
            body += checksum.to_bytes(4, "big")
        out.write(chunks.chunk(b"IDAT", body))
    out.write(chunks.IEND)
    return out.getvalue()


def encode_batch(
    arrays: Iterable[Any], level: str = "default", threads: int = 1, *, exact_color_type: bool = False
) -> list[bytes]:
    """Many arrays, each as a PNG file, as `encode` would make it.

    >>> len(encode_batch([np.zeros((1, 1), np.uint8)] * 3))
    3
    """
    return [
        encode(array, level, threads, exact_color_type=exact_color_type) for array in arrays
    ]
