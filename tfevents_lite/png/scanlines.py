"""Arrays as PNG images (PNG §7): which colour type and depth an array has, and the bytes of its rows.

Knows nothing of filters, compression or chunks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chunks import GREY, GREY_ALPHA, RGB, RGBA

MAX_SIDE = 2**31 - 1
_COLOR_TYPES = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGBA}


class Scanlines:
    """An image, row by row, as PNG wants it: `rows(first, last)` gives packed bytes, samples in network order."""

    def __init__(self, array: Any) -> None:
        array = np.asarray(array)
        if array.dtype != np.bool_ and (array.dtype.kind != "u" or array.dtype.itemsize > 2):
            raise TypeError(f"array must be of dtype uint8, uint16 or bool, got {array.dtype}")
        if array.ndim == 2:
            array = array[:, :, np.newaxis]
        if array.ndim != 3 or array.shape[2] not in _COLOR_TYPES:
            raise ValueError(
                "array must be H×W, H×W×1 (grey), H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA),"
                f" got shape {array.shape}"
            )
        self.height, self.width, self.channels = array.shape
        if not 1 <= self.height <= MAX_SIDE or not 1 <= self.width <= MAX_SIDE:
            raise ValueError(f"array must be 1 to 2³¹-1 pixels a side, got shape {array.shape}")
        self.array = array
        self.bit_depth = 16 if array.dtype.itemsize == 2 else 8
        self.color_type = _COLOR_TYPES[self.channels]
        self.pixel_bytes = self.channels * self.bit_depth // 8
        self.row_bytes = self.width * self.pixel_bytes

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Rows `first` up to but without `last`: (last - first, row bytes) uint8."""
        part = self.array[first:last]
        if part.dtype == np.bool_:
            part = part.view(np.uint8) * np.uint8(255)
        elif part.dtype.itemsize == 2:
            part = np.ascontiguousarray(part, ">u2").view(np.uint8)
        return np.ascontiguousarray(part).reshape(last - first, self.row_bytes)
