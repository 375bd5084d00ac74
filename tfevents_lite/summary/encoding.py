"""Summaries and events as bytes, for what is logged often: made of parts, not through messages.

The parts that a kind needs stand here: a tag, a tensor, metadata, the event around them. Field
numbers come from the messages' tables, and tests hold the bytes to those of the generic encoder.
"""

from __future__ import annotations

from ..inputs.checks import encode_tag
from ..schema.event import Event
from ..schema.summary import Summary, SummaryMetadata
from ..schema.tensor import DataType, TensorProto, TensorShapeProto
from ..wire import wire_format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def field_key(message: Any, name: str) -> bytes:
    """What stands before each value of a message's field: its number and its wire type."""
    field = message.FIELDS[name]
    return wire_format.encode_tag(field.number, field.type.wire_type)


_EVENT_SUMMARY = field_key(Event, "summary")
_SUMMARY_VALUE = field_key(Summary, "value")
_VALUE_TAG = field_key(Summary.Value, "tag")
_VALUE_TENSOR = field_key(Summary.Value, "tensor")
_VALUE_METADATA = field_key(Summary.Value, "metadata")
_TENSOR_DTYPE = field_key(TensorProto, "dtype")
_TENSOR_SHAPE = field_key(TensorProto, "tensor_shape")
_TENSOR_CONTENT = field_key(TensorProto, "tensor_content")
_TENSOR_STRINGS = field_key(TensorProto, "string_val")
_SHAPE_DIM = field_key(TensorShapeProto, "dim")
_DIM_SIZE = field_key(TensorShapeProto.Dim, "size")
_DT_STRING = wire_format.encode_varint(DataType.DT_STRING)


def encode_event(summary: bytes, step: int, wall_time: float) -> bytes:
    """The bytes of Event(wall_time, step, summary), given those of the summary."""
    start = b"\x09" + wire_format.pack_double(wall_time) if wall_time else b""
    if step:
        start += b"\x10" + wire_format.encode_varint(step)
    return b"%b%b%b%b" % (start, _EVENT_SUMMARY, wire_format.encode_varint(len(summary)), summary)


def encode_value(tag: Any, tensor: bytes, metadata: bytes) -> bytes:
    """The bytes of a Summary's one value, a tensor; those of a Summary are these, joined."""
    name = encode_tag(tag)
    varint = wire_format.encode_varint
    head = b"%b%b%b" % (_VALUE_TAG, varint(len(name)), name) if name else b""
    value = b"%b%b%b%b%b%b%b" % (
        *(head, _VALUE_TENSOR, varint(len(tensor)), tensor),
        *(_VALUE_METADATA, varint(len(metadata)), metadata),
    )
    return b"%b%b%b" % (_SUMMARY_VALUE, varint(len(value)), value)


def encode_metadata(
    plugin_name: str,
    data_class: int,
    content: bytes = b"",
    display_name: str | None = "",
    description: str | None = "",
) -> bytes:
    """The bytes of a SummaryMetadata."""
    return SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=plugin_name, content=content),
        display_name=display_name or "",
        summary_description=description or "",
        data_class=data_class,
    ).SerializeToString()


def encode_tensor(dtype: int, shape: Sequence[int], content: bytes) -> bytes:
    """The bytes of a TensorProto of numbers, little-endian in `content`."""
    head = _encode_head(wire_format.encode_varint(dtype), shape)
    if not content:
        return head
    return b"%b%b%b%b" % (head, _TENSOR_CONTENT, wire_format.encode_varint(len(content)), content)


def encode_string_tensor(strings: Iterable[bytes], shape: Sequence[int]) -> bytes:
    """The bytes of a TensorProto of strings."""
    encoded = [_TENSOR_STRINGS + wire_format.encode_len(string) for string in strings]
    return _encode_head(_DT_STRING, shape) + b"".join(encoded)


def _encode_head(dtype: bytes, shape: Sequence[int]) -> bytes:
    if not shape:
        return b"%b%b%b\0" % (_TENSOR_DTYPE, dtype, _TENSOR_SHAPE)
    dims = [
        wire_format.encode_len(_DIM_SIZE + wire_format.encode_varint(n) if n else b"")
        for n in shape
    ]
    sizes = b"".join([_SHAPE_DIM + dim for dim in dims])
    return b"%b%b%b%b%b" % (
        *(_TENSOR_DTYPE, dtype),
        *(_TENSOR_SHAPE, wire_format.encode_varint(len(sizes)), sizes),
    )
