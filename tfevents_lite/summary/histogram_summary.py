"""Histograms: how many values lie between which edges.

SummaryWriter writes a HistogramProto: programs that read event files look for it, and both of
TensorBoard's loaders show it exactly if no bucket at its ends is empty. TensorFlow 2 writes a
tensor of rows (left edge, right edge, count). The functions after `count` know vectors of numbers;
they know no tag.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import shown, to_count, to_float
from ..inputs.needs_numpy import np
from ..schema.summary import HistogramProto
from ..schema.tensor import DataType
from ..wire.wire_format import encode_len
from .encoding import encode_message, encode_metadata, encode_numbers, encode_value, makes_summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLUGIN = "histograms"
_METADATA = encode_metadata(PLUGIN)
# Repeated numbers are packed: all of them follow one key and one length.
_LIMITS = HistogramProto.FIELDS["bucket_limit"].tag
_COUNTS = HistogramProto.FIELDS["bucket"].tag

# TensorFlow's bins, of lib/histogram/histogram.cc: the first positive one ends at 1e-12, each next
# one 10 % further, the last before 1e20. They are mirrored at 0.
_FIRST, _GROWTH, _LARGEST = 1e-12, 1.1, 1e20

# A page has no use for more bins, and a rule may ask for any number.
MAX_BINS = 100_000

# Fewer values are counted faster by a search in the edges than by a table of their upper bits.
_FEW = 1 << 13
_BLOCK = 1 << 18
_SUMMED = 1 << 13  # For more, BLAS would use threads, which cost more than they gain.
# Integers of a smaller range are counted by their value first.
_NARROW = 1 << 16
# Squares of larger 32-bit floats are summed in 64 bits: they may be too large for 32.
_SQUARABLE = 1e15


def encode_histogram(
    tag: str, values: Any, bins: Any = "tensorflow", max_bins: Any = None
) -> bytes:
    """A histogram of an array of numbers of any shape, as a Summary.

    SummaryWriter.add_histogram says what `bins` may be and which values are in no bin; masked
    elements are in none. Number, sum and sum of squares are those of the values in bins; the outer
    edges are the least and the greatest of them. Without any value there is no bin.

    Raises TypeError or ValueError that names the tag.

    >>> made = histogram("w", [0.5, 1.5, 1.5], bins=[0, 1, 2]).value[0].histo
    >>> made.min, made.max, made.bucket_limit, made.bucket
    (0.5, 1.5, [1.0, 1.5], [1.0, 2.0])
    """
    if values is None:
        raise TypeError(
            f"values of {tag!r} must be an array of numbers, got None: a parameter has no gradient "
            "before backward(), or if it takes no part in the loss"
        )
    array = arrays.to_numbers(values, f"values of {tag!r}")
    try:
        most = None if max_bins is None else to_count("max_bins", max_bins, 1)
        counts, edges, low, high, sums, left_out = count(array.reshape(-1), bins)
    except (TypeError, ValueError) as error:
        raise type(error)(f"histogram of {tag!r}: {error}") from error
    if left_out:
        warn(f"histogram of {tag!r} is without {left_out}")
    return _encode(tag, low, high, sums, counts, edges[1:], most)


def encode_histogram_raw(
    tag: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: Any,
    bucket_counts: Any,
) -> bytes:
    """A histogram that is counted already, as a Summary.

    `bucket_limits` are the right edges of the buckets; a left edge is the right one of the bucket
    before, or `min`. Empty buckets at the ends are left out, and the last edge is `max`. Raises
    TypeError or ValueError that names the tag.
    """
    numbers = {"min": min, "max": max, "num": num, "sum": sum, "sum_squares": sum_squares}
    low, high, *sums = (to_float(f"{tag} {name}", value) for name, value in numbers.items())
    limits = _to_vector(tag, "bucket_limits", bucket_limits)
    counts = _to_vector(tag, "bucket_counts", bucket_counts)
    if len(limits) != len(counts):
        raise ValueError(
            f"bucket_limits and bucket_counts of {tag!r} must be equally many, "
            f"got {len(limits)} and {len(counts)}"
        )
    if np.isnan(limits).any() or (np.diff(limits) < 0).any():
        raise ValueError(f"bucket_limits of {tag!r} must be numbers in ascending order")
    if not (counts >= 0).all() or np.isinf(counts).any():
        raise ValueError(f"bucket_counts of {tag!r} must be finite and not negative")
    if counts.any() and not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"min and max of {tag!r} must be finite, min first, got {low} and {high}")
    return _encode(tag, low, high, sums, counts, limits)


def encode_histogram_tensor(tag: str, values: Any, buckets: int = 30) -> bytes:
    """A histogram as TensorFlow 2 writes it: `buckets` of one width from the least to the greatest.

    Where all values are equal, all but the last bucket are empty; without a value all rows are 0.
    NaN and infinities are in no bucket. Raises TypeError or ValueError that names the tag.
    """
    array = arrays.to_numbers(values, f"data of {tag!r}").reshape(-1).astype(np.float64)
    finite = array[np.isfinite(array)]
    if len(finite) < len(array):
        warn(f"histogram of {tag!r} is without {len(array) - len(finite)} NaN or infinite")
    count = to_count(f"buckets of {tag!r}", buckets, 0, MAX_BINS)
    rows = np.zeros((count, 3), "<f8")
    if len(finite) and count:
        least, greatest = finite.min(), finite.max()
        if least == greatest:
            rows[:] = least, least, 0
            rows[-1, 2] = len(finite)
        else:
            counts, edges = np.histogram(finite, count, (least, greatest))
            rows[:] = np.stack([edges[:-1], edges[1:], counts], axis=1)
    tensor = encode_numbers(DataType.DT_DOUBLE, rows.shape, rows.tobytes())
    return encode_value(tag, tensor, _METADATA)


histogram = makes_summary(encode_histogram)
histogram_raw = makes_summary(encode_histogram_raw)


def _to_vector(tag: str, name: str, value: Any) -> NDArray[np.float64]:
    array = arrays.to_numbers(value, f"{name} of {tag!r}")
    if array.ndim != 1:
        raise ValueError(f"{name} of {tag!r} must have one axis, got shape {array.shape}")
    return array.astype(np.float64)


def _encode(
    tag: str,
    low: float,
    high: float,
    sums: list[float],
    counts: NDArray[Any],
    limits: NDArray[Any],
    most: int | None = None,
) -> bytes:
    """A HistogramProto without empty buckets at its ends, from the least value to the greatest.

    `sums` are the number of values, their sum and that of their squares. Equally many neighbours
    become one bucket if there are more than `most`.
    """
    used = np.flatnonzero(counts)
    part = slice(used[0], used[-1] + 1) if len(used) else slice(0)
    counts, limits = counts[part], limits[part].clip(low, high)
    limits[-1:] = high
    if most is not None and len(counts) > most:
        starts = np.arange(0, len(counts), -(-len(counts) // most))
        counts, limits = np.add.reduceat(counts, starts), np.append(limits[starts[1:] - 1], high)
    num, total, squares = sums
    histo = encode_message(
        HistogramProto, min=low, max=high, num=num, sum=total, sum_squares=squares
    )
    if len(counts):
        for key, vector in ((_LIMITS, limits), (_COUNTS, counts)):
            histo += key + encode_len(vector.astype("<f8").tobytes())
    return encode_value(tag, histo, _METADATA, "histo")


def count(
    values: NDArray[Any], bins: Any
) -> tuple[NDArray[Any], NDArray[Any], float, float, list[float], str]:
    """Count a vector of bool, integers or floats by bins.

    Returns the counts, the edges, the least and the greatest value in a bin, the number, the sum
    and the sum of squares of those in bins, and in words what is in none. Raises TypeError or
    ValueError.
    """
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    elif values.dtype.kind == "f" and values.itemsize not in (4, 8):  # half and long double
        values = values.astype(np.float32 if values.itemsize == 2 else np.float64)
    weights = None
    has_edges = hasattr(bins, "__len__") and not isinstance(bins, (str, bytes))
    has_edges = has_edges and getattr(bins, "ndim", 1) > 0
    if isinstance(bins, str) and bins == "tensorflow":
        edges = exponential_edges()
        numbers, least, greatest = _within(values, edges[0], edges[-1])
        numbers, weights = _distinct(numbers, least, greatest)
        counts = _count_exponential(numbers, weights)
    else:
        edges = _check_edges(bins) if has_edges else np.array([-_LARGEST, _LARGEST])
        numbers, least, greatest = _within(values.astype(np.float64), edges[0], edges[-1])
        how = (edges,) if has_edges else _linear_bins(numbers, bins)
        counts, edges = np.histogram(numbers, *how)
    low, high, number = float(least), float(greatest), float(counts.sum())
    left_out = ""
    if number != len(values):
        infinite = np.isinf(values)
        found = {"NaN": np.isnan(values), "infinite": infinite}
        if not has_edges:
            found["beyond ±1e20"] = (np.abs(values) > exponential_edges()[-1]) & ~infinite
        numbers_of = {name: np.count_nonzero(which) for name, which in found.items()}
        left_out = ", ".join(f"{many} {name}" for name, many in numbers_of.items() if many)
    sums = [number, *_moments(numbers, weights, low, high)]
    return counts, edges, low, high, sums, left_out


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


def _linear_bins(values: NDArray[Any], bins: Any) -> tuple[int, tuple[float, float] | None]:
    """A number of equally wide bins, and the ends of the first and the last: None for the values'.

    `bins` is the number, or a rule of NumPy.
    """
    if not isinstance(bins, str):
        return to_count("bins", bins, 1, MAX_BINS), None
    if bins in ("fd", "auto") and _freedman_diaconis(values) > MAX_BINS:
        return MAX_BINS, None  # A far outlier: NumPy's bins would take any amount of memory.
    try:
        edges = np.histogram_bin_edges(values, bins)
    except ValueError as error:
        raise ValueError(
            f"bins must be 'tensorflow', a rule of numpy.histogram_bin_edges, a number or edges, "
            f"got {shown(bins)}: {error}"
        ) from None
    return min(len(edges) - 1, MAX_BINS), (float(edges[0]), float(edges[-1]))


def _freedman_diaconis(values: NDArray[Any]) -> float:
    """How many bins the rule "fd" asks for: they are 2·IQR/∛n wide."""
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
    if not ascending or not 2 <= len(edges) <= MAX_BINS + 1:
        raise ValueError(
            f"bins must be a rule, a number, or two or more finite edges in ascending order, at "
            f"most {MAX_BINS + 1}, got {shown(bins)}"
        )
    return edges


@lru_cache(maxsize=1)
def exponential_edges() -> NDArray[np.float64]:
    """The 1,549 edges of TensorFlow's bins."""
    positive = np.cumprod([_FIRST, *[_GROWTH] * 1000])
    positive = positive[positive < _LARGEST]
    return np.concatenate([-positive[::-1], [0.0], positive])


def _count_exponential(values: NDArray[Any], weights: NDArray[Any] | None) -> NDArray[Any]:
    """How many floats within TensorFlow's edges lie in each of its bins.

    Many values are counted by their upper 16 bits, and on which side of the edge with these bits
    they lie. No two edges share them, in 32 bits as in 64.
    """
    edges = exponential_edges()
    if len(values) < _FEW or weights is not None:
        positions = edges.searchsorted(values, side="right")
        counts = np.bincount(positions, weights, len(edges) + 1)[1:]
    else:
        upper, tops = _upper_bits(values), _tops(values.dtype.name)
        by_side = np.zeros((2, 1 << 16), np.intp)
        # In blocks: fresh memory for all values at once would take longer than counting them.
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
    """The upper 16 bits of each float."""
    halves = np.ascontiguousarray(values).view(np.uint16)
    step = values.itemsize // 2
    return halves[step - 1 if sys.byteorder == "little" else 0 :: step]


class _Tops(NamedTuple):
    """TensorFlow's edges by the upper 16 bits of a float, its key."""

    key_of_edge: NDArray[Any]
    rank_of_edge: NDArray[Any]  # The place of its key in the order of the floats.
    edge_of_key: NDArray[Any]  # The edge with a key, -inf for none.


@lru_cache(maxsize=2)
def _tops(dtype: str) -> _Tops:
    edges = exponential_edges()
    floats = edges.astype(dtype)
    # The least float that is not below the edge, which compares as the edge does.
    floats = np.where(floats < edges, np.nextafter(floats, np.inf, dtype=dtype), floats)
    key_of_edge = _upper_bits(floats).astype(np.intp)
    # -0.0 and tiny negative numbers share a key, and 0 is the edge between them.
    key_of_edge[edges == 0] = negative = 1 << 15
    rank_of_edge = np.where(key_of_edge < negative, key_of_edge + negative, 0xFFFF - key_of_edge)
    edge_of_key = np.full(1 << 16, -np.inf, dtype)
    edge_of_key[key_of_edge] = floats
    return _Tops(key_of_edge, rank_of_edge, edge_of_key)
