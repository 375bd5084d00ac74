"""The protobuf wire format: varints, tags, fixed-width and length-delimited values.

https://protobuf.dev/programming-guides/encoding/ is the spec, and names are its names. This module
turns numbers into bytes and back; it knows no message, no field name and no default value.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol, Union

    class View(Protocol):
        """Bytes that are read when they are asked for, as those of a long record in a file."""

        def __len__(self) -> int: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __bytes__(self) -> bytes: ...

    Bytes = Union[bytes, bytearray, memoryview, View]
    WireValue = Union[int, Bytes]

# Wire types.
VARINT, I64, LEN, SGROUP, EGROUP, I32 = range(6)

MAX_FIELD_NUMBER = (1 << 29) - 1
# Deeper nesting than this is refused, as protobuf's own parsers do: it costs a stack frame a level.
MAX_DEPTH = 100

# Long values are taken in pieces of so many bytes.
PIECE = 1 << 16

_UINT64_MASK = (1 << 64) - 1
_SINGLE_BYTES = [bytes([value]) for value in range(128)]

pack_float = struct.Struct("<f").pack
pack_double = struct.Struct("<d").pack
unpack_float = struct.Struct("<f").unpack
unpack_double = struct.Struct("<d").unpack


class DecodeError(ValueError):
    """Bytes that are no protobuf message of the expected kind."""


def encode_varint(value: int) -> bytes:
    """Encode an integer, 7 bits a byte, least significant first; negative ones as two's complement.

    >>> encode_varint(300).hex()
    'ac02'
    """
    if 0 <= value < 128:
        return _SINGLE_BYTES[value]
    if 0 <= value < 1 << 14:
        return bytes((value & 127 | 128, value >> 7))
    if 0 <= value < 1 << 21:
        return bytes((value & 127 | 128, value >> 7 & 127 | 128, value >> 14))
    value &= _UINT64_MASK
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_tag(number: int, wire_type: int) -> bytes:
    """Encode what stands before each value: its field's number and its wire type."""
    return encode_varint(number << 3 | wire_type)


def encode_len(payload: bytes) -> bytes:
    """Encode bytes as a length and the bytes themselves."""
    return encode_varint(len(payload)) + payload


def decode_varint(data: Bytes, position: int) -> tuple[int, int]:
    """Return the unsigned 64-bit value at `position` and the position behind it.

    Raises DecodeError where the data ends within it or where it is longer than ten bytes.
    """
    value = shift = 0
    for end in range(position, min(position + 10, len(data))):
        byte = data[end]
        value |= (byte & 127) << shift
        if byte < 128:
            return value & _UINT64_MASK, end + 1
        shift += 7
    raise DecodeError(f"varint at offset {position} has no end within ten bytes")


def to_signed(value: int, bits: int = 64) -> int:
    """Read the low `bits` of an unsigned value as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def decode_fields(data: Bytes) -> Iterator[tuple[int, int, WireValue, Bytes]]:
    """Yield each field of one message: its number, its wire type, its value and its whole bytes.

    The value is an unsigned integer for VARINT, and bytes for the others, or a view of them if
    `data` is a view. Raises DecodeError.
    """
    position, size = 0, len(data)
    while position < size:
        start = position
        number, wire_type, position = _decode_tag(data, position)
        if wire_type == VARINT:
            value: WireValue
            value, position = decode_varint(data, position)
        else:
            begin, end, position = _skip(data, position, number, wire_type, depth=0)
            value = data[begin:end]
        yield number, wire_type, value, data[start:position]


def _decode_tag(data: Bytes, position: int) -> tuple[int, int, int]:
    tag, end = decode_varint(data, position)
    number, wire_type = tag >> 3, tag & 7
    if not 0 < number <= MAX_FIELD_NUMBER:
        raise DecodeError(f"field number {number} at offset {position} is not in 1..2^29-1")
    return number, wire_type, end


def _skip(
    data: Bytes, position: int, number: int, wire_type: int, depth: int
) -> tuple[int, int, int]:
    """Return where a value's bytes begin and end, and where the next field begins."""
    if wire_type == LEN:
        length, begin = decode_varint(data, position)
        end = after = begin + length
    elif wire_type in (I64, I32):
        begin = position
        end = after = begin + (8 if wire_type == I64 else 4)
    elif wire_type == VARINT:
        begin = position
        _, end = decode_varint(data, position)
        after = end
    elif wire_type == SGROUP and depth < MAX_DEPTH:
        begin = after = position
        while True:
            end = after
            inner, inner_type, after = _decode_tag(data, after)
            if inner_type == EGROUP:
                break
            _, _, after = _skip(data, after, inner, inner_type, depth + 1)
        if inner != number:
            raise DecodeError(f"group {number} at offset {position} is ended as group {inner}")
    else:
        raise DecodeError(f"wire type {wire_type} at offset {position} has no meaning here")
    if after > len(data):
        raise DecodeError(f"field {number} at offset {position} ends {after - len(data)} bytes "
                          "beyond its message")  # fmt: skip
    return begin, end, after
