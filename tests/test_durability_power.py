"""What survives a power cut, and what a buffer holds back: the promises with a price."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import SummaryWriter
from tfevents_lite.files.system import System

from .faulty_system import FailingSystem, ForgetfulSystem
from .test_durability import STEPS, log
from .test_event_file import steps_of

# Power cuts.


def survivors(system: ForgetfulSystem, folder: Path) -> list[int]:
    """The steps that are left after a power cut, read strictly."""
    for path, content in system.after_power_cut().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return sorted(step for parent, _, _ in os.walk(folder) for step in steps_of(Path(parent)))


@pytest.mark.parametrize("changes", [{}, {"max_file_bytes": 300}], ids=["one file", "rotated"])
def test_fsync_survives_a_power_cut(tmp_path: Path, changes: dict[str, Any]) -> None:
    """With durability="fsync", all acknowledged events are left, in new folders too."""
    system = ForgetfulSystem(tmp_path)
    folder = tmp_path / "a" / "b" / "run"
    writer = SummaryWriter(folder, durability="fsync", system=system, max_open_files=2, **changes)
    logs = [writer.file_writer.sub_run(name).file for name in ("x", "y/z", "w")]
    for step in range(15):
        writer.add_scalar("loss", 0.5, step)
        for log_ in logs:
            log_.write(b"\x10" + bytes([step + 100]) + b"\x2a\x00")
        left = survivors(system, tmp_path / f"after{step}")
        expected = [*range(step + 1), *(other + 100 for other in range(step + 1) for _ in logs)]
        assert left == sorted(expected)


@pytest.mark.parametrize(
    "changes", [{}, {"max_file_bytes": 300}, {"buffer_bytes": 10_000}], ids=str
)
def test_a_synced_flush_survives_a_power_cut(tmp_path: Path, changes: dict[str, Any]) -> None:
    """After flush(sync=True) all that was logged before it is left; without it, nothing need be."""
    system = ForgetfulSystem(tmp_path)
    writer = SummaryWriter(tmp_path / "new" / "run", system=system, max_open_files=2, **changes)
    logs = [writer.file_writer.sub_run(name).file for name in ("x", "y/z", "w")]
    for step in range(10):
        writer.add_scalar("loss", 0.5, step)
        for log_ in logs:
            log_.write(b"\x10" + bytes([step + 100]) + b"\x2a\x00")
    writer.flush()
    assert survivors(system, tmp_path / "before") == []
    writer.flush(sync=True)
    left = survivors(system, tmp_path / "after")
    assert left == sorted([*range(10), *(other + 100 for other in range(10) for _ in logs)])


def test_a_failed_sync_is_no_acknowledgement(tmp_path: Path) -> None:
    """When the device refuses, the call raises, and the event goes to a new file, once."""

    class Failing(System):
        failing = False

        def sync(self, fd: int) -> None:
            if self.failing:
                raise OSError(errno.EIO, "Input/output error")

    system = Failing()
    writer = SummaryWriter(tmp_path, durability="fsync", system=system)
    writer.add_scalar("loss", 0.5, 0)
    system.failing = True
    with pytest.raises(OSError, match="Input/output error"):
        writer.add_scalar("loss", 0.5, 1)
    system.failing = False
    writer.add_scalar("loss", 0.5, 2)
    writer.close()
    assert steps_of(tmp_path) == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2


# Holding back.


def test_write_through_holds_nothing_back(tmp_path: Path) -> None:
    """By default each event is in the file when the call returns, without flush or close."""
    writer = SummaryWriter(tmp_path)
    for step in range(10):
        writer.add_scalar("loss", 0.5, step)
        assert steps_of(tmp_path) == list(range(step + 1))


def test_a_buffer_is_bounded_in_bytes_and_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most buffer_bytes are held back, and none that is older than flush_secs at a call."""
    now = 0.0
    monkeypatch.setattr("tfevents_lite.files.run_log.monotonic", lambda: now)
    writer = SummaryWriter(tmp_path, buffer_bytes=1000, flush_secs=10)
    missing = []
    for step in range(200):
        writer.add_scalar("loss", 0.5, step)
        missing.append(step + 1 - len(steps_of(tmp_path)))
    size = writer.file_writer.file.bytes // 200
    assert 500 < max(missing) * size < 1000
    writer.flush()
    assert len(steps_of(tmp_path)) == 200
    writer.add_scalar("loss", 0.5, 200)
    now = 9.9
    writer.add_scalar("loss", 0.5, 201)
    assert len(steps_of(tmp_path)) == 200
    now = 10.0
    writer.add_scalar("loss", 0.5, 202)
    assert len(steps_of(tmp_path)) == 203
    writer.close()


def test_buffering_saves_writes(tmp_path: Path) -> None:
    """A buffer is worth its promise: there are far fewer calls to the system."""
    system = FailingSystem([], errno.EIO)
    with SummaryWriter(tmp_path, buffer_bytes=1 << 16, system=system) as writer:
        for step in range(1000):
            writer.add_scalar("loss", 0.5, step)
    assert system.count < 5
    assert steps_of(tmp_path) == list(range(1000))


def test_a_writer_that_is_forgotten_writes_what_it_holds(tmp_path: Path) -> None:
    """Deleting a buffered writer without closing it loses nothing."""
    writer = SummaryWriter(tmp_path, buffer_bytes=10_000)
    log(writer)
    assert steps_of(tmp_path) == []
    del writer
    assert steps_of(tmp_path) == list(STEPS)
