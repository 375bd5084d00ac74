"""Encodes what all kinds share: values, tensors, metadata and events.

Kinds are encoded to bytes directly: messages take ten times as long. Tests hold the bytes to those
of the messages' encoder. Field numbers come from the messages' tables.
"""

from __future__ import annotations

from ..inputs.checks import encode_tag
from ..schema.event import Event
from ..schema.summary import Summary, SummaryMetadata
from ..schema.tensor import DataType, TensorProto, TensorShapeProto
from ..wire import wire_format
from ..wire.message import Field
from ..wire.wire_format import encode_len, encode_varint
from .kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Union

    from typing_extensions import ParamSpec

    Parameters = ParamSpec("Parameters")
    Encoded = Union[bytes, dict[str, bytes]]


def makes_summary(encode: Callable[Parameters, Encoded]) -> Callable[Parameters, Summary]:
    """The public function of a kind, which gives what `encode` encodes as a Summary.

    It has the parameters, the docstring and the name of `encode`, without "encode_".
    """

    def make(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Summary:
        if _TENSORFLOWS.isdisjoint(kwargs):
            made = encode(*args, **kwargs)
        else:
            made = _encode_as_tensorflow(name, encode, args, kwargs)
        return Summary.FromString(b"".join(made.values()) if isinstance(made, dict) else made)

    name = encode.__name__.removeprefix("encode_")
    FunctionType: Any = type(make)
    # `help` and `inspect.signature` show the wrapped function: a copy that returns a Summary.
    shown = FunctionType(encode.__code__, encode.__globals__, name, encode.__defaults__)
    shown.__kwdefaults__ = encode.__kwdefaults__
    shown.__annotations__ = {**encode.__annotations__, "return": "Summary"}
    make.__wrapped__ = shown  # type: ignore[attr-defined] # Functions can have any attribute.
    make.__module__, make.__doc__, make.__name__ = encode.__module__, encode.__doc__, name
    # A TypeError of a call names the function by this.
    make.__qualname__ = encode.__qualname__ = name
    return make


# Arguments of TensorFlow's functions of the same names.
_TENSORFLOWS = frozenset(["family", "max_outputs", "step"])


def _encode_as_tensorflow(name: str, encode: Any, given: Any, options: Any) -> Any:
    """Encode with TensorFlow 1's `family`, and `max_outputs` images or sounds of a batch."""
    if "step" in options:
        raise TypeError(
            f"summary.{name} makes a Summary and has no step; to log one as TensorFlow 2 does: "
            f"from {__name__.partition('.summary.')[0]} import v2 as summary"
        )
    kwargs = {**options}
    tag, *args = given if given else [kwargs.pop("tag")]
    family = kwargs.pop("family", None)
    if family is not None:
        tag = f"{family}/{family}/{tag}"
    if name not in ("image", "audio") or "max_outputs" not in kwargs:
        return encode(tag, *args, **kwargs)
    most, (batch, *more) = kwargs.pop("max_outputs"), args
    if name == "image":
        kwargs.setdefault("dataformats", "HWC")
    parts = batch[:most]
    tags = [f"{tag}/{name}"] if most == 1 else [f"{tag}/{name}/{n}" for n in range(len(parts))]
    return {tag: encode(tag, part, *more, **kwargs) for tag, part in zip(tags, parts)}


def encode_message(message: Any, **fields: Any) -> bytes:
    """The bytes of a message, given its fields in the order of their numbers.

    Fields that are messages are given as bytes, and repeated ones as lists. Values are not checked.

    >>> encode_message(Summary.Image, height=2, width=0)
    b'\\x08\\x02'
    """
    parts: list[bytes | bytearray] = []
    for name, value in fields.items():
        field = message.FIELDS[name]
        if value if field.repeated else field.has_presence or not field.type.is_default(value):
            Field.encode(field, value, parts)  # Of a MessageField too: as bytes.
    return b"".join(parts)


_EVENT_SUMMARY = Event.FIELDS["summary"].tag
_SUMMARY_VALUE = Summary.FIELDS["value"].tag
_VALUE_TAG = Summary.Value.FIELDS["tag"].tag
_VALUE_METADATA = Summary.Value.FIELDS["metadata"].tag
_VALUE_FIELDS = {
    name: Summary.Value.FIELDS[name].tag
    for name in ("simple_value", "image", "histo", "audio", "tensor")
}
_TENSOR_DTYPE = TensorProto.FIELDS["dtype"].tag
_TENSOR_SHAPE = TensorProto.FIELDS["tensor_shape"].tag
_TENSOR_CONTENT = TensorProto.FIELDS["tensor_content"].tag
_TENSOR_STRINGS = TensorProto.FIELDS["string_val"].tag
_SHAPE_DIM = TensorShapeProto.FIELDS["dim"].tag
_DIM_SIZE = TensorShapeProto.Dim.FIELDS["size"].tag
_DT_STRING = encode_varint(DataType.DT_STRING)


def encode_event(summary: bytes, step: int, wall_time: float) -> bytes:
    """The bytes of Event(wall_time, step, summary), given those of the summary."""
    time = wire_format.pack_double(wall_time)
    start = b"\x09" + time if any(time) else b""  # -0.0 is no default.
    if step:
        start += b"\x10" + encode_varint(step)
    return b"%b%b%b%b" % (start, _EVENT_SUMMARY, encode_varint(len(summary)), summary)


def encode_value(tag: Any, content: bytes, metadata: bytes = b"", field: str = "tensor") -> bytes:
    """The bytes of a Summary with one value: `content` in its `field`, and what `encode_metadata`
    gives. Several of these joined are a Summary of several values.
    """
    head = _heads.get(tag) if type(tag) is str else None
    if head is None:
        head = _encode_head_of(tag)
    size = b"" if field == "simple_value" else encode_varint(len(content))
    value = b"%b%b%b%b%b" % (head, _VALUE_FIELDS[field], size, content, metadata)
    return b"%b%b%b" % (_SUMMARY_VALUE, encode_varint(len(value)), value)


def _encode_head_of(tag: Any) -> bytes:
    """The bytes of a value's tag. They are kept, as most tags are logged many times."""
    name = encode_tag(tag)
    head = b"%b%b" % (_VALUE_TAG, encode_len(name)) if name else b""
    if len(_heads) >= _MAX_TAGS:
        _heads.clear()
    _heads[str(tag)] = head
    return head


_heads: dict[str, bytes] = {}
_MAX_TAGS = 10_000


def encode_metadata(
    plugin: str, content: bytes = b"", display_name: str | None = "", description: str | None = ""
) -> bytes:
    """The field `metadata` of a Summary.Value of a plugin, one of `kinds.KINDS`."""
    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=plugin, content=content),
        display_name=display_name or "",
        summary_description=description or "",
        data_class=KINDS[plugin].data_class,
    )
    return metadata_field(metadata.SerializeToString())


def metadata_field(metadata: bytes) -> bytes:
    """The field `metadata` of a Summary.Value, of the bytes of a SummaryMetadata."""
    return _VALUE_METADATA + encode_len(metadata)


def encode_numbers(dtype: int, shape: Sequence[int], content: bytes) -> bytes:
    """The bytes of a TensorProto of numbers, little-endian in `content`."""
    head = _encode_head(encode_varint(dtype), shape)
    if not content:
        return head
    return b"%b%b%b%b" % (head, _TENSOR_CONTENT, encode_varint(len(content)), content)


def encode_strings(strings: Iterable[bytes], shape: Sequence[int]) -> bytes:
    """The bytes of a TensorProto of strings."""
    encoded = [_TENSOR_STRINGS + encode_len(string) for string in strings]
    return _encode_head(_DT_STRING, shape) + b"".join(encoded)


def _encode_head(dtype: bytes, shape: Sequence[int]) -> bytes:
    dims = [encode_len(_DIM_SIZE + encode_varint(n) if n else b"") for n in shape]
    sizes = b"".join([_SHAPE_DIM + dim for dim in dims])
    size = encode_varint(len(sizes))
    return b"%b%b%b%b%b" % (_TENSOR_DTYPE, dtype, _TENSOR_SHAPE, size, sizes)
