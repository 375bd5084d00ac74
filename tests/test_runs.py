"""Runs and sub-runs of one writer: few descriptors, purging, and going on after a crash."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event as TensorBoardEvent
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tfevents_lite import Event, FileWriter, Summary, SummaryWriter, read_events
from tfevents_lite.cli import main
from tfevents_lite.reading import resume
from tfevents_lite.reading.resume import look_back

from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer
from .test_event_file import steps_of


def log(writer: SummaryWriter, steps: range, *subs: str) -> None:
    """Log a scalar at each step, to the run and to sub-runs."""
    for step in steps:
        writer.add_scalar("loss", step / 2, step)
        for sub in subs:
            event = Event(wall_time=time.time(), step=step)
            event.summary.value.add(tag="loss", simple_value=step / 2)
            writer.file_writer.sub_run(sub).add_event(event)


def test_many_sub_runs_need_few_descriptors(tmp_path: Path) -> None:
    """A hundred runs are written in turns through eight open files, each to one file."""
    writer = SummaryWriter(tmp_path, max_open_files=8)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    names = [f"run/{number}" for number in range(100)]
    log(writer, range(3), *names)
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before + 8
    log(writer, range(3, 5), *names)
    assert len(list((tmp_path / "run").glob("*/*tfevents*"))) == 100
    assert all(steps_of(tmp_path / name) == [*range(5)] for name in names)
    writer.close()


def test_a_parked_file_that_was_changed_is_left_alone(tmp_path: Path) -> None:
    """A sub-run whose file another program touched while it was parked goes on in a new file."""
    writer = SummaryWriter(tmp_path, max_open_files=1)
    log(writer, range(1), "a", "b")
    theirs = Path(writer.file_writer.sub_run("a").file.path)
    theirs.write_bytes(theirs.read_bytes()[:-3])
    log(writer, range(1, 2), "a", "b")
    assert len(list((tmp_path / "a").iterdir())) == 2
    assert len(list((tmp_path / "b").iterdir())) == 1
    ours = writer.file_writer.sub_run("a").file.path
    assert [event.step for event in read_events(ours)] == [0, 1]


def test_no_file_before_the_first_event(tmp_path: Path) -> None:
    """A sub-run that is only named makes no folder; the same name gives the same run."""
    writer = SummaryWriter(tmp_path)
    assert writer.file_writer.sub_run("a").file is writer.file_writer.sub_run("a").file
    assert len(list(tmp_path.iterdir())) == 1


def test_each_file_of_the_writer_is_whole_after_an_error_in_one(tmp_path: Path) -> None:
    """flush() and close() reach all runs, even if one of them fails."""
    writer = SummaryWriter(tmp_path, buffer_bytes=10_000)
    log(writer, range(5), "a", "b")
    bad = writer.file_writer.sub_run("a").file
    bad._drain = lambda: (_ for _ in ()).throw(OSError(5, "broken"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="broken"):
        writer.flush()
    assert steps_of(tmp_path / "b") == [*range(5)]
    assert steps_of(tmp_path) == [*range(5)]


def test_file_writer_takes_the_same_options(tmp_path: Path) -> None:
    """FileWriter has SummaryWriter's options and sub-runs."""
    with FileWriter(tmp_path, max_file_bytes=300, purge_step=5) as writer:
        for step in range(20):
            writer.add_event(Event(graph_def=bytes(20)), step)
        writer.sub_run("sub").add_event(Event(step=3))
    assert len(list(tmp_path.glob("*tfevents*"))) > 2
    assert [e.step for e in read_events(writer.sub_run("sub").file.path)] == [0, 5, 5, 3]


# Going on after a crash.


def test_last_step_of_what_is_intact(tmp_path: Path) -> None:
    """The last step is that of the last intact event, in all files and sub-runs, less purges."""
    assert look_back(str(tmp_path / "nothing"))[0] is None
    with SummaryWriter(tmp_path) as writer:
        assert look_back(str(tmp_path))[0] is None
        log(writer, range(10))
        file = writer.file_writer.file
    assert look_back(str(tmp_path))[0] == 9
    path = Path(file.path)
    path.write_bytes(path.read_bytes()[:-3])
    assert look_back(str(tmp_path))[0] == 8
    with SummaryWriter(tmp_path, purge_step=5) as writer:
        assert look_back(str(tmp_path))[0] == 4
        log(writer, range(5, 7), "sub")
    assert look_back(str(tmp_path))[0] == 6
    with SummaryWriter(tmp_path / "other" / "run") as writer:
        log(writer, range(12))
    assert look_back(str(tmp_path))[0] == 11


def test_resume_begins_behind_the_last_step(tmp_path: Path) -> None:
    """A resumed writer says where the run was, and leaves the crashed run's files as they are."""
    with SummaryWriter(tmp_path) as writer:
        assert writer.last_step is None
        log(writer, range(10), "sub")
        file = writer.file_writer.file
    torn = Path(file.path)
    torn.write_bytes(torn.read_bytes()[:-3])
    before = torn.read_bytes()
    with SummaryWriter(tmp_path, resume=True) as writer:
        assert writer.last_step == 9  # The sub-run has it.
        log(writer, range(10, 12), "sub")
    assert torn.read_bytes() == before
    assert len(list(tmp_path.glob("*tfevents*"))) == 2
    with SummaryWriter(tmp_path / "new", resume=True) as writer:
        assert writer.last_step is None
        assert len(list(read_events(writer.file_writer.file.path))) == 1


def test_resume_knows_what_each_tag_holds(tmp_path: Path) -> None:
    """A tag of the run, or of a sub-run, takes no other kind of values after a restart either."""
    image = Summary(value=[Summary.Value(tag="picture", image=Summary.Image())])
    scalar = Summary(value=[Summary.Value(tag="loss", simple_value=1)])
    with SummaryWriter(tmp_path) as writer:
        log(writer, range(3), "sub/1")
        writer.add_summary(image, 3)
        writer.add_text("text", "words", 3)
        writer.file_writer.sub_run("sub/1").add_event(Event(wall_time=1, step=3, summary=image))
        file = writer.file_writer.file
    torn = Path(file.path)
    torn.write_bytes(torn.read_bytes()[:-3])
    with SummaryWriter(tmp_path, resume=True) as writer:
        sub = writer.file_writer.sub_run("sub/1")
        with pytest.raises(ValueError, match="'picture' holds images already, and can't hold scal"):
            writer.add_scalar("picture", 1, 4)
        with pytest.raises(ValueError, match="'picture' holds images already"):
            writer.add_scalar_series("picture", [1.0], [4])
        with pytest.raises(ValueError, match="'loss' holds scalars already"):
            writer.add_tensor("loss", [1], 4)
        for tag, now in (("loss", image), ("picture", scalar)):
            now.value[0].tag = tag
            with pytest.raises(ValueError, match=f"{tag!r} holds .* already"):
                sub.add_event(Event(wall_time=1, step=4, summary=now))
        assert len(list(read_events(writer.file_writer.file.path))) == 3  # The purge alone.
        log(writer, range(4, 6), "sub/1")
        writer.add_scalar("text/text_summary", 1, 4)  # Its only record is torn.
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("picture", 1, 4)  # Another run, as far as the user says.


def test_resume_takes_kinds_from_others_files(tmp_path: Path) -> None:
    """In files of TensorFlow's writer too, whose later values don't say what shows them."""
    theirs = EventFileWriter(str(tmp_path))
    for step in range(2):
        event = TensorBoardEvent(wall_time=1, step=step)
        value = event.summary.value.add(tag="words")
        value.tensor.dtype = 7
        value.tensor.string_val.append(b"one")
        if not step:
            value.metadata.plugin_data.plugin_name = "text"
        theirs.add_event(event)
    theirs.close()
    with SummaryWriter(tmp_path, resume=True) as writer:
        assert writer.last_step == 1
        with pytest.raises(ValueError, match="'words' holds texts already, and can't hold scalars"):
            writer.add_scalar("words", 1, 4)
        writer.add_text("words", "two", 2)


def test_resume_remembers_so_many_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a tag an event does not make a resumed writer remember them all."""
    with SummaryWriter(tmp_path) as writer:
        for number in range(20):
            writer.add_scalar(f"tag{number}", 1, number)
    monkeypatch.setattr(resume, "_MOST_TAGS", 10)
    last, kinds, _ = look_back(str(tmp_path))
    assert (last, len(kinds[str(tmp_path)])) == (19, 10)


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_shows_each_step_of_a_resumed_run_once(loader: Loader, tmp_path: Path) -> None:
    """A run that crashed at step 19 and was restarted from step 10 shows what it was meant to."""
    with SummaryWriter(tmp_path / "run") as writer:
        log(writer, range(20), "sub/1", "sub/2")
        file = writer.file_writer.file
    crashed = Path(file.path)
    crashed.write_bytes(crashed.read_bytes()[:-5])
    with SummaryWriter(tmp_path / "run", resume=True, purge_step=10) as writer:
        assert writer.last_step == 19
        for step in range(10, 30):
            writer.add_scalar("loss", -step, step)
            for sub in ("sub/1", "sub/2"):
                event = Event(wall_time=time.time(), step=step)
                event.summary.value.add(tag="loss", simple_value=-step)
                writer.file_writer.sub_run(sub).add_event(event)
    expected = [*((step, step / 2) for step in range(10)), *((s, -s) for s in range(10, 30))]
    with TensorBoardServer(tmp_path, loader) as server:
        assert set(server.runs()) == {"run", "run/sub/1", "run/sub/2"}
        for run in server.runs():
            assert [(p.step, p.value) for p in server.scalars(run, "loss")] == expected


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_reads_on_through_rotated_files(loader: Loader, tmp_path: Path) -> None:
    """A loader that is at the newest file follows into the next ones as they are begun."""
    writer = SummaryWriter(tmp_path / "run", max_file_bytes=500)
    log(writer, range(5))
    with TensorBoardServer(tmp_path, loader) as server:
        for end in (20, 40, 60):
            log(writer, range(end - 20 + (5 if end == 20 else 0), end))
            server.reload()
            assert [p.step for p in server.scalars("run", "loss")] == [*range(end)]
    writer.close()
    assert main(["verify", str(tmp_path)]) == 0


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_shows_runs_under_their_escaped_names(loader: Loader, tmp_path: Path) -> None:
    """Sub-runs with strange names are shown, each under the name of its folder."""
    names = ["../outside", "a b/c", "CON", "100%", "lr=0.1|x", "日本", "events.out.tfevents.1.x"]
    with SummaryWriter(tmp_path / "run") as writer:
        log(writer, range(3), *names)
    with TensorBoardServer(tmp_path, loader) as server:
        runs = set(server.runs())
        assert runs == {
            "run", "run/.%2E/outside", "run/a b/c", "run/%43ON", "run/100%", "run/lr=0.1%7Cx",
            "run/日本", "run/events.out.%74fevents.1.x",
        }  # fmt: skip
        for run in runs:
            assert [p.step for p in server.scalars(run, "loss")] == [0, 1, 2]


def test_a_resumed_writer_knows_each_tags_last_step(tmp_path: Path) -> None:
    """A step that an earlier file has already is warned of; other tags' steps do not matter."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(10):
            writer.add_scalar("long", step, step)
        writer.add_scalar("short", 1, 3)
    assert look_back(str(tmp_path)).steps == {str(tmp_path): {"long": 9, "short": 3}}
    with SummaryWriter(tmp_path, resume=True) as writer:
        writer.add_scalar("short", 2, 4)
        with pytest.warns(UserWarning, match="step 9 of 'long' comes after step 9"):
            writer.add_scalar("long", 2, 9)
