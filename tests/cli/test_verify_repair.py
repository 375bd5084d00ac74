"""`verify` and `repair`: what they say, by text, by JSON and by exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tfevents_lite import SummaryWriter, read_events
from tfevents_lite.cli import main


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A small event file: its version and six scalars."""
    with SummaryWriter(tmp_path / "run", clock=lambda: 1.5, hostname="host", pid=1) as writer:
        for step in range(1, 7):
            writer.add_scalar("loss", step / 2, step)
        file = writer.file_writer.file
    return Path(file.path)


def damage(path: Path, kind: str) -> None:
    """Make a file be in one of the states."""
    data = path.read_bytes()
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    contents = {
        "intact": data,
        "torn": data[:-5],
        "damaged": bytes(changed),
        "zeros": data + bytes(1000),
        "noise": b"\xff" * 500,
        "empty": b"",
    }
    path.write_bytes(contents[kind])


CASES = {
    # verify's status and word, repair's status and word
    "intact": (0, ": intact, 7 events", 0, "lossless: 7 events written to"),
    "torn": (3, ": torn tail, 6 events", 3, "lossy: 6 events written to"),
    "damaged": (4, ": damaged, 6 events", 3, "lossy: 6 events written to"),
    "zeros": (4, ": damaged, 7 events", 0, "lossless: 7 events written to"),
    "noise": (4, ": not an event file, 0 events", 1, ": not an event file, 0 events"),
    "empty": (0, ": empty, 0 events", 1, ": empty, 0 events"),
}


@pytest.mark.parametrize("kind", CASES)
def test_text_and_status(kind: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each state of a file has its word and its exit status; what is repaired is intact."""
    damage(run, kind)
    before = run.read_bytes()
    verified, state, repaired, outcome = CASES[kind]
    assert main(["verify", str(run)]) == verified
    assert state in capsys.readouterr().out
    assert main(["repair", str(run)]) == repaired
    assert outcome in capsys.readouterr().out
    assert run.read_bytes() == before
    new = run.parent / "repaired" / run.name
    assert new.exists() is (repaired != 1)
    if new.exists():
        assert main(["verify", str(new)]) == 0
        assert [event.step for event in read_events(new)][1:] == [
            event.step for event in read_events(run, on_error="skip")
        ][1:]


@pytest.mark.parametrize("kind", CASES)
def test_json(kind: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as one JSON object: path, state, counts, and where the damage is."""
    damage(run, kind)
    verified, state, repaired, _ = CASES[kind]
    assert main(["verify", "--json", str(run)]) == verified
    said = json.loads(capsys.readouterr().out)
    assert f": {said['state']}, {said['events']} events" == state
    assert said["path"] == str(run)
    assert said["size"] == run.stat().st_size
    assert said["lost_bytes"] == sum(d["end"] - d["offset"] for d in said["damages"])
    assert bool(said["damages"]) is (kind not in ("intact", "empty"))
    out = tmp_path / "out"
    assert main(["repair", "--json", str(run), "-o", str(out)]) == repaired
    said = json.loads(capsys.readouterr().out)
    assert said["output"] == (str(out) if repaired != 1 else None)
    assert said["outcome"] == {0: "lossless", 1: "nothing", 3: "lossy"}[repaired]


def test_a_folder_is_searched(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a folder all event files are examined, and the worst state is the exit status."""
    with SummaryWriter(run.parent / "sub") as writer:
        writer.add_scalar("loss", 0.5, 1)
    (run.parent / "notes.txt").write_text("no event file")
    assert main(["verify", str(run.parent)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    damage(run, "torn")
    assert main(["verify", str(run.parent.parent)]) == 3


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    """`repair` refuses to write over a file, itself included."""
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    assert main(["repair", str(run), "-o", str(other)]) == 1
    assert other.read_bytes() == b"mine"
    before = run.read_bytes()
    assert main(["repair", str(run), "-o", str(run)]) == 1
    assert run.read_bytes() == before


def test_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, and a folder without event files, are failures that say so."""
    assert main(["verify", str(tmp_path / "no.tfevents")]) == 1
    assert "no.tfevents" in capsys.readouterr().err
    assert main(["verify", str(tmp_path)]) == 1
    assert "no event file found" in capsys.readouterr().err
    assert main(["repair", str(tmp_path / "no.tfevents")]) == 1


def test_as_a_command(run: Path) -> None:
    """`python -m tfevents_lite verify` exits with the status."""
    damage(run, "damaged")
    done = subprocess.run([sys.executable, "-m", "tfevents_lite", "verify", run])
    assert done.returncode == 4


def test_much_damage_is_told_in_short(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a file with very many damaged places the first are shown, and how many there are."""
    run.write_bytes(run.read_bytes() + (b"\xff" * 40 + run.read_bytes()) * 50)
    assert main(["verify", str(run)]) == 4
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 22
    assert said[-1] == "  and 30 more"
