"""Hyperparameters as TensorBoard's HParams page gets them, from both of the loaders.

Each test has a server of its own, as the page takes all runs together.
"""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

import tfevents_lite as tfe

from ..oracles.tensorboard import LOADERS, Loader, TensorBoardServer

METRIC = [{"group": "", "tag": "hparam/accuracy"}]


def sessions(server: TensorBoardServer, *tags: str) -> dict[str, dict[str, Any]]:
    """By session: its hyperparameters, metrics (value and step), status and times."""
    metrics = [{"group": "", "tag": tag} for tag in tags]
    found = {}
    for group in server.hparams_session_groups(metrics):
        for session in group["sessions"]:
            values = {
                value["name"]["tag"]: (value["value"], value.get("trainingStep", 0))
                for value in session.get("metricValues", [])
            }
            found[session["name"]] = {
                "hparams": group["hparams"],
                "metrics": values,
                "status": session.get("status", "STATUS_UNKNOWN"),
                "start": session.get("startTimeSecs", 0),
                "end": session.get("endTimeSecs", 0),
            }
    return found


def write(folder: Path, *hparams: Any, log: Any = lambda writer: None, **options: Any) -> None:
    with tfe.SummaryWriter(folder, clock=iter(range(100, 10_000)).__next__) as writer:
        writer.add_hparams(*hparams, **options)
        log(writer)


VALUES: dict[str, Any] = {
    "lr": 0.1,
    "layers": 3,
    "bias": True,
    "frozen": False,
    "optimizer": "sgd",
    "nothing": None,
    "numpy": np.float32(0.5),
    "numpy int": np.array(7),
    "numpy bool": np.bool_(True),
    "decimal": Decimal("0.25"),
    "sizes": [64, 32],
    "shape": np.array([1, 2]),
    "loss": math.sqrt,
    "nan": math.nan,
    "inf": -math.inf,
    "empty": "",
    "unicode": "漢字",
}
SHOWN: dict[str, Any] = {
    **{name: VALUES[name] for name in ("lr", "layers", "bias", "frozen", "optimizer")},
    **{name: VALUES[name] for name in ("empty", "unicode")},
    "numpy": 0.5,
    "numpy int": 7,
    "numpy bool": True,
    "decimal": 0.25,
    "sizes": "[64, 32]",
    "shape": "[1, 2]",
    "loss": "sqrt",
    "nan": "nan",
    "inf": "-inf",
}


@pytest.mark.parametrize("loader", LOADERS)
def test_values_of_every_type_are_shown(loader: Loader, tmp_path: Path) -> None:
    """bool, numbers, strings, NumPy's and lists are served each as what it is, None not at all."""
    write(tmp_path / "run", VALUES, {"hparam/accuracy": 0.5})
    with TensorBoardServer(tmp_path, loader) as server:
        (session,) = sessions(server, "hparam/accuracy").values()
        infos = {info["name"]: info for info in server.hparams_experiment()["hparamInfos"]}
    assert session["hparams"] == SHOWN
    kinds = {bool: "DATA_TYPE_BOOL", str: "DATA_TYPE_STRING"}
    for name, value in SHOWN.items():
        assert infos[name]["type"] == kinds.get(type(value), "DATA_TYPE_FLOAT64"), name


@pytest.mark.parametrize("loader", LOADERS)
def test_a_session_is_in_the_run_itself(loader: Loader, tmp_path: Path) -> None:
    """The metrics are the run's own scalars: those given, and those that follow; with times."""
    write(
        tmp_path / "good", {"lr": 0.1}, {"hparam/accuracy": 0.25}, None, None, 7,
        log=lambda writer: writer.add_scalar("hparam/accuracy", 0.75, 9),
    )  # fmt: skip
    write(tmp_path / "later", {"lr": 0.2}, ["hparam/accuracy"],
          log=lambda writer: writer.add_scalar("hparam/accuracy", 0.5, 3))  # fmt: skip
    write(tmp_path / "none", {"lr": 0.3}, {"hparam/accuracy": None})
    with pytest.raises(KeyError):
        write(
            tmp_path / "bad",
            {"lr": 0.4},
            {"hparam/accuracy": 1},
            log=lambda writer: VALUES["missing"],
        )
    assert {path.name for path in tmp_path.iterdir()} == {"good", "later", "none", "bad"}
    assert all(path.is_file() for path in tmp_path.glob("*/*"))
    with TensorBoardServer(tmp_path, loader) as server:
        found = sessions(server, "hparam/accuracy")
        experiment = server.hparams_experiment()
    assert {name: session["metrics"] for name, session in found.items()} == {
        "good": {"hparam/accuracy": (0.75, 9)},
        "later": {"hparam/accuracy": (0.5, 3)},
        "none": {},
        "bad": {"hparam/accuracy": (1, 0)},
    }
    assert [found[name]["status"] for name in ("good", "later", "bad")] == [
        "STATUS_SUCCESS", "STATUS_SUCCESS", "STATUS_FAILURE",
    ]  # fmt: skip
    assert [info["name"] for info in experiment["metricInfos"]] == METRIC
    for session in found.values():
        assert 100 <= session["start"] < session["end"]


@pytest.mark.parametrize("loader", LOADERS)
def test_torchs_example_shows_five_sessions(loader: Loader, tmp_path: Path) -> None:
    """Several calls on one writer are a session each: the first in the run, others beneath it."""
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        for index in range(5):
            metrics = {"hparam/accuracy": 10 * index, "hparam/loss": 10 * index}
            writer.add_hparams({"lr": 0.1 * index, "bsize": index}, metrics)
    with TensorBoardServer(tmp_path, loader) as server:
        found = sessions(server, "hparam/accuracy", "hparam/loss")
    assert sorted(session["hparams"]["bsize"] for session in found.values()) == [0, 1, 2, 3, 4]
    for session in found.values():
        expected = 10 * session["hparams"]["bsize"]
        assert session["metrics"] == {
            "hparam/accuracy": (expected, 0),
            "hparam/loss": (expected, 0),
        }
        assert session["status"] == "STATUS_SUCCESS"


@pytest.mark.parametrize("loader", LOADERS)
def test_sub_runs_are_named(loader: Loader, tmp_path: Path) -> None:
    """run_name, tensorboardX's name, and its name in the third place are sub-runs, inside."""
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        writer.add_hparams({"lr": 1}, {"hparam/accuracy": 1}, run_name="torch", global_step=5)
        writer.add_hparams({"lr": 2}, {"hparam/accuracy": 2}, name="tbx", global_step=6)
        writer.add_hparams({"lr": 3}, {"hparam/accuracy": 3}, "third", 7)
        writer.add_hparams({"lr": 4}, {"hparam/accuracy": 4}, run_name="../../out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    with TensorBoardServer(tmp_path, loader) as server:
        found = sessions(server, "hparam/accuracy")
    assert {name: session["metrics"] for name, session in found.items()} == {
        "run/torch": {"hparam/accuracy": (1, 5)},
        "run/tbx": {"hparam/accuracy": (2, 6)},
        "run/third": {"hparam/accuracy": (3, 7)},
        "run/.%2E/.%2E/out": {"hparam/accuracy": (4, 0)},
    }


@pytest.mark.parametrize("loader", LOADERS)
def test_domains_and_groups(loader: Loader, tmp_path: Path) -> None:
    """Discrete and interval domains are served; sessions of one group are one row."""
    for index in range(2):
        write(
            tmp_path / str(index),
            {"opt": "sgd", "lr": 0.1, "bias": True}, {"hparam/accuracy": index},
            {"opt": ["sgd", "adam"], "bias": [True, False]},
            hparam_domain_interval={"lr": (0.01, 1)}, group_name="pair",
        )  # fmt: skip
    with TensorBoardServer(tmp_path, loader) as server:
        infos = {info["name"]: info for info in server.hparams_experiment()["hparamInfos"]}
        groups = server.hparams_session_groups(METRIC)
    assert infos["opt"]["domainDiscrete"] == ["sgd", "adam"]
    assert infos["bias"]["domainDiscrete"] == [True, False]
    assert infos["lr"]["domainInterval"] == {"minValue": 0.01, "maxValue": 1.0}
    assert [(group["name"], len(group["sessions"])) for group in groups] == [("pair", 2)]


@pytest.mark.parametrize("loader", LOADERS)
def test_without_metrics_all_scalars_are(loader: Loader, tmp_path: Path) -> None:
    """Where no metrics are named, TensorBoard takes all sessions' parameters and scalars."""
    write(tmp_path / "a", {"lr": 0.1}, {}, log=lambda writer: writer.add_scalar("loss", 1, 0))
    write(tmp_path / "b", {"bs": 8}, {}, log=lambda writer: writer.add_scalar("acc", 2, 0))
    with TensorBoardServer(tmp_path, loader) as server:
        experiment = server.hparams_experiment()
        found = sessions(server, "loss", "acc")
    assert {info["name"] for info in experiment["hparamInfos"]} == {"lr", "bs"}
    assert {info["name"]["tag"] for info in experiment["metricInfos"]} == {"loss", "acc"}
    assert found["a"]["metrics"] == {"loss": (1, 0)}
    assert found["b"]["metrics"] == {"acc": (2, 0)}


@pytest.mark.parametrize("loader", LOADERS)
def test_a_metric_goes_behind_its_curve(loader: Loader, tmp_path: Path) -> None:
    """A final value without a step stands behind the curve of its tag, and drops none of it."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for step in range(5):
            writer.add_scalar("hparam/accuracy", step, step)
        writer.add_hparams({"lr": 0.1}, {"hparam/accuracy": 10})
    with TensorBoardServer(tmp_path, loader) as server:
        points = server.scalars(".", "hparam/accuracy")
        (session,) = sessions(server, "hparam/accuracy").values()
    assert [(point.step, point.value) for point in points] == [
        (0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 10),
    ]  # fmt: skip
    assert session["metrics"] == {"hparam/accuracy": (10, 5)}


def test_a_sub_run_without_metrics_holds_its_session_alone(tmp_path: Path) -> None:
    """As torch's: no event without a value is written, and nothing fails."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_hparams({}, {}, run_name="trial")
    (file,) = (tmp_path / "trial").iterdir()
    _, *events = tfe.read_events(file)
    assert [[value.tag for value in event.summary.value] for event in events] == [
        [metadata.SESSION_START_INFO_TAG],
        [metadata.SESSION_END_INFO_TAG],
    ]


def test_tensorboards_own_messages_read_it() -> None:
    """TensorBoard's parsers take the three summaries apart as they do their own."""
    made = tfe.summary.hparams({"a": 1, "b": "x"}, ["m"], group_name="g", start_time_secs=5)
    experiment, start = (value.metadata.plugin_data.content for value in made.value)
    parsed: api_pb2.Experiment = metadata.parse_experiment_plugin_data(experiment)
    assert [info.name for info in parsed.hparam_infos] == ["a", "b"]
    assert [info.name.tag for info in parsed.metric_infos] == ["m"]
    info: plugin_data_pb2.SessionStartInfo = metadata.parse_session_start_info_plugin_data(start)
    assert (info.hparams["a"].number_value, info.hparams["b"].string_value) == (1, "x")
    assert (info.group_name, info.start_time_secs) == ("g", 5)
    (ended,) = tfe.summary.session_end(False, 7).value
    end = metadata.parse_session_end_info_plugin_data(ended.metadata.plugin_data.content)
    assert (end.status, end.end_time_secs) == (api_pb2.STATUS_FAILURE, 7)
    assert [value.tag for value in (*made.value, ended)] == [
        metadata.EXPERIMENT_TAG, metadata.SESSION_START_INFO_TAG, metadata.SESSION_END_INFO_TAG,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1], {}), {}, r"hparam_dict must be a dictionary, got \[1\]"),
        ((None, {}), {}, "hparam_dict must be a dictionary, got None"),
        (({1: 2}, {}), {}, "names in hparam_dict must be strings, got 1"),
        (({"a": 10**400}, {}), {}, "hyperparameter 'a' must be within a double's range"),
        (({"a": "\ud800"}, {}), {}, "hyperparameter 'a' must be valid Unicode"),
        (({"a": 1}, "m"), {}, "metric_dict must be a dictionary of numbers or a list of tags"),
        (({"a": 1}, 5), {}, "metric_dict must be a dictionary of numbers or a list of tags"),
        (({"a": 1}, {"m": "x"}), {}, "value of 'm' must be a number, got 'x'"),
        (({"a": 1}, {"m": [1, 2]}), {}, "value of 'm' must be one number"),
        (({"a": 1}, [1]), {}, "tag must be a string, got 1"),
        (({"a": 1}, {}, {"b": [1]}), {}, "hparam_domain_discrete must be a dictionary of"),
        (({"a": 1}, {}, {"a": ["x"]}), {}, "hparam_domain_discrete of 'a' must be a list of"),
        (({"a": 1}, {}, {"a": 5}), {}, "hparam_domain_discrete of 'a' must be a list of"),
        (({"a": 1}, {}, {"a": []}), {}, "hparam_domain_discrete of 'a' must be a list of"),
        (({"a": 1}, {}, [1]), {}, "hparam_domain_discrete must be a dictionary of"),
        (
            ({"a": 1}, {}),
            {"hparam_domain_interval": {"a": (2, 1)}},
            r"of 'a' must be \(low, high\)",
        ),
        (
            ({"a": 1}, {}),
            {"hparam_domain_interval": {"a": (0, math.inf)}},
            r"must be \(low, high\)",
        ),
        (({"a": "x"}, {}), {"hparam_domain_interval": {"a": (0, 1)}}, "its value a number"),
        (({"a": 1}, {}), {"global_step": "half"}, "global_step must be an integer, got 'half'"),
        (({"a": 1}, {}), {"run_name": 5}, "run name must be a string, got 5"),
    ],
)
def test_bad_hparams(arguments: Any, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """What can't be shown raises an error that names the hyperparameter, and writes nothing."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_hparams(*arguments, **options)
    file = writer.file_writer.file
    writer.close()
    assert file.events == 1
    assert len(list(tmp_path.iterdir())) == 1
