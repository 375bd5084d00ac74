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

CODES = {
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
}


def run(scale: float) -> list[Row]:
    """One row: ours beside a flushed line of CSV; without a tool to count, not measured."""
    row = Row("instructions per scalar, written through", {}, unit="instructions")
    tool = find_tool()
    few, many = 1000, 1000 + max(int(10_000 * scale), 1000)
    for name, code in CODES.items():
        if tool is None:
            row.missing.append(f"{name} (neither perf nor valgrind counts here)")
            continue
        progress(f"{row.work}: {name}, {tool[0]}")
        counts = [instructions(tool, code.format(count=count)) for count in (few, many)]
        row.samples[name] = [(counts[1] - counts[0]) / (many - few)] * 2
    progress("")
    return [row]


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
    with tempfile.TemporaryDirectory() as folder:
        command = [*tool, sys.executable, "-c", code]
        for _ in range(2):  # The first run may have something to compile.
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=True
            )
    found = re.search(r"^(\d+),|Collected : (\d+)", done.stderr, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{tool[0]} has not counted: {done.stderr[-300:]}")
    return int(found.group(1) or found.group(2))
