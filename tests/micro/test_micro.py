"""`micro.EventWriter` on this interpreter: its bytes are SummaryWriter's, and its files last."""

from __future__ import annotations

import array
import ast
import errno
import io
import itertools
import math
import random
import sys
import time
import tracemalloc
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import png as pypng
import pytest
from hypothesis import given, settings
from PIL import Image

import tfevents_lite
from tfevents_lite import micro
from tfevents_lite.cli.vendor import strip

from . import board_program
from .expected import (
    NAME,
    add_histogram,
    events,
    only_file,
    payloads,
    summary_writer,
    whole_part,
    write_reference,
)

SOURCE = Path(micro.__file__)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def steps_of(data: bytes) -> list[int]:
    """The steps of a whole file's values."""
    return [event.step for event in events(data) if event.HasField("summary")]


# Bytes.


def test_a_scalar_is_these_bytes(tmp_path: Path) -> None:
    """The file of one scalar, byte by byte: what a board without any judge can be held to."""
    with micro.EventWriter(str(tmp_path / "run"), clock=lambda: (1700000000, 500)) as writer:
        writer.scalar("a", 1.5, 3)
    assert only_file(tmp_path / "run").read_bytes() == bytes.fromhex(
        # A length of 41 and its checksum, wall_time, file_version, source_metadata, a checksum.
        "29 00 00 00 00 00 00 00 37 ff 5f 00 09 00 00 20 40 fc 54 d9 41"
        "1a 0d 62 72 61 69 6e 2e 45 76 65 6e 74 3a 32"
        "52 0f 0a 0d 74 66 65 76 65 6e 74 73 2d 6c 69 74 65 23 41 d1 07"
        # A length of 23 and its checksum, wall_time, step, summary, a checksum.
        "17 00 00 00 00 00 00 00 e7 ce f8 1e 09 00 00 20 40 fc 54 d9 41"
        "10 03 2a 0a 0a 08 0a 01 61 15 00 00 c0 3f c8 05 0f af"
    )


def test_everything_is_what_summary_writer_writes(tmp_path: Path) -> None:
    """A file of every kind has the name and the bytes of SummaryWriter's, given its PNG."""
    board_program.log(micro.EventWriter, str(tmp_path / "board"), 200, board_program.Picture())
    ours = only_file(tmp_path / "board")
    image = events(ours.read_bytes())[-1].summary.value[0].image
    reference = write_reference(tmp_path / "reference", 200, image.encoded_image_string)
    assert ours.name == only_file(tmp_path / "reference").name
    assert ours.read_bytes() == reference


scalar_calls = st.lists(
    st.tuples(
        st.text(min_size=1, max_size=200).filter(lambda tag: tag.isprintable()),
        st.floats() | st.integers(-(10**40), 10**40) | st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
    ),
    max_size=20,
)


@given(scalar_calls)
@settings(deadline=None, max_examples=50)
def test_scalars_are_those_of_scalar_writer(tmp_path_factory: Any, calls: list[Any]) -> None:
    """Any tag, number and step make the bytes that ScalarWriter makes, one by one or at once."""
    folder = tmp_path_factory.mktemp("scalars")
    ours = micro.EventWriter(str(folder / "ours"), clock=board_program.Clock())
    clock = board_program.Clock()
    theirs = tfevents_lite.ScalarWriter(
        folder / "theirs",
        clock=lambda: (lambda now: (now[0] * 1000 + now[1]) / 1000)(clock()),
        hostname="board",
        pid=0,
    )
    ours.scalar("first", 1, 1)
    theirs.add_scalar("first", 1, 1)
    for call in calls:
        ours.scalar(*call)
        theirs.add_scalar(*call)
    ours.close()
    theirs.close()
    assert contents(folder / "ours") == contents(folder / "theirs")


def test_many_tags_are_one_record(tmp_path: Path) -> None:
    """`scalars` writes what add_scalar_dict writes, over a tag's length of 128 bytes too."""
    values = {"a": 1.5, "b" * 200: -2, "c": math.inf, "d": math.nan}
    with micro.EventWriter(str(tmp_path / "ours"), clock=lambda: 7) as ours:
        ours.scalars(values, 3)
    with summary_writer(tmp_path / "theirs", lambda: 7) as theirs:
        theirs.add_scalar_dict(values, 3)
    assert contents(tmp_path / "ours") == contents(tmp_path / "theirs")


histograms = st.lists(
    st.tuples(st.floats(-1e6, 1e6).map(lambda edge: edge + 0.0), st.integers(0, 5)),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
)


@given(histograms, st.text(max_size=300).filter(str.isprintable))
@settings(deadline=None, max_examples=50)
def test_histograms_and_texts(tmp_path_factory: Any, rows: list[Any], text: str) -> None:
    """Histograms without their empty ends, and texts, are what SummaryWriter writes."""
    folder = tmp_path_factory.mktemp("values")
    rows.sort()
    edges = [*(edge for edge, _ in rows), rows[-1][0] + 1]
    counts = [count for _, count in rows]
    with micro.EventWriter(str(folder / "ours"), clock=lambda: 7) as ours:
        ours.histogram("h", edges, counts, 1)
        ours.histogram("h", array.array("d", edges), array.array("l", counts), 2)
        ours.text("t", text, 3)
    with summary_writer(folder / "theirs", lambda: 7) as theirs:
        add_histogram(theirs, "h", edges, counts, 1)
        add_histogram(theirs, "h", edges, counts, 2)
        theirs.add_text("t", text, 3)
    assert contents(folder / "ours") == contents(folder / "theirs")


# Images.


def decoded(folder: Path) -> list[Image.Image]:
    """The pictures of a folder's one file, as Pillow reads them."""
    found: list[Image.Image] = []
    for event in events(only_file(folder).read_bytes()):
        for value in event.summary.value:
            data = value.image.encoded_image_string
            picture: Image.Image = Image.open(io.BytesIO(data))
            picture.load()
            channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[picture.mode]
            assert picture.size == (value.image.width, value.image.height)
            assert value.image.colorspace == channels
            _, _, rows, info = pypng.Reader(bytes=data).read()  # It checks every checksum.
            assert b"".join(map(bytes, rows)) == picture.tobytes()
            assert info["bitdepth"] == 8
            found.append(picture)
    return found


@given(
    channels=st.integers(1, 4),
    width=st.integers(1, 150),
    height=st.integers(1, 6),
    bits=st.integers(1, 8),
    repeats=st.integers(1, 130),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=100)
def test_pixels_come_back(
    tmp_path_factory: Any,
    channels: int,
    width: int,
    height: int,
    bits: int,
    repeats: int,
    seed: int,
) -> None:
    """Pictures with runs of all lengths are decoded to their pixels, by two decoders."""
    numbers = random.Random(seed)
    size = channels * width * height
    bytes_ = b"".join(bytes([numbers.randrange(1 << bits)]) * repeats for _ in range(size))[:size]
    folder = tmp_path_factory.mktemp("image")
    with micro.EventWriter(str(folder / "run")) as writer:
        for pixels in (bytes_, bytearray(bytes_), memoryview(bytes_)):
            writer.image("i", pixels, width, height, channels, 0)
    pictures = decoded(folder / "run")
    assert [picture.tobytes() for picture in pictures] == [bytes_] * 3


def png_size(pixels: bytes, width: int, height: int, channels: int, folder: Path) -> int:
    with micro.EventWriter(str(folder)) as writer:
        writer.image("i", pixels, width, height, channels, 0)
    (picture,) = decoded(folder)
    assert picture.tobytes() == pixels
    return only_file(folder).stat().st_size


def test_what_repeats_is_compressed(tmp_path: Path) -> None:
    """Flat pictures, and rows like those above, take a few bytes a row; noise grows by 6 %."""
    width, height = 160, 100
    row = random.Random(1).randbytes(3 * width)
    gradient = bytes(range(256)) * 256
    noise = random.Random(2).randbytes(3 * width * height)
    assert png_size(bytes(3 * width * height), width, height, 3, tmp_path / "a") < 30 * height
    assert png_size(row * height, width, height, 3, tmp_path / "b") < 35 * height
    assert png_size(gradient, 256, 256, 1, tmp_path / "c") < 12 * 256
    assert png_size(noise, width, height, 3, tmp_path / "d") < 1.07 * len(noise)


def test_an_image_is_never_held(tmp_path: Path) -> None:
    """An image of 60 kB takes the memory of a few rows, as does one with long rows."""
    pixels = bytes(60_000)
    for width, height in ((100, 200), (1000, 20)):
        with micro.EventWriter(str(tmp_path / f"{width}")) as writer:
            writer.scalar("a", 1, 1)
            tracemalloc.start()
            writer.image("i", pixels, width, height, 3, 1)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 6 * 3 * width + 10_000


def test_pixels_may_be_drawn_when_they_are_asked_for(tmp_path: Path) -> None:
    """Whatever has a length, indices and slices of bytes can be an image."""
    picture = board_program.Picture()
    size = board_program.WIDTH, board_program.HEIGHT, board_program.CHANNELS
    with micro.EventWriter(str(tmp_path / "run")) as writer:
        writer.image("i", picture, *size, 1)
    (image,) = decoded(tmp_path / "run")
    assert image.tobytes() == picture[0 : len(picture)]


def test_pixels_that_change_spoil_no_file(tmp_path: Path) -> None:
    """Pixels that change while they are written raise ValueError; later calls go to a new file."""

    class Changing:
        """Black at first, then noise."""

        def __init__(self) -> None:
            self.asked = 0

        def __len__(self) -> int:
            return 64 * 48

        def __getitem__(self, index: Any) -> Any:
            self.asked += 1
            black = self.asked < 3000
            if isinstance(index, int):
                return 0 if black else index * 89 % 256
            span = range(index.start, index.stop)
            return bytes(len(span)) if black else bytes(i * 89 % 256 for i in span)

    writer = micro.EventWriter(str(tmp_path), clock=lambda: 5)
    writer.scalar("a", 1, 1)
    with pytest.raises(ValueError, match="changed"):
        writer.image("i", Changing(), 64, 48, 1, 2)
    writer.scalar("a", 1, 3)
    writer.close()
    first, second = contents(tmp_path).values()
    assert steps_of(whole_part(first)) == [1]
    assert steps_of(second) == [3]


# Time.


@given(st.lists(st.tuples(st.integers(0, 2**33 - 1), st.integers(0, 999)), min_size=2))
@settings(deadline=None)
def test_times_are_exact(tmp_path_factory: Any, times: list[tuple[int, int]]) -> None:
    """A wall time is the double nearest to its milliseconds, from 0 to the year 2242."""
    folder = tmp_path_factory.mktemp("times")
    clock = iter(times)
    with micro.EventWriter(str(folder), clock=lambda: next(clock)) as writer:
        for _ in times[1:]:
            writer.scalar("a", 0, 0)
    written = [event.wall_time for event in events(only_file(folder).read_bytes())]
    assert written == [(1000 * seconds + milli) / 1000 for seconds, milli in times]


@pytest.mark.parametrize("seconds", [0, 1, 946684800, 2**30 - 1, 2**30, 2**31 - 1, 2**31, 2**32])
def test_every_millisecond_of_a_second_is_exact(tmp_path: Path, seconds: int) -> None:
    """All thousand of a second, at the ends of what 31 and 32 bits hold."""
    test_times_are_exact.hypothesis.inner_test(  # type: ignore[attr-defined]
        types.SimpleNamespace(mktemp=lambda _: tmp_path), [(seconds, ms) for ms in range(1000)]
    )


class Whole(int):
    """An integer that nothing makes a float of, nor what is computed of it."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("a float of a time")

    __truediv__ = __rtruediv__ = __float__ = __pow__ = __round__ = _refuse


OPERATORS = ["add", "radd", "mul", "rmul", "floordiv", "mod", "lshift", "rshift", "and", "or"]
for _name in OPERATORS:

    def _whole(self: Any, other: Any, _method: str = f"__{_name}__") -> Any:
        assert isinstance(other, int), "a float meets a time"
        return Whole(getattr(int, _method)(self, other))

    setattr(Whole, f"__{_name}__", _whole)


@pytest.mark.parametrize("milli", [None, 0, 123])
def test_no_float_is_made_of_a_time(tmp_path: Path, milli: int | None) -> None:
    """Where every result of a time refuses to become a float, as boards' would be too coarse, the
    time is exact."""
    now = 1_700_000_001
    clock = (lambda: Whole(now)) if milli is None else lambda: (Whole(now), Whole(milli))
    with micro.EventWriter(str(tmp_path), clock=clock) as writer:
        writer.scalar("a", 1, 1)
    assert {event.wall_time for event in events(only_file(tmp_path).read_bytes())} == {
        (now * 1000 + (milli or 0)) / 1000
    }


def load(**clocks: Callable[..., Any]) -> Any:
    """The module on a machine whose module `time` has these functions."""
    module = types.ModuleType("board_micro")
    real, sys.modules["time"] = sys.modules["time"], types.SimpleNamespace(**clocks)  # type: ignore
    try:
        exec(compile(SOURCE.read_text("utf-8"), "micro.py", "exec"), module.__dict__)
    finally:
        sys.modules["time"] = real
    return module


NOW = 1_700_000_000
EPOCH_2000 = 946_684_800


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        # A computer; one without time_ns, as CPython 3.6.
        ({"time": lambda: NOW + 0.25, "time_ns": lambda: NOW * 10**9 + 250_000_123}, NOW + 0.25),
        ({"time": lambda: NOW + 0.25}, NOW + 0.25),
        # A board with both; without time_ns; with one that counts from the reset, or always is 0.
        ({"time": lambda: NOW, "time_ns": lambda: NOW * 10**9 + 999 * 10**6}, NOW + 0.999),
        ({"time": lambda: NOW}, NOW),
        ({"time": lambda: NOW, "time_ns": lambda: 5 * 10**9}, NOW),
        ({"time": lambda: NOW, "time_ns": lambda: 0}, NOW),
        # One whose clock counts from 2000, with both; one that was never set.
        (
            {
                "time": lambda: NOW - EPOCH_2000,
                "time_ns": lambda: (NOW - EPOCH_2000) * 10**9 + 5 * 10**8,
                "gmtime": lambda seconds: time.gmtime(seconds + EPOCH_2000),
            },
            NOW + 0.5,
        ),
        (
            {"time": lambda: 3, "gmtime": lambda seconds: time.gmtime(seconds + EPOCH_2000)},
            EPOCH_2000 + 3,
        ),
        ({"time": lambda: 0, "time_ns": lambda: 0, "gmtime": time.gmtime}, 0),
    ],
)
def test_the_machines_clock(tmp_path: Path, clocks: Any, expected: float) -> None:
    """Without a clock the machine's counts, whatever its epoch and whether it has milliseconds."""
    with load(**clocks).EventWriter(str(tmp_path)) as writer:
        writer.scalar("a", 1, 1)
    path = only_file(tmp_path)
    assert path.name == NAME.format(int(expected))
    assert {event.wall_time for event in events(path.read_bytes())} == {expected}


# Files.


@given(st.lists(st.integers(0, 2**33 - 1), min_size=1, max_size=12))
@settings(deadline=None, max_examples=40)
def test_each_start_sorts_last(tmp_path_factory: Any, clocks: list[int]) -> None:
    """A new file sorts last, with any clock and after files of any other program."""
    folder = tmp_path_factory.mktemp("starts")
    (folder / "events.out.tfevents.1234567890.elsewhere.77.0").touch()
    (folder / "events.out.tfevents.nonsense").touch()
    (folder / "notes.txt").touch()
    for step, now in enumerate(clocks):
        name = "board" if step % 3 else "other"
        with micro.EventWriter(str(folder), clock=lambda now=now: now, name=name) as writer:
            writer.scalar("a", 1, step)
    ours = [data for name, data in contents(folder).items() if name.endswith(".0.0")]
    assert [steps_of(data) for data in ours] == [[step] for step in range(len(clocks))]
    assert max(contents(folder), key=lambda name: name if name[20:21].isdigit() else "").endswith(
        ".0.0"
    )


def test_names_are_those_of_summary_writer(tmp_path: Path) -> None:
    """A second file in the same second is named as SummaryWriter names it."""
    writers: dict[str, Any] = {"ours": micro.EventWriter, "theirs": summary_writer}
    for name, writer in writers.items():
        for now in (100, 100, 99, 105, 0):
            with writer(str(tmp_path / name), clock=lambda now=now: now) as one:
                (one.scalar if name == "ours" else one.add_scalar)("a", 1, now)
    assert contents(tmp_path / "ours") == contents(tmp_path / "theirs")


@pytest.mark.parametrize("size", [16384, 20_000, 50_000, 100_000])
def test_max_bytes_bounds_the_folder(tmp_path: Path, size: int) -> None:
    """Whole blocks of the writer's files never exceed the bound, across restarts; others' stay."""
    others = {"events.out.tfevents.0000000001.else.0.0": bytes(9000), "notes.txt": b"mine"}
    for name, data in others.items():
        (tmp_path / name).write_bytes(data)
    step = 0
    for start in range(12):
        writer = micro.EventWriter(str(tmp_path), clock=lambda: 5, max_bytes=size)
        for _ in range(200 if start % 4 else 1500):
            writer.scalar("loss", 1, step)
            step += 1
            if step % 10 == 0:
                ours = [path.stat().st_size for path in tmp_path.iterdir()]
                ours = [size for size in ours if size not in (9000, 4)]
                assert sum(-(-size // 4096) * 4096 for size in ours) <= size
        writer.close()
    files = contents(tmp_path)
    assert others == {name: files.pop(name) for name in others}
    left = list(itertools.chain(*map(steps_of, files.values())))
    assert left == list(range(left[0], step))
    assert 50 * len(left) > size // 4


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """A record for which max_bytes is too small raises ValueError and removes nothing."""
    writer = micro.EventWriter(str(tmp_path), clock=lambda: 5, max_bytes=16384)
    writer.scalar("a", 1, 1)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match="max_bytes must be at least"):
        writer.text("t", "x" * 13_000, 2)
    assert contents(tmp_path) == before
    writer.text("t", "x" * 11_000, 3)
    writer.scalar("a", 1, 4)
    writer.close()
    assert list(itertools.chain(*map(steps_of, contents(tmp_path).values())))[-1:] == [4]


def test_records_are_handed_over_by_each_call(tmp_path: Path) -> None:
    """When a call returns its record is in the file; with flush_every=3, after every third."""
    for every in (1, 3):
        writer = micro.EventWriter(str(tmp_path / str(every)), flush_every=every)
        for step in range(10):
            writer.scalar("a", 1, step)
            found = steps_of(only_file(tmp_path / str(every)).read_bytes())
            assert found == list(range((step + 1) // every * every))
        writer.flush()
        assert steps_of(only_file(tmp_path / str(every)).read_bytes()) == list(range(10))
        writer.close()


def test_closing(tmp_path: Path) -> None:
    """Closing again, or before anything was written, does nothing; a later call begins a file."""
    writer = micro.EventWriter(str(tmp_path / "run"), clock=lambda: 5)
    writer.close()
    writer.flush()
    assert not (tmp_path / "run").exists()
    for step in range(3):
        writer.scalar("a", 1, step)
        writer.close()
        writer.close()
    assert [steps_of(data) for data in contents(tmp_path / "run").values()] == [[0], [1], [2]]


def test_only_the_folder_itself_is_made(tmp_path: Path) -> None:
    """A folder whose parent is missing, as that of a card which is not mounted, raises OSError."""
    writer = micro.EventWriter(str(tmp_path / "card" / "run"))
    with pytest.raises(OSError, match="card"):
        writer.scalar("a", 1, 1)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "card").mkdir()
    writer.scalar("a", 1, 2)
    writer.close()
    assert steps_of(only_file(tmp_path / "card" / "run").read_bytes()) == [2]


# Failures.


class Card:
    """Opens files whose write, flush or close of some number fails, after half of the bytes."""

    def __init__(self, failing: Callable[[int], bool], error: Callable[[], BaseException]) -> None:
        self.failing, self.error = failing, error
        self.count = 0
        self.opened: list[Any] = []

    def open(self, path: str, mode: str) -> Any:
        self.turn()
        file = CardFile(self, open(path, mode, buffering=0))  # noqa: SIM115
        self.opened.append(file)
        return file

    def turn(self) -> None:
        self.count += 1
        if self.failing(self.count):
            raise self.error()


class CardFile:
    def __init__(self, card: Card, file: Any) -> None:
        self.card, self.file = card, file

    def write(self, data: Any) -> None:
        try:
            self.card.turn()
        except BaseException:
            self.file.write(bytes(data)[: len(data) // 2])
            raise
        self.file.write(data)

    def flush(self) -> None:
        self.card.turn()

    def close(self) -> None:
        self.file.close()
        self.card.turn()


def no_space() -> OSError:
    return OSError(errno.ENOSPC, "full")


def log_ten(writer: Any) -> Iterator[tuple[int, BaseException | None]]:
    for step in range(10):
        try:
            if step % 4 == 2:
                writer.image("i", bytes(12), 2, 2, 3, step)
            else:
                writer.scalar("a", 1, step)
            if step == 5:
                writer.flush()
            if step == 7:
                writer.close()
        except (OSError, KeyboardInterrupt) as error:
            yield step, error
        else:
            yield step, None


@pytest.mark.parametrize(
    ("error", "outage"), [(no_space, 1), (no_space, 2), (no_space, 7), (KeyboardInterrupt, 1)]
)
@pytest.mark.parametrize("number", range(1, 45))
def test_a_failure_at_any_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: Any, outage: int
) -> None:
    """Whatever operation fails, for however long: what was acknowledged is there, once and in
    order; at most what failed is there besides; and each file is closed and holds something."""
    card = Card(lambda count: number <= count < number + outage, error)
    monkeypatch.setattr(micro, "open", card.open, raising=False)
    writer = micro.EventWriter(str(tmp_path), clock=lambda: 5)
    acknowledged: list[int] = []
    failed: list[int] = []
    for step, caught in log_ten(writer):
        (failed if caught else acknowledged).append(step)
    assert writer._file is None or card.opened[-1].file.closed is False
    writer._file = None
    for file in card.opened[:-1]:
        assert file.file.closed
    card.opened[-1].file.close()
    found = [steps_of(whole_part(data)) for data in contents(tmp_path).values()]
    assert all(found)
    flat = list(itertools.chain(*found))
    assert flat == sorted(set(flat))
    assert set(acknowledged) <= set(flat) <= {*acknowledged, *failed}
    assert failed


def test_a_full_card_gathers_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a card is full each call raises OSError and leaves no file; then it goes on."""
    full = False
    card = Card(lambda count: full, no_space)
    monkeypatch.setattr(micro, "open", card.open, raising=False)
    writer = micro.EventWriter(str(tmp_path), clock=lambda: 5)
    writer.scalar("a", 1, 0)
    full = True
    for step in range(1, 20):
        with pytest.raises(OSError, match="full"):
            writer.scalar("a", 1, step)
        assert len(list(tmp_path.iterdir())) == 1
    full = False
    writer.scalar("a", 1, 20)
    writer.close()
    assert [steps_of(whole_part(data)) for data in contents(tmp_path).values()] == [[0], [20]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: w.scalar(3, 1.0, 1), (TypeError, AttributeError), None),
        (lambda w: w.scalar("a", "1", 1), TypeError, None),
        (lambda w: w.scalar("a", None, 1), TypeError, None),
        (lambda w: w.scalar("a", 1.0, 1.5), ValueError, "step must be an integer of 64 bits, got"),
        (lambda w: w.scalar("a", 1.0, None), ValueError, "step must be an integer of 64 bits, got"),
        (lambda w: w.scalar("a", 1.0, 2**63), ValueError, "step must be an integer of 64 bits"),
        (lambda w: w.scalar("a", 1.0, -(2**63) - 1), ValueError, "step must be an integer"),
        (lambda w: w.text(3, "x", 1), TypeError, None),
        (lambda w: w.text("t", 3, 1), AttributeError, None),
        (lambda w: w.text("t", "\ud800", 1), ValueError, None),
        (lambda w: w.histogram("h", [1, 2, 3], [1], 1), ValueError, "rising edges"),
        (lambda w: w.histogram("h", [1, 1], [1], 1), ValueError, "rising edges"),
        (lambda w: w.histogram("h", [1, math.nan], [1], 1), ValueError, "rising edges"),
        (lambda w: w.histogram("h", [1, 2], [-1], 1), ValueError, "no negative counts"),
        (lambda w: w.histogram("h", [], [], 1), ValueError, "rising edges"),
        (lambda w: w.image("i", bytes(11), 2, 2, 3, 1), ValueError, "11 bytes for 'i', 2x2x3"),
        (lambda w: w.image("i", bytes(20), 2, 2, 5, 1), ValueError, "20 bytes for 'i', 2x2x5"),
        (lambda w: w.image("i", b"", 0, 2, 3, 1), ValueError, "0 bytes for 'i', 0x2x3"),
    ],
)
def test_wrong_arguments(tmp_path: Path, call: Any, error: Any, message: str | None) -> None:
    """A wrong argument raises before anything is written, and the file goes on."""
    writer = micro.EventWriter(str(tmp_path), clock=lambda: 5)
    writer.scalar("a", 1, 1)
    before = contents(tmp_path)
    with pytest.raises(error, match=message):
        call(writer)
    assert contents(tmp_path) == before
    writer.scalar("a", 1, 2)
    writer.close()
    assert steps_of(only_file(tmp_path).read_bytes()) == [1, 2]


@pytest.mark.parametrize("now", [1.5, (1.5, 0), -1, (-1, 0), 2**33, "now", None])
def test_wrong_clocks(tmp_path: Path, now: Any) -> None:
    """A clock of floats, or of a time that no file can have, raises, and no file is left."""
    writer = micro.EventWriter(str(tmp_path), clock=lambda: now)
    with pytest.raises((TypeError, ValueError)):
        writer.scalar("a", 1, 1)
    assert list(tmp_path.iterdir()) == []


# The source.


def test_the_source_is_small_and_alone() -> None:
    """The file has at most 300 lines and 12 kB, knows Python 3.6, and imports what boards have."""
    text = SOURCE.read_text("utf-8")
    assert text.count("\n") <= 300
    assert len(text.encode()) <= 12_000
    assert text.isascii()
    tree = ast.parse(text, feature_version=(3, 6))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            imported.add(node.module or "")
    assert imported == {"os", "time", "struct"}


def test_without_comments_it_writes_the_same(tmp_path: Path) -> None:
    """The stripped file writes the bytes of the whole one."""
    module = types.ModuleType("stripped_micro")
    exec(strip(SOURCE.read_text("utf-8")), module.__dict__)
    board_program.log(micro.EventWriter, str(tmp_path / "ours"), 20, board_program.Picture())
    board_program.log(module.EventWriter, str(tmp_path / "theirs"), 20, board_program.Picture())
    assert contents(tmp_path / "ours") == contents(tmp_path / "theirs")


def test_the_table_is_crc32c(tmp_path: Path) -> None:
    """Checksums of all bytes are those of the reader that checks them."""
    with micro.EventWriter(str(tmp_path), clock=lambda: 5) as writer:
        writer.text("t", bytes(range(256)).decode("latin-1"), 1)
        writer.image("i", bytes(range(256)), 16, 16, 1, 2)
    assert len(payloads(only_file(tmp_path).read_bytes())) == 3
    assert len(list(tfevents_lite.read_events(only_file(tmp_path)))) == 3
