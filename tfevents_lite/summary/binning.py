"""Counting numbers by bins: TensorFlow's exponential bins, NumPy's rules, or edges as given.

This module knows vectors of numbers; it knows no tag and no Summary.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..inputs.checks import shown
from ..inputs.needs_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# TensorFlow's bins, of lib/histogram/histogram.cc: the first ends at 1e-12, each next one is 10 %
# wider, the last ends before 1e20; mirrored, and 0 between them.
_FIRST, _GROWTH, LARGEST = 1e-12, 1.1, 1e20

# More bins than this are of no use to a page, and a rule may ask for any number.
MAX_BINS = 100_000

# With fewer values than this, a search in the edges is faster than a table of all floats' tops.
_FEW = 1 << 13
_BLOCK = 1 << 18
_SUMMED = 1 << 13  # BLAS would use threads for more, which cost more than they gain.
# Integers in a range of so many are counted by their value first.
_NARROW = 1 << 16
# Squares of larger 32-bit floats are summed in 64 bits, as they may be beyond 32.
_SQUARABLE = 1e15


class Counted(NamedTuple):
    """How many values lie in each bin, the bins' edges, and what is known of these values."""

    counts: NDArray[Any]
    edges: NDArray[Any]
    least: float
    greatest: float
    total: float
    squares: float  # The sum of the values' squares.


def count(values: NDArray[Any], bins: Any) -> tuple[Counted, str]:
    """Count a vector of bool, integers or floats by bins, and say in words what is in no bin.

    Raises TypeError or ValueError.
    """
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    elif values.dtype == np.float16:
        values = values.astype(np.float32)
    given = hasattr(bins, "__len__") and getattr(bins, "ndim", 1) > 0
    given = given and not isinstance(bins, (str, bytes))
    if isinstance(bins, str) and bins == "tensorflow":
        edges = exponential_edges()
        numbers, *ends = _within(values, edges[0], edges[-1])
        numbers, weights = _distinct(numbers, *ends)
        counts = count_exponential(numbers, weights)
    else:
        weights, edges = None, _check_edges(bins) if given else np.array([-LARGEST, LARGEST])
        numbers, *ends = _within(values.astype(np.float64), edges[0], edges[-1])
        counts, edges = np.histogram(numbers, *((edges,) if given else _linear_bins(numbers, bins)))
    least, greatest = map(float, ends)
    sums = _moments(numbers, weights, least, greatest)
    counted = Counted(counts, edges, least, greatest, *sums)
    if counts.sum() == len(values):
        return counted, ""
    return counted, _describe(values, np.inf if given else LARGEST)


def _within(values: NDArray[Any], low: float, high: float) -> tuple[NDArray[Any], float, float]:
    """The values from `low` to `high`, and the least and the greatest of them; 0 if none is."""
    if len(values):
        least, greatest = values.min(), values.max()
        if low <= least and greatest <= high:  # Also false for NaN.
            return values, least, greatest
        values = values[(values >= low) & (values <= high)]
    return (values, values.min(), values.max()) if len(values) else (values, 0.0, 0.0)


def _distinct(
    values: NDArray[Any], least: Any, greatest: Any
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Integers as floats: each that occurs and how often, if their range is narrow."""
    if values.dtype.kind == "f":
        return values, None
    if len(values) < _FEW or int(greatest) - int(least) >= _NARROW:
        return values.astype(np.float64), None
    counts = np.bincount((values - least if least else values).astype(np.intp))
    offsets = np.flatnonzero(counts)
    return offsets.astype(np.float64) + float(least), counts[offsets]


def _moments(
    values: NDArray[Any], weights: NDArray[Any] | None, least: float, greatest: float
) -> tuple[float, float]:
    """The sum of the values and that of their squares."""
    if weights is not None:
        return float(values.dot(weights)), float((values * values).dot(weights))
    if values.dtype == np.float32 and max(-least, greatest) > _SQUARABLE:
        values = values.astype(np.float64)
    # Blocks keep the error of 32-bit sums that of few terms.
    ones = np.ones(min(_SUMMED, len(values)), values.dtype)
    total = squares = 0.0
    with np.errstate(over="ignore"):
        for begin in range(0, len(values), _SUMMED):
            block = values[begin : begin + _SUMMED]
            total += float(block.dot(ones[: len(block)]))
            squares += float(block.dot(block))
    return total, squares


def _describe(values: NDArray[Any], largest: float) -> str:
    """How many values are NaN, infinite, or beyond the largest, in words."""
    if values.dtype.kind != "f":
        return ""
    infinite, beyond = np.isinf(values), np.intp(0)
    if largest < np.inf:
        edge = exponential_edges()[-1]
        beyond = np.count_nonzero((np.abs(values) > edge) & ~infinite)
    found = {
        "NaN": np.count_nonzero(np.isnan(values)),
        "infinite": np.count_nonzero(infinite),
        "beyond ±1e20": beyond,
    }
    return ", ".join(f"{number} {name}" for name, number in found.items() if number)


def check_max_bins(max_bins: Any) -> int | None:
    """Return `max_bins` as an integer of 1 or more, or None. Raises TypeError or ValueError."""
    if max_bins is None:
        return None
    most = to_integer("max_bins", max_bins)
    if most < 1:
        raise ValueError(f"max_bins must be 1 or more, got {most}")
    return most


def to_integer(name: str, value: Any) -> int:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return int(value.__index__())
    except (AttributeError, TypeError):
        raise TypeError(f"{name} must be an integer, got {shown(value)}") from None


def trim(counts: NDArray[Any], edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Without the empty bins at both ends."""
    used = np.flatnonzero(counts)
    if not len(used):
        return counts[:0], edges[:1]
    first, last = used[0], used[-1]
    return counts[first : last + 1], edges[first : last + 2]


def merge(
    counts: NDArray[Any], edges: NDArray[Any], max_bins: int | None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Equally many neighbours as one bin, so that there are at most `max_bins`."""
    if max_bins is None or len(counts) <= max_bins:
        return counts, edges
    starts = np.arange(0, len(counts), -(-len(counts) // max_bins))
    return np.add.reduceat(counts, starts), np.append(edges[starts], edges[-1])


def _linear_bins(values: NDArray[Any], bins: Any) -> tuple[int, tuple[float, float] | None]:
    """How many equally wide bins, and from where to where: None is from the least to the greatest.

    As many as NumPy's rule says, or as the number says.
    """
    if not isinstance(bins, str):
        number = to_integer("bins", bins)
        if not 1 <= number <= MAX_BINS:
            raise ValueError(f"bins must be 1 to {MAX_BINS}, got {number}")
        return number, None
    if bins in ("fd", "auto") and _freedman_diaconis(values) > MAX_BINS:
        # A far outlier: NumPy would make as many bins as it takes, whatever the memory.
        return MAX_BINS, None
    try:
        edges = np.histogram_bin_edges(values, bins)
    except ValueError as error:
        raise ValueError(
            f"bins must be 'tensorflow', a rule of numpy.histogram_bin_edges, a number or edges, "
            f"got {shown(bins)}: {error}"
        ) from None
    return min(len(edges) - 1, MAX_BINS), (float(edges[0]), float(edges[-1]))


def _freedman_diaconis(values: NDArray[Any]) -> float:
    """How many bins that rule asks for: they are 2·IQR/∛n wide."""
    if not len(values):
        return 0
    low, first, third, high = np.percentile(values, [0, 25, 75, 100])
    width = 2 * (third - first) / len(values) ** (1 / 3)
    return float((high - low) / width) if width > 0 else 0


def _check_edges(bins: Any) -> NDArray[Any]:
    try:
        edges = np.asarray(bins)
    except (TypeError, ValueError):
        edges = np.empty(0)
    edges = edges.astype(np.float64) if edges.dtype.kind in "uif" else np.empty(0)
    ascending = edges.ndim == 1 and np.isfinite(edges).all() and (np.diff(edges) > 0).all()
    if not ascending or len(edges) < 2:
        raise ValueError(
            "bins must be a rule, a number, or two or more finite edges in ascending order, "
            f"got {shown(bins)}"
        )
    if len(edges) > MAX_BINS + 1:
        raise ValueError(f"bins must be at most {MAX_BINS}, got {len(edges) - 1}")
    return edges


@lru_cache(maxsize=1)
def exponential_edges() -> NDArray[np.float64]:
    """The 1,549 edges of TensorFlow's bins."""
    positive = []
    edge = _FIRST
    while edge < LARGEST:
        positive.append(edge)
        edge *= _GROWTH
    return np.array([-e for e in reversed(positive)] + [0.0] + positive)


def count_exponential(values: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[Any]:
    """How many floats within TensorFlow's edges lie in each of its bins.

    Of many values, the upper 16 bits are counted, apart for each side of the edge that shares these
    bits: an edge and the next are too far apart to share them, in 32 bits as in 64.
    """
    edges = exponential_edges()
    if len(values) < _FEW or weights is not None:
        positions = edges.searchsorted(values, side="right")
        counts = np.bincount(positions, weights, len(edges) + 1)[1:]
    else:
        upper, tops = _upper_bits(values), _tops(values.dtype.name)
        by_side = np.zeros((2, 1 << 16), np.intp)
        # Blocks, as fresh memory for all values at once takes longer than counting them.
        keys = np.empty(min(_BLOCK, len(values)), np.intp)
        near = np.empty(len(keys), values.dtype)
        # The next bit of each key is set for values that are not below the edge.
        at = 2 if sys.byteorder == "little" else keys.itemsize - 3
        flags = keys.view(np.bool_)[at :: keys.itemsize]
        for begin in range(0, len(values), _BLOCK):
            block = values[begin : begin + _BLOCK]
            size = slice(len(block))
            keys[size] = upper[begin : begin + _BLOCK]
            tops.edge_of_key.take(keys[size], mode="clip", out=near[size])
            np.greater_equal(block, near[size], out=flags[size])
            by_side += np.bincount(keys[size], minlength=2 << 16).reshape(2, -1)
        negative, positive = np.split(by_side.sum(axis=0), 2)[::-1]
        below = np.cumsum(np.concatenate([negative[::-1], positive]))[tops.rank_of_edge]
        counts = np.diff(below - by_side[1, tops.key_of_edge], append=len(values))
    counts[-2] += counts[-1]  # The last edge itself is in the last bin.
    return counts[:-1]


def _upper_bits(values: NDArray[Any]) -> NDArray[np.uint16]:
    """The upper 16 bits of each float: a view of them, if they stand side by side."""
    halves = np.ascontiguousarray(values).view(np.uint16)
    step = values.itemsize // 2
    return halves[step - 1 if sys.byteorder == "little" else 0 :: step]


class _Tops(NamedTuple):
    """What the upper 16 bits of a float, its key, say of TensorFlow's edges."""

    key_of_edge: NDArray[Any]
    rank_of_edge: NDArray[Any]  # The place of its key among all, in the order of their floats.
    edge_of_key: NDArray[Any]  # The edge that shares a key, -inf for none, in the floats' type.


@lru_cache(maxsize=2)
def _tops(dtype: str) -> _Tops:
    edges = exponential_edges()
    floats = edges.astype(dtype)
    # The least float that is not below the edge: comparing with it is comparing with the edge.
    floats = np.where(floats < edges, np.nextafter(floats, np.inf, dtype=dtype), floats)
    key_of_edge = _upper_bits(floats).astype(np.intp)
    # -0.0 and tiny negative numbers share a key, and 0 is the edge between them.
    key_of_edge[edges == 0] = negative = 1 << 15
    rank_of_edge = np.where(key_of_edge < negative, key_of_edge + negative, 0xFFFF - key_of_edge)
    edge_of_key = np.full(1 << 16, -np.inf, dtype)
    edge_of_key[key_of_edge] = floats
    return _Tops(key_of_edge, rank_of_edge, edge_of_key)
