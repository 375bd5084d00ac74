"""Who is to be told of closed files is told at exit too, by each process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_durability_processes import needs_fork, run_script

TELLS = """
import os, sys, multiprocessing
from tfevents_lite import SummaryWriter
def told(path):
    with open("told", "a") as file:
        file.write(f"{os.getpid()} {path} {os.path.getsize(path)}\\n")
def log():
    global writer  # Or it would be gone before the exit.
    writer = SummaryWriter("run", on_file_closed=toldOPTIONS)
    writer.add_scalar("loss", 0.5, 1)
    writer.add_scalars("two", {"a": 1, "b": 2}, 1)
if __name__ == "__main__":
    log()
    parent = os.getpid()
    END
    if os.getpid() == parent:
        try:
            os.wait()
        except ChildProcessError:
            pass
"""
EXITS = {
    # What comes then, and how many files the process and its children are told of.
    "nothing": ("pass", 3, 0),
    "sys.exit": ("sys.exit(0)", 3, 0),
    "closed": ("writer.close()", 3, 0),
    "os._exit": ("os._exit(0)", 0, 0),
    "a child that logs nothing": ("os.fork() or sys.exit()", 3, 0),
    "a child that logs": ("os.fork() or writer.add_scalar('loss', 0.5, 2)", 3, 1),
    "a child of os._exit": ("os.fork() or (writer.add_scalar('a', 0.5, 2), os._exit(0))", 3, 0),
    "a forked worker": (
        "multiprocessing.get_context('fork').Process("
        "target=writer.add_scalar, args=('loss', 0.5, 2)).start()", 3, 1,
    ),
    "another's error": (
        "other = SummaryWriter('other', on_file_closed=lambda path: 1 / 0); "
        "more = SummaryWriter('more', on_file_closed=told)", 4, 0,
    ),
}  # fmt: skip


@needs_fork
@pytest.mark.parametrize("options", ["", ", buffer_bytes=10_000", ", max_open_files=1"])
@pytest.mark.parametrize("case", EXITS)
def test_on_file_closed_at_exit(tmp_path: Path, case: str, options: str) -> None:
    """At exit without close() each process is told of its own files: once, when they are whole."""
    end, ours, childrens = EXITS[case]
    run_script(tmp_path, TELLS.replace("OPTIONS", options).replace("END", end))
    told = tmp_path / "told"
    lines = [line.split() for line in told.read_text().splitlines()] if told.exists() else []
    paths = [path for _, path, _ in lines]
    assert len(set(paths)) == len(paths) == ours + childrens
    assert sum("process-" in path for path in paths) == childrens
    for pid, path, size in lines:
        assert f".{pid}." in path
        assert (tmp_path / path).stat().st_size == int(size)
