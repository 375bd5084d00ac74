"""Repetition in a band of filtered rows (LZ77, RFC 1951 §4), found with array operations.

The cheapest search comes first: runs of pixels that equal the pixel before, the row above or what
is at another given place. Then, for the pixels in no such run, wherever the same bytes occurred
last. A pixel is compared as one number. Knows nothing of codes and what they cost.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]

MIN_LENGTH, MAX_LENGTH = 3, 258
MAX_DISTANCE = 32768
"""The limits of a match (RFC 1951 §3.2.5)."""

_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio (Knuth, volume 3, 6.4)."""


class Spans(NamedTuple):
    """Stretches [start, stop) of a band that equal what lies `distance` bytes before them; of any
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
    """No spans at all."""
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


class Grid:
    """A band of rows, all filtered in the same way: as the bytes to compress, and as one number for
    each pixel.

    `rows` is (height, row bytes) uint8, C-contiguous; `kind` is the filter type, the byte before
    each row.
    """

    def __init__(self, rows: Bytes, kind: int, unit: int) -> None:
        self.height, row_bytes = rows.shape
        self.width = row_bytes // unit
        self.unit, self.stride = unit, row_bytes + 1
        self.kind = kind
        grid = np.empty((self.height, self.stride), np.uint8)
        grid[:, 0] = kind
        grid[:, 1:] = rows
        self.data: Bytes = grid.ravel()
        self.pixels = numbers(rows, unit)

    def places(self, pixels: Indices) -> Indices:
        """Where some pixels begin in the bytes; the first pixel of a row begins with the filter
        type.
        """
        row = pixels // self.width
        result: Indices = pixels * self.unit + row
        result += pixels != row * self.width
        return result


def numbers(rows: Bytes, unit: int) -> NDArray[np.unsignedinteger[Any]]:
    """Rows of bytes as rows of numbers, one for each `unit` bytes."""
    height, row_bytes = rows.shape
    if unit in (1, 2, 4, 8):
        view: NDArray[np.unsignedinteger[Any]] = rows.view(f"u{unit}")
        return view
    wide = np.dtype("<u4" if unit == 3 else "<u8")
    padded = np.zeros(rows.size + wide.itemsize - unit, np.uint8)
    padded[: rows.size] = rows.ravel()
    overlapping: NDArray[Any] = np.ndarray(rows.size // unit, wide, padded, 0, (unit,))
    result: NDArray[Any] = overlapping & wide.type((1 << 8 * unit) - 1)
    return result.reshape(height, row_bytes // unit)


def equal_pixels(grid: Grid, up: int, left: int, least: int) -> Spans:
    """Every run of pixels, of at least `least` bytes, that equal those `up` rows above and `left`
    pixels to the left (to the right, if negative).
    """
    distance = up * grid.stride + left * grid.unit
    height, width = grid.height, grid.width
    if not 0 < distance <= MAX_DISTANCE or up >= height or abs(left) >= width:
        return no_spans()
    equal = np.zeros((height, width), np.bool_)
    to_columns = slice(max(left, 0), width + min(left, 0))
    from_columns = slice(max(-left, 0), width - max(left, 0))
    np.equal(
        grid.pixels[up:, to_columns],
        grid.pixels[: height - up, from_columns],
        out=equal[up:, to_columns],
    )
    across = left == 0
    if up == 0 and left == 1 and grid.kind == 0:
        # Zeros run across the end of a row, as the filter type is zero too.
        np.equal(grid.pixels[1:, 0] | grid.pixels[:-1, -1], 0, out=equal[1:, 0])
        across = True
    # Runs that are too short vanish before any is listed.
    pixels = -(-least // grid.unit)
    first, stop = edges(_of_width(equal.ravel(), pixels))
    stop += pixels - 1
    start = grid.places(first)
    last = stop - 1
    row = last // width
    end = last * grid.unit + row + (1 + grid.unit)
    if not across:
        start += first == first // width * width
    elif left == 0:
        # The filter type of the next row is equal as well; that of the first row may differ.
        start += first == up * width
        end += stop == (row + 1) * width
        np.minimum(end, grid.data.size, out=end)
    return Spans(start, end, np.full(start.size, distance, np.int64))


def from_one_byte(grid: Grid, left: Spans) -> Spans:
    """Runs of the pixel before, with those whose bytes are all equal turned into runs of the byte
    before, which begin up to a pixel earlier.
    """
    unit, data = grid.unit, grid.data
    value = data[left.start]
    alike = np.ones(value.size, np.bool_)
    for back in range(1, unit):
        alike &= data[left.start - back] == value
    start = left.start - (unit - 1) * alike
    start -= alike & (data[start - 2] == value)
    return Spans(start, left.stop, np.where(alike, 1, left.distance))


def pixels_between(grid: Grid, spans: Spans) -> Indices:
    """Where the pixels begin that are in none of some spans, which are in order and apart."""
    start = np.concatenate(([0], spans.stop))
    stop = np.append(spans.start, grid.data.size)
    row, column = np.divmod(np.concatenate((start, stop)), grid.stride)
    column = np.maximum(column - 1, 0) + (grid.unit - 1)
    pixel = row * grid.width + column // grid.unit
    half = start.size
    return grid.places(ranges(pixel[:half], pixel[half:]))


def ranges(start: Indices, stop: Indices) -> Indices:
    """The numbers of some ranges [start, stop), one range after the other."""
    length = np.maximum(stop - start, 0).astype(np.intp, copy=False)
    ends = np.cumsum(length)
    if ends.size == 0 or ends[-1] == 0:
        return np.zeros(0, np.int64)
    result: Indices = np.arange(ends[-1]) + np.repeat(start - (ends - length), length)
    return result


def repeats(data: Bytes, distance: int, least: int) -> Spans:
    """Every stretch of at least `least` bytes that equals the bytes `distance` before it.

    >>> repeats(np.frombuffer(b"abcabcabx", np.uint8), 3, 4)
    Spans(start=array([3]), stop=array([8]), distance=array([3]))
    """
    # Stretches that are too short vanish before any is listed, which makes this cheap on
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
    return _of_width(data[distance:] == data[:size], width)


def _of_width(flags: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """For each flag: whether it and the width - 1 that follow are True."""
    done = 1
    while done < width:
        step = min(done, width - done)
        flags = flags[:-step] & flags[step:]
        done += step
    return flags


def edges(flags: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Where each run of True begins and where it ends."""
    if flags.size == 0:
        return no_spans()[:2]
    changes = np.empty(flags.size + 1, np.bool_)
    changes[0], changes[-1] = flags[0], flags[-1]
    np.not_equal(flags[1:], flags[:-1], out=changes[1:-1])
    found = changes.nonzero()[0]
    return found[0::2], found[1::2]


def between(spans: Spans, barriers: Spans) -> Spans:
    """Spans cut where they overlap `barriers`, which are in order and apart: the parts between
    those.
    """
    if barriers.start.size == 0 or spans.start.size == 0:
        return spans
    # Most may lie within one barrier: they are dropped first, at little cost.
    first = np.searchsorted(barriers.stop, spans.start, side="right")
    starts = np.append(barriers.start, np.iinfo(np.int64).max)
    stops = np.append(barriers.stop, np.iinfo(np.int64).max)
    left = ((starts[first] > spans.start) | (stops[first] < spans.stop)).nonzero()[0]
    spans, first = spans.take(left), first[left]
    pieces = np.searchsorted(barriers.start, spans.stop) - first + 1
    index = np.repeat(np.arange(pieces.size), pieces)
    nth = np.arange(index.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    before = np.concatenate(([0], barriers.stop))[first[index] + nth]
    after = np.append(barriers.start, np.iinfo(np.int64).max)[first[index] + nth]
    start = np.maximum(spans.start[index], before)
    stop = np.minimum(spans.stop[index], after)
    cut = Spans(start, stop, spans.distance[index])
    return cut.take((stop - start >= MIN_LENGTH).nonzero()[0])


def outside(spans: Spans, size: int) -> NDArray[np.bool_]:
    """Which positions are in none of some spans, which are in order and apart."""
    bounds = np.empty(2 * spans.start.size + 2, np.int64)
    bounds[0], bounds[-1] = 0, size
    bounds[1:-1:2], bounds[2:-1:2] = spans.start, spans.stop
    flags = np.zeros(bounds.size - 1, np.bool_)
    flags[0::2] = True
    return np.repeat(flags, np.diff(bounds).astype(np.intp, copy=False))


def windows(data: Bytes) -> NDArray[np.uint64]:
    """The eight bytes from every position on, read as one number; zeros follow the end."""
    padded = np.zeros(data.size + 8, np.uint8)
    padded[: data.size] = data
    overlapping: NDArray[np.uint64] = np.ndarray(data.size, "<u8", padded, 0, (1,))
    return overlapping


def last_seen(
    data: Bytes, eight: NDArray[np.uint64], positions: Indices, width: int
) -> tuple[Indices, Indices]:
    """Which of `positions` (ascending) begin `width` bytes that also begin at an earlier one, and
    how far back the last such is; of many positions, only a sample.

    `eight` is `windows(data)`; `width` is at most 8, or a multiple of 8. Sorting by a 16-bit hash
    is a radix sort and stable, so equal bytes become neighbours in the order of their positions.
    """
    positions = positions[: np.searchsorted(positions, data.size - width, side="right")]
    key: NDArray[np.uint64] = eight[positions].astype(np.uint64, copy=False)
    if width < 8:
        key <<= np.uint64(8 * (8 - width))
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
    distance_here = np.zeros(positions.size, np.int64)
    distance_here[later[good]] = distance[good]
    found = distance_here.nonzero()[0]
    return positions[found], distance_here[found]


_MANY = 1 << 14
"""Of more positions than this, a quarter is looked up."""
_FOLLOWED = 4, 28
"""What was found is followed for so many times eight bytes, one step after the other."""


def followed(eight: NDArray[np.uint64], position: Indices, distance: Indices, width: int) -> Spans:
    """Finds of `width` bytes joined where they continue each other, and followed as far as the
    bytes go on being equal (up to a point).
    """
    size = eight.size
    new = np.ones(position.size, np.bool_)
    new[1:] = distance[1:] != distance[:-1]
    new[1:] |= position[1:] - position[:-1] > width
    first = new.nonzero()[0]
    start, distance = position[first], distance[first]
    stop = position[np.append(first[1:], position.size) - 1] + width
    if width > 8:
        # Back as well, by up to eight bytes, since not all positions were looked up.
        inside = (start - distance >= 8).nonzero()[0]
        before = start[inside] - 8
        differing = eight[before] ^ eight[before - distance[inside]]
        start[inside] -= np.where(differing == 0, 8, 7 - last_byte(differing))
    active, here, back = np.arange(start.size), stop, distance
    for count in _FOLLOWED:
        inside = (here < size - 8 * count).nonzero()[0]
        active, here, back = active[inside], here[inside], back[inside]
        if active.size == 0:
            break
        places = here[:, np.newaxis] + np.arange(0, 8 * count, 8)
        differing = eight[places] ^ eight[places - back[:, np.newaxis]]
        first = (differing != 0).argmax(axis=1)
        value = differing[np.arange(active.size), first]
        ends = value.nonzero()[0]
        stop[active] = here + 8 * count
        stop[active[ends]] = here[ends] + 8 * first[ends] + zero_bytes(value[ends])
        goes_on = (value == 0).nonzero()[0]
        active, here, back = active[goes_on], here[goes_on] + 8 * count, back[goes_on]
    return Spans(start, stop, distance)


def zero_bytes(values: NDArray[np.uint64]) -> Indices:
    """How many of the lowest bytes of each value are zero; meaningless for zero."""
    lowest_bit = values & (~values + np.uint64(1))
    zeros: Indices = (np.frexp(lowest_bit.astype(np.float64))[1].astype(np.int64) - 1) >> 3
    return zeros


def last_byte(values: NDArray[np.uint64]) -> Indices:
    """Which is the highest byte of each value that is not zero; meaningless for zero."""
    high: Indices = (np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1) >> 3
    return high
