"""FileWriter's methods: TensorFlow 1's, torch's and tensorboardX's, as TensorBoard shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.compat.proto import config_pb2, graph_pb2, summary_pb2

import tfevents_lite as tfe

from .oracles.tensorboard import TensorBoardServer


def events_in(folder: Path) -> list[list[tfe.Event]]:
    """The events of each file in order, without its first."""
    return [list(tfe.read_events(file))[1:] for file in sorted(folder.iterdir())]


def some_graph() -> graph_pb2.GraphDef:
    graph = graph_pb2.GraphDef()
    graph.node.add(name="input", op="Placeholder")
    graph.node.add(name="output", op="MatMul", input=["input"])
    return graph


def test_graphs_are_shown(tensorboard: TensorBoardServer) -> None:
    """A GraphDef of protobuf's, with a RunMetadata beside it as torch passes them, is served."""
    folder = tensorboard.new_run("file-writer")
    run_metadata = config_pb2.RunMetadata()
    run_metadata.step_stats.dev_stats.add(device="/device:CPU:0")
    with tfe.FileWriter(folder) as writer:
        writer.add_graph((some_graph(), run_metadata), 5.0)
        writer.add_run_metadata(run_metadata.SerializeToString(), "second", 7)
    tensorboard.reload()
    info = tensorboard.graph_info()[folder.name]
    assert info["run_graph"]
    assert {tag for tag, said in info["tags"].items() if said["profile"]} == {"step1", "second"}
    assert 'op: "MatMul"' in tensorboard.graph(folder.name)


def test_graphs_are_messages_or_bytes(tmp_path: Path) -> None:
    """All graph methods take a message or its bytes, and refuse anything else."""
    encoded = some_graph().SerializeToString()
    with tfe.FileWriter(tmp_path) as writer:
        writer.add_graph(some_graph())
        writer.add_onnx_graph(encoded, 2.0)
        writer.add_openvino_graph(some_graph(), walltime=3.0)
        with pytest.raises(TypeError, match="graph_profile must be a message or its bytes, got 5"):
            writer.add_graph(5)
        with pytest.raises(TypeError, match="graph must be a message or its bytes, got None"):
            writer.add_onnx_graph(None)
        with pytest.raises(TypeError, match="run_metadata must be a message or its bytes, got 'x'"):
            writer.add_run_metadata("x", "tag")
    ((first, second, third),) = events_in(tmp_path)
    assert {first.graph_def, second.graph_def, third.graph_def} == {encoded}
    assert (second.wall_time, third.wall_time) == (2.0, 3.0)


def test_session_logs_and_defaults(tmp_path: Path) -> None:
    """A session log is written; within use_metadata events have its step and time."""
    with tfe.FileWriter(tmp_path, clock=lambda: 1.0) as writer:
        writer.add_session_log(tfe.SessionLog(status=tfe.SessionLog.STOP, msg="done"), 3)
        with writer.use_metadata(global_step=10, walltime=5.0) as same:
            assert same is writer
            writer.add_summary(tfe.summary.scalar("a", 1))
            writer.add_summary(tfe.summary.scalar("a", 1), 12, 6.0)
            with writer.use_metadata(global_step=11):
                writer.add_event(tfe.Event(step=2, summary=tfe.summary.scalar("a", 1)))
        with pytest.warns(UserWarning, match="step 0 of 'a' comes after step 12"):
            writer.add_summary(tfe.summary.scalar("a", 1))
        with pytest.raises(ValueError, match="a global_step or a walltime, got neither"):
            writer.use_metadata()
    (events,) = events_in(tmp_path)
    assert [(event.step, event.wall_time) for event in events] == [
        (3, 1.0), (10, 5.0), (12, 6.0), (11, 5.0), (0, 1.0),
    ]  # fmt: skip
    assert events[0].session_log == tfe.SessionLog(status=tfe.SessionLog.STOP, msg="done")


def test_reopening_begins_a_new_file(tensorboard: TensorBoardServer) -> None:
    """After close and reopen events go to a second file, and TensorBoard shows both."""
    folder = tensorboard.new_run("reopen")
    writer = tfe.FileWriter(folder)
    writer.reopen()
    writer.add_summary(tfe.summary.scalar("a", 1), 1)
    writer.close()
    with pytest.raises(ValueError, match="is closed"):
        writer.add_summary(tfe.summary.scalar("a", 2), 2)
    writer.reopen()
    writer.add_summary(tfe.summary.scalar("a", 2), 2)
    writer.close()
    assert [len(events) for events in events_in(folder)] == [1, 1]
    tensorboard.reload()
    points = tensorboard.scalars(folder.name, "a")
    assert [(point.step, point.value) for point in points] == [(1, 1), (2, 2)]


@pytest.mark.parametrize("tag", ["loss", "é" * 9])
def test_one_scalar_is_written_as_any_summary_is(tag: str, tmp_path: Path) -> None:
    """A Summary of one scalar is checked as any other, and written as its Event encodes."""
    value = tfe.Summary.Value(tag=tag, simple_value=0.1)
    summary = tfe.Summary(value=[value])
    theirs = summary_pb2.Summary.FromString(summary.SerializeToString())
    clock = [1.5]
    with tfe.FileWriter(tmp_path, clock=lambda: clock[0]) as writer:
        for given in (summary, theirs, summary.SerializeToString()):
            writer.add_summary(given, 300)
        event = tfe.Event(wall_time=1.5, step=300, summary=summary)
        record = tfe.tfrecord.frame(event.SerializeToString())
        assert Path(writer.file.path).read_bytes().endswith(record * 3)
        picture = tfe.Summary.Value(tag=tag, image=tfe.Summary.Image())
        with pytest.raises(ValueError, match="holds scalars already, and can't hold images"):
            writer.add_summary(tfe.Summary(value=[picture]), 301)
        sub = writer.sub_run("sub")
        sub.add_summary(tfe.Summary(value=[picture]), 301)
        with pytest.raises(ValueError, match="holds images already, and can't hold scalars"):
            sub.add_summary(summary, 302)
        clock[0] = float("nan")
        with pytest.raises(ValueError, match="must be finite"):
            writer.add_summary(summary, 303)


@pytest.mark.parametrize(
    "fields",
    ["fa8680808000" + "01" + "78", "fa06818080808000" + "78", "4204" + "7a02ffff", "1b1c", "1001"],
    ids=["a long tag", "a long length", "a broken variant", "a group", "another wire type"],
)
def test_bytes_that_parsers_refuse_are_refused(fields: str, tmp_path: Path) -> None:
    """The bytes of a Summary with a field that TensorBoard's parsers refuse are not written."""
    value = tfe.Summary.Value(tag="a", simple_value=1).SerializeToString() + bytes.fromhex(fields)
    summary = b"\x0a" + bytes([len(value)]) + value
    with tfe.FileWriter(tmp_path) as writer:
        before = Path(writer.file.path).read_bytes()
        with pytest.raises(ValueError, match=r"summary must be a Summary|must not have"):
            writer.add_summary(summary, 1)
        assert Path(writer.file.path).read_bytes() == before
