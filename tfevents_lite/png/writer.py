"""pypng's way of writing: `Writer(width, height, …).write(file, rows)` and `from_array(a,
mode).save(name)`, without zlib.

Names of arguments, their defaults and what they accept follow pypng 0.0.21, and so do the names of
errors. Turns samples into packed rows; knows nothing of how those are compressed.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from . import chunks
from .encoder import MAX_SIDE, compress
from .filters import Bytes

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
        self.palette = [] if palette is None else _palette(palette)
        self.alpha = bool(alpha)
        default = greyscale is _GREY_WITHOUT_PALETTE
        self.greyscale = not self.palette if default else bool(greyscale)
        self.interlace = bool(interlace)
        if self.palette and (self.alpha or self.greyscale or transparent is not None):
            raise ProtocolError("palette must not come with greyscale, alpha or transparent")
        if self.alpha and transparent is not None:
            raise ProtocolError(f"transparent must be None if alpha is true, got {transparent!r}")
        if compression is not None and compression not in range(-1, 10):
            raise ProtocolError(f"compression must be None or -1 to 9, got {compression!r}")
        colours = 1 if self.greyscale or self.palette else 3
        self.planes = colours + self.alpha
        self.source_depths = _depths(bitdepth, self.planes, self.palette)
        stored = (1, 2, 4, 8, 16) if self.planes == 1 else (8, 16)
        self.bitdepth = min(depth for depth in stored if depth >= max(self.source_depths))
        self.scaled = any(depth != self.bitdepth for depth in self.source_depths)

        # Every chunk before the pixels, in the order of PNG §5.6.
        color_type = chunks.PALETTE if self.palette else 4 * self.alpha + 2 * (colours == 3)
        parts = [
            chunks.header(self.width, self.height, self.bitdepth, color_type, int(self.interlace))
        ]
        if gamma is not None:
            try:
                parts.append(chunks.gamma_chunk(gamma))
            except ValueError as error:
                raise ProtocolError(str(error)) from None
        if self.scaled:
            parts.append(chunks.chunk(b"sBIT", bytes(self.source_depths)))
        if self.palette:
            parts.append(chunks.chunk(b"PLTE", b"".join(bytes(c[:3]) for c in self.palette)))
        alphas = bytes(c[3] for c in self.palette if len(c) == 4)
        if alphas:
            parts.append(chunks.chunk(b"tRNS", alphas))
        # With a palette, the background is an index into it (PNG §11.3.4.1).
        form = ">B" if self.palette else f">{colours}H"
        top = (len(self.palette) or 1 << self.bitdepth) - 1
        if transparent is not None:
            colour = _colour("transparent", transparent, colours, top)
            parts.append(chunks.chunk(b"tRNS", struct.pack(form, *colour)))
        if background is not None:
            colour = _colour("background", background, colours, top)
            parts.append(chunks.chunk(b"bKGD", struct.pack(form, *colour)))
        given = (("x_pixels_per_unit", x_pixels_per_unit), ("y_pixels_per_unit", y_pixels_per_unit))
        per_unit = [_whole(name, n, 0, MAX_SIDE) for name, n in given if n is not None]
        if len(per_unit) == 2:
            x, y = per_unit
            parts.append(chunks.physical_chunk(x, y, bool(unit_is_meter)))
        self.head = b"".join(parts)

    def write(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes an image given as `height` rows, each a sequence of `width` times channels
        samples; returns the number of rows.
        """
        (samples,) = _gather(rows, [(self.height, self.width * self.planes)])
        return self.write_array(outfile, samples)

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
        self._write(outfile, [self._packed(part) for part in parts if part.size])
        return self.height

    def write_passes(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes rows of samples in the order of the file: with `interlace`, those of one pass
        after the other; returns the number of rows.
        """
        shapes = [(height, width * self.planes) for height, width in self._passes()]
        return self._write(outfile, [self._packed(part) for part in _gather(rows, shapes)])

    def write_packed(self, outfile: BinaryIO, rows: Iterable[Any]) -> int:
        """Writes rows of bytes as they are in the file (PNG §7.2), in the order of `write_passes`;
        returns the number of rows.
        """
        bits = self.planes * self.bitdepth
        passes = self._passes()
        parts = _gather(rows, [(height, -(-width * bits // 8)) for height, width in passes])
        if any(part.min() < 0 or part.max() > 255 for part in parts):
            raise ProtocolError("rows must be bytes, 0 to 255")
        packed = [part.astype(np.uint8) for part in parts]
        if self.palette:
            for part, (_, width) in zip(packed, passes):
                self._check(_unpack(part, self.bitdepth)[:, :width])
        return self._write(outfile, packed)

    def _passes(self) -> list[tuple[int, int]]:
        """Height and width of the image, or of each interlaced pass that has pixels."""
        if not self.interlace:
            return [(self.height, self.width)]
        sizes = [
            (-(-(self.height - y) // down), -(-(self.width - x) // right))
            for x, y, right, down in _ADAM7
        ]
        return [(height, width) for height, width in sizes if height > 0 and width > 0]

    def _check(self, samples: NDArray[Any]) -> None:
        """Raises ProtocolError if any of H×(W·channels) samples is out of range."""
        tops = np.array([(len(self.palette) or 1 << depth) - 1 for depth in self.source_depths])
        pixels = samples.reshape(-1, self.planes)
        if pixels.min() < 0 or (pixels.max(axis=0) > tops).any():
            shown = ", ".join(map(str, tops))
            raise ProtocolError(
                f"samples must be 0 to {shown}, got {samples.min()} to {samples.max()}"
            )

    def _packed(self, samples: NDArray[Any]) -> Bytes:
        """H×W×channels or H×(W·channels) samples in range, scaled from the depth they have to the
        depth that is stored, as rows of bytes.
        """
        self._check(samples)
        if self.scaled:
            tops = np.array([(1 << depth) - 1 for depth in self.source_depths])
            pixels = samples.reshape(samples.shape[0], -1, self.planes)
            samples = np.rint(pixels * (((1 << self.bitdepth) - 1) / tops))
        rows = samples.reshape(samples.shape[0], -1)
        if self.bitdepth < 8:
            return _pack(rows.astype(np.uint8), self.bitdepth)
        return rows.astype(">u2" if self.bitdepth == 16 else np.uint8, order="C").view(np.uint8)

    def _write(self, outfile: BinaryIO, parts: list[Bytes]) -> int:
        """Writes the file of packed rows; returns how many there are."""
        try:
            outfile.write(chunks.SIGNATURE)
        except TypeError as error:
            raise ProtocolError("outfile must be a binary file, not a text file") from error
        outfile.write(self.head)
        amounts = not self.palette and self.bitdepth >= 8
        for body in compress(parts, max(1, self.planes * self.bitdepth >> 3), amounts):
            outfile.write(chunks.chunk(b"IDAT", body))
        outfile.write(chunks.IEND)
        return sum(part.shape[0] for part in parts)


class Image:
    """What `from_array` returns: rows and what describes them, to be written once."""

    def __init__(self, rows: Iterable[Any], info: Mapping[str, Any]) -> None:
        self.rows = rows
        self.info = dict(info)

    def save(self, file: str | PathLike[str]) -> None:
        """Writes the PNG to the file of this name, which stays as it is if that fails."""
        data = io.BytesIO()
        self.write(data)
        with open(file, "wb") as out:
            out.write(data.getbuffer())

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
    implied = {"greyscale": "L" in letters, "alpha": "A" in letters, "planes": len(letters)}
    if depth:
        implied["bitdepth"] = int(depth)
    for key, value in implied.items():
        if info.get(key) not in (None, value):
            raise ProtocolError(f"info[{key!r}] must match mode {mode!r}, got {info[key]!r}")
        info[key] = value
    size = info.pop("size", None)
    if size is not None:
        info["width"], info["height"] = _size(size, info.get("width"), info.get("height"))
    if "height" not in info and not hasattr(a, "__len__"):
        raise ProtocolError("info['height'] must be given if a has no len()")
    rows = list(a)
    if not rows:
        raise ProtocolError("a must have at least one row, got none")
    info.setdefault("height", len(rows))
    first = rows[0]
    values = first.size if isinstance(first, np.ndarray) else len(first)
    info.setdefault("width", values // len(letters))
    if "bitdepth" not in info:
        dtype = getattr(first, "dtype", None)
        typed = 8 * getattr(first, "itemsize", 1)
        info["bitdepth"] = 1 if dtype == np.bool_ else typed
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
    given = [_samples(row) for row in rows]
    widths = [width for height, width in shapes for _ in range(height)]
    for index, (row, width) in enumerate(zip(given, widths)):
        if row.size != width:
            raise ProtocolError(
                f"rows must have {width} values each, got {row.size} in row {index}"
            )
    if len(given) != len(widths):
        raise ProtocolError(f"rows must be as many as height, {len(widths)}, got {len(given)}")
    left = iter(given)
    return [np.stack(list(itertools.islice(left, height))) for height, _ in shapes]


def _whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number in [least, most], of any type of number."""
    try:
        number = int(value)
        whole = bool(number == value)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise ProtocolError(f"{name} must be a whole number, got {value!r}")
    if not least <= number <= most:
        last = "2³¹-1" if most == MAX_SIDE else most
        raise ProtocolError(f"{name} must be {least} to {last}, got {value!r}")
    return number


def _size(size: tuple[int, int] | None, width: int | None, height: int | None) -> tuple[int, int]:
    """Width and height, from either way of giving them."""
    if size is not None:
        if np.shape(size) != (2,):
            raise ProtocolError(f"size must be a pair (width, height), got {size!r}")
        if width not in (None, size[0]) or height not in (None, size[1]):
            raise ProtocolError(
                f"size must match width and height, got {size!r}, {width!r}, {height!r}"
            )
        width, height = size
    return _whole("width", width, 1, MAX_SIDE), _whole("height", height, 1, MAX_SIDE)


def _palette(palette: Iterable[Sequence[int]]) -> list[tuple[int, ...]]:
    """A palette as a list; those with alpha must come first, as tRNS has it (PNG §11.3.2.1)."""
    colours = []
    for index, colour in enumerate(palette):
        if np.shape(colour) not in ((3,), (4,)):
            raise ProtocolError(
                f"palette entries must be 3 or 4 numbers, got {colour!r} at {index}"
            )
        colours.append(tuple(_whole("palette entries", value, 0, 255) for value in colour))
        if len(colours[-1]) > len(colours[index - 1]) and index:
            raise ProtocolError(
                f"palette must list 4-tuples before 3-tuples, got {colour!r} at {index}"
            )
    if not 1 <= len(colours) <= 256:
        raise ProtocolError(f"palette must have 1 to 256 entries, got {len(colours)}")
    return colours


def _depths(bitdepth: int | Sequence[int], planes: int, palette: Sequence[Any]) -> tuple[int, ...]:
    """The bit depth of each channel."""
    given = np.ravel(bitdepth).tolist()
    depths = tuple(_whole("bitdepth", depth, 1, 16) for depth in given)
    if len(depths) == 1 or (planes > 1 and set(depths) in ({8}, {16})):
        depths = depths[:1] * planes
    if len(depths) != planes or (palette and len(given) > 1):
        raise ProtocolError(f"bitdepth must be one number, or {planes}, got {bitdepth!r}")
    if palette and depths[0] not in (1, 2, 4, 8):
        raise ProtocolError(f"bitdepth must be 1, 2, 4 or 8 with a palette, got {depths[0]}")
    if len(palette) > 1 << depths[0]:
        raise ProtocolError(
            f"palette must have at most {1 << depths[0]} entries for bitdepth {depths[0]},"
            f" got {len(palette)}"
        )
    return depths


def _colour(name: str, colour: int | Sequence[int], planes: int, top: int) -> tuple[int, ...]:
    """One colour, as a sample for each plane."""
    given = np.ravel(colour).tolist()
    if len(given) != planes:
        raise ProtocolError(f"{name} must be {planes} value(s), got {colour!r}")
    return tuple(_whole(name, value, 0, top) for value in given)


def _pack(samples: Bytes, bitdepth: int) -> Bytes:
    """Rows of samples of 1, 2 or 4 bits as bytes, the leftmost in the high bits; the last byte of a
    row is filled up with zeros (PNG §7.2).

    >>> _pack(np.array([[1, 2, 3]], np.uint8), 4).tolist()
    [[18, 48]]
    """
    bits = np.unpackbits(samples[..., np.newaxis], axis=2)[..., 8 - bitdepth :]
    return np.packbits(bits.reshape(samples.shape[0], -1), axis=1)


def _unpack(rows: Bytes, bitdepth: int) -> Bytes:
    """Rows of bytes as samples of 1, 2, 4 or 8 bits.

    >>> _unpack(np.array([[18, 48]], np.uint8), 4).tolist()
    [[1, 2, 3, 0]]
    """
    bits = np.unpackbits(rows, axis=1).reshape(rows.shape[0], -1, bitdepth)
    samples: Bytes = np.packbits(bits, axis=2)[..., 0] >> np.uint8(8 - bitdepth)
    return samples
