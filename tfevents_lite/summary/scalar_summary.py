"""Scalars: one number under a tag."""

from __future__ import annotations

from .. import wire
from ..schema.event import Event
from ..schema.summary import Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def scalar(tag: str, value: Any) -> Summary:
    """A number as a Summary, in its 32-bit `simple_value`.

    `value` is a number of any type, or an array or tensor of one element.
    Raises TypeError or ValueError that names the tag.

    >>> scalar("loss", 0.5)
    value {
      tag: "loss"
      simple_value: 0.5
    }
    <BLANKLINE>
    """
    return Summary(value=[Summary.Value(tag=tag, simple_value=to_float(tag, value))])


def scalar_event(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of Event(wall_time, step, summary=scalar(tag, value)), ten times as fast.

    All that a tag decides, lengths included, is made once per tag and kept.
    """
    head = (_heads.get(tag) if type(tag) is str else None) or _make_head(tag)
    start = b"\x09" + wire.pack_double(wall_time) if wall_time else b""
    if step:
        start += b"\x10" + wire.encode_varint(step)
    try:
        return start + head + wire.pack_float(value)
    except OverflowError:
        return start + head + wire.pack_float(float("inf") if value > 0 else float("-inf"))


# By tag, the bytes of an event between its step and its value.
_heads: dict[str, bytes] = {}
_MAX_HEADS = 100_000


def _make_head(tag: str) -> bytes:
    # The fields that hold the value, outermost first, and behind them the four bytes of the value.
    value = Summary.Value(tag=tag).SerializeToString() + _tag_of(Summary.Value, "simple_value")
    summary = _tag_of(Summary, "value") + wire.encode_varint(len(value) + 4) + value
    head = _tag_of(Event, "summary") + wire.encode_varint(len(summary) + 4) + summary
    if len(_heads) >= _MAX_HEADS:
        _heads.clear()
    _heads[tag] = head
    return head


def _tag_of(message: Any, name: str) -> bytes:
    field = message.FIELDS[name]
    return wire.encode_tag(field.number, field.type.wire_type)


def to_float(tag: str, value: Any) -> float:
    """One number as a float, from whatever holds it; raises TypeError or ValueError."""
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"value of {tag!r} must be a number, got {value!r:.80}")
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except OverflowError:
        raise ValueError(f"value of {tag!r} is beyond a double's range: {value!r:.80}") from None
    except (TypeError, ValueError, RuntimeError):
        shape = getattr(value, "shape", None)
        what = f"shape {tuple(shape)}" if shape is not None else f"{value!r:.80}"
        raise TypeError(f"value of {tag!r} must be one number, got {what}") from None
