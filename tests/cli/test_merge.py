"""`merge` makes one file of many, as TensorBoard would show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2

import tfevents_lite as tfe

from .conftest import Cli, event_file, write_foreign, write_ours


def events_of(folder: Path) -> list[Any]:
    """The events of a folder's one file, by TensorBoard's reader."""
    loader = RawEventFileLoader(str(event_file(folder)))
    return [event_pb2.Event.FromString(record) for record in loader.Load()]


def test_by_wall_time(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """All events, each as it was, in the order of their times; the inputs are untouched."""
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    said = json.loads(cli("merge", runs, "-o", tmp_path / "out", "--json"))
    assert said["output"] == str(event_file(tmp_path / "out"))
    assert (said["runs"], said["events"], said["left_out"]) == (2, 24, 0)
    merged = events_of(tmp_path / "out")
    assert merged[0].file_version == "brain.Event:2"
    assert merged[0].wall_time == 1000.0
    sources = [*events_of(runs / "ours"), *events_of(runs / "foreign" / "a")]
    expected = sorted(
        (event for event in sources if event.HasField("summary")), key=lambda event: event.wall_time
    )
    assert merged[1:] == expected
    assert before == {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    assert cli("verify", tmp_path / "out")


def test_by_step(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """By step: events of one step stand together; within a run their order stays."""
    cli("merge", runs, "-o", tmp_path / "out", "--by", "step")
    merged = [event for event in events_of(tmp_path / "out") if event.HasField("summary")]
    assert [event.step for event in merged] == sorted(event.step for event in merged)
    ours = [event for event in merged if event.wall_time < 2000]
    assert ours == [event for event in events_of(runs / "ours") if event.HasField("summary")]


def test_as_tensorboard_shows_it(tensorboard: Any, tmp_path: Path, cli: Cli) -> None:
    """With --prefix TensorBoard shows each run's curves and pictures under RUN/TAG, as before."""
    folder = tensorboard.new_run("merge")
    write_ours(tmp_path / "ours")
    write_foreign(tmp_path / "foreign")
    cli("merge", tmp_path, "-o", folder, "--prefix")
    for name in ("ours", "foreign"):
        (tmp_path / name).rename(folder / name)
    tensorboard.reload()
    tags = tensorboard.tags("scalars")
    assert sorted(tags[folder.name]) == [
        "foreign/loss/train",
        "foreign/tensor",
        "ours/loss/test",
        "ours/loss/train",
    ]
    for merged in tags[folder.name]:
        name, _, tag = merged.partition("/")
        assert tensorboard.scalars(folder.name, merged) == tensorboard.scalars(
            f"{folder.name}/{name}", tag
        )
    pictures = tensorboard.images(folder.name, "foreign/pictures")
    assert [blob.data for blob in pictures] == [
        blob.data for blob in tensorboard.images(f"{folder.name}/foreign", "pictures")
    ]
    assert len(pictures) == 2


def test_a_restarted_run(tensorboard: Any, tmp_path: Path, cli: Cli) -> None:
    """The files of a restarted run become one, without what the restart repeats."""
    for restart in range(3):
        with tfe.SummaryWriter(tmp_path / "old", purge_step=restart * 3 or None) as writer:
            for step in range(restart * 3, restart * 3 + 6):
                writer.add_scalar("a", restart, step)
    folder = tensorboard.new_run("merge")
    cli("merge", tmp_path / "old", "-o", folder)
    tensorboard.reload()
    columns = tfe.read_scalars(tmp_path / "old")["."]["a"]
    shown = tensorboard.scalars(folder.name, "a")
    assert [(point.step, point.value) for point in shown] == list(
        zip(columns.step.tolist(), columns.value.tolist())
    )
    assert len(shown) == 12


def test_what_would_do_harm_is_left_out(tmp_path: Path, cli: Cli) -> None:
    """Two kinds under one tag, and a time that is none, are left out, counted and told of."""
    write_ours(tmp_path / "a")
    image = tfe.Summary.Image(width=1, height=1, encoded_image_string=b"x")
    events = [
        tfe.Event(
            wall_time=3000.0,
            summary=tfe.Summary(value=[tfe.Summary.Value(tag="loss/train", image=image)]),
        ),
        tfe.Event(
            wall_time=float("nan"),
            summary=tfe.Summary(value=[tfe.Summary.Value(tag="b", simple_value=1.0)]),
        ),
    ]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.tfevents").write_bytes(
        b"".join(tfe.tfrecord.frame(event.SerializeToString()) for event in events)
    )
    cli("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out", "--json", status=4)
    assert json.loads(cli.out)["left_out"] == 2
    assert "holds scalars already, and can't hold images too" in cli.err
    assert "2 events in all" in cli.err
    assert cli("verify", tmp_path / "out")


def test_damage(damaged: Path, tmp_path: Path, cli: Cli) -> None:
    """What is intact of a damaged file is merged, and the status says that not all is."""
    cli("merge", damaged, "-o", tmp_path / "out", status=4)
    assert "does not match its checksum" in cli.err
    assert "wrote 11 events" in cli.out


@pytest.mark.parametrize("where", ["ours", "foreign/a"])
def test_never_in_place(where: str, runs: Path, cli: Cli) -> None:
    """A folder that holds event files is no output, and stays as it is."""
    before = sorted(runs.rglob("*"))
    cli("merge", runs, "-o", runs / where, status=1)
    assert "holds event files already: name a new folder" in cli.err
    assert sorted(runs.rglob("*")) == before


def test_nothing_half(
    runs: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails, no file is left behind."""
    from tfevents_lite.cli.new_run import NewRun

    def fail(self: NewRun, *record: Any, add: Any = NewRun.add) -> None:
        if self.events == 5:
            raise OSError(28, "No space left on device")
        add(self, *record)

    monkeypatch.setattr(NewRun, "add", fail)
    cli("merge", runs, "-o", tmp_path / "out", status=1)
    assert "No space left on device" in cli.err
    assert not (tmp_path / "out").exists()


def test_nothing_to_merge(tmp_path: Path, cli: Cli) -> None:
    """Of files without an intact record no run is made."""
    (tmp_path / "x.tfevents").write_bytes(b"\xff" * 100)
    cli("merge", tmp_path, "-o", tmp_path / "out", status=1)
    assert not (tmp_path / "out").exists()
