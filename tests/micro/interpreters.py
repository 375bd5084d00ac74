"""The MicroPythons that `.ci/micropython` installs, and how each runs a program."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tfevents_lite import micro

HERE = Path(__file__).parent
SOURCE = Path(micro.__file__)


def home() -> Path:
    """The folder of the interpreters. Without one the test is skipped: see `.ci/micropython`."""
    folder = os.environ.get("MICROPYTHON_HOME")
    if not folder:
        pytest.skip("MICROPYTHON_HOME is not set: .ci/micropython installs MicroPython")
    return Path(folder)


def run(command: list[str | Path], folder: Path) -> str:
    """Run a command in a folder and return what it prints, on one of which nothing is an error."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def unix(name: str = "micropython") -> list[str | Path]:
    """Debian's build, started by its own C library."""
    root = home() / "unix"
    (loader,) = root.glob(f"usr/lib/{platform.machine()}*/ld-linux*.so.*")
    return [loader, "--library-path", loader.parent, (root / "usr/bin" / name).resolve()]


def float32() -> list[str | Path]:
    """The unix port with floats of 32 bits, as boards have."""
    return [home() / "source/ports/unix/build/micropython"]


def run_unix(
    command: list[str | Path], heap: str, program: str, folder: Path, *, module: Path = SOURCE
) -> str:
    """Run a program that can import `micro` and this folder's modules, with a heap of a size."""
    paths = f"import sys\nsys.path[:0] = [{str(module.parent)!r}, {str(HERE)!r}]\n"
    return run([*command, "-X", f"heapsize={heap}", "-c", paths + program], folder)


def run_wasm(name: str, heap: int, program: str, folder: Path) -> str:
    """Run a program in a WebAssembly port, and bring the files in /run home to the folder."""
    (folder / "program.py").write_text(program, "utf-8")
    output = folder / "run"
    output.mkdir()
    package = home() / "node_modules" / f"wasm-{name}"
    modules = [SOURCE, *sorted(HERE.glob("board_*.py"))]
    return run(
        [
            "node",
            HERE / "run_wasm.mjs",
            package,
            str(heap),
            output,
            folder / "program.py",
            *modules,
        ],
        folder,
    )


def compile_mpy(folder: Path) -> Path:
    """The file as mpy-cross compiles it, in a folder where MicroPython finds it."""
    folder.mkdir()
    path = folder / "micro.mpy"
    env = {**os.environ, "PYTHONPATH": str(home() / "mpy-cross")}
    subprocess.run(
        [sys.executable, "-m", "mpy_cross", SOURCE, "-o", path], check=True, env=env, cwd=folder
    )
    return path
