"""How to compress a band of rows: by which filter, and how hard to look for repetition.

A photograph gets a filter for each row, and only runs are looked for. What is drawn gets one filter
for all rows, as changing it breaks repetition, and then every kind of repetition is looked for,
pixel by pixel. Every decision is made from the band alone. Knows nothing of files.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import deflate, filters, matches, parse
from .matches import Bytes, Grid, Matches, Spans

_FLAT = 0.1
"""Up to this share of new pixels, a band is drawn without any doubt."""
_SAMPLED_PIXELS, _SAMPLED_BYTES = 1 << 13, 1 << 13
"""About how many pixels, and how many bytes of neighbouring rows, are looked at to decide."""


class Band(NamedTuple):
    """Some rows of an image: (rows, row bytes) uint8, the row above them, how many bytes a pixel
    has, and whether the bytes are amounts, which filters can predict.
    """

    rows: Bytes
    above: Bytes
    unit: int
    amounts: bool


class Plan(NamedTuple):
    """What was decided: the filter type for all rows (None for one each), and distances, as (rows
    up, pixels left), at which the band often repeats itself.
    """

    kind: int | None
    likely: list[tuple[int, int]]


def compress(band: Band, final: bool) -> tuple[Bytes, bytes]:
    """The filtered rows, as DEFLATE gets them, and the blocks that hold them."""
    kind, likely = plan(band)
    if kind is None:
        data = filters.filter_rows(band.rows, band.above, band.unit).ravel()
        found = runs(data, band.unit)
    else:
        grid = filtered(band, kind)
        data, found = grid.data, everywhere(grid, likely)
    return data, deflate.compress_band(data, found, final)


def filtered(band: Band, kind: int) -> Grid:
    """The band by one filter for all rows; but the image's first row by SUB if that is UP."""
    grid = Grid(filters.residuals(band.rows, band.above, band.unit, kind), kind, band.unit)
    if kind == filters.UP and not band.above.any():
        first = filters.residuals(band.rows[:1], band.above, band.unit, filters.SUB)
        grid.data[0] = filters.SUB
        grid.data[1 : grid.stride] = first[0]
        grid.pixels[0] = matches.numbers(first, band.unit)[0]
    return grid


class Look(NamedTuple):
    """What a filter makes of the sampled rows: the shares of pixels that differ from the pixel
    before, and of those that also differ from the pixel above; the latter; and all bytes.
    """

    steps: float
    new: float
    values: Any
    residuals: Bytes

    def bits(self, repeated: float = 0.0, step: float = 1) -> float:
        """About how many bits a pixel takes, if a share of the new ones is in longer repetition."""
        values = np.sort(self.values[:_SAMPLED_VALUES])
        ends = np.concatenate(([-1], (values[1:] != values[:-1]).nonzero()[0], [values.size - 1]))
        counts = ends[1:] - ends[:-1]
        entropy = float(counts @ np.log2(values.size / counts)) / values.size if values.size else 0
        once = 1 - repeated
        each = once * (entropy + 8) + repeated * (6 * once + 0.2)
        return self.new * each + step * once * (self.steps - self.new)


_SAMPLED_VALUES = 1 << 11
_SMALL = 1 << 15


def _photo_bits(look: Look, unit: int) -> float:
    """About how many bits a pixel takes if each byte has a code of its own."""
    return 0.05 + unit * entropy(look.residuals.ravel())


def plan(band: Band) -> Plan:
    """Decides by a sample."""
    if not band.amounts:
        return Plan(filters.NONE, [])
    rows = _sample(band)
    none = _look(rows, band.unit, filters.NONE)
    if band.rows.size <= _SMALL and none.new < 0.35:
        return Plan(filters.NONE, [])
    up = _look(rows, band.unit, filters.UP)
    if band.rows.size <= _SMALL:
        return Plan(filters.UP if up.bits() < 6 * up.new + 3 else None, [])
    photo = _photo_bits(up, band.unit)
    looks = {filters.NONE: none, filters.UP: up}
    cost = {kind: look.bits(step=3.5) for kind, look in looks.items()}
    likely: dict[int, list[tuple[int, int]]] = {}
    if none.new > _FLAT or none.steps > 0.3:
        if photo > 3.5 * min(1.5, band.unit) and min(none.new, up.new) > 0.8:
            return Plan(None, [])
        looks[filters.SUB] = sub = _look(rows, band.unit, filters.SUB)
        cost[filters.SUB] = sub.bits()
        photo = (0.75 if none.new > 0.3 else 0.9) * min(photo, _photo_bits(sub, band.unit))
        strip, above = _strip(band, none.new)
        most = 0.0
        for kind in looks:
            rows = filters.residuals(strip, above, band.unit, kind)
            repeated, likely[kind] = repetition(Grid(rows, kind, band.unit))
            cost[kind] = looks[kind].bits(repeated) * (1.1 if kind else 1)
            most = max(most, repeated)
        if none.new > 0.4 and most < 0.5:
            photo *= 0.8
    best = min(cost, key=cost.__getitem__)
    if photo < cost[best]:
        return Plan(None, [])
    return Plan(best, likely.get(best, []))


def _sample(band: Band) -> Bytes:
    """Groups of three neighbouring rows, from all over the band: (3, groups, row bytes)."""
    rows = band.rows
    if rows.shape[0] < 3:
        rows = np.concatenate((np.zeros((3 - rows.shape[0], rows.shape[1]), np.uint8), rows))
    groups = max(1, min(rows.shape[0] // 3, _SAMPLED_PIXELS * band.unit // rows.shape[1]))
    index = np.arange(groups)
    step = rows.shape[0] / groups
    # Not at even distances, as some pictures repeat themselves every few rows.
    last = (index * step).astype(np.intp) + 2 + index * 5 % max(1, int(step) - 2)
    sample: Bytes = rows[np.stack((last - 2, last - 1, last))]
    return sample


def _look(sample: Bytes, unit: int, kind: int) -> Look:
    """Looks at the last row of each group, filtered."""
    here, above = sample[2], sample[1]
    if kind == filters.UP:
        here, above = here - above, above - sample[0]
    elif kind == filters.SUB:
        here, above = (row[:, unit:] - row[:, :-unit] for row in (here, above))
    if here.shape[1] <= unit:
        return Look(1.0, 1.0, here.ravel(), here)
    pixels_above = matches.numbers(above, unit)
    pixels = matches.numbers(here, unit)
    steps = pixels[:, 1:] != pixels[:, :-1]
    new = steps & (pixels[:, 1:] != pixels_above[:, 1:])
    values = pixels[:, 1:][new]
    return Look(np.count_nonzero(steps) / steps.size, values.size / steps.size, values, here)


def _strip(band: Band, new: float) -> tuple[Bytes, Bytes]:
    """Neighbouring rows from the middle, with enough new pixels to judge by, and the row above."""
    height, row_bytes = band.rows.shape
    enough = min(_SAMPLED_NEW * band.unit / max(new, 1e-3), matches.MAX_DISTANCE)
    count = max(4, int(enough / row_bytes))
    if count >= height:
        return band.rows, band.above
    first = (height - count) // 2
    return band.rows[first : first + count], band.rows[first - 1]


_SAMPLED_NEW = 1 << 12


def repetition(grid: Grid) -> tuple[float, list[tuple[int, int]]]:
    """The share of new pixels from which on 16 bytes occurred before; and the places, besides the
    pixel before and above, at which they often did.
    """
    pixels = grid.pixels
    new = np.zeros(pixels.shape, np.bool_)
    new[1:, 1:] = pixels[1:, 1:] != pixels[1:, :-1]
    new[1:, 1:] &= pixels[1:, 1:] != pixels[:-1, 1:]
    positions = grid.places((new.ravel()).nonzero()[0])
    if positions.size < 16:
        return 0.0, []
    eight = matches.windows(grid.data)
    _, distance = matches.last_seen(grid.data, eight, positions, 16)
    if distance.size == 0:
        return 0.0, []
    counts = np.bincount(distance.astype(np.intp, copy=False))
    likely = []
    for d in np.argsort(-counts)[:3].tolist():
        up = (d + grid.stride // 2) // grid.stride
        left, rest = divmod(d - up * grid.stride, grid.unit)
        if counts[d] > positions.size >> 2 and not rest and (up, left) not in ((0, 1), (1, 0)):
            likely.append((up, left))
    for up in (2, 4):
        if grid.height > up and np.mean(pixels[up:] == pixels[:-up]) > 0.9:
            likely.append((up, 0))
            break
    return distance.size / positions.size, likely


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
    return parse.split(spans.take((pixel * length > cost * copies * unit).nonzero()[0]))


_LONG_RUN = 400
"""From this length on, a run at the pixel's distance is taken before all else: it needs several
copies, which are cheapest there, as the distance has few extra bits or none.
"""
_LEAST_LEFT = {1: 4, 2: 4, 3: 3, 4: 4, 6: 6, 8: 8}
_LEAST_UP = {1: 5, 2: 6, 3: 6, 4: 4, 6: 6, 8: 8}
"""How many bytes must equal the pixel before, and the row above, by the size of a pixel."""
_LEAST_LIKELY = 8


def everywhere(grid: Grid, likely: list[tuple[int, int]]) -> Matches:
    """All kinds of repetition in a band that was drawn."""
    left = matches.equal_pixels(grid, 0, 1, _LEAST_LEFT[grid.unit])
    barriers = left.take((left.stop - left.start >= _LONG_RUN).nonzero()[0])
    parts = [left, matches.equal_pixels(grid, 1, 0, _LEAST_UP[grid.unit])]
    for up, back in likely:
        part = matches.equal_pixels(grid, up, back, _LEAST_LIKELY)
        length = part.stop - part.start
        if up == 0 and barriers.start.size == 0:
            # Copies of the greatest length only: what repeats a row may take the rest and go on.
            long = (length >= _LONG_RUN).nonzero()[0]
            whole = length[long] // matches.MAX_LENGTH * matches.MAX_LENGTH
            barriers = Spans(part.start[long], part.start[long] + whole, part.distance[long])
            parts.insert(0, barriers)
        parts.append(part)
    parts[1:] = [matches.between(part, barriers) for part in parts[1:]]
    spans = _cover(parts, 2)
    eight = matches.windows(grid.data)
    for width in (16, 6) if grid.data.size > _SMALL else (6,):
        positions = matches.pixels_between(grid, spans)
        if positions.size < 16:
            break
        position, distance = matches.last_seen(grid.data, eight, positions, width)
        if position.size:
            more = matches.followed(eight, position, distance, width)
            spans = _cover([spans, matches.between(more, barriers)], 4)
    return parse.split(spans)


def _cover(parts: list[Spans], handicap: int) -> Spans:
    """What to use of several sets of spans, of which the first costs least."""
    sizes = [part.start.size for part in parts]
    handicaps = np.zeros(sum(sizes), np.int64)
    handicaps[sizes[0] :] = handicap
    return parse.cover(matches.concatenate(parts), handicaps)
