"""Many runs become one table: by Dask, on a cluster, and by this process alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main

from .conftest import Store

pytestmark = pytest.mark.slow

RUNS, POINTS = 40, 100


@pytest.fixture
def cluster(store: Store) -> Iterator[Any]:
    """A real cluster: two processes of workers, which know the store, and a scheduler."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as running:
        yield running


def write_fleet(place: str, **options: Any) -> dict[tuple[str, str, int], float]:
    """Runs of one curve each, and one run of two; {(run, tag, step): value}."""
    written = {}
    for number in range(RUNS):
        run = f"sweep/{number:03d}"
        with tfe.SummaryWriter(f"{place}/{run}", **options) as writer:
            values = np.random.default_rng(number).random(POINTS).astype(np.float32)
            for tag in ("loss", "accuracy")[: 2 if number == 7 else 1]:
                writer.add_scalar_series(tag, values, np.arange(POINTS))
                written.update({(run, tag, i): float(values[i]) for i in range(POINTS)})
    return written


def rows_of(frame: Any) -> dict[tuple[str, str, int], float]:
    """A table's rows, each of which is there once."""
    keys = list(zip(frame.run, frame.tag, frame.step.tolist()))
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, frame.value.tolist()))


def test_dataframe(tmp_path: Path) -> None:
    """Each run is a partition; the rows are what was written; tags can be chosen."""
    pytest.importorskip("dask.dataframe")
    written = write_fleet(str(tmp_path))
    frame = tfe.read_dataframe(tmp_path)
    assert frame.npartitions == RUNS
    assert rows_of(frame.compute(scheduler="sync")) == written
    some = tfe.read_dataframe(tmp_path, tags=["accuracy"]).compute(scheduler="sync")
    assert rows_of(some) == {key: v for key, v in written.items() if key[1] == "accuracy"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no event file found"):
        tfe.read_dataframe(tmp_path / "empty")


@pytest.mark.parametrize("engine", [[], ["--engine", "dask"]], ids=["here", "dask"])
def test_parquet(engine: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the same data set by itself and by Dask."""
    pandas = pytest.importorskip("pandas")
    if engine:
        pytest.importorskip("dask.dataframe")
    written = write_fleet(str(tmp_path / "runs"))
    table = str(tmp_path / "table")
    assert main(["export", str(tmp_path / "runs"), "--parquet", table, "--json", *engine]) == 0
    assert json.loads(capsys.readouterr().out) == {"output": table, "runs": RUNS}
    assert len(list(Path(table).glob("*.parquet"))) == RUNS
    assert rows_of(pandas.read_parquet(table)) == written


def test_from_store_to_store_by_a_cluster(store: Store, cluster: Any, tmp_path: Path) -> None:
    """Runs in a bucket become a data set in the bucket, through a cluster of two processes."""
    pandas = pytest.importorskip("pandas")
    bucket = f"s3://{store.bucket()}"
    written = write_fleet(f"{bucket}/runs", spool=str(tmp_path / "spool"))
    command = ["export", f"{bucket}/runs", "--parquet", f"{bucket}/table", "--engine", "dask"]
    assert main([*command, "--scheduler", cluster.scheduler_address]) == 0
    assert rows_of(pandas.read_parquet(f"{bucket}/table")) == written


def test_without_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "dask.dataframe", None)
    with pytest.raises(ImportError, match=r"needs dask: pip install 'tfevents-lite\[fleet\]'"):
        tfe.read_dataframe(tmp_path)
