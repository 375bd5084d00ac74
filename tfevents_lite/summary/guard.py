"""Refuses events that would stop TensorBoard from loading this or another run.

TensorBoard's Python loader has one thread for all runs, which an exception ends; its Rust loader
gives up the file. What either can't take raises an error here, before it is written. Values of this
package's kinds are never refused, messages of users may be. This module knows messages; it knows no
file.
"""

from __future__ import annotations

from codecs import iterdecode
from math import prod
from struct import calcsize

from ..schema.tensor import ELEMENTS, DataType
from ..wire import wire_format
from .kinds import BY_FIELD, KINDS, plugin_in_metadata, plural_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..schema.event import Event
    from ..schema.summary import Summary
    from ..schema.tensor import TensorProto

# How many numbers, or strings, make an element in each field for elements one by one.
_WIDTHS = {"string_val": 1, **{field: len(code) for code, field in ELEMENTS.values()}}


def check_event(event: Event, kinds: dict[str, str]) -> None:
    """Raise ValueError for an event that could do harm, and note in `kinds` what its tags hold."""
    if event.HasField("meta_graph_def"):
        raise ValueError("meta_graph_def must not be set: log the graph itself, as graph_def")
    check_loads(event, kinds)


def check_loads(event: Event, kinds: dict[str, str]) -> None:
    """As check_event, for the events of any writer, which may have a meta_graph_def."""
    if event.wall_time - event.wall_time != 0:
        raise ValueError(f"wall_time must be finite, got {event.wall_time}")
    _check_unknown_fields(event)
    if event.HasField("summary"):
        checked = [(value.tag, kind_of(value)) for value in event.summary.value]
        for tag, kind in checked:
            claim(kinds, tag, kind)


def claim(kinds: dict[str, str], tag: str, plugin: str) -> None:
    """Note which plugin shows a tag; raise ValueError if another does already.

    >>> kinds = {}
    >>> claim(kinds, "loss", "scalars")
    >>> claim(kinds, "loss", "images")
    Traceback (most recent call last):
    ...
    ValueError: tag 'loss' holds scalars already, and can't hold images too: TensorBoard takes one \
kind a tag
    """
    if plugin and kinds.setdefault(tag, plugin) != plugin:
        raise ValueError(
            f"tag {tag!r} holds {plural_of(kinds[tag])} already, and can't hold "
            f"{plural_of(plugin)} too: TensorBoard takes one kind a tag"
        )


def kind_of(value: Summary.Value) -> str:
    """The plugin that shows a value, "" if it doesn't say; raise ValueError if it does harm."""
    field = value.WhichOneof("value")
    named = plugin_in_metadata(value)
    if field is None:
        if named == "hparams":
            return named
        raise ValueError(f"value of {value.tag!r} must not be empty: it has no field that is set")
    if field == "tensor":
        _check_tensor(value.tag, named, value.tensor)
        return named
    if field == "histo" and len(value.histo.bucket) != len(value.histo.bucket_limit):
        raise ValueError(
            f"histogram of {value.tag!r} must have a bucket for each bucket_limit, "
            f"got {len(value.histo.bucket)} and {len(value.histo.bucket_limit)}"
        )
    plugin: str = BY_FIELD[field].plugin
    if named in KINDS and named != plugin:  # A plugin that is unknown here harms nothing.
        raise ValueError(f"{field} of {value.tag!r} can't be shown as {named!r}")
    return plugin


def _check_tensor(tag: str, plugin: str, tensor: TensorProto) -> None:
    is_string = tensor.dtype == DataType.DT_STRING
    elements = KINDS[plugin].elements if plugin in KINDS else "any"
    if elements == ("numbers" if is_string else "strings"):
        expected = "numbers" if is_string else "DT_STRING"
        raise ValueError(
            f"tensor of {tag!r} must be of {expected} to be shown as {plugin!r}, "
            f"got {DataType.names.get(tensor.dtype, tensor.dtype)}"
        )
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise ValueError(f"tensor of {tag!r} must have a known shape, got {shape}")
    count = prod(shape)
    if not _holds(tensor, count):
        raise ValueError(f"tensor of {tag!r} must hold the {count} elements of its shape {shape}")
    if plugin == "audio" and len(shape) > 1 and 0 in shape[1:]:
        raise ValueError(f"audio of {tag!r} must have no empty clips, got shape {shape}")
    if plugin == "text":
        for text in tensor.string_val:
            starts = range(0, len(text), wire_format.PIECE)
            try:
                for _ in iterdecode((text[at : at + wire_format.PIECE] for at in starts), "utf-8"):
                    pass
            except UnicodeDecodeError as error:
                raise ValueError(f"text of {tag!r} must be UTF-8, but {error}") from None


def _holds(tensor: TensorProto, count: int) -> bool:
    """Whether a tensor has so many elements, or one that stands for all."""
    if tensor.tensor_content and tensor.dtype in ELEMENTS:
        code, _ = ELEMENTS[tensor.dtype]
        return len(tensor.tensor_content) == calcsize(f"<{code}") * count
    lengths = [
        len(value) / _WIDTHS[field.name]
        for field, value in tensor.ListFields()
        if field.name in _WIDTHS
    ]
    return lengths in ([count], [1]) or (count == 0 and not lengths)


def _check_unknown_fields(event: Event) -> None:
    """Refuse a known field's number with another wire type: the data server's parser does.

    proto3 has no groups. Both loaders skip them, but not every parser does.
    """
    for message, number, wire_type, _ in event.unknown_fields():
        if wire_type == wire_format.SGROUP:
            raise ValueError(f"{message.__qualname__} must not have a group, got field {number}")
        for field in message.FIELDS.values():
            if field.number == number:
                raise ValueError(f"{field.full_name} must not have wire type {wire_type}")
