"""Programs from torch's documentation and tensorboardX's examples, with only the import changed.

The snippets are retyped as their authors' pages show their use; each is run as it stands, and what
it logged is asked from TensorBoard. Tensors are NumPy's where the pages have torch's, as the names
of the methods and the order of their arguments are what is under test.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tfevents_lite import SummaryWriter

from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default folder is below the current one."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=LOADERS)
def loader(request: pytest.FixtureRequest) -> Loader:
    value: Loader = request.param
    return value


def only_run(server: TensorBoardServer) -> str:
    (run,) = server.runs()
    return run


def test_scalars(loader: Loader) -> None:
    """torch, SummaryWriter and add_scalar: a curve in the default folder, with a comment."""
    writer = SummaryWriter(comment="LR_0.1_BATCH_16")
    x = range(100)
    for i in x:
        writer.add_scalar("y=2x", i * 2, i)
    writer.close()

    with TensorBoardServer("runs", loader) as server:
        run = only_run(server)
        assert run.endswith("LR_0.1_BATCH_16")
        points = server.scalars(run, "y=2x")
    assert [(point.step, point.value) for point in points] == [(i, 2 * i) for i in x]


def test_overlaid_scalars(loader: Loader) -> None:
    """torch, add_scalars: three curves in one plot."""
    writer = SummaryWriter("run")
    r = 5
    for i in range(100):
        writer.add_scalars(
            "run_14h",
            {"xsinx": i * np.sin(i / r), "xcosx": i * np.cos(i / r), "tanx": np.tan(i / r)},
            i,
        )
    writer.close()

    with TensorBoardServer("run", loader) as server:
        assert set(server.tags("scalars")) == {"run_14h_xsinx", "run_14h_xcosx", "run_14h_tanx"}
        points = server.scalars("run_14h_xsinx", "run_14h")
    expected = np.array([i * math.sin(i / r) for i in range(100)], np.float32)
    assert [point.value for point in points] == expected.tolist()


def test_histograms(loader: Loader) -> None:
    """torch, add_histogram: ten distributions whose centre moves."""
    writer = SummaryWriter("run")
    for i in range(10):
        x = np.random.random(1000)
        writer.add_histogram("distribution centers", x + i, i)
    writer.close()

    with TensorBoardServer("run", loader) as server:
        points = server.histograms(".", "distribution centers")
    for i, point in enumerate(points):
        assert sum(count for _, _, count in point.buckets) == 1000
        assert point.buckets[0][0] <= i + 0.1 * (i + 1)
        assert i + 0.9 <= point.buckets[-1][1] <= 1.1 * (i + 1)


def test_raw_histograms(loader: Loader) -> None:
    """tensorboardX, add_histogram_raw: counts and limits by keyword, in a `with` block."""
    dummy_data = []
    for idx, value in enumerate(range(30)):
        dummy_data += [idx + 0.001] * value
    values = np.array(dummy_data).astype(float).reshape(-1)
    counts, limits = np.histogram(values)
    sum_sq = values.dot(values)
    with SummaryWriter("run") as summary_writer:
        summary_writer.add_histogram_raw(
            tag="hist_dummy_data",
            min=values.min(),
            max=values.max(),
            num=len(values),
            sum=values.sum(),
            sum_squares=sum_sq,
            bucket_limits=limits[1:].tolist(),
            bucket_counts=counts.tolist(),
            global_step=0,
        )

    with TensorBoardServer("run", loader) as server:
        (point,) = server.histograms(".", "hist_dummy_data")
    assert [count for _, _, count in point.buckets] == counts.tolist()
    # TensorBoard's Python loader turns edges into 32-bit floats.
    edges = limits[:-1].astype(np.float32 if loader == "slow" else np.float64)
    assert [left for left, _, _ in point.buckets] == edges.tolist()


def test_text_and_pr_curves(loader: Loader) -> None:
    """torch, add_text and add_pr_curve."""
    labels = np.random.randint(2, size=100)  # binary label
    predictions = np.random.rand(100)
    writer = SummaryWriter("run")
    writer.add_text("lstm", "This is an lstm", 0)
    writer.add_text("rnn", "This is an rnn", 10)
    writer.add_pr_curve("pr_curve", labels, predictions, 0)
    writer.close()

    with TensorBoardServer("run", loader) as server:
        assert [point.html for point in server.text(".", "lstm/text_summary")] == [
            "<p>This is an lstm</p>"
        ]
        assert [point.step for point in server.text(".", "rnn/text_summary")] == [10]
        (curve,) = server.pr_curves(".", "pr_curve")
    assert curve["true_positives"][0] == labels.sum()
    assert curve["false_positives"][0] == 100 - labels.sum()


def test_meshes(loader: Loader) -> None:
    """torch, add_mesh: a tetrahedron by keyword."""
    vertices_tensor = np.array([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]], np.float32)
    colors_tensor = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255]]], np.int32)
    faces_tensor = np.array([[[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]]], np.int32)
    writer = SummaryWriter("run")
    writer.add_mesh("my_mesh", vertices=vertices_tensor, colors=colors_tensor, faces=faces_tensor)
    writer.close()

    with TensorBoardServer("run", loader) as server:
        for content, tensor in (("VERTEX", vertices_tensor), ("FACE", faces_tensor)):
            found = server.mesh_data(".", "my_mesh", content, 0)  # type: ignore[arg-type]
            assert found.tolist() == tensor.reshape(-1).tolist()


def test_custom_scalars(loader: Loader) -> None:
    """tensorboardX's demo_custom_scalars: a layout before the loop, scalars within it."""
    np.random.seed(0)
    with SummaryWriter("run") as writer:
        layout = {
            "Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]]},
            "USA": {
                "dow": ["Margin", ["dow/aaa", "dow/bbb", "dow/ccc"]],
                "nasdaq": ["Margin", ["nasdaq/aaa", "nasdaq/bbb", "nasdaq/ccc"]],
            },
        }
        writer.add_custom_scalars(layout)
        for n_iter in range(100):
            writer.add_scalar("twse/0050", np.random.rand(), n_iter)
            writer.add_scalar("twse/2330", np.random.rand(), n_iter)
            t = np.random.rand()
            writer.add_scalar("dow/aaa", t, n_iter)
            writer.add_scalar("dow/bbb", t - 1, n_iter)
            writer.add_scalar("dow/ccc", t + 1, n_iter)
        writer.add_custom_scalars_multilinechart(["twse/0050", "twse/2330"])
        writer.add_custom_scalars_marginchart(["dow/aaa", "dow/bbb", "dow/ccc"])

    with TensorBoardServer("run", loader) as server:
        categories = server.custom_scalars_layout()["category"]
        points = server.custom_scalars(".", "twse/0050|twse/2330")
    assert [(c["title"], [x["title"] for x in c["chart"]]) for c in categories] == [
        ("Taiwan", ["twse"]), ("USA", ["dow", "nasdaq"]), ("default", ["untitled"]),
    ]  # fmt: skip
    assert {tag: len(curve) for tag, curve in points.items()} == {
        "twse/0050": 100, "twse/2330": 100,
    }  # fmt: skip


def test_hyperparameters(loader: Loader) -> None:
    """torch, add_hparams: five sets from one writer; tensorboardX's demo_hparams: one in each."""
    with SummaryWriter("torch") as w:
        for i in range(5):
            w.add_hparams(
                {"lr": 0.1 * i, "bsize": i}, {"hparam/accuracy": 10 * i, "hparam/loss": 10 * i}
            )
    for lr in (1e-3, 1e-4):
        with SummaryWriter(f"tbx/{lr}") as w:
            w.add_hparams(
                {"lr": lr, "bsize": "a", "bool_var": True}, {"accuracy": 10 * lr}, "one", 1
            )

    with TensorBoardServer("torch", loader) as server:
        groups = server.hparams_session_groups([{"group": "", "tag": "hparam/loss"}])
    found = {group["hparams"]["bsize"]: group["metricValues"][0]["value"] for group in groups}
    assert found == {i: 10 * i for i in range(5)}
    with TensorBoardServer("tbx", loader) as server:
        groups = server.hparams_session_groups([{"group": "", "tag": "accuracy"}])
        assert set(server.tags("scalars")) == {"0.001/one", "0.0001/one"}
    assert {group["hparams"]["lr"] for group in groups} == {1e-3, 1e-4}


def test_default_metadata(loader: Loader) -> None:
    """tensorboardX, use_metadata: one step for what a block logs."""
    writer = SummaryWriter(logdir="run")
    for step in range(3):
        with writer.use_metadata(global_step=step):
            writer.add_scalar("loss", 3.0 - step)
            writer.add_text("note", f"step {step}")
    writer.close()

    with TensorBoardServer("run", loader) as server:
        points = server.scalars(".", "loss")
        assert [(point.step, point.value) for point in points] == [(0, 3), (1, 2), (2, 1)]
        assert [point.step for point in server.text(".", "note/text_summary")] == [0, 1, 2]
