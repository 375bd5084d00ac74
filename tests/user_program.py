"""A program as users write it, with the types that a type checker is to find. See test_typing.py.

It runs, too: in a folder of its own, with what it writes.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import tfevents_lite as tfe
from tfevents_lite import SummaryWriter, png, summary, tfrecord, v2
from tfevents_lite.reading.image_reader import StoredImage
from tfevents_lite.reading.scalar_reader import ScalarColumns


def log() -> str:
    """Write one of each and say which file it is in."""
    pixels = np.zeros((3, 8, 8), np.uint8)
    with SummaryWriter("run", flush_secs=30, max_total_bytes=1 << 24, on_error="warn") as writer:
        assert_type(writer, SummaryWriter)
        assert_type(writer.add_scalar("loss", 0.5, 1), None)
        assert_type(writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 1), None)
        assert_type(writer.add_scalar_series("curve", [1.0, 2.0], [1, 2]), None)
        assert_type(writer.add_image("image", pixels, 1, dataformats="CHW"), None)
        assert_type(writer.image_summary("images", [pixels, pixels], step=1), None)
        assert_type(writer.add_histogram("weights", pixels, 1), None)
        assert_type(writer.add_text("note", "words", 1), None)
        assert_type(writer.add_hparams({"lr": 0.1}, {"score": 1.0}), None)
        assert_type(writer.add_graph([summary.Node("a", "Op")]), None)
        assert_type(writer.last_step, Optional[int])
        assert_type(writer.dropped, int)
        assert_type(writer.get_logdir(), str)
        assert_type(writer.flush(sync=False), None)
        path = writer.file_writer.file.path
    assert_type(writer.close(), None)
    return path


def read(path: str) -> None:
    """Read back what `log` wrote."""
    runs = tfe.read_scalars("run", tags=["loss"])
    assert_type(runs, dict[str, dict[str, ScalarColumns]])
    columns = runs["."]["loss"]
    assert_type(columns.step, NDArray[np.int64])
    assert_type(columns.wall_time, NDArray[np.float64])
    assert_type(columns.value, NDArray[np.float64])
    for image in tfe.read_images("run", tags=["image"]):
        assert_type(image, StoredImage)
        assert_type((image.run, image.tag, image.step, image.data), tuple[str, str, int, bytes])
    for event in tfe.read_events(path):
        assert_type(event, tfe.Event)
        assert_type(event.step, int)
        assert_type(event.wall_time, float)
        for value in event.summary.value:
            assert_type(value, tfe.Summary.Value)
            assert_type(value.tag, str)
    with open(path, "rb") as file:
        for offset, payload in tfrecord.scan(file):
            assert_type((offset, payload), tuple[int, bytes])


def make() -> bytes:
    """Messages and pictures, without a writer."""
    made = tfe.image_summary("digits", [np.eye(4)])
    assert_type(made, tfe.Summary)
    assert_type(made.SerializeToString(), bytes)
    assert_type(tfe.Summary.FromString(made.SerializeToString()), tfe.Summary)
    assert_type(summary.scalar("loss", 0.5), tfe.Summary)
    assert_type(summary.histogram("weights", [1.0, 2.0]), tfe.Summary)
    assert_type(summary.text("note", "words"), tfe.Summary)
    assert_type(tfe.Event(step=1, summary=made), tfe.Event)
    assert_type(tfrecord.frame(b"payload"), bytes)
    assert_type(tfe.crc32c.masked(b"data"), int)
    assert_type(png.encode_batch([np.zeros((2, 2), np.uint8)]), list[bytes])
    return assert_type(png.encode(np.zeros((2, 2), np.uint8)), bytes)


def log_as_tensorflow_does() -> None:
    """tf.summary's functions."""
    with v2.create_file_writer("v2").as_default():
        assert_type(v2.scalar("loss", 0.5, step=1), bool)


def give_what_has_no_type(anything: Any) -> None:
    """Arrays and steps of any kind are taken."""
    with SummaryWriter("any") as writer:
        writer.add_scalar("loss", anything, anything)
        writer.add_histogram("weights", anything, anything)


if __name__ == "__main__":
    read(log())
    make()
    log_as_tensorflow_does()
    give_what_has_no_type(1)
