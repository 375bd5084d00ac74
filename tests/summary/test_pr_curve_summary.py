"""Precision-recall curves: the counts of TensorBoard's own summary, served by both loaders."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboard.compat.proto import summary_pb2
from tensorboard.util import tensor_util

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

RANDOM = np.random.default_rng(5)
LABELS = RANDOM.integers(0, 2, 1000).astype(bool)
PREDICTIONS = np.clip(LABELS * 0.4 + RANDOM.random(1000) * 0.6, 0, 1)
NAMES = (
    "true_positives", "false_positives", "true_negatives", "false_negatives", "precision", "recall",
)  # fmt: skip


def count_slowly(
    labels: Any, predictions: Any, thresholds: int, weights: Any = 1.0
) -> NDArray[np.float64]:
    """The six rows, counted threshold by threshold from their definitions."""
    labels, predictions = np.asarray(labels, float).ravel(), np.asarray(predictions, float).ravel()
    weights = np.broadcast_to(np.asarray(weights, float).ravel(), labels.shape)
    columns = []
    for index in range(thresholds):
        # A prediction is positive at a threshold that its place among them reaches.
        positive = np.floor(predictions * (thresholds - 1)) >= index
        tp = np.sum(weights * labels * positive)
        fp = np.sum(weights * (1 - labels) * positive)
        tn = np.sum(weights * (1 - labels) * ~positive)
        fn = np.sum(weights * labels * ~positive)
        columns.append([tp, fp, tn, fn, tp / max(tp + fp, 1e-7), tp / max(tp + fn, 1e-7)])
    return np.transpose(columns)


def rows_of(summary: tfe.Summary) -> dict[str, NDArray[Any]]:
    """The curves of a summary, by tag, as TensorBoard's own code reads the tensors."""
    values = summary_pb2.Summary.FromString(summary.SerializeToString()).value
    return {value.tag: tensor_util.make_ndarray(value.tensor) for value in values}


def assert_served(tensorboard: TensorBoardServer, run: str, tag: str, rows: Any) -> None:
    (point,) = tensorboard.pr_curves(run, tag)
    served = np.array([point[name] for name in NAMES])
    # The page leaves out thresholds at which nothing is predicted any more.
    shown = served.shape[1]
    np.testing.assert_array_equal(served, np.asarray(rows, np.float32)[:, :shown])
    beyond = np.asarray(rows)[:2, shown:]
    assert not beyond.any(), "thresholds with predictions are missing"


@pytest.mark.parametrize("thresholds", [2, 3, 50, 127, 201])
@pytest.mark.parametrize("weights", [None, 0.5, "each"])
def test_counts_are_those_of_the_definition(thresholds: int, weights: Any) -> None:
    """For any number of thresholds and weights, each row is what a slow count finds."""
    scale = RANDOM.random(1000) if weights == "each" else weights
    made = tfe.summary.pr_curve("p", LABELS, PREDICTIONS, thresholds, scale)
    expected = count_slowly(LABELS, PREDICTIONS, thresholds, 1.0 if scale is None else scale)
    np.testing.assert_allclose(rows_of(made)["p"], expected, rtol=1e-6, atol=1e-6)


def test_both_loaders_show_the_curve(tensorboard: TensorBoardServer) -> None:
    """Curves are served with the very counts, from bool, integer and float labels of any shape."""
    folder = tensorboard.new_run("pr")
    labels: dict[str, Any] = {
        "bool": LABELS,
        "int": LABELS.astype(np.int8).reshape(20, 50),
        "list": LABELS.astype(float).tolist(),
    }
    with tfe.SummaryWriter(folder) as writer:
        for tag, truth in labels.items():
            shape = np.shape(truth)
            writer.add_pr_curve(
                tag, truth, PREDICTIONS.reshape(shape).astype(np.float32), 4, walltime=9.0
            )
        writer.add_pr_curve("many", LABELS, PREDICTIONS, 4, 1001)
    tensorboard.reload()
    predictions = PREDICTIONS.astype(np.float32)
    for tag in labels:
        assert_served(tensorboard, folder.name, tag, count_slowly(LABELS, predictions, 127))
        (point,) = tensorboard.pr_curves(folder.name, tag)
        assert (point["step"], point["wall_time"]) == (4, 9.0)
        np.testing.assert_allclose(point["thresholds"][:3], [0, 1 / 126, 2 / 126])
    assert_served(tensorboard, folder.name, "many", count_slowly(LABELS, PREDICTIONS, 1001))


def test_classes_have_a_curve_each(tensorboard: TensorBoardServer) -> None:
    """N×C predictions with the class of each give C curves under the tag, by number or by name."""
    folder = tensorboard.new_run("classes")
    classes = RANDOM.integers(0, 3, 500)
    predictions = RANDOM.random((500, 3))
    weights = RANDOM.random(500)
    one_hot = np.eye(3)[classes]
    with tfe.SummaryWriter(folder) as writer:
        writer.add_pr_curve("number", classes, predictions)
        writer.add_pr_curve("name", classes, predictions, class_names=["a", "b", "c"])
        writer.add_pr_curve("one hot", one_hot, predictions, weights=weights, class_names="xyz")
        writer.add_pr_curve("all", one_hot, predictions)
    tensorboard.reload()
    assert set(tensorboard.tags("pr_curves")[folder.name]) == {
        *("number/0", "number/1", "number/2", "name/a", "name/b", "name/c"),
        *("one hot/x", "one hot/y", "one hot/z", "all"),
    }
    for index in range(3):
        expected = count_slowly(one_hot[:, index], predictions[:, index], 127)
        assert_served(tensorboard, folder.name, f"number/{index}", expected)
        assert_served(tensorboard, folder.name, f"name/{'abc'[index]}", expected)
    assert_served(tensorboard, folder.name, "all", count_slowly(one_hot, predictions, 127))


def test_raw_curves_are_served(tensorboard: TensorBoardServer) -> None:
    """Rows computed elsewhere are served as given, lists or arrays."""
    folder = tensorboard.new_run("raw")
    rows: Any = count_slowly(LABELS, PREDICTIONS, 30)
    lists = dict(zip(NAMES, rows.tolist()))
    with tfe.SummaryWriter(folder) as writer:
        writer.add_pr_curve_raw("p", *[*rows, 3, 30])
        writer.add_pr_curve_raw(
            "list",
            lists["true_positives"],
            lists["false_positives"],
            lists["true_negatives"],
            lists["false_negatives"],
            precision=lists["precision"],
            recall=lists["recall"],
            global_step=3,
            num_thresholds=30,
        )
    tensorboard.reload()
    for tag in ("p", "list"):
        assert_served(tensorboard, folder.name, tag, rows)


def test_predictions_beyond_are_warned_of() -> None:
    """Predictions beyond 0..1 count as the nearer end, NaN not at all, with one warning."""
    predictions = [1.5, -1, 0.5, math.nan, math.inf]
    with pytest.warns(UserWarning, match="of 'p' must be within 0..1: 3 are counted.*1 NaN"):
        made = tfe.summary.pr_curve("p", [1, 0, 1, 1, 1], predictions, 5)
    np.testing.assert_allclose(
        rows_of(made)["p"], count_slowly([1, 0, 1, 1], [1, 0, 0.5, 1], 5), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0], [0.5]), "labels and predictions of 'p' must be equally many, got shapes"),
        (([2], [0.5]), "labels of 'p' must be bool or 0 to 1"),
        (([math.nan], [0.5]), "labels of 'p' must be bool or 0 to 1"),
        ((["a"], [0.5]), "labels of 'p' must be an array of numbers"),
        (([1], None), "predictions of 'p' must be an array of numbers"),
        (([1], ["0.5"]), "predictions of 'p' must be an array of numbers"),
        (([1], iter([1])), "predictions of 'p' must be an array of numbers"),
        (([1], [0.5], 0, 0), "num_thresholds of 'p' must be 1 to 100000, got 0"),
        (([1], [0.5], 0, 10**9), "num_thresholds of 'p' must be 1 to 100000, got 1000000000"),
        (([1], [0.5], 0, 2.5), "num_thresholds of 'p' must be an integer, got 2.5"),
        (([1], [0.5], 0, 127, [1, 2]), "weights of 'p' must be one number or as many"),
        (([1], [0.5], 0, 127, [-1]), "weights of 'p' must be one number or as many"),
        (([1], [0.5], 0, 127, "a"), "weights of 'p' must be an array of numbers"),
        (([3], [[0.5, 0.5]]), r"labels of 'p' must be integers in 0..1, got array\(\[3\]\)"),
        (([0.5], [[0.5, 0.5]]), "labels of 'p' must be integers in 0..1"),
        ((3, [[0.5, 0.5]]), "labels and predictions of 'p' must be equally many"),
    ],
)
def test_bad_curves(arguments: Any, message: str, tmp_path: Path) -> None:
    """What makes no curve raises an error that names tag and argument, and nothing is written."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_pr_curve("p", *arguments)
    assert writer.file_writer.file.events == 1
    writer.close()


def test_bad_class_names(tmp_path: Path) -> None:
    """Names must be different, and as many as there are classes."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="predictions of 'p' must be N×C"):
            writer.add_pr_curve("p", [1], [0.5], class_names=["a"])
        for names in (["a"], ["a", "a"]):
            with pytest.raises(ValueError, match="class_names of 'p' must be 2 different names"):
                writer.add_pr_curve("p", [1], [[0.5, 0.5]], class_names=names)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 2]] * 5 + [[1]], "the rows of 'p' must be lists of equally many numbers, 1 or more"),
        ([[]] * 6, "the rows of 'p' must be lists of equally many numbers, 1 or more"),
        ([[1, math.nan]] * 6, "the rows of 'p' must be finite"),
        ([["a"]] * 6, "true_positive_counts of 'p' must be an array of numbers"),
        ([[[1, 2]]] * 6, "the rows of 'p' must be lists of equally many numbers"),
    ],
)
def test_bad_raw_curves(rows: Any, message: str, tmp_path: Path) -> None:
    """Rows that make no curve raise an error that names the tag."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_pr_curve_raw("p", *rows)
    assert writer.file_writer.file.events == 1
    writer.close()
