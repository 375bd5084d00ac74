"""Faults that were found by attacking: each has a test here that it once failed."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import stat
import threading
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import SummaryWriter, read_events
from tfevents_lite.files.assets import update_asset, write_asset
from tfevents_lite.files.event_file import is_ours
from tfevents_lite.files.options import Options
from tfevents_lite.files.runs import Runs
from tfevents_lite.files.system import System

from .faulty_system import FailingSystem
from .test_durability_steps import event
from .test_event_file import steps_of


def all_steps(folder: Path) -> list[int]:
    """The steps of all events with a summary in a folder and beneath it."""
    paths = sorted(folder.rglob("*tfevents*"))
    return [e.step for path in paths for e in read_events(path) if e.HasField("summary")]


# Threads and handlers.


def test_a_write_that_a_close_overtakes_is_written(tmp_path: Path) -> None:
    """With a buffer, an event is not lost if another thread closes just before it is added."""

    class Overtaken(deque[bytes]):
        def append(self, record: bytes) -> None:
            runs.main.close()
            super().append(record)

    runs = Runs(str(tmp_path), Options(buffer_bytes=10_000))
    runs.main.write(event(1))
    runs.main._left = Overtaken(runs.main._left)
    runs.main._hold = runs.main._left.append
    runs.main.write(event(2))
    assert all_steps(tmp_path) == [1, 2]


@pytest.mark.parametrize("options", [{}, {"buffer_bytes": 1000}, {"max_file_bytes": 500}])
def test_closing_beside_threads_that_log(tmp_path: Path, options: dict[str, Any]) -> None:
    """Whatever is acknowledged while another thread closes again and again is there once."""
    runs = Runs(str(tmp_path), Options(reopens=True, **options))
    acknowledged: list[list[int]] = [[] for _ in range(4)]

    def log(number: int) -> None:
        for step in range(number * 30, number * 30 + 30):
            runs.main.write(event(step))
            acknowledged[number].append(step)

    threads = [threading.Thread(target=log, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        runs.main.close()
    runs.main.close()
    assert sorted(all_steps(tmp_path)) == list(range(120))


def test_an_error_of_a_handler_is_not_the_systems(tmp_path: Path) -> None:
    """A TimeoutError out of a handler, amid a write, comes out of the call; nothing is twice."""

    class Alarm(System):
        rings = False

        def write(self, fd: int, data: Any) -> int:
            written = os.write(fd, data)
            if self.rings:
                self.rings = False
                raise TimeoutError("by a handler")
            return written

    for durability in ("write", "fsync"):
        system, folder = Alarm(), tmp_path / durability
        options = Options(system=system, on_error="warn", durability=durability)
        runs = Runs(str(folder), options)
        runs.main.write(event(1))
        system.rings = True
        with pytest.raises(TimeoutError, match="by a handler"):
            runs.main.write(event(2))
        runs.main.write(event(3))
        runs.main.close()
        assert all_steps(folder) == [1, 2, 3]


# Bounds.


class Measuring(System):
    """Knows how many bytes there were at most in a folder, after any call that makes more."""

    most = 0

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, fd: int, data: Any) -> int:
        written = os.write(fd, data)
        size = sum(path.stat().st_size for path in self.root.rglob("*tfevents*"))
        self.most = max(self.most, size)
        return written


@pytest.mark.parametrize("total", [2048, 16384, 20000])
@pytest.mark.parametrize("buffer", [0, 1000, 65536])
@pytest.mark.parametrize("sub_runs", [0, 2])
def test_bounded_storage_is_never_exceeded(
    tmp_path: Path, total: int, buffer: int, sub_runs: int
) -> None:
    """With a buffer, too, there are at no time more bytes than max_total_bytes."""
    system = Measuring(tmp_path)
    options = Options(max_total_bytes=total, buffer_bytes=buffer, system=system)
    runs = Runs(str(tmp_path), options)
    logs = [runs.main, *(runs.sub_run(str(number)) for number in range(sub_runs))]
    for _ in range(10):
        for step in range(100):
            for log in logs:
                log.write(event(step) + bytes([0x1A, 40]) + b"x" * 40)
    runs.each(lambda run: run.close())
    assert total // 2 < system.most <= total


def test_a_limit_on_the_size_of_files_begins_new_ones(tmp_path: Path) -> None:
    """Where a file may not grow (EFBIG), the next one is begun, and nothing is dropped."""

    class Limited(System):
        def write(self, fd: int, data: Any) -> int:
            room = 1000 - os.fstat(fd).st_size
            if not room:
                raise OSError(errno.EFBIG, "File too large")
            return os.write(fd, data[:room])

    runs = Runs(str(tmp_path), Options(system=Limited()))
    for step in range(100):
        runs.main.write(event(step))
    with pytest.raises(OSError, match="File too large"):
        runs.main.write(bytes(2000))
    runs.main.write(event(100))
    runs.main.close()
    assert all_steps(tmp_path) == list(range(101))
    assert runs.main.dropped == 1


def test_each_point_of_a_dropped_series_counts(tmp_path: Path) -> None:
    """`dropped` counts events, also those that were written together."""
    system = FailingSystem([], errno.ENOSPC)
    writer = SummaryWriter(
        tmp_path, system=system, max_pending_bytes=0, on_error="warn", clock=lambda: 1.0
    )
    system.failing = set(range(100))
    with pytest.warns(RuntimeWarning, match="No space left"):
        writer.add_scalar_series("curve", [0.5] * 1000, range(1000))
    assert writer.dropped == 1000


@pytest.mark.parametrize("can_cut", [True, False])
def test_failed_syncs_write_nothing_twice(tmp_path: Path, can_cut: bool) -> None:
    """With durability="fsync" an event is there once, even if it can't be taken out again."""

    class Failing(System):
        fails = False

        def sync(self, fd: int) -> None:
            if self.fails:
                raise OSError(errno.EIO, "Input/output error")

        def truncate(self, fd: int, length: int) -> None:
            if not can_cut:
                raise OSError(errno.EIO, "Input/output error")
            os.ftruncate(fd, length)

    system = Failing()
    runs = Runs(str(tmp_path), Options(system=system, durability="fsync"))
    for step in range(20):
        system.fails = step % 5 in (1, 2)
        try:
            runs.main.write(event(step))
        except OSError:
            assert system.fails
    runs.main.close()
    assert sorted(all_steps(tmp_path)) == list(range(20))


# Where and when.


def test_chdir_does_not_move_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a relative log_dir, all files are in the folder that it was when the writer was made."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter("run", max_file_bytes=256)
    for step in range(20):
        writer.add_scalar("loss", 0.5, step)
        writer.add_scalars("both", {"a": 1.0}, step)
        monkeypatch.chdir(tmp_path / "other")
    writer.close()
    assert list((tmp_path / "other").iterdir()) == []
    assert len(steps_of(tmp_path / "run")) == len(steps_of(tmp_path / "run" / "both_a")) == 20
    assert writer.log_dir == writer.get_logdir() == "run"


@pytest.mark.parametrize("now", [1e10, 1.7e12, 1e300])
def test_a_clock_in_milliseconds_is_refused(tmp_path: Path, now: float) -> None:
    """A clock beyond ten digits is an error that says "seconds", before anything is made."""
    with pytest.raises(ValueError, match="clock must return seconds since 1970"):
        SummaryWriter(tmp_path / "run", clock=lambda: now)
    assert not (tmp_path / "run").exists()


def test_resume_after_the_last_step_there_can_be(tmp_path: Path) -> None:
    """A run whose last step is 2**63 - 1 can be resumed; nothing of it is purged."""
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 2**63 - 1)
    with SummaryWriter(tmp_path, resume=True) as writer:
        assert writer.last_step == 2**63 - 1
        assert len(list(read_events(writer.file_writer.file.path))) == 1


@pytest.mark.filterwarnings("ignore:.*can't be read")
def test_resume_beside_a_dangling_link(tmp_path: Path) -> None:
    """A link that leads nowhere is no reason not to go on."""
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 1)
    (tmp_path / "events.out.tfevents.1000000000.host.1.0").symlink_to(tmp_path / "nowhere")
    options: dict[str, Any] = {"on_error": "warn", "max_total_bytes": 2000}
    SummaryWriter(tmp_path, resume=True, **options).close()
    assert (tmp_path / "events.out.tfevents.1000000000.host.1.0").is_symlink()


# Nothing but our own files.


def test_only_our_own_files_are_ever_removed(tmp_path: Path) -> None:
    """Bounded storage adopts files by their name and their first record, and removes no other."""
    with SummaryWriter(tmp_path, clock=lambda: 5.0) as writer:
        writer.add_scalar("loss", 0.5, 1)
        ours = Path(writer.file_writer.file.path)
    foreign = {
        "a-notes-on-tfevents.md": b"notes",
        "tfevents.ipynb": ours.read_bytes(),
        ours.name + ".bak": ours.read_bytes(),
        ours.name.replace("0000000005", "0000000006"): b"",
        ours.name.replace("0000000005", "0000000007"): ours.read_bytes().replace(b"lite", b"full"),
    }
    for name, data in foreign.items():
        (tmp_path / name).write_bytes(data)
        assert not is_ours(str(tmp_path / name), "")
    assert is_ours(str(ours), "")
    assert not is_ours(str(ours), ".suffix")
    runs = Runs(str(tmp_path), Options(max_total_bytes=1024))
    runs.storage.adopt([(str(path), path.stat().st_size) for path in sorted(tmp_path.iterdir())])
    for _ in range(20):
        for step in range(100):
            runs.main.write(event(step))
    runs.main.close()
    assert not ours.exists()
    for name, data in foreign.items():
        assert (tmp_path / name).read_bytes() == data


@pytest.mark.skipif(os.name == "nt", reason="modes and links are POSIX's")
def test_an_asset_follows_no_link_and_keeps_its_mode(tmp_path: Path) -> None:
    """What is replaced keeps its mode; a link or a folder at its place is refused, and left."""
    write_asset(str(tmp_path), "a/config", b"one")
    target = tmp_path / "a" / "config"
    target.chmod(0o640)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "a" / f"config.{os.getpid()}.half").symlink_to(victim)
    write_asset(str(tmp_path), "a/config", b"two")
    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    (tmp_path / "a" / "link").symlink_to(victim)
    with pytest.raises(FileExistsError, match="is no regular file"):
        write_asset(str(tmp_path), "a/link", b"three")
    assert victim.read_bytes() == b"precious"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "config", f"config.{os.getpid()}.half", "link",
    ]  # fmt: skip


def test_each_change_of_an_asset_counts(tmp_path: Path) -> None:
    """Of the changes that many threads make to one text, none is lost."""

    def change(number: int) -> None:
        for line in range(20 * number, 20 * number + 20):
            update_asset(str(tmp_path), "config", f"{{}}{line}\n".format)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set((tmp_path / "config").read_text().splitlines())) == 160


def test_an_asset_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """If the text can't be made or written, the old one stays, and no other file is left."""
    write_asset(str(tmp_path), "config", b"old")
    with pytest.raises(ZeroDivisionError):
        update_asset(str(tmp_path), "config", lambda text: str(1 // 0))
    with pytest.raises(TypeError):
        write_asset(str(tmp_path), "config", 5)  # type: ignore[arg-type] # That fails.
    assert (tmp_path / "config").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


# Leaving nothing.


def test_two_thousand_writers_leave_nothing(tmp_path: Path) -> None:
    """Writers that are closed and forgotten leave no hook, object or descriptor."""

    def count() -> tuple[int, int, int]:
        gc.collect()
        known = sum(isinstance(thing, (Runs, SummaryWriter)) for thing in gc.get_objects())
        fds = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        hooks = atexit._ncallbacks() if hasattr(atexit, "_ncallbacks") else 0
        return known, fds, hooks

    SummaryWriter(tmp_path / "first", write_to_disk=False).close()
    before = count()
    for _ in range(2000):
        writer = SummaryWriter(tmp_path / "run", write_to_disk=False)
        writer.add_scalar("loss", 0.5, 1)
        writer.close()
    for number in range(20):
        SummaryWriter(tmp_path / str(number), max_total_bytes=2000).close()
    del writer
    assert count() == before
