"""The messages of `proto/tensor.proto`: arrays of numbers or strings, with types and shapes."""

from __future__ import annotations

from ..wire.message import (
    Enum,
    Message,
    RepeatedField,
    bool_,
    bytes_,
    double,
    enum,
    float_,
    int32,
    int64,
    message,
    string,
    uint32,
    uint64,
)


class DataType(Enum):
    """The type of a tensor's elements."""

    DT_INVALID = 0
    DT_FLOAT = 1
    DT_DOUBLE = 2
    DT_INT32 = 3
    DT_UINT8 = 4
    DT_INT16 = 5
    DT_INT8 = 6
    DT_STRING = 7
    DT_COMPLEX64 = 8
    DT_INT64 = 9
    DT_BOOL = 10
    DT_QINT8 = 11
    DT_QUINT8 = 12
    DT_QINT32 = 13
    DT_BFLOAT16 = 14
    DT_QINT16 = 15
    DT_QUINT16 = 16
    DT_UINT16 = 17
    DT_COMPLEX128 = 18
    DT_HALF = 19
    DT_RESOURCE = 20
    DT_VARIANT = 21
    DT_UINT32 = 22
    DT_UINT64 = 23
    DT_FLOAT8_E5M2 = 24
    DT_FLOAT8_E4M3FN = 25
    DT_FLOAT8_E4M3FNUZ = 26
    DT_FLOAT8_E4M3B11FNUZ = 27
    DT_FLOAT8_E5M2FNUZ = 28
    DT_INT4 = 29
    DT_UINT4 = 30
    DT_INT2 = 31
    DT_UINT2 = 32
    DT_FLOAT4_E2M1FN = 33


# By element type: the `struct` codes of an element in `tensor_content`, and the field for elements
# one by one. A half or a bfloat16 is its 16 bits in `half_val`, a complex number is two numbers.
ELEMENTS = {
    DataType.DT_FLOAT: ("f", "float_val"),
    DataType.DT_DOUBLE: ("d", "double_val"),
    DataType.DT_HALF: ("e", "half_val"),
    DataType.DT_BFLOAT16: ("H", "half_val"),
    DataType.DT_INT8: ("b", "int_val"),
    DataType.DT_UINT8: ("B", "int_val"),
    DataType.DT_INT16: ("h", "int_val"),
    DataType.DT_UINT16: ("H", "int_val"),
    DataType.DT_INT32: ("i", "int_val"),
    DataType.DT_UINT32: ("I", "uint32_val"),
    DataType.DT_INT64: ("q", "int64_val"),
    DataType.DT_UINT64: ("Q", "uint64_val"),
    DataType.DT_BOOL: ("?", "bool_val"),
    DataType.DT_COMPLEX64: ("ff", "scomplex_val"),
    DataType.DT_COMPLEX128: ("dd", "dcomplex_val"),
}


class TensorShapeProto(Message):
    """The sizes of a tensor's dimensions. With `unknown_rank`, even their number is unknown."""

    class Dim(Message):
        """One dimension: -1 is an unknown size."""

        size: int = int64(1)
        name: str = string(2)

    dim: RepeatedField[Dim] = message(2, lambda: TensorShapeProto.Dim, repeated=True)
    unknown_rank: bool = bool_(3)


class TensorProto(Message):
    """A tensor. Its elements are little-endian in `tensor_content`, or each in a `*_val` field."""

    dtype: int = enum(1, DataType)
    tensor_shape: TensorShapeProto = message(2, lambda: TensorShapeProto)
    version_number: int = int32(3)
    tensor_content: bytes = bytes_(4)
    float_val: RepeatedField[float] = float_(5, repeated=True)
    double_val: RepeatedField[float] = double(6, repeated=True)
    int_val: RepeatedField[int] = int32(7, repeated=True)
    string_val: RepeatedField[bytes] = bytes_(8, repeated=True)
    scomplex_val: RepeatedField[float] = float_(9, repeated=True)
    int64_val: RepeatedField[int] = int64(10, repeated=True)
    bool_val: RepeatedField[bool] = bool_(11, repeated=True)
    dcomplex_val: RepeatedField[float] = double(12, repeated=True)
    half_val: RepeatedField[int] = int32(13, repeated=True)
    resource_handle_val: RepeatedField[ResourceHandleProto] = message(
        14, lambda: ResourceHandleProto, repeated=True
    )
    variant_val: RepeatedField[VariantTensorDataProto] = message(
        15, lambda: VariantTensorDataProto, repeated=True
    )
    uint32_val: RepeatedField[int] = uint32(16, repeated=True)
    uint64_val: RepeatedField[int] = uint64(17, repeated=True)
    float8_val: bytes = bytes_(18)


class ResourceHandleProto(Message):
    """A variable or another object of a TensorFlow program."""

    class DtypeAndShape(Message):
        """What a resource holds."""

        dtype: int = enum(1, DataType)
        shape: TensorShapeProto = message(2, lambda: TensorShapeProto)

    device: str = string(1)
    container: str = string(2)
    name: str = string(3)
    hash_code: int = uint64(4)
    maybe_type_name: str = string(5)
    dtypes_and_shapes: RepeatedField[DtypeAndShape] = message(
        6, lambda: ResourceHandleProto.DtypeAndShape, repeated=True
    )


class VariantTensorDataProto(Message):
    """A value of a type that a program registered, as its own bytes and tensors."""

    type_name: str = string(1)
    metadata: bytes = bytes_(2)
    tensors: RepeatedField[TensorProto] = message(3, lambda: TensorProto, repeated=True)
