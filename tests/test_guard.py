"""Nothing that a user passes harms TensorBoard: what would, is refused before it is written."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event as TensorBoardEvent

from tfevents_lite import (
    DataType,
    Event,
    FileWriter,
    HistogramProto,
    Summary,
    SummaryMetadata,
    SummaryWriter,
    TensorProto,
    TensorShapeProto,
    read_events,
)

from .oracles.tensorboard import LOADERS, Loader, TensorBoardError, TensorBoardServer

Value = Summary.Value


def tensor(shape: list[int], **fields: Any) -> TensorProto:
    dims = [TensorShapeProto.Dim(size=size) for size in shape]
    return TensorProto(tensor_shape=TensorShapeProto(dim=dims), **fields)


def metadata(plugin: str) -> SummaryMetadata:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))


STRING, FLOAT = DataType.DT_STRING, DataType.DT_FLOAT

HARMFUL: dict[str, tuple[Callable[[], Any], str]] = {
    "no value": (lambda: Value(tag="x"), "value of 'x' must not be empty"),
    "metadata alone": (lambda: Value(tag="x", metadata=metadata("text")), "must not be empty"),
    "a ragged histogram": (
        lambda: Value(tag="x", histo=HistogramProto(bucket=[1, 2, 3], bucket_limit=[1])),
        "must have a bucket for each bucket_limit, got 3 and 1",
    ),
    "an image as a scalar": (
        lambda: Value(tag="x", image=Summary.Image(), metadata=metadata("scalars")),
        "image of 'x' can't be shown as 'scalars'",
    ),
    "words as a scalar": (
        lambda: Value(
            tag="x",
            tensor=tensor([], dtype=STRING, string_val=[b"a"]),
            metadata=metadata("scalars"),
        ),
        "must be of numbers to be shown as 'scalars', got DT_STRING",
    ),
    "numbers as a text": (
        lambda: Value(
            tag="x", tensor=tensor([], dtype=FLOAT, float_val=[1.0]), metadata=metadata("text")
        ),
        "must be of DT_STRING to be shown as 'text', got DT_FLOAT",
    ),
    "a text that is not UTF-8": (
        lambda: Value(
            tag="x",
            tensor=tensor([], dtype=STRING, string_val=[b"\xff"]),
            metadata=metadata("text"),
        ),
        "text of 'x' must be UTF-8",
    ),
    "too few elements": (
        lambda: Value(
            tag="x", tensor=tensor([3], dtype=FLOAT, float_val=[1, 2]), metadata=metadata("mine")
        ),
        r"must hold the 3 elements of its shape \[3\]",
    ),
    "too few bytes": (
        lambda: Value(
            tag="x", tensor=tensor([3], dtype=FLOAT, tensor_content=b"1234"), metadata=metadata("m")
        ),
        "must hold the 3 elements",
    ),
    "a negative size": (
        lambda: Value(tag="x", tensor=tensor([-1], dtype=FLOAT), metadata=metadata("m")),
        "must have a known shape",
    ),
    "sound with no clips": (
        lambda: Value(tag="x", tensor=tensor([2, 0], dtype=STRING), metadata=metadata("audio")),
        "audio of 'x' must have no empty clips",
    ),
    "a field of another type": (
        lambda: Summary.FromString(b"\x0a\x05\x0a\x01x\x10\x01").value[0],
        "simple_value must not have wire type 0",
    ),
    "a group": (
        lambda: Summary.FromString(b"\x0a\x0c\x0a\x01x\x15\0\0\0\0\x9b\x01\x9c\x01").value[0],
        "Summary.Value must not have a group, got field 19",
    ),
}


@pytest.mark.parametrize("case", HARMFUL)
def test_harmful_values_are_refused(case: str, tmp_path: Path) -> None:
    """A value that would stop a loader raises ValueError, names its tag, and writes nothing."""
    make, says = HARMFUL[case]
    summary = Summary(value=[make()])
    with FileWriter(tmp_path) as writer:
        attempts: list[Callable[[], None]] = [
            lambda: writer.add_summary(summary),
            lambda: writer.add_event(Event(summary=summary)),
            lambda: writer.sub_run("sub").add_event(Event(summary=summary)),
        ]
        for attempt in attempts:
            with pytest.raises(ValueError, match=says):
                attempt()
        assert len(list(read_events(writer.file.path))) == 1
        writer.add_summary(Summary(value=[Value(tag="x", simple_value=1)]))


SCALAR = b"\x0a\x01x\x15\0\0\0\0"  # Summary.Value(tag="x", simple_value=0)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            b"\x0a\x81\x80\x80\x80\x80\x00x\x15\0\0\0\0",
            "tag or length at offset 1 is longer than 5",
        ),
        (b"\x8a\x80\x80\x80\x80\x80\x00\x01x", "tag or length at offset 0 is longer than 5"),
        (SCALAR + b"\xa3\x01\xa4\x01", "must not have a group, got field 20"),
        (SCALAR + b"\x13\x14", "must not have a group, got field 2"),
        (SCALAR + b"\x20\x01", "Summary.Value.image must not have wire type 0"),
    ],
)
def test_what_parsers_differ_about_is_refused(value: bytes, says: str, tmp_path: Path) -> None:
    """Overlong varints, groups, and a known field's number with another type are not written."""
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match=says):
            writer.add_summary(b"\x0a" + bytes([len(value)]) + value, 1)
        writer.add_summary(b"\x0a" + bytes([len(SCALAR)]) + SCALAR, 1)


@pytest.mark.parametrize("wall_time", [math.nan, math.inf, -math.inf])
def test_times_that_are_no_number(wall_time: float, tmp_path: Path) -> None:
    """No event gets a time that is not finite, from an argument, a message or a clock."""
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="must be finite"):
            writer.add_scalar("x", 1, walltime=wall_time)
        with pytest.raises(ValueError, match="must be finite"):
            writer.file_writer.add_event(Event(wall_time=wall_time))
        writer.file_writer.add_event(Event())  # It gets the time now.
        events = list(read_events(writer.file_writer.file.path))
    assert all(math.isfinite(event.wall_time) for event in events)
    with pytest.raises(ValueError, match="must be finite"):
        SummaryWriter(tmp_path / "clock", clock=lambda: wall_time)


def test_one_kind_a_tag(tmp_path: Path) -> None:
    """A tag that holds one kind of value takes no other, in its own run."""
    image = Summary(value=[Value(tag="x", image=Summary.Image(encoded_image_string=b"1"))])
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1, 1)
        with pytest.raises(ValueError, match="'x' holds scalars already, and can't hold images"):
            writer.file_writer.add_summary(image)
        writer.file_writer.sub_run("x_sub").add_event(Event(summary=image))
        with pytest.raises(ValueError, match="'x' holds images already, and can't hold scalars"):
            writer.add_scalars("x", {"other": 1, "sub": 2}, 1)
        assert not (tmp_path / "x_other").exists()
        image.value[0].tag = "y"
        writer.file_writer.add_summary(image)
        with pytest.raises(ValueError, match="'y' holds images already, and can't hold scalars"):
            writer.add_scalar("y", 1, 1)
        with pytest.raises(ValueError, match="log the graph itself"):
            writer.file_writer.add_event(Event(meta_graph_def=b"\xff"))


@pytest.mark.parametrize("loader", LOADERS)
def test_what_is_refused_would_do_harm(loader: Loader, tmp_path: Path) -> None:
    """Written all the same, such records stop a loader: the guard is there for a reason."""
    harmful = {
        # What to write, and which loader it stops.
        "ragged": (HARMFUL["a ragged histogram"][0], "slow"),
        "clips": (HARMFUL["sound with no clips"][0], "slow"),
        "wire type": (HARMFUL["a field of another type"][0], "fast"),
    }
    for name, (make, _) in harmful.items():
        with FileWriter(tmp_path / name / "run") as writer:
            writer.file.write(Event(wall_time=1.0, step=1, summary=Summary(value=[make()]))
                              .SerializeToString())  # fmt: skip
            for step in range(2, 5):
                writer.add_summary(Summary(value=[Value(tag="z", simple_value=1)]), step)
    for name, (_, stops) in harmful.items():
        if stops != loader:
            continue
        shown: dict[str, Any] = {}
        # The oracle may tell, as an error, that the reloader's thread has died.
        with suppress(TensorBoardError), TensorBoardServer(tmp_path / name, loader) as server:
            shown = server.tags("scalars").get("run", {})
        assert "z" not in shown, name


@pytest.mark.parametrize("loader", LOADERS)
def test_an_unknown_plugin_harms_nothing(loader: Loader, tmp_path: Path) -> None:
    """A value of a plugin that TensorBoard may not have is written, as TensorFlow does."""
    with FileWriter(tmp_path / "run") as writer:
        for step in (1, 2):
            for value in (
                Value(tag="number", simple_value=step),
                Value(tag="image", image=Summary.Image(encoded_image_string=b"\x89PNG")),
                Value(tag="tensor", tensor=tensor([], dtype=FLOAT, float_val=[step])),
            ):
                value.metadata = metadata("somebody's")
                writer.add_summary(Summary(value=[value]), step)
            writer.add_summary(Summary(value=[Value(tag="z", simple_value=step)]), step)
    with TensorBoardServer(tmp_path, loader) as server:
        assert [point.value for point in server.scalars("run", "z")] == [1, 2]
        assert [point.value for point in server.scalars("run", "number")] == [1, 2]


texts = st.text(max_size=20)
numbers = st.one_of(st.floats(), st.integers(), st.booleans(), st.just(10**400), texts, st.none())
steps = st.one_of(st.none(), st.integers(-(2**65), 2**65), st.integers(0, 100), st.floats(), texts)
times = st.one_of(st.none(), st.floats(), st.integers(), st.just(10**400), texts)
names_of_plugins = st.sampled_from(
    ["", "scalars", "images", "audio", "text", "histograms", "hparams", "mesh", "other"]
)
metadatas = st.one_of(
    st.none(),
    st.builds(
        SummaryMetadata,
        plugin_data=st.builds(
            SummaryMetadata.PluginData, plugin_name=names_of_plugins, content=st.binary(max_size=4)
        ),
        display_name=texts,
        data_class=st.integers(0, 4),
    ),
)
tensors = st.builds(
    lambda shape, dtype, fields: tensor(shape, dtype=dtype, **fields),
    st.lists(st.integers(-1, 3), max_size=3),
    st.integers(0, 24),
    st.one_of(
        st.fixed_dictionaries({"float_val": st.lists(st.floats(width=32), max_size=6)}),
        st.fixed_dictionaries({"string_val": st.lists(st.binary(max_size=4), max_size=6)}),
        st.fixed_dictionaries({"tensor_content": st.binary(max_size=24)}),
    ),
)
images = st.builds(Summary.Image, height=st.integers(-1, 9), encoded_image_string=st.binary())
histograms = st.builds(
    HistogramProto,
    min=st.floats(),
    max=st.floats(),
    bucket=st.lists(st.floats(), max_size=4),
    bucket_limit=st.lists(st.floats(), max_size=4),
)
sounds = st.builds(
    Summary.Audio, sample_rate=st.floats(width=32), encoded_audio_string=st.binary(max_size=9)
)
values = st.builds(
    lambda tag, what, metadata: Value(tag=tag, metadata=metadata, **what),
    texts,
    st.one_of(
        st.fixed_dictionaries({"tensor": tensors}),
        st.fixed_dictionaries({"image": images}),
        st.fixed_dictionaries({"histo": histograms}),
        st.fixed_dictionaries({"audio": sounds}),
        st.fixed_dictionaries({"simple_value": st.floats(width=32)}),
        st.just({}),
    ),
    metadatas,
)
summaries = st.builds(Summary, value=st.lists(values, max_size=3))
calls = st.one_of(
    st.tuples(st.just("add_scalar"), texts, numbers, steps, times),
    st.tuples(st.just("add_summary"), summaries, steps, times),
    st.tuples(st.just("add_summary"), st.binary(max_size=60), steps, times),
    st.tuples(st.just("add_event"), st.builds(Event, step=st.integers(0, 9), file_version=texts)),
    st.tuples(st.just("add_event"), st.builds(Event, graph_def=st.binary(max_size=9))),
    st.tuples(st.just("add_event"), st.builds(Event, meta_graph_def=st.binary(max_size=9))),
)  # fmt: skip


@pytest.mark.filterwarnings(
    "ignore:step:UserWarning",
    "ignore:global_step:UserWarning",
    "ignore:value of:UserWarning",
    "ignore::RuntimeWarning",
)
@pytest.mark.slow
def test_any_call_is_refused_or_loaded(tmp_path: Path) -> None:
    """Whatever is accepted, protobuf parses it, and no loader is stopped by it, in any run."""
    count = 0

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(calls, min_size=1, max_size=5))
    def example(calls: list[tuple[Any, ...]]) -> None:
        nonlocal count
        count += 1
        with SummaryWriter(tmp_path / "logdir" / f"{count:04d}") as writer:
            for method, *arguments in calls:
                target: Any = writer.file_writer if method == "add_event" else writer
                with suppress(TypeError, ValueError):
                    getattr(target, method)(*arguments)
            writer.add_scalar("the last", 0.5, 2**63 - 1)
            file = writer.file_writer.file
        for event in read_events(file.path):
            data = event.SerializeToString()
            parsed = TensorBoardEvent.FromString(data)
            assert math.isfinite(parsed.wall_time)

    example()
    for loader in LOADERS:
        with TensorBoardServer(tmp_path / "logdir", loader) as server:
            tags = server.tags("scalars")
            missing = [n for n in range(1, count + 1) if "the last" not in tags.get(f"{n:04d}", {})]
            assert missing == [], loader
