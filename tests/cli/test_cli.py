"""What all commands have in common: help, one line for a mistake, pipes, Ctrl-C, progress."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import INTERRUPTED, main
from tfevents_lite.cli.output import Progress

from .conftest import Cli

READERS = ["inspect", "show", "tail", "export"]


@pytest.mark.parametrize("command", [*READERS, "merge", "rename-tags", "verify", "repair"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what a command does, its exit statuses, and that it has --json."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit status: " in said
    assert "--json" in said


@pytest.mark.parametrize("command", READERS)
def test_nothing_there(command: str, tmp_path: Path, cli: Cli) -> None:
    """A path that is not there, and a folder without event files, are said in one line."""
    cli(command, tmp_path / "nothing", status=1)
    assert cli.err.startswith("tfevents-lite: ")
    assert "nothing" in cli.err
    assert cli.err.count("\n") == 1
    if command != "tail":  # Which waits for them.
        cli(command, tmp_path, status=1)
        assert cli.err == f"tfevents-lite: no event file found in {tmp_path}\n"


@pytest.mark.parametrize("command", READERS)
def test_a_broken_pipe(command: str, tmp_path: Path) -> None:
    """When whoever reads the output goes away, the command ends without a word."""
    with tfe.SummaryWriter(tmp_path, buffer_bytes=1 << 20) as writer:
        for step in range(3000):
            writer.add_scalar(f"tag/{step}", step, step)
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", command, str(tmp_path)]
        + (["--once", "-n", "3000"] if command == "tail" else []),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) in (0, 1)


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C ends a command with 130, without a traceback."""
    os.mkfifo(tmp_path / "x.tfevents")
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", "inspect", str(tmp_path)],
        stderr=subprocess.PIPE,
    )
    # It opens the pipe to read when we open it to write, and waits for what we never write.
    descriptor = os.open(tmp_path / "x.tfevents", os.O_WRONLY)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    os.close(descriptor)
    assert (process.returncode, said) == (INTERRUPTED, b"")


def test_a_terminal_without_unicode(tmp_path: Path) -> None:
    """A tag that the terminal's encoding lacks is escaped."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("größe", 1, 1)
    done = subprocess.run(
        [sys.executable, "-m", "tfevents_lite", "show", str(tmp_path)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"gr\\xf6\\xdfe" in done.stdout


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is drawn on a terminal when work takes long, and removed; else nothing is."""
    for is_terminal in (True, False):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)  # noqa: B023 # Used at once.
        monkeypatch.setattr(sys, "stderr", stream)
        now = iter(range(100))
        monkeypatch.setattr("time.monotonic", lambda: float(next(now)))  # noqa: B023 # The same.
        with Progress("reading", 10) as progress:
            for _ in range(10):
                progress.add(1)
        said = stream.getvalue()
        assert ("reading [" in said and "100%" in said) is is_terminal
        assert said.endswith("\r\x1b[K") is is_terminal
