"""The encoder against three independent decoders and zlib's inflater."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import png as pypng
import pytest
from PIL import Image

from tfevents_lite import png

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def decode_pypng(data):
    width, height, rows, info = pypng.Reader(bytes=data).read()
    array = np.vstack([np.array(row) for row in rows])
    array = array.reshape(height, width, info["planes"])
    return array[:, :, 0] if info["planes"] == 1 else array


def decode_pillow(data, channels):
    return np.asarray(Image.open(io.BytesIO(data)).convert(MODES[channels]))


def decode_opencv(data):
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array.ndim == 3:
        array = array[:, :, [2, 1, 0, 3][: array.shape[2]]]
    return array


def picture(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    y, x = np.mgrid[: shape[0], : shape[1]]
    base = (np.sin(x / 17) + np.cos(y / 11) + 2) / 4 * top
    base = base.reshape(base.shape + (1,) * (len(shape) - 2))
    image = np.broadcast_to(base, shape) + rng.normal(0, top / 100, shape)
    image = np.clip(image, 0, top).astype(dtype)
    image[shape[0] // 2 :, : shape[1] // 2] = top
    return image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (40, 33), (2000, 3), (3, 2000)])
def test_all_decoders_give_back_the_input(size, channels, dtype):
    array = picture(size + ((channels,) if channels else ()), dtype)
    data = png.encode(array, exact_color_type=True)
    flat = array[:, :, 0] if channels == 1 else array
    assert np.array_equal(decode_pypng(data), flat)
    if channels != 2:  # OpenCV turns grey with alpha into BGRA
        assert np.array_equal(decode_opencv(data), flat)
    if dtype == np.uint8:
        assert np.array_equal(decode_pillow(data, channels or 1), flat)


def test_zlib_inflates_the_stream_to_filtered_rows():
    array = picture((50, 60, 3), np.uint8)
    data = png.encode(array)
    body = b"".join(chunk for kind, chunk in pypng.Reader(bytes=data).chunks() if kind == b"IDAT")
    assert len(zlib.decompress(body)) == 50 * (1 + 60 * 3)


@pytest.mark.parametrize("data", [b"", b"a", b"abc" * 1000, bytes(300_000), bytes(range(256)) * 9])
def test_deflate_alone(data):
    assert zlib.decompress(png.deflate.compress(data)) == data


def test_level_is_checked():
    with pytest.raises(ValueError, match="'fast', 'default', 'small', got 'best'"):
        png.encode(np.zeros((2, 2), np.uint8), level="best")
