"""`image` and `images`: any axes, any type, files as they are; exactly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tfevents_lite as tfe
from tfevents_lite.summary import image_file_summary, image_summary

from ..oracles.tensorboard import TensorBoardServer

RANDOM = np.random.default_rng(4)
Pixels = np.ndarray[Any, Any]


def noise(*shape: int) -> Pixels:
    return RANDOM.integers(0, 256, shape, np.uint8)


def decode(data: bytes, channels: int) -> Pixels:
    """The pixels as Pillow sees them, whatever form the encoder found to be the smallest."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]))


def only(summary: tfe.Summary) -> Pixels:
    (value,) = summary.value
    pixels = decode(value.image.encoded_image_string, value.image.colorspace)
    assert (value.image.height, value.image.width) == pixels.shape[:2]
    return pixels


def encoded(pixels: Pixels, format: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()


class WithPng:
    """What a notebook shows as PNG."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _repr_png_(self) -> bytes:
        return self.data


@pytest.mark.parametrize(
    "dataformats",
    ["HWC", "CHW", "WHC", "CWH", "hwc", "HCW"],
)
def test_axes_in_any_order(dataformats: str) -> None:
    """`dataformats` names the axes, and the picture is the same whatever their order."""
    picture = noise(5, 7, 3)
    moved = picture.transpose(["HWC".index(axis) for axis in dataformats.upper()])
    np.testing.assert_array_equal(only(tfe.summary.image("x", moved, dataformats)), picture)


@given(st.text(max_size=300), st.integers(1, 300), st.text(max_size=3))
def test_bytes_are_those_of_the_messages(tag: str, width: int, name: str) -> None:
    """The way that is made for speed gives what the messages encode to, field by field."""
    summary = tfe.summary.image(tag, np.zeros((1, width), np.uint8), "HW", display_name=name)
    (value,) = summary.value
    expected = tfe.Summary.Value(
        tag=tag,
        image=tfe.Summary.Image(
            height=1,
            width=width,
            colorspace=1,
            encoded_image_string=value.image.encoded_image_string,
        ),
    )
    if name:
        expected.metadata.plugin_data.plugin_name = "images"
        expected.metadata.display_name = name
        expected.metadata.data_class = tfe.DataClass.DATA_CLASS_BLOB_SEQUENCE
    made = tfe.Summary(value=[expected]).SerializeToString()
    assert (
        image_summary.encode_image(tag, np.zeros((1, width), np.uint8), "HW", display_name=name)
        == made
    )


def test_two_axes_are_grey() -> None:
    """HW and WH have one channel."""
    picture = noise(5, 7)
    np.testing.assert_array_equal(only(tfe.summary.image("x", picture, "HW")), picture)
    np.testing.assert_array_equal(only(tfe.summary.image("x", picture.T, "WH")), picture)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_channels_and_depths(channels: int, dtype: type) -> None:
    """Grey, grey and alpha, RGB and RGBA of 8 and 16 bits are written as they are."""
    cv2 = pytest.importorskip("cv2")
    top = np.iinfo(dtype).max
    picture = RANDOM.integers(0, top, (6, 9, channels), dtype, endpoint=True)
    (value,) = tfe.summary.image("x", picture, "HWC").value
    assert value.image.colorspace == channels
    data = value.image.encoded_image_string
    if channels == 2:
        if dtype == np.uint8:
            np.testing.assert_array_equal(decode(data, 2), picture)
        else:
            assert data[24:26] == b"\x10\x04"  # Depth, colour type: Pillow reads 8 bits of 16.
        return
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).reshape(picture.shape)
    rgb = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    np.testing.assert_array_equal(read[:, :, rgb], picture)


@given(st.floats(-0.5, 1.5, width=32))
def test_floats_are_scaled_from_the_unit_interval(level: float) -> None:
    """0 is black, 1 is 255, what is between is rounded and what is beyond clipped."""
    expected = int(np.clip(np.floor(level * 255 + 0.5), 0, 255))
    assert only(tfe.summary.image("x", np.full((1, 2, 2), level, np.float32)))[0, 0] == expected


def test_a_grid_has_rows_of_eight() -> None:
    """Eleven images are a row of eight and one of three, what is left over being black."""
    pictures = noise(11, 3, 4, 5)
    grid = only(tfe.summary.images("x", pictures))
    assert grid.shape == (8, 40, 3)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, 8)
        part = grid[4 * row : 4 * row + 4, 5 * column : 5 * column + 5]
        np.testing.assert_array_equal(part, picture.transpose(1, 2, 0))
    assert not grid[4:, 15:].any()


@pytest.mark.parametrize("dataformats", ["CHW", "NCHW"])
def test_a_list_of_images_is_a_grid(dataformats: str) -> None:
    """As in tensorboardX, `dataformats` names the axes of each; as in torch, those of all."""
    pictures = noise(3, 3, 4, 5)
    expected = only(tfe.summary.images("x", pictures))
    np.testing.assert_array_equal(
        only(tfe.summary.images("x", list(pictures), dataformats)), expected
    )


def test_add_image_takes_a_batch() -> None:
    """As in torch, an N in `dataformats` of one image gives the grid."""
    pictures = noise(3, 4, 5, 3)
    grid = only(tfe.summary.image("x", pictures, "NHWC"))
    np.testing.assert_array_equal(grid, np.concatenate(pictures, axis=1))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP"])
@pytest.mark.parametrize("kind", ["bytes", "bytearray", "str", "Path", "repr"])
def test_files_pass_through(format: str, kind: str, tmp_path: Path) -> None:
    """An image file is written byte for byte, with its size, however it is given."""
    data = encoded(noise(6, 9, 3), format)
    path = tmp_path / "picture"
    path.write_bytes(data)
    given_as = {
        "bytes": data,
        "bytearray": bytearray(data),
        "str": str(path),
        "Path": path,
        "repr": WithPng(data),
    }
    (value,) = tfe.summary.image("x", given_as[kind]).value
    assert value.image == tfe.Summary.Image(
        height=6, width=9, colorspace=3, encoded_image_string=data
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "HSV"])
def test_pillow_images_are_taken_as_they_look(mode: str) -> None:
    """A Pillow image of any mode is shown with the colours that it has."""
    image = Image.fromarray(noise(6, 9, 3)).convert(mode)
    (value,) = tfe.summary.image("x", image).value
    with Image.open(io.BytesIO(value.image.encoded_image_string)) as read:
        expected = image.convert("RGBA" if mode == "LA" else "RGB").convert("RGBA")
        np.testing.assert_array_equal(np.asarray(read.convert("RGBA")), np.asarray(expected))


@pytest.mark.parametrize(
    ("options", "channels"),
    [
        ({"format": "PNG"}, 3),
        ({"format": "JPEG", "quality": 30}, 3),
        ({"format": "JPEG", "progressive": True}, 3),
        ({"format": "JPEG", "comment": b"x" * 300}, 3),
        ({"format": "GIF"}, 3),
        ({"format": "BMP"}, 3),
    ],
)
def test_headers_are_read_as_pillow_reads_them(options: dict[str, Any], channels: int) -> None:
    """Format and size of what Pillow writes are what Pillow wrote."""
    file = io.BytesIO()
    Image.fromarray(noise(301, 17, 3)).save(file, **options)
    read = image_file_summary.parse(file.getvalue())
    assert read[1:] == (options["format"], 17, 301, channels)


@given(st.sampled_from(["PNG", "JPEG", "GIF", "BMP"]), st.integers(0, 40))
def test_what_is_cut_off_is_refused_or_read(format: str, size: int) -> None:
    """The beginning of a file has its header, or raises ValueError; nothing else happens."""
    data = encoded(noise(3, 4, 3), format)[:size]
    try:
        read = image_file_summary.parse(data)
    except ValueError as error:
        message = str(error)
        read = None
    if read is None:
        assert "must be a PNG" in message or "header has no size" in message
    else:
        assert read[2:4] == (4, 3)


def test_pictures_of_one_step_are_served_side_by_side(tensorboard: TensorBoardServer) -> None:
    """With `as_grid=False` each image is one of the tag's samples, arrays and files alike."""
    pictures = noise(5, 6, 7, 3)
    files = [encoded(noise(3, 4, 3), format) for format in ("PNG", "JPEG", "GIF", "BMP")]
    folder = tensorboard.new_run("samples")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_images("arrays", pictures, 3, dataformats="NHWC", as_grid=False)
        writer.add_images("files", [*files, pictures[0]], 3, dataformats="HWC", as_grid=False)
    tensorboard.reload()
    served = tensorboard.images(folder.name, "arrays")
    assert [(image.step, image.sample) for image in served] == [(3, n) for n in range(5)]
    for image, picture in zip(served, pictures):
        np.testing.assert_array_equal(decode(image.data, 3), picture)
    served = tensorboard.images(folder.name, "files")
    assert [image.data for image in served[:4]] == files
    assert [image.content_type for image in served] == [
        f"image/{kind}" for kind in ("png", "jpeg", "gif", "bmp", "png")
    ]


def test_images_are_served_exactly(tensorboard: TensorBoardServer, tmp_path: Path) -> None:
    """One image, a grid, boxes and files are served with the pixels and bytes that were written."""
    picture, batch = noise(6, 9, 4), noise(3, 1, 4, 5)
    jpeg = encoded(noise(6, 9, 3), "JPEG")
    boxed = tfe.summary.image_with_boxes("x", picture[..., :3], [[1, 1, 4, 4]], 1, "HWC", "a")
    folder = tensorboard.new_run("images")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_image("one", picture, 1, dataformats="HWC")
        writer.add_images("grid", batch, 2)
        writer.add_image("file", jpeg, 3)
        writer.add_image_with_boxes(
            "boxes", picture[..., :3], [[1, 1, 4, 4]], 4, dataformats="HWC", labels=["a"]
        )
    tensorboard.reload()

    def served(tag: str, step: int) -> Any:
        (image,) = tensorboard.images(folder.name, tag)
        assert image.step == step
        return image

    np.testing.assert_array_equal(decode(served("one", 1).data, 4), picture)
    grid = np.concatenate(batch[:, 0], axis=1)
    np.testing.assert_array_equal(decode(served("grid", 2).data, 1), grid)
    assert served("file", 3).data == jpeg
    assert served("file", 3).content_type == "image/jpeg"
    np.testing.assert_array_equal(decode(served("boxes", 4).data, 3), only(boxed))


def test_names_and_descriptions_are_shown(tensorboard: TensorBoardServer) -> None:
    """A display name and a description reach the page, for one image and for several."""
    folder = tensorboard.new_run("described")
    named = {"display_name": "Shown", "description": "*What* it is"}
    with tfe.SummaryWriter(folder) as writer:
        writer.add_summary(tfe.summary.image("one", noise(2, 2), "HW", **named))
        writer.add_summary(tfe.summary.images("all", noise(3, 2, 2), "NHW", as_grid=False, **named))
    tensorboard.reload()
    for entry in tensorboard.tags("images")[folder.name].values():
        assert entry["displayName"] == "Shown"
        assert "<em>What</em>" in entry["description"]


def test_warnings_point_at_the_caller(tmp_path: Path) -> None:
    """What is warned of is shown with the line that logged it, not with one of ours."""
    unknown = np.full((2, 2), np.nan)
    with pytest.warns(UserWarning, match="4 NaN in the images of 'x' drawn as 0") as direct:
        tfe.summary.image("x", unknown, "HW")
    with tfe.SummaryWriter(tmp_path) as writer, pytest.warns(UserWarning, match="4 NaN") as logged:
        writer.add_image("x", unknown, dataformats="HW")
    assert {warning.filename for warning in [*direct, *logged]} == {__file__}
