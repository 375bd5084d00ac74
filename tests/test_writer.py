"""SummaryWriter's arguments, steps, times and scalars."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfevents_lite as tfe
from tfevents_lite import tfrecord
from tfevents_lite.records.scalar_record import scalar_event, scalar_record


def file_of(writer: tfe.SummaryWriter) -> Path:
    """The one file that a writer has made."""
    (file,) = Path(writer.log_dir).iterdir()
    return file


def events_of(writer: tfe.SummaryWriter) -> list[tfe.Event]:
    """What a writer has written, without the file's first record."""
    return list(tfe.read_events(file_of(writer)))[1:]


@given(
    st.text(max_size=200),
    st.floats(width=32) | st.sampled_from([0.0, -0.0, 1e300, -1e300, math.inf]),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_the_fast_path_writes_the_general_ones_bytes(
    tag: str, value: float, step: int, wall_time: float
) -> None:
    """scalar_event and scalar_record give the bytes of the Event that the generic encoder makes."""
    if wall_time == 0:
        wall_time = 0.0  # The general encoder keeps -0.0's sign, which says nothing in a time.
    event = tfe.Event(wall_time=wall_time, step=step, summary=tfe.summary.scalar(tag, value))
    assert scalar_event(tag, value, step, wall_time) == event.SerializeToString()
    for later in (0, 0, 1, 127, -1, 1 << 21, 0):  # The first time a tag is met, and then.
        if not 0 <= step + later < 1 << 63:
            continue
        event.step = step + later
        if 1e39 < abs(value) < math.inf:
            with pytest.raises(OverflowError):
                scalar_record(tag, value, step + later, wall_time)
        else:
            record = scalar_record(tag, value, step + later, wall_time)
            assert record == tfrecord.frame(event.SerializeToString())


@pytest.mark.parametrize(
    "value",
    [3, 3.0, np.float32(3), np.int8(3), np.array(3.0), np.array([[3]]), Decimal(3), Fraction(3)],
    ids=repr,
)
def test_any_number_is_a_scalar(value: Any, tmp_path: Path) -> None:
    """Python's and NumPy's numbers, and arrays of one element, are scalars."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", value, 1)
    (event,) = events_of(writer)
    assert event.summary == tfe.Summary(value=[tfe.Summary.Value(tag="a", simple_value=3)])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("3", "value of 'a' must be a number, got '3'"),
        (None, "value of 'a' must be one number, got None"),
        (np.zeros(3), "value of 'a' must be one number, got shape (3,)"),
        ([1.0, 2.0], "value of 'a' must be one number, got [1.0, 2.0]"),
        (1j, "value of 'a' must be one number, got 1j"),
        (10**400, "value of 'a' is beyond a double's range"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_number_is_refused(value: Any, message: str, tmp_path: Path) -> None:
    """A value that is not one number raises, naming the tag, and nothing is written."""
    with tfe.SummaryWriter(tmp_path) as writer, pytest.raises((TypeError, ValueError)) as caught:
        writer.add_scalar("a", value, 1)
    assert message in str(caught.value)
    assert events_of(writer) == []


@pytest.mark.parametrize("value", [None, {"a": 1}, "3"], ids=repr)
@pytest.mark.parametrize("expected", [TypeError, NotImplementedError])
def test_loggers_may_skip_what_is_no_number(
    expected: type[Exception], value: Any, tmp_path: Path
) -> None:
    """The error is a NotImplementedError, as torch's and tensorboardX's, and a TypeError."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(expected):
            writer.add_scalar("a", value, 1)
        with pytest.raises(expected):
            writer.add_scalar("a", value, 1, new_style=True)
        with pytest.raises(expected):
            writer.add_scalars("a", {"b": value}, 1)
    assert events_of(writer) == []


@pytest.mark.parametrize("step", [5, np.int64(5), np.array(5), np.array([5])], ids=repr)
def test_any_integer_is_a_step(step: Any, tmp_path: Path) -> None:
    """Python's and NumPy's integers are steps; none given is step 0."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, step)
        writer.image_summary("b", [[[1]]], step)
        writer.add_scalar("c", 1)
    assert [event.step for event in events_of(writer)] == [5, 5, 0]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("one", "global_step of 'a' must be an integer, got 'one'"),
        (math.nan, "global_step of 'a' must be an integer, got nan"),
        (math.inf, "global_step of 'a' must be an integer, got inf"),
        (1j, "global_step of 'a' must be an integer, got 1j"),
        (np.array([1, 2]), "global_step of 'a' must be an integer"),
        (2**63, "global_step of 'a' must be within 64 bits, got 9223372036854775808"),
        (-(2**63) - 1, "global_step of 'a' must be within 64 bits"),
    ],
    ids=repr,
)
def test_what_is_no_step_is_refused(step: Any, message: str, tmp_path: Path) -> None:
    """A step that is no integer of 64 bits raises, naming the tag."""
    with tfe.SummaryWriter(tmp_path) as writer, pytest.raises((TypeError, ValueError)) as caught:
        writer.add_scalar("a", 1, step)
    assert message in str(caught.value)
    assert events_of(writer) == []


@pytest.mark.parametrize(
    "walltime", [math.nan, math.inf, "now", 10**400], ids=lambda t: repr(t)[:9]
)
def test_a_time_that_is_none_is_refused(walltime: Any, tmp_path: Path) -> None:
    """A time that would stop TensorBoard's loader is refused, by every method."""
    with tfe.SummaryWriter(tmp_path) as writer:
        logs: list[Callable[[], None]] = [
            lambda: writer.add_scalar("a", 1, 1, walltime),
            lambda: writer.add_image("a", np.zeros((1, 2, 2)), 1, walltime),
            lambda: writer.file_writer.add_event(tfe.Event(), 1, walltime),
        ]
        for log in logs:
            with pytest.raises((TypeError, ValueError), match="walltime must be"):
                log()
    assert events_of(writer) == []


@pytest.mark.parametrize("tag", [3, b"a", ["a"], "\udfff"], ids=repr)
def test_what_is_no_tag_is_refused(tag: Any, tmp_path: Path) -> None:
    """A tag that is no valid Unicode string raises, naming the argument."""
    with tfe.SummaryWriter(tmp_path) as writer:
        logs: list[Callable[[], None]] = [
            lambda: writer.add_scalar(tag, 1.0, 1),
            lambda: writer.add_image(tag, np.zeros((1, 2, 2)), 1),
            lambda: writer.image_summary(tag, [[[1]]], 1),
        ]
        for log in logs:
            with pytest.raises((TypeError, ValueError), match=r"[Tt]ag must be"):
                log()
    assert events_of(writer) == []


def test_images_of_add_image_and_add_images(tmp_path: Path) -> None:
    """add_image takes any order of axes, add_images makes a grid of eight a row."""
    import io

    from PIL import Image

    image = np.random.default_rng(0).integers(0, 256, (3, 5, 7)).astype(np.uint8)
    many = np.random.default_rng(1).random((10, 1, 5, 7))
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_image("CHW", image)
        writer.add_image("HWC", image.transpose(1, 2, 0), dataformats="HWC")
        writer.add_image("WCH", image.transpose(2, 0, 1), dataformats="wch")
        writer.add_image("HW", image[0], dataformats="HW")
        writer.add_image("float", image / 255, 0, None, "CHW")
        writer.add_images("grid", many)
    values = [event.summary.value[0] for event in events_of(writer)]
    pixels = [
        np.asarray(Image.open(io.BytesIO(v.image.encoded_image_string)).convert(mode))
        for v, mode in zip(values, ["RGB", "RGB", "RGB", "L", "RGB", "L"])
    ]
    expected = image.transpose(1, 2, 0)
    for value, found in zip(values[:5], pixels):
        np.testing.assert_array_equal(found, image[0] if value.tag == "HW" else expected)
    assert pixels[5].shape == (10, 56)
    np.testing.assert_array_equal(pixels[5][5:, 7:14], np.floor(many[9, 0] * 255 + 0.5))
    assert not pixels[5][5:, 14:].any()


@pytest.mark.parametrize(
    ("shape", "dataformats", "message"),
    [
        ((3, 4), "CHW", "its shape is 3×4; with dataformats='CHW' it must have 3 axes"),
        ((3, 4, 5), "CHX", "dataformats must have the letters HWC, got 'CHX'"),
        ((5, 4, 5), "CHW", "its axis C with dataformats='CHW' is 5; it must be 1 to 4"),
        ((3, 0, 5), "CHW", "which has no pixels"),
    ],
)
def test_bad_dataformats(shape: Any, dataformats: str, message: str, tmp_path: Path) -> None:
    """A shape that dataformats does not fit raises, naming the tag and both."""
    with tfe.SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match="'a'") as caught:
        writer.add_image("a", np.zeros(shape), dataformats=dataformats)
    assert message.replace(" with", " in") in str(caught.value).replace(" with", " in")


def test_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder it is runs/DATE_TIME_HOST and the comment, as torch's."""
    monkeypatch.chdir(tmp_path)
    with tfe.SummaryWriter(comment="_x", clock=lambda: 86400.0 * 365, hostname="board") as writer:
        assert writer.get_logdir() == writer.log_dir
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("_board_x")
    assert Path(writer.log_dir) == Path("runs", folder.name)


def test_logdir_is_log_dir(tmp_path: Path) -> None:
    """tensorboardX's spelling of the folder is taken as well."""
    with tfe.SummaryWriter(logdir=tmp_path / "a", filename_suffix=".x") as writer:
        assert writer.log_dir == writer.logdir == tmp_path / "a"
    assert file_of(writer).name.endswith(".x")


def test_repr_tells_where_and_how_much(tmp_path: Path) -> None:
    """A writer shows its file, and what has been written to it."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1)
        size = file_of(writer).stat().st_size
        assert repr(writer).startswith("<SummaryWriter of '")
        assert f"2 events, {size} bytes" in repr(writer)
    assert "closed" in repr(writer)


def test_first_record(tmp_path: Path) -> None:
    """A file begins with the version that TensorBoard expects and the name of its writer."""
    with tfe.SummaryWriter(tmp_path, clock=lambda: 3.0) as writer:
        pass
    (event,) = tfe.read_events(file_of(writer))
    assert event.file_version == "brain.Event:2"
    assert event.source_metadata.writer == "tfevents-lite"
    assert event.wall_time == 3.0
    data = file_of(writer).read_bytes()
    assert struct.unpack("<Q", data[:8])[0] == len(event.SerializeToString())


def test_purge_step_hides_what_is_repeated(tmp_path: Path, tensorboard: Any) -> None:
    """After a restart with purge_step, TensorBoard shows the new points from that step on."""
    run = tensorboard.new_run()
    with tfe.SummaryWriter(run) as writer:
        for step in range(5):
            writer.add_scalar("a", 1.0, step)
    with tfe.SummaryWriter(run, purge_step=3) as writer:
        for step in range(3, 6):
            writer.add_scalar("a", 2.0, step)
    tensorboard.reload()
    points = tensorboard.scalars(run.name, "a")
    assert [(p.step, p.value) for p in points] == [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 2)]


def test_a_scalar_leaves_nothing_in_memory(tmp_path: Path) -> None:
    """Once its tag is known, a scalar allocates nothing that stays."""
    import sys

    with tfe.SummaryWriter(tmp_path) as writer:
        for step in range(100):
            writer.add_scalar("a", 0.5, step)
        before = sys.getallocatedblocks()
        for step in range(100, 5100):
            writer.add_scalar("a", 0.5, step)
        assert sys.getallocatedblocks() - before < 100


def test_logging_after_close_goes_on_in_a_new_file(tensorboard: Any) -> None:
    """As in torch, a closed writer opens another file when it is used again, sub-runs included."""
    run = tensorboard.new_run()
    writer = tfe.SummaryWriter(run)
    for step in range(3):
        writer.add_scalar("a", 1.0, step)
        writer.add_scalars("b", {"x": 2.0}, step)
        writer.add_image("c", np.zeros((1, 2, 2)), step)
        writer.close()
        writer.close()
    assert len(list(run.glob("*tfevents*"))) == 3
    assert len(list((run / "b_x").glob("*tfevents*"))) == 3
    tensorboard.reload()
    assert [point.step for point in tensorboard.scalars(run.name, "a")] == [0, 1, 2]
    assert [point.step for point in tensorboard.scalars(f"{run.name}/b_x", "b")] == [0, 1, 2]
    assert len(tensorboard.images(run.name, "c")) == 3


def test_logging_after_close_can_be_refused(tmp_path: Path) -> None:
    """With reopens=False a closed writer stays closed."""
    writer = tfe.SummaryWriter(tmp_path, reopens=False)
    writer.close()
    with pytest.raises(ValueError, match="is closed"):
        writer.add_scalar("a", 1.0, 1)


@pytest.mark.parametrize(
    "log",
    [
        lambda writer: writer.add_scalar("a", 1.0, 2),
        lambda writer: writer.add_scalar("a", 1.0, 2, new_style=True),
        lambda writer: writer.add_scalar_dict({"b": 0.5, "a": 1.0}, 2),
        lambda writer: writer.add_scalar_series("a", [1.0], [2]),
    ],
)
@pytest.mark.parametrize("first", ["add_image", "add_tensor", "add_summary"])
def test_a_scalar_at_a_later_step_is_refused_too(log: Any, first: str, tmp_path: Path) -> None:
    """A tag that holds another kind takes no scalar, at whatever step; nothing is noted of it."""
    values: dict[str, Any] = {
        "add_image": np.zeros((1, 2, 2)),
        "add_tensor": [1],
        "add_summary": tfe.summary.tensor("a", [1]),
    }
    with tfe.SummaryWriter(tmp_path) as writer:
        if first == "add_summary":
            writer.add_summary(values[first], 1)
        else:
            getattr(writer, first)("a", values[first], 1)
        with pytest.raises(ValueError, match=r"'a' holds .* already, and can't hold scalars"):
            log(writer)
        writer.add_scalar("b", 0.5, 2)  # Warns of no earlier step, as none was written.


class Variable:
    """Like TensorFlow's, in what a step is asked for."""

    def assign_add(self, by: int) -> None: ...

    def numpy(self) -> Any:
        return np.int64(7)


def test_a_variable_is_a_step(tmp_path: Path) -> None:
    """A step that TensorFlow counts, as an optimizer's iterations, is taken at its value."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1.0, Variable())
    (event,) = events_of(writer)
    assert event.step == 7


@pytest.mark.parametrize("spelled", ["{}", "{}/", "./{}", "x/../{}"])
def test_resume_knows_tags_however_the_folder_is_spelled(
    spelled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag keeps its kind after a restart, with a slash, a dot or two in the folder's name."""
    monkeypatch.chdir(tmp_path)
    Path("x").mkdir()
    with tfe.SummaryWriter("run") as writer:
        writer.add_scalar("loss", 0.5, 3)
    with tfe.SummaryWriter(spelled.format("run"), resume=True) as writer:
        assert writer.last_step == 3
        with pytest.raises(ValueError, match="holds scalars already"):
            writer.add_histogram("loss", [1.0], 4)


def test_rotation_keeps_nothing_of_removed_files(tmp_path: Path) -> None:
    """With bounded storage, what a writer remembers does not grow with the files it has removed."""
    with tfe.SummaryWriter(tmp_path, max_total_bytes=4096) as writer:
        for step in range(3000):
            writer.add_scalar("loss", step, step)
        storage = writer.file_writer.file._storage
        assert len(storage._unsynced) < 20
        assert len(storage._news) == 0
        writer.flush(sync=True)


def test_buffered_curves_are_exported_whole(tmp_path: Path) -> None:
    """What add_scalars holds back and writes to several files is exported from the first on."""
    with tfe.SummaryWriter(tmp_path / "run", buffer_bytes=500, max_file_bytes=600) as writer:
        for step in range(40):
            writer.add_scalars("main", {"a": float(step)}, step)
        writer.export_scalars_to_json(tmp_path / "all.json")
    (points,) = json.loads((tmp_path / "all.json").read_text()).values()
    assert [point[1] for point in points] == list(range(40))


def test_a_tag_of_several_scalars_is_checked_first(tmp_path: Path) -> None:
    """add_scalars refuses a tag that is no string before it writes, in either layout."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for layout in ("overlay", "custom"):
            with pytest.raises(TypeError, match="tag must be a string"):
                writer.add_scalars(5, {"a": 1.0}, 1, layout=layout)  # type: ignore[arg-type]
    (path,) = tmp_path.iterdir()
    assert len(list(tfe.read_events(path))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_childs_close_ends_no_session_of_its_parent(tmp_path: Path) -> None:
    """A forked child that only closes a writer leaves no run of its own."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_hparams({"lr": 0.1}, {"score": 1.0})
        child = os.fork()
        if not child:
            writer.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_counts_its_own_lost_events(tmp_path: Path) -> None:
    """Events that a parent has lost are not counted as lost by its forked child."""
    with tfe.SummaryWriter(tmp_path, max_total_bytes=2048, on_error="warn") as writer:
        with pytest.warns(RuntimeWarning, match="more than half of max_total_bytes"):
            writer.add_text("long", "x" * 2000, 1)
        assert writer.dropped == 1
        child = os.fork()
        if not child:
            os._exit(writer.dropped)
        assert os.waitpid(child, 0)[1] == 0
