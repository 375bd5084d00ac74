"""Repetition in a band of bytes (LZ77, RFC 1951 §4), found with array operations.

Two ways of looking: for everything that repeats at one given distance, and, by hashing, for
wherever some bytes occurred last. Which of the finds are used is decided elsewhere; here nothing is
known of codes and what they cost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]

MIN_LENGTH, MAX_LENGTH = 3, 258
MAX_DISTANCE = 32768
"""The limits of a match (RFC 1951 §3.2.5)."""

HASHED_BYTES = 6
"""How many bytes must agree for a hashed find; shorter ones rarely pay for a far distance."""
_HASH_FACTOR = np.uint64(
    0x9E3779B97F4A7C15
)  # 2**64 divided by the golden ratio (Knuth, volume 3, 6.4)


class Spans(NamedTuple):
    """Stretches start..stop of a band that equal what lies `distance` bytes before them; of any
    length, may overlap.
    """

    start: Indices
    stop: Indices
    distance: Indices

    def take(self, which: Indices) -> Spans:
        """Some of them."""
        return Spans(self.start[which], self.stop[which], self.distance[which])


class Matches(NamedTuple):
    """Copies to send, in order and without overlap: where each starts, its length (3 to 258) and
    its distance (1 to 32768).
    """

    start: Indices
    length: Indices
    distance: Indices


def no_spans() -> Spans:
    """None at all."""
    nothing = np.zeros(0, np.int64)
    return Spans(nothing, nothing, nothing)


def concatenate(parts: list[Spans]) -> Spans:
    """Several sets of spans as one."""
    if len(parts) == 1:
        return parts[0]
    return Spans(
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.stop for part in parts]),
        np.concatenate([part.distance for part in parts]),
    )


def repeats(data: Bytes, distance: int, least: int) -> Spans:
    """Every stretch of at least `least` bytes that equals the bytes `distance` before it.

    >>> repeats(np.frombuffer(b"abcabcabx", np.uint8), 3, 4)
    Spans(start=array([3]), stop=array([8]), distance=array([3]))
    """
    # Stretches that are too short vanish before any is listed, which is what makes this cheap on
    # photographs.
    start, last = edges(equal_windows(data, distance, least))
    return Spans(start + distance, last + (distance + least - 1), np.full(start.size, distance))


def equal_windows(data: Bytes, distance: int, width: int) -> NDArray[np.bool_]:
    """For each byte from `distance` on: whether it and the width - 1 that follow equal those
    `distance` before.
    """
    size = data.size - distance
    if size < width:
        return np.zeros(0, np.bool_)
    equal: NDArray[np.bool_] = data[distance:] == data[:size]
    done = 1
    while done < width:
        step = min(done, width - done)
        equal = equal[:-step] & equal[step:]
        done += step
    return equal


def edges(flags: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Where each run of True begins and where it ends."""
    padded = np.zeros(flags.size + 2, np.bool_)
    padded[1:-1] = flags
    changes = np.flatnonzero(padded[1:] != padded[:-1])
    return changes[0::2], changes[1::2]


def between(spans: Spans, barriers: Spans) -> Spans:
    """Spans cut where they overlap some others, which are in order and apart: what of them lies
    between those.
    """
    if barriers.start.size == 0 or spans.start.size == 0:
        return spans
    # Most may be inside of one: those vanish at little cost.
    first = np.searchsorted(barriers.stop, spans.start, side="right")
    starts = np.append(barriers.start, np.iinfo(np.int64).max)
    stops = np.append(barriers.stop, np.iinfo(np.int64).max)
    left = np.flatnonzero((starts[first] > spans.start) | (stops[first] < spans.stop))
    spans, first = spans.take(left), first[left]
    pieces = np.searchsorted(barriers.start, spans.stop) - first + 1
    index = np.repeat(np.arange(pieces.size), pieces)
    nth = np.arange(index.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    before = np.concatenate(([0], barriers.stop))[first[index] + nth]
    after = np.append(barriers.start, np.iinfo(np.int64).max)[first[index] + nth]
    start = np.maximum(spans.start[index], before)
    stop = np.minimum(spans.stop[index], after)
    cut = Spans(start, stop, spans.distance[index])
    return cut.take(np.flatnonzero(stop - start >= MIN_LENGTH))


def outside(spans: Spans, size: int) -> NDArray[np.bool_]:
    """Which positions are in none of some spans that are in order and apart."""
    bounds = np.empty(2 * spans.start.size + 2, np.int64)
    bounds[0], bounds[-1] = 0, size
    bounds[1:-1:2], bounds[2:-1:2] = spans.start, spans.stop
    flags = np.zeros(bounds.size - 1, np.bool_)
    flags[0::2] = True
    return np.repeat(flags, np.diff(bounds).astype(np.intp, copy=False))


def shallow(spans: Spans, size: int, margin: int) -> NDArray[np.bool_]:
    """Which positions are not deep inside a span: beyond its first byte and at least `margin` bytes
    before its end.
    """
    long = spans.take(np.flatnonzero(spans.stop - spans.start > margin))
    return outside(Spans(long.start + 1, long.stop - (margin - 1), long.distance), size)


class Windows:
    """The bytes from every position on, read as one number: eight for comparing, HASHED_BYTES for
    hashing.
    """

    def __init__(self, data: Bytes) -> None:
        self.size = data.size
        padded = np.zeros(data.size + 7, np.uint8)
        padded[: data.size] = data
        overlapping: NDArray[np.uint64] = np.ndarray(data.size, "<u8", padded, 0, (1,))
        self.eight = overlapping.astype(
            np.uint64
        )  # aligned, which makes the gathers that follow faster


def last_seen(windows: Windows, positions: Indices) -> tuple[Indices, Indices]:
    """Which of `positions` (ascending) have bytes that occurred at an earlier one, and how far back
    that was.

    Sorting by a 16-bit hash is a radix sort and stable, so equal bytes become neighbours in the
    order of their positions.
    """
    unused = np.uint64(8 * (8 - HASHED_BYTES))
    bytes_here = windows.eight[positions] << unused
    order = np.argsort(
        (bytes_here * _HASH_FACTOR >> np.uint64(48)).astype(np.uint16), kind="stable"
    )
    later, earlier = order[1:], order[:-1]
    equal = bytes_here[later] == bytes_here[earlier]
    equal &= positions[later] <= windows.size - HASHED_BYTES
    distance_here = np.zeros(positions.size, np.int64)
    distance_here[later[equal]] = positions[later[equal]] - positions[earlier[equal]]
    distance_here[distance_here > MAX_DISTANCE] = 0
    found = np.flatnonzero(distance_here)
    return positions[found], distance_here[found]


def frequent_distances(distance: Indices, positions: int, most: int) -> list[int]:
    """Up to `most` distances, the commonest first, that occur at more than one in 32 of so many
    positions.
    """
    counts = np.bincount(distance.astype(np.intp, copy=False))
    common = np.flatnonzero(counts > positions >> 5)
    return [int(d) for d in common[np.argsort(-counts[common])][:most]]


def spans_of(windows: Windows, position: Indices, distance: Indices) -> Spans:
    """Finds joined where they continue each other, and followed as far as the bytes go on being
    equal (up to a point).
    """
    if position.size == 0:
        return no_spans()
    new = np.ones(position.size, np.bool_)
    new[1:] = (distance[1:] != distance[:-1]) | (position[1:] - position[:-1] > HASHED_BYTES)
    first = np.flatnonzero(new)
    start, distance = position[first], distance[first]
    stop = position[np.append(first[1:], position.size) - 1] + HASHED_BYTES
    active = np.arange(start.size)
    active = active[stop < windows.size]
    for _ in range(_FOLLOWED // 8):
        here = stop[active]
        differing = windows.eight[here] ^ windows.eight[here - distance[active]]
        all_equal = differing == 0
        stop[active] += np.where(all_equal, 8, zero_bytes(differing))
        np.minimum(stop, windows.size, out=stop)
        active = active[all_equal & (stop[active] < windows.size)]
        if active.size == 0:
            break
    # Joined again, now that some reach the next find at the same distance.
    new = np.ones(start.size, np.bool_)
    new[1:] = (distance[1:] != distance[:-1]) | (start[1:] > stop[:-1])
    first = np.flatnonzero(new)
    return Spans(start[first], np.maximum.reduceat(stop, first), distance[first])


_FOLLOWED = 64
"""How many bytes beyond the last find a span is followed; what goes on longer is found again
there.
"""


def zero_bytes(values: NDArray[np.uint64]) -> Indices:
    """How many of the lowest bytes of each value are zero; meaningless for zero."""
    lowest_bit = values & (~values + np.uint64(1))
    zeros: Indices = (np.frexp(lowest_bit.astype(np.float64))[1].astype(np.int64) - 1) >> 3
    return zeros
