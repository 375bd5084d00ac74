"""Repetition in a band of filtered rows (LZ77, RFC 1951 §4): where it is, and which of it to use.

`repeats` and `equal_pixels` find runs that equal what lies at a given distance, at little
cost: for photographs that is all. For what is drawn, `everywhere` then looks up, for the pixels
left over, where the same bytes occurred last, and uses what reaches farthest. Knows nothing of
codes and what they cost.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .filters import Bytes

Indices = NDArray[np.intp]

MIN_LENGTH, MAX_LENGTH = 3, 258
MAX_DISTANCE = 32768
"""The limits of a match (RFC 1951 §3.2.5)."""

_LEAST_LEFT, _LEAST = 3, 8
"""How many bytes must equal the pixel before, and how many the row above or another likely place.
"""
_FARTHER = 3
"""By how many bytes a match with another place than the pixel before must reach farther than others
to be preferred, as its distance costs more.
"""
_FEW = 128
"""With fewer pixels left over, a search costs small images more than it saves."""
_MANY = 1 << 16
"""Of more positions than this, a quarter is looked up."""
_FOLLOWED = 4, 28
"""What was found is followed for so many times eight bytes, one step after the other."""
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio (Knuth, volume 3, 6.4)."""


class Matches(NamedTuple):
    """Copies to send, in order and without overlap: where each starts, its length (3 to 258) and
    its distance (1 to 32768).
    """

    start: Indices
    length: Indices
    distance: Indices


class Spans(NamedTuple):
    """Stretches [start, stop) of a band that equal what lies `distance` bytes before them; of any
    length, may overlap.
    """

    start: Indices
    stop: Indices
    distance: Indices

    def take(self, which: Indices | NDArray[np.bool_]) -> Spans:
        """Some of them."""
        return Spans(self.start[which], self.stop[which], self.distance[which])


class Grid:
    """A band of rows, all filtered in the same way: `data`, the bytes to compress; `eight`, those
    from each place on as one number; `pixels`, a number for each pixel.

    `rows` is (height, row bytes) uint8, C-contiguous; `kinds` is the filter type of each row or of
    all. A filter type counts as a pixel too, the first of its row, though it has one byte only:
    so pixels that are neighbours in `pixels` are neighbours in `data`, across the ends of rows.
    """

    def __init__(self, rows: Bytes, kinds: Any, unit: int) -> None:
        height, row_bytes = rows.shape
        self.unit, self.stride, self.columns = unit, 1 + row_bytes, 1 + row_bytes // unit
        size = height * self.stride
        padded = np.zeros(size + 512, np.uint8)  # More than `everywhere` reads beyond the end.
        self.data: Bytes = padded[:size]
        self.eight: NDArray[np.uint64] = np.ndarray(size + 504, "<u8", padded, 0, (1,))
        grid = self.data.reshape(height, self.stride)
        grid[:, 0] = kinds
        grid[:, 1:] = rows
        self.pixels: NDArray[Any] = self.data
        if unit > 1:
            values = numbers(rows, unit)
            pixels = np.empty((height, self.columns), values.dtype)
            pixels[:, 0] = kinds
            pixels[:, 1:] = values
            self.pixels = pixels.ravel()

    def places(self, pixels: Indices) -> Indices:
        """Where some pixels begin in the bytes."""
        result: Indices = pixels * self.unit + (self.unit - 1) * (-pixels // self.columns)
        return result

    def pixels_from(self, places: Indices) -> Indices:
        """The first pixels that begin at some places in the bytes, or after them."""
        result: Indices = -(((self.unit - 1) * (-places // self.stride) - places) // self.unit)
        return result


def numbers(rows: Bytes, unit: int) -> NDArray[Any]:
    """Rows of bytes as rows of numbers, one for each `unit` bytes."""
    height, row_bytes = rows.shape
    if unit in (1, 2, 4, 8):
        return rows.view(f"u{unit}")
    wide = np.dtype("<u4" if unit == 3 else "<u8")
    padded = np.zeros(rows.size + wide.itemsize - unit, np.uint8)
    padded[: rows.size] = rows.ravel()
    overlapping: NDArray[Any] = np.ndarray(rows.size // unit, wide, padded, 0, (unit,))
    result: NDArray[Any] = overlapping & wide.type((1 << 8 * unit) - 1)
    return result.reshape(height, row_bytes // unit)


def repeats(data: Bytes, distance: int, least: int) -> Spans:
    """Every stretch of at least `least` bytes that equals the bytes `distance` before it.

    >>> repeats(np.frombuffer(b"abcabcabx", np.uint8), 3, 4)
    Spans(start=array([3]), stop=array([8]), distance=array([3]))
    """
    start, stop = runs(data[distance:] == data[:-distance], least)
    return Spans(start + distance, stop + distance, np.full(start.size, distance))


def equal_pixels(
    grid: Grid, up: int, left: int, least: int, free: NDArray[np.bool_] | None = None
) -> Spans:
    """Every run of pixels, of about `least` bytes or more, that equal those `up` rows above and
    `left` pixels to the left (to the right, if negative); of `free` pixels only, if given.
    """
    back, distance = up * grid.columns + left, up * grid.stride + left * grid.unit
    equal = np.zeros(grid.pixels.size, np.bool_)
    if 0 < distance <= MAX_DISTANCE and back < equal.size:
        np.equal(grid.pixels[back:], grid.pixels[:-back], out=equal[back:])
    if left and grid.unit > 1:
        # Between the two is a filter type, or they are one: the distance is not that of others.
        by_row = equal.reshape(-1, grid.columns)
        by_row[:, : 1 + max(left, 0)] = by_row[:, grid.columns + min(left, 0) :] = False
    if free is not None:
        equal &= free
    start, stop = map(grid.places, runs(equal, -(-least // grid.unit)))
    return Spans(start, stop, np.full(start.size, distance))


def runs(flags: NDArray[np.bool_], least: int) -> tuple[Indices, Indices]:
    """Where each run of at least `least` times True begins, and where it ends."""
    # Shorter runs vanish before any is listed, which makes this cheap on photographs.
    flags = of_width(flags, least)
    changes = np.zeros(flags.size + 1, np.bool_)
    changes[:-1] = flags
    changes[1:] ^= flags
    found = changes.nonzero()[0]
    return found[0::2], found[1::2] + (least - 1)


def of_width(flags: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """For each flag but the last width - 1: whether it and the width - 1 that follow are True."""
    done = 1
    while done < width:
        step = min(done, width - done)
        flags = flags[:-step] & flags[step:]
        done += step
    return flags


def from_one_byte(grid: Grid, left: Spans) -> Spans:
    """Runs of the pixel before, with those whose bytes are all equal turned into runs of the byte
    before, which begin up to a pixel earlier.
    """
    value = grid.data[left.start]
    alike = np.ones(value.size, np.bool_)
    for back in range(1, grid.unit):
        alike &= grid.data[left.start - back] == value
    start = left.start - (grid.unit - 1) * alike
    start -= alike & (grid.data[start - 2] == value)
    return Spans(start, left.stop, np.where(alike, 1, left.distance))


def ranges(start: Indices, stop: Indices) -> Indices:
    """The numbers of some ranges [start, stop), one range after the other."""
    length = np.maximum(stop - start, 0)
    before = np.cumsum(length) - length
    result: Indices = np.arange(length.sum()) + np.repeat(start - before, length)
    return result


def outside(start: Indices, stop: Indices, size: int) -> NDArray[np.bool_]:
    """Which of `size` positions are in none of some ranges, which are in order and apart."""
    bounds = np.zeros(2 * start.size + 2, np.intp)
    bounds[1:-1:2], bounds[2:-1:2], bounds[-1] = start, stop, size
    flags = np.zeros(bounds.size - 1, np.bool_)
    flags[0::2] = True
    return np.repeat(flags, np.diff(bounds))


def everywhere(grid: Grid, likely: list[tuple[int, int]], widths: tuple[int, ...]) -> Spans:
    """All kinds of repetition in a band that was drawn, in order and without overlap.

    First runs, repetition of the row above, and of the places in `likely` (rows up, pixels left).
    Then, for the pixels left over, wherever the same bytes were last seen: as many bytes as each of
    `widths`, in turn.
    """
    left = equal_pixels(grid, 0, 1, _LEAST_LEFT)
    if grid.unit > 1:
        left = from_one_byte(grid, left)
    beside = [left, *(equal_pixels(grid, *place, _LEAST) for place in likely if place[0] == 0)]
    # A run that needs several copies is used before all else: they cost least at a short distance.
    # What does not fill the last copy may be in one that goes on in the next row; but if that row
    # begins with a run of one byte, a literal costs less.
    long = cover([part.take(part.stop - part.start >= MAX_LENGTH) for part in beside])
    rest = (long.stop - long.start) % MAX_LENGTH * (long.distance > 1)
    filled = long._replace(stop=long.stop - rest)
    first, stop = (grid.pixels_from(places - (grid.unit - 1)) for places in filled[:2])
    free = np.append(outside(first, stop, grid.pixels.size), False)
    short = [part.take(free[grid.pixels_from(part.start)]) for part in beside]
    above = [(1, 0), *(place for place in likely if place[0] > 0)]
    elsewhere = [equal_pixels(grid, *place, _LEAST, free[:-1]) for place in above]
    spans = cover([*short, filled, long._replace(start=filled.stop), *elsewhere])
    eight = grid.eight
    for width in widths:
        gaps = np.append(0, spans.stop), np.append(spans.start, grid.data.size)
        wide = gaps[1] - gaps[0] >= min(grid.unit, MIN_LENGTH)
        first, stop = (grid.pixels_from(places[wide]) for places in gaps)
        positions = grid.places(ranges(first, stop))
        if positions.size < _FEW:
            break
        if width == widths[0] and positions.size > grid.data.size >> 4:
            eight = eight.astype(np.uint64)  # Aligned, which makes indexing five times as fast.
        found = followed(eight, *last_seen(eight, positions, width), width)
        # Not into a long run, nor beyond the end.
        limit = np.append(long.start, grid.data.size)[np.searchsorted(long.start, found.start)]
        found = found._replace(stop=np.minimum(found.stop, limit))
        spans = cover([spans, found])
    return spans


def cover(parts: list[Spans]) -> Spans:
    """Spans in order, without overlap, that reach as far as possible.

    Of spans that begin before the same byte, the one that reaches farthest is used; those of all
    parts but the first must reach _FARTHER than others.
    """
    spans = Spans(*map(np.concatenate, zip(*parts)))
    if spans.start.size == 0:
        return spans
    reach = spans.stop.copy()
    reach[parts[0].start.size :] -= _FARTHER
    # The parts are in order already, which a stable sort makes use of.
    order = np.argsort(spans.start, kind="stable")
    spans, reach = spans.take(order), reach[order]
    # Only those that reach farther than all that start before them can be of use; of several at one
    # place, the last such.
    useful = np.ones(reach.size, np.bool_)
    np.greater(reach[1:], np.maximum.accumulate(reach)[:-1], out=useful[1:])
    spans = spans.take(useful.nonzero()[0])
    last = np.ones(spans.start.size, np.bool_)
    np.not_equal(spans.start[1:], spans.start[:-1], out=last[:-1])
    spans = spans.take(last.nonzero()[0])
    start = spans.start.copy()
    np.maximum(start[1:], np.maximum.accumulate(spans.stop)[:-1], out=start[1:])
    spans = spans._replace(start=start)
    return spans.take((spans.stop - start >= MIN_LENGTH).nonzero()[0])


def last_seen(eight: NDArray[np.uint64], positions: Indices, width: int) -> tuple[Indices, Indices]:
    """Which of `positions` (ascending) begin `width` bytes that also begin at an earlier one, and
    how far back the last such is; of many positions, only a sample.

    `eight` is that of a Grid; `width` is a multiple of 8. Sorting by a 16-bit hash is a
    radix sort and stable, so equal bytes become neighbours in the order of their positions.
    """
    key: NDArray[np.uint64] = eight[positions].astype(np.uint64, copy=False)
    if width > 8 and positions.size > _MANY:
        # The bytes themselves decide what is sampled, so that what repeats is chosen again.
        chosen = (key * _HASH_FACTOR >> np.uint64(62) == 0).nonzero()[0]
        positions, key = positions[chosen], key[chosen]
    for more in range(8, width, 8):
        key *= _HASH_FACTOR
        key ^= eight[positions + more]
    order = np.argsort((key * _HASH_FACTOR >> np.uint64(48)).astype(np.uint16), kind="stable")
    ordered = key[order]
    second = (ordered[1:] == ordered[:-1]).nonzero()[0]
    later = order[second + 1]
    place = positions[later]
    distance = place - positions[order[second]]
    good = distance <= MAX_DISTANCE
    for more in range(0, width if width > 8 else 0, 8):
        good &= eight[place + more] == eight[place + more - distance]
    distance_here = np.zeros(positions.size, np.intp)
    distance_here[later[good]] = distance[good]
    found = distance_here.nonzero()[0]
    return positions[found], distance_here[found]


def followed(eight: NDArray[np.uint64], position: Indices, distance: Indices, width: int) -> Spans:
    """Finds of `width` bytes joined where they continue each other, and followed as far as the
    bytes go on being equal (up to a point).
    """
    first, last = np.ones((2, position.size), np.bool_)
    first[1:] = (distance[1:] != distance[:-1]) | (position[1:] - position[:-1] > width)
    last[:-1] = first[1:]
    start, stop, distance = position[first], position[last] + width, distance[first]
    if width > 8:
        # Back as well, by up to eight bytes, since not all positions were looked up.
        inside = (start - distance >= 8).nonzero()[0]
        unequal = _unequal(eight, start[inside, np.newaxis] - 8, distance[inside])
        start[inside] -= np.where(unequal.any(axis=1), unequal[:, ::-1].argmax(axis=1), 8)
    active = np.arange(start.size)
    for count in _FOLLOWED:
        places = stop[active, np.newaxis] + np.arange(0, 8 * count, 8)
        unequal = _unequal(eight, places, distance[active])
        ends = unequal.argmax(axis=1)
        goes_on = ~unequal[np.arange(active.size), ends]
        stop[active] += np.where(goes_on, 8 * count, ends)
        active = active[goes_on]
    return Spans(start, stop, distance)


def _unequal(eight: NDArray[np.uint64], places: Indices, distance: Indices) -> NDArray[np.bool_]:
    """Which of the eight bytes from each place on differ from those at the row's distance before
    them: eight flags for each place.
    """
    differing = eight[places] ^ eight[places - distance[:, np.newaxis]]
    flags: NDArray[np.bool_] = differing.astype("<u8", copy=False).view(np.uint8) != 0
    return flags


def split(spans: Spans) -> Matches:
    """Spans as copies of at most MAX_LENGTH bytes; if less than MIN_LENGTH would be left, the last
    but one is shortened.
    """
    length = spans.stop - spans.start
    if length.size == 0 or length.max() <= MAX_LENGTH:
        return Matches(spans.start, length, spans.distance)
    copies = -(-length // MAX_LENGTH)
    index = np.repeat(np.arange(length.size), copies)
    nth = np.arange(index.size) - np.repeat(np.cumsum(copies) - copies, copies)
    offset: Indices = nth * MAX_LENGTH
    piece = np.minimum(length[index] - offset, MAX_LENGTH)
    short = (piece < MIN_LENGTH).nonzero()[0]
    missing = MIN_LENGTH - piece[short]
    piece[short] += missing
    offset[short] -= missing
    piece[short - 1] -= missing
    return Matches(spans.start[index] + offset, piece, spans.distance[index])
