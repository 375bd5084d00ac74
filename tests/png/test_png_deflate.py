"""DEFLATE alone, inflated by zlib."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite.png import deflate, matches
from tfevents_lite.png.codes import RUN_EXTRA, RUN_SYMBOL, run_length_codes
from tfevents_lite.png.deflate import adler32


def compressed(data: bytes) -> bytes:
    """A zlib stream of a zero (as for an unfiltered row) and some bytes, repetition used."""
    rows = np.frombuffer(data, np.uint8).reshape(1, -1)
    grid = matches.Grid(rows, 0, 1)
    found = matches.split(matches.everywhere(grid, [], (16, 8)))
    body = deflate.compress_band(grid.data, found, True)
    return b"".join([deflate.ZLIB_HEADER, body, adler32(grid.data).to_bytes(4, "big")])


pieces = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda b, n: b * n, st.binary(min_size=1, max_size=9), st.integers(1, 400)),
    st.builds(
        lambda s, n: bytes(np.random.default_rng(s).integers(0, 256, n, np.uint8)),
        st.integers(0, 9),
        st.integers(0, 5000),
    ),
)


@settings(deadline=None, max_examples=200)
@given(parts=st.lists(pieces, max_size=12))
def test_any_bytes_come_back(parts: list[bytes]) -> None:
    """Runs, repeats near and far, noise, and the same noise again."""
    data = b"".join(parts) or b"x"
    assert zlib.decompress(compressed(data)) == b"\0" + data


@pytest.mark.parametrize("size", [1, 2, 3, 257, 258, 259, 516, 517, 518, 774, 32768, 65535, 65536])
@pytest.mark.parametrize("byte", [0, 255])
def test_runs_of_one_byte(size: int, byte: int) -> None:
    """Matches of 258 and every rest from 0 to 3 after them."""
    data = bytes([byte]) * size
    made = compressed(data)
    assert zlib.decompress(made) == b"\0" + data
    assert len(made) <= size // 200 + 40


@pytest.mark.parametrize("distance", [1, 2, 32506, 32767, 32768, 32769, 40000])
def test_repeats_at_the_edge_of_the_window(distance: int) -> None:
    """What lies 32,768 bytes back is used, what lies farther is not."""
    noise = np.random.default_rng(0).integers(0, 256, distance, np.uint8).tobytes()
    data = noise + noise[:600]
    made = compressed(data)
    assert zlib.decompress(made) == b"\0" + data
    if 600 < distance <= 32768:
        assert len(made) < distance + 100


def test_noise_is_stored() -> None:
    """Five bytes for each 65,535, and no more, beyond the noise itself."""
    data = np.random.default_rng(2).integers(0, 256, 200_000, np.uint8).tobytes()
    made = compressed(data)
    assert zlib.decompress(made) == b"\0" + data
    assert len(made) <= len(data) + 6 + 5 * 4 + 5


@pytest.mark.parametrize("most", [1_500, 30_000, 200_000])
def test_counts_at_the_huffman_limit(most: int) -> None:
    """Bytes as frequent as Fibonacci numbers make the deepest code there can be."""
    counts = [1, 1]
    while sum(counts) + counts[-1] + counts[-2] < most:
        counts.append(counts[-1] + counts[-2])
    data = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    np.random.default_rng(3).shuffle(data)
    assert zlib.decompress(compressed(data.tobytes())) == b"\0" + data.tobytes()
    body, _ = deflate.block(data, matches.Matches(*np.zeros((3, 0), np.intp)), True)
    assert zlib.decompress(body, -15) == data.tobytes()


@pytest.mark.parametrize("size", [300, 40_000])
@pytest.mark.parametrize("length", [3, 4, 5, 10, 11, 114, 115, 257, 258])
@pytest.mark.parametrize("distance", [1, 2, 3, 4, 5, 24, 25, 192, 193])
def test_every_way_to_send_a_match(size: int, length: int, distance: int) -> None:
    """A match that is told to the block as it is, after an odd or an even number of literals."""
    for start in (distance, distance + 1):
        if start + length > size:
            continue
        data = np.random.default_rng(4).integers(0, 9, size, np.uint8)
        for i in range(length):
            data[start + i] = data[start + i - distance]
        found = matches.Matches(np.array([start]), np.array([length]), np.array([distance]))
        body, _ = deflate.block(data, found, True)
        assert zlib.decompress(body, -15) == data.tobytes()


def test_far_matches_do_not_overflow_a_word() -> None:
    """Neighbouring matches with many extra bits, which do not fit 64 bits together."""
    random = np.random.default_rng(5)
    noise = random.integers(0, 256, 30_000, np.uint8)
    starts = random.integers(0, 29_000, 400)
    data = np.concatenate([noise, *(noise[s : s + 131 + s % 90] for s in starts.tolist())])
    position = 30_000 + np.cumsum([0] + [131 + s % 90 for s in starts.tolist()])[:-1]
    length = 131 + starts % 90
    distance = position - starts
    near = np.flatnonzero(distance <= 32768)
    found = matches.Matches(position[near], length[near], distance[near])
    body, _ = deflate.block(data, found, True)
    assert zlib.decompress(body, -15) == data.tobytes()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(1, 300)), min_size=1, max_size=12))
def test_code_lengths_are_sent_as_they_are(runs: list[tuple[int, int]]) -> None:
    """Undone by hand, the run-length codes give the lengths."""
    lengths = [length for length, count in runs for _ in range(count)]
    undone: list[int] = []
    for token in run_length_codes(bytes(lengths)):
        symbol, extra = RUN_SYMBOL[token], int("0" + RUN_EXTRA[token], 2)
        if symbol < 16:
            undone.append(symbol)
        else:
            undone += [undone[-1] if symbol == 16 else 0] * (extra + (11 if symbol == 18 else 3))
    assert undone == lengths


@settings(deadline=None)
@given(st.binary(max_size=70_000), st.binary(max_size=100))
def test_adler32_is_zlibs(a: bytes, b: bytes) -> None:
    """Of one piece, and of two, one after the other."""
    x, y = np.frombuffer(a, np.uint8), np.frombuffer(b, np.uint8)
    assert adler32(x) == zlib.adler32(a)
    assert adler32(y, adler32(x)) == zlib.adler32(a + b)


def test_adler32_of_the_largest_bytes() -> None:
    """Where sums are largest."""
    data = np.full(3_000_001, 255, np.uint8)
    assert adler32(data) == zlib.adler32(data.tobytes())


@settings(deadline=None, max_examples=60)
@given(
    data=st.lists(st.integers(0, 2), min_size=1, max_size=400),
    distance=st.integers(1, 9),
    least=st.integers(1, 12),
)
def test_repeats_are_all_there_are(data: list[int], distance: int, least: int) -> None:
    """Against looking at every byte."""
    spans = matches.repeats(np.array(data, np.uint8), distance, least)
    expected = []
    start = distance
    while start < len(data):
        stop = start
        while stop < len(data) and data[stop] == data[stop - distance]:
            stop += 1
        if stop - start >= least:
            expected.append((start, stop))
        start = stop + 1
    assert list(zip(spans.start.tolist(), spans.stop.tolist())) == expected
