"""Whole files, decoded by Pillow, pypng and OpenCV, and inflated by zlib."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import png as pypng
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tfevents_lite import png

Array = NDArray[Any]


def decode_pypng(data: bytes) -> Array:
    """Samples as they are in the file: no palette is looked up."""
    width, height, rows, info = pypng.Reader(bytes=data).read()
    array: Array = np.vstack([np.array(row) for row in rows])
    array = array.reshape(height, width, info["planes"])
    return array[:, :, 0] if info["planes"] == 1 else array


def decode_pillow(data: bytes) -> Array:
    """In the mode that Pillow itself chooses for the file."""
    return np.asarray(Image.open(io.BytesIO(data)))


def decode_opencv(data: bytes) -> Array:
    """Red first again."""
    array: Array | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert array is not None
    if array.ndim == 3:
        array = array[:, :, [2, 1, 0, 3][: array.shape[2]]]
    return array


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Types and contents, with each CRC checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, position = [], 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        (crc,) = struct.unpack_from(">I", data, position + 8 + length)
        assert crc == zlib.crc32(kind + body)
        found.append((kind, body))
        position += 12 + length
    assert found[-1] == (b"IEND", b"")
    return found


def inflated(data: bytes) -> bytes:
    """All IDAT chunks through zlib, which checks the Adler-32 too."""
    return zlib.decompress(b"".join(body for kind, body in chunks_of(data) if kind == b"IDAT"))


def picture(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> Array:
    """Smooth, noisy and even parts."""
    random = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    y, x = np.mgrid[: shape[0], : shape[1]]
    base = (np.sin(x / 17) + np.cos(y / 11) + 2) / 4 * top
    base = base.reshape(base.shape + (1,) * (len(shape) - 2))
    noisy = np.broadcast_to(base, shape) + random.normal(0, top / 100, shape)
    image: Array = np.clip(noisy, 0, top).astype(dtype)
    image[shape[0] // 2 :, : shape[1] // 2] = top
    return image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 7), (7, 1), (40, 33), (2000, 3), (3, 2000), (150, 170)]
)
def test_all_decoders_give_back_the_input(size: tuple[int, int], channels: int, dtype: Any) -> None:
    """Every colour type and depth, in narrow, wide and ordinary shapes."""
    array = picture(size + ((channels,) if channels else ()), dtype)
    data = png.encode(array)
    flat = array[:, :, 0] if channels == 1 else array
    assert np.array_equal(decode_pypng(data), flat)
    if channels != 2:  # OpenCV turns grey with alpha into BGRA
        assert np.array_equal(decode_opencv(data), flat)
    if dtype == np.uint8:
        assert np.array_equal(decode_pillow(data), flat)


contents = st.sampled_from(["noise", "few", "runs", "gradient", "repeat", "flat", "sparse"])


def drawn(content: str, shape: tuple[int, int, int], dtype: Any, seed: int) -> Array:
    """An image of one kind of content."""
    random = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    height, width, channels = shape
    if content == "noise":
        noise: Array = random.integers(0, top + 1, shape, dtype)
        return noise
    if content == "few":
        colours: Array = random.integers(
            0, top + 1, (int(random.integers(1, 300)), channels), dtype
        )
        chosen: Array = colours[random.integers(0, len(colours), (height, width))]
        return chosen
    if content == "runs":
        flat = random.integers(0, top + 1, height * width // 5 + 1, dtype).repeat(6)
        runs: Array = flat[: height * width].reshape(height, width, 1)
        spread: Array = np.broadcast_to(runs, shape).copy()
        return spread
    if content == "gradient":
        y, x = np.mgrid[:height, :width]
        return np.broadcast_to((x * 3 + y)[:, :, None] % (top + 1), shape).astype(dtype)
    if content == "repeat":
        tile = random.integers(0, top + 1, (5, 7, channels), dtype)
        return np.tile(tile, (height // 5 + 1, width // 7 + 1, 1))[:height, :width]
    if content == "flat":
        return np.full(shape, random.integers(0, top + 1), dtype)
    image = np.zeros(shape, dtype)
    image[random.random((height, width)) < 0.01] = top
    return image


@settings(deadline=None, max_examples=250)
@given(
    content=contents,
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.integers(1, 4),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_content_is_decoded_exactly(
    content: str, height: int, width: int, channels: int, dtype: Any, seed: int
) -> None:
    """By pypng and, with 8 bits, by Pillow."""
    array = drawn(content, (height, width, channels), dtype, seed)
    data = png.encode(array)
    inflated(data)
    assert np.array_equal(decode_pypng(data).reshape(array.shape), array)
    if dtype == np.uint8:
        assert np.array_equal(decode_pillow(data).reshape(array.shape), array)


VIEWS: dict[str, Callable[[Array], Array]] = {
    "Fortran order": np.asfortranarray,
    "upside down": lambda a: a[::-1],
    "mirrored": lambda a: a[:, ::-1],
    "every other": lambda a: a[::2, ::3],
    "channels turned": lambda a: a[..., ::-1] if a.ndim == 3 else a,
    "transposed": lambda a: a.swapaxes(0, 1),
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", ["u1", ">u2", "<u2"])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_any_memory_layout(view: str, dtype: str, channels: int) -> None:
    """Strides, byte order and write protection make no difference."""
    array = picture((60, 90) + ((channels,) if channels else ()), np.dtype(dtype).newbyteorder("="))
    array = VIEWS[view](array.astype(dtype))
    array.flags.writeable = False
    plain = np.ascontiguousarray(array, np.dtype(dtype).newbyteorder("="))
    assert png.encode(array) == png.encode(plain)
    data = png.encode(array)
    assert np.array_equal(decode_pypng(data), plain[:, :, 0] if channels == 1 else plain)


LOGGED: dict[str, Array] = {
    "an RGB mask": np.array([[0, 0, 0], [200, 30, 90], [9, 8, 7]], np.uint8)[
        np.arange(6400).reshape(80, 80) // 90 % 3
    ],
    "a grey RGB image": picture((60, 50, 1), np.uint8).repeat(3, axis=2),
    "an opaque RGBA image": np.dstack(
        [picture((60, 50, 3), np.uint8), np.full((60, 50), 255, np.uint8)]
    ),
    "an RGBA image of one colour": np.full((70, 40, 4), (1, 2, 3, 0), np.uint8),
    "a grey mask": np.eye(70, dtype=np.uint8) * 255,
    "four greys": np.arange(6400, dtype=np.uint8).reshape(80, 80) % 4 * 85,
    "an opaque grey image with alpha": np.dstack(
        [picture((60, 50), np.uint8), np.full((60, 50), 255, np.uint8)]
    ),
}


@pytest.mark.parametrize("name", LOGGED)
def test_the_file_has_the_shape_and_values_of_the_array(name: str) -> None:
    """Few colours, no colour or no transparency change nothing; neither do size and batch."""
    array = LOGGED[name]
    for image in (array, array[:9, :9], np.tile(array, (9, 3, 1)[: array.ndim])):
        for data in (png.encode(image), png.encode_batch([image, image])[1]):
            decoded = decode_pillow(data)
            assert decoded.dtype == np.uint8
            assert decoded.shape == image.shape
            assert np.array_equal(decoded, image)


@pytest.mark.parametrize(
    "shape", [(1, 1), (28, 28), (16, 16, 4), (1, 1024), (18, 18, 3), (8, 8, 2)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiny_image_is_stored(shape: tuple[int, ...], dtype: type) -> None:
    """Up to 1,024 bytes are not compressed."""
    array: Array = np.full(shape, 7, dtype)
    size = array.nbytes + shape[0] + 68  # A byte a row for its filter; chunks and checksums.
    data = png.encode(array)
    assert (len(data) == size) is (array.nbytes <= 1024)
    assert np.array_equal(decode_pypng(data).reshape(shape), array)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_photographs_are_no_larger_than_pillows(channels: int) -> None:
    """Of 34 to 90 pixels a side, in all within one percent of Pillow's default."""
    random = np.random.default_rng(channels)
    ours = pillows = 0
    for side in (34, 40, 48, 64, 90):
        # A slope of its own for each pixel, blurred, and a sensor's noise.
        steps = random.normal(0, 3, (side, side, 1))
        light = 128 + 0.7 * (np.cumsum(steps, axis=0) + np.cumsum(steps, axis=1))
        noisy = light * np.linspace(0.7, 1, channels) + random.normal(0, 1, (side, side, channels))
        array = np.clip(noisy, 0, 255).astype(np.uint8)
        data = png.encode(array)
        assert np.array_equal(decode_pillow(data), array.squeeze())
        file = io.BytesIO()
        Image.fromarray(array.squeeze()).save(file, "png")
        ours += len(data)
        pillows += len(file.getvalue())
    assert ours < 1.01 * pillows


@pytest.mark.parametrize("side", [20, 33, 65, 150])
def test_one_pixel_of_another_colour_is_kept(side: int) -> None:
    """Wherever it is."""
    random = np.random.default_rng(side)
    for channels in (1, 3, 4):
        for y, x in random.integers(0, side, (10, 2)):
            array = np.full((side, side, channels), 255, np.uint8)
            array[y, x, -1] = 254
            assert np.array_equal(decode_pillow(png.encode(array)), array.squeeze())


def test_bool_is_eight_bit_grey() -> None:
    """False is 0, True is 255."""
    for shape in ((33, 21), (70, 80, 1)):
        array = np.random.default_rng(0).random(shape) < 0.5
        for view in (array, array[::-2, ::3]):
            for data in (png.encode(view), png.encode_batch([view, view])[0]):
                assert (data[25], data[24]) == (0, 8)
                assert np.array_equal(decode_pillow(data), view.squeeze() * np.uint8(255))


def test_zlib_inflates_to_filtered_rows() -> None:
    """One byte and a row's bytes, for each row."""
    array = picture((500, 600, 3), np.uint8)
    raw = inflated(png.encode(array))
    assert len(raw) == 500 * (1 + 600 * 3)
    assert set(raw[:: 1 + 600 * 3]) <= {0, 1, 2, 3, 4}


def test_text_gamma_and_size_are_kept() -> None:
    """As Pillow reads them, Latin-1 or not."""
    text = {"Title": "Café", "Comment": "τέλος 终"}
    array = picture((30, 30), np.uint8)
    data = png.encode(array, text=text, gamma=1 / 2.2, pixels_per_metre=(3000, 4000))
    kinds = [kind for kind, _ in chunks_of(data)]
    assert kinds == [b"IHDR", b"gAMA", b"pHYs", b"tEXt", b"iTXt", b"IDAT", b"IEND"]
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.text == text  # type: ignore[attr-defined]
    assert image.info["gamma"] == 0.45455
    assert image.info["dpi"] == (76.2, 101.6)
    assert np.array_equal(np.asarray(image), array)


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (np.zeros((2, 2)), {}, TypeError, "array must be of dtype uint8, uint16 or bool, got float64"),
    (np.zeros((2, 2), np.int8), {}, TypeError, "got int8"),
    (np.zeros((2, 2), np.uint32), {}, TypeError, "got uint32"),
    (np.zeros(3, np.uint8), {}, ValueError, r"got shape \(3,\)"),
    (np.zeros((2, 2, 5), np.uint8), {}, ValueError, r"H×W×4 \(RGBA\), got shape \(2, 2, 5\)"),
    (np.zeros((0, 4), np.uint8), {}, ValueError, r"1 to 2³¹-1 pixels a side, got shape \(0, 4"),
    (np.zeros((4, 0, 3), np.uint8), {}, ValueError, r"pixels a side, got shape \(4, 0, 3\)"),
    (np.zeros((2, 2, 3), bool), {}, ValueError, "if it is bool"),
    (np.zeros((2, 2), np.uint8), {"gamma": -1}, ValueError, "gamma must be a positive number"),
    (np.zeros((2, 2), np.uint8), {"text": {" a": ""}}, ValueError, "text keywords must be 1 to 79"),
    (np.zeros((2, 2), np.uint8), {"text": {"a": 1}}, TypeError, "text must map str to str"),
    (np.zeros((2, 2), np.uint8), {"pixels_per_metre": (-1, 0)}, ValueError, "pixels per unit"),
]


@pytest.mark.parametrize(("array", "options", "error", "message"), BAD)
def test_what_cannot_be_written_is_refused(
    array: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """With an error that says what would be right."""
    with pytest.raises(error, match=message):
        png.encode(array, **options)


def test_more_than_png_allows_a_side_is_refused() -> None:
    """Before anything is done with the pixels."""
    huge = np.broadcast_to(np.uint8(0), (1, 2**31))
    with pytest.raises(ValueError, match="2³¹-1 pixels a side"):
        png.encode(huge)
