"""Every method with what does not belong: its documented result, or an error that says where.

One table: a call of each method with a hole in it, what is put in the hole, and what is accepted.
"""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2

import tfevents_lite as tfe
from tfevents_lite.inputs import arrays

from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer

# Made anew for each call, as a generator is used up.
INPUTS: dict[str, Callable[[], Any]] = {
    "NaN": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "array with NaN": lambda: np.array([0.5, math.nan]),
    "empty list": list,
    "empty array": lambda: np.zeros((0,)),
    "rank 3": lambda: np.full((2, 2, 2), 0.5),
    "complex": lambda: np.array([1j, 2]),
    "objects": lambda: np.array([{}, None], object),
    "times": lambda: np.array(["2000-01-01"], "M8[D]"),
    "huge int": lambda: 10**400,
    "None": lambda: None,
    "generator": lambda: (item for item in (1, 2)),
    "string": lambda: "text",
    "bytes": lambda: b"\xff",
    "surrogate": lambda: "\ud800",
    "ragged": lambda: [[1], [1, 2]],
    "dictionary": lambda: {"a": object()},
}
NUMBERS = {"NaN", "infinity"}
POINTS = np.zeros((1, 2, 3))
PICTURE = np.zeros((1, 2, 2))
CLIP = np.zeros((1, 2, 1, 3, 3))
POINT = [[1, 2]]


class Case(NamedTuple):
    """A call with a hole, what each of its errors must match, and what may be in the hole."""

    call: Callable[[tfe.SummaryWriter, Any], object]
    named: str
    accepted: set[str] = set()  # noqa: RUF012 # Never changed.


CASES: dict[str, Case] = {
    "add_scalar": Case(lambda w, v: w.add_scalar("tag", v, 1), "value of 'tag'", NUMBERS),
    "add_scalar new_style": Case(
        lambda w, v: w.add_scalar("tag", v, 1, new_style=True), "value of 'tag'", NUMBERS
    ),
    "add_scalars": Case(
        lambda w, v: w.add_scalars("tag", {"key": v}, 1), "value of 'tag_key'", NUMBERS
    ),
    "add_scalars custom": Case(
        lambda w, v: w.add_scalars("tag", {"key": v}, 1, layout="custom"),
        "value of 'tag/key'",
        NUMBERS,
    ),
    "add_scalars, dictionary": Case(
        lambda w, v: w.add_scalars("tag", v, 1), "tag must be a dictionary|value of 'tag_a'"
    ),
    "add_scalar_dict": Case(
        lambda w, v: w.add_scalar_dict({"tag": v}, 1), "value of 'tag'", NUMBERS
    ),
    "add_scalar_dict, dictionary": Case(
        lambda w, v: w.add_scalar_dict(v, 1), "values must be a dictionary|value of 'a'"
    ),
    "add_scalar_series, values": Case(
        lambda w, v: w.add_scalar_series("tag", v, [1, 2]),
        "values of 'tag'|values, steps and walltimes of 'tag'",
        {"array with NaN"},
    ),
    "add_scalar_series, steps": Case(
        lambda w, v: w.add_scalar_series("tag", [1, 2], v),
        "steps of 'tag'|values, steps and walltimes of 'tag'",
    ),
    "add_scalar_series, walltimes": Case(
        lambda w, v: w.add_scalar_series("tag", [1], [1], v),
        "walltimes of 'tag'",
        {"None"},
    ),
    "add_histogram": Case(
        lambda w, v: w.add_histogram("tag", v, 1),
        "values of 'tag'",
        {*NUMBERS, "array with NaN", "empty list", "empty array", "rank 3"},
    ),
    "add_histogram, bins": Case(
        lambda w, v: w.add_histogram("tag", [1.0], 1, v), "histogram of 'tag': bins must be"
    ),
    "add_histogram, max_bins": Case(
        lambda w, v: w.add_histogram("tag", [1.0], 1, max_bins=v),
        "histogram of 'tag': max_bins must be",
        {"None", "huge int"},
    ),
    "add_histogram_raw, buckets": Case(
        lambda w, v: w.add_histogram_raw("tag", 0, 1, 1, 1, 1, v, v, 1),
        "bucket_(limits|counts) of 'tag'",
        {"empty list", "empty array"},
    ),
    "add_histogram_raw, min": Case(
        lambda w, v: w.add_histogram_raw("tag", v, 1, 1, 1, 1, [1], [1], 1),
        "value of 'tag min'|min and max of 'tag'",
    ),
    "add_text": Case(lambda w, v: w.add_text("tag", v, 1), "text of 'tag'", {"string"}),
    "add_text raw": Case(
        lambda w, v: w.add_text("tag", v, 1, raw=True), "text of 'tag'", {"string"}
    ),
    "add_tensor": Case(
        lambda w, v: w.add_tensor("tag", v, 1),
        "tensor of 'tag'",
        {*NUMBERS, "array with NaN", "empty list", "empty array", "rank 3", "complex", "string",
         "bytes"},
    ),
    "add_pr_curve, labels": Case(
        lambda w, v: w.add_pr_curve("tag", v, [0.5, 1], 1), "labels (of|and predictions of) 'tag'"
    ),
    "add_pr_curve, predictions": Case(
        lambda w, v: w.add_pr_curve("tag", [0, 1], v, 1),
        "predictions of 'tag'",
        {"array with NaN"},
    ),
    "add_pr_curve, weights": Case(
        lambda w, v: w.add_pr_curve("tag", [0, 1], [0.5, 1], 1, weights=v),
        "weights of 'tag'",
        {"None"},
    ),
    "add_pr_curve, num_thresholds": Case(
        lambda w, v: w.add_pr_curve("tag", [0, 1], [0.5, 1], 1, v), "num_thresholds of 'tag'"
    ),
    "add_pr_curve_raw": Case(
        lambda w, v: w.add_pr_curve_raw("tag", v, v, v, v, v, v, 1),
        "true_positive_counts of 'tag'|the rows of 'tag'",
    ),
    "add_mesh, vertices": Case(lambda w, v: w.add_mesh("tag", v), "vertices of 'tag'"),
    "add_mesh, colors": Case(
        lambda w, v: w.add_mesh("tag", POINTS, v), "colors of 'tag'", {"None"}
    ),
    "add_mesh, faces": Case(
        lambda w, v: w.add_mesh("tag", POINTS, None, v), "faces of 'tag'", {"None"}
    ),
    "add_mesh, config": Case(
        lambda w, v: w.add_mesh("tag", POINTS, None, None, v), "config_dict of 'tag'", {"None"}
    ),
    # A hyperparameter that is no number and no bool is shown as a string.
    "add_hparams, value": Case(
        lambda w, v: w.add_hparams({"name": v}, {}),
        "hyperparameter 'name'",
        INPUTS.keys() - {"huge int", "surrogate"},
    ),
    "add_hparams, hparam_dict": Case(
        lambda w, v: w.add_hparams(v, {}), "hparam_dict must be a dictionary", {"dictionary"}
    ),
    "add_hparams, metric": Case(
        lambda w, v: w.add_hparams({}, {"tag": v}), "value of 'tag'", {*NUMBERS, "None"}
    ),
    "add_hparams, metric_dict": Case(
        lambda w, v: w.add_hparams({}, v),
        "metric_dict must be|tag must be a string|value of 'a'",
        {"empty list", "empty array"},
    ),
    "add_hparams, domain": Case(
        lambda w, v: w.add_hparams({"name": 1}, {}, {"name": v}),
        "hparam_domain_discrete of 'name'",
    ),
    "add_custom_scalars": Case(
        lambda w, v: w.add_custom_scalars(v), "layout must be a dictionary|category 'a'"
    ),
    "add_custom_scalars, chart": Case(
        lambda w, v: w.add_custom_scalars({"category": {"name": v}}), "chart 'name'"
    ),
    "add_custom_scalars_multilinechart": Case(
        lambda w, v: w.add_custom_scalars_multilinechart(v, "category", "name"), "chart 'name'"
    ),
    "add_custom_scalars_marginchart": Case(
        lambda w, v: w.add_custom_scalars_marginchart(v, "category", "name"), "chart 'name'"
    ),
    "add_summary": Case(lambda w, v: w.add_summary(v), "summary must be a Summary or bytes"),
    "add_session_log": Case(lambda w, v: w.add_session_log(v), "session_log must be a SessionLog"),
    "tag": Case(lambda w, v: w.add_histogram(v, [1.0], 1), "tag must be", {"string"}),
    "tag of a scalar": Case(lambda w, v: w.add_scalar(v, 1.0, 1), "tag must be", {"string"}),
    "global_step": Case(
        lambda w, v: w.add_text("tag", "text", v), "global_step of 'tag' must be", {"None"}
    ),
    "global_step of a scalar": Case(
        lambda w, v: w.add_scalar("tag", 1.0, v), "global_step of 'tag' must be", {"None"}
    ),
    "walltime": Case(lambda w, v: w.add_text("tag", "text", 1, v), "walltime must be", {"None"}),
    "walltime of a scalar": Case(
        lambda w, v: w.add_scalar("tag", 1.0, 1, v), "walltime must be", {"None"}
    ),
    # Pictures, sound and graphs.
    "add_image": Case(lambda w, v: w.add_image("tag", v), "image of 'tag'", {"rank 3"}),
    "add_image, tag": Case(lambda w, v: w.add_image(v, PICTURE), "tag must be", {"string"}),
    "add_image, dataformats": Case(
        lambda w, v: w.add_image("tag", PICTURE, dataformats=v), "image of 'tag'.*dataformats"
    ),
    "add_image, step": Case(
        lambda w, v: w.add_image("tag", PICTURE, v), "global_step of 'tag'", {"None"}
    ),
    "add_image, walltime": Case(
        lambda w, v: w.add_image("tag", PICTURE, 1, v), "walltime must be", {"None"}
    ),
    "add_images": Case(lambda w, v: w.add_images("tag", v), "image of 'tag'"),
    "add_images, each": Case(
        lambda w, v: w.add_images("tag", [v], as_grid=False), "image of 'tag'", {"rank 3"}
    ),
    "add_images, not as a grid": Case(
        lambda w, v: w.add_images("tag", v, as_grid=False), "image of 'tag'"
    ),
    "add_image_with_boxes": Case(
        lambda w, v: w.add_image_with_boxes("tag", v, [[0, 0, 1, 1]]), "image of 'tag'", {"rank 3"}
    ),
    "add_image_with_boxes, boxes": Case(
        lambda w, v: w.add_image_with_boxes("tag", PICTURE, v),
        "boxes of 'tag'",
        {"empty list", "empty array"},
    ),
    "add_image_with_boxes, rescale": Case(
        lambda w, v: w.add_image_with_boxes("tag", PICTURE, [], rescale=v), "rescale of 'tag'"
    ),
    "image_summary": Case(
        lambda w, v: w.image_summary("tag", v), "'tag'", {"rank 3", "empty list"}
    ),
    "image_summary, each": Case(
        lambda w, v: w.image_summary("tag", [v]), "image 0 of 'tag'", {"rank 3"}
    ),
    "add_figure": Case(lambda w, v: w.add_figure("tag", v), "figure of 'tag'"),
    "add_figure, each": Case(lambda w, v: w.add_figure("tag", [v]), "figure of 'tag'"),
    "add_video": Case(lambda w, v: w.add_video("tag", v), "image of 'tag'"),
    "add_video, fps": Case(lambda w, v: w.add_video("tag", CLIP, fps=v), "fps of 'tag'"),
    "add_audio": Case(lambda w, v: w.add_audio("tag", v), "audio of 'tag'", {"array with NaN"}),
    "add_audio, rate": Case(
        lambda w, v: w.add_audio("tag", [0.0], sample_rate=v), "sample_rate of 'tag'"
    ),
    "add_embedding": Case(lambda w, v: w.add_embedding(v, tag="tag"), "mat of 'tag'"),
    "add_embedding, metadata": Case(
        lambda w, v: w.add_embedding(POINT, v, tag="tag"),
        "metadata of 'tag'",
        {"None", "times", "dictionary"},
    ),
    "add_embedding, label_img": Case(
        lambda w, v: w.add_embedding(POINT, label_img=v, tag="tag"), "image of 'tag'", {"None"}
    ),
    "add_embedding, tag": Case(lambda w, v: w.add_embedding(POINT, tag=v), "tag", {"string"}),
    "add_graph": Case(lambda w, v: w.add_graph(v), "model must|graph must|graph node 0|codec"),
    "add_graph, node": Case(lambda w, v: w.add_graph([v]), "graph node 0"),
    "add_graph, attribute": Case(
        lambda w, v: w.add_graph([("a", "Op", [], {"x": v})]), "", {*INPUTS}
    ),
    "add_graph, inputs": Case(
        lambda w, v: w.add_graph([("a", "Op", v)]),
        "graph node 'a'",
        {"empty list", "empty array", "None", "dictionary"},  # Of which the keys are names.
    ),
    "add_graph, shapes": Case(
        lambda w, v: w.add_graph([("a", "Op", [], {}, "", v)]),
        "graph node 'a'",
        {"empty list", "empty array", "ragged", "objects"},  # {} is a shape of no axes.
    ),
    "add_graph, operation": Case(
        lambda w, v: w.add_graph([("a", v)]), "graph node 'a'", {"None", "string"}
    ),
    "add_onnx_graph": Case(lambda w, v: w.add_onnx_graph(v), "model must be|codec"),
    "add_openvino_graph": Case(lambda w, v: w.add_openvino_graph(v), "xmlname must be|codec"),
    "add_run_metadata": Case(
        lambda w, v: w.add_run_metadata(v, "tag"),
        "run_metadata must be|statistics 0",
        {"empty list", "empty array"},
    ),
    "add_run_metadata, statistics": Case(
        lambda w, v: w.add_run_metadata([v], "tag"), "statistics 0"
    ),
    "add_run_metadata, time": Case(
        lambda w, v: w.add_run_metadata([("a", 0, v)], "tag"), "statistics of 'a'"
    ),
    "add_run_metadata, tag": Case(
        lambda w, v: w.add_run_metadata([], v),
        r"TaggedRunMetadata\.tag must be",
        {"None", "string"},
    ),
}  # fmt: skip


def events_in(folder: Path) -> list[tfe.Event]:
    """All events below a folder but each file's first; each file is read to its end."""
    files = sorted(folder.rglob("events.out.tfevents.*"))
    return [event for file in files for event in list(tfe.read_events(file))[1:]]


# A string is a path to these: see test_a_file_that_is_missing_is_named.
TAKE_PATHS = (
    *("add_image", "add_images", "add_images, each", "add_images, not as a grid", "add_video"),
    *("add_graph", "add_onnx_graph", "add_openvino_graph"),
)


def refused_or_taken() -> Iterator[tuple[str, str]]:
    for name in CASES:
        for given in INPUTS:
            if name not in TAKE_PATHS or given != "string":
                yield name, given


@pytest.mark.parametrize(("name", "given"), [*refused_or_taken()])
def test_each_is_taken_or_refused(name: str, given: str, tmp_path: Path) -> None:
    """What is accepted is written and parses; the rest raises, names the place, writes nothing."""
    case = CASES[name]
    writer = tfe.SummaryWriter(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Of NaN that is left out.
        if given in case.accepted:
            case.call(writer, INPUTS[given]())
            assert events_in(tmp_path) or name.startswith("add_embedding")
        else:
            with pytest.raises((TypeError, ValueError), match=case.named):
                case.call(writer, INPUTS[given]())
            assert events_in(tmp_path) == []
            assert len(list(tmp_path.iterdir())) == 1
    writer.add_scalar("after", 1.0, 1)
    writer.close()
    events = events_in(tmp_path)
    assert events[-1].summary.value[0].tag == "after" or given in case.accepted
    for event in events:
        theirs = event_pb2.Event.FromString(event.SerializeToString())
        assert theirs.SerializeToString(deterministic=True) == event.SerializeToString()


@pytest.mark.parametrize("loader", LOADERS)
def test_all_that_is_taken_loads(loader: Loader, tmp_path: Path) -> None:
    """Runs with everything that is accepted load to their end in TensorBoard."""
    runs = []
    for number, case in enumerate(CASES.values()):
        for index, given in enumerate(sorted(case.accepted)):
            runs.append(f"{number}-{index}")
            with tfe.SummaryWriter(tmp_path / runs[-1]) as writer, warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                case.call(writer, INPUTS[given]())
                writer.add_scalar("after", 0.5, 1)
    with TensorBoardServer(tmp_path, loader) as server:
        for run in runs:
            assert [point.value for point in server.scalars(run, "after")] == [0.5], run
        assert "hparamInfos" in server.hparams_experiment()
        assert server.hparams_session_groups()


@pytest.mark.parametrize("method", ["add_image", "add_images", "add_video"])
def test_a_file_that_is_missing_is_named(method: str, tmp_path: Path) -> None:
    """A path that leads nowhere raises what opening it raises."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
            getattr(writer, method)("tag", tmp_path / "nowhere.png")
        with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
            writer.add_onnx_graph(tmp_path / "nowhere.onnx")
    assert events_in(tmp_path) == []


class Lying:
    """Gives as its array whatever it is made of, or raises it."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


class Endless:
    """A sequence of a length that no memory holds."""

    def __len__(self) -> int:
        return 10**12

    def __getitem__(self, index: int) -> float:
        return 1.0


def holds_itself(times: int) -> list[Any]:
    made: list[Any] = []
    made.extend([made] * times)
    return made


def doubled(times: int) -> list[Any]:
    """A list of 2ⁿ numbers that takes no memory: each half is the other."""
    made: list[Any] = [1.0, 1.0]
    for _ in range(times):
        made = [made, made]
    return made


HUGE = np.broadcast_to(np.float32(0.5), (10**6, 3 * 10**6))
ENDLESS: dict[str, Callable[[], Any]] = {
    "a list that holds itself": lambda: holds_itself(1),
    "a list that holds itself twice": lambda: holds_itself(2),
    "2^60 numbers": lambda: doubled(60),
    "a broadcast array": lambda: HUGE,
    "a lying __array__": lambda: Lying(HUGE),
    "an __array__ that is none": lambda: Lying(5),
    "an __array__ that raises": lambda: Lying(KeyError("no")),
    "a sequence without end": Endless,
    "a range": lambda: range(10**12),
}
NUMERIC = [
    *("add_histogram", "add_audio", "add_pr_curve, labels", "add_pr_curve, predictions"),
    *("add_mesh, vertices", "add_embedding", "add_tensor", "add_scalar", "add_text"),
    *("image_summary, each", "add_image", "add_images", "add_video", "add_scalar_series, values"),
]


@pytest.mark.parametrize("given", ENDLESS)
@pytest.mark.parametrize("name", NUMERIC)
def test_what_never_ends_is_refused_at_once(name: str, given: str, tmp_path: Path) -> None:
    """By size or kind, naming the argument: nothing is converted and nothing is written."""
    case = CASES[name]
    with tfe.SummaryWriter(tmp_path) as writer:
        begin = time.process_time()
        with pytest.raises((TypeError, ValueError), match=case.named) as raised:
            case.call(writer, ENDLESS[given]())
        assert time.process_time() - begin < 1
        assert len(str(raised.value)) < 500
    assert events_in(tmp_path) == []


def test_hyperparameters_that_never_end(tmp_path: Path) -> None:
    """Lists within lists are shown as text, if that ends; arrays as NumPy abbreviates them."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="hyperparameter 'a' can not be shown"):
            writer.add_hparams({"a": doubled(60)}, {})
        with pytest.raises(ValueError, match="hyperparameter 'a' must be"):
            writer.add_hparams({"a": HUGE}, {})


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
@pytest.mark.parametrize(
    "call",
    [
        lambda w, path: w.add_image("tag", path),
        lambda w, path: w.add_video("tag", path),
        lambda w, path: w.add_graph(path),
        lambda w, path: w.add_onnx_graph(path),
        lambda w, path: w.add_openvino_graph(path),
    ],
)
def test_only_regular_files_are_read(call: Any, tmp_path: Path) -> None:
    """A device, a FIFO or a folder in place of a file is refused before it is opened."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        for path in ("/dev/zero", fifo, tmp_path):
            with pytest.raises(ValueError, match="must be a regular file"):
                call(writer, path)


def test_the_bound_of_images_can_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image beyond it is refused with the bound's name; with a higher bound it is drawn."""
    monkeypatch.setattr(arrays, "MAX_PIXELS", 100)
    image = np.zeros((3, 10, 11), np.uint8)
    with pytest.raises(ValueError, match=r"at most 100 pixels \(tfevents_lite\.inputs\.arrays"):
        tfe.summary.image("x", image)
    with pytest.raises(ValueError, match="at most 100 pixels"):
        tfe.image_summary("x", [image])
    monkeypatch.setattr(arrays, "MAX_PIXELS", 110)
    assert tfe.summary.image("x", image).value[0].image.width == 11
