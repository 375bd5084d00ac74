"""Instructions of the processor per scalar: the same on a busy machine, unlike time.

Counted by valgrind, or by perf where it can, as the difference between logging many and few.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile

from .harness import OURS, Row, progress

# Work by what it is counted for: each contestant's code, of {count} of it.
WORK = {
    "scalar, written through": {
        OURS: """
import tfevents_lite
writer = tfevents_lite.SummaryWriter("run")
for step in range({count}):
    writer.add_scalar("loss/train", 0.5, step)
""",
        "csv, flushed": """
import csv, time
file = open("rows.csv", "w", newline="")
write = csv.writer(file).writerow
for step in range({count}):
    write((time.time(), step, "loss/train", 0.5))
    file.flush()
""",
    },
    "scalar, buffered": {
        OURS: """
import tfevents_lite
writer = tfevents_lite.SummaryWriter("run", buffer_bytes=65536)
for step in range({count}):
    writer.add_scalar("loss/train", 0.5, step)
""",
        "csv": """
import csv, time
file = open("rows.csv", "w", newline="")
write = csv.writer(file).writerow
for step in range({count}):
    write((time.time(), step, "loss/train", 0.5))
""",
    },
    "add_image of 28×28 float32": {
        OURS: """
import numpy, tfevents_lite
writer = tfevents_lite.SummaryWriter("run")
digit = numpy.random.default_rng(0).random((1, 28, 28)).astype(numpy.float32)
for step in range({count}):
    writer.add_image("digit", digit, step)
""",
    },
    "add_histogram of 1,000 float32": {
        OURS: """
import numpy, tfevents_lite
writer = tfevents_lite.SummaryWriter("run")
values = numpy.random.default_rng(0).normal(size=1000).astype(numpy.float32)
for step in range({count}):
    writer.add_histogram("values", values, step)
""",
    },
}


def run(scale: float) -> list[Row]:
    """A row for each kind of work; without a tool to count, not measured."""
    tool = find_tool()
    return [count(work, codes, tool, scale) for work, codes in WORK.items()]


def count(work: str, codes: dict[str, str], tool: list[str] | None, scale: float) -> Row:
    row = Row(f"instructions per {work}", {}, unit="instructions")
    # Scalars take a few thousand instructions each; what takes more need not be done as often.
    few = 1000 if "scalar" in work else 100
    many = few + max(int(10 * few * scale), few)
    for name, code in codes.items():
        if tool is None:
            row.missing.append(f"{name} (neither perf nor valgrind counts here)")
            continue
        progress(f"{row.work}: {name}, {tool[0]}")
        counts = [instructions(tool, code.format(count=number)) for number in (few, many)]
        row.samples[name] = [(counts[1] - counts[0]) / (many - few)] * 2
    progress("")
    return row


def find_tool() -> list[str] | None:
    """The start of a command that counts, if there is one."""
    if shutil.which("perf"):
        command = ["perf", "stat", "-x,", "-e", "instructions:u"]
        done = subprocess.run([*command, "true"], capture_output=True, text=True)
        if re.search(r"^\d+,", done.stderr, re.MULTILINE):
            return command
    if shutil.which("valgrind"):
        return ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return None


def instructions(tool: list[str], code: str) -> int:
    """How many instructions a fresh interpreter takes for some code."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONHASHSEED"] = "0"
    run = [sys.executable, "-W", "error", "-c", code]
    # The first run, which nobody counts, may have something to compile.
    for command in (run, [*tool, *run]):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=True
            )
    found = re.search(r"^(\d+),|Collected : (\d+)", done.stderr, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{tool[0]} has not counted: {done.stderr[-300:]}")
    return int(found.group(1) or found.group(2))
