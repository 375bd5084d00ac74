"""Arrays as PNG images (PNG §7): which colour type and depth an array has, and the bytes of its
rows.

Knows nothing of filters, compression or chunks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chunks import GREY, GREY_ALPHA, PALETTE, RGB, RGBA
from .reduce import NO_COLOURS, Form, PaletteIndex, as_colours, pack, smallest_form

MAX_SIDE = 2**31 - 1
"""The largest width and height (PNG §11.2.2)."""
_COLOR_TYPES = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGBA}
_CHANNELS = {GREY: 1, GREY_ALPHA: 2, RGB: 3, RGBA: 4, PALETTE: 1}


def form_of(array: NDArray[Any], exact: bool) -> Form:
    """The form to write a checked array in: its own if `exact`, else the smallest that holds the
    same pixels.
    """
    if array.dtype == np.bool_:
        return Form(GREY, 1, NO_COLOURS)
    if exact:
        return Form(_COLOR_TYPES[array.shape[2]], array.dtype.itemsize * 8, NO_COLOURS)
    return smallest_form(array)


class Scanlines:
    """An image as PNG wants it, made band by band: `rows(first, last)` gives the packed bytes of
    some rows.

    `array` is a checked H×W×C array, of which `form` must be able to hold every pixel.
    """

    def __init__(self, array: NDArray[Any], form: Form) -> None:
        self.height, self.width = array.shape[:2]
        self.color_type, self.bit_depth, self.colours = form
        self.array = array
        self.channels = _CHANNELS[self.color_type]
        self.plain = self.color_type == PALETTE or self.bit_depth < 8
        pixel_bits = self.channels * self.bit_depth
        self.pixel_bytes = max(1, pixel_bits >> 3)
        self.row_bytes = (self.width * pixel_bits + 7) >> 3
        if self.color_type == PALETTE:
            self.palette_index = PaletteIndex(self.colours)

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Rows `first` up to but without `last`: (last - first, row bytes) uint8."""
        part = self.array[first:last]
        height = part.shape[0]
        if self.color_type == PALETTE:
            index = self.palette_index(as_colours(part)).reshape(height, self.width)
            return pack(index, self.bit_depth)
        if self.bit_depth < 8:
            grey = part[:, :, 0]
            if part.dtype != np.bool_:
                grey = grey // np.uint8(255 // ((1 << self.bit_depth) - 1))
            return pack(grey, self.bit_depth)
        if self.channels < part.shape[2]:
            part = self._some_channels(part)
        if part.dtype.itemsize == 2:
            part = np.ascontiguousarray(part, ">u2").view(np.uint8)
        return np.ascontiguousarray(part).reshape(height, self.row_bytes)

    def _some_channels(self, part: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
        """Only those channels that are written, copied one by one, which is faster than three bytes
        of every four.
        """
        result = np.empty((*part.shape[:2], self.channels), part.dtype)
        # Grey is in all of red, green and blue, and alpha is last.
        chosen = (0, -1) if self.channels == 2 else range(self.channels)
        for index, channel in enumerate(chosen):
            result[:, :, index] = part[:, :, channel]
        return result


def checked(data: Any) -> NDArray[Any]:
    """An array as H×W×C, of a dtype and shape that PNG has; anything else is refused."""
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
        raise ValueError(f"array must be H×W or H×W×1 where it is bool, got shape {array.shape}")
    if not 1 <= array.shape[0] <= MAX_SIDE or not 1 <= array.shape[1] <= MAX_SIDE:
        raise ValueError(f"array must be 1 to 2³¹-1 pixels a side, got shape {array.shape}")
    return array
