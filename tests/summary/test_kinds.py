"""The table of kinds, and what each is found as by programs that read event files."""

from __future__ import annotations

import inspect
import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

import tfevents_lite as tfe
from tfevents_lite.reading.run_reader import RunReader
from tfevents_lite.summary import kinds
from tfevents_lite.summary.guard import kind_of

VALUES: dict[str, Callable[[], Any]] = {
    "scalars": lambda: tfe.summary.scalar("x", 1, new_style=True),
    "images": lambda: tfe.summary.images("x", np.zeros((1, 1, 2, 2)), as_grid=False),
    "histograms": lambda: tfe.summary.histogram("x", [1.0]),
    "audio": lambda: tfe.summary.audio("x", [0.0]),
    "text": lambda: tfe.summary.text("x", "y"),
    "tensor": lambda: tfe.summary.tensor("x", [1]),
    "pr_curves": lambda: tfe.summary.pr_curve("x", [1], [1.0]),
    "mesh": lambda: tfe.summary.mesh("x", [[1.0, 2.0, 3.0]]),
    "custom_scalars": lambda: tfe.summary.custom_scalars({"a": {"b": ["Multiline", ["c"]]}}),
    "hparams": lambda: tfe.summary.session_end(True, 1.0),
}


@pytest.mark.parametrize("plugin", kinds.KINDS)
def test_encoders_and_the_guard_agree_with_the_table(plugin: str) -> None:
    """A value has the table's plugin and data class, and is in a field that the table names."""
    kind = kinds.KINDS[plugin]
    (value,) = VALUES[plugin]().value
    assert kind_of(value) == kinds.plugin_of(value) == plugin
    assert value.metadata.plugin_data.plugin_name == plugin
    assert value.metadata.data_class == kind.data_class
    assert value.WhichOneof("value") in ("tensor", kind.field)
    if value.WhichOneof("value") == "tensor":
        is_string = value.tensor.dtype == tfe.DataType.DT_STRING
        assert kind.elements in ("any", "strings" if is_string else "numbers")


@pytest.mark.parametrize("plugin", kinds.KINDS)
def test_readers_call_a_kind_by_its_name(plugin: str, tmp_path: Path) -> None:
    """What is read back is called as the table says."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_summary(VALUES[plugin](), 1)
        path = writer.file_writer.file.path
    assert [value.kind for value in RunReader([str(path)]).values()] == [kinds.name_of(plugin)]


def test_unknown_plugins_are_written_and_named(tmp_path: Path) -> None:
    """A value of a plugin that the table lacks is written, whatever its tensor holds."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for dtype, data in ((tfe.DataType.DT_STRING, [b"a"]), (tfe.DataType.DT_FLOAT, None)):
            value = tfe.Summary.Value(tag=f"x{dtype}")
            value.metadata.plugin_data.plugin_name = "mine"
            value.tensor = tfe.TensorProto(
                dtype=dtype, tensor_shape=tfe.TensorShapeProto(), string_val=data or [],
                float_val=[] if data else [1.0],
            )  # fmt: skip
            writer.add_summary(tfe.Summary(value=[value]), 1)
        path = writer.file_writer.file.path
        with pytest.raises(ValueError, match="holds values of plugin 'mine' already"):
            writer.add_scalar("x1", 1.0, 2)
    assert [value.kind for value in RunReader([str(path)]).values()] == ["mine", "mine"]


@pytest.mark.parametrize(
    "name", [name for kind in kinds.KINDS.values() for name in kind.functions if name != "hparams"]
)
def test_public_functions_are_their_encoders(name: str) -> None:
    """A kind's function has its encoder's parameters, docstring and name, and gives a Summary."""
    function = getattr(tfe.summary, name)
    home = inspect.getmodule(function)
    encode = getattr(home, f"encode_{name}")
    signature, of_bytes = inspect.signature(function), inspect.signature(encode)
    assert signature.parameters == of_bytes.parameters
    assert signature.return_annotation == "Summary"
    assert function.__doc__ == encode.__doc__
    assert function.__name__ == name
    with pytest.raises(TypeError, match=rf"^{name}\(\)"):
        function(no_such_argument=1)


def accumulated(folder: Path) -> event_accumulator.EventAccumulator:
    found = event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return found.Reload()


def test_histograms_are_found_by_event_accumulator(tmp_path: Path) -> None:
    """EventAccumulator.Histograms, which tbparse reads, gives moments and well-formed buckets."""
    values = np.array([-1.5, 0.25, 0.25, 3.0, np.nan])
    with tfe.SummaryWriter(tmp_path) as writer, pytest.warns(UserWarning, match="1 NaN"):
        writer.add_histogram("h", values, 7)
    (event,) = accumulated(tmp_path).Histograms("h")
    histogram = event.histogram_value
    assert event.step == 7
    assert (histogram.min, histogram.max, histogram.num) == (-1.5, 3.0, 4)
    assert (histogram.sum, histogram.sum_squares) == (2.0, 1.5**2 + 2 * 0.25**2 + 9)
    assert histogram.bucket[0] == histogram.bucket[-1] == 1
    assert sum(histogram.bucket) == 4
    assert histogram.bucket_limit[0] > histogram.min
    assert histogram.bucket_limit[-1] == histogram.max


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u1", "i4", "i8", "u8", "?"])
@pytest.mark.parametrize("many", [False, True])
def test_moments_are_those_of_the_values(dtype: str, many: bool) -> None:
    """Number, extremes, sum and sum of squares agree with NumPy's for each type and either way."""
    values = (np.arange(-40 if dtype[0] in "fi" else 0, 60) % 99).astype(dtype)
    values = np.repeat(values, 200) if many else values
    histo = tfe.summary.histogram("x", values).value[0].histo
    exact = values.astype(np.float64)
    assert (histo.num, histo.min, histo.max) == (len(exact), exact.min(), exact.max())
    np.testing.assert_allclose([histo.sum, histo.sum_squares], [exact.sum(), exact.dot(exact)])


def test_sounds_are_found_by_event_accumulator(tmp_path: Path) -> None:
    """EventAccumulator.Audio gives a WAV file, its rate and its length."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_audio("a", np.zeros((2, 100)), 3, sample_rate=8000)
    (event,) = accumulated(tmp_path).Audio("a")
    assert (event.step, event.sample_rate, event.length_frames) == (3, 8000, 100)
    assert event.content_type == "audio/wav"
    assert event.encoded_audio_string[:4] == b"RIFF"


def test_a_wav_file_says_its_own_rate_and_size() -> None:
    """Of a file that is passed through, also with chunks that are not known, and of floats."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 2, 96000, 768000, 8, 32)
    odd = struct.pack("<4sI2s", b"odd ", 1, b"x")
    body = form + odd + struct.pack("<4sI24s", b"data", 24, b"")
    data = b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WAVE" + body
    sound = tfe.summary.audio("x", data).value[0].audio
    assert (sound.sample_rate, sound.num_channels, sound.length_frames) == (96000, 2, 3)
    with pytest.raises(ValueError, match="audio of 'x' must be a whole WAV file"):
        tfe.summary.audio("x", data[:40])


def test_colorspace_is_that_of_the_png() -> None:
    """The number of channels of the array is that of the file, and said beside it."""
    image_module = pytest.importorskip("PIL.Image")
    for channels, mode in ((1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")):
        (value,) = tfe.summary.image("x", np.zeros((4, 5, channels), np.uint8), "HWC").value
        assert value.image.colorspace == channels
        with image_module.open(io.BytesIO(value.image.encoded_image_string)) as image:
            assert image.mode == mode


def test_hparams_can_be_unpacked() -> None:
    """As torch's and tensorboardX's: experiment, start and successful end, each a Summary."""
    experiment, start, end = tfe.summary.hparams({"lr": 0.1, "name": "x"}, {"loss": 1.0})
    parsed = []
    for summary in (experiment, start, end):
        theirs = summary_pb2.Summary.FromString(summary.SerializeToString())
        (value,) = theirs.value
        content = value.metadata.plugin_data.content
        parsed.append(plugin_data_pb2.HParamsPluginData.FromString(content))
    assert [info.name for info in parsed[0].experiment.hparam_infos] == ["lr", "name"]
    assert [info.name.tag for info in parsed[0].experiment.metric_infos] == ["loss"]
    assert parsed[1].session_start_info.hparams["lr"].number_value == 0.1
    assert parsed[2].session_end_info.status == 1  # STATUS_SUCCESS
    assert [len(summary.value) for summary in tfe.summary.hparams({}, {})] == [1, 1, 1]
    assert [len(summary.value) for summary in tfe.summary.hparams({})] == [1, 1, 1]


def test_torchs_names_of_functions() -> None:
    """image(tensor=…), image_boxes and tensor_proto are called as torch's."""
    image = tfe.summary.image("x", tensor=np.zeros((3, 4, 5)), dataformats="CHW")
    assert image.value[0].image.width == 5
    boxes = tfe.summary.image_boxes("x", np.zeros((3, 8, 9)), [[1, 1, 5, 5]])
    assert boxes == tfe.summary.image_with_boxes("x", np.zeros((3, 8, 9)), [[1, 1, 5, 5]])


@pytest.mark.parametrize(
    ("dtype", "field"),
    [
        *(("f2", "half_val"), ("f4", "float_val"), ("f8", "double_val"), ("i1", "int_val")),
        *(("u1", "int_val"), ("i8", "int64_val"), ("?", "bool_val"), ("c8", "scomplex_val")),
        ("u2", "int_val"),
    ],
)
def test_tensor_proto_has_a_field_for_each_type(dtype: str, field: str) -> None:
    """The numbers are in the field that torch's tensor_proto puts them into."""
    from tensorboard.util import tensor_util

    array = np.array([[0, 1], [1, 1]]).astype(dtype)
    (value,) = tfe.summary.tensor_proto("x", array).value
    assert len(getattr(value.tensor, field)) == 4 * (2 if dtype[0] == "c" else 1)
    theirs = summary_pb2.Summary.FromString(tfe.Summary(value=[value]).SerializeToString())
    np.testing.assert_array_equal(tensor_util.make_ndarray(theirs.value[0].tensor), array)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_tensor_proto_of_half_precision_is_tensorboards(dtype: str) -> None:
    """Each number is its 16 bits in half_val, where TensorBoard and TensorFlow have them."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    from tensorboard.util import tensor_util

    array = np.array([1.0, -2.5, 0.1], getattr(ml_dtypes, dtype, dtype))
    (value,) = tfe.summary.tensor_proto("x", array).value
    assert value.tensor.dtype == getattr(
        tfe.DataType, {"float16": "DT_HALF", "bfloat16": "DT_BFLOAT16"}[dtype]
    )
    assert value.tensor.half_val == array.view(np.uint16).tolist()
    if dtype == "float16":  # TensorBoard knows bfloat16 with TensorFlow alone.
        theirs = summary_pb2.Summary.FromString(tfe.Summary(value=[value]).SerializeToString())
        np.testing.assert_array_equal(tensor_util.make_ndarray(theirs.value[0].tensor), array)


MASKED = np.ma.array([1.0, 2.0, 5.0], mask=[False, True, False])


def test_masked_numbers_are_nan() -> None:
    """Nothing that nobody measured is logged: not in scalars, and not in hyperparameters."""
    for masked in (np.ma.masked, np.ma.array(5.0, mask=True), np.ma.array([5], mask=[True])):
        assert np.isnan(tfe.summary.scalar("x", masked).value[0].simple_value)
        _, start, _ = tfe.summary.hparams({"x": masked})
        assert b"nan" in start.value[0].metadata.plugin_data.content
    assert tfe.summary.scalar("x", np.ma.array(5.0, mask=False)).value[0].simple_value == 5


def test_masked_elements_are_left_out(tmp_path: Path) -> None:
    """Histograms do not count them, images draw them as NaN, series and dictionaries hold NaN."""
    with pytest.warns(UserWarning, match="1 NaN"):
        histo = tfe.summary.histogram("x", MASKED).value[0].histo
    assert (histo.num, histo.sum) == (2, 6)
    whole = np.ma.array([[200, 100]], np.uint8, mask=[[True, False]])
    with pytest.warns(UserWarning, match="1 NaN in the images of 'x' drawn as 0"):
        made = tfe.summary.image("x", whole, "HW")
    assert made == tfe.summary.image("x", np.array([[0, 100]], np.uint8), "HW")
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar_dict({"a": np.ma.masked}, 1)
        writer.add_scalars("b", {"c": np.ma.array(5.0, mask=True)}, 1)
        writer.add_scalar_series("d", MASKED, [1, 2, 3])
    columns = tfe.read_scalars(tmp_path)
    assert np.isnan(columns["."]["a"].value).tolist() == [True]
    assert np.isnan(columns["b_c"]["b"].value).tolist() == [True]
    assert np.isnan(columns["."]["d"].value).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "value",
    [
        *(np.array("113"), np.array(b"113"), np.array("113", object), [np.array("1")]),
        *(np.datetime64("2000-01-01", "ns"), np.timedelta64(5, "ns")),
    ],
)
def test_what_only_looks_like_a_number(value: Any) -> None:
    """Digits in a string, and times, are no numbers."""
    with pytest.raises(TypeError, match="value of 'x' must be a number, got"):
        tfe.summary.scalar("x", value)


def test_one_threshold(tmp_path: Path) -> None:
    """A PR curve of one threshold is written: everything is positive."""
    (value,) = tfe.summary.pr_curve("x", [0, 1, 1], [0.2, 0.9, 0.1], 1).value
    row = np.frombuffer(value.tensor.tensor_content, "<f4").tolist()
    assert row == [2, 1, 0, 0, np.float32(2 / 3), 1]
    tfe.summary.pr_curve_raw("x", [2], [1], [0], [0], [0.5], [1])


def test_a_writer_warns_once_of_a_range(tmp_path: Path) -> None:
    """Floats far over 1 in images, and over 1 in sound, are warned of once by each writer."""
    bright = np.full((3, 4, 4), 200.0)
    for folder in ("a", "b"):
        with tfe.SummaryWriter(tmp_path / folder) as writer:
            with pytest.warns(UserWarning, match="'x' has floats up to 200.*divide by 255"):
                writer.add_image("x", bright, 1)
            writer.add_image("x", bright, 2)  # Warnings are errors in these tests.
            with pytest.warns(UserWarning, match="divide by 255, or pass uint8"):
                writer.add_image("y", bright, 1)
            with pytest.warns(UserWarning, match="1 samples beyond"):
                writer.add_audio("s", [0.0, 2.0], 1)
            writer.add_audio("s", [0.0, 3.0], 2)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_quantized_tensors_are_dequantized() -> None:
    """Their numbers are those that they stand for."""
    torch = pytest.importorskip("torch")
    tensor = torch.quantize_per_tensor(torch.tensor([0.5, 1.5]), 0.5, 3, torch.quint8)
    assert tfe.summary.histogram("x", tensor).value[0].histo.sum == 2
    assert tfe.summary.scalar("x", tensor[:1]).value[0].simple_value == 0.5
