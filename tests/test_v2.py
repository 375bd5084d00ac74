"""`v2` against TensorFlow's documentation: who is written to, when, at which step, and what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite import v2 as summary
from tfevents_lite.v2 import experimental

from .oracles.tensorboard import TensorBoardServer

# The signatures of TensorFlow 2.21, as inspect gives them.
SIGNATURES = {
    "audio": "(name, data, sample_rate, step=None, max_outputs=3, encoding=None, description=None)",
    "create_file_writer": "(logdir, max_queue=None, flush_millis=None, filename_suffix=None, "
    "name=None, experimental_trackable=False, experimental_mesh=None)",
    "create_noop_writer": "()",
    "flush": "(writer=None, name=None)",
    "graph": "(graph_data)",
    "histogram": "(name, data, step=None, buckets=None, description=None)",
    "image": "(name, data, step=None, max_outputs=3, description=None)",
    "record_if": "(condition)",
    "scalar": "(name, data, step=None, description=None)",
    "should_record_summaries": "()",
    "text": "(name, data, step=None, description=None)",
    "write": "(tag, tensor, step=None, metadata=None, name=None)",
    "experimental.get_step": "()",
    "experimental.set_step": "(step)",
    "experimental.summary_scope": "(name, default_name='summary', values=None)",
    "experimental.write_raw_pb": "(tensor, step=None, name=None)",
    "SummaryWriter.as_default": "(self, step=None)",
    "SummaryWriter.set_as_default": "(self, step=None)",
    "SummaryWriter.flush": "(self)",
    "SummaryWriter.close": "(self)",
    "SummaryWriter.init": "(self)",
}


@pytest.fixture(autouse=True)
def _as_at_the_start() -> Iterator[None]:
    """The state is the thread's: what a test leaves in it must not reach the next one."""
    yield
    summary._state.__dict__.clear()


def events_of(folder: Path) -> list[tfe.Event]:
    (path,) = folder.iterdir()
    return [event for event in tfe.read_events(path) if event.HasField("summary")]


def points_of(folder: Path) -> list[tuple[str, int]]:
    return [(value.tag, event.step) for event in events_of(folder) for value in event.summary.value]


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_tensorflows(name: str) -> None:
    """Names, order and defaults of arguments are those of tf.summary."""
    import inspect

    function: Any = summary
    for part in name.split("."):
        function = getattr(function, part)
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


def test_only_the_default_writer_is_written_to(tmp_path: Path) -> None:
    """Within `as_default` it is that writer, nested ones included; without one, nothing happens."""
    outer, inner = (summary.create_file_writer(tmp_path / name) for name in ("outer", "inner"))
    assert summary.scalar("before", 1, step=1) is False
    with outer.as_default():
        assert summary.scalar("a", 1, step=1) is True
        with inner.as_default():
            assert summary.scalar("b", 2, step=2) is True
        assert summary.scalar("c", 3, step=3) is True
    assert summary.scalar("behind", 4, step=4) is False
    assert points_of(tmp_path / "outer") == [("a", 1), ("c", 3)]
    assert points_of(tmp_path / "inner") == [("b", 2)]
    assert next((tmp_path / "outer").iterdir()).name.endswith(".v2")


def test_the_step_is_given_or_set(tmp_path: Path) -> None:
    """A given step goes before a set one; without either, ValueError names the tag."""
    with summary.create_file_writer(tmp_path).as_default():
        with pytest.raises(ValueError, match=r"step of 'a' must be given"):
            summary.scalar("a", 1)
        experimental.set_step(np.int64(7))
        assert experimental.get_step() == 7
        summary.scalar("a", 1)
        summary.scalar("a", 2, step=8)
    assert points_of(tmp_path) == [("a", 7), ("a", 8)]


def test_as_default_can_set_the_step(tmp_path: Path) -> None:
    """The step of `as_default` holds within its block alone."""
    with summary.create_file_writer(tmp_path).as_default(step=3):
        summary.scalar("a", 1)
    assert experimental.get_step() is None
    assert points_of(tmp_path) == [("a", 3)]


def test_record_if(tmp_path: Path) -> None:
    """A condition, or what a callable returns at each call, says whether to write."""
    assert summary.should_record_summaries() is False
    with summary.create_file_writer(tmp_path).as_default():
        assert summary.should_record_summaries() is True
        with summary.record_if(False):
            assert summary.should_record_summaries() is False
            assert summary.scalar("no", 1, step=1) is False
            assert summary.scalar("no", 1) is False, "a step is asked for only to write"
        with summary.record_if(lambda: experimental.get_step() % 2 == 0):
            for step in range(5):
                experimental.set_step(step)
                assert summary.scalar("even", step) is (step % 2 == 0)
    assert points_of(tmp_path) == [("even", 0), ("even", 2), ("even", 4)]


def test_scopes_stand_before_names(tmp_path: Path) -> None:
    """Within a scope, and a scope in a scope, a tag begins with their names."""
    with summary.create_file_writer(tmp_path).as_default(step=1):
        with experimental.summary_scope("net") as (tag, scope):
            assert (tag, scope) == ("net", "net/")
            with experimental.summary_scope(None, "layer"):
                summary.scalar("x", 1)
        summary.scalar("x", 1)
    assert points_of(tmp_path) == [("net/layer/x", 1), ("x", 1)]


def test_threads_have_a_default_writer_each(tmp_path: Path) -> None:
    """A writer set in one thread is none of another's business."""
    results: list[bool] = []
    summary.create_file_writer(tmp_path).set_as_default(step=1)
    thread = threading.Thread(target=lambda: results.append(summary.scalar("a", 1)))
    thread.start()
    thread.join()
    assert results == [False]
    assert summary.scalar("b", 1) is True
    assert points_of(tmp_path) == [("b", 1)]


def test_a_noop_writer_writes_nothing(tmp_path: Path) -> None:
    """Everything can be called, and nothing is recorded."""
    writer = summary.create_noop_writer()
    writer.init()
    with writer.as_default(step=1):
        assert summary.scalar("a", 1) is False
        assert summary.graph([("a",)]) is False
        summary.flush()
    writer.close()


def test_every_kind_is_served(tensorboard: TensorBoardServer) -> None:
    """What each function logs is in TensorBoard as it went in, with its description."""
    random = np.random.default_rng(8)
    pictures = random.integers(0, 256, (5, 30, 40, 3), np.uint8)
    folder = tensorboard.new_run("v2")
    with summary.create_file_writer(folder).as_default(step=2):
        summary.scalar("scalar", 0.25, description="*s*")
        summary.image("image", pictures, max_outputs=2, description="*i*")
        summary.histogram("histogram", [1.0, 2.0, 2.0, 4.0], buckets=3, description="*h*")
        summary.text("text", "**bold**", description="*t*")
        tone = np.sin(np.arange(4000) / 9).reshape(2, -1, 1)
        summary.audio("audio", tone, 8000, max_outputs=1, description="*a*")
        summary.write("tensor", [[1, 2]], metadata=tfe.SummaryMetadata(display_name="shown"))
        summary.write("lazily", lambda: np.float32(3))
        summary.graph([("x", "Placeholder")])
        raw = tfe.summary.scalar("raw", 4).SerializeToString()
        experimental.write_raw_pb(raw)
    tensorboard.reload()
    run = folder.name
    assert [(p.step, p.value) for p in tensorboard.scalars(run, "scalar")] == [(2, 0.25)]
    assert [(p.step, p.value) for p in tensorboard.scalars(run, "raw")] == [(2, 4)]
    served = tensorboard.images(run, "image")
    assert [image.step for image in served] == [2, 2]
    for image, picture in zip(served, pictures):
        np.testing.assert_array_equal(image.pixels(), picture)
    (point,) = tensorboard.histograms(run, "histogram")
    assert point.buckets == [(1.0, 2.0, 1.0), (2.0, 3.0, 2.0), (3.0, 4.0, 1.0)]
    assert [(p.step, p.html) for p in tensorboard.text(run, "text")] == [
        (2, "<p><strong>bold</strong></p>")
    ]
    (clip,) = tensorboard.audio(run, "audio")
    assert clip.content_type == "audio/wav"
    assert 'op: "Placeholder"' in tensorboard.graph(run)
    for plugin in ("scalars", "images", "histograms", "audio"):
        (entry,) = [
            entry for tag, entry in tensorboard.tags(plugin)[run].items() if tag + "s" in plugin
        ] or [tensorboard.tags(plugin)[run][plugin]]
        assert "<em>" in entry["description"], plugin
    tensors = {v.tag: v for event in events_of(folder) for v in event.summary.value}
    assert tensors["tensor"].metadata.display_name == "shown"
    assert [dim.size for dim in tensors["tensor"].tensor.tensor_shape.dim] == [1, 2]
    assert tensors["lazily"].tensor.tensor_content == np.float32(3).tobytes()


def test_wrong_encodings_are_refused() -> None:
    """Sound is WAV."""
    with pytest.raises(ValueError, match="encoding of 'a' must be 'wav' or None, got 'mp3'"):
        summary.audio("a", [[0.0]], 8000, encoding="mp3")


def test_a_closed_writer_takes_nothing(tmp_path: Path) -> None:
    """What is logged behind close() is refused, as by TensorFlow; `repr` says that it is closed."""
    writer = summary.create_file_writer(str(tmp_path))
    assert ": 1 event, " in repr(writer)
    writer.close()
    assert "closed" in repr(writer)
    for use in (writer.as_default, writer.set_as_default):
        with pytest.raises(RuntimeError, match="is closed"):
            use()
    writer = summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        writer.close()
        with pytest.raises(ValueError, match="is closed"):
            summary.scalar("loss", 1, 1)
    assert repr(summary.create_noop_writer()) == "<SummaryWriter of nothing>"


def test_a_step_that_was_set_outlives_the_block(tmp_path: Path) -> None:
    """set_step within `as_default` holds after it, unless the block had a step of its own."""
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default():
        experimental.set_step(7)
    assert experimental.get_step() == 7
    with writer.as_default(step=9):
        experimental.set_step(10)
    assert experimental.get_step() == 7


def test_as_default_can_be_entered_again(tmp_path: Path) -> None:
    """What as_default gives can be entered within itself and again, and need not be kept."""
    writer = summary.create_file_writer(tmp_path)
    block = writer.as_default()
    with block:
        with block:
            assert summary.scalar("a", 1, step=1)
        assert summary.scalar("a", 1, step=2)
    assert not summary.scalar("a", 1, step=3)
    with block:
        assert summary.scalar("a", 1, step=4)
    writer.as_default().__enter__()
    assert summary.scalar("a", 1, step=5)
    assert points_of(tmp_path) == [("a", 1), ("a", 2), ("a", 4), ("a", 5)]


def test_a_noop_writer_is_transparent(tmp_path: Path) -> None:
    """Within its block, and after set_as_default, the default writer is the one before."""
    with summary.create_file_writer(tmp_path).as_default(step=1):
        noop = summary.create_noop_writer()
        noop.set_as_default(step=5)
        with noop.as_default(step=6):
            assert summary.scalar("a", 1)
    assert points_of(tmp_path) == [("a", 1)]


def test_write_takes_its_tag_verbatim(tmp_path: Path) -> None:
    """Within a scope, whose tag Keras passes, the tag has the scope's name once."""
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=1), experimental.summary_scope("keras") as (tag, _):
        summary.write(tag, "config", metadata=tfe.SummaryMetadata(display_name="k"))
    assert points_of(tmp_path) == [("keras", 1)]


class EagerTensor:
    """Like TensorFlow's, of strings."""

    _id = 1

    def __init__(self, value: Any) -> None:
        self.value = value

    def numpy(self) -> Any:
        return self.value


def test_tensors_of_strings_are_text(tmp_path: Path) -> None:
    """Tensors of strings, of rank 0 and 2, are taken by text, write and write_raw_pb."""
    table = np.array([[b"a", b"b"]], object)
    with summary.create_file_writer(tmp_path).as_default(step=1):
        assert summary.text("word", EagerTensor(b"x"))
        assert summary.text("table", EagerTensor(table))
        assert summary.write("tensor", EagerTensor(table))
        assert experimental.write_raw_pb(
            EagerTensor(tfe.summary.scalar("raw", 1).SerializeToString())
        )
    values = [event.summary.value[0] for event in events_of(tmp_path)]
    assert [list(value.tensor.string_val) for value in values[:3]] == [
        [b"x"], [b"a", b"b"], [b"a", b"b"],
    ]  # fmt: skip
    assert values[3].simple_value == 1


def test_no_images_and_no_buckets(tmp_path: Path) -> None:
    """An empty batch of images, and a histogram of no buckets, are written."""
    with summary.create_file_writer(tmp_path).as_default(step=1):
        assert summary.image("none", np.zeros((0, 4, 6, 3)))
        assert summary.image("none of two", np.zeros((2, 4, 6, 3)), max_outputs=0)
        assert summary.histogram("histogram", [1.0, 2.0], buckets=0)
    images, cut, histogram = [event.summary.value[0].tensor for event in events_of(tmp_path)]
    assert list(images.string_val) == list(cut.string_val) == [b"6", b"4"]
    assert [dim.size for dim in histogram.tensor_shape.dim] == [0, 3]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (lambda: summary.image("a", np.zeros((2, 4, 4, 3)), max_outputs=-1), ">= 0"),
        (lambda: summary.audio("a", np.zeros((2, 4, 1)), 8000, max_outputs=-1), ">= 0"),
        (lambda: summary.audio("a", np.zeros((4, 1)), 8000), "must have rank 3"),
        (lambda: summary.image("a", np.zeros((4, 4, 3))), "must have rank 4"),
        (lambda: summary.audio("a", np.zeros((1, 4, 1)), 8, encoding="mp3"), "Unknown encoding"),
        (lambda: summary.scalar("a", np.zeros(3)), r"Expected scalar shape: .*\(3,\)"),
        (lambda: summary.scalar("a", np.array("113")), "Cast string to float"),
        (lambda: summary.text("a", [1, 2]), "must be of type string"),
        (lambda: summary.flush(writer=()), "writer must be"),  # type: ignore[arg-type]
        (lambda: summary.scalar("a", 1, step=2.5), "step of 'a' must be an integer"),
        (lambda: summary.scalar("a", 1, step=2.0), "step of 'a' must be an integer"),
        (lambda: summary.scalar("a", 1, step="2"), "step of 'a' must be an integer"),
    ],
)
def test_what_tensorflow_refuses_is_refused(log: Any, message: str, tmp_path: Path) -> None:
    """Wrong ranks, steps, outputs and writers raise, in TensorFlow's words, and write nothing."""
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=1), pytest.raises((TypeError, ValueError), match=message):
        log()
    assert points_of(tmp_path) == []


def test_the_fast_path_writes_the_general_ones_bytes(tmp_path: Path) -> None:
    """A scalar without a description has the bytes that summary.scalar makes in the new style."""
    with summary.create_file_writer(tmp_path).as_default():
        for step, value in enumerate([0.5, 1e300, -2, np.float32(3)]):
            summary.scalar("tag" * 60, value, step)
            summary.scalar("", value, step)
    made = [
        tfe.summary.scalar(tag, value, new_style=True)
        for value in (0.5, 1e300, -2, 3)
        for tag in ("tag" * 60, "")
    ]
    assert [event.summary for event in events_of(tmp_path)] == made
