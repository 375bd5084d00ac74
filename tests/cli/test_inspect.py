"""`inspect` says what runs hold, whoever wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tfevents_lite as tfe

from .conftest import HOSTILE_TAG, Cli, event_file


def test_every_number(runs: Path, cli: Cli) -> None:
    """Runs, files and bytes; and of each tag kind, count, steps, bytes and times."""
    said = [json.loads(line) for line in cli("inspect", "--json", runs).splitlines()]
    assert [run["run"] for run in said] == ["foreign/a", "ours"]
    for run in said:
        file = event_file(runs / run["run"])
        assert (run["files"], run["bytes"]) == (1, file.stat().st_size)
        expected: dict[str, dict[str, object]] = {}
        for event in tfe.read_events(file):
            for value in event.summary.value:
                known = expected.setdefault(
                    value.tag, {"count": 0, "bytes": 0, "first_step": event.step}
                )
                known["count"] = int(str(known["count"])) + 1
                known["bytes"] = int(str(known["bytes"])) + value.ByteSize()
                known["last_step"] = event.step
                known["last_wall_time"] = event.wall_time
                known.setdefault("first_wall_time", event.wall_time)
        found = {tag.pop("tag"): tag for tag in run["tags"]}
        kinds = {tag: facts.pop("kind") for tag, facts in found.items()}
        assert found == expected
        if run["run"] == "ours":
            assert kinds == {
                "loss/train": "scalar",
                "loss/test": "scalar",
                "weights": "histogram",
                "picture/0": "image",
            }
        else:
            assert kinds == {
                "loss/train": "scalar",
                "tensor": "scalar",
                "pictures": "image",
                "histogram": "histogram",
            }


def test_as_text(runs: Path, cli: Cli, tokyo: None) -> None:
    """A table a run, with local times; tags can be chosen by patterns."""
    lines = cli("inspect", runs, "--tag", "loss/*").splitlines()
    size = event_file(runs / "ours").stat().st_size
    at = lines.index(f"run ours: 1 file, {size:,} bytes, 2 tags")
    assert lines[at + 1 : at + 4] == [
        "tag         kind    count   steps  bytes  1970-01-01",
        "loss/test   scalar      5  0 to 4     80  09:16:42 to 09:16:50",
        "loss/train  scalar      5  0 to 4     85  09:16:41 to 09:16:49",
    ]
    assert "histogram" not in cli.out


def test_a_file_and_several_folders(runs: Path, cli: Cli) -> None:
    """A single file is a run called by its path, as are runs of several folders."""
    file = event_file(runs / "ours")
    said = cli("inspect", "--json", file, runs / "foreign").splitlines()
    assert [json.loads(line)["run"] for line in said] == [str(file), f"{runs / 'foreign'}/a"]


def test_a_restart_is_counted_once(tmp_path: Path, cli: Cli) -> None:
    """What a restarted run repeats is not counted, as read_scalars does not read it."""
    for restart in range(3):
        with tfe.SummaryWriter(tmp_path, purge_step=restart * 3 or None) as writer:
            for step in range(restart * 3, restart * 3 + 6):
                writer.add_scalar("a", restart, step)
    (tag,) = json.loads(cli("inspect", "--json", tmp_path))["tags"]
    columns = tfe.read_scalars(tmp_path)["."]["a"]
    assert tag["count"] == len(columns.step) == 12
    assert (tag["first_step"], tag["last_step"]) == (0, 11)
    said = [json.loads(line) for line in cli("export", "--json", tmp_path).splitlines()]
    assert [row["step"] for row in said] == columns.step.tolist()
    assert [row["value"] for row in said] == columns.value.tolist()


def test_damage_is_said_and_passed(damaged: Path, cli: Cli) -> None:
    """Behind a damaged record the rest is counted; one line says where; the status is 4."""
    cli("inspect", "--json", damaged, status=4)
    counts = {tag["tag"]: tag["count"] for tag in json.loads(cli.out)["tags"]}
    assert counts == {"loss/train": 4, "loss/test": 5, "weights": 1, "picture/0": 1}
    assert cli.err.count("\n") == 1
    assert "a record's data does not match its checksum (record at byte" in cli.err


def test_a_torn_tail_is_no_damage(runs: Path, cli: Cli) -> None:
    """A last record that is not finished, as of a run that goes on, is left alone in silence."""
    file = event_file(runs / "ours")
    file.write_bytes(file.read_bytes()[:-3])
    cli("inspect", "--json", file)
    assert "picture" not in cli.out
    assert cli.err == ""


def test_hostile_tags_are_escaped(hostile: Path, cli: Cli) -> None:
    """No control character of a tag reaches the terminal; JSON has the tag as it is."""
    cli("inspect", hostile)
    assert "\x1b" not in cli.out
    assert "\x00" not in cli.out
    assert r"../../../escape\x1b[2J\x00/a:b" in cli.out
    assert HOSTILE_TAG in [
        tag["tag"] for tag in json.loads(cli("inspect", hostile, "--json"))["tags"]
    ]


@pytest.mark.parametrize("content", [b"", b"\xff" * 5000, bytes(5000)])
def test_noise(content: bytes, tmp_path: Path, cli: Cli) -> None:
    """A file that holds nothing, or noise, is no traceback."""
    (tmp_path / "x.tfevents").write_bytes(content)
    cli("inspect", "--json", tmp_path, status=4 if content else 0)
    assert json.loads(cli.out)["tags"] == []
