"""From arrays to PNG files: one image, or many.

Knows the order of chunks and nothing of how their contents are made.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import chunks, deflate, stream
from .batch import encode_alike, may_be_drawn
from .checksums import adler32
from .levels import LEVELS
from .scanlines import Scanlines, checked, form_of


def encode(
    array: Any,
    level: str = "default",
    threads: int = 1,
    *,
    exact_color_type: bool = False,
    text: Mapping[str, str] | None = None,
    gamma: float | None = None,
    pixels_per_metre: tuple[int, int] | None = None,
) -> bytes:
    """An array as a PNG file.

    `array` is H×W or H×W×1 (grey), H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA), of uint8, of
    uint16 (which makes a 16-bit PNG) or, with one channel, of bool (False is black); any strides,
    byte order, read-only or not.

    `level` is "fast", "default" or "small". Unless `exact_color_type`, the file holds the same
    pixels in the smallest form that can: grey for RGB that is grey, no alpha where all is opaque, a
    palette for at most 256 colours, 1, 2 or 4 bits where they suffice.

    The bytes do not depend on `threads`, which share the bands (about 1 MB each) of an image of
    some 2 MB or more. Python lets them run side by side only within NumPy's calls, and handing over
    takes time: on two virtual cores, two were at best 1.2 to 1.4 times as fast as one on
    photographs, and no faster on drawings. Smaller images, and all at level "small", whose bands
    are smaller, are made by one.

    `text` becomes tEXt, or iTXt where Latin-1 does not suffice, by keyword; `gamma` gAMA;
    `pixels_per_metre` (x, y) pHYs.

    Raises TypeError or ValueError for any other dtype, shape, level or number of threads.
    Source: PNG (https://www.w3.org/TR/png-3/), RFC 1950, RFC 1951.

    >>> data = encode(np.zeros((2, 3, 3), np.uint8))
    >>> data[:8], int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    (b'\\x89PNG\\r\\n\\x1a\\n', 3, 2)
    """
    check_options(level, threads)
    array = checked(array)
    extra = chunks.metadata(text, gamma, pixels_per_metre)
    if array.nbytes <= _STORED_BYTES and level != "small" and not extra:
        return _stored(array)
    image = Scanlines(array, form_of(array, exact_color_type))
    if array.nbytes <= _TINY_BYTES and level != "small" and not extra and may_be_drawn(image):
        return encode_alike(image, 1)[0]
    out = io.BytesIO()
    out.write(chunks.SIGNATURE)
    out.write(chunks.header(image.width, image.height, image.bit_depth, image.color_type))
    out.write(extra)
    if image.color_type == chunks.PALETTE:
        out.write(chunks.palette(image.colours))
    for body in stream.compress([image], level, threads):
        out.write(chunks.chunk(b"IDAT", body))
    out.write(chunks.IEND)
    return out.getvalue()


def _stored(array: NDArray[Any]) -> bytes:
    """A checked array as a file that is not compressed."""
    image = Scanlines(array, form_of(array, True))
    rows = np.zeros((image.height, 1 + image.row_bytes), np.uint8)  # Filter 0 in front of each.
    rows[:, 1:] = image.rows(0, image.height)
    data = rows.ravel()
    body = deflate.ZLIB_HEADER + deflate.stored(data) + adler32(data).to_bytes(4, "big")
    head = chunks.header(image.width, image.height, image.bit_depth, image.color_type)
    return b"".join((chunks.SIGNATURE, head, chunks.chunk(b"IDAT", body), chunks.IEND))


def check_options(level: str, threads: int) -> None:
    """Refuses what is not a level or not a number of threads."""
    if level not in LEVELS:
        raise ValueError(f"level must be one of 'fast', 'default', 'small', got {level!r}")
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)):
        raise TypeError(f"threads must be a whole number, got {threads!r}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads!r}")


def encode_batch(
    arrays: Iterable[Any],
    level: str = "default",
    threads: int = 1,
    *,
    exact_color_type: bool = False,
) -> list[bytes]:
    """Many arrays, each as a PNG file of its own.

    >>> len(encode_batch([np.zeros((1, 1), np.uint8)] * 3))
    3
    """
    check_options(level, threads)
    checked_arrays = [checked(array) for array in arrays]
    files: list[bytes] = [b""] * len(checked_arrays)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, array in enumerate(checked_arrays):
        if array.size * array.itemsize <= _SMALL_BYTES and level != "small":
            alike.setdefault((array.shape, array.dtype.str), []).append(index)
        else:
            files[index] = encode(array, level, threads, exact_color_type=exact_color_type)
    for (shape, _), members in alike.items():
        at_once = max(1, _BATCH_BYTES // (shape[0] * shape[1] * shape[2]))
        for first in range(0, len(members), at_once):
            some = members[first : first + at_once]
            tall = np.concatenate([checked_arrays[index] for index in some])
            image = Scanlines(tall, form_of(tall, exact_color_type))
            for index, file in zip(some, encode_alike(image, len(some))):
                files[index] = file
    return files


_STORED_BYTES = 1 << 10
"""Up to this many bytes, one image alone is stored as it is, unless it is to be small: compressing
takes twenty times as long, for a few hundred bytes less.
"""
_TINY_BYTES = 1 << 12
"""Up to this many bytes, one drawing alone is compressed in the way of many, which looks for runs
alone: the search for all else takes one to four times as long.
"""
_SMALL_BYTES = 1 << 14
"""Up to this many bytes, images of one shape are compressed together."""
_BATCH_BYTES = 1 << 18
"""At most so many bytes at once."""
