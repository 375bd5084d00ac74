"""Encodes scalars fast: an event of one or of many, and the whole record of one.

What depends on the tag alone is made once and kept: lengths, field tags and the record's header. So
are the bytes of a step after its first, which holds the lowest 7 bits: 128 steps in a row share the
others. What is left for each scalar is to pack two numbers and that byte, and a checksum.

This module knows the wire format and no message, so that writing scalars loads little of this
package. Tests compare its bytes with those of the messages.
"""

from __future__ import annotations

import struct

from ..inputs.checks import encode_tag, to_step
from ..wire.wire_format import encode_len, encode_varint, pack_double, pack_float
from .crc32c import masked
from .tfrecord import HEADER_SIZE, frame, pack_crc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Pack = Callable[..., bytes]
    # How to make a tag's records for the steps in [begin, end): begin, end, the number whose
    # difference from a step is its first byte, the record's header, the function that packs the
    # payload, the bytes between the step's first byte and the value, and those of them that depend
    # on the tag alone.
    Layout = tuple[int, int, int, bytes, Pack, bytes, bytes]

_layouts: dict[str, Layout] = {}
_MAX_TAGS = 100_000

# By the number of bytes between a step's first byte and the value: header and packing function.
_shapes: dict[int, tuple[bytes, Pack]] = {}

_UINT64_MASK = (1 << 64) - 1

# The tags of the fields of an event, outermost first: number and wire type in a byte.
_TIME, _STEP, _SUMMARY = 0x09, 0x10, 0x2A  # Event
_VALUE = 0x0A  # Summary
_TAG, _SIMPLE_VALUE = 0x0A, 0x15  # Summary.Value

# Greater numbers round to infinity: it is half a unit in the last place above the largest float.
MAX_FLOAT = (2 - 2**-24) * 2.0**127


def pack_value(value: float) -> bytes:
    """The nearest 32-bit float, an infinity beyond their range."""
    try:
        return pack_float(value)
    except OverflowError:
        return pack_float(float("inf") if value > 0 else float("-inf"))


def scalar_event(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of Event(wall_time, step, summary=summary.scalar(tag, value))."""
    return _event_start(step, wall_time) + event_head(tag) + pack_value(value)


def scalars_event(values: Mapping[str, float], step: int, wall_time: float) -> bytes:
    """The bytes of one Event with a scalar under each tag."""
    summary = b"".join([_value_head(tag) + pack_value(value) for tag, value in values.items()])
    return b"%b%c%b" % (_event_start(step, wall_time), _SUMMARY, encode_len(summary))


def event_head(tag: str) -> bytes:
    """The bytes between an event's step and the four bytes of a scalar's value."""
    head = _value_head(tag)
    return b"%c%b%b" % (_SUMMARY, encode_varint(len(head) + 4), head)


def _event_start(step: int, wall_time: float) -> bytes:
    # Defaults are left out.
    time = pack_double(wall_time)
    time = b"%c%b" % (_TIME, time) if any(time) else b""  # -0.0 is no default.
    return time + b"%c%b" % (_STEP, encode_varint(step)) if step else time


# By tag, the bytes of a Summary of one scalar up to those of the value.
_value_heads: dict[str, bytes] = {}


def _value_head(tag: str) -> bytes:
    head = _value_heads.get(tag) if type(tag) is str else None
    if head is None:
        name = encode_tag(tag)
        field = b"%c%b" % (_TAG, encode_len(name)) if name else b""
        head = b"%c%b%b%c" % (_VALUE, encode_varint(len(field) + 5), field, _SIMPLE_VALUE)
        if len(_value_heads) >= _MAX_TAGS:
            _value_heads.clear()
        _value_heads[tag] = head
    return head


def scalar_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of tfrecord.frame(scalar_event(tag, value, step, wall_time)).

    Raises OverflowError for a value beyond the range of a 32-bit float, ValueError for a step
    beyond 64 bits.
    """
    try:
        begin, end, base, header, pack, rest, head = _layouts[tag]
        if not begin <= step < end:
            _, _, base, header, pack, rest, _ = _lay_out(tag, head, step)
        payload = pack(_TIME, wall_time, _STEP, step - base, rest, value)
    except (KeyError, TypeError):  # A new tag, or not a tag.
        return _first_record(tag, value, step, wall_time)
    if not step or not wall_time:
        # Defaults are left out.
        return frame(scalar_event(tag, value, step, wall_time))
    return header + payload + pack_crc(masked(payload))


def _first_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    pack_float(value)  # Raises OverflowError, as it does for a known tag.
    record = frame(scalar_event(tag, value, to_step(step, tag), wall_time))
    if len(_layouts) >= _MAX_TAGS:
        _layouts.clear()
    _lay_out(tag, event_head(tag), step)
    return record


def _lay_out(tag: str, head: bytes, step: int) -> Layout:
    """Make the layout of a tag's records for the 128 steps around one."""
    if step.bit_length() > 63:
        to_step(step, tag)  # Raises ValueError, unless it is the least there is.
    begin = step & ~127
    # The highest bit of a byte says that others follow.
    high = (begin & _UINT64_MASK) >> 7
    base, rest = (begin - 128, encode_varint(high) + head) if high else (0, head)
    try:
        header, pack = _shapes[len(rest)]
    except KeyError:
        shape = struct.Struct(f"<BdBB{len(rest)}sf")
        header, pack = frame(bytes(shape.size))[:HEADER_SIZE], shape.pack
        _shapes[len(rest)] = header, pack
    layout = begin, begin + 128, base, header, pack, rest, head
    _layouts[tag] = layout
    return layout
