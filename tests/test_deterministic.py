"""With a given clock, host name and process, files are the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tfevents_lite import SummaryWriter

from . import reference_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def sha256(folder: Path) -> str:
    """The checksum of a run's only file."""
    (file,) = folder.iterdir()
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_reference_run(tmp_path: Path) -> None:
    """This interpreter writes the bytes that all do, under the same name."""
    reference_run.write_run(str(tmp_path))
    assert sha256(tmp_path) == reference_run.SHA256
    assert [path.name for path in tmp_path.iterdir()] == ["events.out.tfevents.0000000001.host.1.0"]


# Those that Debian has, or pyenv, where they are on this machine.
INTERPRETERS = [
    *("python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "pypy3"),
    *(f"~/.pyenv/versions/3.{minor}.*/bin/python" for minor in (9, 10, 11, 12, 13, 14)),
]


def find(name: str) -> str | None:
    """The path of an interpreter that starts, if there is one."""
    if "*" in name:
        folder = Path("~/.pyenv/versions").expanduser()
        pattern = name[len("~/.pyenv/versions/") :]
        paths = [str(path) for path in sorted(folder.glob(pattern))]
    else:
        paths = [path for path in [shutil.which(name)] if path]
    for path in paths:
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return None


@pytest.mark.parametrize("name", INTERPRETERS)
def test_other_interpreters(name: str, tmp_path: Path) -> None:
    """Another interpreter, with nothing installed, writes the same bytes."""
    path = find(name)
    if path is None:
        pytest.skip(f"{name} is not on this machine")
    program = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = ['run']; "
    program += f"runpy.run_path({str(ROOT / 'tests' / 'reference_run.py')!r}, run_name='__main__')"
    subprocess.run([path, "-B", "-I", "-S", "-c", program], cwd=tmp_path, check=True)
    assert sha256(tmp_path / "run") == reference_run.SHA256


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_hash_seeds(seed: str, tmp_path: Path) -> None:
    """The order in which sets and dictionaries come plays no part."""
    subprocess.run(
        [sys.executable, "-m", "tests.reference_run", str(tmp_path / "run")],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    assert sha256(tmp_path / "run") == reference_run.SHA256


def test_what_numpy_computes(tmp_path: Path) -> None:
    """Histograms, curves, meshes and tensors are the same bytes with every NumPy."""
    with SummaryWriter(tmp_path, clock=lambda: 1.5, hostname="host", pid=1) as writer:
        steps = np.arange(4096) * 2654435761 % 4096
        writer.add_histogram("histogram", steps / 64.0, 1)
        writer.add_pr_curve("curve", steps % 2, steps / 4096.0, 1)
        writer.add_mesh("mesh", steps[:12].reshape(1, 4, 3) / 2.0, global_step=1)
        writer.add_tensor("tensor", steps[:5], 1)
        writer.add_scalar_series("series", steps / 3.0, np.arange(4096))
    assert sha256(tmp_path) == "00a053d2434f1c28a97b536b3f8b54124441df1a27092fa57e6d50515586baa1"
