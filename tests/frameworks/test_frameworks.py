"""Frameworks log the same with this package's writer as with their own.

Each training runs twice in processes of its own, see `trainings`; what the readers find in both is
compared, see `contents`. The frameworks are installed by `.ci/frameworks`, which also fails if one
of these tests is skipped.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite

from .contents import Contents, differences, from_accumulator, from_tbparse
from .trainings import TRAININGS

pytestmark = pytest.mark.filterwarnings("ignore")  # The frameworks' own are none of ours.

PACKAGE = Path(tfevents_lite.__file__).parent

# How fast a training was differs from one to the next.
TIMED = re.compile(r"runtime|_per_second|time/fps")

# What stays different on purpose, beside what `contents` hides; the README has each of these.
ON_PURPOSE = {
    # Without metrics no experiment is written: TensorBoard makes one of all sessions.
    "accelerate": re.compile(r"\(.*'_hparams_/experiment'\): missing from ours"),
    # tensorboard.plugins.hparams.api calls TensorFlow's own writer.
    "optuna": re.compile(r"\('study/.*hparams"),
    # torch's add_video writes no picture with moviepy 2.
    "stable_baselines3": re.compile(r"\('a2c_1', 'images?', 'video'\): in ours alone"),
}


def train(name: str, whose: str, folder: Path) -> str:
    """Run a training; return what it wrote to standard error."""
    work = folder.with_suffix(".work")
    work.mkdir()
    paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("trainings.py")), name, whose, str(folder)],
        cwd=work,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def without_times(contents: Contents) -> Contents:
    """The same without the values that tell how fast a training was."""
    return {
        key: [point[:1] for point in points] if TIMED.search(key[2]) else points
        for key, points in contents.items()
    }


def compare(name: str, own: Path, ours: Path) -> list[str]:
    """What differs between two trainings' files, but for what differs on purpose."""
    found = []
    for read in (from_accumulator, from_tbparse):
        expected = without_times(read(own))
        assert expected
        found += differences(expected, without_times(read(ours)))
    if name in ON_PURPOSE:
        found = [line for line in found if not ON_PURPOSE[name].match(line)]
    return found


@pytest.mark.parametrize("name", TRAININGS)
def test_same_contents(name: str, tmp_path: Path) -> None:
    """Tags, steps and values are equal, for EventAccumulator and for tbparse; nothing warns."""
    ours = tmp_path / "ours"
    said = train(name, "ours", ours)
    assert str(PACKAGE) not in said, said[-3000:]
    # Other writers may lose the last events of a process that does not close them: one that lacks
    # something is given another try.
    found = [""]
    for number in range(3):
        own = tmp_path / f"own-{number}"
        train(name, "own", own)
        found = compare(name, own, ours)
        if not any(line.endswith("in ours alone") for line in found):
            break
    assert found == [], "\n".join(found)
