"""Every method with what does not belong: its documented result, or an error that says where.

One table: a call of each method with a hole in it, what is put in the hole, and what is accepted.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2

import tfevents_lite as tfe

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
}  # fmt: skip


def events_in(folder: Path) -> list[tfe.Event]:
    """All events below a folder but each file's first; each file is read to its end."""
    files = sorted(folder.rglob("events.out.tfevents.*"))
    return [event for file in files for event in list(tfe.read_events(file))[1:]]


@pytest.mark.parametrize("given", INPUTS)
@pytest.mark.parametrize("name", CASES)
def test_each_is_taken_or_refused(name: str, given: str, tmp_path: Path) -> None:
    """What is accepted is written and parses; the rest raises, names the place, writes nothing."""
    case = CASES[name]
    writer = tfe.SummaryWriter(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Of NaN that is left out.
        if given in case.accepted:
            case.call(writer, INPUTS[given]())
            assert events_in(tmp_path)
        else:
            with pytest.raises((TypeError, ValueError), match=case.named):
                case.call(writer, INPUTS[given]())
            assert events_in(tmp_path) == []
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
