"""From arrays to PNG files: one image, or several.

Knows the order of chunks, and that rows are compressed in bands; nothing of how bands or chunks are
made.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import band, chunks, deflate
from .batch import encode_alike, may_be_drawn
from .scanlines import PackedRows, Scanlines, checked

_STORED_BYTES = 1 << 10
"""One image of at most so many bytes is stored: compressing takes twenty times as long and saves a
few hundred bytes.
"""
_TINY_BYTES = 1 << 12
"""One drawing of at most so many bytes is compressed as a batch of one, which looks for runs only:
looking for more takes one to four times as long.
"""
_SMALL_BYTES = 1 << 14
"""Images of one shape, each of at most so many bytes, are compressed together."""
_BATCH_BYTES = 1 << 18
"""At most so many bytes are compressed together."""
_ONE_BAND_BYTES, _BAND_BYTES = 3 << 19, 1 << 20
"""An image of less than the first is one band; larger ones have bands of about the second. Smaller
bands get better codes and stay in the cache; in larger ones less time is spent in NumPy's calls.
"""

# Freed at once: from then on glibc's malloc keeps blocks of this size for reuse and does not return
# each to the system, which saves a third of the time. Nothing else depends on it.
np.empty(1 << 24, np.uint8)


def encode(
    array: Any,
    *,
    text: Mapping[str, str] | None = None,
    gamma: float | None = None,
    pixels_per_metre: tuple[int, int] | None = None,
) -> bytes:
    """An array as a PNG file.

    `array` is H×W or H×W×1 (grey), H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA), of uint8, of
    uint16 (a 16-bit file) or, with one channel, of bool (an 8-bit file, False is 0 and True 255).
    Strides and byte order may be any. The file has the array's colour type: what reads it gets the
    array's shape and values.

    `text` becomes tEXt, or iTXt where Latin-1 does not suffice, by keyword; `gamma` becomes gAMA;
    `pixels_per_metre` (x, y) becomes pHYs.

    Raises TypeError or ValueError for any other dtype or shape.
    Source: PNG (https://www.w3.org/TR/png-3/), RFC 1950, RFC 1951.

    >>> data = encode(np.zeros((2, 3, 3), np.uint8))
    >>> data[:8], int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    (b'\\x89PNG\\r\\n\\x1a\\n', 3, 2)
    """
    array = checked(array)
    extra = chunks.metadata(text, gamma, pixels_per_metre)
    image = Scanlines(array)
    if not extra:
        if array.nbytes <= _STORED_BYTES:
            return _stored(image)
        if array.nbytes <= _TINY_BYTES and may_be_drawn(image):
            return encode_alike(image, 1)[0]
    out = io.BytesIO()
    out.write(chunks.SIGNATURE)
    out.write(chunks.header(image.width, image.height, image.bit_depth, image.color_type))
    out.write(extra)
    for body in compress([image]):
        out.write(chunks.chunk(b"IDAT", body))
    out.write(chunks.IEND)
    return out.getvalue()


def encode_batch(arrays: Iterable[Any]) -> list[bytes]:
    """Many arrays, each as a PNG file of its own; faster than `encode` for small ones of one shape.

    Takes and raises what `encode` does.

    >>> len(encode_batch([np.zeros((1, 1), np.uint8)] * 3))
    3
    """
    checked_arrays = [checked(array) for array in arrays]
    files: list[bytes] = [b""] * len(checked_arrays)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, array in enumerate(checked_arrays):
        if array.nbytes <= _SMALL_BYTES:
            alike.setdefault((array.shape, array.dtype.str), []).append(index)
        else:
            files[index] = encode(array)
    for (shape, _), members in alike.items():
        at_once = max(1, _BATCH_BYTES // (shape[0] * shape[1] * shape[2]))
        for first in range(0, len(members), at_once):
            some = members[first : first + at_once]
            tall = np.concatenate([checked_arrays[index] for index in some])
            for index, file in zip(some, encode_alike(Scanlines(tall), len(some))):
                files[index] = file
    return files


def _stored(image: Scanlines) -> bytes:
    """A file whose rows are not compressed."""
    rows = np.zeros((image.height, 1 + image.row_bytes), np.uint8)  # Filter 0 before each row.
    rows[:, 1:] = image.rows(0, image.height)
    data = rows.ravel()
    body = deflate.ZLIB_HEADER + deflate.stored(data, True)
    body += deflate.adler32(data).to_bytes(4, "big")
    head = chunks.header(image.width, image.height, image.bit_depth, image.color_type)
    return b"".join((chunks.SIGNATURE, head, chunks.chunk(b"IDAT", body), chunks.IEND))


def compress(images: Sequence[Scanlines | PackedRows]) -> Iterator[bytes]:
    """The rows of an image, or of its interlaced passes, as a zlib stream (RFC 1950), in pieces of
    one band.
    """
    value = 1
    head = deflate.ZLIB_HEADER
    for image in images:
        for first, last in _bands(image):
            rows = image.rows(max(0, first - 1), last)
            if first:
                above, rows = rows[0], rows[1:]
            else:
                above = np.zeros(image.row_bytes, np.uint8)
            final = last == image.height and image is images[-1]
            part = band.Band(rows, above, image.pixel_bytes, image.amounts)
            data, body = band.compress(part, final)
            value = deflate.adler32(data, value)
            yield head + body + (value.to_bytes(4, "big") if final else b"")
            head = b""


def _bands(image: Scanlines | PackedRows) -> Iterator[tuple[int, int]]:
    """First row of each band, and the row after its last; bands are of equal height, since a rest
    of a few rows would cost as much as a band.
    """
    total = image.height * (image.row_bytes + 1)
    count = 1 if total < _ONE_BAND_BYTES else 2 * max(1, round(total / (2 * _BAND_BYTES)))
    height = -(-image.height // count)
    for first in range(0, image.height, height):
        yield first, min(first + height, image.height)
