"""Images come back as they are stored, one by one, of the tags that were asked for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tfevents_lite as tfe


def write(folder: Path, steps: range, size: int = 4) -> None:
    with tfe.SummaryWriter(folder) as writer:
        for step in steps:
            writer.add_scalar("loss", step, step)
            writer.image_summary("digits", [np.full((size, size), step, np.uint8)] * 2, step)
            writer.add_image(
                "other", np.zeros((size, size + 1, 3), np.uint8), step, dataformats="HWC"
            )


def test_what_was_logged(tmp_path: Path) -> None:
    """Runs, tags, steps and sizes are those that were logged; Pillow decodes the pixels."""
    write(tmp_path / "a", range(3))
    write(tmp_path / "b" / "c", range(1))
    images = list(tfe.read_images(tmp_path))
    assert {image.run for image in images} == {"a", "b/c"}
    other = [image for image in images if image.tag == "other"]
    assert [(image.run, image.step) for image in other] == [
        ("a", 0),
        ("a", 1),
        ("a", 2),
        ("b/c", 0),
    ]
    assert {(image.width, image.height, image.extension) for image in other} == {(5, 4, "png")}
    for image in images:
        with Image.open(io.BytesIO(image.data)) as decoded:
            assert decoded.size == (image.width, image.height)
            if image.tag != "other":
                assert (np.asarray(decoded.convert("L")) == image.step).all()


def test_tags_and_runs(tmp_path: Path) -> None:
    """Only the tags and runs that are asked for are read."""
    write(tmp_path / "a", range(2))
    write(tmp_path / "b", range(2))
    images = list(tfe.read_images(tmp_path, tags=["other"], runs=["b"]))
    assert [(image.run, image.tag, image.step) for image in images] == [
        ("b", "other", 0),
        ("b", "other", 1),
    ]


def test_lazily(tmp_path: Path) -> None:
    """The first image is there before the rest of the runs is read."""
    write(tmp_path / "a", range(2))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.tfevents").write_bytes(b"\xff" * 100)
    images = tfe.read_images(tmp_path, on_error="raise")
    assert next(images).run == "a"
    with pytest.raises(tfe.DataLossError):
        list(images)
    assert len(list(tfe.read_images(tmp_path))) == len(list(tfe.read_images(tmp_path / "a")))


def test_as_tensorboard_serves_them(tensorboard: Any) -> None:
    """The bytes are those that TensorBoard serves, also of a restarted run and of strings."""
    run = tensorboard.new_run("images")
    write(run, range(4))
    with tfe.SummaryWriter(run, purge_step=2) as writer:
        # All tags again: TensorBoard's Rust loader drops a tag's points when it gets new ones.
        writer.image_summary("digits", [np.ones((3, 3), np.uint8)] * 2, 2)
        writer.add_image("other", np.ones((1, 2, 3), np.uint8), 2, dataformats="HWC")
        strings = [b"7", b"6", b"\x89PNG\r\n\x1a\nfirst", b"GIF89a second"]
        tensor = tfe.TensorProto(
            dtype=tfe.DataType.DT_STRING,
            string_val=strings,
            tensor_shape=tfe.TensorShapeProto(dim=[tfe.TensorShapeProto.Dim(size=4)]),
        )
        metadata = tfe.SummaryMetadata(
            plugin_data=tfe.SummaryMetadata.PluginData(plugin_name="images")
        )
        value = tfe.Summary.Value(tag="tensor", tensor=tensor, metadata=metadata)
        writer.file_writer.add_summary(tfe.Summary(value=[value]), 1)
    tensorboard.reload()
    ours = list(tfe.read_images(run))
    tags = {image.tag for image in ours}
    assert tags == set(tensorboard.tags("images")[run.name])
    for tag in tags:
        served = tensorboard.images(run.name, tag)
        assert [(blob.step, blob.data) for blob in served] == [
            (image.step, image.data) for image in ours if image.tag == tag
        ]
    tensors = [image for image in ours if image.tag == "tensor"]
    assert [(i.sample, i.width, i.height, i.extension) for i in tensors] == [
        (0, 7, 6, "png"),
        (1, 7, 6, "gif"),
    ]


@pytest.mark.parametrize("strings", [[], [b"1"], [b"x", b"9" * 5000], [b"\xff", b"-1", b"data"]])
def test_hostile_tensors(strings: list[bytes], tmp_path: Path) -> None:
    """A tensor that is no image, or says that it has no size, is no error."""
    tensor = tfe.TensorProto(dtype=tfe.DataType.DT_STRING, string_val=strings)
    metadata = tfe.SummaryMetadata(plugin_data=tfe.SummaryMetadata.PluginData(plugin_name="images"))
    value = tfe.Summary.Value(tag="a", tensor=tensor, metadata=metadata)
    event = tfe.Event(summary=tfe.Summary(value=[value]))
    (tmp_path / "x.tfevents").write_bytes(tfe.tfrecord.frame(event.SerializeToString()))
    images = list(tfe.read_images(tmp_path, on_error="raise"))
    assert [(i.width, i.height, i.data, i.extension) for i in images] == [
        (0, 0, data, "bin") for data in strings[2:]
    ]


def test_on_error_is_checked(tmp_path: Path) -> None:
    """What on_error may be is said."""
    write(tmp_path, range(1))
    with pytest.raises(ValueError, match="on_error must be 'raise', 'stop' or 'skip', got 'no'"):
        list(tfe.read_images(tmp_path, on_error="no"))
