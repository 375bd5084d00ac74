"""Anything array-like to a NumPy array, and arrays of numbers to images' pixels.

No framework is imported: tensors are known by what they can do (`detach`, `cpu`, `__array__`, ...).
This module knows shapes and values; it knows no tag, no Summary and no PNG. Its errors say what is
wrong and what would be right; the caller says of which image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scale = Union[str, tuple[float, float]]

IMAGE_SHAPES = "H×W, H×W×1, H×W×2 (grey+alpha), H×W×3, H×W×4, 3×H×W or 4×H×W"


def to_array(value: Any) -> NDArray[Any]:
    """Any array-like thing as a NumPy array: arrays, nested lists, `__array__`, tensors anywhere.

    A tensor with a gradient is detached, one on another device copied from it, and one of a type
    that NumPy lacks (bfloat16) becomes float32. Raises TypeError where this gives no numbers.
    """
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    for step in ("detach", "cpu"):
        if callable(getattr(value, step, None)):
            value = getattr(value, step)()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        if callable(getattr(value, "float", None)):  # A torch tensor of bfloat16.
            array = np.asarray(value.float())
        elif callable(getattr(value, "get", None)):  # A CuPy array.
            array = np.asarray(value.get())
        else:
            raise
    if array.dtype.kind == "V" and array.dtype.name.startswith(("bfloat16", "float8")):
        array = array.astype(np.float32)
    return array


def to_image_array(value: Any) -> NDArray[Any]:
    """One image as H×W or H×W×C of bool, integers or floats; raises TypeError or ValueError."""
    try:
        array = to_array(value)
    except ValueError as error:  # Rows of different lengths, in a nested list.
        raise ValueError(f"it is no array ({error}); it must be {IMAGE_SHAPES}") from None
    check_dtype(array)
    return channels_last(array)


def check_dtype(array: NDArray[Any]) -> None:
    """Raise TypeError for an array that holds no real numbers."""
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"its dtype is {array.dtype} (shape {shape_text(array)}); "
            "it must be bool, an integer or a float"
        )


def channels_last(array: NDArray[Any]) -> NDArray[Any]:
    """An image with its channels in the last axis, which may be the first if it is 3 or 4."""
    shape = array.shape
    if array.ndim == 3 and shape[2] not in (1, 2, 3, 4) and shape[0] in (3, 4):
        array = array.transpose(1, 2, 0)
    elif array.ndim != 2 and (array.ndim != 3 or shape[2] not in (1, 2, 3, 4)):
        raise ValueError(f"its shape is {shape_text(array)}; it must be {IMAGE_SHAPES}")
    if array.size == 0:
        raise ValueError(f"its shape is {shape_text(array)}, which has no pixels")
    return array


def order_axes(array: NDArray[Any], dataformats: str, axes: str) -> NDArray[Any]:
    """An array whose axes `dataformats` names, with those axes in the order of `axes`.

    C may be left out of `dataformats`: then one channel is added.
    """
    given = dataformats.upper() if isinstance(dataformats, str) else ""
    if len(set(given)) != len(given) or set(given) not in (set(axes), set(axes) - {"C"}):
        raise ValueError(f"dataformats must have the letters {axes}, got {dataformats!r}")
    if array.ndim != len(given):
        raise ValueError(
            f"its shape is {shape_text(array)}; with dataformats={dataformats!r} "
            f"it must have {len(given)} axes"
        )
    if "C" not in given:
        array, given = array[..., np.newaxis], given + "C"
    array = array.transpose([given.index(axis) for axis in axes])
    if array.shape[-1] not in (1, 2, 3, 4):
        raise ValueError(
            f"its axis C in dataformats={dataformats!r} is {array.shape[-1]}; it must be 1 to 4"
        )
    if array.size == 0:
        raise ValueError(f"its shape is {shape_text(array)}, which has no pixels")
    return array


def to_grid(images: NDArray[Any], columns: int = 8) -> NDArray[Any]:
    """Images N×H×W×C side by side in rows of `columns`, as one image; what is left over is 0."""
    count, height, width, channels = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    grid = np.zeros((rows * columns, height, width, channels), images.dtype)
    grid[:count] = images
    grid = grid.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid).reshape(rows * height, columns * width, channels)


def shape_text(array: NDArray[Any]) -> str:
    """A shape as people write it: 28×28×3."""
    return "×".join(map(str, array.shape)) or "() (a single number)"


def check_scale(scale: Scale) -> Scale:
    """Return `scale` if it is one that to_pixels knows; raise ValueError otherwise."""
    if isinstance(scale, str):
        if scale in ("minmax", "unit"):
            return scale
    elif len(scale) == 2:
        low, high = (float(bound) for bound in scale)
        if np.isfinite(high - low) and low < high:
            return low, high
    raise ValueError(
        f"scale must be 'minmax', 'unit' or (low, high) with low < high, got {scale!r}"
    )


def check_bit_depth(bit_depth: int) -> int:
    """Return `bit_depth` if it is 8 or 16; raise ValueError otherwise."""
    if bit_depth not in (8, 16):
        raise ValueError(f"bit_depth must be 8 or 16, got {bit_depth!r}")
    return bit_depth


def to_pixels(
    array: NDArray[Any], scale: Scale = "minmax", bit_depth: int = 8
) -> tuple[NDArray[Any], int]:
    """An array of any numbers as uint8 or uint16 of the same shape, and how many were NaN.

    uint8 is taken as it is, and so is uint16 where `bit_depth` is 16; bool becomes 0 and the
    largest value. Other numbers are scaled: low to 0 and high to the largest value, rounded to the
    nearest (halves up), clipped beyond. `scale` gives (low, high), or `"unit"` for (0, 1), or
    `"minmax"` for the least and greatest finite number in the array; where these are equal, that
    number becomes 0. -Inf becomes 0, +Inf the largest value, NaN 0.
    """
    scaled_to = np.uint8 if bit_depth == 8 else np.uint16
    top = np.iinfo(scaled_to).max
    if array.dtype in (np.uint8, scaled_to):
        return array, 0
    if array.dtype == np.bool_:
        return np.where(array, scaled_to(top), scaled_to(0)), 0
    # Half precision is too coarse to compare with, and integers may not fit their own difference.
    values = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    finite = np.isfinite(values) if array.dtype.kind == "f" else np.True_
    low, high = _bounds(values, finite, scale)
    with np.errstate(invalid="ignore", over="ignore"):
        # Halved, so that no difference of finite numbers is infinite.
        values *= 0.5
        values -= low / 2
        values *= top / (high / 2 - low / 2) if high > low else top
        values += 0.5
        np.clip(values, 0, top, out=values)
    unknown = 0
    if not np.all(finite):
        nan = np.isnan(values)
        unknown = int(np.count_nonzero(nan))
        values[nan] = 0
    return values.astype(scaled_to), unknown


def _bounds(values: NDArray[Any], finite: Any, scale: Scale) -> tuple[float, float]:
    if scale == "unit":
        return 0.0, 1.0
    if scale != "minmax":
        return float(scale[0]), float(scale[1])
    if not np.any(finite):
        return 0.0, 0.0
    low = values.min(where=finite, initial=np.inf)
    return float(low), float(values.max(where=finite, initial=-np.inf))
