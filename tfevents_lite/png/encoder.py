"""From arrays to PNG files: one image, or several.

Knows which arrays PNG can hold, the order of chunks, and that rows are compressed in bands; nothing
of how bands or chunks are made. The colour type is that of the array, so that reading the file
gives back its shape and values.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import band, chunks, deflate
from .batch import encode_alike
from .filters import Bytes

MAX_SIDE = 2**31 - 1
"""The largest width and height (PNG §11.2.2)."""
_COLOR_TYPES = {1: chunks.GREY, 2: chunks.GREY_ALPHA, 3: chunks.RGB, 4: chunks.RGBA}

_STORED_BYTES = 1 << 10
"""One image of at most so many bytes is stored: compressing takes twenty times as long and saves a
few hundred bytes.
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
    head = header(array) + chunks.metadata(text, gamma, pixels_per_metre)
    tiny = array.nbytes <= _STORED_BYTES
    bodies = [_stored(array)] if tiny else compress([array], pixel_bytes(array))
    out = io.BytesIO()  # Its buffer becomes the result, which a joined list would hold twice.
    out.write(chunks.SIGNATURE + head)
    for body in bodies:
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
    for members in alike.values():
        first = checked_arrays[members[0]]
        at_once = max(1, _BATCH_BYTES // first.size)
        for start in range(0, len(members), at_once):
            some = members[start : start + at_once]
            rows = np.stack([as_rows(checked_arrays[index]) for index in some])
            encoded = encode_alike(rows, pixel_bytes(first), header(first))
            for index, file in zip(some, encoded):
                files[index] = file
    return files


def checked(data: Any) -> NDArray[Any]:
    """`data` as an H×W×C array, if PNG can hold its dtype and shape; TypeError or ValueError if
    not.
    """
    array: NDArray[Any] = np.asarray(data)
    if array.dtype != np.bool_ and (array.dtype.kind != "u" or array.dtype.itemsize > 2):
        raise TypeError(f"array must be of dtype uint8, uint16 or bool, got {array.dtype}")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in _COLOR_TYPES:
        raise ValueError(
            "array must be H×W, H×W×1 (grey), H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA),"
            f" got shape {array.shape}"
        )
    if array.dtype == np.bool_ and array.shape[2] != 1:
        raise ValueError(f"array must be H×W or H×W×1 if it is bool, got shape {array.shape}")
    if not 1 <= array.shape[0] <= MAX_SIDE or not 1 <= array.shape[1] <= MAX_SIDE:
        raise ValueError(f"array must be 1 to 2³¹-1 pixels a side, got shape {array.shape}")
    return array


def header(array: NDArray[Any]) -> bytes:
    """The IHDR chunk of an array that `checked` returned."""
    height, width, channels = array.shape
    return chunks.header(width, height, 8 * array.dtype.itemsize, _COLOR_TYPES[channels])


def pixel_bytes(array: NDArray[Any]) -> int:
    """How many bytes a pixel has in the file."""
    return int(array.shape[2]) * array.dtype.itemsize


def as_rows(array: NDArray[Any]) -> Bytes:
    """Rows of samples, H×W×C or H×(W·C), as PNG has them (PNG §7.2): (height, row bytes) uint8."""
    if array.dtype == np.bool_:
        array = np.negative(array.view(np.uint8))
    elif array.dtype.itemsize == 2:
        array = np.ascontiguousarray(array, ">u2").view(np.uint8)
    return np.ascontiguousarray(array).reshape(array.shape[0], -1)


def _stored(array: NDArray[Any]) -> bytes:
    """A zlib stream of rows that are neither filtered nor compressed."""
    rows = as_rows(array)
    filtered = np.zeros((rows.shape[0], 1 + rows.shape[1]), np.uint8)  # Filter 0 before each row.
    filtered[:, 1:] = rows
    data = filtered.ravel()
    checksum = deflate.adler32(data).to_bytes(4, "big")
    return deflate.ZLIB_HEADER + deflate.stored(data, True) + checksum


def compress(images: Sequence[NDArray[Any]], unit: int, amounts: bool = True) -> Iterator[bytes]:
    """The rows of an image, or of its interlaced passes, as a zlib stream (RFC 1950), in pieces of
    one band.

    `images` are what `as_rows` takes, `unit` is how many bytes a pixel has, at least one. `amounts`
    is False if the bytes are not amounts of something (indices into a palette, several pixels in a
    byte), so that filters cannot help.
    """
    value = 1
    head = deflate.ZLIB_HEADER
    for image in images:
        total = image.nbytes
        count = 1 if total < _ONE_BAND_BYTES else 2 * max(1, round(total / (2 * _BAND_BYTES)))
        # Bands of equal height, since a rest of a few rows would cost as much as a band.
        height = -(-image.shape[0] // count)
        above = np.zeros(image.nbytes // image.shape[0], np.uint8)
        for first in range(0, image.shape[0], height):
            rows = as_rows(image[first : first + height])
            final = first + height >= image.shape[0] and image is images[-1]
            data, body = band.compress(rows, above, unit, amounts, final)
            value = deflate.adler32(data, value)
            yield head + body + (value.to_bytes(4, "big") if final else b"")
            above, head = rows[-1], b""
