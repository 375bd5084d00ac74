"""The fast path of `add_scalar`: the whole record of one scalar, in one go.

All that a tag decides – lengths, keys, the record's header – is made once per tag and kept; what is
left for each scalar is to pack two numbers, a step and a checksum. The tests hold it to the bytes
of the general way, `tfrecord.frame` of `scalar_event`.
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

    # A record's header, what packs its payload, and the bytes between the step and the value.
    Layout = tuple[bytes, Callable[..., bytes], bytes]

# By the number of bytes that a step takes, and by tag.
_layouts: list[dict[str, Layout]] = [{} for _ in range(11)]
_MAX_TAGS = 100_000

# Before a payload's wall_time and step: fields 1 and 2 of Event.
_TIME, _STEP = 0x09, 0x10


def scalar_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of tfrecord.frame(scalar_event(tag, value, step, wall_time)).

    Raises OverflowError for a value beyond the range of a 32-bit float.
    """
    number = encode_varint(step)
    try:
        header, pack, head = _layouts[len(number)][tag]
        payload = pack(_TIME, wall_time, _STEP, number, head, value)
    except (KeyError, TypeError):  # A new tag, or none at all.
        return _first_record(tag, value, step, wall_time)
    if not step or not wall_time:
        # What is the default is left out.
        return frame(scalar_event(tag, value, step, wall_time))
    return header + payload + pack_crc(masked(payload))


def _first_record(tag: str, value: float, step: int, wall_time: float) -> bytes:
    pack_float(value)  # Raises OverflowError, as it does for a known tag.
    record = frame(scalar_event(tag, value, step, wall_time))
    if step and wall_time:
        size, head = len(encode_varint(step)), event_head(tag)
        layouts = _layouts[size]
        if len(layouts) >= _MAX_TAGS:
            layouts.clear()
        pack = struct.Struct(f"<BdB{size}s{len(head)}sf").pack
        layouts[tag] = record[:HEADER_SIZE], pack, head
    return record
