"""What the file for boards weighs and costs: `python -m tests.micro.measure` prints it.

With MICROPYTHON_HOME set (see `.ci/micropython`) it measures MicroPython and PyPy too, in the CPU
time of their processes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tfevents_lite.cli.vendor import strip

from .interpreters import HERE, SOURCE, compile_mpy, float32, unix

PROGRAM = """
import sys
sys.path[:0] = {paths!r}
from micro import EventWriter
with EventWriter({folder!r}, clock=lambda: (1700000000, 123), flush_every=1000) as writer:
    for step in range({scalars}):
        writer.scalar("train/loss", 0.5, step)
"""


def seconds(command: list[str | Path], folder: Path, scalars: int) -> float:
    """The CPU time of a process that logs so many scalars."""
    import resource  # Not on Windows.

    paths = [str(SOURCE.parent), str(HERE)]
    code = PROGRAM.format(paths=paths, folder=str(folder / f"run{scalars}"), scalars=scalars)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-c", code], check=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def microseconds(command: list[str | Path], few: int = 20_000, many: int = 120_000) -> float:
    """The CPU time of a scalar, once the interpreter has warmed up: the median of five."""
    times = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            start = seconds(command, Path(folder), few)
            times.append(seconds(command, Path(folder), many) - start)
    return statistics.median(times) / (many - few) * 1e6


def main() -> None:
    """Print the figures."""
    text = SOURCE.read_text("utf-8")
    print(f"{SOURCE.name}: {text.count(chr(10))} lines, {len(text):,} bytes")
    print(f"without comments: {len(strip(text)):,} bytes")
    commands: dict[str, list[str | Path]] = {"CPython": [sys.executable, "-I", "-S"]}
    if os.environ.get("MICROPYTHON_HOME"):
        with tempfile.TemporaryDirectory() as folder:
            size = compile_mpy(Path(folder) / "compiled").stat().st_size
        print(f"micro.mpy: {size:,} bytes")
        commands["MicroPython"] = unix()
        commands["MicroPython with 32-bit floats"] = float32()
        commands["PyPy"] = [*unix("pypy3"), "-I", "-S"]
    for name, command in commands.items():
        print(f"{name}: {microseconds(command):.1f} µs a scalar")


if __name__ == "__main__":
    main()
