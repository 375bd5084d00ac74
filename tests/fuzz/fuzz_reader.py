"""Mutates event files and holds the reader and the messages to their invariant.

For any bytes at all:

- reading raises nothing but DataLossError, and with "stop" or "skip" nothing;
- "skip" yields what "stop" yields first, and never more bytes of records than the file has;
- what is read can be encoded again, and gives the same message then;
- memory stays below twice the file, besides what an event's own objects take (`allowance`), and a
  constant;
- records that stay in the file while they are decoded, as long ones do, give the same events;
- time stays below a second for a small file.

Run as a module, with how many files and a seed: `python -m tests.fuzz.fuzz_reader 1000000 1`.
It says which seed and number reproduce a failure. A short run is in the test suite.
"""

from __future__ import annotations

import io
import random
import struct
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tfevents_lite import DataLossError, Event, SummaryWriter, read_events, tfrecord
from tfevents_lite.reading.recovery import examine
from tfevents_lite.records import file_view
from tfevents_lite.records.crc32c import masked
from tfevents_lite.wire.message import Message

INTERESTING = [0, 1, 12, 16, 127, 128, 255, 256, 2**15, 2**31 - 1, 2**31, 2**32, 2**63, 2**64 - 1]


def seed_files(folder: Path) -> list[bytes]:
    """Small files with every kind of value, to start from."""
    from tfevents_lite import HistogramProto, Summary, SummaryMetadata, TensorProto

    with SummaryWriter(folder, clock=lambda: 1.5, hostname="host", pid=1) as writer:
        for step in range(4):
            writer.add_scalar("loss/train", step / 2, step)
        for value in (
            Summary.Value(tag="a", image=Summary.Image(height=1, encoded_image_string=b"png")),
            Summary.Value(tag="b", histo=HistogramProto(bucket=[1, 2], bucket_limit=[3, 4])),
            Summary.Value(tag="c", audio=Summary.Audio(sample_rate=44.1, content_type="wav")),
            Summary.Value(
                tag="d",
                tensor=TensorProto(dtype=1, float_val=[1.0]),
                metadata=SummaryMetadata(display_name="é", data_class=2),
            ),
        ):
            writer.add_summary(Summary(value=[value]), 5)
        writer.file_writer.add_event(Event(graph_def=b"\x0a\x00"), 1)
        file = writer.file_writer.file
    data = Path(file.path).read_bytes()
    records = [tfrecord.frame(payload) for _, payload in tfrecord.scan(io.BytesIO(data))]
    return [data, *records, b"", b"".join(records[1:3])]


def mutate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Change a file in one to six ways: bits, bytes, pieces, lengths, payloads with right CRCs."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((1, 2, 4, 8, 12, 40)))
        kind = rng.randrange(9)
        if kind == 0 and changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at:end] = rng.randbytes(end - at)
        elif kind == 2:
            del changed[at:end]
        elif kind == 3:
            changed[at:at] = changed[at:end] * rng.randrange(1, 4)
        elif kind == 4:
            changed[at:at] = bytes(rng.choice((1, 4, 8, 30)))
        elif kind == 5:
            length = struct.pack("<Q", rng.choice(INTERESTING))
            changed[at:at] = length + struct.pack("<I", masked(length)) + rng.randbytes(3)
        elif kind == 6:
            del changed[at:]
        elif kind == 7:
            changed[at:at] = rng.choice(others)
        else:
            # A whole record whose payload is changed: this is what gets to the messages.
            payload = bytearray(rng.choice(others)[12:-4])
            for _ in range(rng.randrange(1, 4)):
                if payload:
                    place = rng.randrange(len(payload))
                    payload[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(4))
            changed[at:at] = tfrecord.frame(bytes(payload))
    return bytes(changed)


def check(path: Path, data: bytes) -> None:
    """Hold the reader to the invariant for one file."""
    path.write_bytes(data)
    begin = time.process_time()
    stopped = list(read_events(path, on_error="stop"))
    skipped = list(read_events(path, on_error="skip"))
    # Compared encoded: a message that holds NaN is not equal to itself.
    encoded = [event.SerializeToString() for event in skipped]
    assert [len(data) for data in encoded] == [event.ByteSize() for event in skipped]
    with everything_long():
        viewed = [event.SerializeToString() for event in read_events(path, on_error="skip")]
    assert viewed == encoded
    assert encoded[: len(stopped)] == [event.SerializeToString() for event in stopped]
    assert sum(len(payload) for _, payload in tfrecord.scan(io.BytesIO(data), on_error="skip")) <= (
        len(data)
    )
    damage: DataLossError | None = None
    try:
        assert len(list(read_events(path))) == len(skipped)
    except DataLossError as error:
        damage = error
    assert bool(examine(str(path)).damages) >= (damage is not None)
    assert damage is None or 0 <= damage.offset <= len(data)
    for event, once in zip(skipped, encoded):
        again = Event.FromString(once)
        assert again.SerializeToString() == once
        assert repr(again) == repr(event)
    assert time.process_time() - begin < 1


@contextmanager
def everything_long() -> Iterator[None]:
    """Take records of more than 16 bytes for long ones, and every slice of more than 16 bytes."""
    names = ((tfrecord, "_LONG", 16), (tfrecord, "_FIRST_BLOCK", 1), (file_view, "WINDOW", 16))
    before = [getattr(module, name) for module, name, _ in names]
    try:
        for module, name, value in names:
            setattr(module, name, value)
        yield
    finally:
        for (module, name, _), value in zip(names, before):
            setattr(module, name, value)


def allowance(value: object) -> int:
    """How many bytes a message's objects may take, however few they are in the file."""
    if isinstance(value, Message):
        fields = value.ListFields()
        items = [item for field, held in fields for item in (held if field.repeated else [held])]
        return 300 + 200 * len(fields) + sum(map(allowance, items))
    if isinstance(value, str):
        return 80 + 8 * len(value)  # Four bytes a character, and twice for a moment.
    return 64 if isinstance(value, bytes) else 40


def peak_memory(read: Callable[[], object]) -> int:
    """The most bytes that Python has allocated at a time while reading."""
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def check_memory(path: Path, constant: int = 100_000) -> None:
    """Hold framing, reading and verifying one file to the bound on memory."""

    def scan() -> None:
        with path.open("rb") as file:
            for _ in tfrecord.scan(file, on_error="skip"):
                pass

    def read() -> None:
        for _ in read_events(path, on_error="skip"):
            pass

    size = path.stat().st_size
    assert peak_memory(scan) <= 2 * size + constant
    # At most two events are in memory: the last one, and the one that is being decoded.
    sizes = sorted(allowance(event) for event in read_events(path, on_error="skip"))
    most = 2 * size + sum(sizes[-2:]) + constant
    assert peak_memory(read) <= most
    assert peak_memory(lambda: examine(str(path))) <= most


def fuzz(count: int, seed: int) -> None:
    """Check `count` mutated files, and the memory of each 100th."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = seed_files(folder / "seeds")
        path = folder / "fuzzed"
        for number in range(count):
            rng = random.Random(seed * 2**32 + number)
            data = mutate(rng.choice(seeds), seeds, rng)
            if rng.randrange(4) == 0:
                data = mutate(data, seeds, rng)
            try:
                check(path, data)
                if number % 100 == 0:
                    check_memory(path)
            except BaseException:
                print(f"seed {seed}, file {number}: {data!r}", file=sys.stderr)
                raise


if __name__ == "__main__":
    begun = time.time()
    fuzz(int(sys.argv[1]), int(sys.argv[2]))
    print(f"{int(sys.argv[1]):,} files in {time.time() - begun:.0f} s: the invariant holds")
