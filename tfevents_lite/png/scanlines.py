"""Arrays as PNG images (PNG §7): the colour type and bit depth of an array, and the bytes of its
rows.

The colour type is that of the array, so that reading the file gives back its shape and values.
Knows nothing of filters, compression or chunks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chunks import GREY, GREY_ALPHA, RGB, RGBA

MAX_SIDE = 2**31 - 1
"""The largest width and height (PNG §11.2.2)."""
_COLOR_TYPES = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGBA}


class Scanlines:
    """An image as rows of bytes, which are made when asked for.

    `array` is an H×W×C array that `checked` returned. `amounts` is False if the bytes are not
    amounts of something (indices into a palette, several pixels in a byte), so that filters cannot
    help.
    """

    amounts = True

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.height, self.width, channels = array.shape
        self.color_type = _COLOR_TYPES[channels]
        self.bit_depth = 8 * array.dtype.itemsize
        self.pixel_bytes = channels * array.dtype.itemsize
        self.row_bytes = self.width * self.pixel_bytes

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Rows in [first, last), as (last - first, row bytes) uint8."""
        part = self.array[first:last]
        if part.dtype == np.bool_:
            part = np.negative(part.view(np.uint8))
        elif part.dtype.itemsize == 2:
            part = np.ascontiguousarray(part, ">u2").view(np.uint8)
        return np.ascontiguousarray(part).reshape(part.shape[0], self.row_bytes)


class PackedRows:
    """Rows that are bytes already, with the same interface."""

    def __init__(self, packed: NDArray[np.uint8], pixel_bytes: int, amounts: bool) -> None:
        self.packed = packed
        self.height, self.row_bytes = packed.shape
        self.pixel_bytes = pixel_bytes
        self.amounts = amounts

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Rows in [first, last)."""
        return self.packed[first:last]


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


def pack(samples: NDArray[np.uint8], bit_depth: int) -> NDArray[np.uint8]:
    """Rows of samples of 1, 2 or 4 bits as bytes, the leftmost in the high bits; the last byte of a
    row is filled up with zeros (PNG §7.2).

    >>> pack(np.array([[1, 2, 3]], np.uint8), 4).tolist()
    [[18, 48]]
    """
    if bit_depth == 1:
        return np.packbits(samples, axis=1)
    per_byte = 8 // bit_depth
    height, width = samples.shape
    padded = np.zeros((height, -(-width // per_byte) * per_byte), np.uint8)
    padded[:, :width] = samples
    packed: NDArray[np.uint8] = padded[:, 0::per_byte].copy()
    for i in range(1, per_byte):
        packed <<= bit_depth
        packed |= padded[:, i::per_byte]
    return packed
