"""From array to PNG file: the bands' way through scanlines, filters, DEFLATE and chunks.

Knows the order of things and nothing of how each is done.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from . import chunks, deflate, levels
from .checksums import adler32, adler32_combine
from .scanlines import Scanlines

_BAND_BYTES = 3 << 17
"""Rows are worked on in bands of about so many bytes: few enough to stay in a core's cache."""

np.empty(1 << 24, np.uint8)  # Freed at once: from then on glibc's malloc keeps blocks this large for reuse rather than
# returning each to the system, and page faults, which took a third of the time, are gone. Nothing else depends on it.


def encode(
    array: Any, level: str = "default", threads: int = 1, *, exact_color_type: bool = False
) -> bytes:
    """An array as a PNG file.

    `array` is H×W, H×W×1, H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA), of uint8, uint16 or bool.

    >>> encode(np.zeros((1, 1), np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    check_options(level, threads)
    image = Scanlines(array, exact_color_type)
    out = io.BytesIO()
    out.write(chunks.SIGNATURE)
    out.write(chunks.header(image.width, image.height, image.bit_depth, image.color_type))
    if image.color_type == chunks.PALETTE:
        out.write(chunks.palette(image.colours))
    for body in zlib_stream(image, level, threads):
        out.write(chunks.chunk(b"IDAT", body))
    out.write(chunks.IEND)
    return out.getvalue()


def zlib_stream(image: Scanlines, level: str, threads: int) -> Iterator[bytes]:
    """The image's filtered rows as a zlib stream (RFC 1950), in pieces of one band."""
    compressor = levels.COMPRESSORS[level]
    # Bands of equal height, as a rest of a few rows would cost as much as a whole band; an even number, for two threads.
    total = image.height * (image.row_bytes + 1)
    count = max(1, 2 * round(total / (2 * _BAND_BYTES)))
    band_rows = -(-image.height // count)

    def work(first: int) -> tuple[bytes, int, int]:
        last = min(first + band_rows, image.height)
        rows = image.rows(max(0, first - 1), last)
        if first:
            above, rows = rows[0], rows[1:]
        else:
            above = np.zeros(image.row_bytes, np.uint8)
        band = levels.Band(rows, above, image.pixel_bytes, image.plain)
        data, body = compressor(band, last == image.height)
        return body, adler32(data), data.size

    checksum = 1
    starts = range(0, image.height, band_rows)
    for first, (body, band_checksum, size) in zip(starts, in_order(work, starts, threads)):
        checksum = adler32_combine(checksum, band_checksum, size)
        if first == 0:
            body = deflate.ZLIB_HEADER + body
        if first == starts[-1]:
            body += checksum.to_bytes(4, "big")
        yield body


def in_order(work: Any, items: range, threads: int) -> Iterator[Any]:
    """`work` of each item, in order, by so many threads, never more than a few results ahead."""
    if threads == 1 or len(items) == 1:
        yield from map(work, items)
        return
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Any]] = deque()
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def check_options(level: str, threads: int) -> None:
    """Refuses what is not a level or not a number of threads."""
    if level not in levels.LEVELS:
        raise ValueError(f"level must be one of 'fast', 'default', 'small', got {level!r}")
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)):
        raise TypeError(f"threads must be a whole number, got {threads!r}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads!r}")


def encode_batch(
    arrays: Iterable[Any], level: str = "default", threads: int = 1, *, exact_color_type: bool = False
) -> list[bytes]:
    """Many arrays, each as a PNG file.

    >>> len(encode_batch([np.zeros((1, 1), np.uint8)] * 3))
    3
    """
    return [
        encode(array, level, threads, exact_color_type=exact_color_type) for array in arrays
    ]
