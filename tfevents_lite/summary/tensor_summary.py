"""Tensors: numbers of any type and shape, or strings, kept as they are."""

from __future__ import annotations

import sys
from typing import Any

from ..inputs import arrays
from ..inputs.checks import shown
from ..inputs.needs_numpy import np
from ..schema.tensor import ELEMENTS, DataType, TensorProto
from .encoding import (
    encode_message,
    encode_metadata,
    encode_numbers,
    encode_strings,
    encode_value,
    makes_summary,
    metadata_field,
)

# torch's name for tensors. No page shows them; programs read them.
PLUGIN = "tensor"
_METADATA = encode_metadata(PLUGIN)

# protobuf's bound for a message.
_MAX_BYTES = (1 << 31) - 1

# By NumPy's name.
_TYPES = {
    "float16": DataType.DT_HALF, "float32": DataType.DT_FLOAT, "float64": DataType.DT_DOUBLE,
    "int8": DataType.DT_INT8, "int16": DataType.DT_INT16, "int32": DataType.DT_INT32,
    "int64": DataType.DT_INT64, "uint8": DataType.DT_UINT8, "uint16": DataType.DT_UINT16,
    "uint32": DataType.DT_UINT32, "uint64": DataType.DT_UINT64, "bool": DataType.DT_BOOL,
    "complex64": DataType.DT_COMPLEX64, "complex128": DataType.DT_COMPLEX128,
}  # fmt: skip


def encode_tensor(tag: str, tensor: Any, metadata: bytes | None = None) -> bytes:
    """An array of numbers or of strings, as a Summary.

    bool, integers of 8 to 64 bits, half, float, double and complex numbers keep their type;
    bfloat16 becomes float, long double becomes double. Strings are kept in UTF-8, bytes as they
    are. `metadata` is an encoded SummaryMetadata in place of that of torch's tensors.

    Raises TypeError or ValueError that names the tag.

    >>> value = tensor("t", [[1, 2], [3, 4]]).value[0]
    >>> [dim.size for dim in value.tensor.tensor_shape.dim]
    [2, 2]
    """
    content = encode_ndarray(tag, _to_array(tag, tensor))
    return encode_value(tag, content, _METADATA if metadata is None else metadata_field(metadata))


tensor = makes_summary(encode_tensor)


def encode_tensor_proto(tag: str, tensor: Any) -> bytes:
    """An array of numbers as a Summary, each number in a field of its type, as torch writes it.

    half and bfloat16 are the 16 bits in `half_val`, as TensorFlow writes and TensorBoard reads
    them. `tensor`, which is shorter and quicker to read and write, keeps numbers as bytes.
    """
    array = _to_array(tag, tensor)
    data_type, flat = _type_of(tag, array), array.reshape(-1)
    if "bfloat16" in str(getattr(tensor, "dtype", "")):  # NumPy has float32 instead.
        data_type, flat = DataType.DT_BFLOAT16, flat.view(np.uint32) >> 16
    elif data_type == DataType.DT_HALF:
        flat = flat.view(np.uint16)
    elif array.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    _, field = ELEMENTS[data_type]
    head = encode_numbers(data_type, array.shape, b"")
    values = encode_message(TensorProto, **{field: flat.tolist()})
    return encode_value(tag, head + values, _METADATA)


tensor_proto = makes_summary(encode_tensor_proto)


def _to_array(tag: str, value: Any) -> np.ndarray[Any, Any]:
    try:
        return arrays.to_array(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"tensor of {tag!r} must be an array: {error}") from error


def encode_ndarray(tag: str, array: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a TensorProto of an array."""
    if array.dtype.kind in "USO":
        return encode_strings(
            [_encode_string(tag, item) for item in array.reshape(-1).tolist()], array.shape
        )
    if array.dtype.name in ("longdouble", "float96", "float128"):
        array = array.astype(np.float64)
    data_type = _type_of(tag, array)
    if sys.byteorder == "big":
        array = array.astype(array.dtype.newbyteorder("<"))
    return encode_numbers(data_type, array.shape, array.tobytes())


def _type_of(tag: str, array: np.ndarray[Any, Any]) -> int:
    if array.dtype.name not in _TYPES:
        raise TypeError(
            f"tensor of {tag!r} must be of numbers, bool or strings, got dtype {array.dtype}"
        )
    if array.nbytes > _MAX_BYTES:
        raise ValueError(f"tensor of {tag!r} must be smaller than 2 GiB, got {array.nbytes} bytes")
    return _TYPES[array.dtype.name]


def _encode_string(tag: str, item: Any) -> bytes:
    if isinstance(item, bytes):
        return item
    if not isinstance(item, str):
        raise TypeError(
            f"tensor of {tag!r} must be of numbers, bool or strings, got an object {shown(item)}"
        )
    try:
        return item.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"tensor of {tag!r} must be of valid Unicode, got {shown(item)}: {error}"
        ) from None
