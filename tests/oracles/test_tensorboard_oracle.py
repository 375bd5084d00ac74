"""Whether the TensorBoard oracle can be trusted: data by TensorBoard's own messages and writer.

The package has no part in this, so a failure here means that the oracle is wrong.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.audio.plugin_data_pb2 import AudioPluginData
from tensorboard.plugins.custom_scalar.layout_pb2 import (
    Category,
    Chart,
    Layout,
    MultilineChartContent,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo
from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_tensor_proto

from .tensorboard import (
    LOADERS,
    HistogramPoint,
    Loader,
    ScalarPoint,
    TensorBoardError,
    TensorBoardServer,
)

BUCKETS = [(0.0, 1.0, 3.0), (1.0, 2.5, 4.0)]
VERTICES = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
CURVE = np.array(
    [[2, 1], [1, 0], [3, 4], [0, 1], [0.75, 1], [1, 0.5]], np.float32
)  # TP, FP, TN, FN, precision, recall at two thresholds


def write(folder: Path, events: Iterable[Event]) -> None:
    writer = EventFileWriter(str(folder))
    for event in events:
        writer.add_event(event)
    writer.close()


def tensor_event(
    tag: str, tensor: Any, plugin: str, data_class: int, content: bytes = b"", step: int = 1
) -> Event:
    plugin_data = SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    metadata = SummaryMetadata(plugin_data=plugin_data, data_class=data_class)
    value = Summary.Value(tag=tag, tensor=make_tensor_proto(tensor), metadata=metadata)
    return Event(wall_time=1000.5, step=step, summary=Summary(value=[value]))


def scalar_event(tag: str, value: float, step: int) -> Event:
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return Event(wall_time=1000.5 + step, step=step, summary=summary)


def packed(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(8000)
        clip.writeframes(bytes(100))
    return file.getvalue()


def run_of_every_kind() -> list[Event]:
    """One record of everything the oracle has a method for, scalars at two steps."""
    mesh = MeshPluginData(
        name="cloud", content_type=MeshPluginData.VERTEX, shape=VERTICES.shape, components=2
    )
    start = SessionStartInfo(group_name="first")
    start.hparams["rate"].number_value = 0.5
    hparams = HParamsPluginData(session_start_info=start)
    chart = Chart(title="losses", multiline=MultilineChartContent(tag=["loss/.*"]))
    layout = Layout(category=[Category(title="all", chart=[chart])])
    return [
        Event(wall_time=1000.0, graph_def=packed(GraphDef(node=[NodeDef(name="x", op="Add")]))),
        scalar_event("loss/train", 0.25, 1),
        scalar_event("loss/train", float("nan"), 2),
        tensor_event("weights", np.array(BUCKETS), "histograms", 2),
        tensor_event("note", "*one*", "text", 2),
        tensor_event("tone", [sound()], "audio", 3, packed(AudioPluginData(encoding=11))),
        tensor_event("curve", CURVE, "pr_curves", 2, packed(PrCurvePluginData(num_thresholds=2))),
        tensor_event("cloud_VERTEX", VERTICES, "mesh", 2, packed(mesh)),
        tensor_event("custom_scalars__config__", packed(layout), "custom_scalars", 2),
        tensor_event("_hparams_/session_start_info", np.float32(0), "hparams", 2, packed(hparams)),
    ]


@pytest.mark.parametrize("loader", LOADERS)
def test_every_kind_of_data_can_be_asked_for(loader: Loader, tmp_path: Path) -> None:
    """What TensorBoard's own messages say is what the oracle returns, for every plugin."""
    write(tmp_path / "run", run_of_every_kind())
    with TensorBoardServer(tmp_path, loader) as server:
        assert server.runs() == ["run"]
        assert server.tags("text") == {"run": {"note": {}}}
        assert server.tags("histograms")["run"].keys() == {"weights"}

        first, second = server.scalars("run", "loss/train")
        assert first == ScalarPoint(1001.5, 1, 0.25)
        assert (second.step, str(second.value)) == (2, "nan")
        assert server.histograms("run", "weights") == [HistogramPoint(1000.5, 1, BUCKETS)]
        (note,) = server.text("run", "note")
        assert note == (1000.5, 1, "<p><em>one</em></p>")
        (tone,) = server.audio("run", "tone")
        assert tone == (1000.5, 1, 0, "audio/wav", sound())

        (curve,) = server.pr_curves("run", "curve")
        assert (curve["step"], curve["precision"]) == (1, [0.75, 1])
        (part,) = server.meshes("run", "cloud")
        assert (part["content_type"], part["data_shape"]) == (1, [1, 3, 3])
        served = server.mesh_data("run", "cloud", "VERTEX", step=1)
        np.testing.assert_array_equal(served, VERTICES.ravel())

        (category,) = server.custom_scalars_layout()["category"]
        assert category["title"] == "all"
        assert server.custom_scalars("run", "loss/.*")["loss/train"][0] == first
        (hparam,) = server.hparams_experiment()["hparamInfos"]
        assert hparam["name"] == "rate"
        (group,) = server.hparams_session_groups([{"group": "", "tag": "loss/train"}])
        assert (group["name"], group["hparams"]) == ("first", {"rate": 0.5})

        assert server.graph_info()["run"]["run_graph"] is True
        assert 'op: "Add"' in server.graph("run")


@pytest.mark.parametrize("loader", LOADERS)
def test_reload_has_read_what_was_written_before_it(loader: Loader, tmp_path: Path) -> None:
    """After `reload()` both a new run and what was added to a known one are there, every time."""
    with TensorBoardServer(tmp_path, loader) as server:
        grown = EventFileWriter(str(tmp_path / "grown"))
        for step in (1, 2):
            new = server.new_run("new")
            write(new, [scalar_event("x", step, step)])
            grown.add_event(scalar_event("x", step, step))
            grown.flush()
            server.reload()
            assert len(server.scalars("grown", "x")) == step
            assert len(server.scalars(new.name, "x")) == 1
        grown.close()


@pytest.mark.parametrize("loader", LOADERS)
def test_nothing_is_sampled_away(loader: Loader, tmp_path: Path) -> None:
    """More points than TensorBoard keeps by default, 1,000 of a scalar, are all returned."""
    write(tmp_path, (scalar_event("x", step, step) for step in range(3000)))
    with TensorBoardServer(tmp_path, loader) as server:
        assert [point.step for point in server.scalars(".", "x")] == list(range(3000))


def test_what_goes_wrong_is_told_with_the_log(tmp_path: Path) -> None:
    """An unknown tag and a record that ends the slow loader raise, and say what happened."""
    with TensorBoardServer(tmp_path, "slow") as server:
        with pytest.raises(TensorBoardError, match="404"):
            server.scalars("no-run", "no-tag")
        with (server.new_run() / "x.tfevents").open("wb") as file:
            RecordWriter(file).write(b"\xff")
        with pytest.raises(TensorBoardError, match=r"(?s)reload thread died.*DecodeError"):
            server.reload()
