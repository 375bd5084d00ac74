"""pypng's way of writing: `Writer(width, height, …).write(file, rows)` and `from_array(a,
mode).save(name)`, without zlib.

Names of arguments, their defaults and what they accept follow pypng 0.0.21, and so do the names of
errors. Turns samples into packed rows; knows nothing of how those are compressed.
"""

from __future__ import annotations

import operator
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from . import chunks
from .encoder import compress

_ADAM7 = tuple(
    zip((0, 4, 0, 2, 0, 1, 0), (0, 0, 4, 0, 2, 0, 1), (8, 8, 4, 4, 2, 2, 1), (8, 8, 8, 4, 4, 2, 2))
)
"""The seven passes: first column, first row, and the steps from column to column and from row to
row (PNG §8.2).
"""
_GREY_WITHOUT_PALETTE: Any = object()


class Error(ValueError):
    """The base class of this module's errors, named as pypng's."""


class ProtocolError(Error):
    """Arguments or samples that cannot be written, named as pypng's."""


class Writer:
    """Writes PNG files of one size and kind; arguments as in pypng.

    `width` and `height`, or `size` as a pair of them, are in pixels, 1 to 2³¹-1. `greyscale` (the
    default without a palette; None means colour), `alpha` and `bitdepth` (1 to 16, or one for each
    channel) describe the samples; depths that PNG does not have are scaled up and kept in an sBIT
    chunk. `palette` is a sequence of 3- or 4-tuples of 0 to 255, those of four first; `transparent`
    and `background` are one colour each, a number or a tuple; `gamma` is a number; `interlace` asks
    for Adam7; `x_pixels_per_unit`, `y_pixels_per_unit` and `unit_is_meter` become pHYs.

    `compression` (None or -1 to 9) is checked and ignored, since there is one way to compress;
    `chunk_limit` is ignored, since each chunk holds one band of rows. `planes`, `colormap` and
    `maxval` are ignored too, so that `Writer(**info)` works with what pypng's reader returns. All
    rows are gathered in memory before the first is written.

    Raises ProtocolError, a ValueError, for what PNG does not allow.
    Source: PNG (https://www.w3.org/TR/png-3/).

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
        greyscale: bool | None = _GREY_WITHOUT_PALETTE,
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
        default = greyscale is _GREY_WITHOUT_PALETTE
        self.greyscale = not self.palette if default else bool(greyscale)
        if self.palette and (self.alpha or self.greyscale or transparent is not None):
            raise ProtocolError("palette must not come with greyscale, alpha or transparent")
        if self.alpha and transparent is not None:
            raise ProtocolError(f"transparent must be None if alpha is true, got {transparent!r}")
        color_planes = 1 if self.greyscale or self.palette else 3
        self.planes = color_planes + self.alpha
        self.source_depths = _depths(bitdepth, self.planes, bool(self.palette))
        self.bitdepth = _stored_depth(self.source_depths, self.planes)
        self.transparent = _colour("transparent", transparent, color_planes, self.bitdepth)
        self.background = _colour("background", background, color_planes, self.bitdepth)
        self.gamma = gamma
        if compression is not None and compression not in range(-1, 10):
            raise ProtocolError(f"compression must be None or -1 to 9, got {compression!r}")
        self.interlace = bool(interlace)
        self.x_pixels_per_unit = x_pixels_per_unit
        self.y_pixels_per_unit = y_pixels_per_unit
        self.unit_is_meter = bool(unit_is_meter)
        if self.palette:
            self.color_type = chunks.PALETTE
        else:
            self.color_type = 4 * self.alpha + 2 * (not self.greyscale)

    def write(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes an image given as `height` rows, each a sequence of `width` times channels
        samples; returns the number of rows.
        """
        gathered = _gather(rows, [(self.height, self.width * self.planes)])
        return self.write_array(outfile, gathered[0])

    def write_array(self, outfile: BinaryIO, pixels: Any) -> int:
        """Writes an image given as all its samples in one flat sequence, array or bytes; returns
        the number of rows.
        """
        samples = _samples(pixels)
        shape = self.height, self.width, self.planes
        if samples.size != self.height * self.width * self.planes:
            raise ProtocolError(f"pixels must be {shape} samples in all, got {samples.size}")
        samples = samples.reshape(shape)
        parts = [samples]
        if self.interlace:
            parts = [samples[y::down, x::right] for x, y, right, down in _ADAM7]
        packed = [self._packed(part) for part in parts if part.size]
        self._write(outfile, packed)
        return self.height

    def write_passes(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes rows of samples in the order of the file: with `interlace`, those of one pass
        after the other; returns the number of rows.
        """
        shapes = [(height, width * self.planes) for height, width in self._passes()]
        parts = _gather(rows, shapes)
        shaped = [part.reshape(part.shape[0], -1, self.planes) for part in parts]
        self._write(outfile, [self._packed(part) for part in shaped])
        return sum(part.shape[0] for part in parts)

    def write_packed(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes rows of bytes as they are in the file (PNG §7.2), in the order of `write_passes`;
        returns the number of rows.
        """
        bits = self.planes * self.bitdepth
        parts = _gather(rows, [(height, -(-width * bits // 8)) for height, width in self._passes()])
        if any(part.min() < 0 or part.max() > 255 for part in parts):
            raise ProtocolError("rows must be bytes, 0 to 255")
        self._write(outfile, [part.astype(np.uint8) for part in parts])
        return sum(part.shape[0] for part in parts)

    def _passes(self) -> list[tuple[int, int]]:
        """Height and width of the image, or of each interlaced pass that has pixels."""
        if not self.interlace:
            return [(self.height, self.width)]
        sizes = [
            (-(-(self.height - y) // down), -(-(self.width - x) // right))
            for x, y, right, down in _ADAM7
        ]
        return [(height, width) for height, width in sizes if height > 0 and width > 0]

    def _packed(self, samples: NDArray[Any]) -> NDArray[np.uint8]:
        """Samples in range, scaled from the depth they have to the depth that is stored, as rows of
        bytes.
        """
        tops = np.array([(1 << depth) - 1 for depth in self.source_depths])
        if samples.min() < 0 or (samples.max(axis=(0, 1)) > tops).any():
            raise ProtocolError(
                f"samples must be 0 to 2**bitdepth - 1 for bitdepth {self.source_depths},"
                f" got {samples.min()} to {samples.max()}"
            )
        if any(depth != self.bitdepth for depth in self.source_depths):
            samples = np.rint(samples * (((1 << self.bitdepth) - 1) / tops))
        samples = samples.astype(">u2" if self.bitdepth == 16 else np.uint8)
        flat = np.ascontiguousarray(samples).reshape(samples.shape[0], -1)
        return _pack(flat, self.bitdepth) if self.bitdepth < 8 else flat.view(np.uint8)

    def _write(self, outfile: BinaryIO, parts: list[NDArray[np.uint8]]) -> None:
        """The file of packed rows."""
        amounts = not self.palette and self.bitdepth >= 8
        pixel_bytes = max(1, self.planes * self.bitdepth >> 3)
        try:
            outfile.write(chunks.SIGNATURE)
        except TypeError as error:
            raise ProtocolError("outfile must be a binary file, not a text file") from error
        outfile.write(self._head())
        for body in compress(parts, pixel_bytes, amounts):
            outfile.write(chunks.chunk(b"IDAT", body))
        outfile.write(chunks.IEND)

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
                # With a palette, the background is an index into it (PNG §11.3.4.1).
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
    """What `from_array` returns: rows and what describes them, to be written once."""

    def __init__(self, rows: Iterable[Any], info: Mapping[str, Any]) -> None:
        self.rows = rows
        self.info = dict(info)

    def save(self, file: str | PathLike[str]) -> None:
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
    """An image from rows of samples: an array H×(W·channels), lists of lists, bytes objects, or an
    iterator of rows. H×W×channels arrays are taken too.

    `mode` is "L", "LA", "RGB" or "RGBA", with a bit depth if wanted ("L;4" or "L4"); otherwise bool
    is 1 bit deep, typed rows are as deep as their items, and all other rows 8 bits. `info` has
    arguments for `Writer`, which override what is concluded here and must agree with `mode`.

    Raises Error for any other mode, ProtocolError if `info` does not agree.

    >>> import io
    >>> file = io.BytesIO()
    >>> from_array([[0, 255], [255, 0]], "L").write(file)
    >>> file.getvalue()[1:4]
    b'PNG'
    """
    parsed = re.fullmatch(r"(LA?|RGBA?);?([0-9]*)", mode, re.IGNORECASE)
    if not parsed:
        raise Error(
            f"mode must be 'L', 'LA', 'RGB' or 'RGBA', or with a depth 'RGB;16', got {mode!r}"
        )
    letters, depth = parsed[1].upper(), parsed[2]
    info = dict(info or {})
    for key, implied in (("greyscale", "L" in letters), ("alpha", "A" in letters)):
        if bool(info.setdefault(key, implied)) != implied:
            raise ProtocolError(f"info[{key!r}] must match mode {mode!r}, got {info[key]!r}")
    for key, number in (("bitdepth", int(depth or 0)), ("planes", len(letters))):
        if number and (info.get(key) or number) != number:
            raise ProtocolError(f"info[{key!r}] must match mode {mode!r}, got {info[key]!r}")
        if number:
            info[key] = number
    if info.get("size") is None:
        if "height" not in info:
            if not hasattr(a, "__len__"):
                raise ProtocolError("info['height'] must be given if a has no len()")
            info["height"] = len(a)
    else:
        info["width"], info["height"] = _size(
            info.pop("size"), info.get("width"), info.get("height")
        )
    rows = list(a)
    if not rows:
        raise ProtocolError("a must have at least one row, got none")
    first = rows[0]
    if "width" not in info:
        values = first.size if isinstance(first, np.ndarray) else len(first)
        info["width"] = values // len(letters)
    if "bitdepth" not in info:
        dtype = getattr(first, "dtype", None)
        if dtype is not None:
            info["bitdepth"] = 1 if dtype.kind == "b" else 8 * dtype.itemsize
        else:
            info["bitdepth"] = 8 * getattr(first, "itemsize", 1)
    return Image(rows, info)


fromarray = from_array


def write_chunks(out: BinaryIO, chunks_to_write: Iterable[tuple[bytes, bytes]]) -> None:
    """Writes a PNG file made of chunks that the caller provides as pairs of type and data."""
    out.write(chunks.SIGNATURE)
    for kind, data in chunks_to_write:
        out.write(chunks.chunk(kind, bytes(data)))


def _samples(values: Any) -> NDArray[Any]:
    """A sequence of whole numbers, an array, bytes or an iterator, as a flat array."""
    if isinstance(values, bytes):
        return np.frombuffer(values, np.uint8)
    samples = np.asarray(values if hasattr(values, "__len__") else list(values)).ravel()
    if samples.size and samples.dtype.kind not in "bui":
        raise TypeError(f"pixels must be whole numbers, got dtype {samples.dtype}")
    return samples


def _gather(rows: Iterable[Any], shapes: Sequence[tuple[int, int]]) -> list[NDArray[Any]]:
    """Rows as 2-D arrays of the given shapes, one after the other."""
    given: Iterator[NDArray[Any]] = map(_samples, rows)
    parts = []
    count = 0
    for height, width in shapes:
        part = []
        for row in given:
            if row.size != width:
                raise ProtocolError(
                    f"rows must have {width} values each, got {row.size} in row {count}"
                )
            part.append(row)
            count += 1
            if len(part) == height:
                break
        if len(part) < height:
            break
        parts.append(np.stack(part))
    expected = sum(height for height, _ in shapes)
    count += sum(1 for _ in given)
    if count != expected:
        raise ProtocolError(f"rows must be as many as height, {expected}, got {count}")
    return parts


def _whole(name: str, value: Any) -> int:
    """A whole number of Python's or NumPy's."""
    try:
        return operator.index(value)
    except TypeError:
        raise ProtocolError(f"{name} must be a whole number, got {value!r}") from None


def _size(size: tuple[int, int] | None, width: int | None, height: int | None) -> tuple[int, int]:
    """Width and height, from either way of giving them."""
    if size is not None:
        if len(size) != 2:
            raise ProtocolError(f"size must be a pair (width, height), got {size!r}")
        if width not in (None, size[0]) or height not in (None, size[1]):
            raise ProtocolError(
                f"size must match width and height, got {size!r}, {width!r}, {height!r}"
            )
        width, height = size
    sides = _whole("width", width), _whole("height", height)
    for name, value in zip(("width", "height"), sides):
        if not 1 <= value < 1 << 31:
            raise ProtocolError(f"{name} must be 1 to 2³¹-1, got {value!r}")
    return sides


def _palette(palette: Iterable[Sequence[int]] | None) -> list[tuple[int, ...]]:
    """A palette as a list; those with alpha must come first, as tRNS has it (PNG §11.3.2.1)."""
    if palette is None:
        return []
    given = [tuple(colour) for colour in palette]
    if not 1 <= len(given) <= 256:
        raise ProtocolError(f"palette must have 1 to 256 entries, got {len(given)}")
    opaque_seen = False
    for index, colour in enumerate(given):
        if len(colour) not in (3, 4) or not all(v == int(v) and 0 <= v <= 255 for v in colour):
            raise ProtocolError(
                f"palette entries must be 3 or 4 whole numbers 0 to 255, got {colour!r} at {index}"
            )
        opaque_seen |= len(colour) == 3
        if opaque_seen and len(colour) == 4:
            raise ProtocolError(
                f"palette must list 4-tuples before 3-tuples, got {colour!r} at {index}"
            )
    return [tuple(int(v) for v in colour) for colour in given]


def _depths(bitdepth: int | Sequence[int], planes: int, palette: bool) -> tuple[int, ...]:
    """The bit depth of each channel."""
    given = bitdepth if isinstance(bitdepth, Sequence) else np.ravel(bitdepth).tolist()
    depths = tuple(_whole("bitdepth", depth) for depth in given)
    if len(depths) == 1 or (planes > 1 and set(depths) in ({8}, {16})):
        depths = depths[:1] * planes
    if len(given) > 1 and palette:
        raise ProtocolError(f"bitdepth must be one number with a palette, got {bitdepth!r}")
    if len(depths) != planes or not all(1 <= depth <= 16 for depth in depths):
        raise ProtocolError(
            f"bitdepth must be 1 to 16, once or for each of {planes} channels, got {bitdepth!r}"
        )
    if palette and depths[0] not in (1, 2, 4, 8):
        raise ProtocolError(f"bitdepth must be 1, 2, 4 or 8 with a palette, got {depths[0]}")
    return depths


def _stored_depth(depths: tuple[int, ...], planes: int) -> int:
    """The PNG bit depth that holds samples of some depths."""
    allowed = (1, 2, 4, 8, 16) if planes == 1 else (8, 16)
    return min(depth for depth in allowed if depth >= max(depths))


def _colour(
    name: str, colour: int | Sequence[int] | None, planes: int, bitdepth: int
) -> tuple[int, ...] | None:
    """One colour, as a sample for each plane."""
    if colour is None:
        return None
    given = (colour,) if np.ndim(colour) == 0 else tuple(colour)  # type: ignore[arg-type]
    values = tuple(_whole(name, value) for value in given)
    if len(values) != planes or not all(0 <= value < 1 << bitdepth for value in values):
        raise ProtocolError(
            f"{name} must be {planes} value(s) of 0 to {(1 << bitdepth) - 1}, got {colour!r}"
        )
    return values


def _pack(samples: NDArray[np.uint8], bitdepth: int) -> NDArray[np.uint8]:
    """Rows of samples of 1, 2 or 4 bits as bytes, the leftmost in the high bits; the last byte of a
    row is filled up with zeros (PNG §7.2).

    >>> _pack(np.array([[1, 2, 3]], np.uint8), 4).tolist()
    [[18, 48]]
    """
    bits = np.unpackbits(samples[..., np.newaxis], axis=2)[..., 8 - bitdepth :]
    return np.packbits(bits.reshape(samples.shape[0], -1), axis=1)
