"""Reading what others wrote, damaged, cut, growing or hostile: exactly what is intact, in time."""

from __future__ import annotations

import io
import os
import pickle
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfevents_lite import DataLossError, Event, SummaryWriter, read_events, tfrecord
from tfevents_lite.cli import main
from tfevents_lite.reading.event_reader import EventReader
from tfevents_lite.reading.recovery import examine
from tfevents_lite.records.crc32c import masked

from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer
from .repairing import repair

STEPS = range(1, 7)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A small event file: its version and six scalars."""
    with SummaryWriter(tmp_path / "run", clock=lambda: 1.5, hostname="host", pid=1) as writer:
        for step in STEPS:
            writer.add_scalar("loss", step / 2, step)
        file = writer.file_writer.file
    return Path(file.path)


def ends_of(path: Path) -> list[int]:
    """Where the records of a file end, in bytes."""
    with path.open("rb") as file:
        return [offset + len(payload) + 16 for offset, payload in tfrecord.scan(file)]


def header(length: int) -> bytes:
    """The header of a record of any length, with the checksum it should have."""
    data = struct.pack("<Q", length)
    return data + struct.pack("<I", masked(data))


# Every byte.


def test_a_file_cut_anywhere(run: Path, tmp_path: Path) -> None:
    """Cut at any byte, all records that are whole are read, and the cut is told from damage."""
    data, ends, events = run.read_bytes(), ends_of(run), list(read_events(run))
    cut, out = tmp_path / "cut.tfevents", tmp_path / "out.tfevents"
    for size in range(1, len(data)):
        cut.write_bytes(data[:size])
        whole = [event for event, end in zip(events, ends) if end <= size]
        begin = max((end for end in ends if end <= size), default=0)
        for on_error in ("stop", "skip"):
            assert list(read_events(cut, on_error=on_error)) == whole
        if size == begin:
            assert list(read_events(cut)) == whole
            assert examine(str(cut)).state == "intact"
            continue
        with pytest.raises(DataLossError, match="the file ends within") as caught:
            list(read_events(cut))
        assert (caught.value.offset, caught.value.unfinished) == (begin, True)
        findings = repair(str(cut), str(out))
        assert findings.state == ("torn tail" if whole else "damaged")
        assert [(d.offset, d.end, d.kind) for d in findings.damages] == [
            (begin, size, "unfinished")
        ]
        assert out.exists() is bool(whole)
        if whole:
            assert out.read_bytes() == data[:begin]
            out.unlink()


def test_a_byte_flipped_anywhere(run: Path, tmp_path: Path) -> None:
    """With any byte flipped, "stop" gives the records before it, "skip" those behind it too."""
    data, ends, events = run.read_bytes(), ends_of(run), list(read_events(run))
    flipped, out = tmp_path / "flipped.tfevents", tmp_path / "out.tfevents"
    repaired = set()
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        flipped.write_bytes(damaged)
        hit = next(number for number, end in enumerate(ends) if at < end)
        begin = ends[hit - 1] if hit else 0
        left = events[:hit] + events[hit + 1 :]
        assert list(read_events(flipped, on_error="stop")) == events[:hit]
        assert list(read_events(flipped, on_error="skip")) == left
        with pytest.raises(DataLossError, match="does not match its checksum") as caught:
            list(read_events(flipped))
        assert caught.value.offset == begin
        findings = repair(str(flipped), str(out))
        assert findings.state == "damaged"
        assert [(d.offset, d.end) for d in findings.damages] == [(begin, ends[hit])]
        assert examine(str(out)).state == "intact"
        first, *others = read_events(out)
        assert first.file_version == "brain.Event:2"
        assert others == (left if hit == 0 else left[1:])
        repaired.add(out.read_bytes())
        out.unlink()
    assert len(repaired) == len(events)  # One for each record that was hit.


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_loads_what_was_repaired(loader: Loader, run: Path, tmp_path: Path) -> None:
    """Whichever record was damaged or torn, TensorBoard shows all the others of the new file."""
    data, ends = run.read_bytes(), ends_of(run)
    logdir = tmp_path / "logdir"
    for number, end in enumerate(ends):
        damaged = bytearray(data)
        damaged[end - 7] ^= 1
        for kind, content in (("flipped", bytes(damaged)), ("cut", data[: end - 1])):
            source = tmp_path / f"{kind}{number}.tfevents"
            source.write_bytes(content)
            (logdir / source.stem).mkdir(parents=True)
            repair(str(source), str(logdir / source.stem / source.name))
    with TensorBoardServer(logdir, loader) as server:
        for number in range(len(ends)):
            if number == 0:
                assert [p.step for p in server.scalars("flipped0", "loss")] == [*STEPS]
                continue
            rest = [step for step in STEPS if step != number]
            assert [p.step for p in server.scalars(f"flipped{number}", "loss")] == rest
            if number > 1:
                shown = [p.step for p in server.scalars(f"cut{number}", "loss")]
                assert shown == [*STEPS][: number - 1]


# Resynchronising.


def test_records_behind_damage_of_any_kind_are_found(run: Path) -> None:
    """Behind noise, zeros, a torn record or a lying length, the next record is found."""
    data, events = run.read_bytes(), list(read_events(run))
    begin, end = ends_of(run)[2:4]
    for rubbish in (
        b"\0" * 5,
        b"\0" * 300_000,
        bytes(range(256)) * 20,
        os.urandom(5000),
        data[begin : end - 3],
        header(2**63),
        header(30),
        header(0),
        header(len(data)) + b"\0" * 9,
        b"\1" + b"\0" * 30,
    ):
        file = io.BytesIO(data[:end] + rubbish + data[end:])
        found = [payload for _, payload in tfrecord.scan(file, on_error="skip")]
        assert [Event.FromString(payload) for payload in found] == events


def test_damaged_data_is_not_searched_for_records(run: Path) -> None:
    """A damaged record that holds records, as a file logged as a tensor does, hides them."""
    inner = run.read_bytes()
    outer = bytearray(tfrecord.frame(b"x" + inner))
    outer[12] ^= 1
    after = tfrecord.frame(b"after")
    scanned = tfrecord.scan(io.BytesIO(bytes(outer) + after), on_error="skip")
    assert [payload for _, payload in scanned] == [b"after"]


def hostile(size: int) -> dict[str, bytes]:
    """Files of about `size` bytes that are made to take long or to take much memory."""
    dense = header(size // 2) * (size // 12)
    lying = b"".join(header(size - at - 28) + b"\xff" * 4 for at in range(0, size - 100, 16))
    good_bad = (tfrecord.frame(b"") + header(4) + b"12345678") * (size // 40)
    return {
        "headers everywhere that claim half of the file": dense,
        "records that all claim to reach to the end": lying,
        "every second record damaged": good_bad,
        "zeros": bytes(size),
        "zeros but for every 13th byte": (b"\1" + bytes(12)) * (size // 13),
        "a length of 2^63": header(2**63) * (size // 12),
        "noise": os.urandom(size),
    }


@pytest.mark.parametrize("kind", hostile(1000))
@pytest.mark.slow
def test_hostile_files_take_linear_time_and_no_memory(kind: str) -> None:
    """Four times the bytes take about four times as long; memory stays below twice the file."""

    def seconds(data: bytes) -> float:
        best = 1e9
        for _ in range(3):
            begin = time.perf_counter()
            for _ in tfrecord.scan(io.BytesIO(data), on_error="skip"):
                pass
            best = min(best, time.perf_counter() - begin)
        return best

    small, large = hostile(50_000)[kind], hostile(200_000)[kind]
    assert seconds(large) < 12 * seconds(small) + 0.05  # Quadratic would be 16 times.
    file = io.BytesIO(large)
    tracemalloc.start()
    for _ in tfrecord.scan(file, on_error="skip"):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(large) + 100_000


# What is framed, but is no event.


def test_a_record_that_is_no_event(run: Path) -> None:
    """A whole record that can't be decoded is damage at its offset, and can be skipped."""
    data = run.read_bytes()
    run.write_bytes(data + tfrecord.frame(b"\xff\xff") + data)
    with pytest.raises(DataLossError, match="a record is no Event") as caught:
        list(read_events(run))
    assert caught.value.offset == len(data)
    assert len(list(read_events(run, on_error="stop"))) == 7
    assert len(list(read_events(run, on_error="skip"))) == 14


def test_a_time_that_is_no_number_is_left_out(run: Path, tmp_path: Path) -> None:
    """An event whose time stops TensorBoard's loader is told by verify, and left out by repair."""
    bad = Event(wall_time=float("nan"), step=9).SerializeToString()
    run.write_bytes(run.read_bytes() + tfrecord.frame(bad))
    findings = repair(str(run), str(tmp_path / "out"))
    assert findings.state == "harmful"
    assert "wall_time must be finite, got nan" in findings.harms[0].reason
    assert len(list(read_events(tmp_path / "out"))) == 7


def test_the_error_can_be_pickled_and_names_its_place() -> None:
    """DataLossError goes through a process pool as it is."""
    error = DataLossError("a record is bad", 17, unfinished=True, claimed_end=99)
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == "a record is bad (record at byte 17)"
    assert (copy.offset, copy.unfinished, copy.claimed_end) == (17, True, 99)
    assert isinstance(copy, ValueError)


@pytest.mark.parametrize("read", [read_events, EventReader])
def test_on_error_is_checked(read: type[EventReader], run: Path) -> None:
    """An unknown way to treat errors is refused, naming those there are."""
    with pytest.raises(ValueError, match=r"on_error must be .* got 'ignore'"):
        list(read(run, on_error="ignore"))


# Growing files.


def test_a_reader_goes_on_where_it_was(run: Path) -> None:
    """Iterating again yields what came since, at any pace at which the bytes arrive."""
    data, events = run.read_bytes(), list(read_events(run))
    for step in (1, 7, 40, 200):
        run.write_bytes(b"")
        for on_error in ("raise", "stop", "skip"):
            reader = EventReader(run, on_error=on_error)
            found: list[Event] = []
            for size in [*range(0, len(data), step), len(data)]:
                run.write_bytes(data[:size])
                found.extend(reader)
                assert len(found) == sum(end <= size for end in ends_of_data(data))
            assert found == events
            assert reader.offset == len(data)
            assert list(EventReader(run, offset=ends_of_data(data)[3])) == events[4:]


def ends_of_data(data: bytes) -> list[int]:
    return [at + len(payload) + 16 for at, payload in tfrecord.scan(io.BytesIO(data))]


def test_a_torn_record_with_others_behind_it(run: Path) -> None:
    """A record that stays torn, as bytes follow it, is passed with "skip" and waited for else."""
    data = run.read_bytes()
    run.write_bytes(data + data[ends_of(run)[-2] : -3])
    patient, skipping = EventReader(run), EventReader(run, on_error="skip")
    assert len(list(patient)) == len(list(skipping)) == 7
    run.write_bytes(run.read_bytes() + data)
    assert len(list(skipping)) == 7
    with pytest.raises(DataLossError):
        list(patient)


def test_following_yields_events_as_they_come(tmp_path: Path) -> None:
    """read_events(follow=...) yields each event soon after it was logged, and never ends."""
    writer = SummaryWriter(tmp_path)
    events: Iterator[Event] = read_events(writer.file_writer.file.path, follow=0.01)
    assert next(events).file_version
    writer.add_scalar("loss", 0.5, 1)
    assert next(events).step == 1
    timer = threading.Timer(0.1, writer.add_scalar, ["loss", 0.5, 2])
    timer.start()
    assert next(events).step == 2
    timer.join()
    writer.close()


def test_following_ends_at_damage(run: Path) -> None:
    """With "stop", following a file ends where it is damaged."""
    run.write_bytes(run.read_bytes() + b"\xff" * 100)
    assert len(list(read_events(run, on_error="stop", follow=0.01))) == 7


def test_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names both commands."""
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "verify" in said
    assert "repair" in said
