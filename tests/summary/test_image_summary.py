"""The founding use case: a list of images becomes one Summary with a PNG each."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import tfevents_lite as tfe


def decode(value: tfe.Summary.Value) -> Any:
    """The pixels of a value as Pillow sees them, 16 bits included."""
    with Image.open(io.BytesIO(value.image.encoded_image_string)) as image:
        assert image.format == "PNG"
        assert (image.height, image.width) == (value.image.height, value.image.width)
        if image.mode.startswith("I"):
            return np.array(image, np.uint16)
        modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
        return np.array(image.convert(modes[value.image.colorspace]), np.uint8)


def only(summary: tfe.Summary) -> Any:
    """The pixels of a Summary's one image."""
    (value,) = summary.value
    return decode(value)


def toimage_reference(data: np.ndarray[Any, Any]) -> Any:
    """What scipy.misc.toimage made of numbers, from its documentation: exact in fractions."""
    from fractions import Fraction

    numbers = [Fraction(float(x)) for x in data.ravel()]
    low, high = min(numbers), max(numbers)
    scale = Fraction(255) / (high - low) if high != low else Fraction(1)
    scaled = [int((x - low) * scale + Fraction(1, 2)) for x in numbers]
    return np.array(scaled).reshape(data.shape)


def test_tags_sizes_and_order() -> None:
    """Each image has its own tag, height and width, in one Summary, however many there are."""
    images = [np.zeros((height, 2 * height), np.uint8) for height in range(1, 31)]
    summary = tfe.image_summary("a/b", images)
    assert [value.tag for value in summary.value] == [f"a/b/{index}" for index in range(30)]
    assert [(value.image.height, value.image.width) for value in summary.value] == [
        image.shape for image in images
    ]


@pytest.mark.parametrize(
    ("shape", "colorspace"),
    [((5, 7), 1), ((5, 7, 1), 1), ((5, 7, 2), 2), ((5, 7, 3), 3), ((5, 7, 4), 4)],
)
def test_uint8_is_kept_bit_for_bit(shape: tuple[int, ...], colorspace: int) -> None:
    """uint8 pixels come back as they were, with the colour space of their channels."""
    image = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) + np.uint8(100)
    summary = tfe.image_summary("t", [image])
    assert summary.value[0].image.colorspace == colorspace
    np.testing.assert_array_equal(only(summary), image.squeeze())


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_first(channels: int) -> None:
    """1×H×W, 3×H×W and 4×H×W are channels first, unless the last axis can be channels."""
    image = np.arange(channels * 5 * 7, dtype=np.uint8).reshape(channels, 5, 7)
    shown = image.transpose(1, 2, 0) if channels > 1 else image[0]
    np.testing.assert_array_equal(only(tfe.image_summary("t", [image])), shown)
    last = np.arange(channels * 5 * 3, dtype=np.uint8).reshape(channels, 5, 3)
    np.testing.assert_array_equal(only(tfe.image_summary("t", [last])), last)


class ArrayLike:
    """Something that is an array only by its `__array__`."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.array


class DeviceTensor:
    """A tensor with a gradient on another device: an array only after detach() and cpu()."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.tensor = array
        self.calls: list[str] = []

    def detach(self) -> DeviceTensor:
        self.calls.append("detach")
        return self

    def cpu(self) -> DeviceTensor:
        self.calls.append("cpu")
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        assert self.calls == ["detach", "cpu"]
        return self.tensor


PIXELS = np.array([[0, 50], [100, 255]], np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        PIXELS.tolist(),
        tuple(map(tuple, PIXELS.tolist())),
        ArrayLike(PIXELS),
        DeviceTensor(PIXELS),
        np.asfortranarray(PIXELS),
        PIXELS[::-1, ::-1][::-1, ::-1],
        PIXELS.astype(">f8"),
        PIXELS.astype(np.float16),
        PIXELS.astype(np.int64) * 10**12,
        PIXELS.astype(np.float64) * 1e300 - 1e302,
        PIXELS.astype(np.float64) * 1e-300,
        PIXELS.astype(np.int8).view(np.uint8).astype(np.int32),
    ],
    ids=lambda image: f"{type(image).__name__} {getattr(image, 'dtype', '')}",
)
def test_anything_array_like(image: Any) -> None:
    """Lists, array-likes, tensors and arrays of any layout and type give the same picture."""
    np.testing.assert_array_equal(only(tfe.image_summary("t", [image])), PIXELS)


@pytest.mark.parametrize(
    "make", [list, tuple, iter, np.stack, lambda images: (image for image in images)]
)
def test_any_iterable_of_images(make: Callable[[list[Any]], Iterator[Any]]) -> None:
    """Lists, tuples, iterators, generators and one array of images are lists of images."""
    summary = tfe.image_summary("t", make([PIXELS, PIXELS[::-1]]))
    np.testing.assert_array_equal(decode(summary.value[1]), PIXELS[::-1])
    assert len(summary.value) == 2


def test_mixed_shapes_and_types() -> None:
    """As a user would type it: whatever is at hand, side by side."""
    summary = tfe.image_summary(
        "mixed",
        [
            [[0, 1, 2], [3, 4, 5]],
            np.random.default_rng(0).random((28, 28)),
            np.eye(8) > 0,
            np.zeros((3, 32, 24), np.float32),
            np.full((16, 16, 4), 200, np.uint8),
            np.arange(64, dtype=np.uint16).reshape(8, 8),
        ],
    )
    assert [value.image.colorspace for value in summary.value] == [1, 1, 1, 3, 4, 1]
    np.testing.assert_array_equal(decode(summary.value[0]), [[0, 51, 102], [153, 204, 255]])
    np.testing.assert_array_equal(decode(summary.value[2]), np.eye(8) * 255)


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        st.sampled_from([np.dtype(t) for t in ("f4", "f8", "i2", "i8", "u2", "u4")]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements={"allow_nan": False, "allow_infinity": False, "min_value": 0, "max_value": 1000},
    )
)
def test_scaling_is_toimages(image: np.ndarray[Any, Any]) -> None:
    """Other types than uint8 are scaled as scipy.misc.toimage scaled them, within one rounding."""
    scaled = only(tfe.image_summary("t", [image])).astype(int)
    assert np.abs(scaled - toimage_reference(image)).max() <= 1
    assert scaled.max() == (255 if image.max() > image.min() else 0)
    assert scaled.min() == 0


@pytest.mark.parametrize(
    ("image", "scale", "expected"),
    [
        ([[0.0, 0.5], [1.0, 2.5]], "unit", [[0, 128], [255, 255]]),
        ([[-0.5, 0.001], [0.002, 0.999]], "unit", [[0, 0], [1, 255]]),
        ([[-1.0, 0.0], [1.0, 3.0]], (-1, 1), [[0, 128], [255, 255]]),
        ([[10, 20], [30, 40]], (10, 30), [[0, 128], [255, 255]]),
        ([[5, 5], [5, 5]], "minmax", [[0, 0], [0, 0]]),
        ([[5.0, 5.0], [5.0, np.inf]], "minmax", [[0, 0], [0, 255]]),
        ([[-np.inf, 0.0], [1.0, np.inf]], "minmax", [[0, 0], [255, 255]]),
        ([[-np.inf, 0.0], [1.0, np.inf]], "unit", [[0, 0], [255, 255]]),
        ([[True, False], [False, True]], "minmax", [[255, 0], [0, 255]]),
        ([[True, False], [False, True]], (0, 3), [[255, 0], [0, 255]]),
        ([[1.5e308, -1.5e308], [0.0, 0.75e308]], "minmax", [[255, 0], [128, 191]]),
    ],
)
def test_scales(image: Any, scale: Any, expected: Any) -> None:
    """Each scale has its documented result, infinite and constant images included."""
    np.testing.assert_array_equal(only(tfe.image_summary("t", [image], scale=scale)), expected)


def test_nan_is_black_and_warned_of_once() -> None:
    """NaN becomes 0, whatever else there is, with one warning that names the tag."""
    images = [[[np.nan, 1.0], [2.0, 3.0]], [[np.nan, np.nan]]]
    with pytest.warns(UserWarning, match=r"3 NaN in the images of 'broken' drawn as 0") as caught:
        summary = tfe.image_summary("broken", images)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(decode(summary.value[0]), [[0, 0], [128, 255]])
    np.testing.assert_array_equal(decode(summary.value[1]), [[0, 0]])


def test_sixteen_bits() -> None:
    """With bit_depth=16, uint16 is kept, floats and bools fill 16 bits and uint8 stays as it is."""
    image = np.array([[0, 1, 256], [4660, 65534, 65535]], np.uint16)
    sixteen = tfe.image_summary(
        "t", [image, image / 65535.0, image > 300, image.astype(np.uint8)], bit_depth=16
    )
    np.testing.assert_array_equal(decode(sixteen.value[0]), image)
    np.testing.assert_array_equal(decode(sixteen.value[1]), image)
    np.testing.assert_array_equal(decode(sixteen.value[2]) > 0, image > 300)
    np.testing.assert_array_equal(decode(sixteen.value[3]), image.astype(np.uint8))
    eight = only(tfe.image_summary("t", [image]))
    np.testing.assert_array_equal(eight, [[0, 0, 1], [18, 255, 255]])


def test_max_outputs() -> None:
    """max_outputs limits the images, and none are asked for beyond it."""

    def endless() -> Iterator[Any]:
        while True:
            yield PIXELS

    assert len(tfe.image_summary("t", endless(), max_outputs=4).value) == 4
    assert len(tfe.image_summary("t", [PIXELS], max_outputs=4).value) == 1
    assert tfe.image_summary("t", [PIXELS], max_outputs=0) == tfe.Summary()
    assert tfe.image_summary("t", []) == tfe.Summary()


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros(3), ValueError, "its shape is 3; it must be H×W"),
        (np.float64(3), ValueError, "its shape is () (a single number); it must be H×W"),
        (np.zeros((5, 7, 6)), ValueError, "its shape is 5×7×6; it must be H×W"),
        (np.zeros((5, 28, 28)), ValueError, "its shape is 5×28×28; it must be H×W"),
        (np.zeros((2, 3, 28, 28)), ValueError, "its shape is 2×3×28×28; it must be H×W"),
        (np.zeros((0, 5)), ValueError, "its shape is 0×5, which has no pixels"),
        (np.zeros((5, 5), complex), TypeError, "its dtype is complex128 (shape 5×5)"),
        (np.array([[None]]), TypeError, "its dtype is object (shape 1×1)"),
        (np.array([["a"]]), TypeError, "its dtype is <U1 (shape 1×1)"),
        (None, TypeError, "its dtype is object"),
        ("picture.png", TypeError, "its dtype is <U11"),
        ([[1, 2], [3]], ValueError, "it is no array"),
    ],
    ids=repr,
)
def test_bad_images_are_refused(
    image: Any, error: type[Exception], message: str, tmp_path: Path
) -> None:
    """A bad image raises, naming tag, index, shape and what would be right; nothing is written."""
    with tfe.SummaryWriter(tmp_path) as writer:
        (file,) = tmp_path.iterdir()
        size = file.stat().st_size
        with pytest.raises(error) as caught:
            writer.image_summary("some/tag", [PIXELS, image], 3)
        assert str(caught.value).startswith("image 1 of 'some/tag' can't be drawn: ")
        assert message in str(caught.value)
        assert file.stat().st_size == size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": "max"}, "scale must be 'minmax', 'unit' or (low, high) with low < high, got"),
        ({"scale": (1, 1)}, "scale must be"),
        ({"scale": (0, np.nan)}, "scale must be"),
        ({"scale": (0, 1, 2)}, "scale must be"),
        ({"bit_depth": 4}, "bit_depth must be 8 or 16, got 4"),
        ({"max_outputs": -1}, "max_outputs must not be negative, got -1"),
    ],
    ids=repr,
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    """A bad argument raises ValueError, naming it and what would be right."""
    with pytest.raises(ValueError, match=re.escape(message)):
        tfe.image_summary("t", [PIXELS], **arguments)


def test_a_single_image_is_no_list_of_images() -> None:
    """One H×W array is refused, where a list of images belongs."""
    with pytest.raises(ValueError, match="images of 't' must be a list of images, got one of"):
        tfe.image_summary("t", PIXELS)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_single_image_with_channels_is_no_list_of_images(channels: int) -> None:
    """One H×W×C array is refused, where it would be H images of W×C; small images are taken."""
    image = np.zeros((28, 20, channels), np.uint8)
    message = f"got one of shape 28×20×{channels}: pass [image], or list(images) for 28 images"
    with pytest.raises(ValueError, match=re.escape(message)):
        tfe.image_summary("t", image)
    assert len(tfe.image_summary("t", [image]).value) == 1
    assert len(tfe.image_summary("t", list(image)).value) == 28
    kernels = np.zeros((64, 3, 3), np.uint8)
    assert len(tfe.image_summary("t", kernels).value) == 64


def test_the_tag_is_checked() -> None:
    """A tag that is no valid Unicode, or no string, is refused before anything is drawn."""
    with pytest.raises(TypeError, match=r"tag must be a string, got 3"):
        tfe.image_summary(3, [PIXELS])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tag must be valid Unicode"):
        tfe.image_summary("\ud800", [PIXELS])


def test_writing_gives_one_event(tmp_path: Path) -> None:
    """All images of a call are one event, at its step and time."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.image_summary("t", [PIXELS, PIXELS.T], 7, walltime=12.5)
    (file,) = tmp_path.iterdir()
    first, event = tfe.read_events(file)
    assert first.file_version == "brain.Event:2"
    assert (event.step, event.wall_time) == (7, 12.5)
    assert event.summary == tfe.image_summary("t", [PIXELS, PIXELS.T])
