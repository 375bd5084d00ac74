"""A process that is killed with SIGKILL at any moment loses nothing it was told was written.

A nursery process forks children that log as fast as they can, and report each call that returned
through a pipe. It kills each at a random moment, and writes down what was reported. Then every
reported event has to be there: for us, and for both of TensorBoard's loaders.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tfevents_lite import read_events

from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")

KILLS = 200

NURSERY = """
import json, os, random, select, signal, struct, sys, time
import numpy
import tfevents_lite
from tfevents_lite import SummaryWriter

logdir, kills = sys.argv[1], int(sys.argv[2])
random.seed(5)

# Encoded once, so that most of the time goes to writing, and the kills come then.
noise = numpy.random.default_rng(1).integers(0, 256, (64, 64, 3), numpy.uint8)
images = [
    tfevents_lite.summary.image("noise", noise[:size, :size], "HWC") for size in (1, 16, 32, 64)
]

def child(run, pipe):
    options = [{}, {"max_file_bytes": 50_000}][run % 2]
    writer = SummaryWriter(os.path.join(logdir, str(run)), **options)
    step = 0
    while True:
        step += 1
        if (step + run) % 20:
            writer.add_scalar("loss", step / 2, step)
        else:
            writer.add_summary(images[step // 20 % 4], step)
        os.write(pipe, struct.pack("<I", step))

# What is imported once is not to be waited for in each child.
with SummaryWriter(sys.argv[3]) as writer:
    writer.add_scalar("loss", 1, 1)

acknowledged = []
for run in range(kills):
    reader, pipe = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        child(run, pipe)
    os.close(pipe)
    # From before the first event on; by what was reported, as time alone does little on a busy
    # machine, and then a little later, for moments within a call.
    reports = 4 * min(int(random.expovariate(1 / 60)), 400)
    end = time.monotonic() + 10
    data = b""
    while len(data) < reports and (left := end - time.monotonic()) > 0:
        if select.select([reader], [], [], left)[0]:
            data += os.read(reader, 1 << 16)
    time.sleep(random.random() * 0.001)
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL, "the child failed by itself"
    while piece := os.read(reader, 1 << 16):
        data += piece
    os.close(reader)
    acknowledged.append(struct.unpack("<I", data[-4:])[0] if data else 0)
print(json.dumps(acknowledged))
"""


class Killed(NamedTuple):
    logdir: Path
    last_steps: list[int]  # For each run the last step that was acknowledged.


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    folder = tmp_path_factory.mktemp("killed")
    script = folder / "nursery.py"
    script.write_text(NURSERY)
    done = subprocess.run(
        [sys.executable, str(script), str(folder / "logdir"), str(KILLS), str(folder / "warm")],
        capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Killed(folder / "logdir", json.loads(done.stdout))


def steps_until(last: int, run: int, *, images: bool) -> list[int]:
    return [step for step in range(1, last + 1) if ((step + run) % 20 == 0) is images]


def is_beginning(of: list[int], acknowledged: list[int]) -> bool:
    """Whether the acknowledged steps are there; one more may be: written, but not yet reported."""
    return of[: len(acknowledged)] == acknowledged and len(of) <= len(acknowledged) + 1


def test_the_kills_came_at_many_moments(killed: Killed) -> None:
    """The test tests something: runs were killed early and late, and amid images too."""
    assert len(killed.last_steps) == KILLS
    assert len(set(killed.last_steps)) > KILLS // 8
    assert max(killed.last_steps) > 200
    assert sum(killed.last_steps) > 5_000


def test_we_read_back_every_acknowledged_event(killed: Killed) -> None:
    """No run lacks an acknowledged event; at most its last file has a torn tail."""
    for run, last in enumerate(killed.last_steps):
        found = []
        paths = sorted((killed.logdir / str(run)).glob("*tfevents*"))
        for path in paths:
            on_error = "stop" if path == paths[-1] else "raise"
            for event in read_events(path, on_error=on_error):
                if event.HasField("summary"):
                    found.append(event.step)
                    (value,) = event.summary.value
                    if value.tag == "loss":
                        assert value.simple_value == event.step / 2
        assert found == list(range(1, len(found) + 1))
        assert last <= len(found) <= last + 1, run


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_shows_every_acknowledged_event(loader: Loader, killed: Killed) -> None:
    """All acknowledged scalars and images of all runs are shown by TensorBoard."""
    with TensorBoardServer(killed.logdir, loader) as server:
        for run, last in enumerate(killed.last_steps):
            scalars = steps_until(last, run, images=False)
            if scalars:
                points = server.scalars(str(run), "loss")
                assert is_beginning([point.step for point in points], scalars), run
                assert all(point.value == point.step / 2 for point in points)
            images = steps_until(last, run, images=True)
            if images:
                shown = server.get_json(
                    "data/plugin/images/images", run=str(run), tag="noise", sample=0
                )
                assert is_beginning([image["step"] for image in shown], images), run
