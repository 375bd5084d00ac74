"""Which repetition to use (LZ77 parsing): of what `matches` finds, the copies that a block sends.

For photographs, runs of one pixel alone, where they cost less than literals. For what is drawn, all
kinds of repetition, by a rule of thumb: what reaches farthest is used. Knows which symbols stand
for a match (RFC 1951 §3.2.5), but no codes.
"""

from __future__ import annotations

import numpy as np

from . import matches
from .codes import LENGTH_EXTRA_BITS
from .matches import MAX_LENGTH, MIN_LENGTH, Bytes, Grid, Indices, Matches, Spans

_SHORTEST_RUN = 8
"""Runs shorter than this are not worth listing in photographs: most would cost more than they
save.
"""
_LONG_RUN = MAX_LENGTH
"""From this length on, a run is used before all else: it needs several copies, which cost least at
a short distance, whose code has few extra bits or none.
"""
_LEAST_LEFT = {1: 4, 2: 4, 3: 3, 4: 4, 6: 6, 8: 8}
_LEAST_UP = {1: 5, 2: 6, 3: 6, 4: 4, 6: 6, 8: 8}
_LEAST_LIKELY = 8
"""How many bytes must equal the pixel before, the row above, or another likely place, by the bytes
of a pixel.
"""
_FEW = 128
"""With fewer pixels left over, a search costs more than it saves."""
_FARTHER, _FAR = 2, 4
"""By how many bytes a match with the row above, and one anywhere, must reach farther than others to
be preferred, as their distances cost more.
"""


def run_share(data: Bytes, unit: int) -> float:
    """The share of bytes from which on at least eight equal the bytes one pixel before."""
    return float(np.count_nonzero(matches.equal_windows(data, unit, _SHORTEST_RUN))) / data.size


def runs(data: Bytes, unit: int) -> Spans:
    """Runs of the pixel before that cost less as copies than as literals: enough for photographs,
    where far matches cost more than they save.
    """
    spans = matches.repeats(data, unit, _SHORTEST_RUN)
    if spans.start.size == 0:
        return spans
    # As literals, a run costs what its first pixel costs, times its length. A literal is estimated
    # at no less than 1.5 bits: a byte that common will mostly be in runs.
    counts = np.bincount(data[::16], minlength=256) + 0.5
    literal = np.clip(np.log2(counts.sum() / counts), 1.5, 13)
    length = spans.stop - spans.start
    pixel = sum(literal[data[spans.start + i]] for i in range(unit))
    copies = -(-length // MAX_LENGTH)
    match = 6 + LENGTH_EXTRA_BITS[np.minimum(length, MAX_LENGTH)] + 4
    return spans.take((pixel * length > match * copies * unit).nonzero()[0])


def everywhere(grid: Grid, likely: list[tuple[int, int]], widths: tuple[int, ...]) -> Spans:
    """All kinds of repetition in a band that was drawn.

    First runs, repetition of the row above, and of the places in `likely` (rows up, pixels left).
    Then, for the pixels left over, wherever the same bytes were last seen: as many bytes as each of
    `widths`, in turn.
    """
    left = matches.equal_pixels(grid, 0, 1, _LEAST_LEFT[grid.unit])
    if grid.unit > 1:
        left = matches.from_one_byte(grid, left)
    long, short, rest = _long_runs(left, grid.unit > 2)
    parts = [matches.equal_pixels(grid, 1, 0, _LEAST_UP[grid.unit])]
    for up, back in likely:
        part = matches.equal_pixels(grid, up, back, _LEAST_LIKELY)
        if up == 0 and long.start.size == 0:
            long, _, _ = _long_runs(part, True)
            short = matches.between(short, long)
        parts.append(part)
    parts = [*(matches.between(part, long) for part in parts), rest]
    spans = cover([short, long, *parts], [0, 0] + [_FARTHER] * len(parts))
    eight = matches.windows(grid.data)
    for width in widths:
        positions = matches.pixels_between(grid, spans)
        if positions.size < _FEW:
            break
        if width == widths[0] and positions.size > grid.data.size >> 4:
            eight = eight.astype(np.uint64)  # Aligned, which makes indexing five times as fast.
        position, distance = matches.last_seen(grid.data, eight, positions, width)
        if position.size:
            found = matches.followed(eight, position, distance, width)
            spans = cover([spans, matches.between(found, long)], [0, _FAR])
    return spans


def _long_runs(runs: Spans, cut: bool) -> tuple[Spans, Spans, Spans]:
    """Long runs, the short ones, and what was cut off the long ones.

    With `cut`, they are cut to a whole number of the longest copies: a match with the row above may
    hold the rest and go on in the next row, which pays where that begins with several literals.
    """
    length = runs.stop - runs.start
    is_long = length >= _LONG_RUN
    long, short = runs.take(is_long.nonzero()[0]), runs.take((~is_long).nonzero()[0])
    if not cut:
        return long, short, matches.no_spans()
    stop = long.start + length[is_long] // MAX_LENGTH * MAX_LENGTH
    return long._replace(stop=stop), short, long._replace(start=stop)


def cover(parts: list[Spans], handicaps: list[int]) -> Spans:
    """Spans in order, without overlap, that reach as far as possible.

    Of spans that begin before the same byte, the one that reaches farthest is used; those of a part
    must reach farther than others by its handicap, in bytes.
    """
    spans = matches.concatenate(parts)
    if spans.start.size == 0:
        return spans
    sizes = [part.start.size for part in parts]
    # The parts are in order already, which a stable sort makes use of.
    order = np.argsort(spans.start, kind="stable")
    spans, reach = spans.take(order), (spans.stop - np.repeat(handicaps, sizes))[order]
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


def split(spans: Spans) -> Matches:
    """Spans as copies of at most MAX_LENGTH bytes; if less than MIN_LENGTH would be left, the last
    but one is shortened.
    """
    length = spans.stop - spans.start
    if length.size == 0 or length.max() <= MAX_LENGTH:
        return Matches(spans.start, length, spans.distance)
    copies = (-(-length // MAX_LENGTH)).astype(np.intp, copy=False)
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
