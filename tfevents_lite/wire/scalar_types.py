"""The scalar types of protobuf: what each accepts, and how it is encoded and shown as text.

The table at the end has the rows of https://protobuf.dev/programming-guides/proto3/#scalar that our
messages use. This module knows values; it knows no field and no message.
"""

from __future__ import annotations

import struct

from . import wire_format
from .wire_format import (
    I32,
    I64,
    LEN,
    VARINT,
    encode_varint,
    pack_double,
    pack_float,
    unpack_double,
    unpack_float,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class FieldType:
    """One scalar type: a row of the table at the end of this module.

    `check` takes a value and the full name of the field it is for. `encode` gives the bytes of a
    value; what is length-delimited gets its length from the field. `decode` takes an integer if the
    wire type is VARINT, otherwise bytes or a view of them.
    """

    __slots__ = ("check", "decode", "default", "encode", "name", "text", "wire_type")

    def __init__(
        self,
        name: str,
        wire_type: int,
        default: Any,
        check: Callable[[Any, str], Any],
        encode: Callable[[Any], bytes],
        decode: Callable[[Any], Any],
        text: Callable[[Any], str],
    ) -> None:
        self.name = name
        self.wire_type = wire_type
        self.default = default
        self.check = check
        self.encode = encode
        self.decode = decode
        self.text = text

    def is_default(self, value: Any) -> bool:
        """Whether proto3 leaves the value out. -0.0 is not a default, as it has a bit set."""
        return bool(value == self.default and (value != 0 or str(value)[:1] != "-"))

    def encode_packed(self, values: list[Any]) -> bytes:
        """Encode numbers one after the other, without tags."""
        code = _STRUCT_CODES.get(self.name)
        if code is not None:
            return struct.pack(f"<{len(values)}{code}", *values)
        return b"".join(map(self.encode, values))

    def decode_packed(self, data: wire_format.Bytes, values: list[Any]) -> None:
        """Append numbers that encode_packed made to a list, which may be a Repeated."""
        code = _STRUCT_CODES.get(self.name)
        if code is not None:
            size = struct.calcsize("<" + code)
            if len(data) % size:
                raise wire_format.DecodeError(f"packed {self.name} values end within a value")
            for begin in range(0, len(data), wire_format.PIECE):
                piece = bytes(data[begin : begin + wire_format.PIECE])
                list.extend(values, struct.unpack(f"<{len(piece) // size}{code}", piece))
            return
        position = 0
        while position < len(data):
            value, position = wire_format.decode_varint(data, position)
            list.append(values, self.decode(value))


_STRUCT_CODES = {"double": "d", "float": "f"}


def _check_bool(value: Any, field: str) -> bool:
    # NumPy's bool is recognised by its name, as NumPy is not imported. 0 and 1 are taken, too.
    if type(value).__name__ in ("bool", "bool_") or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{field} must be True or False, got {value!r:.80}")


def _check_double(value: Any, field: str) -> float:
    try:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{field} must be a number, got {value!r:.80}") from None
    except OverflowError:
        raise ValueError(f"{field} must be within a double's range, got {value!r:.80}") from None


def round_to_float(value: float) -> float:
    """The nearest 32-bit float, ±inf beyond their range."""
    try:
        return float(unpack_float(pack_float(value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _check_float(value: Any, field: str) -> float:
    return round_to_float(value if type(value) is float else _check_double(value, field))


def _check_string(value: Any, field: str) -> str:
    if type(value) is str and value.isascii():
        return value
    try:
        if isinstance(value, bytes):
            return value.decode()
        if not isinstance(value, str):
            raise TypeError(f"{field} must be a str, got {value!r:.80}")
        value.encode()
    except UnicodeError as error:
        raise ValueError(f"{field} must be valid Unicode, got {value!r:.80}: {error}") from None
    return str(value)


def _decode_string(data: wire_format.Bytes) -> str:
    try:
        return bytes(data).decode()
    except UnicodeDecodeError as error:
        raise wire_format.DecodeError(f"a string is not UTF-8: {error}") from None


def _check_bytes(value: Any, field: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{field} must be bytes, got {value!r:.80}")
    return bytes(value)


def _float_text(value: float) -> str:
    """The shortest decimal that reads back as the same 32-bit float."""
    for digits in range(6, 9):
        text = f"{value:.{digits}g}"
        if round_to_float(float(text)) == value:
            return text
    return f"{value:.9g}"


_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}


def _bytes_text(data: bytes) -> str:
    """Bytes in double quotes; those that are not printable ASCII as octal escapes."""
    escaped = [
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data
    ]
    return f'"{"".join(escaped)}"'


def _varint_type(name: str, bits: int, signed: bool) -> FieldType:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def check(value: Any, field: str) -> int:
        try:
            integer = int(value.__index__())
        except (AttributeError, TypeError):
            raise TypeError(f"{field} must be an integer, got {value!r:.80}") from None
        if not low <= integer <= high:
            raise ValueError(f"{field} must be in {low}..{high}, got {integer}")
        return integer

    def decode(value: int) -> int:
        return wire_format.to_signed(value, bits) if signed else value & high

    return FieldType(name, VARINT, 0, check, encode_varint, decode, str)


DOUBLE = FieldType(
    "double", I64, 0.0, _check_double, pack_double, lambda data: unpack_double(data)[0], repr
)
FLOAT = FieldType(
    "float", I32, 0.0, _check_float, pack_float, lambda data: unpack_float(data)[0], _float_text
)
INT32 = _varint_type("int32", 32, signed=True)
INT64 = _varint_type("int64", 64, signed=True)
UINT32 = _varint_type("uint32", 32, signed=False)
UINT64 = _varint_type("uint64", 64, signed=False)
BOOL = FieldType(
    "bool", VARINT, False, _check_bool, encode_varint, bool, lambda value: str(value).lower()
)
STRING = FieldType(
    "string", LEN, "", _check_string, str.encode, _decode_string,
    lambda text: _bytes_text(text.encode()),
)  # fmt: skip
BYTES = FieldType("bytes", LEN, b"", _check_bytes, bytes, bytes, _bytes_text)
