"""pypng's way of writing: `Writer(width, height, …).write(file, rows)` and `from_array(a,
mode).save(name)`, without zlib.

Argument names, defaults and what they accept follow pypng 0.20; what is inside the file is our own.
Turns samples into packed rows; how those are compressed is known elsewhere.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from . import chunks
from .encoder import compress
from .scanlines import PackedRows, pack

_ADAM7 = tuple(
    zip((0, 4, 0, 2, 0, 1, 0), (0, 0, 4, 0, 2, 0, 1), (8, 8, 4, 4, 2, 2, 1), (8, 8, 8, 4, 4, 2, 2))
)
"""The seven passes: first column, first row, and how far apart columns and rows are (PNG §8.2)."""


class Error(ValueError):
    """What cannot be written, as pypng's exception of the same name."""


class Writer:
    """Writes PNG files of one size and kind; every argument but the size by keyword, as in pypng.

    `greyscale` (the default without a palette), `alpha` and `bitdepth` (1 to 16, or one for each
    channel) say what the samples are; depths that PNG has not are scaled up and kept in an sBIT
    chunk. `palette` is a sequence of 3- or 4-tuples, `transparent` and `background` one colour as a
    tuple, `gamma` a number, `interlace` asks for Adam7, `x_pixels_per_unit` and `y_pixels_per_unit`
    are for pHYs. `size` is (width, height) in one. `planes`, `colormap` and `maxval` are ignored,
    so that `Writer(**info)` works with what pypng's reader returns.

    `compression` is checked and ignored, since there is one way to compress; `chunk_limit` is
    ignored, since each chunk holds one band. pypng's `write_packed` and `write_passes` are missing.
    All rows are gathered in memory before the first is written.

    Raises Error, a ValueError, for what PNG does not allow.

    >>> import io
    >>> file = io.BytesIO()
    >>> Writer(3, 2, greyscale=True, bitdepth=1).write(file, [[0, 1, 0], [1, 0, 1]])
    2
    >>> file.getvalue()[12:16], file.getvalue()[24]  # IHDR, and its bit depth
    (b'IHDR', 1)
    """

    def __init__(
        self,
        width: int | None = None,
        height: int | None = None,
        size: tuple[int, int] | None = None,
        greyscale: bool | None = None,
        alpha: bool = False,
        bitdepth: int | Sequence[int] = 8,
        palette: Iterable[Sequence[int]] | None = None,
        transparent: int | Sequence[int] | None = None,
        background: int | Sequence[int] | None = None,
        gamma: float | None = None,
        compression: int | None = None,
        interlace: bool = False,
        planes: int | None = None,
        colormap: bool | None = None,
        maxval: int | None = None,
        chunk_limit: int = 2**20,
        x_pixels_per_unit: int | None = None,
        y_pixels_per_unit: int | None = None,
        unit_is_meter: bool = False,
    ) -> None:
        self.width, self.height = _size(size, width, height)
        self.palette = _palette(palette)
        self.alpha = bool(alpha)
        self.greyscale = not self.palette if greyscale is None else bool(greyscale)
        if self.palette and (self.alpha or self.greyscale or transparent is not None):
            raise Error("palette must not come with greyscale, alpha or transparent")
        if self.alpha and transparent is not None:
            raise Error(f"transparent must be None where alpha is, got {transparent!r}")
        color_planes = 1 if self.greyscale or self.palette else 3
        self.planes = color_planes + self.alpha
        depths = (bitdepth,) * self.planes if isinstance(bitdepth, int) else tuple(bitdepth)
        if len(depths) == 1:
            depths *= self.planes
        self.bitdepth = _stored_depth(depths, self.planes, bool(self.palette))
        self.source_depths = depths
        self.transparent = _colour("transparent", transparent, color_planes, self.bitdepth)
        self.background = _colour("background", background, color_planes, self.bitdepth)
        self.gamma = gamma
        if compression is not None and compression not in range(-1, 10):
            raise Error(f"compression must be None or -1 to 9, got {compression!r}")
        self.compression = compression
        self.interlace = bool(interlace)
        self.x_pixels_per_unit = x_pixels_per_unit
        self.y_pixels_per_unit = y_pixels_per_unit
        self.unit_is_meter = bool(unit_is_meter)
        if self.palette:
            self.color_type = chunks.PALETTE
        else:
            self.color_type = 4 * self.alpha + 2 * (not self.greyscale)

    def write(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes an image given as `height` rows, each `width` times channels samples, flat;
        returns how many rows.
        """
        gathered = [np.asarray(row if hasattr(row, "__len__") else list(row)) for row in rows]
        expected = self.width * self.planes
        for index, row in enumerate(gathered):
            if row.size != expected:
                raise Error(f"rows must have {expected} values each, got {row.size} in row {index}")
        if len(gathered) != self.height:
            raise Error(f"rows must be as many as height, {self.height}, got {len(gathered)}")
        return self.write_array(outfile, np.concatenate([row.ravel() for row in gathered]))

    def write_array(self, outfile: BinaryIO, pixels: Any) -> int:
        """Writes an image given as all its samples in one flat sequence or array; returns how many
        rows.
        """
        samples = np.asarray(pixels)
        shape = self.height, self.width, self.planes
        if samples.size != self.height * self.width * self.planes:
            raise Error(f"pixels must be {shape} samples in all, got {samples.size}")
        if samples.dtype.kind not in "bui":
            raise TypeError(f"pixels must be whole numbers, got dtype {samples.dtype}")
        samples = self._scaled(samples.reshape(shape))
        outfile.write(chunks.SIGNATURE + self._head())
        for body in compress(self._passes(samples)):
            outfile.write(chunks.chunk(b"IDAT", body))
        outfile.write(chunks.IEND)
        return self.height

    def _scaled(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Samples in range, stretched from the depth they have to the depth that is stored."""
        tops = np.array([(1 << depth) - 1 for depth in self.source_depths])
        if samples.min() < 0 or (samples.max(axis=(0, 1)) > tops).any():
            raise Error(
                f"samples must be 0 to 2**bitdepth - 1 for bitdepth {self.source_depths},"
                f" got {samples.min()} to {samples.max()}"
            )
        if any(depth != self.bitdepth for depth in self.source_depths):
            samples = np.rint(samples * (((1 << self.bitdepth) - 1) / tops))
        return samples.astype(">u2" if self.bitdepth == 16 else np.uint8)

    def _passes(self, samples: NDArray[Any]) -> list[PackedRows]:
        """The image, or its interlaced passes that have any pixels."""
        parts = [samples]
        if self.interlace:
            parts = [samples[y::down, x::right] for x, y, right, down in _ADAM7]
        amounts = not self.palette and self.bitdepth >= 8
        pixel_bytes = max(1, self.planes * self.bitdepth >> 3)
        result = []
        for part in parts:
            if part.size:
                flat = np.ascontiguousarray(part).reshape(part.shape[0], -1)
                packed = pack(flat, self.bitdepth) if self.bitdepth < 8 else flat.view(np.uint8)
                result.append(PackedRows(packed, pixel_bytes, amounts))
        return result

    def _head(self) -> bytes:
        """Every chunk before the pixels, in the order of PNG §5.6."""
        parts = [
            chunks.header(
                self.width, self.height, self.bitdepth, self.color_type, int(self.interlace)
            )
        ]
        if self.gamma is not None:
            parts.append(chunks.gamma_chunk(self.gamma))
        if any(depth != self.bitdepth for depth in self.source_depths) and not self.palette:
            parts.append(chunks.chunk(b"sBIT", bytes(self.source_depths)))
        if self.palette:
            parts.append(chunks.chunk(b"PLTE", b"".join(bytes(c[:3]) for c in self.palette)))
            alphas = bytes(c[3] for c in self.palette if len(c) == 4)
            if alphas:
                parts.append(chunks.chunk(b"tRNS", alphas))
        for kind, colour in ((b"tRNS", self.transparent), (b"bKGD", self.background)):
            if colour is not None:
                # With a palette, the background is a place in it (PNG §11.3.4.1).
                form = ">B" if self.palette else f">{len(colour)}H"
                parts.append(chunks.chunk(kind, struct.pack(form, *colour)))
        if self.x_pixels_per_unit is not None and self.y_pixels_per_unit is not None:
            parts.append(
                chunks.physical_chunk(
                    self.x_pixels_per_unit, self.y_pixels_per_unit, self.unit_is_meter
                )
            )
        return b"".join(parts)


class Image:
    """What `from_array` returns: rows and what they are, to be written once."""

    def __init__(self, rows: Iterable[Any], info: Mapping[str, Any]) -> None:
        self.rows = rows
        self.info = dict(info)

    def save(self, file: str) -> None:
        """Writes the PNG to the file of this name."""
        writer = Writer(**self.info)
        with open(file, "wb") as out:
            writer.write(out, self.rows)

    def write(self, file: BinaryIO) -> None:
        """Writes the PNG to an open binary file."""
        Writer(**self.info).write(file, self.rows)

    def stream(self) -> None:
        """Takes all rows out of an iterator, so that they can be used more than once."""
        self.rows = list(self.rows)


def from_array(a: Any, mode: str, info: Mapping[str, Any] | None = None) -> Image:
    """An image from rows of samples: an array H×(W·channels), lists of lists, or an iterator of
    rows.

    `mode` is "L", "LA", "RGB" or "RGBA", with a bit depth after a semicolon if wanted ("L;4");
    otherwise bool is 1 bit deep, typed rows are as deep as their items, and lists 8 bits. `info`
    has arguments for `Writer`, which win over what is concluded here and must agree with `mode`.
    H×W×channels arrays are taken too.

    >>> import io
    >>> file = io.BytesIO()
    >>> from_array([[0, 255], [255, 0]], "L").write(file)
    >>> file.getvalue()[1:4]
    b'PNG'
    """
    parsed = re.fullmatch(r"(LA?|RGBA?)(?:;([0-9]+))?", mode, re.IGNORECASE)
    if not parsed:
        raise Error(
            f"mode must be 'L', 'LA', 'RGB' or 'RGBA', or with a depth 'RGB;16', got {mode!r}"
        )
    letters, depth = parsed[1].upper(), parsed[2]
    info = dict(info or {})
    implied: dict[str, Any] = {"greyscale": "L" in letters, "alpha": "A" in letters}
    if depth:
        implied["bitdepth"] = int(depth)
    for key, value in implied.items():
        if info.setdefault(key, value) != value:
            raise Error(f"info[{key!r}] must match mode {mode!r}, got {info[key]!r}")
    planes = len(letters)
    if info.setdefault("planes", planes) != planes:
        raise Error(f"info['planes'] must match mode {mode!r}, got {info['planes']!r}")
    if info.get("size") is None:
        if "height" not in info:
            if not hasattr(a, "__len__"):
                raise Error("info['height'] must be given where a has no len()")
            info["height"] = len(a)
    else:
        info["width"], info["height"] = info.pop("size")
    rows = list(a)
    if not rows:
        raise Error("a must have at least one row, got none")
    first = rows[0]
    if "width" not in info:
        values = np.size(first) if isinstance(first, np.ndarray) else len(first)
        info["width"] = values // planes
    if "bitdepth" not in info:
        dtype = getattr(first, "dtype", None)
        if dtype is not None:
            info["bitdepth"] = 1 if dtype.kind == "b" else 8 * dtype.itemsize
        else:
            info["bitdepth"] = 8 * getattr(first, "itemsize", 1)
    return Image(rows, info)


def _size(size: tuple[int, int] | None, width: int | None, height: int | None) -> tuple[int, int]:
    """Width and height, from either way of giving them."""
    if size is not None:
        if len(size) != 2:
            raise Error(f"size must be a pair (width, height), got {size!r}")
        if width not in (None, size[0]) or height not in (None, size[1]):
            raise Error(f"size must match width and height, got {size!r}, {width!r}, {height!r}")
        width, height = size
    for name, value in (("width", width), ("height", height)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise Error(f"{name} must be a whole number, got {value!r}")
        if not 1 <= value < 1 << 31:
            raise Error(f"{name} must be 1 to 2³¹-1, got {value!r}")
    assert width is not None
    assert height is not None
    return int(width), int(height)


def _palette(palette: Iterable[Sequence[int]] | None) -> list[tuple[int, ...]]:
    """A palette as a list; those with alpha must come first, as tRNS has it (PNG §11.3.2.1)."""
    colours = [tuple(colour) for colour in palette or ()]
    if palette is not None and not 1 <= len(colours) <= 256:
        raise Error(f"palette must have 1 to 256 entries, got {len(colours)}")
    opaque_seen = False
    for index, colour in enumerate(colours):
        if len(colour) not in (3, 4) or not all(0 <= v <= 255 for v in colour):
            raise Error(
                f"palette entries must be 3 or 4 values 0 to 255, got {colour!r} at {index}"
            )
        opaque_seen |= len(colour) == 3
        if opaque_seen and len(colour) == 4:
            raise Error(f"palette must list 4-tuples before 3-tuples, got {colour!r} at {index}")
    return colours


def _stored_depth(depths: tuple[int, ...], planes: int, palette: bool) -> int:
    """The PNG bit depth that holds samples of some depths."""
    if len(depths) != planes or not all(1 <= depth <= 16 for depth in depths):
        raise Error(
            f"bitdepth must be 1 to 16, once or for each of {planes} channels, got {depths}"
        )
    deepest = max(depths)
    allowed = (1, 2, 4, 8, 16) if planes == 1 else (8, 16)
    if palette and deepest not in (1, 2, 4, 8):
        raise Error(f"bitdepth must be 1, 2, 4 or 8 with a palette, got {deepest}")
    return min(depth for depth in allowed if depth >= deepest)


def _colour(
    name: str, colour: int | Sequence[int] | None, planes: int, bitdepth: int
) -> tuple[int, ...] | None:
    """One colour, as a sample for each plane."""
    if colour is None:
        return None
    values = (colour,) if isinstance(colour, int) else tuple(colour)
    if len(values) != planes or not all(0 <= value < 1 << bitdepth for value in values):
        raise Error(
            f"{name} must be {planes} value(s) of 0 to {(1 << bitdepth) - 1}, got {colour!r}"
        )
    return values
