"""`demo` writes a run that holds what it says, and notices a run that does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import demo, main
from tfevents_lite.cli.demo import draw_pictures


def test_demo_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes pictures and curves, and prints events, bytes and how to look at them."""
    folder = tmp_path / "run"
    assert main(["demo", "-o", str(folder)]) == 0
    (file,) = folder.iterdir()
    events = list(tfe.read_events(file))
    printed = capsys.readouterr().out
    assert f"{len(events)} events, {file.stat().st_size:,} bytes" in printed
    assert "read back: all there" in printed
    assert f"tensorboard --logdir {folder}" in printed
    values = [value for event in events for value in event.summary.value]
    assert {value.WhichOneof("value") for value in values} >= {"simple_value", "image"}


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the report is one object, and what it says is there."""
    assert main(["demo", "-o", str(tmp_path / "run"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (file,) = (tmp_path / "run").iterdir()
    assert report["events"] == sum(1 for _ in tfe.read_events(file))
    assert report["output"] == str(file)
    assert report["bytes"] == file.stat().st_size


def test_each_demo_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a folder, each call takes a new one; a folder that holds something is refused."""
    monkeypatch.chdir(tmp_path)
    assert [main(["demo"]) for _ in range(3)] == [0, 0, 0]
    runs = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert runs == ["demo", "demo-2", "demo-3"]
    assert all(len(list((tmp_path / "runs" / run).iterdir())) == 1 for run in runs)
    assert main(["demo", "-o", "runs/demo"]) == 1
    assert "runs/demo is not empty: name a new folder" in capsys.readouterr().err


def test_demo_notices_a_missing_event(tmp_path: Path) -> None:
    """The check fails on a file that lacks an event, and on one with another value."""
    pictures = {step: draw_pictures(step) for step in demo.PICTURE_STEPS}
    main(["demo", "-o", str(tmp_path)])
    (file,) = tmp_path.iterdir()
    assert demo.check(list(tfe.read_events(file)), pictures) is None
    pictures[0][0][5, 5] ^= 1
    events = list(tfe.read_events(file))
    assert demo.check(events, pictures) == "event 4 is not what was written at step 0"
    assert "403 events were read back, 404" in str(demo.check(events[:-1], pictures))


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["demo", "--nothing"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    """A wrong argument prints how it is used, and exits with 2, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tfevents_lite", *arguments], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A folder that can't be made is said in one line, with exit status 1."""
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "tfevents_lite", "demo", "-o", str(tmp_path / "file" / "run")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("tfevents-lite: ")
    assert done.stderr.count("\n") == 1
