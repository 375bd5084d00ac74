"""What programs written for torch's, tensorboardX's and TensorFlow's writers use beside `add_*`."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams_api

import tfevents_lite as tfe
from tfevents_lite import read_events


def events_in(folder: Path) -> list[tfe.Event]:
    """The events of a folder's files, without each file's first."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [event for file in files for event in list(read_events(file))[1:]]


def theirs(tag: str = "a", value: float = 1) -> Any:
    """A Summary of protobuf's."""
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)])


# Attributes and the writers within.


def test_arguments_are_attributes(tmp_path: Path) -> None:
    """What the constructor was given can be asked for, as given."""
    with tfe.SummaryWriter(
        tmp_path, purge_step=5, max_queue=7, flush_secs=8, filename_suffix=".x"
    ) as writer:
        assert writer.log_dir is tmp_path
        assert writer.logdir is tmp_path
        assert (writer.log_dir / "x").parent == tmp_path
        assert writer.get_logdir() == str(tmp_path)
        found = writer.purge_step, writer.max_queue, writer.flush_secs, writer.filename_suffix
        assert found == (5, 7, 8, ".x")


def test_default_bins_are_torchs(tmp_path: Path) -> None:
    """The default bins are the edges that torch computes."""
    positive, edge = [], 1e-12
    while edge < 1e20:
        positive.append(edge)
        edge *= 1.1
    with tfe.SummaryWriter(tmp_path) as writer:
        assert writer.default_bins == [-edge for edge in positive[::-1]] + [0] + positive


def test_every_folder_has_a_file_writer(tmp_path: Path) -> None:
    """all_writers has the FileWriter of the run and of each sub-run, by folder."""
    with tfe.SummaryWriter(tmp_path) as writer:
        assert list(writer.all_writers) == [str(tmp_path)]
        writer.add_scalars("loss", {"train": 1.0}, 0)
        assert list(writer.all_writers) == [str(tmp_path), str(tmp_path / "loss_train")]
        for each in writer.all_writers.values():
            each.add_summary(tfe.summary.scalar("b", 2), 3)
            each.flush()
    for folder in (tmp_path, tmp_path / "loss_train"):
        assert [(e.step, e.summary.value[0].tag) for e in events_in(folder)][-1] == (3, "b")


def test_the_file_writer_within(tmp_path: Path) -> None:
    """The names that callbacks use for the file writer, its event writer and its file's path."""
    with tfe.SummaryWriter(tmp_path) as writer:
        file_writer = writer._get_file_writer()
        assert file_writer is writer.file_writer
        inner = file_writer.event_writer
        (path,) = tmp_path.iterdir()
        assert inner._file_name == inner._ev_writer._file_name == str(path)
        assert inner.get_logdir() == str(tmp_path)
        given = event_pb2.Event(step=2, summary=theirs())
        inner.add_event(given)
        inner.flush()
        with open(path, "rb") as file:
            *_, (_, payload) = tfe.tfrecord.scan(file)
    assert payload == given.SerializeToString()


@pytest.mark.parametrize("arguments", [{}, {"log_dir": ""}, {"logdir": ""}])
def test_no_folder_is_the_default_folder(
    arguments: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty name of a folder stands for the default one, for the global writer too."""
    monkeypatch.chdir(tmp_path)
    positional = [] if arguments else [""]
    kinds: list[Any] = [tfe.SummaryWriter, tfe.GlobalSummaryWriter]
    for kind in kinds:
        with kind(*positional, comment=kind.__name__, **arguments):
            pass
    assert sorted(path.name.rpartition("_")[2][-12:] for path in (tmp_path / "runs").iterdir()) == [
        *sorted(["ummaryWriter"] * 2)
    ]


def test_names_that_both_peers_have_for_an_onnx_model(tmp_path: Path) -> None:
    """add_onnx_graph takes tensorboardX's `onnx_model_file` and torch's `prototxt`."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for name in ("onnx_model_file", "prototxt"):
            with pytest.raises(FileNotFoundError):
                writer.add_onnx_graph(**{name: str(tmp_path / "missing.onnx")})


def test_after_close_there_is_no_file_writer(tmp_path: Path) -> None:
    """As in torch, `file_writer` is None after close(), and back with the next event or request."""
    writer = tfe.SummaryWriter(tmp_path)
    inner = writer.file_writer
    writer.close()
    assert writer.file_writer is None
    writer.add_scalar("a", 1, 1)
    assert writer.file_writer is inner
    writer.close()
    assert writer._get_file_writer() is inner
    writer._get_file_writer().add_summary(tfe.summary.scalar("a", 1), 2)
    writer.close()
    files = sorted(tmp_path.iterdir())
    assert [[e.step for e in list(read_events(file))[1:]] for file in files] == [[], [1], [2]]


# Messages of protobuf's.


def test_protobufs_messages_are_taken(tmp_path: Path) -> None:
    """Summaries and events of tensorboard's protos are written by each method that takes ours."""
    event = event_pb2.Event(summary=theirs("b"), step=5, wall_time=9.0)
    log = event_pb2.SessionLog(status=event_pb2.SessionLog.STOP, msg="end")
    with tfe.SummaryWriter(tmp_path, clock=lambda: 1.0) as writer:
        writer.add_summary(theirs("c"), 1)
        writer.add_session_log(log, 2)
        writer.file_writer.add_summary(theirs("a"), 3)
        writer.file_writer.add_event(event)
        writer.file_writer.add_session_log(log, 6)
        writer.add_summary(hparams_api.hparams_pb({"lr": 0.1}))
    found = events_in(tmp_path)
    assert [(e.step, e.wall_time) for e in found] == [
        (1, 1), (2, 1), (3, 1), (5, 9), (6, 1), (0, 1),
    ]  # fmt: skip
    assert [e.summary.value[0].tag for e in found if e.HasField("summary")][:3] == ["c", "a", "b"]
    assert found[1].session_log.msg == "end"
    # The user's own message stays as it is.
    assert event == event_pb2.Event(summary=theirs("b"), step=5, wall_time=9.0)


def test_an_event_keeps_its_own_time(tmp_path: Path) -> None:
    """add_event gives a time to an event that has none, and to others only the given one."""
    with tfe.FileWriter(tmp_path, clock=lambda: 1.0) as writer:
        writer.add_event(tfe.Event(step=1, wall_time=7.0))
        writer.add_event(tfe.Event(step=2))
        writer.add_event(tfe.Event(step=3, wall_time=7.0), 4, 8.0)
    assert [(e.step, e.wall_time) for e in events_in(tmp_path)] == [(1, 7), (2, 1), (4, 8)]


# TensorFlow 1.


class Graph:
    """What TensorFlow's Graph is, to a writer."""

    def as_graph_def(self) -> Any:
        from tensorboard.compat.proto import graph_pb2

        made = graph_pb2.GraphDef()
        made.node.add(name="k", op="Const")
        return made


@pytest.mark.parametrize(
    "make",
    [
        lambda folder, graph: tfe.FileWriter(folder, graph),
        lambda folder, graph: tfe.FileWriter(folder, graph, 10, 60),
        lambda folder, graph: tfe.FileWriter(folder, graph=graph),
        lambda folder, graph: tfe.FileWriter(folder, graph_def=graph.as_graph_def()),
        lambda folder, graph: tfe.FileWriter(folder, None, graph_def=graph.as_graph_def()),
        lambda folder, graph: tfe.FileWriter(folder, graph=graph, session=object()),
    ],
)
def test_the_graph_of_a_tensorflow_1_program_is_written(make: Any, tmp_path: Path) -> None:
    """FileWriter(logdir, sess.graph), by position or by name, begins with the graph."""
    graph = Graph()
    make(tmp_path, graph).close()
    (event,) = events_in(tmp_path)
    assert event.graph_def == graph.as_graph_def().SerializeToString()


def test_graphs_have_steps_as_in_tensorflow_1(tmp_path: Path) -> None:
    """add_graph(graph, global_step) and its names are TensorFlow 1's; torch's order works too."""
    graph = Graph()
    with tfe.FileWriter(tmp_path, 10, 120, "", clock=lambda: 1.0) as writer:
        writer.add_graph(graph, 3)
        writer.add_graph(graph, global_step=4)
        writer.add_graph(graph=graph)
        writer.add_graph(graph_def=graph.as_graph_def())
        writer.add_graph((graph.as_graph_def(), None), 5.0)
    found = [(e.step, e.wall_time) for e in events_in(tmp_path)]
    assert found == [(3, 1), (4, 1), (0, 1), (0, 1), (0, 5)]
    assert {e.graph_def for e in events_in(tmp_path)} == {graph.as_graph_def().SerializeToString()}


# One writer, one log.


def test_reopening_the_file_writer_reopens_the_writer(tmp_path: Path) -> None:
    """After file_writer.close() and reopen() all methods write to one new file of the run."""
    with tfe.SummaryWriter(tmp_path, reopens=False) as writer:
        writer.add_scalar("a", 1, 1)
        writer.add_scalars("b", {"x": 1}, 1)
        writer.file_writer.close()
        with pytest.raises(ValueError, match="is closed"):
            writer.add_scalar("a", 1, 2)
        writer.file_writer.reopen()
        writer.add_scalar("a", 2, 3)
        writer.add_scalars("b", {"x": 2}, 3)
        writer.file_writer.add_summary(tfe.summary.scalar("c", 3), 3)
        writer.file_writer.reopen()  # It is open.
    files = sorted(tmp_path.glob("*tfevents*"))
    assert [[e.step for e in list(read_events(file))[1:]] for file in files] == [[1], [3, 3]]
    assert len(list((tmp_path / "b_x").iterdir())) == 2


def test_defaults_hold_for_the_file_writer(tmp_path: Path) -> None:
    """Within use_metadata, what file_writer writes has its step and time, and the other way."""
    with tfe.SummaryWriter(tmp_path, clock=lambda: 1.0) as writer:
        with writer.use_metadata(global_step=7, walltime=2.0) as same:
            assert same is writer
            writer.file_writer.add_summary(tfe.summary.scalar("a", 1))
            writer.file_writer.add_event(tfe.Event(summary=tfe.summary.scalar("b", 1)))
        with writer.file_writer.use_metadata(global_step=9):
            writer.add_scalar("a", 1)
        writer.add_scalar("c", 1)
    assert [(e.step, e.wall_time) for e in events_in(tmp_path)] == [(7, 2), (7, 2), (9, 1), (0, 1)]


def test_a_pickled_writer_and_its_file_writer_are_one(tmp_path: Path) -> None:
    """A copy through pickle logs to a new file, the file writer within it to the same one."""

    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 1)
        with pickle.loads(pickle.dumps(writer)) as copy:
            copy.add_scalar("a", 1, 2)
            copy.file_writer.add_summary(tfe.summary.scalar("b", 1), 3)
            assert copy.file_writer is not writer.file_writer
    files = sorted(tmp_path.iterdir())
    assert [[e.step for e in list(read_events(file))[1:]] for file in files] == [[1], [2, 3]]


def test_the_writer_has_few_classes() -> None:
    """SummaryWriter can be read in one place."""
    assert len(tfe.SummaryWriter.__mro__) <= 3


def test_a_subclass_breaks_no_other_method(tmp_path: Path) -> None:
    """Whatever public method or attribute of ours a subclass redefines, the other ones work."""
    ours = tfe.SummaryWriter
    public = [name for name in vars(ours) if not name.startswith("__") and "__" not in name]
    attributes = ["log_dir", "logdir", "purge_step", "max_queue", "flush_secs", "filename_suffix"]
    private = ["_write", "_add", "_log", "_kinds", "_clock", "_last_steps", "_step_of", "_lock"]

    def broken(self: Any, *args: Any, **options: Any) -> Any:
        raise AssertionError("a method of the subclass was called")

    def use(writer: Any) -> None:
        ours.add_scalar(writer, "a", 1, 1)
        ours.add_scalar(writer, "b", 1, 1, new_style=True)
        ours.add_scalars(writer, "c", {"x": 1}, 1)
        ours.add_scalars(writer, "d", {"x": 1}, 1, layout="custom")
        ours.add_text(writer, "e", "words", 1)
        ours.add_hparams(writer, {"lr": 1}, {"m": 1})
        ours.add_hparams(writer, {"lr": 1}, {"m": 1})
        ours.add_custom_scalars_multilinechart(writer, ["a"])
        ours.add_summary(writer, tfe.summary.scalar("f", 1), 1)
        ours.add_embedding(writer, [[1.0, 2.0]])
        ours.add_graph(writer, [("x", "Op")])
        ours.flush(writer)
        ours.export_scalars_to_json(writer, tmp_path / "out.json")
        ours.close(writer)

    for name in (*public, *attributes, *private):
        kinds: list[dict[str, Any]] = [{name: broken}, {name: property(broken)}]
        for space in kinds:
            use(type("Mine", (ours,), space)(tmp_path / f"{name}{len(os.listdir(tmp_path))}"))
    # Attributes of its own, set before and after.

    class Mine(ours):  # type: ignore[valid-type, misc]
        def __init__(self, folder: Path) -> None:
            for name in private:
                setattr(self, name, 5)
            super().__init__(folder)
            for name in (*private, *attributes):
                setattr(self, name, 5)

    use(Mine(tmp_path / "mine"))


def test_a_subclass_that_closes_is_asked_to_close(tmp_path: Path) -> None:
    """A `with` block ends by the subclass's own close()."""
    closed = []

    class Mine(tfe.SummaryWriter):
        def close(self) -> None:
            closed.append(True)
            super().close()

    with Mine(tmp_path):
        pass
    assert closed == [True]


# Threads.


def in_threads(work: Any, count: int = 8) -> None:
    """Run work(number) in threads that begin at once; raise what any of them raises."""
    failed: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if failed:
        raise failed[0]


def test_charts_of_many_threads_are_all_there(tmp_path: Path) -> None:
    """Each add_custom_scalars counts, from however many threads."""
    from tfevents_lite.schema.plugins import Layout

    made: Any = tfe.SummaryWriter(tmp_path)
    with made as writer:
        in_threads(
            lambda number: [
                writer.add_custom_scalars({"all": {f"{number}-{call}": ["Multiline", ["a"]]}})
                for call in range(10)
            ]
        )
    last = events_in(tmp_path)[-1].summary.value[0].tensor.string_val[0]
    assert len(Layout.FromString(last).category[0].chart) == 80


def test_embeddings_of_many_threads_are_all_there(tmp_path: Path) -> None:
    """Each add_embedding is in the projector's configuration."""
    made: Any = tfe.SummaryWriter(tmp_path)
    with made as writer:
        in_threads(
            lambda number: [
                writer.add_embedding([[1.0, 2.0]], tag=f"{number}-{call}") for call in range(5)
            ]
        )
    assert (tmp_path / "projector_config.pbtxt").read_text().count("tensor_name") == 40


def test_exports_of_many_threads_have_each_point_once(tmp_path: Path) -> None:
    """Of exports at once, each point is in one."""
    import json

    with tfe.SummaryWriter(tmp_path / "run") as writer:
        for step in range(50):
            writer.add_scalars("loss", {"x": 1.0}, step)
        in_threads(lambda number: writer.export_scalars_to_json(tmp_path / f"{number}.json"))
    found = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    steps = [step for curves in found for points in curves.values() for _, step, _ in points]
    assert sorted(steps) == list(range(50))


def test_sessions_of_many_threads_are_all_there(tmp_path: Path) -> None:
    """Each add_session_log is written; of add_hparams one is the run's, others are sub-runs'."""
    made: Any = tfe.SummaryWriter(tmp_path, clock=lambda: 1.0)
    with made as writer:
        in_threads(
            lambda number: [
                writer.add_session_log(tfe.SessionLog(status=tfe.SessionLog.CHECKPOINT), number),
                writer.add_hparams({"lr": number}, {"m": 1}),
            ]
        )
    assert len([e for e in events_in(tmp_path) if e.HasField("session_log")]) == 8
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 7


# Records.


def test_records_are_written_to_a_path_or_a_file(tmp_path: Path) -> None:
    """RecordWriter takes a path, as tensorboardX's, or a binary file, as TensorBoard's."""
    framed = tfe.tfrecord.frame(b"abc") + tfe.tfrecord.frame(b"")
    with tfe.RecordWriter(tmp_path / "x") as writer:
        writer.write(b"abc")
        writer.write(b"")
        writer.flush()
        assert (tmp_path / "x").read_bytes() == framed
        assert not writer.closed
    assert writer.closed
    file = io.BytesIO()
    inner = tfe.RecordWriter(file)
    inner.write(b"abc")
    inner.write(bytearray())
    assert file.getvalue() == framed
    inner.close()
    assert file.closed


# Folders.


@pytest.mark.parametrize("make", [tfe.SummaryWriter, tfe.FileWriter, tfe.ScalarWriter])
@pytest.mark.parametrize("folder", ["s3://bucket/run", "gs://b", "abc+d://x", Path("s3://b/x")])
def test_other_places_are_no_folders(
    make: Any, folder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without fsspec the URL of another place says what is missing; no folder `s3:` is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    missing = r"needs fsspec: pip install|must be a folder of this machine, got '.*:/"
    with pytest.raises((ImportError, ValueError), match=missing):
        make(folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [tfe.SummaryWriter, tfe.FileWriter, tfe.ScalarWriter])
def test_a_file_url_is_a_folder(make: Any, tmp_path: Path) -> None:
    """`file://` and a path is that path."""
    with make((tmp_path / "a b").as_uri()):
        pass
    assert len(list((tmp_path / "a b").iterdir())) == 1


# Swaps.


def run_program(code: str, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, in which warnings are errors."""
    environment = {**os.environ, "PYTHONPATH": str(Path(tfe.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", code],
        env=environment, capture_output=True, text=True, **more,
    )  # fmt: skip


def test_the_package_in_the_place_of_tensorboardx(tmp_path: Path) -> None:
    """sys.modules["tensorboardX"] = tfevents_lite serves its modules and messages as well."""
    done = run_program(
        """
import sys, tfevents_lite
sys.modules["tensorboardX"] = tfevents_lite
import tensorboardX
from tensorboardX import SummaryWriter, FileWriter, RecordWriter, GlobalSummaryWriter
from tensorboardX.summary import scalar
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.proto import event_pb2
writer = SummaryWriter("run")
assert isinstance(writer, tensorboardX.SummaryWriter)
writer.file_writer.add_summary(scalar("a", 1.0), 1)
value = Summary.Value(tag="b", image=Summary.Image(height=1, width=1, encoded_image_string=b"x"))
writer._get_file_writer().add_summary(Summary(value=[value]), 2)
writer.file_writer.add_event(event_pb2.Event(step=3, summary=scalar("c", 1.0)))
writer.close()
""",
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert [e.summary.value[0].tag for e in events_in(tmp_path / "run")] == ["a", "b", "c"]


def test_the_class_in_the_place_of_torchs(tmp_path: Path) -> None:
    """A patched torch.utils.tensorboard.SummaryWriter is ours, to isinstance too."""
    done = run_program(
        """
import sys, types
torch = types.ModuleType("torch.utils.tensorboard")
class SummaryWriter: pass
theirs = torch.SummaryWriter = SummaryWriter
sys.modules["torch.utils.tensorboard"] = torch
import tfevents_lite
torch.SummaryWriter = tfevents_lite.SummaryWriter
writer = sys.modules["torch.utils.tensorboard"].SummaryWriter("run")
assert isinstance(writer, torch.SummaryWriter) and not isinstance(writer, theirs)
writer.add_scalar("a", 1, 1)
writer.close()
""",
        cwd=tmp_path,
    )
    assert done.stderr == ""


def test_names_of_tensorflows_summary(tmp_path: Path) -> None:
    """tf.summary.FileWriter is there; TensorFlow 2's functions say in one line what to import."""
    tfe.summary.FileWriter(tmp_path).close()
    assert tfe.summary.FileWriter is tfe.FileWriter
    for name in ("create_file_writer", "record_if", "experimental", "should_record_summaries"):
        with pytest.raises(AttributeError, match=f"{name}: from tfevents_lite import v2") as caught:
            getattr(tfe.summary, name)
        assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match="from tfevents_lite import v2"):
        tfe.summary.scalar("a", 1.0, step=1)  # type: ignore[call-arg]


def test_arguments_of_tensorflow_1s_functions() -> None:
    """Functions of `summary` take `family`, and `max_outputs` of a batch of images or sounds."""
    make: Any = tfe.summary
    assert make.scalar("a", 1.0, family="f") == tfe.summary.scalar("f/f/a", 1.0)
    assert make.histogram("h", [1.0], family="f").value[0].tag == "f/f/h"
    pictures = np.zeros((5, 2, 3, 1), np.uint8)
    made = make.image("i", pictures, max_outputs=2)
    assert [(v.tag, v.image.width) for v in made.value] == [("i/image/0", 3), ("i/image/1", 3)]
    assert [v.tag for v in make.image("i", pictures, max_outputs=1).value] == ["i/image"]
    sounds = np.zeros((2, 80, 1))
    assert [v.tag for v in make.audio("s", sounds, 8000, max_outputs=3).value] == [
        "s/audio/0", "s/audio/1",
    ]  # fmt: skip


# Life.


def test_the_first_text_and_image_at_exit(tmp_path: Path) -> None:
    """What a `__del__` logs while the interpreter exits is written, whatever was used before."""
    done = run_program(
        """
import numpy, tfevents_lite
class Model:
    def __init__(self):
        self.writer = tfevents_lite.SummaryWriter("run")
        self.writer.add_scalar("a", 1, 0)
    def __del__(self):
        self.writer.add_text("text", "words", 1)
        self.writer.add_image("image", numpy.zeros((1, 2, 2)), 2)
        self.writer.add_image("list", [[[0, 1], [1, 0]]], 2)
        self.writer.add_histogram("histogram", numpy.arange(5.0), 3)
        self.writer.add_scalar("a", 1, -1)
        self.writer.close()
model = Model()
""",
        cwd=tmp_path,
    )
    assert "UserWarning: step -1 of 'a'" in done.stderr
    assert done.stderr.count("Traceback") == 1
    assert [e.summary.value[0].tag for e in events_in(tmp_path / "run")] == [
        "a", "text/text_summary", "image", "list", "histogram",
    ]  # fmt: skip


def test_the_first_array_at_exit_without_numpy_before(tmp_path: Path) -> None:
    """A list of pixels that a `__del__` logs at exit is written where NumPy was not needed yet."""
    code = """
import sys, atexit
atexit.register(lambda: print("numpy" in sys.modules))
import tfevents_lite
class Model:
    def __init__(self):
        self.writer = tfevents_lite.SummaryWriter("run")
    def __del__(self):
        self.writer.add_image("image", [[[0, 1], [1, 0]]], 1)
        self.writer.close()
model = Model()
"""
    assert run_program(code, cwd=tmp_path).stderr == ""
    assert [e.summary.value[0].tag for e in events_in(tmp_path / "run")] == ["image"]
    # NumPy is left alone where nothing has a `__del__`.
    code = code.replace("__del__", "end").replace('"run"', '"other"')
    assert run_program(code, cwd=tmp_path).stdout == "False\n"


def test_closing_after_hyperparameters_at_exit(tmp_path: Path) -> None:
    """close() in a `__del__` at exit ends the session that add_hparams began."""
    done = run_program(
        """
import tfevents_lite
class Model:
    def __init__(self):
        self.writer = tfevents_lite.SummaryWriter("run")
        self.writer.add_hparams({"lr": 1}, {"m": 1})
    def __del__(self):
        self.writer.close()
model = Model()
""",
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert events_in(tmp_path / "run")[-1].summary.value[0].tag == "_hparams_/session_end_info"


def test_an_earlier_runs_files_are_warned_of_once(tmp_path: Path) -> None:
    """A folder with files of an earlier process is warned of, one's own are not."""
    code = """
import warnings
from tfevents_lite import FileWriter, SummaryWriter
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    for make in (SummaryWriter, SummaryWriter, FileWriter):
        make("run").close()
    print(len(found), [str(each.message) for each in found][:1])
    del found[:]
    SummaryWriter("run", resume=True).close()
    SummaryWriter("run", purge_step=1).close()
    SummaryWriter("run", write_to_disk=False).close()
    SummaryWriter("other").close()
    print(len(found))
"""
    assert run_program(code, cwd=tmp_path).stdout == "0 []\n0\n"
    second = run_program(code, cwd=tmp_path).stdout.splitlines()
    assert second[0].startswith("1 [")
    assert "resume=True" in second[0]
    assert "new folder" in second[0]
    assert second[1] == "1"  # Of the other folder.


def test_a_second_open_writer_of_a_folder_is_warned_of_once(tmp_path: Path) -> None:
    """Two open writers in one folder are warned of; sub-runs and closed writers are not."""
    code = """
import warnings
from tfevents_lite import FileWriter, GlobalSummaryWriter, SummaryWriter, v2
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    first = SummaryWriter("run")
    first.add_scalars("loss", {"a": 1.0, "b": 2.0}, 1)
    first.add_hparams({"lr": 1}, {}, run_name="trial")
    first.all_writers, first._get_file_writer()
    others = [SummaryWriter(f"run/{name}") for name in ("loss_a", "trial", "c")]
    others += [GlobalSummaryWriter("global"), v2.create_file_writer("v2")]
    others.append(SummaryWriter("run", write_to_disk=False))
    others.append(SummaryWriter("run", resume=True))
    others.append(SummaryWriter("nowhere", write_to_disk=False))
    others.append(SummaryWriter("nowhere"))
    first.close()
    others[-3].close()
    second = SummaryWriter("run")
    print(len(found))
    third = FileWriter("./run/"), SummaryWriter("run"), v2.create_file_writer("run")
    print(*[each.message for each in found], sep="|")
"""
    done = run_program(code, cwd=tmp_path).stdout.splitlines()
    assert done[0] == "0"
    assert done[1].count("|") == 0
    assert "has another writer that is open" in done[1]
    assert "Close that writer first, or use a new folder" in done[1]


def test_a_folder_given_by_two_names_is_given_once(tmp_path: Path) -> None:
    """`log_dir` and `logdir` may agree; two folders are an error that names both."""
    with pytest.raises(TypeError, match="names of one argument: got 'a' and 'b'"):
        tfe.SummaryWriter("a", logdir="b")
    tfe.SummaryWriter(tmp_path, logdir=str(tmp_path)).close()
    assert len(list(tmp_path.iterdir())) == 1


def test_queue_and_interval_are_numbers(tmp_path: Path) -> None:
    """`max_queue` and `flush_secs` may be any number, and nothing else."""
    with tfe.SummaryWriter(tmp_path / "a", max_queue=0, flush_secs=np.float32(0.5)) as writer:
        assert writer.flush_secs == 0.5
    bad: Any = "soon"
    for make in (tfe.SummaryWriter, tfe.FileWriter):
        for name in ("max_queue", "flush_secs"):
            with pytest.raises(TypeError, match=f"{name} must be a number, got 'soon'"):
                make(tmp_path / "b", **{name: bad})
    assert not (tmp_path / "b").exists()


def test_the_first_image_in_a_generators_end_at_exit(tmp_path: Path) -> None:
    """An image that needs an import while the interpreter exits raises an error of one line."""
    code = """
import builtins, tfevents_lite
writer = tfevents_lite.SummaryWriter("run")
def log():
    try:
        yield
    finally:
        try:
            writer.add_image("image", [[0.5]], dataformats="HW")
        except RuntimeError as error:
            print(error)
builtins.kept = log()
next(builtins.kept)
"""
    assert run_program(code, cwd=tmp_path).stdout == (
        "the first image can't be logged while the interpreter exits, as nothing can be imported "
        "any more: log one earlier\n"
    )


def test_what_is_no_number_is_refused_as_by_the_peers(tmp_path: Path) -> None:
    """Callbacks skip what is no number by torch's NotImplementedError; it is a TypeError too."""
    with tfe.SummaryWriter(tmp_path) as writer:
        values: list[Any] = [None, {}, "3", [1, 2]]
        for value in values:
            for error in (NotImplementedError, TypeError):
                with pytest.raises(error, match="value of 'a' must be"):
                    writer.add_scalar("a", value, 1)
