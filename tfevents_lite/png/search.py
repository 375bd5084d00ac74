"""How hard to look for repetition: the strategies that put `matches` and `parse` together.

Knows that a band has a unit (bytes of a pixel) and a stride (bytes of a row), at whose distance
repetition is likely; no more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import matches, parse, suffixes
from .matches import Bytes, Indices, Spans
from .parse import Matches

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


def near(data: Bytes, unit: int, stride: int, distances: Sequence[int] = ()) -> Matches:
    """What repeats the pixel before, the row above or what lies at some other likely distances:
    most of what there is in masks, plots and gradients.
    """
    parts = _near(data, unit, stride)
    parts += [matches.repeats(data, distance, 4) for distance in distances]
    return chosen(data, parts)[0]


def frequent_distances(data: Bytes, unit: int, stride: int) -> list[int]:
    """Distances, other than a pixel's and a row's, at which a band often repeats itself."""
    positions = _pixels_outside(_near(data, unit, stride), data.size, unit, stride)
    _, distance = matches.last_seen(matches.Windows(data), positions)
    return _likely(distance, positions.size, unit, stride)


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


def thoroughly(data: Bytes, unit: int, stride: int, first: Matches) -> Matches:
    """The longest match at every position, and of all those the cheapest combination, priced by a
    first choice.
    """
    near = _near(data, unit, stride)
    choices = [
        (
            suffixes.lengths_in(part.start, part.stop, data.size),
            np.full(data.size, distance, np.int64),
        )
        for part, distance in zip(near, (unit, stride))
    ]
    wanted = np.flatnonzero(matches.shallow(near[0], data.size, 16))
    length, distance = np.zeros(data.size, np.int64), np.ones(data.size, np.int64)
    length[wanted], distance[wanted] = suffixes.longest_matches(data, wanted)
    choices.append((length, distance))
    prices = parse.prices_after(
        data, Spans(first.start, first.start + first.length, first.distance)
    )
    spans = parse.best_saving(data, choices, prices)
    long_runs = near[0].take(np.flatnonzero(near[0].stop - near[0].start >= _LONG_RUN))
    return parse.cheapest(data, spans, long_runs, prices)
