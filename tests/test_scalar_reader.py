"""Scalars are read back into columns as TensorBoard shows them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfevents_lite as tfe

POINTS = st.tuples(
    st.sampled_from(["a", "b/c", ""]),
    st.floats(width=32, allow_nan=False),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(POINTS, max_size=30))
def test_columns_are_what_was_logged(points: list[tuple[str, float, int, float]]) -> None:
    """Each tag's steps, times and values come back exactly, in order."""
    import tempfile
    import warnings

    with tempfile.TemporaryDirectory() as folder:
        with tfe.SummaryWriter(folder) as writer, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Steps that don't rise are warned of.
            for tag, value, step, wall_time in points:
                writer.add_scalar(tag, value, step, wall_time)
        runs = tfe.read_scalars(folder)
    assert set(runs) == ({"."} if points else set())
    for tag in {point[0] for point in points}:
        expected = [point[1:] for point in points if point[0] == tag]
        columns = runs["."][tag]
        assert columns.value.tolist() == [value for value, _, _ in expected]
        assert columns.step.tolist() == [step for _, step, _ in expected]
        assert columns.wall_time.tolist() == [wall_time for _, _, wall_time in expected]


def test_other_writers_scalars_are_read(tmp_path: Path) -> None:
    """Scalars with metadata, as tensors of floats and doubles, and several an event, are read."""
    plugin = tfe.SummaryMetadata(plugin_data=tfe.SummaryMetadata.PluginData(plugin_name="scalars"))
    tensors = [
        tfe.TensorProto(dtype=tfe.DataType.DT_FLOAT, float_val=[0.5]),
        tfe.TensorProto(dtype=tfe.DataType.DT_FLOAT, tensor_content=np.float32(0.5).tobytes()),
        tfe.TensorProto(dtype=tfe.DataType.DT_DOUBLE, double_val=[0.5]),
        tfe.TensorProto(dtype=tfe.DataType.DT_DOUBLE, tensor_content=np.float64(0.5).tobytes()),
    ]
    values = [
        tfe.Summary.Value(tag=f"tensor/{index}", tensor=tensor, metadata=plugin)
        for index, tensor in enumerate(tensors)
    ]
    values.append(tfe.Summary.Value(tag="simple", simple_value=0.5, metadata=plugin))
    with tfe.FileWriter(tmp_path) as writer:
        for step in (1, 2, 3):
            writer.add_summary(tfe.Summary(value=values), step)
    columns = tfe.read_scalars(tmp_path)["."]
    assert sorted(columns) == sorted(value.tag for value in values)
    for column in columns.values():
        assert column.step.tolist() == [1, 2, 3]
        assert column.value.tolist() == [0.5] * 3


def test_runs_files_and_tags(tmp_path: Path) -> None:
    """Runs are named by their folders, files follow each other, and tags can be chosen."""
    for folder in (".", "train", "deep/er"):
        for start in (0, 5):
            with tfe.SummaryWriter(tmp_path / folder) as writer:
                for step in range(start, start + 5):
                    writer.add_scalar("a", step, step)
                    writer.add_scalar("b", step, step)
                writer.image_summary("c", [[[1]]], 0)
    (tmp_path / "empty").mkdir()
    runs = tfe.read_scalars(tmp_path, tags=["a"])
    assert sorted(runs) == [".", "deep/er", "train"]
    for columns in runs.values():
        assert list(columns) == ["a"]
        assert columns["a"].step.tolist() == list(range(10))


def test_damage(tmp_path: Path) -> None:
    """A torn file is read to its last whole record; strictly, it raises."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for step in range(5):
            writer.add_scalar("a", step, step)
    (file,) = tmp_path.iterdir()
    os.truncate(file, file.stat().st_size - 3)
    assert tfe.read_scalars(tmp_path)["."]["a"].step.tolist() == [0, 1, 2, 3]
    with pytest.raises(tfe.DataLossError):
        tfe.read_scalars(tmp_path, on_error="raise")


def test_restarts_are_purged_as_tensorboard_does(tensorboard: Any) -> None:
    """What a restarted run repeats is read once, as TensorBoard shows it."""
    run = tensorboard.new_run()
    for restart in range(3):
        with tfe.SummaryWriter(run, purge_step=restart * 3 or None) as writer:
            for step in range(restart * 3, restart * 3 + 6):
                writer.add_scalar("a", restart, step)
    tensorboard.reload()
    shown = [(point.step, point.value) for point in tensorboard.scalars(run.name, "a")]
    columns = tfe.read_scalars(run)["."]["a"]
    assert list(zip(columns.step.tolist(), columns.value.tolist())) == shown
    assert len(shown) == 12


def test_to_pandas_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pandas, to_pandas says what to install."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 1)
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        tfe.read_scalars(tmp_path)["."]["a"].to_pandas()


def test_a_file_or_nothing_in_place_of_a_folder(tmp_path: Path) -> None:
    """A single file is a run; a folder that is not there is an error, and not an empty run."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 3)
    (path,) = tmp_path.iterdir()
    assert tfe.read_scalars(path)["."]["loss"].step.tolist() == [3]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        tfe.read_scalars(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        next(tfe.read_images(tmp_path / "nowhere"))


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_that_lead_back_are_not_followed(tmp_path: Path) -> None:
    """Links to folders that are visited anyway are not followed, so that each run comes once."""
    with tfe.SummaryWriter(tmp_path / "a") as writer:
        writer.add_scalar("loss", 0.5, 3)
    for name in ("back", "again"):
        (tmp_path / "a" / name).symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert sorted(tfe.read_scalars(tmp_path)) == ["a"]
    resumed = tfe.SummaryWriter(tmp_path, resume=True)
    assert resumed.last_step == 3
    resumed.close()
