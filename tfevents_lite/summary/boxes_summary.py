"""Images with boxes and labels drawn on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.needs_numpy import np
from .font import text_mask
from .image_summary import image, unit_pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..schema.summary import Summary

_RED, _WHITE = (1, 0, 0, 1), (1, 1, 1, 1)
_MAX_SIDE = 1 << 15


def image_with_boxes(
    tag: str,
    img: Any,
    boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: str | Sequence[str] | None = None,
) -> Summary:
    """An image with boxes on it as a Summary, each with a label if `labels` are given.

    `img` and `dataformats` are as for `image`, but no image files. `boxes` are N×4: xmin, ymin,
    xmax, ymax in pixels, the last ones included; what lies outside is not drawn. `rescale` makes
    the whole picture larger or smaller. Labels of another number than the boxes' are left out, with
    a warning, as torch and tensorboardX do.

    >>> image_with_boxes("cat", np.zeros((3, 8, 9)), [[1, 1, 5, 5]], 2).value[0].image.width
    18
    """
    pixels = _to_rgb(unit_pixels(tag, img, dataformats, "HWC"))
    corners = _to_corners(tag, boxes)
    names = [labels] if isinstance(labels, str) else list(labels or [])
    if names and len(names) != len(corners):
        warn(f"{len(names)} labels for {len(corners)} boxes on {tag!r} left out")
        names = []
    factor = _check_rescale(tag, rescale, pixels)
    if factor != 1:
        pixels = resize(pixels, factor)
        corners = corners * factor
    for index, corner in enumerate(corners):
        draw_box(pixels, corner, str(names[index]) if names else "")
    return image(tag, pixels, "HWC")


def _to_rgb(pixels: NDArray[Any]) -> NDArray[Any]:
    """Pixels to draw on: H×W×3, or H×W×4 where there is alpha."""
    channels = pixels.shape[2]
    colors: NDArray[Any] = pixels.copy() if channels >= 3 else pixels[:, :, [0, 0, 0]]
    if channels == 2:
        colors = np.concatenate([colors, pixels[:, :, 1:]], axis=2)
    return colors


def _to_corners(tag: str, boxes: Any) -> NDArray[np.float64]:
    """Boxes as N×4 finite numbers, the lower ones of each axis first."""
    try:
        array = arrays.to_array(boxes)
        if array.size == 0:
            return np.zeros((0, 4))
        arrays.check_dtype(array)
    except (TypeError, ValueError) as error:
        raise type(error)(f"boxes of {tag!r} can't be drawn: {error}") from error
    if array.ndim == 1:
        array = array[np.newaxis]
    if array.ndim != 2 or array.shape[1] != 4:
        shape = arrays.shape_text(array)
        raise ValueError(f"boxes of {tag!r} must be N×4 (xmin, ymin, xmax, ymax), got {shape}")
    corners = array.astype(np.float64)
    if not np.isfinite(corners).all():
        raise ValueError(f"boxes of {tag!r} must be finite numbers")
    ordered: NDArray[np.float64] = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    return ordered


def _check_rescale(tag: str, rescale: Any, pixels: NDArray[Any]) -> float:
    try:
        factor = float(rescale)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"rescale of {tag!r} must be a number, got {rescale!r:.80}") from None
    if not 0 < factor * max(pixels.shape[:2]) <= _MAX_SIDE:
        raise ValueError(
            f"rescale of {tag!r} must be above 0 and give at most {_MAX_SIDE} pixels a side, "
            f"got {rescale!r}"
        )
    return factor


def resize(pixels: NDArray[Any], factor: float) -> NDArray[Any]:
    """An image H×W×C larger or smaller by a factor: linear between pixels, averaged over them."""
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    rows, columns = _weights(pixels.shape[0], height), _weights(pixels.shape[1], width)
    mixed = np.tensordot(rows, pixels.astype(np.float64), (1, 0))  # height, W, C
    mixed = np.tensordot(columns, mixed, (1, 1)).transpose(1, 0, 2)
    resized: NDArray[Any] = (mixed + 0.5).astype(pixels.dtype)
    return resized


def _weights(old: int, new: int) -> NDArray[np.float64]:
    """What each of the old pixels of a line adds to each of the new ones: new × old."""
    ratio = old / new
    support = max(ratio, 1.0)
    centers = (np.arange(new) + 0.5) * ratio - 0.5
    distance = np.abs(np.arange(old) - centers[:, np.newaxis]) / support
    weights = np.maximum(1 - distance, 0)
    normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalized


def draw_box(pixels: NDArray[Any], corners: NDArray[np.float64], label: str) -> None:
    """Draw a red frame, and above it, or within if there is no room, the label in white on red.

    Lines and letters grow with the image.
    """
    height, width, channels = pixels.shape
    top_value = np.iinfo(pixels.dtype).max
    red, white = (np.array(color[:channels]) * top_value for color in (_RED, _WHITE))
    thickness = max(2, min(height, width) // 300)
    # Beyond the picture by more than a line's thickness, nothing shows.
    limits = np.array([width, height, width, height]) + thickness
    left, top, right, bottom = np.clip(np.rint(corners), -thickness - 1, limits).astype(int)
    for rows, columns in (
        ((top, min(top + thickness, bottom + 1)), (left, right + 1)),
        ((max(bottom + 1 - thickness, top), bottom + 1), (left, right + 1)),
        ((top, bottom + 1), (left, min(left + thickness, right + 1))),
        ((top, bottom + 1), (max(right + 1 - thickness, left), right + 1)),
    ):
        pixels[_within(*rows), _within(*columns)] = red
    if label:
        size = max(1, round(min(height, width) / 250))
        mask = np.pad(text_mask(" ".join(label.split()), size), 2 * size)
        line = top - len(mask) if top >= len(mask) else top
        _draw_mask(pixels, mask, max(line, 0), max(left, 0), white, red)


def _within(first: int, last: int) -> slice:
    return slice(max(first, 0), max(last, 0))


def _draw_mask(
    pixels: NDArray[Any], mask: NDArray[np.bool_], top: int, left: int, ink: Any, paper: Any
) -> None:
    part = pixels[top : top + mask.shape[0], left : left + mask.shape[1]]
    dots = mask[: part.shape[0], : part.shape[1], np.newaxis]
    part[...] = np.where(dots, ink, paper)
