"""Event files: their names, their first record, that they stay whole, and rotation."""

from __future__ import annotations

import errno
import io
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import SummaryWriter, read_events, tfrecord
from tfevents_lite.files.event_file import EventFile
from tfevents_lite.files.options import Options

from .faulty_system import FailingSystem, ForgetfulSystem

NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\.host\.7\.0\Z")


def options(**changes: Any) -> Options:
    return Options(**{"clock": lambda: 1000.0, "hostname": "host", "pid": 7, **changes})


def begin(folder: Path, **changes: Any) -> EventFile:
    """A new event file that is begun."""
    file = EventFile(str(folder), options(**changes))
    BEGUN.append(file)
    file.begin()
    return file


BEGUN: list[EventFile] = []


@pytest.fixture(autouse=True)
def files_are_closed() -> Iterator[None]:
    """A file that no writer owns is closed after each test."""
    yield
    while BEGUN:
        BEGUN.pop().close()


def steps_of(folder: Path) -> list[int]:
    """The steps of all values in a folder, in the order in which TensorBoard reads them."""
    return [
        event.step
        for path in sorted(folder.glob("*tfevents*"))
        for event in read_events(path)
        if event.HasField("summary")
    ]


def test_a_file_begins_with_its_version(tmp_path: Path) -> None:
    """The first record says the format's version, the time and who wrote it."""
    file = begin(tmp_path / "new" / "run")
    (event,) = read_events(file.path)
    assert event.file_version == "brain.Event:2"
    assert event.source_metadata.writer == "tfevents-lite"
    assert event.wall_time == 1000.0
    assert NAME.match(os.path.basename(file.path))


@pytest.mark.parametrize("clocks", [[5, 5, 5], [5, 4, 3], [9_999_999, 1, 1], [-7, 0, 0.5]])
def test_names_sort_by_creation(tmp_path: Path, clocks: list[float]) -> None:
    """Whatever the clock says, each file's name sorts behind those made before it."""
    made = [os.path.basename(begin(tmp_path, clock=lambda now=now: now).path) for now in clocks * 5]
    assert made == sorted(made)
    assert len(set(made)) == 15
    assert all(NAME.match(name) for name in made)


def test_a_name_at_the_end_of_time_is_no_obstacle(tmp_path: Path) -> None:
    """Behind a file of the last second that ten digits hold there is no name, but still a file."""
    (tmp_path / "events.out.tfevents.9999999999.zzz").touch()
    first = begin(tmp_path)
    second = begin(tmp_path)
    assert first.path != second.path


def test_other_files_do_not_matter(tmp_path: Path) -> None:
    """Names that are no event file's, or have other digits, are left out of account."""
    for name in ("events.out.tfevents.", "events.out.tfevents.١٢٣٤٥٦٧٨٩٠.x", "x.tfevents", "z"):
        (tmp_path / name).touch()
    file = begin(tmp_path)
    assert os.path.basename(file.path) == "events.out.tfevents.0000001000.host.7.0"


def test_writers_that_begin_at_once_get_files_of_their_own(tmp_path: Path) -> None:
    """Of 16 threads that begin at one moment, each gets a file, and each file is whole."""
    barrier = threading.Barrier(16)

    def begin_many(pid: int) -> None:
        barrier.wait()
        for _ in range(5):
            SummaryWriter(tmp_path, clock=lambda: 1000.0, hostname="host", pid=pid).close()

    threads = [threading.Thread(target=begin_many, args=[99 - number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 80
    assert all(len(list(read_events(file))) == 1 for file in files)


def test_a_later_file_made_in_between_is_not_sorted_before(tmp_path: Path) -> None:
    """A file that turns out to sort before one made meanwhile is taken back: order is kept."""

    class Rival(ForgetfulSystem):
        rivals = 3

        def create(self, path: str, fds: list[int]) -> None:
            if self.rivals:
                self.rivals -= 1
                (tmp_path / f"events.out.tfevents.{1003 - self.rivals:010d}.rival.1.0").touch()
            super().create(path, fds)

    file = begin(tmp_path, system=Rival(tmp_path))
    names = sorted(os.listdir(tmp_path))
    assert names[-1] == os.path.basename(file.path)
    assert len(names) == 4  # The ones taken back are gone.


def test_a_record_that_did_not_fit_is_cut_off(tmp_path: Path) -> None:
    """Of records written at once, those that fit are kept, and the part of the next is cut off."""
    system = FailingSystem([], errno.ENOSPC, partial=True)
    file = begin(tmp_path, system=system)
    begins = file.size
    records = [tfrecord.frame(bytes([number]) * 10) for number in range(4)]
    system.failing = {system.count}
    half = sum(map(len, records)) // 2
    with pytest.raises(OSError, match="No space"):
        file.append(b"".join(records))
    file.settle(records, begins)
    assert begins + half == os.path.getsize(file.path) == file.size  # Half is two records.
    assert not file.torn
    system.failing = {system.count}
    with pytest.raises(OSError, match="No space"):
        file.append(records[2])
    file.settle(records[2:], file.size)
    assert begins + half == os.path.getsize(file.path) == file.size


def test_a_file_that_was_changed_is_not_written_to_again(tmp_path: Path) -> None:
    """A parked file that someone appended to, cut or replaced is left alone."""
    for change in (b"more", b""):
        file = begin(tmp_path)
        file.close()
        file.wake()
        file.close()
        Path(file.path).write_bytes(change)
        with pytest.raises(OSError, match="not as it was"):
            file.wake()
        assert file.fd < 0


def test_a_full_disk_leaves_no_empty_file(tmp_path: Path) -> None:
    """A file whose first record can't be written is removed again."""
    with pytest.raises(OSError, match="No space"):
        begin(tmp_path, system=FailingSystem(range(9), errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


# Rotation.


def test_files_follow_each_other_within_their_size(tmp_path: Path) -> None:
    """No file is larger than max_file_bytes; together, in the order of names, they hold all."""
    closed: list[str] = []
    with SummaryWriter(tmp_path, max_file_bytes=400, on_file_closed=closed.append) as writer:
        for step in range(100):
            writer.add_scalar("loss", 0.5, step)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 10
    assert max(file.stat().st_size for file in files) <= 400
    assert steps_of(tmp_path) == list(range(100))
    assert closed == [str(file) for file in files]


def test_a_record_larger_than_a_file_gets_one_of_its_own(tmp_path: Path) -> None:
    """max_file_bytes begins files, it drops nothing."""
    with SummaryWriter(tmp_path, max_file_bytes=256) as writer:
        for step in range(3):
            writer.add_scalar("t" * 500, 0.5, step)
    assert steps_of(tmp_path) == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("sub_runs", [0, 1, 7])
def test_all_files_stay_within_their_bytes(tmp_path: Path, sub_runs: int) -> None:
    """With max_total_bytes the newest events are kept, and at no time are there more bytes."""
    writer = SummaryWriter(tmp_path, max_total_bytes=4000)
    logs = [writer.file_writer.sub_run(f"sub{number}").file for number in range(sub_runs)]
    sizes = []
    for step in range(300):
        writer.add_scalar("loss", 0.5, step)
        for log in logs:
            log.write(b"\x10" + bytes([step % 128]))
        sizes.append(sum(file.stat().st_size for file in tmp_path.rglob("*tfevents*")))
    assert max(sizes) <= 4000
    assert min(sizes[100:]) > 2000
    assert writer.dropped == 0
    kept = steps_of(tmp_path)
    assert kept == list(range(kept[0], 300))


def test_files_of_others_are_never_removed(tmp_path: Path) -> None:
    """Files that this writer did not make stay, unless it resumes their run."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(10):
            writer.add_scalar("loss", 0.5, step)
        file = writer.file_writer.file
    theirs = file.path
    for resume in (False, True):
        with SummaryWriter(tmp_path, max_total_bytes=1500, resume=resume) as writer:
            for step in range(100 + 100 * resume, 200 + 100 * resume):
                writer.add_scalar("loss", 0.5, step)
        assert os.path.exists(theirs) is not resume
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 1500


def test_an_event_larger_than_all_files_is_refused(tmp_path: Path) -> None:
    """What could only be kept by removing everything is refused and counted; the rest goes on."""
    with SummaryWriter(tmp_path, max_total_bytes=2000) as writer:
        writer.add_scalar("loss", 0.5, 1)
        with pytest.raises(OSError, match="more than half of max_total_bytes=2000"):
            writer.add_scalar("t" * 2000, 0.5, 2)
        writer.add_scalar("loss", 0.5, 3)
        assert writer.dropped == 1
    assert steps_of(tmp_path) == [1, 3]


def test_on_file_closed_may_take_the_lock(tmp_path: Path) -> None:
    """The callback may log, and may wait for another thread that does."""
    told: list[str] = []

    def upload(path: str) -> None:
        told.append(path)
        if len(told) == 1:
            writer.add_scalar("uploads", 1, 1)
            thread = threading.Thread(target=writer.add_scalar, args=["thread", 1, 1])
            thread.start()
            thread.join(10)
            assert not thread.is_alive()

    writer = SummaryWriter(tmp_path, max_file_bytes=400, on_file_closed=upload)
    for step in range(20):
        writer.add_scalar("loss", 0.5, step)
    writer.close()
    assert len(steps_of(tmp_path)) == 22
    assert sorted(told) == sorted(map(str, tmp_path.iterdir()))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"durability": "disk"}, "durability must be 'write' or 'fsync', got 'disk'"),
        ({"on_error": "ignore"}, "on_error must be 'raise' or 'warn', got 'ignore'"),
        ({"buffer_bytes": -1}, "buffer_bytes must be at least 0, got -1"),
        ({"buffer_bytes": 1.5}, "buffer_bytes must be a number of bytes or files, got 1.5"),
        ({"max_file_bytes": 10}, "max_file_bytes must be at least 256, got 10"),
        ({"max_total_bytes": 10}, "max_total_bytes must be at least 1024, got 10"),
        ({"max_total_bytes": 2000, "max_file_bytes": 1500}, "at most half of max_total_bytes=2000"),
        ({"max_open_files": 0}, "max_open_files must be at least 1, got 0"),
        ({"on_file_closed": 1}, "on_file_closed must be callable, got 1"),
        ({"filename_suffix": 1}, "filename_suffix must be a string, got 1"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    """An option that can't be is refused before there is a file, naming what would be right."""
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        SummaryWriter(tmp_path / "run", **wrong)
    assert not (tmp_path / "run").exists()


def test_scanning_bytes_is_scanning_the_file(tmp_path: Path) -> None:
    """What lies in a file is records and nothing else, at every moment."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(20):
            writer.add_scalar("loss", 0.5, step)
            data = Path(writer.file_writer.file.path).read_bytes()
            assert len(list(tfrecord.scan(io.BytesIO(data)))) == step + 2
            assert writer.file_writer.file.bytes == len(data)
            assert writer.file_writer.file.events == step + 2
