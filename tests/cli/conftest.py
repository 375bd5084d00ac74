"""Runs to read: one by this package, one by TensorBoard's own writer, one that means harm."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

import tfevents_lite as tfe
from tfevents_lite.cli import main

HOSTILE_TAG = "../../../escape\x1b[2J\x00/a:b"


class Cli:
    """Runs the command line in this process; `out` and `err` are what the last command said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object, status: int = 0) -> str:
        done = main([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        assert done == status, self.err
        return self.out


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line."""
    return Cli(capsys)


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is nine hours ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


def write_ours(folder: Path) -> None:
    """Two curves, a histogram and a picture, of steps 0 to 4."""
    clock = iter(range(1000, 10_000))
    with tfe.SummaryWriter(
        folder, clock=lambda: float(next(clock)), hostname="host", pid=1
    ) as writer:
        for step in range(5):
            writer.add_scalar("loss/train", 1 / (step + 1), step)
            writer.add_scalar("loss/test", 2 / (step + 1), step)
        writer.add_histogram("weights", np.arange(10.0), 4)
        writer.image_summary("picture", [np.eye(4) > 0], 4)


def picture(size: int) -> bytes:
    """A PNG by Pillow."""
    out = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), size, np.uint8)).save(out, "PNG")
    return out.getvalue()


def write_foreign(folder: Path) -> None:
    """What TensorFlow writes, old scalars and new tensors, by TensorBoard's writer and messages."""
    writer = EventFileWriter(str(folder))

    def add(wall_time: float, step: int, tag: str, plugin: str, **content: object) -> None:
        value = summary_pb2.Summary.Value(tag=tag, **content)
        value.metadata.plugin_data.plugin_name = plugin
        if not plugin:
            value.ClearField("metadata")
        summary = summary_pb2.Summary(value=[value])
        writer.add_event(event_pb2.Event(wall_time=wall_time, step=step, summary=summary))

    for step in range(5):
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[step / 2])
        add(2000.5 + step, step, "loss/train", "", simple_value=3 / (step + 1))
        # The plugin is named by a tag's first value alone.
        add(2000.5 + step, step, "tensor", "" if step else "scalars", tensor=tensor)
    images = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, string_val=[b"3", b"3", picture(3), picture(3)]
    )
    images.tensor_shape.dim.add(size=4)
    add(2010.0, 5, "pictures", "images", tensor=images)
    buckets = tensor_pb2.TensorProto(dtype=types_pb2.DT_DOUBLE, double_val=[0, 1, 2])
    buckets.tensor_shape.dim.add(size=1)
    buckets.tensor_shape.dim.add(size=3)
    add(2010.0, 5, "histogram", "histograms", tensor=buckets)
    writer.close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of two runs: `ours` and `foreign/a`."""
    write_ours(tmp_path / "runs" / "ours")
    write_foreign(tmp_path / "runs" / "foreign" / "a")
    return tmp_path / "runs"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A run whose tags would lead elsewhere, move a cursor, or end a line."""
    folder = tmp_path / "hostile"
    value = [
        tfe.Summary.Value(tag=HOSTILE_TAG, simple_value=1.0),
        tfe.Summary.Value(
            tag=HOSTILE_TAG + "/picture",
            image=tfe.Summary.Image(width=3, height=3, encoded_image_string=picture(3)),
        ),
        tfe.Summary.Value(
            tag="/etc/passwd\n",
            image=tfe.Summary.Image(width=3, height=3, encoded_image_string=b"no image"),
        ),
    ]
    with tfe.FileWriter(folder) as writer:
        writer.add_summary(tfe.Summary(value=value), 1)
    return folder


def event_file(folder: Path) -> Path:
    """The one event file of a folder."""
    (file,) = (path for path in folder.iterdir() if "tfevents" in path.name)
    return file


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A run of ours with a byte flipped within the record of step 2 of loss/train."""
    folder = tmp_path / "damaged"
    write_ours(folder)
    file = event_file(folder)
    ends = []
    with file.open("rb") as opened:
        for offset, _ in tfe.tfrecord.scan(opened):
            ends.append(offset)
    data = bytearray(file.read_bytes())
    data[ends[5] + 14] ^= 1
    file.write_bytes(data)
    return folder
