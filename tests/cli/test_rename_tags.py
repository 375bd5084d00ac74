"""`rename-tags` copies a run with other names, and nothing else changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tfevents_lite as tfe

from .conftest import HOSTILE_TAG, Cli, event_file, write_foreign
from .test_merge import events_of


def test_only_the_names_change(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """Each run is copied to a folder of its name; all but the tags is as TensorBoard reads it."""
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    rename = ["--rename", "tensor", "number", "--regex", r"^loss/(\w+)", r"\1/loss"]
    said = json.loads(cli("rename-tags", runs, "-o", tmp_path / "out", *rename, "--json"))
    names = {"tensor": "number", "loss/train": "train/loss", "loss/test": "test/loss"}
    assert said["renamed"] == names
    for run in ("ours", "foreign/a"):
        old, new = events_of(runs / run), events_of(tmp_path / "out" / run)
        for event in old:
            for value in event.summary.value:
                value.tag = names.get(value.tag, value.tag)
        assert new[1:] == old[1:]
        assert new[0].file_version == old[0].file_version
        assert new[0].wall_time == old[0].wall_time
    assert before == {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}


def test_as_tensorboard_shows_it(tensorboard: Any, tmp_path: Path, cli: Cli) -> None:
    """TensorBoard shows the same points and pictures under the new names."""
    folder = tensorboard.new_run("rename")
    write_foreign(tmp_path / "old")
    cli("rename-tags", tmp_path / "old", "-o", folder / "new", "--regex", "^", "all/")
    (tmp_path / "old").rename(folder / "old")
    tensorboard.reload()
    old, new = (f"{folder.name}/{name}" for name in ("old", "new"))
    for tag in ("loss/train", "tensor"):
        points = tensorboard.scalars(new, f"all/{tag}")
        assert points == tensorboard.scalars(old, tag)
        assert len(points) == 5
    assert tensorboard.images(new, "all/pictures") == tensorboard.images(old, "pictures")


def test_dry_run(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """--dry-run says what would be renamed, and makes nothing."""
    cli("rename-tags", runs, "-o", tmp_path / "out", "--rename", "tensor", "x", "--dry-run")
    assert cli.out == "tensor -> x\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rename", "loss/test", "loss/train"], "would both be called 'loss/train'"),
        (["--rename", "nothing", "x"], "no tag is renamed: `inspect` lists the tags"),
        (["--regex", "(", "x"], "is no regular expression"),
        (["--regex", "loss", r"\7"], "is no regular expression with its replacement"),
    ],
)
def test_mistakes(arguments: list[str], said: str, runs: Path, tmp_path: Path, cli: Cli) -> None:
    """A mistake is said in one line, and makes nothing."""
    cli("rename-tags", runs, "-o", tmp_path / "out", *arguments, status=1)
    assert said in cli.err
    assert cli.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_never_in_place(runs: Path, cli: Cli) -> None:
    """The folder of a run, also that of one beneath it, is no output."""
    before = sorted(runs.rglob("*"))
    cli("rename-tags", runs, "-o", runs, "--regex", "^", "x", status=1)
    assert "holds event files already" in cli.err
    assert sorted(runs.rglob("*")) == before


def test_restarts_stay(tmp_path: Path, cli: Cli) -> None:
    """A copy of a run's files that were restarted purges what the files purged."""
    for restart in (0, 3):
        with tfe.SummaryWriter(tmp_path / "old", purge_step=restart or None) as writer:
            for step in range(restart, restart + 6):
                writer.add_scalar("a", restart, step)
    cli("rename-tags", tmp_path / "old", "-o", tmp_path / "new", "--rename", "a", "b")
    old = tfe.read_scalars(tmp_path / "old")["."]["a"]
    new = tfe.read_scalars(tmp_path / "new")["."]["b"]
    assert new.step.tolist() == old.step.tolist() == list(range(9))
    assert new.value.tolist() == old.value.tolist()


def test_damage_and_hostile_names(damaged: Path, hostile: Path, tmp_path: Path, cli: Cli) -> None:
    """What is intact is copied, with status 4; a hostile tag is printed escaped."""
    cli("rename-tags", damaged, "-o", tmp_path / "a", "--regex", "^loss", "x", status=4)
    assert cli.err.count("\n") == 1
    assert "wrote 11 events" in cli.out
    cli("rename-tags", hostile, "-o", tmp_path / "b", "--regex", "^", "x")
    assert "\x1b" not in cli.out
    tags = [
        value.tag for e in tfe.read_events(event_file(tmp_path / "b")) for value in e.summary.value
    ]
    assert "x" + HOSTILE_TAG in tags
