"""Many images at once give the same pixels as one by one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tfevents_lite import png
from tfevents_lite.png.levels import LEVELS

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def decoded(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """By Pillow, which checks every CRC and the Adler-32."""
    mode = MODES[shape[2] if len(shape) == 3 else 1]
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode)).reshape(shape)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "shape", [(28, 28), (28, 28, 1), (7, 5, 2), (32, 32, 3), (1, 1, 4), (9, 40, 4)]
)
@pytest.mark.parametrize("content", ["noise", "zeros", "digits", "smooth"])
def test_a_batch_is_decoded_exactly(content: str, shape: tuple[int, ...], level: str) -> None:
    """Whatever the images are, in order."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (20, *shape), np.uint8)
    if content == "zeros":
        images[:] = 0
    elif content == "digits":
        images[random.random(images.shape) < 0.8] = 0
    elif content == "smooth":
        images = np.cumsum(images % 3, axis=2, dtype=np.uint8)
    files = png.encode_batch(images, level)
    assert len(files) == 20
    for image, file in zip(images, files):
        assert np.array_equal(decoded(file, shape), image)


def test_shapes_and_types_may_differ() -> None:
    """Each file is its own image's."""
    random = np.random.default_rng(1)
    shapes = [(3, 4), (200, 300, 3), (3, 4), (5, 5, 4), (28, 28), (300, 2), (1, 1)]
    images = [random.integers(0, 9, shape).astype(np.uint8) * 20 for shape in shapes]
    for image, file in zip(images, png.encode_batch(images)):
        assert np.array_equal(decoded(file, image.shape), image)


def test_sixteen_bits_and_bool() -> None:
    """Types that Pillow shows in their own modes."""
    deep = np.arange(600, dtype=np.uint16).reshape(2, 15, 20) * 100
    for image, file in zip(deep, png.encode_batch(deep)):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), image)
    flags = deep % 3 == 0
    for flag, file in zip(flags, png.encode_batch(list(flags))):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), flag)


def test_empty_and_bad_batches() -> None:
    """No images are no files; a bad one is refused."""
    assert png.encode_batch([]) == []
    with pytest.raises(TypeError, match="float64"):
        png.encode_batch([np.zeros((2, 2), np.uint8), np.zeros((2, 2))])
