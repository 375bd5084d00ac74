"""Many images at once give the same pixels as one by one."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tfevents_lite import png
from tfevents_lite.png import batch
from tfevents_lite.png.codes import FIXED as FIXED_CODES
from tfevents_lite.png.matches import Matches

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def decoded(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """By Pillow, which checks every CRC and the Adler-32."""
    mode = MODES[shape[2] if len(shape) == 3 else 1]
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode)).reshape(shape)


@pytest.mark.parametrize(
    "shape", [(28, 28), (28, 28, 1), (7, 5, 2), (32, 32, 3), (1, 1, 4), (9, 40, 4)]
)
@pytest.mark.parametrize("content", ["noise", "zeros", "digits", "smooth"])
def test_a_batch_is_decoded_exactly(content: str, shape: tuple[int, ...]) -> None:
    """Whatever the images are, in order."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (20, *shape), np.uint8)
    if content == "zeros":
        images[:] = 0
    elif content == "digits":
        images[random.random(images.shape) < 0.8] = 0
    elif content == "smooth":
        images = np.cumsum(images % 3, axis=2, dtype=np.uint8)
    files = png.encode_batch(images)
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
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), flag * np.uint8(255))


def test_empty_and_bad_batches() -> None:
    """No images are no files; a bad one is refused."""
    assert png.encode_batch([]) == []
    with pytest.raises(TypeError, match="float64"):
        png.encode_batch([np.zeros((2, 2), np.uint8), np.zeros((2, 2))])


def stream_of(data: bytes) -> bytes:
    """The zlib stream of a file with one IDAT chunk."""
    at = data.index(b"IDAT")
    return data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]


def block_types(files: list[bytes]) -> set[int]:
    """BTYPE of each file's first block (RFC 1951 §3.2.3), behind two bytes of zlib's header."""
    return {stream_of(data)[2] >> 1 & 3 for data in files}


STORED, FIXED, DYNAMIC = range(3)


def strokes(count: int) -> np.ndarray:
    """Soft strokes on black, as handwritten digits are."""
    random = np.random.default_rng(4)
    y, x = np.mgrid[:28, :28]
    images = np.zeros((count, 28, 28))
    for ink in images:
        points = random.uniform(6, 22, (4, 2))
        for start, end in zip(points[:-1], points[1:]):
            for t in np.linspace(0, 1, 12):
                cy, cx = start * (1 - t) + end * t
                np.maximum(ink, 2 - np.hypot(y - cy, x - cx), out=ink)
    pixels: np.ndarray = (np.clip(images, 0, 1) * 255).astype(np.uint8)
    return pixels


def test_digits_are_no_larger_than_pillows() -> None:
    """In the fixed code: sent with every file, another would take more than it saves."""
    images = strokes(64)
    files = png.encode_batch(images)
    assert block_types(files) == {FIXED}
    size = sum(map(len, files))
    assert size < sum(len(png.encode(image)) for image in images) / 4
    pillow = 0
    for image in images:
        out = io.BytesIO()
        Image.fromarray(image).save(out, "png")
        pillow += out.tell()
    assert size <= 1.02 * pillow


def test_the_code_is_chosen_by_what_it_saves() -> None:
    """Large smooth pictures repay codes of their own, noise none."""
    random = np.random.default_rng(5)
    smooth = np.cumsum(random.integers(-2, 3, (4, 64, 64, 3)), axis=2).astype(np.uint8)
    assert block_types(png.encode_batch(smooth)) == {DYNAMIC}
    noise = random.integers(0, 256, (4, 64, 64), np.uint8)
    assert block_types(png.encode_batch(noise)) == {STORED}


def test_every_literal_and_length_of_the_fixed_code() -> None:
    """Codes of 7, 8 and 9 bits, and runs of 3 to 258 at several distances, as zlib reads them."""
    random = np.random.default_rng(6)
    for distance in (1, 2, 3, 4, 6, 8):
        # 256 different bytes, then 256 times a few others and a copy of them.
        parts, starts, at = [np.arange(256, dtype=np.uint8)], [], 256
        lengths = np.arange(3, 259)
        for length in lengths:
            unit = random.integers(0, 256, distance, np.uint8)
            parts.append(np.resize(unit, distance + length))
            starts.append(at + distance)
            at += distance + length
        data = np.concatenate(parts)
        found = Matches(np.array(starts), lengths, np.full(256, distance))
        (body,) = batch._blocks(data[np.newaxis], found, FIXED_CODES)
        assert zlib.decompress(body, -15) == data.tobytes()


@settings(deadline=None, max_examples=80)
@given(
    count=st.integers(1, 9),
    shape=st.tuples(st.integers(1, 30), st.integers(1, 60), st.integers(1, 4)),
    run=st.integers(1, 300),
    colours=st.integers(2, 256),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_batch_with_runs(
    count: int, shape: tuple[int, int, int], run: int, colours: int, seed: int
) -> None:
    """Runs may cross the ends of rows, never those of images."""
    random = np.random.default_rng(seed)
    size = count * shape[0] * shape[1] * shape[2]
    values = random.integers(0, colours, size // run + 1).repeat(run)[:size]
    images = values.astype(np.uint8).reshape(count, *shape)
    for image, file in zip(images, png.encode_batch(images)):
        assert np.array_equal(decoded(file, shape).reshape(shape), image)
