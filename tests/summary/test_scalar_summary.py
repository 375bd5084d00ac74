"""Scalars: one, several in a chart, many at a step, whole curves, as TensorBoard serves them."""

from __future__ import annotations

import json
import math
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.util import tensor_util

import tfevents_lite as tfe
from tfevents_lite.inputs.checks import MAX_TAG_BYTES
from tfevents_lite.records import scalar_series
from tfevents_lite.records.record_rows import frame_rows
from tfevents_lite.records.scalar_record import MAX_FLOAT, scalar_event, scalars_event
from tfevents_lite.records.tfrecord import frame

from ..oracles.tensorboard import TensorBoardServer


def events_in(folder: Path | str) -> list[tfe.Event]:
    """What the event files of a folder hold, without their first records."""
    files = sorted(Path(folder).glob("events.out.tfevents.*"))
    return [event for file in files for event in list(tfe.read_events(file))[1:]]


def served(tensorboard: TensorBoardServer, run: str, tag: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in tensorboard.scalars(run, tag)]


class BFloat16Tensor:
    """A tensor of one element as torch has it: `item` gives a number, `numpy` fails."""

    def item(self) -> float:
        return 0.15625

    def numpy(self) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")


NUMBERS: list[tuple[Any, float]] = [
    (Decimal("0.1"), 0.1),
    (Fraction(1, 3), 1 / 3),
    (np.float16(0.5), 0.5),
    (np.array([[2.5]]), 2.5),
    (np.array(7), 7.0),
    (BFloat16Tensor(), 0.15625),
    (True, 1.0),
    ([3], 3.0),
    (10**30, 1e30),
]


def test_numbers_of_any_type_are_served(tensorboard: TensorBoardServer) -> None:
    """Decimal, Fraction, half, 0-d and 1-element arrays and tensors are the nearest float."""
    folder = tensorboard.new_run("numbers")
    with tfe.SummaryWriter(folder) as writer:
        for step, (number, _) in enumerate(NUMBERS):
            writer.add_scalar("number", number, step)
    tensorboard.reload()
    expected = [(step, float(np.float32(value))) for step, (_, value) in enumerate(NUMBERS)]
    assert served(tensorboard, folder.name, "number") == expected


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"new_style": True}, ""),
        ({"new_style": True, "double_precision": True}, ""),
        ({"double_precision": True}, ""),
        ({"display_name": "The loss", "summary_description": "of **training**"}, "The loss"),
        ({"new_style": True, "display_name": "x"}, "x"),
    ],
)
def test_every_style_is_served(
    tensorboard: TensorBoardServer, options: dict[str, Any], shown: str
) -> None:
    """Both loaders show all points of either style, with the name and description given."""
    folder = tensorboard.new_run("styles")
    with tfe.SummaryWriter(folder) as writer:
        for step in range(3):
            writer.add_scalar("loss", 0.1 * step, step, **options)
    tensorboard.reload()
    expected = [(step, float(np.float32(0.1 * step))) for step in range(3)]
    assert served(tensorboard, folder.name, "loss") == expected
    said = tensorboard.tags("scalars")[folder.name]["loss"]
    assert said["displayName"] in ([shown] if shown else ["", "loss"])  # As the loaders differ.
    assert ("<strong>training</strong>" in said["description"]) == (
        "summary_description" in options
    )


def test_double_precision_keeps_all_digits() -> None:
    """The double stands beside the float that is shown, in a tensor that protobuf reads."""
    made = tfe.summary.scalar("a", 0.1, new_style=True, double_precision=True)
    tensor = summary_pb2.Summary.FromString(made.SerializeToString()).value[0].tensor
    assert tensor_util.make_ndarray(tensor) == np.float32(0.1)
    assert list(tensor.double_val) == [0.1]


def test_add_scalars_makes_a_run_of_each_key(tensorboard: TensorBoardServer) -> None:
    """Overlaid curves are runs named as torch names them, each with the main tag."""
    folder = tensorboard.new_run("overlay")
    with tfe.SummaryWriter(folder) as writer:
        for step in range(4):
            writer.add_scalars("loss/both", {"train": step / 2, "test": -step}, step, 100.0 + step)
    tensorboard.reload()
    for key, factor in (("train", 0.5), ("test", -1)):
        points = tensorboard.scalars(f"{folder.name}/loss_both_{key}", "loss/both")
        assert points == [(100.0 + step, step, factor * step) for step in range(4)]
    assert folder.name not in tensorboard.tags("scalars")


def test_add_scalars_in_one_file(tensorboard: TensorBoardServer) -> None:
    """With layout="custom" curves stay in the run, and a chart of exactly these is laid out."""
    folder = tensorboard.new_run("custom")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar("loss/both/trainer", 9, 0)
        for step in range(3):
            writer.add_scalars(
                "loss/both", {"train": step, "test+": 2 * step}, step, layout="custom"
            )
        writer.add_scalars("loss/both", {"late": 5}, 3, layout="custom")
    assert [path.is_file() for path in folder.iterdir()] == [True]
    tensorboard.reload()
    (category,) = [
        category
        for category in tensorboard.custom_scalars_layout()["category"]
        if category["title"] == "loss"
    ]
    (chart,) = category["chart"]
    assert chart["title"] == "both"
    found = {}
    for pattern in chart["multiline"]["tag"]:
        found.update(tensorboard.custom_scalars(folder.name, pattern))
    assert {tag: [(p.step, p.value) for p in points] for tag, points in found.items()} == {
        "loss/both/train": [(0, 0), (1, 1), (2, 2)],
        "loss/both/test+": [(0, 0), (1, 2), (2, 4)],
        "loss/both/late": [(3, 5)],
    }


def test_add_scalar_dict_is_one_event(tensorboard: TensorBoardServer) -> None:
    """Many tags at a step stand in one event, and are served each under its own tag."""
    folder = tensorboard.new_run("dict")
    values = {f"tag/{index}": index / 3 for index in range(20)}
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar_dict(values, 1)
        writer.add_scalar_dict(values, 2)
        writer.add_scalar_dict({}, 3)
    assert [len(event.summary.value) for event in events_in(folder)] == [20, 20]
    tensorboard.reload()
    for tag, value in values.items():
        shown = float(np.float32(value))
        assert served(tensorboard, folder.name, tag) == [(1, shown), (2, shown)]


@given(
    st.dictionaries(st.text(max_size=20), st.floats() | st.sampled_from([1e300, -1e300])),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(1, allow_infinity=False),
)
def test_scalars_event_is_the_generic_encoders(
    values: dict[str, float], step: int, wall_time: float
) -> None:
    """An event of many scalars has the bytes of the messages it stands for."""
    summary = tfe.Summary(
        value=[tfe.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    )
    event = tfe.Event(wall_time=wall_time, step=step, summary=summary)
    assert scalars_event(values, step, wall_time) == event.SerializeToString()


STEPS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20000), min_size=1, max_size=200)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.booleans(), st.booleans(), st.data())
def test_series_are_add_scalars_events(
    steps: list[int], in_order: bool, timed: bool, data: st.DataObject
) -> None:
    """Each row of a series has the bytes of scalar_event, whatever its values, steps and times."""
    steps = sorted(steps) if in_order else steps
    floats = st.floats() | st.sampled_from([0.0, -0.0, 1e300, -1e300])
    values = data.draw(st.lists(floats, min_size=len(steps), max_size=len(steps)))
    times = st.sampled_from([0.0, 1.5, 1e9])
    walltimes = data.draw(st.lists(times, min_size=len(steps), max_size=len(steps)))
    series = scalar_series.to_series(
        "tag", values, steps, walltimes if timed else None, lambda: 7.0
    )
    expected = [
        scalar_event("tag", value, step, walltime if timed else 7.0)
        for value, step, walltime in zip(values, steps, walltimes)
    ]
    made = [row.tobytes() for rows in scalar_series.series_events("tag", *series) for row in rows]
    # A NaN's sign and payload are not a number's.
    assert [event for event, value in zip(made, values) if value == value] == [
        event for event, value in zip(expected, values) if value == value
    ]
    framed = b"".join(map(frame_rows, scalar_series.series_events("tag", *series)))
    assert framed == b"".join(map(frame, made))


@given(st.integers(1, 400), st.integers(0, 300), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_rows_are_framed_as_single_records(count: int, size: int, random: Any) -> None:
    """frame_rows gives frame's bytes for rows of any number and length."""
    rows = np.frombuffer(random.randbytes(count * size), np.uint8).reshape(count, size)
    assert frame_rows(rows) == b"".join([frame(row.tobytes()) for row in rows])


def test_add_scalar_series_is_served(tensorboard: TensorBoardServer) -> None:
    """A curve of 10,000 points is served in full, with values, steps and times as given."""
    folder = tensorboard.new_run("series")
    steps = np.arange(10_000) * 3
    values = np.sin(steps / 500)
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar_series("curve", values, steps, 1e9 + steps)
        writer.add_scalar("curve", 5, 30_000, 2e9)
        writer.add_scalar_series("now", [1, 2], [5, 6])
        writer.add_scalar_series("nothing", [], [])
        file = writer.file_writer.file
    assert file.events == 1 + 10_000 + 1 + 2
    tensorboard.reload()
    points = tensorboard.scalars(folder.name, "curve")
    assert [p.step for p in points] == [*steps.tolist(), 30_000]
    assert [p.value for p in points] == [*values.astype(np.float32).tolist(), 5]
    assert [p.wall_time for p in points] == [*(1e9 + steps).tolist(), 2e9]
    assert served(tensorboard, folder.name, "now") == [(5, 1), (6, 2)]


@pytest.mark.parametrize(
    ("values", "steps", "walltimes", "message"),
    [
        ([1, 2], [1], None, "equally many, got 2, 1 and 1"),
        ([1, 2], [1, 2], [1], "equally many, got 2, 2 and 1"),
        ([[1]], [[1]], None, "values of 'a' must be a list of numbers, got int64 of shape"),
        (["x"], [1], None, "values of 'a' must be a list of numbers, got <U1"),
        ([None], [1], None, r"values of 'a' must be a list of numbers, got \[None\]"),
        ([1], [0.5], None, "steps of 'a' must be a list of integers, got float64"),
        ([1], [True], None, "steps of 'a' must be a list of integers, got bool"),
        ([1], [2**63], None, "steps of 'a' must be within 64 bits, got 9223372036854775808"),
        ([1], [2**64], None, "steps of 'a' must be a list of integers"),
        ([1], [1], [math.nan], "walltimes of 'a' must be finite, got nan"),
        (5, 1, None, "values of 'a' must be a list of numbers"),
    ],
)
def test_bad_series(values: Any, steps: Any, walltimes: Any, message: str, tmp_path: Path) -> None:
    """A series that is none raises an error that names tag and argument, and writes nothing."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_scalar_series("a", values, steps, walltimes)
    writer.close()
    assert events_in(tmp_path) == []


# Warnings, once for each tag.


def warned(call: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert all(Path(warning.filename).name == Path(__file__).name for warning in caught)
    return [str(warning.message) for warning in caught]


def test_beyond_float_warns_once_a_tag(tmp_path: Path) -> None:
    """A value that a 32-bit float can't hold is infinite, with one warning that names the tag."""
    writer = tfe.SummaryWriter(tmp_path)
    calls = [
        lambda: writer.add_scalar("a", 1e300, 1),
        lambda: writer.add_scalar("a", -1e300, 2),
        lambda: writer.add_scalar("a", math.inf, 3),
        lambda: writer.add_scalar("b", math.inf, 1),
        lambda: writer.add_scalar(
            "b", math.nextafter(MAX_FLOAT, 0) if hasattr(math, "nextafter") else 1.0, 2
        ),
        lambda: writer.add_scalar_dict({"c": MAX_FLOAT}, 1),
        lambda: writer.add_scalar_series("d", [1.0, math.nan, -1e39, math.inf], [1, 2, 3, 4]),
    ]
    found = [warned(call) for call in calls]
    assert [len(messages) for messages in found] == [1, 0, 0, 0, 0, 1, 1]
    assert "value of 'a' is beyond a 32-bit float's range and shown as infinite" in found[0][0]
    values = [e.summary.value[0].simple_value for e in events_in(tmp_path)]
    assert values[:4] == [math.inf, -math.inf, math.inf, math.inf]
    assert math.isfinite(values[4])
    assert values[5] == math.inf
    writer.close()


def test_a_step_back_warns_once_a_tag(tmp_path: Path) -> None:
    """A step that is not larger than the tag's last is written, with one warning for the tag."""
    writer = tfe.SummaryWriter(tmp_path)
    text = np.random.default_rng(0).random(9)
    calls = [
        lambda: writer.add_scalar("a", 1.0, 5),
        lambda: writer.add_scalar("a", 2.0, 5),
        lambda: writer.add_scalar("a", 1.0, 3),
        lambda: writer.add_scalar("a", 1.0, 6),
        lambda: writer.add_scalar_dict({"a": 1.0, "b": 1.0}, 4),
        lambda: writer.add_scalar_dict({"a": 1.0, "b": 2.0}, 4),
        lambda: writer.add_scalar_series("c", [1, 2, 3, 4], [1, 2, 2, 3]),
        lambda: writer.add_histogram("h", text, 1),
        lambda: writer.add_histogram("h", text + 1, 1),
        lambda: writer.add_scalars("m", {"k": 1.0}, 1),
        lambda: writer.add_scalars("m", {"k": 1.0}, 0),
        lambda: writer.add_summary(tfe.summary.scalar("d", 1), 2),
        lambda: writer.add_summary(tfe.summary.scalar("d", 2), 2),
    ]
    counts = [len(warned(call)) for call in calls]
    assert counts == [0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    assert [e.step for e in events_in(tmp_path)] == [5, 5, 3, 6, 4, 4, 1, 2, 2, 3, 1, 1, 2, 2]
    assert warned(lambda: writer.add_scalar("b", 1, 1)) == []
    writer.close()


def test_the_warning_tells_what_tensorboard_does(tensorboard: TensorBoardServer) -> None:
    """The data server does drop what stands from a repeated step on; the Python loader keeps it."""
    folder = tensorboard.new_run("back")
    with tfe.SummaryWriter(folder) as writer:
        for step in range(5):
            writer.add_scalar("a", step, step)
        with pytest.warns(UserWarning, match=r"step 2 of 'a' comes after step 4"):
            writer.add_scalar("a", 9, 2)
    tensorboard.reload()
    steps = [step for step, _ in served(tensorboard, folder.name, "a")]
    assert steps == ([0, 1, 2] if tensorboard.loader == "fast" else [0, 1, 2, 3, 4, 2])


# Tags.


@pytest.mark.parametrize(
    "tag", ["a b", "ä/漢字/🙂", "x" * 5000, "/lead", "tail/", "a\nb", "%2F", "<b>"]
)
def test_tags_are_verbatim(tensorboard: TensorBoardServer, tag: str) -> None:
    """A tag is served as it was given, and its points can be asked for."""
    folder = tensorboard.new_run("tags")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar(tag, 1.5, 1)
    tensorboard.reload()
    assert list(tensorboard.tags("scalars")[folder.name]) == [tag]
    assert served(tensorboard, folder.name, tag) == [(1, 1.5)]


def test_messages_tags_are_checked_too(tmp_path: Path) -> None:
    """A Summary of the user's own has to have tags that TensorBoard can be asked for."""
    made = tfe.Summary(value=[tfe.Summary.Value(tag="x" * 10_001, simple_value=1)])
    with tfe.SummaryWriter(tmp_path) as writer:
        for summary in (made, made.SerializeToString()):
            with pytest.raises(ValueError, match="tag must have at most 10000 bytes"):
                writer.add_summary(summary, 1)
    assert events_in(tmp_path) == []


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("\ud800", r"tag must be valid Unicode, got '\\ud800'"),
        ("x" * (MAX_TAG_BYTES + 1), "tag must have at most 10000 bytes, 'x{40}'… has 10001"),
        (5, "tag must be a string, got 5"),
        (None, "tag must be a string, got None"),
        (b"a", "tag must be a string, got b'a'"),
    ],
)
def test_bad_tags(tag: Any, message: str, tmp_path: Path) -> None:
    """What can't be a tag is refused by every method for scalars, before anything is written."""
    with tfe.SummaryWriter(tmp_path) as writer:
        calls: list[Any] = [
            lambda: writer.add_scalar(tag, 1.0, 1),
            lambda: writer.add_scalar(tag, 1.0, 1, new_style=True),
            lambda: writer.add_scalars(tag, {"k": 1.0}, 1),
            lambda: writer.add_scalar_dict({tag: 1.0}, 1),
            lambda: writer.add_scalar_series(tag, [1.0], [1]),
        ]
        for call in calls:
            with pytest.raises((TypeError, ValueError), match=message):
                call()
    assert events_in(tmp_path) == []
    assert [path.is_file() for path in tmp_path.iterdir()] == [True]


def test_the_longest_tag_is_served(tensorboard: TensorBoardServer) -> None:
    """A tag of the documented length can be asked for, each byte escaped in the URL."""
    tag = "é" * (MAX_TAG_BYTES // 2)
    folder = tensorboard.new_run("long")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar(tag, 1.5, 1)
    tensorboard.reload()
    assert served(tensorboard, folder.name, tag) == [(1, 1.5)]


# tensorboardX's extras.


def test_export_scalars_to_json(tmp_path: Path) -> None:
    """What add_scalars logged since the last export is in the file, by the runs' folders."""
    folder, path = tmp_path / "run", tmp_path / "scalars.json"
    for _ in range(2):  # A writer exports what it has written, not what was there.
        with tfe.SummaryWriter(folder, max_file_bytes=300) as writer:
            for step in range(10):
                writer.add_scalars("m", {"a": step, "b": math.nan}, step, 10.0 + step)
                writer.add_scalar("m", 5.0, step)
            writer.export_scalars_to_json(path)
            first = json.loads(path.read_text())
            writer.add_scalars("m", {"a": 0.25}, 10, 5.0)
            writer.export_scalars_to_json(path)
            second = json.loads(path.read_text())
        assert first[str(folder / "m_a")] == [[10.0 + step, step, step] for step in range(10)]
        assert [math.isnan(value) for _, _, value in first[str(folder / "m_b")]] == [True] * 10
        assert first.keys() == {str(folder / "m_a"), str(folder / "m_b")}
        assert second == {str(folder / "m_a"): [[5.0, 10, 0.25]]}


def test_use_metadata_gives_steps_and_times(tmp_path: Path) -> None:
    """Within the block events without a step or a time get those given; after it, as before."""
    with tfe.SummaryWriter(tmp_path, clock=lambda: 1.0) as writer:
        with writer.use_metadata(global_step=10, walltime=5.0) as same:
            assert same is writer
            writer.add_scalar("a", 1.0)
            writer.add_scalar("b", 1.0, 3, 4.0)
            writer.add_text("t", "x")
            with writer.use_metadata(global_step=11):
                writer.add_summary(tfe.summary.scalar("c", 1))
        writer.add_scalar("d", 1.0)
        with pytest.raises(ValueError, match="a global_step or a walltime, got neither"):
            writer.use_metadata()
        with pytest.raises(TypeError, match="global_step must be an integer, got 'half'"):
            writer.use_metadata(global_step="half")
    assert [(e.step, e.wall_time) for e in events_in(tmp_path)] == [
        (10, 5.0), (3, 4.0), (10, 5.0), (11, 5.0), (0, 1.0),
    ]  # fmt: skip


def test_protobuf_reads_what_is_written(tmp_path: Path) -> None:
    """Google's protobuf reads each event to the same message."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0.5, 1, display_name="A")
        writer.add_scalar_dict({"b": 1, "c": 2}, 2)
        writer.add_scalar_series("d", [1, 2, 3], [1, 200, 30000])
    for event in events_in(tmp_path):
        theirs = event_pb2.Event.FromString(event.SerializeToString())
        assert theirs.SerializeToString(deterministic=True) == event.SerializeToString()


def test_keys_that_make_no_run_write_nothing(tmp_path: Path) -> None:
    """A key that is no folder's name is refused before the other keys' values are written."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="run name must be at most 255 bytes"):
            writer.add_scalars("m", {"a": 1.0, "b" * 300: 2.0}, 1)
        with pytest.raises(TypeError, match="keys of 'm' must be strings, got 5"):
            writer.add_scalars("m", {"a": 1.0, 5: 2.0}, 1)  # type: ignore[dict-item]
        with pytest.raises(ValueError, match="layout must be 'overlay' or 'custom', got 'x'"):
            writer.add_scalars("m", {"a": 1.0}, 1, layout="x")  # type: ignore[arg-type]
    assert [path.is_file() for path in tmp_path.iterdir()] == [True]
    assert events_in(tmp_path) == []
