"""Scalars: one number under a tag."""

from __future__ import annotations

from .. import wire
from ..schema.summary import DataClass, Summary, SummaryMetadata
from ..schema.tensor import DataType, TensorProto, TensorShapeProto
from .encoding import encode_event, encode_tag, field_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PLUGIN = "scalars"

# What is greater rounds to infinity: half a unit in the last place beyond the largest 32-bit float.
MAX_FLOAT = (2 - 2**-24) * 2.0**127


def scalar(
    tag: str,
    value: Any,
    *,
    new_style: bool = False,
    double_precision: bool = False,
    display_name: str = "",
    summary_description: str = "",
) -> Summary:
    """A number as a Summary, in its 32-bit `simple_value`.

    `value` is a number of any type, or an array or tensor of one element. With `new_style` it is a
    tensor of one 32-bit float instead, and `double_precision` then keeps all of its digits beside
    it in the tensor's `double_val`, which TensorBoard leaves alone: of a tensor of doubles its data
    server shows no points. A name and a description (in markdown) are shown with the chart.
    Raises TypeError or ValueError that names the tag.

    >>> scalar("loss", 0.5)
    value {
      tag: "loss"
      simple_value: 0.5
    }
    <BLANKLINE>
    """
    number = to_float(tag, value)
    encode_tag(tag)
    made = Summary.Value(tag=tag)
    if new_style:
        made.tensor = TensorProto(
            dtype=DataType.DT_FLOAT,
            tensor_shape=TensorShapeProto(),
            tensor_content=_pack(number),
            double_val=[number] if double_precision else [],
        )
    else:
        made.simple_value = number
    if new_style or display_name or summary_description:
        made.metadata = SummaryMetadata(
            plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN),
            display_name=display_name,
            summary_description=summary_description,
            data_class=DataClass.DATA_CLASS_SCALAR,
        )
    return Summary(value=[made])


def scalar_event(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """The bytes of Event(wall_time, step, summary=scalar(tag, value)), ten times as fast.

    All that a tag decides, lengths included, is made once per tag and kept.
    """
    head = (_event_heads.get(tag) if type(tag) is str else None) or _make_heads(tag)[0]
    start = b"\x09" + wire.pack_double(wall_time) if wall_time else b""
    if step:
        start += b"\x10" + wire.encode_varint(step)
    try:
        return start + head + wire.pack_float(value)
    except OverflowError:
        return start + head + _pack(value)


def scalars_event(values: Mapping[str, float], step: int, wall_time: float) -> bytes:
    """The bytes of one Event with a scalar under each tag."""
    chunks = []
    for tag, value in values.items():
        chunks.append(_value_heads.get(tag) or _make_heads(tag)[1])
        chunks.append(_pack(value))
    return encode_event(b"".join(chunks), step, wall_time)


# By tag, the bytes before the value: from the step of an event on, and from the start of a value.
_event_heads: dict[str, bytes] = {}
_value_heads: dict[str, bytes] = {}
_MAX_HEADS = 100_000


def event_head(tag: str) -> bytes:
    """What stands between an event's step and the four bytes of a scalar's value."""
    return _make_heads(tag)[0]


def _make_heads(tag: str) -> tuple[bytes, bytes]:
    # The fields that hold the value, innermost first, and behind them the value's four bytes.
    name = encode_tag(tag)
    value = field_key(Summary.Value, "tag") + wire.encode_len(name) if name else b""
    value += field_key(Summary.Value, "simple_value")
    value = field_key(Summary, "value") + wire.encode_varint(len(value) + 4) + value
    # encode_event's bytes, without those that its summary is yet to get.
    event = encode_event(value + bytes(4), 0, 0)[:-4]
    if len(_event_heads) >= _MAX_HEADS:
        _event_heads.clear()
        _value_heads.clear()
    _event_heads[tag] = event
    _value_heads[tag] = value
    return event, value


def _pack(value: float) -> bytes:
    """The nearest 32-bit float, an infinity beyond their range."""
    try:
        return wire.pack_float(value)
    except OverflowError:
        return wire.pack_float(float("inf") if value > 0 else float("-inf"))


def to_float(tag: str, value: Any) -> float:
    """One number as a float, from whatever holds it; raises TypeError or ValueError."""
    while isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
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
