"""Draws curves into a picture: a chart a tag, a line a run, by our own font and PNG encoder.

Lines are drawn twice as large as they are shown and averaged, which makes them smooth.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..png import encode
from ..summary.font import HEIGHT as TEXT_HEIGHT
from ..summary.font import text_mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Points = NDArray[np.float64]

WIDTH, HEIGHT = 560, 320
COLUMNS = 2
MOST_CHARTS = 40
_MOST_RUNS_NAMED = 6

# The plot within a chart: left, top, right, bottom.
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 44, WIDTH - 16, HEIGHT - 28
_INK, _GRID, _PAPER = (40, 40, 40), (228, 228, 228), 255
_COLOURS = [
    (31, 99, 180), (230, 110, 20), (40, 140, 60), (200, 40, 50),
    (120, 80, 170), (130, 90, 60), (210, 90, 170), (20, 150, 170),
]  # fmt: skip


def draw_charts(tags: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> tuple[bytes, int]:
    """A PNG of one chart a tag, in rows of two, and how many there are: at most `MOST_CHARTS`.

    `tags` holds steps and values by tag and run. Values that are not finite leave gaps.
    """
    charts = [_chart(tag, runs) for tag, runs in list(tags.items())[:MOST_CHARTS]]
    columns = min(COLUMNS, len(charts))
    rows = -(-len(charts) // columns)
    picture = np.full((rows * HEIGHT, columns * WIDTH, 3), _PAPER, np.uint8)
    for index, chart in enumerate(charts):
        top, left = index // columns * HEIGHT, index % columns * WIDTH
        picture[top : top + HEIGHT, left : left + WIDTH] = chart
    return encode(picture), len(charts)


def _chart(tag: str, runs: Mapping[str, tuple[Any, Any]]) -> Pixels:
    chart = np.full((HEIGHT, WIDTH, 3), _PAPER, np.uint8)
    curves = [np.array([steps, values], np.float64) for steps, values in runs.values()]
    points = np.concatenate(curves, axis=1)
    points = points[:, np.isfinite(points[1])]
    _text(chart, tag, WIDTH // 2, 6, 0.5)
    if not points.size:
        _text(chart, "no finite value", WIDTH // 2, HEIGHT // 2, 0.5)
        return chart
    x_ticks, y_ticks = (ticks(row.min(), row.max()) for row in points)
    x_range, y_range = _range(points[0], x_ticks), _range(points[1], y_ticks)
    for tick in x_ticks:
        column = round(float(_scale(np.array([tick]), x_range, _LEFT, _RIGHT)[0]))
        chart[_TOP : _BOTTOM + 1, column] = _GRID
        _text(chart, f"{tick:.6g}", column, _BOTTOM + 8, 0.5)
    for tick in y_ticks:
        row = round(float(_scale(np.array([tick]), y_range, _BOTTOM, _TOP)[0]))
        chart[row, _LEFT : _RIGHT + 1] = _GRID
        _text(chart, f"{tick:.6g}", _LEFT - 6, row - TEXT_HEIGHT // 2, 1)
    chart[_TOP : _BOTTOM + 1, _LEFT] = _INK
    chart[_BOTTOM, _LEFT : _RIGHT + 1] = _INK
    left = _LEFT
    for number, (name, curve) in enumerate(zip(runs, curves)):
        colour = _COLOURS[number % len(_COLOURS)]
        x = _scale(curve[0], x_range, 2 * _LEFT, 2 * _RIGHT)
        y = _scale(curve[1], y_range, 2 * _BOTTOM, 2 * _TOP)
        _blend(chart, _line(x, y), colour)
        if number < _MOST_RUNS_NAMED:
            left = _text(chart, name, left, 22, 0, colour) + 16
    return chart


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers (1, 2 or 5 times a power of ten) from `low` to `high`.

    >>> ticks(0.0, 10.0)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    span = high / 5 - low / 5
    if not span > abs(high) * 1e-12 + 1e-300:
        return [float(low)]
    power = 10.0 ** math.floor(math.log10(span))
    step = next((power * f for f in (1, 2, 5, 10) if power * f >= span * 0.999), power * 10)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _range(values: Points, marks: Sequence[float]) -> tuple[float, float]:
    """What an axis goes from and to: never nothing."""
    low, high = min(values.min(), *marks[:1]), max(values.max(), *marks[-1:])
    if low == high:
        pad = abs(low) / 2 or 1.0
        return float(low - pad), float(high + pad)
    return float(low), float(high)


def _scale(values: Points, ends: tuple[float, float], start: int, end: int) -> Points:
    """Numbers to places in pixels. Halves, as the difference of two may be infinite."""
    low, high = ends
    part: Points = (values / 2 - low / 2) / (high / 2 - low / 2)
    return start + part * (end - start)


def _line(x: Points, y: Points) -> NDArray[np.bool_]:
    """The dots of a line through points, in a chart of twice its size."""
    dots = np.zeros((2 * HEIGHT, 2 * WIDTH), bool)
    group = len(x) // (8 * WIDTH)
    if group > 1:
        # Of more points than there is room for, the lowest and the highest of each few.
        count = len(x) // group
        few = np.where(np.isfinite(y), y, np.nan)[: count * group].reshape(count, group)
        rows = np.arange(count) * group
        low = rows + np.nan_to_num(few, nan=np.inf).argmin(axis=1)
        high = rows + np.nan_to_num(few, nan=-np.inf).argmax(axis=1)
        kept = np.sort(np.stack([low, high], axis=1), axis=1).ravel()
        x, y = x[kept], y[kept]
    finite = np.isfinite(y)
    alone = finite.copy()
    both = finite[1:] & finite[:-1]
    begin = np.flatnonzero(both)
    lengths = np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y)))[begin].astype(int) + 1
    # Each segment as so many points on it.
    segment = np.repeat(begin, lengths)
    starts = np.cumsum(lengths) - lengths
    part = (np.arange(len(segment)) - np.repeat(starts, lengths)) / np.repeat(lengths, lengths)
    columns = np.concatenate([x[segment] + part * (x[segment + 1] - x[segment]), x[alone]])
    rows = np.concatenate([y[segment] + part * (y[segment + 1] - y[segment]), y[alone]])
    columns, rows = columns.round().astype(int), rows.round().astype(int)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            dots[rows + down, columns + right] = True
    return dots


def _blend(chart: Pixels, dots: NDArray[np.bool_], colour: tuple[int, int, int]) -> None:
    alpha = dots.reshape(HEIGHT, 2, WIDTH, 2).mean(axis=(1, 3))[..., np.newaxis]
    chart[:] = np.round(chart * (1 - alpha) + np.array(colour) * alpha).astype(np.uint8)


def _text(
    chart: Pixels,
    text: str,
    x: int,
    y: int,
    anchor: float,
    colour: tuple[int, int, int] = _INK,
) -> int:
    """Write one line; `anchor` 0 begins at x, 1 ends there. Returns where it ends."""
    mask = text_mask(text[:80])
    left = max(round(x - anchor * mask.shape[1]), 0)
    mask = mask[:, : max(WIDTH - left, 0)]
    chart[y : y + TEXT_HEIGHT, left : left + mask.shape[1]][mask] = colour
    end: int = left + mask.shape[1]
    return end
