"""Reading takes little more memory than what is read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import (
    DataLossError,
    Event,
    Summary,
    SummaryMetadata,
    TensorProto,
    read_events,
    read_scalars,
    tfrecord,
)
from tfevents_lite.reading.recovery import examine
from tfevents_lite.reading.resume import look_back
from tfevents_lite.reading.run_reader import RunReader
from tfevents_lite.records import file_view as views
from tfevents_lite.records.file_view import FileView
from tfevents_lite.wire.wire_format import encode_len

from .fuzz.fuzz_reader import allowance
from .repairing import repair

pytestmark = pytest.mark.slow

SIZE = 3_000_000


def encoded(**fields: Any) -> bytes:
    """An event of one value."""
    value = Summary.Value(tag="x", **fields)
    return Event(wall_time=1, step=1, summary=Summary(value=[value])).SerializeToString()


def of_tensor(fields: bytes) -> bytes:
    """An event of one tensor, whose fields are given as they are on the wire."""
    return b"\x2a" + encode_len(b"\x0a" + encode_len(b"\x42" + encode_len(fields)))


def text() -> bytes:
    """A long text, which `verify` looks into."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    tensor = TensorProto(dtype=7, string_val=["é".encode() * (SIZE // 2)])
    return encoded(tensor=tensor, metadata=metadata)


def half_images() -> bytes:
    """One image in two pieces, of which the second replaces the first."""
    half = b"\x22" + encode_len(b"\x22" + encode_len(bytes(SIZE // 2)))
    return b"\x2a" + encode_len(b"\x0a" + encode_len(half * 2))


BLOBS: dict[str, Callable[[], bytes]] = {
    "an image": lambda: encoded(image=Summary.Image(encoded_image_string=bytes(SIZE))),
    "a tensor's bytes": lambda: encoded(tensor=TensorProto(dtype=1, tensor_content=bytes(SIZE))),
    "a text": text,
    "a graph": lambda: Event(graph_def=bytes(SIZE)).SerializeToString(),
    "a field that is not known": lambda: b"\x7a" + encode_len(bytes(SIZE)),
    "an image in two pieces": half_images,
}
HEAVY: dict[str, Callable[[], bytes]] = {
    "floats": lambda: of_tensor(b"\x2a" + encode_len(bytes(200_000))),
    "large numbers": lambda: of_tensor(b"\x52" + encode_len(b"\xff\xff\xff\xff\x0f" * 8_000)),
    "floats with a tag each": lambda: of_tensor(b"\x2d1234" * 8_000),
    "short strings": lambda: of_tensor(b"\x42\x011" * 8_000),
    "empty messages": lambda: b"\x2a" + encode_len(b"\x0a\x00" * 8_000),
    "messages of one message": lambda: b"\x2a" + encode_len(b"\x0a\x04\x4a\x02\x0a\x00" * 8_000),
    "a long tag": lambda: encoded(node_name="é" * 50_000 + "😀"),
    "fields that are not known": lambda: b"\x78\x00" * 8_000,
}


def exhaust(items: Iterator[Any]) -> None:
    for _ in items:
        pass


READERS: dict[str, Callable[[Path], Any]] = {
    "read_events": lambda path: exhaust(read_events(path)),
    "a list of read_events": lambda path: list(read_events(path)),
    "read_scalars": lambda path: read_scalars(path.parent),
    "values": lambda path: exhaust(RunReader([str(path)]).values()),
    "verify": lambda path: examine(str(path)),
    "repair": lambda path: repair(str(path), str(path.parent / "out")),
    "resume": lambda path: look_back(str(path.parent)),
}


def peak(read: Callable[[Path], Any], path: Path) -> int:
    """The most bytes that Python has allocated at a time while reading."""
    read(path)  # What is imported late, or kept for next time, is no part of it.
    (path.parent / "out").unlink(missing_ok=True)
    tracemalloc.start()
    read(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", BLOBS)
def test_a_large_value_is_held_once(kind: str, reader: str, tmp_path: Path) -> None:
    """An event of one large value takes its size and 400 kB, with each reader."""
    path = tmp_path / "large.tfevents"
    path.write_bytes(tfrecord.frame(BLOBS[kind]()) * 2)
    # The caller may still hold the event before the one that is read.
    assert peak(READERS[reader], path) < path.stat().st_size * 1.13 + 400_000


@pytest.mark.parametrize("reader", ["read_events", "verify"])
@pytest.mark.parametrize("kind", HEAVY)
def test_small_objects_take_what_is_promised(kind: str, reader: str, tmp_path: Path) -> None:
    """An event of many small fields takes twice its size and a bounded number of bytes for each."""
    path = tmp_path / "heavy.tfevents"
    path.write_bytes(tfrecord.frame(HEAVY[kind]()))
    (event,) = read_events(path)
    most = 2 * path.stat().st_size + allowance(event) + 200_000
    del event
    assert peak(READERS[reader], path) < most


# Views.


@pytest.fixture
def data(tmp_path: Path) -> Iterator[tuple[bytes, FileView]]:
    """Bytes in the middle of a file, and a view of them."""
    content = bytes(range(256)) * 1000
    path = tmp_path / "file"
    path.write_bytes(b"before" + content + b"after")
    with path.open("rb") as file:
        yield content, FileView(file, 6, 6 + len(content))


def test_a_view_is_what_it_views(data: tuple[bytes, FileView]) -> None:
    """Bytes, slices and slices of slices of a view are those of the file."""
    content, view = data
    assert bytes(view) == content
    assert len(view) == len(content)
    for begin, end in ((0, 1), (5, 5), (100, 70_000), (1000, 255_990), (255_000, 256_000), (9, 7)):
        part = view[begin:end]
        assert bytes(part) == content[begin:end]
        assert isinstance(part, memoryview if end - begin <= views.WINDOW else FileView)
        if end - begin > 10:
            assert bytes(part[3 : end - begin - 2]) == content[begin + 3 : end - 2]
    for index in (0, 70_000, 3, 255_999):
        assert view[index] == content[index]
    for index in (-1, 256_000):
        with pytest.raises(IndexError, match="a view of 256000 bytes has no index"):
            view[index]


def test_a_file_that_is_cut_while_it_is_read(tmp_path: Path) -> None:
    """A view whose bytes are gone when they are read raises EOFError."""
    path = tmp_path / "cut.tfevents"
    record = tfrecord.frame(BLOBS["an image"]())
    path.write_bytes(record)
    with path.open("r+b") as file:
        walk = tfrecord.walk(file, views=True)
        _, view = next(walk)
        assert isinstance(view, FileView)
        file.truncate(len(record) // 2)
        with pytest.raises(EOFError, match="was cut"):
            Event.FromView(view)
        file.truncate(0)
        with pytest.raises(EOFError, match="was cut"):
            view[len(view) - 1]


@pytest.mark.parametrize("size", [65_537, 262_144, 524_287, 524_288, 524_289, 1_600_003])
def test_long_records_are_checked(size: int, tmp_path: Path) -> None:
    """Each byte of a long record is checked: it is damaged, unfinished or as it was."""
    path = tmp_path / "long.tfevents"
    graph = bytes(index * 31 % 251 for index in range(size))
    record = tfrecord.frame(Event(graph_def=graph).SerializeToString())
    after = tfrecord.frame(Event(step=1).SerializeToString())
    path.write_bytes(record + after)
    event, last = read_events(path)
    assert (event.graph_def, last.step) == (graph, 1)
    for at in (0, 9, 12, 13, 40_000, len(record) // 2, len(record) - 5, len(record) - 4):
        damaged = bytearray(record)
        damaged[at] ^= 4
        path.write_bytes(damaged + after)
        with pytest.raises(DataLossError, match="does not match its checksum"):
            list(read_events(path))
        assert [event.step for event in read_events(path, on_error="skip")] == [1]
    for end in (len(record) - 1, len(record) - 4, len(record) // 2, 13):
        path.write_bytes(record[:end])
        with pytest.raises(DataLossError, match="ends within a record") as caught:
            list(read_events(path))
        assert caught.value.unfinished


def test_read_scalars_tells_a_record_that_is_no_event(tmp_path: Path) -> None:
    """A record that can't be decoded ends the file, is skipped, or raises with its offset."""
    path = tmp_path / "bad.tfevents"
    good = tfrecord.frame(encoded(simple_value=1.0))
    for bad in (b"\xff\xff", b"\x2a" + encode_len(b"\x0a\x05" * 60_000)):
        path.write_bytes(good + tfrecord.frame(bad) + good)
        assert len(read_scalars(tmp_path)["."]["x"].step) == 1
        assert len(read_scalars(tmp_path, on_error="skip")["."]["x"].step) == 2
        with pytest.raises(DataLossError, match="is no Event") as caught:
            read_scalars(tmp_path, on_error="raise")
        assert caught.value.offset == len(good)
    with pytest.raises(ValueError, match="on_error must be"):
        read_scalars(tmp_path, on_error="ignore")
