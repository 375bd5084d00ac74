"""The smallest form that holds exactly the same pixels (PNG §12.4): fewer channels, a palette,
fewer bits.

Every test first looks at a sample, so that a photograph costs next to nothing; then at bands, so
that no test needs memory for the whole image. Knows nothing of filters or compression.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .chunks import GREY, GREY_ALPHA, PALETTE, RGB, RGBA

_SAMPLES = 64, 32
"""At most so many rows and columns are looked at before all pixels are: few, then more."""
_BAND_PIXELS = 1 << 16
_OPAQUE = np.uint32(0xFF000000)


class Form(NamedTuple):
    """How an image is written: PNG colour type and bit depth, and the colours of its palette.

    `colours` are (n,) uint32, red in the low byte, alpha in the high one; empty unless the colour
    type is PALETTE.
    """

    color_type: int
    bit_depth: int
    colours: NDArray[np.uint32]


NO_COLOURS = np.zeros(0, np.uint32)


def smallest_form(array: NDArray[np.unsignedinteger]) -> Form:
    """The form to write an H×W×C array of uint8 or uint16 in.

    >>> smallest_form(np.full((2, 2, 4), 255, np.uint8))[:2]
    (0, 1)
    """
    channels = array.shape[2]
    bit_depth = array.dtype.itemsize * 8
    alpha = channels in (2, 4)
    colour = channels >= 3
    if alpha and not _differs(array[:, :, -1], np.iinfo(array.dtype).max):
        alpha = False
    if colour and not (
        _differs(array[:, :, 0], array[:, :, 1]) or _differs(array[:, :, 0], array[:, :, 2])
    ):
        colour = False
    if bit_depth == 8:
        palette = _colours(array, alpha, colour)
        if palette is not None:
            return _few_colours(palette, alpha, colour)
    color_type = (RGBA if alpha else RGB) if colour else (GREY_ALPHA if alpha else GREY)
    return Form(color_type, bit_depth, NO_COLOURS)


def _few_colours(colours: NDArray[np.uint32], alpha: bool, colour: bool) -> Form:
    """The form for an image of at most 256 colours: grey in few bits where the levels allow it, or
    a palette.
    """
    if not alpha and not colour:
        levels = colours & 255
        for bit_depth, step in ((1, 255), (2, 85), (4, 17)):
            if not (levels % step).any():
                return Form(GREY, bit_depth, NO_COLOURS)
        if colours.size > 16:
            return Form(GREY, 8, NO_COLOURS)
    for bit_depth in (1, 2, 4, 8):
        if colours.size <= 1 << bit_depth:
            break
    # Transparent ones first: tRNS need not list the opaque colours after them.
    order = np.lexsort((colours, (colours & _OPAQUE) == _OPAQUE))
    return Form(PALETTE, bit_depth, colours[order])


def _differs(plane: NDArray[np.unsignedinteger], other: NDArray[np.unsignedinteger] | int) -> bool:
    """Whether any sample of a plane differs from another plane's, or from one value."""
    for rows, columns in _looks(plane.shape):
        part = other[rows, columns] if isinstance(other, np.ndarray) else other
        if (plane[rows, columns] != part).any():
            return True
    return False


def _looks(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Samples of the image, then the whole of it in bands."""
    height, width = shape[:2]
    every = slice(None)
    band = max(1, _BAND_PIXELS // width)
    looks = [(slice(first, first + band), every) for first in range(0, height, band)]
    for side in _SAMPLES:
        if height * width > side * side:
            # An odd step, as many small images below each other may be blank in every 28th row.
            step = -(-height // side) | 1
            looks.insert(0, (slice(None, None, step), slice(None, None, -(-width // side))))
    return looks


def _colours(array: NDArray[np.uint8], alpha: bool, colour: bool) -> NDArray[np.uint32] | None:
    """All colours of an image, in order; None if there are more than 256 (16 for grey, which is as
    small as a palette).
    """
    most = 256 if colour or alpha else 16
    if not alpha and not colour:
        return _levels(array[:, :, 0], most)
    known = NO_COLOURS
    for rows, columns in _looks(array.shape):
        pixels = as_colours(array[rows, columns])
        known = _distinct(np.concatenate((known, pixels[_changes(pixels)])))
        if known.size > most:
            return None
    return known


def _distinct(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What NumPy's unique gives, which takes three times as long for a thousand of them."""
    values = np.sort(values)
    return values[_changes(values)]


def _changes(values: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which values differ from the one before."""
    new = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _levels(plane: NDArray[np.uint8], most: int) -> NDArray[np.uint32] | None:
    """All levels of grey, as colours; None if there are more than `most`."""
    present = np.zeros(256, np.bool_)
    for rows, columns in _looks(plane.shape):
        levels = plane[rows, columns].ravel()
        present[levels[0]] = True
        present[levels[1:][levels[1:] != levels[:-1]]] = True
        if np.count_nonzero(present) > most:
            return None
    colours = np.flatnonzero(present).astype(np.uint32)
    colours *= np.uint32(0x010101)
    colours |= _OPAQUE
    return colours


def as_colours(array: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The pixels of H×W×C uint8 as one number each, red in the low byte, alpha (255 without one) in
    the high: (H·W,).
    """
    channels = array.shape[2]
    if channels == 4:
        return np.ascontiguousarray(array).view("<u4").astype(np.uint32, copy=False).ravel()
    pixels = np.empty(array.shape[:2], np.uint32)
    if channels == 3:
        pixels[:] = array[:, :, 2]
        pixels <<= np.uint32(8)
        pixels |= array[:, :, 1]
        pixels <<= np.uint32(8)
        pixels |= array[:, :, 0]
        pixels |= _OPAQUE
    else:
        pixels[:] = array[:, :, 0]
        pixels *= np.uint32(0x010101)
        pixels |= array[:, :, 1].astype(np.uint32) << np.uint32(24) if channels == 2 else _OPAQUE
    return pixels.ravel()


class PaletteIndex:
    """From colours to their place in a palette, by a multiplicative hash chosen so that no two
    colours collide.
    """

    BITS = 14

    def __init__(self, colours: NDArray[np.uint32]) -> None:
        self.shift = np.uint32(32 - self.BITS)
        # Not numpy.random: it can't be imported where zlib is missing. A linear congruential
        # generator (Numerical Recipes' constants), made odd, gives factors enough.
        state = 1
        while True:
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            self.factor = np.uint32(state | 1)
            slots = (colours * self.factor) >> self.shift
            if np.unique(slots).size == colours.size:
                break
        self.table = np.zeros(1 << self.BITS, np.uint8)
        self.table[slots] = np.arange(colours.size)

    def __call__(self, pixels: NDArray[np.uint32]) -> NDArray[np.uint8]:
        slots = ((pixels * self.factor) >> self.shift).astype(np.intp)
        index: NDArray[np.uint8] = np.take(self.table, slots, mode="wrap")
        return index


def pack(samples: NDArray[np.uint8], bit_depth: int) -> NDArray[np.uint8]:
    """Rows of samples of 1, 2 or 4 bits as bytes, the leftmost in the high bits, rows filled up
    with zeros (PNG §7.2).

    >>> pack(np.array([[1, 2, 3]], np.uint8), 4).tolist()
    [[18, 48]]
    """
    if bit_depth == 8:
        return samples
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
