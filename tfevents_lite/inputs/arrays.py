"""Anything array-like to a NumPy array, and arrays of numbers to pixels.

No framework is imported: tensors are known by what they can do (`detach`, `cpu`, `__array__`, ...).
This module knows shapes and values; it knows no tag, no Summary and no PNG. Its errors say what is
wrong and what would be right; the caller adds of which argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from .checks import MAX_VIRTUAL, check_nesting, shown
from .needs_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scale = Union[str, tuple[float, float]]

IMAGE_SHAPES = "H×W, H×W×1, H×W×2 (grey+alpha), H×W×3, H×W×4, 1×H×W, 3×H×W or 4×H×W"

# The most pixels that an image, a grid or a video may have. Set it to another number to allow more.
MAX_PIXELS = 1 << 30


def to_array(value: Any) -> NDArray[Any]:
    """Any array-like thing as a NumPy array: arrays, nested lists, `__array__`, tensors anywhere.

    A tensor with a gradient is detached, one on another device copied from it, a sparse one made
    dense, a quantized one dequantized, and one of a type that NumPy lacks (bfloat16, 8-bit floats)
    becomes float32. Masked elements become NaN, and integers with them floats. What holds no
    numbers gives an array of objects or strings, for `check_dtype` to refuse. Raises TypeError or
    ValueError where there is no array at all, or one that can't fit into memory.

    >>> to_array([1.5, 2]).dtype.name
    'float64'
    """
    try:
        array = value if isinstance(value, np.ndarray) else _to_ndarray(value)
    except (TypeError, ValueError):
        raise
    except Exception as error:  # Of the value's own code: torch raises RuntimeErrors, for example.
        raise TypeError(f"{type(value).__name__} gives no array: {error}") from None
    array = _without_mask(array)
    _check_memory(array)
    if array.dtype.isbuiltin == 2:
        # JAX's types, which NumPy can convert but does not compute with.
        array = array.astype(np.int8 if "int" in array.dtype.name else np.float32)
    # In the machine's byte order, without which a type is not equal to its like: >u2 to uint16.
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def to_numbers(value: Any, what: str) -> NDArray[Any]:
    """An array of bool, integers or floats. Raises TypeError or ValueError that names `what`."""
    try:
        array = to_array(value)
        check_dtype(array)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what} must be an array of numbers: {error}") from error
    return array


# What takes a tensor off its graph, its device and its sparse form, by torch's, JAX's and SciPy's
# names; and what then gives an array where NumPy finds none, by torch's (for what NumPy has no type
# for), CuPy's, MXNet's and TensorFlow's.
_PREPARE = ("detach", "cpu", "to_dense", "todense", "toarray", "resolve_conj", "resolve_neg")
_CONVERT = ("float", "get", "asnumpy", "numpy")


def _to_ndarray(value: Any) -> NDArray[Any]:
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "shape"):
        if any(_is_tensor(item) for item in value):
            return np.array([to_array(item) for item in value])
    elif isinstance(value, dict):
        return np.array(value, object)
    if not isinstance(value, (list, tuple, int, float)):
        if hasattr(value, "dense_shape"):
            return _from_coordinates(value)
        if getattr(value, "is_quantized", False):
            value = value.dequantize()
        for name in _PREPARE:
            if callable(getattr(value, name, None)):
                value = getattr(value, name)()
    check_nesting(value)
    problem: Exception | None = None
    try:
        array: NDArray[Any] = np.asanyarray(value)
        if array.dtype != np.object_:
            return array
    except (TypeError, ValueError) as error:
        problem = error
    for name in _CONVERT:
        if callable(getattr(value, name, None)):
            return np.asarray(getattr(value, name)())
    if problem:
        raise problem
    return array


def _without_mask(array: NDArray[Any]) -> NDArray[Any]:
    """A masked array as a plain one, in which masked elements are NaN."""
    mask = getattr(array, "mask", None)
    if mask is None or not hasattr(array, "filled"):
        return np.asarray(array)
    if not np.any(mask):
        return np.asarray(array)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    plain: NDArray[Any] = array.filled(np.nan) if array.dtype.kind in "fc" else array.filled()
    return plain


def _check_memory(array: NDArray[Any]) -> None:
    """Raise ValueError for a large array whose elements share memory, as numpy.broadcast_to's."""
    if array.size > MAX_VIRTUAL:
        steps = [(size - 1) * abs(step) for size, step in zip(array.shape, array.strides)]
        if sum(steps) + array.itemsize < array.nbytes:
            raise ValueError(
                f"its shape is {shape_text(array)}, but it repeats its elements: they would take "
                f"{array.nbytes:,} bytes"
            )


def _is_tensor(value: Any) -> bool:
    """Whether an item of a list has to be converted by itself: a tensor, or a masked array."""
    return not isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "mask")


def _from_coordinates(sparse: Any) -> NDArray[Any]:
    """TensorFlow's SparseTensor: the places and values of what is not 0."""
    values = to_array(sparse.values)
    array = np.zeros(to_array(sparse.dense_shape).tolist(), values.dtype)
    array[tuple(to_array(sparse.indices).T)] = values
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
    """An image with its channels in the last axis; before, they may be the first, if 1, 3 or 4."""
    shape = array.shape
    if array.ndim == 3 and shape[2] not in (1, 2, 3, 4) and shape[0] in (1, 3, 4):
        array = array.transpose(1, 2, 0)
    elif array.ndim != 2 and (array.ndim != 3 or shape[2] not in (1, 2, 3, 4)):
        raise ValueError(f"its shape is {shape_text(array)}; it must be {IMAGE_SHAPES}")
    _check_pixels(array, array.shape[2] if array.ndim == 3 else 1)
    return array


def _check_pixels(array: NDArray[Any], channels: int) -> None:
    """Raise ValueError for an image without pixels, or with more than MAX_PIXELS."""
    if array.size == 0:
        raise ValueError(f"its shape is {shape_text(array)}, which has no pixels")
    if array.size > MAX_PIXELS * channels:
        raise ValueError(
            f"its shape is {shape_text(array)}; it must have at most {MAX_PIXELS:,} pixels "
            f"({__name__}.MAX_PIXELS, which can be raised)"
        )


def order_axes(array: NDArray[Any], dataformats: str, axes: str) -> NDArray[Any]:
    """An array whose axes `dataformats` names, with those axes in the order of `axes`.

    N and C may be left out of `dataformats`: then one is added, with a single image or channel.

    >>> order_axes(np.zeros((3, 10, 20)), "CHW", "HWC").shape
    (10, 20, 3)
    """
    given = dataformats.upper() if isinstance(dataformats, str) else ""
    missing = set(axes) - set(given)
    if len(given) + len(missing) != len(axes) or not missing <= {"N", "C"}:
        raise ValueError(f"dataformats must have the letters {axes}, got {shown(dataformats)}")
    if array.ndim != len(given):
        raise ValueError(
            f"its shape is {shape_text(array)}; with dataformats={dataformats!r} "
            f"it must have {len(given)} axes{_suggest(array, axes)}"
        )
    channels = array.shape[given.index("C")] if "C" in given else 1
    if channels not in (1, 2, 3, 4):
        raise ValueError(
            f"its axis C in dataformats={dataformats!r} is {channels}; it must be 1 to 4"
            f"{_suggest(array, axes)}"
        )
    _check_pixels(array, channels)
    for axis in missing:
        array, given = array[..., np.newaxis], given + axis
    ordered: NDArray[Any] = array.transpose([given.index(axis) for axis in axes])
    return ordered


def _suggest(array: NDArray[Any], axes: str) -> str:
    """The dataformats that an array may have been meant for."""
    for letters in ("HW", "HWC", "CHW", "NHWC", "NCHW", "NTHWC", "NTCHW"):
        fits = len(letters) == array.ndim and set(axes) - {"C", "N"} <= set(letters) <= set(axes)
        if fits and ("C" not in letters or array.shape[letters.index("C")] in (1, 2, 3, 4)):
            return f": pass dataformats={letters!r}"
    return ""


def fill_mask(value: Any) -> tuple[Any, int]:
    """A masked image of a type that is taken as it is, with 0 in place of the masked elements.

    Returns it and how many these are. Other types become floats with NaN by `to_array`.
    """
    mask = getattr(value, "mask", None)
    if mask is None or getattr(value, "dtype", None) not in (np.uint8, np.uint16, np.bool_):
        return value, 0
    return value.filled(0), int(np.count_nonzero(mask))


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
        f"scale must be 'minmax', 'unit' or (low, high) with low < high, got {shown(scale)}"
    )


def check_bit_depth(bit_depth: int) -> int:
    """Return `bit_depth` if it is 8 or 16; raise ValueError otherwise."""
    if bit_depth not in (8, 16):
        raise ValueError(f"bit_depth must be 8 or 16, got {shown(bit_depth)}")
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
    # Half precision is too coarse to compute with, and integers may not fit their own difference.
    values = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    low, high = (0.0, 1.0) if scale == "unit" else _bounds(values, scale)
    with np.errstate(invalid="ignore", over="ignore"):
        if (low, high) == (0, 1):
            values *= top
        else:
            # Halved, so that no difference of finite numbers is infinite.
            values *= 0.5
            values -= low / 2
            values *= top / (high / 2 - low / 2) if high > low else top
        values += 0.5
        values.clip(0, top, out=values)
    unknown = 0
    if array.dtype.kind == "f":
        nan = np.isnan(values)
        if nan.any():
            unknown = int(np.count_nonzero(nan))
            values[nan] = 0
    return values.astype(scaled_to), unknown


def _bounds(values: NDArray[Any], scale: Scale) -> tuple[float, float]:
    if scale != "minmax":
        return float(scale[0]), float(scale[1])
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        finite = np.isfinite(values)
        if not finite.any():
            return 0.0, 0.0
        low = values.min(where=finite, initial=np.inf)
        high = values.max(where=finite, initial=-np.inf)
    return float(low), float(high)
