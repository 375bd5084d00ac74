"""Histograms: how many values lie between which edges.

SummaryWriter writes a HistogramProto: programs that read event files look for it, and both of
TensorBoard's loaders show it exactly if no bucket at its ends is empty. TensorFlow 2 writes a
tensor of rows (left edge, right edge, count). `binning` counts the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import to_count, to_float
from ..inputs.needs_numpy import np
from ..schema.summary import HistogramProto
from ..schema.tensor import DataType
from ..wire.wire_format import encode_len
from . import binning
from .encoding import encode_message, encode_metadata, encode_numbers, encode_value, makes_summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLUGIN = "histograms"
_METADATA = encode_metadata(PLUGIN)
# Repeated numbers are packed: all of them follow one key and one length.
_LIMITS = HistogramProto.FIELDS["bucket_limit"].tag
_COUNTS = HistogramProto.FIELDS["bucket"].tag


def encode_histogram(
    tag: str, values: Any, bins: Any = "tensorflow", max_bins: Any = None
) -> bytes:
    """A histogram of an array of numbers of any shape, as a Summary.

    `bins` is "tensorflow" (each bin 10 % wider than the one before, from 1e-12 to 1e20, on both
    sides of 0), a rule of numpy.histogram_bin_edges ("auto", "doane", "fd", "scott", "sturges", …),
    a number of bins, or their edges. Bins include their left edge, the last one also its right one.
    Empty bins at both ends are left out, neighbours are merged until there are at most `max_bins`,
    and the outer edges become the least and the greatest value.

    NaN, masked elements, infinities and, unless edges are given, values beyond ±1e20 are in no bin;
    one warning says how many they are. Number, sum and sum of squares are those of the values in
    bins. Without any value there is no bin.

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
        counted, left_out = binning.count(array.reshape(-1), bins)
    except (TypeError, ValueError) as error:
        raise type(error)(f"histogram of {tag!r}: {error}") from error
    if left_out:
        warn(f"histogram of {tag!r} is without {left_out}")
    counts, edges, low, high, *sums = counted
    return _encode(tag, low, high, [float(counts.sum()), *sums], counts, edges[1:], most)


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
    count = to_count(f"buckets of {tag!r}", buckets, 0, binning.MAX_BINS)
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
