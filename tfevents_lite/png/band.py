"""How to compress a band of rows: which filters to try, and how hard to look for repetition.

Every decision is made from the band alone. Uses `filters`, `matches`, `parse` and `deflate`; knows
nothing of files.
"""

from __future__ import annotations

import numpy as np

from . import deflate, filters, matches, parse
from .matches import Bytes, Indices, Matches, Spans

_EVEN = 0.2
"""Below this share of bytes that equal the pixel before, a band can only be a photograph."""
_FLAT = 0.4
"""From this share on, once filtered, it may be drawn."""
_STEEP = 1.5
"""Or where, once filtered, its bytes have so little entropy, in bits: an even slope.
"""
_TRIAL_BYTES = 1 << 15
"""How much of a band is tried to learn whether filters help it."""


class Band:
    """Some rows of an image: (rows, row bytes) uint8, the row above them, and how their pixels lie.

    `amounts` is False if the bytes are indices or several pixels each, so that filters cannot
    help.
    """

    def __init__(self, rows: Bytes, above: Bytes, pixel_bytes: int, amounts: bool) -> None:
        self.rows = rows
        self.above = above
        self.pixel_bytes = pixel_bytes
        self.stride = rows.shape[1] + 1
        self.amounts = amounts
        # Kept, as a small band is judged by what it is then made of.
        self._filtered: dict[tuple[int, ...], Bytes] = {}
        self._found: dict[tuple[int, ...], tuple[Matches, int]] = {}

    def filtered(self, kinds: tuple[int, ...]) -> Bytes:
        """The band as DEFLATE gets it, by whichever of some filters suits each row."""
        if kinds not in self._filtered:
            rows = filters.filter_rows(self.rows, self.above, self.pixel_bytes, kinds)
            self._filtered[kinds] = rows.ravel()
        return self._filtered[kinds]

    def everywhere(self, kinds: tuple[int, ...]) -> tuple[Matches, int]:
        """All kinds of repetition in it once filtered, and about how many bits it then takes."""
        if kinds not in self._found:
            data = self.filtered(kinds)
            self._found[kinds] = everywhere(data, self.pixel_bytes, self.stride)
        return self._found[kinds]

    def middle(self) -> Band:
        """Enough rows from the middle to judge the band by; a small band itself."""
        height = self.rows.shape[0]
        count = max(1, min(height, _TRIAL_BYTES // self.stride))
        if count == height:
            return self
        first = (height - count) // 2
        above = self.rows[first - 1] if first else self.above
        return Band(self.rows[first : first + count], above, self.pixel_bytes, self.amounts)


def compress(band: Band, final: bool) -> tuple[Bytes, bytes]:
    """A filter for each row; all kinds of repetition where the band looks drawn, runs where it
    looks photographed.
    """
    kinds, drawn = _judge(band)
    data = band.filtered(kinds)
    if drawn:
        found, _ = band.everywhere(kinds)
    else:
        found = runs(data, band.pixel_bytes)
    return data, deflate.compress_band(data, found, final)


def _judge(band: Band) -> tuple[tuple[int, ...], bool]:
    """Which filters suit a band, and whether to look for more than runs in it; judged by rows from
    its middle.
    """
    if not band.amounts:
        return (filters.NONE,), True
    unit, stride = band.pixel_bytes, band.stride
    part = band.middle()
    if equal_share(part.rows.ravel(), unit) < _EVEN:
        return filters.ADAPTIVE, False
    filtered = part.filtered(filters.ADAPTIVE)
    if equal_share(filtered, unit) < _FLAT and entropy(filtered) > _STEEP:
        return filters.ADAPTIVE, False
    plain = part.filtered((filters.NONE,))
    repeated_filtered, new_filtered = repetition(filtered, unit, stride)
    repeated_plain, new_plain = repetition(plain, unit, stride)
    if max(repeated_filtered, repeated_plain) < _REPETITIVE:
        return filters.ADAPTIVE, False
    new_most = min(_LITTLE_NEW, 2 * new_filtered)
    if repeated_plain > max(_VERY_REPETITIVE, repeated_filtered) and new_plain < new_most:
        return (filters.NONE,), True
    with_runs = cost(filtered, runs(filtered, unit))
    _, with_all = part.everywhere(filters.ADAPTIVE)
    _, with_none = part.everywhere((filters.NONE,))
    if with_none < min(with_all, with_runs):
        return (filters.NONE,), True
    return filters.ADAPTIVE, with_all < _WORTH_SEARCHING * with_runs


_VERY_REPETITIVE = 0.25
"""What is at least so repetitive without filters, and more so than with, is better without,
if no more than this share of it is neither in runs nor repeated, nor twice what filters leave.
"""
_LITTLE_NEW = 0.25
_REPETITIVE = 0.15
"""Photographs with large even areas stay below this share of repetition outside of runs, drawings
are above.
"""
_WORTH_SEARCHING = 0.98
"""Looking everywhere takes several times as long, so it has to save this much."""


_SHORTEST_RUN = 8
"""Runs shorter than this are not worth listing in photographs: most would cost more than they
save.
"""


def equal_share(data: Bytes, unit: int) -> float:
    """The share of bytes that equal the byte one pixel before."""
    return float(np.count_nonzero(data[unit:] == data[:-unit])) / data.size


def run_share(data: Bytes, unit: int) -> float:
    """The share of bytes from which on at least eight equal the bytes one pixel before."""
    return float(np.count_nonzero(matches.equal_windows(data, unit, _SHORTEST_RUN))) / data.size


def entropy(data: Bytes) -> float:
    """How many bits a byte takes by the best code for bytes alone."""
    counts = np.bincount(data, minlength=256)
    used = counts[counts > 0]
    return float(used @ np.log2(data.size / used)) / data.size


def runs(data: Bytes, unit: int) -> Matches:
    """Only what repeats the pixel before it: enough for photographs, where far matches cost more
    than they save.
    """
    spans = matches.repeats(data, unit, _SHORTEST_RUN)
    if spans.start.size == 0:
        return parse.no_matches()
    # A run costs as literals what its first pixel costs, as often as that is repeated.
    prices = parse.first_prices(np.bincount(data[::16], minlength=256))
    length = spans.stop - spans.start
    pixel = sum(prices.literal[data[spans.start + i]].astype(np.int64) for i in range(unit))
    copies = -(-length // matches.MAX_LENGTH)
    cost = prices.length[np.minimum(length, matches.MAX_LENGTH)] + prices.distance[0]
    return parse.split(spans.take(np.flatnonzero(pixel * length > cost * copies * unit)))


def cost(data: Bytes, found: Matches) -> int:
    """About how many bits a block with these matches takes."""
    start, length, distance = found
    return parse.prices_after(data, Spans(start, start + length, distance)).total


def _likely(distance: Indices, positions: int, unit: int, stride: int) -> list[int]:
    frequent = matches.frequent_distances(distance, positions, 6)
    return [d for d in frequent if d not in (unit, stride)][:4]


def everywhere(data: Bytes, unit: int, stride: int) -> tuple[Matches, int]:
    """At the pixel's distance, the row's, those that hashing shows to be frequent, and wherever
    bytes were last seen.

    Also about how many bits all that costs. In parts of some rows each, as what is made on the way
    is many times as large as they are.
    """
    parts = max(1, round(data.size / _AT_ONCE))
    size = max(1, -(-data.size // (parts * stride))) * stride
    found, bits = [], 0
    for first in range(0, max(1, data.size), size):
        (start, length, distance), more = _everywhere(data[first : first + size], unit, stride)
        found.append(Matches(start + first, length, distance))
        bits += more
    if len(found) == 1:
        return found[0], bits
    return Matches(*(np.concatenate(every) for every in zip(*found))), bits


_AT_ONCE = 3 << 17
"""About how many bytes are looked through at once."""


def _everywhere(data: Bytes, unit: int, stride: int) -> tuple[Matches, int]:
    """The same, all at once."""
    parts = _near(data, unit, stride)
    windows = matches.Windows(data)
    positions = _pixels_outside(parts, data.size, unit, stride)
    position, distance = matches.last_seen(windows, positions)
    likely = _likely(distance, positions.size, unit, stride)
    if positions.size * unit > data.size // 2:
        # Hardly any runs, but perhaps a gradient, which repeats itself a few rows up, across the
        # ends of rows.
        likely += [d for d in (2 * stride, 4 * stride) if d <= matches.MAX_DISTANCE]
    for d in likely:
        part = matches.repeats(data, d, 4 if d <= stride else 8)
        parts.append(part)
        # What is deep inside of these needs no other match.
        open_ones = matches.shallow(part, data.size, matches.HASHED_BYTES)[position]
        position, distance = position[open_ones], distance[open_ones]
    parts.append(matches.spans_of(windows, position, distance))
    return chosen(data, parts)


def repetition(data: Bytes, unit: int, stride: int) -> tuple[float, float]:
    """Of the pixels outside runs, the share from which on twelve bytes have occurred before; of all
    pixels, that of the rest.
    """
    positions = _pixels_outside([matches.repeats(data, unit, 8)], data.size, unit, stride)
    windows = matches.Windows(data)
    position, distance = matches.last_seen(windows, positions)
    position, distance = position[position + 12 <= data.size], distance[position + 12 <= data.size]
    longer = windows.eight[position + 4] == windows.eight[position + 4 - distance]
    repeated = int(np.count_nonzero(longer))
    new = (positions.size - repeated) * unit / data.size
    return repeated / max(1, positions.size), new


def _pixels_outside(parts: list[Spans], size: int, unit: int, stride: int) -> Indices:
    """Where pixels begin that are not deep inside a span."""
    wanted = matches.shallow(parts[0], size, matches.HASHED_BYTES)
    for part in parts[1:]:
        wanted &= matches.shallow(part, size, matches.HASHED_BYTES)
    if unit == 1:
        return np.flatnonzero(wanted)
    # The first pixel begins one byte after each row does, for its filter type.
    row_pixels = wanted.reshape(-1, stride)[:, 1::unit]
    row, column = np.divmod(np.flatnonzero(row_pixels), row_pixels.shape[1])
    result: Indices = row * stride + (1 + column * unit)
    return result


def _near(data: Bytes, unit: int, stride: int) -> list[Spans]:
    """What repeats at the distance of a pixel and, if that is within reach, of a row."""
    distances = [unit, stride] if unit < stride <= matches.MAX_DISTANCE else [unit]
    return [matches.repeats(data, distance, 4) for distance in distances]


_LONG_RUN = 400
"""From this length on, a run at the pixel's distance is taken before all else: it needs several
copies, which are cheapest there, where the distance has few extra bits or none.
"""
_LONG_PATTERN, _NEAR = 3 * matches.MAX_LENGTH, 64
"""So is what repeats at another distance up to _NEAR, from this length on."""


def chosen(data: Bytes, parts: list[Spans]) -> tuple[Matches, int]:
    """What pays, of everything found, priced as if all of it were used; and about how many bits all
    then costs.

    Found at the pixel's distance first, by hashing last. The farther ones must reach a few bytes
    farther to be preferred.
    """
    parts = list(parts)
    for index in range(max(1, len(parts) - 1)):
        distance = parts[index].distance
        if index and (distance.size == 0 or distance[0] > _NEAR):
            continue
        length = parts[index].stop - parts[index].start
        long = np.flatnonzero(length >= (_LONG_PATTERN if index else _LONG_RUN))
        if long.size:
            barriers = parts[index].take(long)
            for other in range(len(parts)):
                if other != index:
                    parts[other] = matches.between(parts[other], barriers)
    handicaps = [0] + [4] * (len(parts) - 2) + [8] * (len(parts) > 1)
    handicap = np.repeat(handicaps, [part.start.size for part in parts])
    covering = parse.cover(matches.concatenate(parts), handicap)
    chosen, bits = parse.profitable(data, covering, parse.prices_after(data, covering))
    return parse.split(parse.without_rests(data, chosen)), bits
