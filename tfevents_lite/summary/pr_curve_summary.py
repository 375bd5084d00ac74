"""Precision-recall curves: how good predictions are at each threshold."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import shown, to_count
from ..inputs.needs_numpy import np
from ..schema.plugins import PrCurvePluginData
from ..schema.tensor import DataType
from .encoding import encode_metadata, encode_numbers, encode_value, makes_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLUGIN = "pr_curves"
_MAX_THRESHOLDS = 100_000
# Precision and recall are divided by this at least, as in TensorBoard's own pr_curve summary.
_SMALLEST_COUNT = 1e-7
_BLOCK = 1 << 16


def encode_pr_curve(
    tag: str,
    labels: Any,
    predictions: Any,
    num_thresholds: int = 127,
    weights: Any = None,
    *,
    class_names: Sequence[str] | None = None,
) -> dict[str, bytes]:
    """A precision-recall curve of predictions in 0..1, as a Summary.

    `labels` are bool or 0..1, of the shape of `predictions`. For predictions of several classes,
    N×C, and the number of each one's class as `labels`, there is a curve for each class. See
    SummaryWriter.add_pr_curve.

    Raises TypeError or ValueError that names the tag.
    """
    count = to_count(f"num_thresholds of {tag!r}", num_thresholds, 1, _MAX_THRESHOLDS)
    truth = arrays.to_numbers(labels, f"labels of {tag!r}")
    guesses = arrays.to_numbers(predictions, f"predictions of {tag!r}")
    scale = np.ones(1) if weights is None else arrays.to_numbers(weights, f"weights of {tag!r}")
    if class_names is None and (truth.ndim, guesses.ndim) != (1, 2):
        return {tag: _encode(tag, _count_curve(tag, truth, guesses, count, scale))}
    if guesses.ndim != 2:
        raise ValueError(
            f"predictions of {tag!r} must be N×C, one of each of C classes, "
            f"got shape {guesses.shape}"
        )
    classes = range(guesses.shape[1])
    names = [f"{tag}/{name}" for name in (classes if class_names is None else class_names)]
    if len(names) != len(classes) or len(set(names)) != len(classes):
        raise ValueError(
            f"class_names of {tag!r} must be {len(classes)} different names, "
            f"got {shown(class_names)}"
        )
    if truth.ndim == 1:
        if truth.dtype.kind not in "ui" or ((truth < 0) | (truth >= len(classes))).any():
            raise ValueError(
                f"labels of {tag!r} must be integers in 0..{len(classes) - 1}, got {shown(truth)}"
            )
        truth = truth[:, np.newaxis] == np.arange(len(classes))
    if truth.shape != guesses.shape:
        raise ValueError(
            f"labels of {tag!r} must be {len(guesses)} classes or of shape {guesses.shape}, "
            f"got shape {np.shape(labels)}"
        )
    curves = {}
    for index, name in enumerate(names):
        part = scale[:, index] if scale.shape == guesses.shape else scale
        curve = _count_curve(name, truth[:, index], guesses[:, index], count, part)
        curves[name] = _encode(name, curve)
    return curves


def _count_curve(
    tag: str,
    labels: NDArray[Any],
    predictions: NDArray[Any],
    num_thresholds: int,
    weights: NDArray[Any],
) -> NDArray[np.float64]:
    """True and false positives, true and false negatives, precision and recall: 6×thresholds."""
    if labels.size != predictions.size:
        raise ValueError(
            f"labels and predictions of {tag!r} must be equally many, "
            f"got shapes {labels.shape} and {predictions.shape}"
        )
    truth, guesses, scale = labels.reshape(-1), predictions.reshape(-1), weights.reshape(-1)
    if truth.size and not (truth.min() >= 0 and truth.max() <= 1):  # Also true for NaN.
        raise ValueError(f"labels of {tag!r} must be bool or 0 to 1, got {shown(labels)}")
    if scale.size not in (1, guesses.size) or not (np.isfinite(scale) & (scale >= 0)).all():
        raise ValueError(
            f"weights of {tag!r} must be one number or as many as predictions, finite and "
            f"not negative, got shape {weights.shape}"
        )
    if guesses.size and not (guesses.min() >= 0 and guesses.max() <= 1):
        known = ~np.isnan(guesses)
        beyond = np.count_nonzero((guesses < 0) | (guesses > 1))
        warn(
            f"predictions of {tag!r} must be within 0..1: {beyond} are counted as 0 or 1, "
            f"{np.count_nonzero(~known)} NaN are left out"
        )
        truth, guesses = truth[known], np.clip(guesses[known], 0, 1)
        scale = scale[known] if scale.size == known.size else scale
    counts = _count(truth, guesses, num_thresholds, scale)
    fp, tp = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]  # What is at or above each threshold.
    tn, fn = fp[0] - fp, tp[0] - tp
    precision = tp / np.maximum(_SMALLEST_COUNT, tp + fp)
    recall = tp / np.maximum(_SMALLEST_COUNT, tp + fn)
    return np.stack([tp, fp, tn, fn, precision, recall])


def _count(
    truth: NDArray[Any], guesses: NDArray[Any], num_thresholds: int, weights: NDArray[Any]
) -> NDArray[np.float64]:
    """How many negatives and positives lie from each threshold to the next: 2×thresholds."""
    counts = np.zeros((2, num_thresholds))
    for begin in range(0, len(guesses), _BLOCK):  # Blocks stay in the cache.
        part = slice(begin, begin + _BLOCK)
        scaled = guesses[part].astype(np.float64)
        scaled *= num_thresholds - 1
        buckets = scaled.astype(np.intp)
        label = truth[part]
        weight = weights if weights.size == 1 else weights[part]
        # Half a positive is half a negative, too; whole ones can be counted.
        is_positive = label.astype(np.bool_)
        if weights.size == 1 and (label.dtype.kind != "f" or (is_positive == label).all()):
            buckets += is_positive * np.intp(num_thresholds)
            counted = np.bincount(buckets, minlength=2 * num_thresholds).reshape(2, -1)
            counts += counted * weight
        else:
            positive = label.astype(np.float64)
            counts[0] += np.bincount(buckets, (1 - positive) * weight, num_thresholds)
            counts[1] += np.bincount(buckets, positive * weight, num_thresholds)
    return counts


def encode_pr_curve_raw(
    tag: str,
    true_positive_counts: Any,
    false_positive_counts: Any,
    true_negative_counts: Any,
    false_negative_counts: Any,
    precision: Any,
    recall: Any,
    num_thresholds: int = 127,
    weights: Any = None,
) -> bytes:
    """A precision-recall curve that is computed already, as a Summary.

    Each argument is a list of numbers, one for each threshold, from 0 to 1. `num_thresholds` and
    `weights` have no meaning: they are there for compatibility.

    Raises TypeError or ValueError that names the tag.
    """
    rows = {
        "true_positive_counts": true_positive_counts,
        "false_positive_counts": false_positive_counts,
        "true_negative_counts": true_negative_counts,
        "false_negative_counts": false_negative_counts,
        "precision": precision,
        "recall": recall,
    }
    vectors = {name: arrays.to_numbers(row, f"{name} of {tag!r}") for name, row in rows.items()}
    shapes = {array.shape for array in vectors.values()}
    if len(shapes) > 1 or any(len(shape) != 1 or not shape[0] for shape in shapes):
        raise ValueError(
            f"the rows of {tag!r} must be lists of equally many numbers, 1 or more, got shapes "
            + ", ".join(f"{array.shape} of {name}" for name, array in vectors.items())
        )
    curve = np.stack([array.astype(np.float64) for array in vectors.values()])
    if not np.isfinite(curve).all():
        raise ValueError(f"the rows of {tag!r} must be finite")
    return _encode(tag, curve)


pr_curve = makes_summary(encode_pr_curve)
pr_curve_raw = makes_summary(encode_pr_curve_raw)


@lru_cache
def _metadata(num_thresholds: int) -> bytes:
    content = PrCurvePluginData(version=0, num_thresholds=num_thresholds)
    return encode_metadata(PLUGIN, content.SerializeToString())


def _encode(tag: str, curve: NDArray[Any]) -> bytes:
    tensor = encode_numbers(DataType.DT_FLOAT, curve.shape, curve.astype("<f4").tobytes())
    return encode_value(tag, tensor, _metadata(curve.shape[1]))
