"""Histograms: how many values lie between which edges.

Both of TensorBoard's loaders show the same of a tensor of rows (left edge, right edge, count); of
the older HistogramProto they don't. How values are counted stands in `binning`.
"""

from __future__ import annotations

from typing import Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.needs_numpy import np
from ..schema.plugins import HistogramPluginData
from ..schema.summary import DataClass, Summary
from ..schema.tensor import DataType
from . import binning
from .encoding import encode_metadata, encode_tensor, encode_value

PLUGIN = "histograms"
_METADATA = encode_metadata(
    PLUGIN, DataClass.DATA_CLASS_TENSOR, HistogramPluginData(version=0).SerializeToString()
)


def histogram(tag: str, values: Any, bins: Any = "tensorflow", max_bins: Any = None) -> Summary:
    """A histogram of an array of numbers of any shape, as a Summary.

    `bins` is "tensorflow" (each bin 10 % wider than the one before, from 1e-12 to 1e20, on both
    sides of 0), a rule of numpy.histogram_bin_edges ("auto", "doane", "fd", "scott", "sturges", …),
    a number of bins, or their edges. Bins include their left edge, the last one also its right one.
    Empty bins at both ends are left out, and neighbours are merged until there are at most
    `max_bins`. NaN, infinities and, unless edges are given, values beyond ±1e20 are in no bin; one
    warning says how many they are. Without any value left there is no bin.

    Raises TypeError or ValueError that names the tag.

    >>> from tfevents_lite import summary
    >>> value = summary.histogram("w", [0.5, 1.5, 1.5], bins=[0, 1, 2]).value[0]
    >>> np.frombuffer(value.tensor.tensor_content).reshape(-1, 3)
    array([[0., 1., 1.],
           [1., 2., 2.]])
    """
    return Summary.FromString(encode_histogram(tag, values, bins, max_bins))


def encode_histogram(
    tag: str, values: Any, bins: Any = "tensorflow", max_bins: Any = None
) -> bytes:
    """The bytes of `histogram`."""
    try:
        array = arrays.to_array(values)
        arrays.check_dtype(array)
    except (TypeError, ValueError) as error:
        raise type(error)(f"values of {tag!r} must be an array of numbers: {error}") from error
    try:
        most = binning.check_max_bins(max_bins)
        counts, edges, left_out = binning.count(array.reshape(-1), bins)
    except (TypeError, ValueError) as error:
        raise type(error)(f"histogram of {tag!r}: {error}") from error
    if left_out:
        warn(f"histogram of {tag!r} is without {left_out}")
    return _encode(tag, *binning.merge(*binning.trim(counts, edges), most))


def histogram_raw(
    tag: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: Any,
    bucket_counts: Any,
) -> Summary:
    """A histogram that is counted already, as a Summary.

    `bucket_limits` are the right edges of the buckets, and each one's left edge is that of the
    bucket before; the first one's is `min`. Outer edges beyond `min` and `max`, such as
    infinity, are replaced by these. `num`, `sum` and `sum_squares` are checked, and shown nowhere.
    Raises TypeError or ValueError that names the tag.
    """
    return Summary.FromString(
        encode_histogram_raw(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts)
    )


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
    """The bytes of `histogram_raw`."""
    from ..inputs.checks import to_float

    numbers = {"min": min, "max": max, "num": num, "sum": sum, "sum_squares": sum_squares}
    checked = {name: to_float(f"{tag} {name}", value) for name, value in numbers.items()}
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
    low, high = checked["min"], checked["max"]
    if counts.any() and not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"min and max of {tag!r} must be finite, min first, got {low} and {high}")
    used = np.flatnonzero(counts)
    if not len(used):
        return _encode(tag, counts[:0], limits[:1])
    first, last = int(used[0]), int(used[-1])
    left = low if first == 0 else np.maximum(limits[first - 1], low)
    right = np.minimum(limits[last], high)
    edges = np.concatenate([[left], limits[first:last], [right]])
    return _encode(tag, counts[first : last + 1], np.maximum.accumulate(edges))


def _to_vector(tag: str, name: str, value: Any) -> np.ndarray[Any, Any]:
    try:
        array = arrays.to_array(value)
        arrays.check_dtype(array)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} of {tag!r} must be a list of numbers: {error}") from error
    if array.ndim != 1:
        raise ValueError(f"{name} of {tag!r} must have one axis, got shape {array.shape}")
    return array.astype(np.float64)


def _encode(tag: str, counts: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> bytes:
    rows = np.empty((len(counts), 3), "<f8")
    rows[:, 0] = edges[:-1]
    rows[:, 1] = edges[1:]
    rows[:, 2] = counts
    tensor = encode_tensor(DataType.DT_DOUBLE, rows.shape, rows.tobytes())
    return encode_value(tag, tensor, _METADATA)
