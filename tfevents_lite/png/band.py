"""How to compress a band of rows: by which filter, and how hard to look for repetition.

A photograph gets the best filter for each row, and runs are looked for. What is drawn gets one
filter for all rows, since changing it breaks repetition, and then every kind of repetition is
looked for, pixel by pixel. Which it is, is decided by a sample of the band's rows, by about how
many bits a pixel takes each way. Knows nothing of files.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

import numpy as np

from . import deflate, filters, matches
from .codes import entropy
from .filters import NONE, SUB, UP, Bytes
from .matches import Grid

_SMALL_BYTES = 1 << 15
"""Up to this many bytes, deciding takes no longer than a look or two."""
_SAMPLED_PIXELS, _SAMPLED_VALUES, _SAMPLED_NEW = 1 << 13, 1 << 11, 1 << 12
"""About how many pixels are looked at; how many of the new ones for their entropy; and how many new
ones neighbouring rows must have to show whether they repeat themselves.
"""
_FEW_COLOURS = 1.5
"""If the entropy of new pixels, in bits, is less, literals cost less than copies from far away."""
_FLAT_NEW, _FLAT_STEPS = 0.1, 0.3
"""Up to these shares of new pixels, and of pixels unlike the one before, a band is drawn in even
areas.
"""


Plan = tuple[Optional[int], list[tuple[int, int]], tuple[int, ...]]
"""How to compress a band: the filter type for all rows, None for a photograph; places, as (rows up,
pixels left), at which it often repeats itself; of how many equal bytes other repetition is looked
for.
"""
_PHOTO: Plan = None, [], ()
_SHORTEST_RUN = 8
"""In a photograph, shorter runs cost as much as literals."""


def compress(
    rows: Bytes, above: Bytes, unit: int, amounts: bool, final: bool
) -> tuple[Bytes, bytes]:
    """The filtered rows, as DEFLATE gets them, and the blocks that hold them.

    `rows` is (rows, row bytes) uint8, `above` the row above them, `unit` how many bytes a pixel
    has; `amounts` is False if the bytes are not amounts, which filters can predict.
    """
    kind, likely, widths = plan(rows, above, unit) if amounts else (NONE, [], (8,))
    if kind is None:
        data = filters.filter_rows(rows, above, unit).ravel()
        found = matches.repeats(data, unit, _SHORTEST_RUN)
    else:
        filtered = filters.residuals(rows, above, unit, kind)
        kinds = np.full(rows.shape[0], kind)
        if kind == UP and not above.any():
            # Nothing is above the image's first row.
            kinds[0] = SUB
            filtered[:1] = filters.residuals(rows[:1], above, unit, SUB)
        grid = Grid(filtered, kinds, unit)
        data, found = grid.data, matches.everywhere(grid, likely, widths)
    return data, deflate.compress_band(data, matches.split(found), final)


def plan(rows: Bytes, above: Bytes, unit: int) -> Plan:
    """Decides by a sample."""
    sample = _sample(rows, unit)
    none = _look(sample, unit, NONE)
    # A copy from far away costs more than a few literals of one byte.
    widths = () if unit == 1 else (8,)
    small = rows.size <= _SMALL_BYTES
    if small and none.new < 0.35:
        return NONE, [], widths
    up = _look(sample, unit, UP)
    if small:
        return (UP, [], widths) if up.bits() < 6 * up.new + 3 else _PHOTO
    photo = up.bits_of_bytes()
    if none.new <= _FLAT_NEW and none.steps <= _FLAT_STEPS:
        # In even areas, one pixel unlike the one before costs more than elsewhere.
        cost = {NONE: none.bits(step=3.5), UP: up.bits(step=3.5)}
        best = min(cost, key=cost.__getitem__)
        if best == NONE and none.entropy() < _FEW_COLOURS:
            widths = ()
        return _PHOTO if photo < cost[best] else (best, [], widths)
    if photo > 3.5 * min(1.5, unit) and min(none.new, up.new) > 0.8:
        return _PHOTO
    # A photograph, a gradient or text.
    sub = _look(sample, unit, SUB)
    # Choosing a filter for each row makes the bytes smaller than one filter for all does.
    photo = 0.75 * min(photo, sub.bits_of_bytes())
    strip, above = _strip(rows, above, unit, none.new)
    cost, likely, most = {}, {}, 0.0
    for look in (none, up, sub):
        filtered = filters.residuals(strip, above, unit, look.kind)
        repeated, likely[look.kind] = _repetition(Grid(filtered, look.kind, unit))
        cost[look.kind] = look.bits(repeated)
        most = max(most, repeated)
    if none.new > 0.4 and most < 0.5:
        photo *= 0.8
    best = min(cost, key=cost.__getitem__)
    # Copies from far away cost more than they save where few are long.
    long = (32, 16, 8) if most > 0.2 or min(none.new, up.new) < 0.01 else ()
    return _PHOTO if photo < cost[best] else (best, likely[best], long)


class _Look(NamedTuple):
    """What a filter makes of the sampled rows.

    `steps` is the share of pixels that differ from the pixel before, `new` of those that differ
    from the pixel above, too; `values` are the latter, `residuals` all bytes.
    """

    kind: int
    unit: int
    steps: float
    new: float
    values: Any
    residuals: Bytes

    def entropy(self) -> float:
        """How many bits a new pixel takes by the best code for their values."""
        values = np.sort(self.values[:_SAMPLED_VALUES])
        changes = (values[1:] != values[:-1]).nonzero()[0]
        counts = np.diff(np.concatenate(([-1], changes, [values.size - 1])))
        return entropy(counts) / max(1, values.size)

    def bits(self, repeated: float = 0.0, step: float = 1.0) -> float:
        """About how many bits a pixel takes with all repetition used, if a share `repeated` of the
        new pixels is in longer repetition; a pixel that is a step, but not new, takes `step` bits.
        """
        once = 1 - repeated
        new = once * (self.entropy() + 8) + repeated * (6 * once + 0.2)
        return self.new * new + step * once * (self.steps - self.new)

    def bits_of_bytes(self) -> float:
        """About how many bits a pixel takes if each byte has a code of its own."""
        counts = np.bincount(self.residuals.ravel())
        return 0.05 + self.unit * entropy(counts) / self.residuals.size


def _look(sample: Bytes, unit: int, kind: int) -> _Look:
    """Looks at the last row of each group of three, by one filter."""
    first, above, here = sample
    if kind == UP:
        here, above = here - above, above - first
    elif kind == SUB:
        here, above = (row[:, unit:] - row[:, :-unit] for row in (here, above))
    if here.shape[1] <= unit:
        return _Look(kind, unit, 1.0, 1.0, here.ravel(), here)
    pixels, pixels_above = matches.numbers(here, unit), matches.numbers(above, unit)
    steps = pixels[:, 1:] != pixels[:, :-1]
    values = pixels[:, 1:][steps & (pixels[:, 1:] != pixels_above[:, 1:])]
    share = np.count_nonzero(steps) / steps.size
    return _Look(kind, unit, share, values.size / steps.size, values, here)


def _sample(rows: Bytes, unit: int) -> Bytes:
    """Groups of three neighbouring rows, from all over the band: (3, groups, row bytes)."""
    if rows.shape[0] < 3:
        rows = np.concatenate((np.zeros((3 - rows.shape[0], rows.shape[1]), np.uint8), rows))
    height, row_bytes = rows.shape
    groups = max(1, min(height // 3, _SAMPLED_PIXELS * unit // row_bytes))
    index = np.arange(groups)
    step = height / groups
    # Not at even distances, as some pictures repeat themselves every few rows.
    last = (index * step).astype(np.intp) + 2 + index * 5 % max(1, int(step) - 2)
    sample: Bytes = rows[np.stack((last - 2, last - 1, last))]
    return sample


def _strip(rows: Bytes, above: Bytes, unit: int, new: float) -> tuple[Bytes, Bytes]:
    """Neighbouring rows from the middle, with enough new pixels to judge by, and the row above."""
    height, row_bytes = rows.shape
    enough = min(_SAMPLED_NEW * unit / max(new, 1e-3), matches.MAX_DISTANCE)
    count = max(4, int(enough / row_bytes))
    first = max(0, height - count + 1) // 2
    return rows[first : first + count], rows[first - 1] if first else above


def _repetition(grid: Grid) -> tuple[float, list[tuple[int, int]]]:
    """The share of new pixels from which on 16 bytes occurred before; and the places, besides the
    pixel before and above, at which they often did.
    """
    pixels = grid.pixels.reshape(-1, grid.columns)
    new = np.zeros(pixels.shape, np.bool_)
    new[1:, 2:] = pixels[1:, 2:] != pixels[1:, 1:-1]
    new[1:, 2:] &= pixels[1:, 2:] != pixels[:-1, 2:]
    positions = grid.places(new.ravel().nonzero()[0])
    _, distance = matches.last_seen(grid.eight, positions, 16)
    if distance.size == 0:
        return 0.0, []
    counts = np.bincount(distance)
    likely = []
    for common in np.argsort(-counts)[:3].tolist():
        up = (common + grid.stride // 2) // grid.stride
        left, rest = divmod(common - up * grid.stride, grid.unit)
        if counts[common] > positions.size >> 2 and not rest and (up, left) not in ((0, 1), (1, 0)):
            likely.append((up, left))
    for up in (2, 4):
        if pixels.shape[0] > up and np.mean(pixels[up:] == pixels[:-up]) > 0.9:
            likely.append((up, 0))
            break
    return distance.size / positions.size, likely
