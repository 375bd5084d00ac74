"""The protobuf wire format: varints, tags, fixed-width and length-delimited values.

The specification is https://protobuf.dev/programming-guides/encoding/, and names are those it uses.
This module turns numbers into bytes and back. It knows no message, no field name and no default.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol, Union

    class View(Protocol):
        """Bytes that are read when they are used, such as a long record in a file."""

        def __len__(self) -> int: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __bytes__(self) -> bytes: ...

    Bytes = Union[bytes, bytearray, memoryview, View]
    WireValue = Union[int, Bytes]

# Wire types.
VARINT, I64, LEN, SGROUP, EGROUP, I32 = range(6)

# Deeper nesting is refused, as protobuf's parsers do: each level takes a stack frame.
MAX_DEPTH = 100

# How many bytes of a long value are handled at a time.
PIECE = 1 << 16

_UINT64_MASK = (1 << 64) - 1
_SINGLE_BYTES = [bytes([value]) for value in range(128)]

pack_float = struct.Struct("<f").pack
pack_double = struct.Struct("<d").pack
unpack_float = struct.Struct("<f").unpack
unpack_double = struct.Struct("<d").unpack


class DecodeError(ValueError):
    """The bytes are not a protobuf message of the expected kind."""


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
    """Encode what comes before each value: the field's number and its wire type."""
    return encode_varint(number << 3 | wire_type)


def encode_len(payload: bytes) -> bytes:
    """Encode bytes as a length and the bytes themselves."""
    return encode_varint(len(payload)) + payload


def decode_varint(data: Bytes, position: int) -> tuple[int, int]:
    """Return the unsigned 64-bit value at `position` and the position after it.

    Raises DecodeError if the data end within it, or if it is longer than ten bytes or 64 bits.
    """
    value = shift = 0
    for end in range(position, min(position + 10, len(data))):
        byte = data[end]
        value |= (byte & 127) << shift
        if byte < 128:
            if value > _UINT64_MASK:  # Python's parser takes it, the one in Rust does not.
                break
            return value, end + 1
        shift += 7
    raise DecodeError(f"varint at offset {position} has no end within ten bytes or 64 bits")


def _decode_varint32(data: Bytes, position: int, maximum: int) -> tuple[int, int]:
    """As decode_varint, for tags and lengths, for which parsers take five bytes at most."""
    value, end = decode_varint(data, position)
    if end - position > 5 or value > maximum:
        raise DecodeError(f"tag or length at offset {position} is longer than 5 bytes or too large")
    return value, end


def to_signed(value: int, bits: int = 64) -> int:
    """Read the low `bits` of an unsigned value as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def decode_field(data: Bytes, position: int) -> tuple[int, WireValue, int]:
    """Return the tag of the field at `position`, its value and the position after it.

    The tag is a number: the field's number << 3 | its wire type. The value is an unsigned integer
    for VARINT and a slice of `data` for the others. Raises DecodeError.
    """
    start = position
    try:
        tag = data[position]
        position += 1
        if tag > 127:
            tag, position = _decode_varint32(data, start, (1 << 32) - 1)
        wire_type = tag & 7
        if tag < 8:
            raise DecodeError(f"field number 0 at offset {start} is not in 1..2^29-1")
        if wire_type == VARINT:
            value: int = data[position]
            position += 1
            if value > 127:
                value, position = decode_varint(data, position - 1)
            return tag, value, position
        if wire_type == LEN:
            length = data[position]
            position += 1
            if length > 127:
                length, position = _decode_varint32(data, position - 1, (1 << 31) - 1)
            end = after = position + length
        elif wire_type == SGROUP:
            end, after = _end_of_group(data, position, tag, 0)
        elif wire_type in _FIXED:
            end = after = position + _FIXED[wire_type]
        else:
            raise DecodeError(f"wire type {wire_type} at offset {start} has no meaning here")
    except IndexError:
        raise DecodeError(f"the data end within the varint at offset {position}") from None
    if end > len(data):
        raise DecodeError(f"field {tag >> 3} at offset {start} ends {end - len(data)} bytes beyond "
                          "its message")  # fmt: skip
    return tag, data[position:end], after


_FIXED = {I64: 8, I32: 4}


def _end_of_group(data: Bytes, position: int, start_tag: int, depth: int) -> tuple[int, int]:
    """The positions before and after the tag that ends a group."""
    if depth > MAX_DEPTH:
        raise DecodeError(f"groups are nested more than {MAX_DEPTH} deep")
    while True:
        begin = position
        tag, position = _decode_varint32(data, position, (1 << 32) - 1)
        if tag & 7 == EGROUP:
            if tag >> 3 != start_tag >> 3:
                raise DecodeError(f"group {start_tag >> 3} is ended as group {tag >> 3}")
            return begin, position
        if tag & 7 == SGROUP:
            _, position = _end_of_group(data, position, tag, depth + 1)
        else:
            _, _, position = decode_field(data, begin)


def decode_fields(data: Bytes) -> Iterator[tuple[int, int, WireValue, Bytes]]:
    """Yield each field of one message: its number, its wire type, its value and all its bytes."""
    position, size = 0, len(data)
    while position < size:
        begin = position
        tag, value, position = decode_field(data, position)
        yield tag >> 3, tag & 7, value, data[begin:position]
