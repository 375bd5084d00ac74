"""The Writer beside pypng's own, both read by pypng's Reader, with PngSuite's variety of
options.
"""

from __future__ import annotations

import io
import itertools
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import png as pypng
import pytest
from PIL import Image

from tfevents_lite import png


def read(data: bytes) -> tuple[Any, ...]:
    """Everything pypng's reader says."""
    width, height, rows, info = pypng.Reader(bytes=data).read()
    return width, height, [list(row) for row in rows], info


def both(rows: list[list[int]], *size: Any, **options: Any) -> tuple[Any, Any]:
    """What our file and pypng's hold."""
    ours, theirs = io.BytesIO(), io.BytesIO()
    png.Writer(*size, **options).write(ours, rows)
    pypng.Writer(*size, **options).write(theirs, rows)
    return read(ours.getvalue()), read(theirs.getvalue())


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("greyscale", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (17, 9), (1, 9), (33, 2), (40, 40)])
def test_every_kind_reads_as_pypngs(
    size: tuple[int, int], greyscale: bool, alpha: bool, interlace: bool
) -> None:
    """Every depth, those that PNG has not included."""
    random = np.random.default_rng(0)
    planes = (1 if greyscale else 3) + alpha
    for depth in (1, 2, 3, 4, 5, 8, 10, 12, 16):
        rows = random.integers(0, 1 << depth, (size[1], size[0] * planes)).tolist()
        ours, theirs = both(
            rows, *size, greyscale=greyscale, alpha=alpha, bitdepth=depth, interlace=interlace
        )
        assert ours == theirs


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palettes(depth: int, interlace: bool) -> None:
    """With and without alpha."""
    random = np.random.default_rng(1)
    for transparent in (0, 1, 2):
        palette = [
            tuple(random.integers(0, 256, 4 if i < transparent else 3).tolist())
            for i in range(1 << depth)
        ]
        rows = random.integers(0, len(palette), (9, 13)).tolist()
        ours, theirs = both(rows, 13, 9, palette=palette, bitdepth=depth, interlace=interlace)
        assert ours == theirs


OPTIONS: list[dict[str, Any]] = [
    {"greyscale": True, "transparent": 3},
    {"greyscale": True, "background": 7, "gamma": 0.45455},
    {"greyscale": False, "transparent": (1, 2, 3), "background": (4, 5, 6)},
    {"gamma": 1.0, "x_pixels_per_unit": 300, "y_pixels_per_unit": 200, "unit_is_meter": True},
    {"greyscale": False, "alpha": True, "bitdepth": (8, 8, 8, 4)},
    {"greyscale": True, "alpha": True, "bitdepth": (12, 1)},
    {"greyscale": False, "compression": 9, "chunk_limit": 100},
    {"greyscale": True, "compression": 0, "planes": 1, "colormap": False},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_read_as_pypngs(options: dict[str, Any]) -> None:
    """Chunks beside the pixels."""
    planes = (1 if options.get("greyscale", True) else 3) + bool(options.get("alpha"))
    rows = (np.arange(12 * planes).reshape(3, 4 * planes) % 2).tolist()
    ours, theirs = both(rows, 4, 3, **options)
    assert ours == theirs


def test_size_and_write_array() -> None:
    """A pair for the size, and flat samples of several kinds."""
    samples = list(range(24))
    for pixels in (samples, array("B", samples), np.array(samples), bytes(samples)):
        file = io.BytesIO()
        flat = np.frombuffer(pixels, np.uint8) if isinstance(pixels, bytes) else pixels
        png.Writer(size=(4, 2), greyscale=False).write_array(file, flat)
        assert read(file.getvalue())[2] == [samples[:12], samples[12:]]


def test_rows_may_be_an_iterator() -> None:
    """Of iterators."""
    file = io.BytesIO()
    rows = (itertools.islice(itertools.count(row), 3) for row in range(2))
    assert png.Writer(3, 2, greyscale=True).write(file, rows) == 2
    assert read(file.getvalue())[2] == [[0, 1, 2], [1, 2, 3]]


def test_interlaced_files_are_read_by_pillow() -> None:
    """As another judge of the seven passes."""
    for height, width in itertools.product((1, 2, 4, 5, 8, 9, 31), repeat=2):
        image = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
        file = io.BytesIO()
        png.Writer(width, height, greyscale=False, interlace=True).write_array(file, image)
        assert np.array_equal(np.asarray(Image.open(file)), image)


@pytest.mark.parametrize(
    ("a", "mode"),
    [
        ([[0, 255, 0], [255, 0, 255]], "L"),
        (np.arange(24, dtype=np.uint8).reshape(2, 12), "RGB"),
        (np.arange(24, dtype=np.uint16).reshape(2, 12), "RGBA"),
        (np.eye(5, dtype=bool), "L"),
        ([array("H", [1, 2, 3, 4])], "LA"),
        ([[0, 1], [2, 3]], "L;2"),
        ([[0, 1, 4095]], "RGB;12"),
    ],
)
def test_from_array_reads_as_pypngs(a: Any, mode: str, tmp_path: Path) -> None:
    """Saved by name and written to a file."""
    png.from_array(a, mode).save(str(tmp_path / "ours.png"))
    theirs = io.BytesIO()
    pypng.from_array(a, mode).write(theirs)
    ours = read((tmp_path / "ours.png").read_bytes())
    assert ours == read(theirs.getvalue())
    file = io.BytesIO()
    png.from_array(iter(list(a)), mode, {"height": len(a)}).write(file)
    assert read(file.getvalue()) == ours


BAD: list[tuple[dict[str, Any], str]] = [
    ({"width": 0, "height": 1}, "width must be 1 to 2³¹-1, got 0"),
    ({"width": 1}, "height must be a whole number, got None"),
    ({"size": (2, 2), "width": 3}, "size must match"),
    ({"size": (2, 2), "bitdepth": 17}, "bitdepth must be 1 to 16"),
    ({"size": (2, 2), "palette": [(1, 2)]}, "palette entries must be"),
    ({"size": (2, 2), "palette": []}, "palette must have 1 to 256 entries"),
    ({"size": (2, 2), "palette": [(1, 2, 3), (1, 2, 3, 4)]}, "4-tuples before 3-tuples"),
    ({"size": (2, 2), "palette": [(1, 2, 3)], "bitdepth": 16}, "bitdepth must be 1, 2, 4 or 8"),
    ({"size": (2, 2), "palette": [(1, 2, 3)], "alpha": True}, "palette must not come with"),
    ({"size": (2, 2), "alpha": True, "transparent": (1, 2, 3)}, "transparent must be None"),
    ({"size": (2, 2), "transparent": (1, 2)}, "transparent must be 1 value"),
    ({"size": (2, 2), "compression": 12}, "compression must be None or -1 to 9"),
    ({"size": 2}, "size must be a pair"),
    ({"size": (2, 2), "gamma": -1}, "gamma must be a positive number up to 21474, got -1"),
    ({"size": (2, 2), "gamma": 0}, "gamma must be a positive number"),
    ({"size": (2, 2), "gamma": float("nan")}, "gamma must be a positive number"),
    ({"size": (2, 2), "gamma": 21475}, "gamma must be a positive number"),
    ({"size": (2, 2), "gamma": "1"}, "gamma must be a positive number"),
    ({"size": (2, 2), "x_pixels_per_unit": 1.5}, "x_pixels_per_unit must be a whole number"),
    (
        {"size": (2, 2), "x_pixels_per_unit": 1, "y_pixels_per_unit": -1},
        "y_pixels_per_unit must be 0 to 2³¹-1, got -1",
    ),
    ({"size": (2, 2), "palette": [(1, 2, 3)] * 3, "bitdepth": 1}, "at most 2 entries"),
    ({"size": (2, 2), "palette": [(1, 2, 3)] * 17, "bitdepth": 4}, "at most 16 entries"),
    ({"size": (2, 2), "palette": [(1, 2, 3)] * 257}, "palette must have 1 to 256 entries"),
    ({"size": (2, 2), "palette": [(1, 2, "a")]}, "palette entries must be a whole number"),
    ({"size": (2, 2), "palette": [(1, 2, 256)]}, "palette entries must be 0 to 255"),
    ({"size": (2, 2), "palette": [(1, 2, 3)], "background": 1}, "background must be 0 to 0"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_what_png_does_not_allow_is_refused(options: dict[str, Any], message: str) -> None:
    """When the Writer is made, as by pypng."""
    with pytest.raises(ValueError, match=message):
        png.Writer(**options)


def test_rows_are_checked() -> None:
    """Their number, their length and their values."""
    writer = png.Writer(2, 2, greyscale=True)
    for rows, message in (
        ([[0, 1]], "as many as height, 2, got 1"),
        ([[0, 1], [0]], "2 values each, got 1 in row 1"),
        ([[0, 1], [0, 256]], "samples must be 0 to"),
        ([[0, 1], [0, -1]], "samples must be 0 to"),
    ):
        with pytest.raises(ValueError, match=message):
            writer.write(io.BytesIO(), rows)
    with pytest.raises(TypeError, match="whole numbers"):
        writer.write(io.BytesIO(), [[0.5, 1], [0, 1]])
    with pytest.raises(ValueError, match="mode must be"):
        png.from_array([[0]], "CMYK")


def written(writer: Any, rows: Any) -> tuple[Any, ...]:
    """What pypng reads from a file that `writer` makes of some rows."""
    file = io.BytesIO()
    writer.write(file, rows)
    return read(file.getvalue())


@pytest.mark.parametrize("interlace", [False, True])
def test_bytes_are_taken_for_rows_and_images(interlace: bool) -> None:
    """bytes, bytearray and memoryview, as pypng takes them."""
    data = bytes(range(24))
    expected = written(pypng.Writer(4, 2, greyscale=False), [list(data[:12]), list(data[12:])])[:3]
    for kind in (bytes, bytearray, memoryview):
        writer = png.Writer(4, 2, greyscale=False, interlace=interlace)
        assert written(writer, [kind(data[:12]), kind(data[12:])])[:3] == expected
        file = io.BytesIO()
        writer.write_array(file, kind(data))
        assert read(file.getvalue())[:3] == expected
    file = io.BytesIO()
    png.from_array([data[:12], data[12:]], "RGB").write(file)
    assert read(file.getvalue())[:3] == expected


def test_numpy_numbers_are_taken_for_options() -> None:
    """Palettes, depths, colours and sizes that come from NumPy."""
    palette = np.array([(0x55, 0x55, 0x55), (0xFF, 0x99, 0x99)])
    ours = png.Writer(np.int64(2), np.uint8(1), palette=palette, bitdepth=np.int32(1))
    theirs = pypng.Writer(2, 1, palette=palette.tolist(), bitdepth=1)
    assert written(ours, [[0, 1]]) == written(theirs, [[0, 1]])
    options: dict[str, Any] = {"greyscale": True, "bitdepth": np.uint8(4)}
    ours = png.Writer(2, 1, transparent=np.int64(3), background=np.uint8(7), **options)
    theirs = pypng.Writer(2, 1, greyscale=True, bitdepth=4, transparent=3, background=7)
    assert written(ours, [[3, 1]]) == written(theirs, [[3, 1]])
    ours = png.Writer(2, 1, greyscale=False, transparent=np.array([1, 2, 3]))  # type: ignore[arg-type]
    theirs = pypng.Writer(2, 1, greyscale=False, transparent=(1, 2, 3))
    assert written(ours, [[3, 1, 2, 1, 2, 3]]) == written(theirs, [[3, 1, 2, 1, 2, 3]])


@pytest.mark.parametrize(
    ("a", "mode"),
    [
        ([[0, 1], [2, 3]], "L2"),
        ([[3, 1], [0, 3]], "LA2"),
        ([[3, 1, 9], [0, 3, 255]], "RGB8"),
        ([[3, 1, 9, 15]], "rgba4"),
    ],
)
def test_a_mode_needs_no_semicolon(a: Any, mode: str) -> None:
    """As in pypng, which knows capital letters only, it may stand before the depth."""
    ours, theirs = io.BytesIO(), io.BytesIO()
    png.from_array(a, mode).write(ours)
    pypng.from_array(a, mode.upper()).write(theirs)
    assert read(ours.getvalue()) == read(theirs.getvalue())
    assert png.fromarray is png.from_array


def test_equal_depths_need_not_be_as_many_as_channels() -> None:
    """Two of eight bits are enough for four channels, as in pypng."""
    ours, theirs = both([[1, 2, 3, 4] * 2], 2, 1, greyscale=False, alpha=True, bitdepth=(8, 8))
    assert ours == theirs


def test_greyscale_none_is_colour() -> None:
    """Without the argument an image is grey, with None it is not; as in pypng."""
    ours, theirs = both([[1, 2, 3]], 1, 1, greyscale=None)
    assert ours == theirs
    assert ours[3]["greyscale"] is False
    assert png.Writer(1, 1).greyscale is True


@pytest.mark.parametrize("size", [(5, 3), (17, 9), (1, 1), (2, 9)])
@pytest.mark.parametrize("interlace", [False, True])
def test_passes_and_packed_rows_are_written_as_pypngs(
    size: tuple[int, int], interlace: bool
) -> None:
    """Rows in the order of the file, as samples and as bytes."""
    width, height = size
    options: dict[str, Any] = {"greyscale": True, "bitdepth": 4, "interlace": interlace}
    ours = png.Writer(width, height, **options)
    random = np.random.default_rng(3)
    rows = [
        random.integers(0, 16, part_width).tolist()
        for part_height, part_width in ours._passes()
        for _ in range(part_height)
    ]
    packed = [bytes(row[::2]) for row in rows]
    for name, given in (("write_passes", rows), ("write_packed", packed)):
        files = []
        for writer in (ours, pypng.Writer(width, height, **options)):
            file = io.BytesIO()
            assert getattr(writer, name)(file, given) == len(rows)
            files.append(read(file.getvalue()))
        assert files[0] == files[1]


def test_chunks_are_written_as_given() -> None:
    """The signature, then each chunk with its length and CRC."""
    ours, theirs = io.BytesIO(), io.BytesIO()
    png.write_chunks(ours, [(b"IHDR", b"abc"), (b"IEND", b"")])
    pypng.write_chunks(theirs, [(b"IHDR", b"abc"), (b"IEND", b"")])
    assert ours.getvalue() == theirs.getvalue()


REFUSED: list[dict[str, Any]] = [
    {"palette": [(255, 255, 255, 0.9), (1, 2, 3)]},
    {"palette": [(1.5, 2, 3)]},
    {"palette": [(1, 2, 3)], "bitdepth": (2, 2)},
    {"background": [0.5]},
    {"greyscale": False, "background": [1, 1, 0.5]},
    {"transparent": 0.5},
    {"bitdepth": 2.5},
    {"width": 2.5, "size": None, "height": 1},
    {"bitdepth": 0},
]


@pytest.mark.parametrize("options", REFUSED)
def test_fractions_are_refused_with_pypngs_error(options: dict[str, Any]) -> None:
    """ProtocolError, an Error, a ValueError; raised where pypng raises its own."""
    options = {"size": (2, 2), **options}
    for module in (png, pypng):
        with pytest.raises(module.ProtocolError):
            module.Writer(**options)
    assert issubclass(png.ProtocolError, png.Error)
    assert issubclass(png.Error, ValueError)


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_an_index_beyond_the_palette_is_refused(depth: int, interlace: bool) -> None:
    """As sample and as packed bytes, before anything is written."""
    palette = [(1, 2, 3)] * ((1 << depth) - 1)
    writer = png.Writer(9, 3, palette=palette, bitdepth=depth, interlace=interlace)
    file = io.BytesIO()
    good, bad = [[0] * 9 for _ in range(3)], [[0] * 9 for _ in range(3)]
    bad[2][8] = len(palette)
    for write, rows in ((writer.write, bad), (writer.write_array, np.ravel(bad))):
        with pytest.raises(png.ProtocolError, match="samples must be 0 to"):
            write(file, rows)
    packed = [
        bytes(-(-width * depth // 8)) for height, width in writer._passes() for _ in range(height)
    ]
    packed[-1] = b"\xff" * len(packed[-1])
    with pytest.raises(png.ProtocolError, match="samples must be 0 to"):
        writer.write_packed(file, packed)
    assert file.getvalue() == b""
    assert writer.write(file, good) == 3


def test_bits_that_fill_a_row_are_no_indices() -> None:
    """The rest of a packed row's last byte may hold anything."""
    file = io.BytesIO()
    writer = png.Writer(3, 1, palette=[(1, 2, 3), (4, 5, 6), (7, 8, 9)], bitdepth=2)
    assert writer.write_packed(file, [b"\x1b"]) == 1
    assert read(file.getvalue())[2] == [[0, 1, 2]]


def test_a_file_is_kept_if_its_new_content_is_refused(tmp_path: Path) -> None:
    """`save` writes nothing before all rows were checked."""
    file = tmp_path / "image.png"
    file.write_bytes(b"before")
    with pytest.raises(png.ProtocolError, match="samples must be 0 to"):
        png.from_array([[0, 256]], "L").save(file)
    assert file.read_bytes() == b"before"


def test_a_text_file_is_refused() -> None:
    """Before anything is in it."""
    file = io.StringIO()
    with pytest.raises(png.ProtocolError, match="outfile must be a binary file"):
        png.Writer(1, 2).write(file, [[80], [160]])  # type: ignore[arg-type]
    assert file.getvalue() == ""
