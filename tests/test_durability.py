"""Nothing is lost when writing fails: every write, every kind of failure, and recovery."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import DataLossError, SummaryWriter, read_events
from tfevents_lite.files.system import System

from .faulty_system import FailingSystem
from .test_event_file import steps_of

STEPS = range(20)

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "buffered": {"buffer_bytes": 150},
    "fsync": {"durability": "fsync"},
    "rotated": {"max_file_bytes": 300},
}
FAILURES: dict[str, tuple[int, bool]] = {
    "full": (errno.ENOSPC, False),
    "nearly full": (errno.ENOSPC, True),
    "quota": (errno.EDQUOT, True),
    "broken": (errno.EIO, False),
    "broken half-way": (errno.EIO, True),
    "interrupted": (errno.EINTR, False),
}


def log(writer: SummaryWriter, steps: range = STEPS) -> tuple[list[int], list[OSError]]:
    """Log a value at each step; return the steps that were acknowledged, and what went wrong."""
    acknowledged, errors = [], []
    for step in steps:
        try:
            writer.add_scalar("loss", 0.5, step)
        except OSError as error:
            errors.append(error)
        else:
            acknowledged.append(step)
    return acknowledged, errors


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_write_may_fail(tmp_path: Path, configuration: str, failure: str) -> None:
    """Whichever write fails, all events are in the files once, in order, in whole records."""
    error, partial = FAILURES[failure]
    for length in (1, 3):
        for number in range(1, 25):
            folder = tmp_path / f"{length}-{number}"
            failing = range(number, number + length)
            system = FailingSystem(failing, error, partial=partial)
            writer = SummaryWriter(folder, system=system, **CONFIGURATIONS[configuration])
            _, errors = log(writer)
            system.recover()
            writer.close()
            assert steps_of(folder) == list(STEPS)  # Strictly read: no torn record anywhere.
            assert writer.dropped == 0
            for raised in errors:
                assert raised.errno == error
                assert str(folder) in str(raised.filename)
            if error == errno.EINTR:
                assert not errors
            elif length == 3 and configuration == "fsync" and number < len(STEPS):
                assert errors


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_where_nothing_can_be_cut_a_new_file_is_begun(tmp_path: Path, configuration: str) -> None:
    """A torn record that can't be cut off stays the last of its file, and nothing is lost."""
    for number in range(1, 20):
        folder = tmp_path / str(number)
        system = FailingSystem([number, number + 1], errno.ENOSPC, partial=True, cuts=False)
        writer = SummaryWriter(folder, system=system, **CONFIGURATIONS[configuration])
        log(writer)
        system.recover()
        writer.close()
        steps, torn = [], []
        for path in sorted(folder.iterdir()):
            try:
                for event in read_events(path):
                    if event.HasField("summary"):
                        steps.append(event.step)
            except DataLossError as error:
                torn.append((path, error))
        for path, damage in torn:
            assert damage.unfinished
            assert damage.claimed_end is None or damage.claimed_end > path.stat().st_size
        assert sorted(set(steps)) == list(STEPS)
        assert len(steps) == len(STEPS)


@pytest.mark.parametrize("first", range(4))
def test_the_constructor_raises_or_warns(tmp_path: Path, first: int) -> None:
    """A file that can't be begun is an error at once, or a warning and tried again."""
    system = FailingSystem(range(first + 1), errno.ENOSPC)
    with pytest.raises(OSError, match="No space left") as caught:
        SummaryWriter(tmp_path / "raise", system=system)
    assert str(tmp_path / "raise") in str(caught.value)
    system = FailingSystem(range(first + 1), errno.ENOSPC)
    with pytest.warns(RuntimeWarning, match="No space left"):
        writer = SummaryWriter(tmp_path / "warn", system=system, on_error="warn")
    log(writer)
    writer.close()
    assert steps_of(tmp_path / "warn") == list(STEPS)


def test_warns_once_an_outage_and_never_raises(tmp_path: Path) -> None:
    """With on_error="warn" no call raises, each outage is told once, and all is there after it."""
    system = FailingSystem([*range(5, 30), *range(60, 70)], errno.ENOSPC)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        writer = SummaryWriter(tmp_path, system=system, on_error="warn")
        for step in range(200):
            writer.add_scalar("loss", 0.5, step)
        file = writer.file_writer.file
        writer.close()
    assert [str(warning.message) for warning in caught] == [
        f"tfevents_lite: [Errno 28] No space left on device: '{file.path}'; "
        "events are buffered; when too many are, new ones are dropped"
    ] * 2
    assert steps_of(tmp_path) == list(range(200))
    assert writer.dropped == 0


@pytest.mark.parametrize("on_error", ["raise", "warn"])
@pytest.mark.filterwarnings("ignore:tfevents_lite")
def test_what_waits_is_bounded(tmp_path: Path, on_error: Any) -> None:
    """Beyond max_pending_bytes events are dropped and counted; the earlier ones are kept."""
    system = FailingSystem([], errno.ENOSPC)
    writer = SummaryWriter(tmp_path, system=system, on_error=on_error, max_pending_bytes=1000)
    writer.add_scalar("loss", 0.5, 0)
    system.failing = set(range(10_000))
    acknowledged, errors = log(writer, range(1, 500))
    assert len(acknowledged) == (0 if on_error == "raise" else 499)
    assert len(errors) == (499 if on_error == "raise" else 0)
    held = 499 - writer.dropped
    assert 10 < held < 40
    system.failing = set()
    writer.add_scalar("loss", 0.5, 500)
    writer.close()
    assert steps_of(tmp_path) == [*range(held + 1), 500]


def test_closing_on_a_full_disk(tmp_path: Path) -> None:
    """close() raises for what is lost then, counts it, and closes; it can be called again."""
    system = FailingSystem([], errno.ENOSPC)
    writer = SummaryWriter(tmp_path, system=system, reopens=False)
    system.failing = set(range(100))
    log(writer, range(3))
    with pytest.raises(OSError, match="No space"):
        writer.close()
    assert writer.dropped == 3
    writer.close()
    with pytest.raises(ValueError, match="is closed"):
        writer.add_scalar("loss", 0.5, 9)
    assert steps_of(tmp_path) == []


# A slow disk, and many threads.


class SlowSystem(System):
    """Takes longer over each write than a thread waits before it stands in line."""

    def write(self, fd: int, data: Any) -> int:
        time.sleep(0.05)
        return os.write(fd, data)


@pytest.mark.parametrize("options", [{}, {"buffer_bytes": 150}])
def test_threads_wait_for_a_slow_write(tmp_path: Path, options: dict[str, Any]) -> None:
    """However long another thread's write takes, nobody's event is lost or written twice."""
    writer = SummaryWriter(tmp_path, system=SlowSystem(), **options)

    def log_under(tag: str) -> None:
        for step in range(5):
            writer.add_scalar(tag, 0.5, step)

    threads = [threading.Thread(target=log_under, args=(f"tag/{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    (file,) = tmp_path.iterdir()
    logged = [(e.summary.value[0].tag, e.step) for e in read_events(file) if e.summary.value]
    for number in range(4):
        assert [step for tag, step in logged if tag == f"tag/{number}"] == list(range(5))
    assert len(logged) == 20


# The file goes away.


def test_a_deleted_folder_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the folder is deleted, logging goes on in a new one, after a warning."""
    now = 0.0
    monkeypatch.setattr("tfevents_lite.files.run_log.monotonic", lambda: now)
    writer = SummaryWriter(tmp_path / "run")
    writer.add_scalar("loss", 0.5, 0)
    shutil.rmtree(tmp_path / "run")
    now = 1.5
    with pytest.warns(RuntimeWarning, match="was deleted while it was written to") as caught:
        writer.add_scalar("loss", 0.5, 1)
    assert caught[0].filename == __file__
    writer.add_scalar("loss", 0.5, 2)
    assert steps_of(tmp_path / "run") == [1, 2]


def test_a_folder_that_was_moved_takes_its_file_along(tmp_path: Path) -> None:
    """A run that is renamed while it is written to goes on under its new name."""
    writer = SummaryWriter(tmp_path / "run")
    writer.add_scalar("loss", 0.5, 0)
    (tmp_path / "run").rename(tmp_path / "moved")
    writer.file_writer.file._look_at = 0
    writer.add_scalar("loss", 0.5, 1)
    assert steps_of(tmp_path / "moved") == [0, 1]
    assert not (tmp_path / "run").exists()


def test_a_descriptor_closed_by_others_is_no_end(tmp_path: Path) -> None:
    """Where a program closes all descriptors (to be a daemon, say), nothing is lost."""
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("loss", 0.5, 0)
    os.close(writer.file_writer.file._file.fd)
    writer.add_scalar("loss", 0.5, 1)
    writer.add_scalar("loss", 0.5, 2)
    assert steps_of(tmp_path) == [0, 1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_read_only_folder_says_so() -> None:
    """A folder that can't be written to is an OSError that names it."""
    with pytest.raises(OSError, match="/proc/1/nowhere"):
        SummaryWriter("/proc/1/nowhere")


# A real disk.

FILL = """
import os, sys
from pathlib import Path
from tfevents_lite import SummaryWriter, read_events
root = Path(sys.argv[1])
writer = SummaryWriter(root / "run")
ballast = root / "ballast"
ballast.write_bytes(bytes(500_000))
acknowledged, step = [], 0
while True:
    step += 1
    try:
        writer.add_scalar("tag" * 20, 0.5, step)
        acknowledged.append(step)
    except OSError as error:
        assert error.errno == 28 and "run/events" in error.filename, error
        break
for step in range(step + 1, step + 50):
    try:
        writer.add_scalar("tag" * 20, 0.5, step)
        raise SystemExit("a full disk took an event")
    except OSError:
        pass
path = writer.file_writer.file.path
list(read_events(path))  # Strictly: no torn record.
ballast.unlink()
for step in range(step + 1, step + 50):
    writer.add_scalar("tag" * 20, 0.5, step)
    acknowledged.append(step)
writer.close()
found = [event.step for event in read_events(path) if event.HasField("summary")]
assert found == list(range(1, step + 1)), "lost or twice"
assert set(acknowledged) <= set(found)
print(len(found), "events, all there")
"""


def test_a_real_disk_filled_and_freed(tmp_path: Path) -> None:
    """On a file system of 1 MB: errors while it is full, and everything there when it is not."""
    mount = f"mount -t tmpfs -o size=1m tmpfs '{tmp_path}'"
    inside = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c"]
    if sys.platform != "linux" or subprocess.run([*inside, mount], capture_output=True).returncode:
        pytest.skip("mounting a file system is not allowed here")
    script = tmp_path.with_suffix(".py")
    script.write_text(FILL)
    done = subprocess.run(
        [*inside, f"{mount} && '{sys.executable}' '{script}' '{tmp_path}'"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "events, all there" in done.stdout


@pytest.fixture(autouse=True)
def no_descriptors_leak() -> Iterator[None]:
    """After each test no more files are open than before it."""
    count: Callable[[], int] = lambda: len(os.listdir("/proc/self/fd"))  # noqa: E731
    if not os.path.isdir("/proc/self/fd"):
        yield
        return
    before = count()
    yield
    import gc

    gc.collect()
    assert count() <= before
