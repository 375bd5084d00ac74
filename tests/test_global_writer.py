"""GlobalSummaryWriter, and writers that keep nothing."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tfevents_lite as tfe

from .oracles.tensorboard import TensorBoardServer


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default folder is below the current one."""
    monkeypatch.chdir(tmp_path)
    yield
    tfe.GlobalSummaryWriter._the_one = None


def test_steps_are_counted_for_each_tag(tensorboard: TensorBoardServer) -> None:
    """Each tag's values have the steps 0, 1, 2, …, whoever logs them."""
    folder = tensorboard.new_run("global")
    with tfe.GlobalSummaryWriter(folder) as writer:
        for value in (5, 6, 7):
            writer.add_scalar("a", value, 100.0)
            writer.add_text("note", str(value))
        writer.add_scalar("b", 8)
        writer.add_image("dot", np.zeros((1, 2, 2)), dataformats="CHW")
    tensorboard.reload()
    assert tensorboard.scalars(folder.name, "a") == [(100, 0, 5), (100, 1, 6), (100, 2, 7)]
    assert [point.step for point in tensorboard.text(folder.name, "note/text_summary")] == [0, 1, 2]
    assert [point.step for point in tensorboard.scalars(folder.name, "b")] == [0]
    assert [image.step for image in tensorboard.images(folder.name, "dot")] == [0]


def test_threads_log_in_order(tmp_path: Path) -> None:
    """Steps of a tag stand in the file in order, however many threads log under it."""
    writer = tfe.GlobalSummaryWriter(tmp_path / "run")

    def log() -> None:
        for _ in range(200):
            writer.add_scalar("a", 1.0)

    threads = [threading.Thread(target=log) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    (file,) = (tmp_path / "run").iterdir()
    assert [event.step for event in list(tfe.read_events(file))[1:]] == list(range(1600))


def test_there_is_one_for_the_program() -> None:
    """getSummaryWriter gives the same writer from anywhere, a new one after it was closed."""
    first = tfe.GlobalSummaryWriter.getSummaryWriter()
    assert tfe.GlobalSummaryWriter.getSummaryWriter() is first
    assert Path(first.file_writer.get_logdir()).parent == Path("runs")
    first.flush()
    first.close()
    second = tfe.GlobalSummaryWriter.getSummaryWriter()
    assert second is not first
    second.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_has_a_run_of_its_own(tmp_path: Path) -> None:
    """A child's values are in a sub-run, with steps that go on; the parent's are untouched."""
    writer = tfe.GlobalSummaryWriter(tmp_path / "run")
    writer.add_scalar("a", 1)
    child = os.fork()
    if child == 0:
        try:
            writer.add_scalar("a", 2)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    writer.add_scalar("a", 3)
    writer.close()
    sub_run = tmp_path / "run" / f"process-{child}"
    values = {
        folder: [
            (event.step, event.summary.value[0].simple_value)
            for file in folder.glob("events*")
            for event in list(tfe.read_events(file))[1:]
        ]
        for folder in (tmp_path / "run", sub_run)
    }
    assert values == {tmp_path / "run": [(0, 1), (1, 3)], sub_run: [(1, 2)]}


def test_write_to_disk_false_keeps_nothing(tmp_path: Path) -> None:
    """Without a disk every method works and checks as ever, and there is no file or folder."""
    writer = tfe.SummaryWriter(tmp_path / "run", "", None, 10, 120, "", False)
    for step in range(100):
        writer.add_scalar("a", 1.0, step)
    writer.add_scalars("m", {str(index): 1.0 for index in range(100)}, 1)
    writer.add_scalar_series("s", np.zeros(10_000), np.arange(10_000))
    writer.add_histogram("h", [1, 2])
    writer.add_embedding(np.zeros((3, 2)), ["a", "b", "c"])
    writer.add_hparams({"a": 1}, {"b": 2})
    writer.add_hparams({"a": 1}, {"b": 2}, run_name="x")
    writer.export_scalars_to_json(tmp_path / "scalars.json")
    with pytest.raises(TypeError, match="value of 'a' must be a number, got 'x'"):
        writer.add_scalar("a", "x", 1)
    writer.flush(sync=True)
    writer.close()
    writer.add_scalar("a", 1.0, 200)  # Reopens, as ever.
    writer.close()
    tfe.GlobalSummaryWriter(write_to_disk=False).add_scalar("a", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["scalars.json"]
    assert (tmp_path / "scalars.json").read_text() == "{}"


def test_a_session_log_purges(tensorboard: TensorBoardServer) -> None:
    """After a START, what is logged again takes the place of what was, and nothing warns."""
    folder = tensorboard.new_run("session")
    with tfe.SummaryWriter(folder) as writer:
        # TensorBoard's Python loader takes the first START for the run's beginning.
        writer.add_session_log(tfe.SessionLog(status=tfe.SessionLog.START))
        for step in range(5):
            writer.add_scalar("a", 1, step)
        writer.add_session_log(tfe.SessionLog(status=tfe.SessionLog.START), 3)
        with pytest.raises(TypeError, match="a SessionLog or bytes of one, got 3"):
            writer.add_session_log(3)  # type: ignore[arg-type]
        for step in (3, 4):
            writer.add_scalar("a", 2, step)
    tensorboard.reload()
    points = tensorboard.scalars(folder.name, "a")
    assert [(p.step, p.value) for p in points] == [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2)]


def test_importing_it_is_light(tmp_path: Path) -> None:
    """The global writer needs no multiprocessing, as tensorboardX's does."""
    import subprocess

    code = (
        "import sys, tfevents_lite as tfe\n"
        "tfe.GlobalSummaryWriter('run').add_scalar('a', 1)\n"
        "print('multiprocessing' in sys.modules, 'numpy' in sys.modules)"
    )
    root = Path(tfe.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout == "False False\n"


def test_threads_that_ask_at_once_get_one_writer() -> None:
    """The first calls of getSummaryWriter make one writer, from however many threads."""
    made: list[object] = []

    class Slow(tfe.GlobalSummaryWriter):
        def __init__(self) -> None:
            time.sleep(0.05)
            super().__init__()

    threads = [
        threading.Thread(target=lambda: made.append(Slow.getSummaryWriter())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tfe.GlobalSummaryWriter.getSummaryWriter().close()
    assert len(set(map(id, made))) == 1
