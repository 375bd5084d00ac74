"""Precision-recall curves: how good predictions are at each threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import shown
from ..inputs.needs_numpy import np
from ..schema.plugins import PrCurvePluginData
from ..schema.tensor import DataType
from .encoding import encode_metadata, encode_numbers, encode_value, makes_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLUGIN = "pr_curves"
MAX_THRESHOLDS = 100_000

# What precision and recall are divided by at least, as in TensorBoard's own pr_curve summary.
_SMALLEST_COUNT = 1e-7
_BLOCK = 1 << 16
_metadata: dict[int, bytes] = {}


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

    `labels` are bool or 0..1, of the shape of `predictions`; `weights` says how much each counts:
    one number, or as many. Thresholds divide 0..1 evenly. Predictions beyond 0..1 count as 0 or 1,
    NaN not at all, with a warning.

    For predictions of several classes, N×C, with the number of each one's class as `labels`, it
    makes a curve for each class under `tag/0`, `tag/1`, …, or with `class_names` under `tag/` and
    its name. With `class_names`, `labels` may be N×C, too.

    Raises TypeError or ValueError that names the tag.
    """
    count = _check_thresholds(tag, num_thresholds)
    truth = arrays.to_numbers(labels, f"labels of {tag!r}")
    guesses = arrays.to_numbers(predictions, f"predictions of {tag!r}")
    scale = None if weights is None else arrays.to_numbers(weights, f"weights of {tag!r}")
    if class_names is None and (truth.ndim, guesses.ndim) != (1, 2):
        return {tag: _encode(tag, count_curve(tag, truth, guesses, count, scale), count)}
    names = _class_names(tag, guesses, class_names)
    if truth.ndim == 1:
        truth = _one_hot(tag, truth, len(names))
    if scale is not None and scale.ndim == 1:
        scale = np.repeat(scale[:, np.newaxis], len(names), axis=1)
    if truth.shape != guesses.shape:
        raise ValueError(
            f"labels of {tag!r} must be {len(guesses)} classes or of shape {guesses.shape}, "
            f"got shape {np.shape(labels)}"
        )
    curves = {}
    for index, name in enumerate(names):
        part = scale[:, index] if scale is not None and scale.ndim == 2 else scale
        curve = count_curve(name, truth[:, index], guesses[:, index], count, part)
        curves[name] = _encode(name, curve, count)
    return curves


def _class_names(
    tag: str, predictions: NDArray[Any], class_names: Sequence[str] | None
) -> list[str]:
    if predictions.ndim != 2:
        raise ValueError(
            f"predictions of {tag!r} must be N×C, one of each of C classes, "
            f"got shape {predictions.shape}"
        )
    classes = predictions.shape[1]
    names = [str(name) for name in (range(classes) if class_names is None else class_names)]
    if len(names) != classes or len(set(names)) != classes:
        raise ValueError(
            f"class_names of {tag!r} must be {classes} different names, got {shown(class_names)}"
        )
    return [f"{tag}/{name}" for name in names]


def _one_hot(tag: str, labels: NDArray[Any], classes: int) -> NDArray[Any]:
    if labels.dtype.kind not in "ui" or ((labels < 0) | (labels >= classes)).any():
        raise ValueError(
            f"labels of {tag!r} must be integers in 0..{classes - 1}, got {shown(labels)}"
        )
    one_hot: NDArray[Any] = labels[:, np.newaxis] == np.arange(classes)
    return one_hot


def count_curve(
    tag: str,
    labels: NDArray[Any],
    predictions: NDArray[Any],
    num_thresholds: int,
    weights: NDArray[Any] | None = None,
) -> NDArray[np.float64]:
    """True and false positives, true and false negatives, precision and recall: 6×thresholds."""
    if labels.size != predictions.size:
        raise ValueError(
            f"labels and predictions of {tag!r} must be equally many, "
            f"got shapes {labels.shape} and {predictions.shape}"
        )
    truth, guesses = labels.reshape(-1), predictions.reshape(-1)
    if truth.size and not (truth.min() >= 0 and truth.max() <= 1):  # Also true for NaN.
        raise ValueError(f"labels of {tag!r} must be bool or 0 to 1, got {shown(labels)}")
    if weights is not None:
        if (
            weights.size not in (1, guesses.size)
            or not (np.isfinite(weights) & (weights >= 0)).all()
        ):
            raise ValueError(
                f"weights of {tag!r} must be one number or as many as predictions, finite and "
                f"not negative, got shape {weights.shape}"
            )
        weights = np.broadcast_to(weights.reshape(-1), guesses.shape)
    if guesses.size and not (guesses.min() >= 0 and guesses.max() <= 1):
        known = ~np.isnan(guesses)
        _warn(tag, guesses, known)
        truth, guesses = truth[known], np.clip(guesses[known], 0, 1)
        weights = None if weights is None else weights[known]
    negatives, positives = _count(truth, guesses, num_thresholds, weights)
    tp, fp = _at_least(positives), _at_least(negatives)
    tn, fn = fp[0] - fp, tp[0] - tp
    precision = tp / np.maximum(_SMALLEST_COUNT, tp + fp)
    recall = tp / np.maximum(_SMALLEST_COUNT, tp + fn)
    return np.stack([tp, fp, tn, fn, precision, recall])


def _count(
    truth: NDArray[Any],
    guesses: NDArray[Any],
    num_thresholds: int,
    weights: NDArray[Any] | None,
) -> NDArray[np.float64]:
    """How many negatives and positives lie from each threshold to the next: 2×thresholds."""
    counts = np.zeros((2, num_thresholds))
    for begin in range(0, len(guesses), _BLOCK):  # Blocks stay in the cache.
        part = slice(begin, begin + _BLOCK)
        scaled = guesses[part].astype(np.float64)
        scaled *= num_thresholds - 1
        buckets = scaled.astype(np.intp)
        label = truth[part]
        # Half a positive is half a negative, too; whole ones need no weights.
        is_positive = label.astype(np.bool_)
        if weights is None and (label.dtype.kind != "f" or (is_positive == label).all()):
            buckets += is_positive * np.intp(num_thresholds)
            counts += np.bincount(buckets, minlength=2 * num_thresholds).reshape(2, -1)
        else:
            weight = 1.0 if weights is None else weights[part]
            positive = label.astype(np.float64)
            counts[0] += np.bincount(buckets, (1 - positive) * weight, num_thresholds)
            counts[1] += np.bincount(buckets, positive * weight, num_thresholds)
    return counts


def _at_least(counts: NDArray[Any]) -> NDArray[Any]:
    """For each bucket the sum of it and all above it."""
    sums: NDArray[Any] = np.cumsum(counts[::-1])[::-1]
    return sums


def _warn(tag: str, predictions: NDArray[Any], known: NDArray[Any]) -> None:
    unknown = len(known) - int(np.count_nonzero(known))
    beyond = int(np.count_nonzero((predictions < 0) | (predictions > 1)))
    warn(
        f"predictions of {tag!r} must be within 0..1: "
        f"{beyond} are counted as 0 or 1, {unknown} NaN are left out"
    )


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

    Each argument is a list of numbers, one for each threshold, from 0 to 1. `num_thresholds` is
    their number, and `weights` has no meaning: both are there for compatibility.

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
    return _encode(tag, curve, curve.shape[1])


pr_curve = makes_summary(encode_pr_curve)
pr_curve_raw = makes_summary(encode_pr_curve_raw)


def _check_thresholds(tag: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        count = int(value.__index__())
    except (AttributeError, TypeError):
        raise TypeError(
            f"num_thresholds of {tag!r} must be an integer, got {shown(value)}"
        ) from None
    if not 1 <= count <= MAX_THRESHOLDS:
        raise ValueError(f"num_thresholds of {tag!r} must be 1 to {MAX_THRESHOLDS}, got {count}")
    return count


def _encode(tag: str, curve: NDArray[Any], num_thresholds: int) -> bytes:
    metadata = _metadata.get(num_thresholds)
    if metadata is None:
        content = PrCurvePluginData(version=0, num_thresholds=num_thresholds)
        metadata = encode_metadata(PLUGIN, content.SerializeToString())
        _metadata[num_thresholds] = metadata
    tensor = encode_numbers(DataType.DT_FLOAT, curve.shape, curve.astype("<f4").tobytes())
    return encode_value(tag, tensor, metadata)
