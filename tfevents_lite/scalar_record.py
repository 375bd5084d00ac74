"""The fast path of `add_scalar`: the whole record of one scalar, in one go.

All that a tag decides, lengths, keys and the record's header, is made once and kept. So is all of a
step but its lowest 7 bits, which a varint has in a byte of its own: 128 steps in a row share the
rest. What is left for each scalar is to pack two numbers, that byte and a checksum. The tests hold
it to the bytes of the general way, `tfrecord.frame` of `scalar_event`.
"""

from __future__ import annotations

import struct

from .crc32c import masked
from .summary.scalar_summary import event_head, scalar_event
from .tfrecord import HEADER_SIZE, frame, pack_crc
from .wire import encode_varint, pack_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Pack = Callable[..., bytes]
    # For the steps from one up to, without it, another: what to take from a step to have its first
    # byte; a record's header; what packs its payload; what stands between that byte and the value;
    # and what of that is the tag's.
    Layout = tuple[int, int, int, bytes, Pack, bytes, bytes]

_layouts: dict[str, Layout] = {}
_MAX_TAGS = 100_000

# Header and packing by the length of what stands between a step's first byte and the value.
_shapes: dict[int, tuple[bytes, Pack]] = {}

_UINT64_MASK = (1 << 64) - 1

# Before a payload's wall_time and step: fields 1 and 2 of Event.
_TIME, _STEP = 0x09, 0x10


def scalar_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of tfrecord.frame(scalar_event(tag, value, step, wall_time)).

    Raises OverflowError for a value beyond the range of a 32-bit float.
    """
    try:
        begin, end, base, header, pack, rest, head = _layouts[tag]
        if not begin <= step < end:
            _, _, base, header, pack, rest, _ = _lay_out(tag, head, step)
        payload = pack(_TIME, wall_time, _STEP, step - base, rest, value)
    except (KeyError, TypeError):  # A new tag, or none at all.
        return _first_record(tag, value, step, wall_time)
    if not step or not wall_time:
        # What is the default is left out.
        return frame(scalar_event(tag, value, step, wall_time))
    return header + payload + pack_crc(masked(payload))


def _first_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    pack_float(value)  # Raises OverflowError, as it does for a known tag.
    record = frame(scalar_event(tag, value, step, wall_time))
    if len(_layouts) >= _MAX_TAGS:
        _layouts.clear()
    _lay_out(tag, event_head(tag), step)
    return record


def _lay_out(tag: str, head: bytes, step: int) -> Layout:
    """Make the layout of a tag's records for the 128 steps around one."""
    begin = step & ~127
    # A byte that others follow has its highest bit set.
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
