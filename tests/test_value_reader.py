"""Values told by their bytes are those that decoding gives; scalars of every type are read."""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.util import tensor_util

import tfevents_lite as tfe
from tfevents_lite.reading import run_reader
from tfevents_lite.reading.run_reader import RunReader
from tfevents_lite.reading.value_reader import ValueReader, read_record
from tfevents_lite.wire.wire_format import encode_len

PLUGIN = summary_pb2.SummaryMetadata(
    plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="scalars")
)


@pytest.mark.parametrize(
    ("dtype", "value", "number"),
    [
        (np.float16, 1.5, 1.5),
        (np.float32, 0.25, 0.25),
        (np.float64, 0.1, 0.1),
        (np.int8, -3, -3.0),
        (np.uint8, 200, 200.0),
        (np.int16, -300, -300.0),
        (np.uint16, 60_000, 60_000.0),
        (np.int32, -70_000, -70_000.0),
        (np.int64, 2**40, 2.0**40),
        (np.uint32, 2**32 - 1, 2.0**32 - 1),
        (np.uint64, 2**63, 2.0**63),
        (np.bool_, True, 1.0),
    ],
)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_scalars_of_every_type(
    dtype: Any, value: float, number: float, shape: tuple[int, ...], tmp_path: Path
) -> None:
    """A tensor of one number is a scalar, in its own field or in tensor_content."""
    array = np.full(shape, value, dtype)
    content = tfe.TensorProto.FromString(tensor_util.make_tensor_proto(array).SerializeToString())
    raw = tfe.TensorProto(
        dtype=content.dtype, tensor_shape=content.tensor_shape, tensor_content=array.tobytes()
    )
    metadata = tfe.SummaryMetadata.FromString(PLUGIN.SerializeToString())
    with tfe.FileWriter(tmp_path) as writer:
        for step in range(3):
            values = [
                tfe.Summary.Value(tag="field", tensor=content, metadata=metadata),
                tfe.Summary.Value(tag="raw", tensor=raw, metadata=metadata),
            ]
            writer.add_summary(tfe.Summary(value=values), step)
    columns = tfe.read_scalars(tmp_path)["."]
    assert columns["raw"].value.tolist() == [number] * 3
    assert columns["field"].value.tolist() == [number] * 3
    assert {value.kind for value in RunReader([str(*tmp_path.iterdir())]).values()} == {"scalar"}


def test_bfloat16_and_what_is_no_scalar(tmp_path: Path) -> None:
    """bfloat16 is read; tensors of no or two elements, strings and other plugins' are none."""
    bfloat = tfe.TensorProto(dtype=tfe.DataType.DT_BFLOAT16, half_val=[0x3FC0])
    with tfe.FileWriter(tmp_path) as writer:
        tensors = {
            "bfloat": bfloat,
            "two": tfe.TensorProto(
                dtype=1, float_val=[1, 2], tensor_shape=tfe.TensorShapeProto(
                    dim=[tfe.TensorShapeProto.Dim(size=2)])),
            "string": tfe.TensorProto(dtype=7, string_val=[b"1"]),
        }  # fmt: skip
        for step in range(2):
            for tag, tensor in tensors.items():
                value = tfe.Summary.Value(tag=tag, tensor=tensor)
                writer.add_summary(tfe.Summary(value=[value]), step)
    columns = tfe.read_scalars(tmp_path)["."]
    assert list(columns) == ["bfloat"]
    assert columns["bfloat"].value.tolist() == [1.5, 1.5]


def random_event(source: random.Random) -> bytes:
    """An event by protobuf, of values laid out in one of several ways."""
    event = event_pb2.Event(
        wall_time=source.random() * 10, step=source.choice([0, 1, 200, -5, 2**40])
    )
    for _ in range(source.choice([1, 1, 1, 2, 5])):
        value = event.summary.value.add(tag=source.choice(["a", "b", "long" * 40, ""]))
        number = source.choice([0.0, -1.5, float("inf"), 7.0])
        kind = source.randrange(6)
        if kind < 2:
            value.simple_value = number
        elif kind < 5:
            dtype = source.choice([np.float32, np.float64, np.int32])
            tensor = tensor_util.make_tensor_proto(
                np.array(number if dtype != np.int32 else 3, dtype)
            )
            value.tensor.CopyFrom(tensor)
        if source.random() < 0.5:
            value.metadata.CopyFrom(PLUGIN)
        if source.random() < 0.1:
            value.node_name = "node"
    return bytes(event.SerializeToString())


@given(st.integers(0, 2**32))
def test_values_told_by_bytes_are_those_decoded(seed: int) -> None:
    """Reading events after one another gives what protobuf's decoder says of each by itself."""
    source = random.Random(seed)
    reader = ValueReader()
    for _ in range(30):
        payload = random_event(source)
        event = event_pb2.Event.FromString(payload)
        found = [
            (value.tag, value.step, value.wall_time, value.number, value.size)
            for value in reader.values(read_record(payload))
        ]
        expected = []
        for value in event.summary.value:
            what = value.WhichOneof("value")
            number = value.simple_value if what == "simple_value" else None
            if what == "tensor":
                number = float(tensor_util.make_ndarray(value.tensor).item())
            expected.append((value.tag, event.step, event.wall_time, number, value.ByteSize()))
        assert found == expected


def test_a_tags_plugin_may_be_named_late() -> None:
    """Values that name no plugin become their tag's kind once a value of it has named one."""
    reader = ValueReader()

    def read(plugin: str) -> str:
        value = tfe.Summary.Value(tag="a", tensor=tfe.TensorProto(dtype=1, float_val=[1]))
        if plugin:
            value.metadata.plugin_data.plugin_name = plugin
        event = tfe.Event(wall_time=1, step=1, summary=tfe.Summary(value=[value]))
        (found,) = reader.values(read_record(event.SerializeToString()))
        return found.kind

    assert [read(plugin) for plugin in ("", "", "mine", "", "other")] == [
        "scalar", "scalar", "mine", "mine", "mine"
    ]  # fmt: skip


def test_a_file_truncated_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a file is cut off meanwhile, the reader raises DataLossError or ends."""
    long = tfe.Summary.Value(tag="x", image=tfe.Summary.Image(encoded_image_string=bytes(200_000)))
    path = tmp_path / "x.tfevents"
    with tfe.FileWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_summary(tfe.Summary(value=[long]), step)
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()

    class Cut(io.BytesIO):
        """A file that is truncated before its n-th read."""

        def __init__(self, reads: int) -> None:
            super().__init__(data)
            self.reads = reads

        def read(self, size: int | None = -1) -> bytes:
            self.reads -= 1
            if self.reads == 0:
                self.truncate(self.tell() + 10)
            return super().read(size)

    seen = 0
    for reads in range(1, 80):
        monkeypatch.setattr(run_reader, "open_file", lambda path, reads=reads: Cut(reads))
        try:
            for _ in RunReader([str(path)], on_error="raise").values():
                pass
        except tfe.DataLossError:
            seen += 1
        assert len([*RunReader([str(path)]).values()]) < 4
    assert seen > 10


def test_restarts_take_linear_time(tmp_path: Path) -> None:
    """Four times the restarts take about four times as long."""

    def seconds(count: int) -> float:
        folder = tmp_path / str(count)
        with tfe.FileWriter(folder, buffer_bytes=1 << 20) as writer:
            for step in range(count):
                start = tfe.SessionLog(status=tfe.SessionLog.START)
                writer.add_event(tfe.Event(wall_time=1, step=step, session_log=start))
                value = tfe.Summary.Value(tag="a", simple_value=step)
                writer.add_summary(tfe.Summary(value=[value]), step)
        begin = time.process_time()
        columns = tfe.read_scalars(folder)["."]
        assert columns["a"].step.tolist() == list(range(count))
        assert sum(1 for _ in RunReader([str(*folder.iterdir())]).values()) == count
        return time.process_time() - begin

    seconds(100)
    assert seconds(4000) < 8 * seconds(1000) + 0.1  # Quadratic would be 16 times.


@pytest.mark.parametrize("distinct", [False, True])
def test_an_event_of_many_values(distinct: bool, tmp_path: Path) -> None:
    """An event of 10⁵ values is read value by value: its memory is not a multiple of its size."""
    values = [
        b"\x0a" + encode_len(b"t/%05d" % (number if distinct else 1)) + b"\x15\0\0\0\0"
        for number in range(100_000)
    ]
    summary = b"".join(b"\x0a" + encode_len(value) for value in values)
    payload = b"\x09" + struct.pack("<d", 1) + b"\x10\x01\x2a" + encode_len(summary)
    path = tmp_path / "x.tfevents"
    path.write_bytes(tfe.tfrecord.frame(payload))
    tracemalloc.start()
    count = sum(1 for value in RunReader([str(path)]).values() if value.number == 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < (50_000_000 if distinct else 3_000_000)


def test_malformed_summaries(tmp_path: Path) -> None:
    """Fields that summaries do not have are passed; what ends beyond its message is damage."""
    start = b"\x09" + struct.pack("<d", 1) + b"\x10\x01"
    value = b"\x0a" + encode_len(b"\x0a\x01a\x15\0\0\x80\x3f")
    path = tmp_path / "x.tfevents"
    odd = start + b"\x2a" + encode_len(value + b"\x10\x05" + value)
    bad = start + b"\x2a" + encode_len(value + b"\x0a\x7f")
    path.write_bytes(tfe.tfrecord.frame(odd) * 2)
    assert tfe.read_scalars(tmp_path)["."]["a"].value.tolist() == [1.0] * 4
    path.write_bytes(tfe.tfrecord.frame(bad))
    assert tfe.read_scalars(tmp_path) == {}
    with pytest.raises(tfe.DataLossError, match="a record is no Event"):
        tfe.read_scalars(tmp_path, on_error="raise")
