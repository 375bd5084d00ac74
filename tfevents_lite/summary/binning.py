"""Counting numbers by bins: TensorFlow's exponential bins, NumPy's rules, or edges as given.

This module knows vectors of numbers; it knows no tag and no Summary.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..inputs.needs_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# TensorFlow's bins, of lib/histogram/histogram.cc: the first ends at 1e-12, each next one is 10 %
# wider, the last ends before 1e20; mirrored, and 0 between them.
_FIRST, _GROWTH, LARGEST = 1e-12, 1.1, 1e20

# More bins than this are of no use to a page, and a rule may ask for any number.
MAX_BINS = 100_000

# With fewer values than this a search in the edges is faster than a table of all floats' tops.
_FEW = 1 << 13


def count(values: NDArray[Any], bins: Any) -> tuple[NDArray[Any], NDArray[Any], str]:
    """How many values lie in each bin, the edges, and in words what is in no bin.

    `values` is a vector of bool, integers or floats. Raises TypeError or ValueError.
    """
    if isinstance(bins, str) and bins == "tensorflow":
        counts = count_exponential(values)
        edges, within = exponential_edges(), int(counts.sum())
        return counts, edges, describe(values) if within < len(values) else ""
    numbers = values.astype(np.float64)
    is_list = hasattr(bins, "__len__") and not isinstance(bins, (str, bytes))
    if not is_list or getattr(bins, "ndim", 1) == 0:
        good = numbers[np.abs(numbers) <= LARGEST]  # Also false for NaN.
        number, ends = _linear_bins(good, bins)
        counts, edges = np.histogram(good, number, ends)
        return counts, edges, describe(values) if len(good) < len(values) else ""
    edges = _check_edges(bins)
    finite = numbers[np.isfinite(numbers)]
    counts, _ = np.histogram(finite, edges)
    return counts, edges, describe(values, np.inf) if len(finite) < len(values) else ""


def describe(values: NDArray[Any], largest: float = LARGEST) -> str:
    """How many values are NaN, infinite, or beyond the largest, in words."""
    numbers = values.astype(np.float64)
    infinite = np.isinf(numbers)
    edges = exponential_edges()
    beyond = ((numbers > edges[-1]) | (numbers < edges[0])) & ~infinite if largest < np.inf else ()
    found = {
        "NaN": np.count_nonzero(np.isnan(numbers)),
        "infinite": np.count_nonzero(infinite),
        "beyond ±1e20": np.count_nonzero(beyond),
    }
    return ", ".join(f"{number} {name}" for name, number in found.items() if number)


def check_max_bins(max_bins: Any) -> int | None:
    """Return `max_bins` as an integer of 1 or more, or None. Raises TypeError or ValueError."""
    if max_bins is None:
        return None
    most = _to_integer("max_bins", max_bins)
    if most < 1:
        raise ValueError(f"max_bins must be 1 or more, got {most}")
    return most


def _to_integer(name: str, value: Any) -> int:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return int(value.__index__())
    except (AttributeError, TypeError):
        raise TypeError(f"{name} must be an integer, got {value!r:.80}") from None


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
        number = _to_integer("bins", bins)
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
            f"got {bins!r}: {error}"
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
            f"got {bins!r:.80}"
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


def count_exponential(values: NDArray[Any]) -> NDArray[Any]:
    """How many values lie in each of TensorFlow's bins.

    Of many values, the upper 16 bits as a 32-bit float are counted, which decides the bin of all
    but those that share them with an edge. Rounding to such a float keeps the order, so this holds
    for values of any type; the few are compared with the edge itself.
    """
    edges = exponential_edges()
    if len(values) < _FEW:
        positions = edges.searchsorted(values.astype(np.float64), side="right")
        counts = np.bincount(positions, minlength=len(edges) + 1)[1:-1]
    else:
        tops = _tops()
        with np.errstate(over="ignore"):
            floats = np.ascontiguousarray(values, np.float32)
        keys = (floats.view(np.uint32) >> np.uint32(16)).astype(np.intp)
        in_order = np.bincount(keys, minlength=1 << 16)[tops.order]
        below = np.concatenate([[0], np.cumsum(in_order)])[tops.rank_of_edge]
        close = np.flatnonzero(tops.has_edge.take(keys, mode="clip"))
        edge_of = tops.edge_of_key[keys[close]]
        less = values[close].astype(np.float64) < edges[edge_of]
        below += np.bincount(edge_of[less], minlength=len(edges))
        counts = np.diff(below)
    if counts.sum() < len(values):  # The last edge itself is in the last bin.
        counts[-1] += np.count_nonzero(values.astype(np.float64) == edges[-1])
    return counts


class _Tops(NamedTuple):
    """What the upper 16 bits of a 32-bit float say of TensorFlow's edges."""

    order: NDArray[Any]  # All keys, in the order of their floats.
    rank_of_edge: NDArray[Any]  # For each edge the place of its key in that order.
    has_edge: NDArray[Any]  # For each key whether an edge shares it, ...
    edge_of_key: NDArray[Any]  # ... and which one.


@lru_cache(maxsize=1)
def _tops() -> _Tops:
    edges = exponential_edges()
    keys = np.arange(1 << 16)
    negative = 1 << 15
    order = np.concatenate([keys[negative:][::-1], keys[:negative]])
    key_of_edge = (edges.astype(np.float32).view(np.uint32) >> 16).astype(np.intp)
    # -0.0 and tiny negative numbers share a key, and 0 is the edge between them.
    key_of_edge[edges == 0] = negative
    rank = np.empty_like(keys)
    rank[order] = keys
    edge_of_key = np.zeros(1 << 16, np.intp)
    edge_of_key[key_of_edge] = np.arange(len(edges))
    has_edge = np.zeros(1 << 16, bool)
    has_edge[key_of_edge] = True
    return _Tops(order, rank[key_of_edge], has_edge, edge_of_key)
