"""Tensors: numbers of any type and shape, or strings, kept as they are."""

from __future__ import annotations

import sys
from typing import Any

from ..inputs import arrays
from ..inputs.needs_numpy import np
from ..schema.summary import DataClass, Summary
from ..schema.tensor import DataType
from .encoding import encode_metadata, encode_string_tensor, encode_tensor, encode_value

# torch's name for tensors that no page shows. They are kept, and read back by programs.
PLUGIN = "tensor"
_METADATA = encode_metadata(PLUGIN, DataClass.DATA_CLASS_TENSOR)

# protobuf's bound for a message.
_MAX_BYTES = (1 << 31) - 1

_DATA_TYPES = {
    "float16": DataType.DT_HALF,
    "float32": DataType.DT_FLOAT,
    "float64": DataType.DT_DOUBLE,
    "int8": DataType.DT_INT8,
    "int16": DataType.DT_INT16,
    "int32": DataType.DT_INT32,
    "int64": DataType.DT_INT64,
    "uint8": DataType.DT_UINT8,
    "uint16": DataType.DT_UINT16,
    "uint32": DataType.DT_UINT32,
    "uint64": DataType.DT_UINT64,
    "bool": DataType.DT_BOOL,
    "complex64": DataType.DT_COMPLEX64,
    "complex128": DataType.DT_COMPLEX128,
}


def tensor(tag: str, tensor: Any) -> Summary:
    """An array of numbers or of strings, as a Summary.

    bool, integers of 8 to 64 bits, half, float, double and complex numbers keep their type;
    bfloat16 becomes float, long double becomes double. Strings are kept in UTF-8, bytes as they
    are. Raises TypeError or ValueError that names the tag.

    >>> value = tensor("t", [[1, 2], [3, 4]]).value[0]
    >>> [dim.size for dim in value.tensor.tensor_shape.dim]
    [2, 2]
    """
    return Summary.FromString(encode_array(tag, tensor))


def encode_array(tag: str, tensor: Any, metadata: bytes = _METADATA) -> bytes:
    """The bytes of `tensor`."""
    try:
        array = arrays.to_array(tensor)
    except (TypeError, ValueError) as error:
        raise TypeError(f"tensor of {tag!r} must be an array: {error}") from error
    return encode_value(tag, encode_ndarray(tag, array), metadata)


def encode_ndarray(tag: str, array: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a TensorProto of an array."""
    if array.dtype.kind in "USO":
        return encode_string_tensor(
            [_encode_string(tag, item) for item in array.reshape(-1).tolist()], array.shape
        )
    if array.dtype.name in ("longdouble", "float96", "float128"):
        array = array.astype(np.float64)
    data_type = _DATA_TYPES.get(array.dtype.name)
    if data_type is None:
        raise TypeError(
            f"tensor of {tag!r} must be of numbers, bool or strings, got dtype {array.dtype}"
        )
    if array.nbytes > _MAX_BYTES:
        raise ValueError(f"tensor of {tag!r} must be smaller than 2 GiB, got {array.nbytes} bytes")
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
        array = array.astype(array.dtype.newbyteorder("<"))
    return encode_tensor(data_type, array.shape, array.tobytes())


def _encode_string(tag: str, item: Any) -> bytes:
    if isinstance(item, bytes):
        return item
    if not isinstance(item, str):
        raise TypeError(
            f"tensor of {tag!r} must be of numbers, bool or strings, got an object {item!r:.80}"
        )
    try:
        return item.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"tensor of {tag!r} must be of valid Unicode, got {item!r:.80}: {error}"
        ) from None
