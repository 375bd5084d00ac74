"""`tail` prints what a run gets while it gets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tfevents_lite as tfe

from .conftest import Cli, event_file, write_foreign


@pytest.fixture
def tail(tmp_path: Path) -> Iterator[Any]:
    """Starts `tail --json` on a folder as a process; its lines are read as they come."""
    started = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tfevents_lite", "tail", "--stop-after", "20"]
        process = subprocess.Popen(
            [*command, *map(str, arguments), "--json", "--interval", "0.05"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def next_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


@pytest.mark.slow
def test_live(tmp_path: Path, tail: Any) -> None:
    """Each value is printed as it comes, of new files and new runs too; Ctrl-C ends it with 0."""
    first = tfe.SummaryWriter(tmp_path / "a")
    for step in range(4):
        first.add_scalar("loss", step / 2, step)
    process = tail(tmp_path, "-n", 2)
    assert [next_line(process)["step"] for _ in range(2)] == [2, 3]
    first.add_scalar("loss", 4.5, 9, walltime=1234.5)
    said = next_line(process)
    size = said.pop("bytes")
    assert said == {
        "run": "a",
        "tag": "loss",
        "step": 9,
        "wall_time": 1234.5,
        "kind": "scalar",
        "value": 4.5,
    }
    assert size == 11
    first.close()
    with tfe.SummaryWriter(tmp_path / "a") as again:
        again.add_scalar("loss", 5, 10)
        assert next_line(process)["step"] == 10
    with tfe.SummaryWriter(tmp_path / "b" / "c") as other:
        other.image_summary("picture", [[[1]]], 0)
        said = next_line(process)
        assert (said["run"], said["kind"], "value" in said) == ("b/c", "image", False)
    write_foreign(tmp_path / "d")
    assert [next_line(process)["tag"] for _ in range(2)] == ["loss/train", "tensor"]
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (0, "")


@pytest.mark.slow
def test_a_torn_record_is_printed_when_it_is_whole(tmp_path: Path, tail: Any) -> None:
    """Half a record is waited for; the rest completes it; nothing is printed twice."""
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        for step in range(3):
            writer.add_scalar("loss", step, step)
    file = event_file(tmp_path / "run")
    data = file.read_bytes()
    file.write_bytes(data[:-7])
    process = tail(tmp_path, "--stop-after", 1.5)
    assert [next_line(process)["step"] for _ in range(2)] == [0, 1]
    time.sleep(0.3)
    with file.open("ab") as opened:
        opened.write(data[-7:])
    assert next_line(process)["step"] == 2
    rest, error = process.communicate(timeout=30)
    assert (rest, error, process.returncode) == ("", "", 0)


def test_once(runs: Path, cli: Cli, tokyo: None) -> None:
    """--once prints the last values that are there: local time, run, step, tag, value."""
    lines = cli("tail", "--once", runs, "-n", 3, "--tag", "loss*", "--tag", "w*").splitlines()
    assert len(lines) == 3
    assert lines[0] == "09:16:49  ours  step 4  loss/train  0.2"
    assert lines[1] == "09:16:50  ours  step 4  loss/test  0.4"
    assert "step 4  weights  histogram, " in lines[2]
    assert len(cli("tail", "--once", runs, "-n", 0)) == 0


def test_damage(damaged: Path, cli: Cli) -> None:
    """A damaged record is told of once, and what is behind it is printed."""
    cli("tail", "--once", damaged, "--json", "-n", 100)
    assert len(cli.out.splitlines()) == 11
    assert cli.err.count("\n") == 1
    assert "going on with what is intact after it" in cli.err


def test_hostile(hostile: Path, cli: Cli) -> None:
    """No control character reaches the terminal."""
    said = cli("tail", "--once", hostile)
    assert len(said.splitlines()) == 3
    assert all(line.isprintable() for line in said.splitlines())


def test_a_folder_that_is_still_empty(tmp_path: Path, cli: Cli) -> None:
    """`tail` waits for runs in an empty folder, and says so; a missing folder is an error."""
    assert cli("tail", tmp_path, "--stop-after", 0.2, "--interval", 0.05) == ""
    waits = "waiting for one (Ctrl-C ends)"
    assert cli.err == f"tfevents-lite: no event file found in {tmp_path}; {waits}\n"
    cli("tail", tmp_path / "nothing", status=1)
    assert "nothing" in cli.err


def test_a_file_that_goes_away(tmp_path: Path, tail: Any) -> None:
    """A file that is removed, as bounded storage does, is no reason to stop."""
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 1, 1)
    process = tail(tmp_path)
    next_line(process)
    os.remove(event_file(tmp_path / "run"))
    time.sleep(0.5)
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 2, 2)
        assert next_line(process)["step"] == 2
