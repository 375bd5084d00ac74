"""Runs in a real object store: TensorBoard reads them there, and nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main

from ..oracles.tensorboard import TensorBoardServer
from .conftest import KEYS, Store, free_port
from .test_shipping import points

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def spool(tmp_path: Path) -> str:
    return str(tmp_path / "spool")


def log_all(place: str, **options: Any) -> None:
    """Scalars, images, histograms, text and hyperparameters, in several segments."""
    clock = iter(range(1_700_000_000, 1_800_000_000))
    with tfe.SummaryWriter(place, clock=lambda: float(next(clock)), **options) as writer:
        writer.add_hparams({"lr": 0.1}, ["loss"])
        for step in range(200):
            writer.add_scalar("loss", 1 / (step + 1), step)
            if step % 50 == 0:
                writer.add_image("noise", np.full((1, 8, 8), step / 200), step)
                writer.add_histogram("weights", np.arange(100.0) * step, step)
                writer.add_text("note", f"step {step}", step)
                writer.flush()
        writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 1)


def test_tensorboard_shows_what_it_shows_of_the_disk(
    store: Store, tmp_path: Path, spool: str
) -> None:
    """Pointed at s3://, TensorBoard serves the same points, images and texts as of a folder."""
    bucket = store.bucket()
    log_all(f"s3://{bucket}/runs/a", spool=spool)
    log_all(str(tmp_path / "runs" / "a"))
    # TensorBoard's fast loader reads no s3://.
    with (
        TensorBoardServer(tmp_path / "runs", "slow") as disk,
        TensorBoardServer(f"s3://{bucket}/runs", "slow") as remote,
    ):
        assert remote.runs() == disk.runs()
        for run in disk.runs():
            for plugin in ("scalars", "images", "histograms", "text"):
                tags = disk.tags(plugin).get(run, {})
                assert remote.tags(plugin).get(run, {}) == tags
        ours, theirs = remote.scalars("a", "loss"), disk.scalars("a", "loss")
        assert [(p.step, p.value) for p in ours] == [(p.step, p.value) for p in theirs]
        assert len(ours) == 200


KILLED = """
import sys, tfevents_lite as tfe
url, spool, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
writer = tfe.SummaryWriter(url, spool=spool, max_file_bytes=1500, flush_secs=0.05)
for step in range(first, first + 100_000):
    writer.add_scalar("loss", step, step)
    print(step, flush=True)
"""


def test_kills_and_a_restart_of_the_store(store: Store, spool: str) -> None:
    """Over 12 kills at random moments and a store that goes away, each point is there once."""
    url = f"s3://{store.bucket()}/run"
    first, wait = 0, random.Random(7)
    for turn in range(12):
        if turn == 5:
            store.stop()
        if turn == 7:
            store.start()
        with subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", KILLED, url, spool, str(first)],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait.random() / 2)
            process.kill()
            printed = process.stdout.read().split()
        # What was written last may not have been printed any more.
        first = int(printed[-1]) + 2 if printed else first + 2
    assert main(["ship", spool]) == 0
    assert main(["ship", spool]) == 0
    found = points(url)["."]["loss"]
    assert sorted(set(found)) == sorted(found)
    missing = set(range(first - 1)) - set(found)
    # Between what a turn printed and where the next one began, at most one was not written.
    assert len(missing) <= 12


def test_a_store_that_cannot_be_reached(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody answers, flush says so and names the object, and logging goes on."""
    s3fs = pytest.importorskip("s3fs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()  # It remembers the endpoint.
    with warnings.catch_warnings(record=True) as warned:  # By flush, or by the thread before it.
        warnings.simplefilter("always")
        writer = tfe.SummaryWriter("s3://bucket/run", spool=spool, ship_timeout=0, on_error="warn")
        writer.add_scalar("loss", 0.5, 1)
        writer.flush()
    assert ["s3://bucket/run/events" in str(warning.message) for warning in warned] == [True]
    writer.add_scalar("loss", 0.5, 2)
    assert writer.pending > 0
    s3fs.S3FileSystem.clear_instance_cache()
