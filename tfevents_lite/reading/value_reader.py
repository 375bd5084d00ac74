"""Takes the values out of one run's events, of any kind and from any writer.

A value is what one tag holds at one step. Nearly all events of a long run hold scalars, and differ
from earlier ones in their time, step and numbers alone: these are told by comparing bytes, and only
the others are decoded as messages. NumPy is not needed. This module knows events; which files they
come from is the business of `run_reader`.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from ..schema.event import Event, SessionLog
from ..schema.summary import Summary
from ..schema.tensor import ELEMENTS, DataType
from ..summary.kinds import BY_FIELD, name_of
from ..wire import wire_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..records.tfrecord import Payload

    # An event's bytes, its wall_time and its step. If it holds a summary and nothing else: where
    # that field begins, and None. Otherwise: 0, and the event decoded.
    Record = tuple[Payload, float, int, int, "Event | None"]

# What precedes each field: number and wire type in a byte.
_TIME, _STEP, _SUMMARY = 0x09, 0x10, 0x2A  # Event
_VALUE = 0x0A  # Summary
_TAG, _SIMPLE_VALUE = 0x0A, 0x15  # Summary.Value

# Field numbers of Summary.Value, and of TensorProto.
_ONEOF = {field.number for field in Summary.Value.FIELDS.values() if field.oneof}
_TENSOR = Summary.Value.FIELDS["tensor"].number
_NO_ELEMENTS = {1, 2, 3}  # dtype, tensor_shape and version_number
_WIDTHS = {5: 4, 6: 8}  # float_val and double_val, of one number

_FLOAT = Struct("<f")
_unpack_time = Struct("<d").unpack_from
# By element type: how `tensor_content` holds a real number, and the field for it otherwise.
_ELEMENTS = {
    data_type: (Struct(f"<{code}"), field)
    for data_type, (code, field) in ELEMENTS.items()
    if len(code) == 1
}

# Malicious files may have a new tag in each event.
_MOST_LAYOUTS = 100_000
_MOST_PLACES = 8
# How much is read at a time of a long event, and from which size on a value stays in the file.
_WINDOW = 1 << 16
_LONGEST_HEADER = 11


class StoredValue(NamedTuple):
    """One value of a run.

    `kind` is "scalar", "image", "histogram", "audio", "text", "tensor", "graph", … or the name of
    the plugin that shows it. `number` is a scalar's, else None. `size` is in bytes, as encoded.
    `message` is what the file holds, None for scalars, and for graphs and the like, which are
    events of their own.
    """

    tag: str
    step: int
    wall_time: float
    kind: str
    number: float | None
    size: int
    message: Summary.Value | None


class Layout:
    """A scalar's value as it is encoded, without its number, which `unpack_from(value, place)` has.

    `tag_end` is where the tag's field ends, with which the value begins. `note` and `is_harmless`
    are for those who read.
    """

    __slots__ = ("is_harmless", "note", "place", "size", "tag", "tag_end", "unpack_from", "width")

    def __init__(self, tag: str, tag_end: int, size: int, place: int, number: Struct) -> None:
        self.tag = tag
        self.tag_end = tag_end
        self.size = size
        self.place = place
        self.width = number.size
        self.unpack_from = number.unpack_from
        self.note: Any = None
        self.is_harmless = False

    def stored(self, value: bytes, step: int, wall_time: float) -> StoredValue:
        """The scalar that an encoded value of this layout is."""
        (number,) = self.unpack_from(value, self.place)
        return StoredValue(self.tag, step, wall_time, "scalar", number, self.size, None)


class ValueReader:
    """Takes the values out of one run's events. A tag's first value alone names its plugin."""

    def __init__(self) -> None:
        # By tag, the plugin that its first value with one names; "" before that.
        self._plugins: dict[str, str] = {}
        # Layouts by a value's bytes without its number, and where that can be by the value's size.
        self._layouts: dict[bytes, Layout] = {}
        self._places: dict[int, list[tuple[int, int]]] = {}
        # The same for summaries of one value, by what follows the step; where the value begins in
        # that, and where its number begins and ends.
        self._events: dict[bytes, Layout] = {}
        self._event_places: dict[int, tuple[int, int, int]] = {}

    def values(self, record: Record) -> Iterable[StoredValue]:
        """What an event holds; graphs and the like have a kind but no message.

        Raises DecodeError, or EOFError if a file was truncated while it was read.
        """
        payload, wall_time, step, position, event = record
        if event is not None:
            return self._values_of_message(event)
        if type(payload) is not bytes:
            return (
                self._value(value, step, wall_time) for value in split_summary(payload, position)
            )
        scalars = self.scalars(payload, position)
        if scalars is not None:
            return [layout.stored(value, step, wall_time) for layout, value in scalars]
        values = [*split_summary(payload, position)]
        return [self._value(value, step, wall_time) for value in values]

    def scalars(self, payload: bytes, position: int) -> list[tuple[Layout, bytes]] | None:
        """Each value of a summary's event with its layout, None if not all are scalars.

        `position` is where the summary's field begins.
        """
        known = self._event_places.get(len(payload) - position)
        if known is not None:
            start, begin, end = known
            key = payload[position : position + begin] + payload[position + end :]
            layout = self._events.get(key)
            if layout is not None:
                return [(layout, payload[position + start :])]
        found: list[tuple[Layout, bytes]] = []
        places, layouts = self._places, self._layouts
        for value in split_summary(payload, position):
            # As layout(), whose call would cost as much as all this does.
            if type(value) is not bytes:
                return None
            for begin, end in places.get(len(value), ()):
                layout = layouts.get(value[:begin] + value[end:])
                if layout is not None and layout.place == begin:
                    break
            else:
                layout = self.layout(value)
            if layout is None:
                return None
            found.append((layout, value))
        if len(found) == 1 and payload.endswith(value) and len(self._events) < _MOST_LAYOUTS:
            layout, value = found[0]
            start = len(payload) - position - len(value)
            begin = start + layout.place
            known = start, begin, begin + layout.width
            if self._event_places.setdefault(len(payload) - position, known) == known:
                key = payload[position : position + begin] + payload[position + known[2] :]
                self._events[key] = layout
        return found

    def layout(self, value: Any) -> Layout | None:
        """The layout of a scalar's value; None if its bytes do not tell it to be one."""
        if type(value) is not bytes:
            return None
        for begin, end in self._places.get(len(value), ()):
            layout = self._layouts.get(value[:begin] + value[end:])
            if layout is not None and layout.place == begin:
                return layout
        return self._learn(value)

    def _value(self, value: Any, step: int, wall_time: float) -> StoredValue:
        layout = self.layout(value)
        if layout is not None:
            return layout.stored(value, step, wall_time)
        return self._value_of_message(Summary.Value.FromView(value), step, wall_time, len(value))

    def _values_of_message(self, event: Event) -> Iterator[StoredValue]:
        at = event.step, event.wall_time
        what = event.WhichOneof("what")
        if what in ("graph_def", "meta_graph_def"):
            yield StoredValue("", *at, "graph", None, len(getattr(event, what)), None)
        elif what == "tagged_run_metadata":
            metadata = event.tagged_run_metadata
            yield StoredValue(metadata.tag, *at, "run_metadata", None, metadata.ByteSize(), None)
        for value in event.summary.value if what == "summary" else ():
            yield self._value_of_message(value, *at, value.ByteSize())

    def _value_of_message(
        self, value: Summary.Value, step: int, wall_time: float, size: int
    ) -> StoredValue:
        plugin = self._plugin(value)
        kind = kind_of(value, plugin)
        number = scalar_number(value, plugin)
        if number is not None:
            return StoredValue(value.tag, step, wall_time, "scalar", number, size, None)
        return StoredValue(value.tag, step, wall_time, kind, None, size, value)

    def _plugin(self, value: Summary.Value) -> str:
        """The plugin that shows a value's tag, as far as the run has named it."""
        own = plugin_of(value)
        known = self._plugins.get(value.tag)
        if not known:
            if own and known is not None:
                # Values of this tag that named none were something else until now.
                self._layouts.clear()
                self._events.clear()
            self._plugins[value.tag] = known = own
        return known

    def _learn(self, value: bytes) -> Layout | None:
        """Make and keep the layout of a value, if it is a scalar."""
        size = len(value)
        tag_end = 0
        if size > 6 and value[0] == _TAG and value[1] < 128:
            tag_end = 2 + value[1]
        if tag_end and tag_end + 5 == size and value[tag_end] == _SIMPLE_VALUE:
            # Nothing but a tag and a number, as most are.
            try:
                tag = value[2:tag_end].decode()
            except UnicodeDecodeError:
                return None
            self._plugins.setdefault(tag, "")
            layout = Layout(tag, tag_end, size, size - 4, _FLOAT)
        else:
            place = _place_of_number(value)
            if place is None:
                return None
            message = Summary.Value.FromString(value)
            if scalar_number(message, self._plugin(message)) is None:
                return None
            is_tensor = message.WhichOneof("value") == "tensor"
            code = _ELEMENTS[message.tensor.dtype][0] if is_tensor else _FLOAT
            start = b"%c%b" % (_TAG, wire_format.encode_len(message.tag.encode()))
            if code.format not in ("<f", "<d") or not value.startswith(start):
                return None
            layout = Layout(message.tag, len(start), size, place, code)
        if len(self._layouts) < _MOST_LAYOUTS:
            begin, end = layout.place, layout.place + layout.width
            self._layouts[value[:begin] + value[end:]] = layout
            places = self._places.setdefault(size, [])
            if (begin, end) not in places and len(places) < _MOST_PLACES:
                places.append((begin, end))
        return layout


def _place_of_number(value: bytes) -> int | None:
    """Where a value has its number, if nothing else makes it a scalar; None for what is none."""
    place = end = tags = held = 0
    tensor: Any = None
    for number, _, field, whole in wire_format.decode_fields(value):
        end += len(whole)
        tags += number == 1
        held += number in _ONEOF
        if number in (_SIMPLE_VALUE >> 3, _TENSOR) and isinstance(field, bytes):
            place = end - len(field)
            tensor = field if number == _TENSOR else None
    if tags != 1 or held != 1 or not place or tensor is None:
        return place if tags == held == 1 and place else None
    elements = 0
    end = place
    for number, _, field, whole in wire_format.decode_fields(tensor):
        end += len(whole)
        if number not in _NO_ELEMENTS:
            elements += 1
            if not isinstance(field, bytes) or len(field) != _WIDTHS.get(number, len(field)):
                return None
            place = end - len(field)
    # A second one would be another element, or replace the first.
    return place if elements == 1 else None


def read_record(payload: Payload) -> Record:
    """Tell an event's time and step, and whether it is nothing else but a summary.

    Raises DecodeError, or EOFError if the file was truncated while it was read.
    """
    head: Any = payload if type(payload) is bytes else bytes(payload[:40])
    try:
        if head[0] == _TIME:
            step, position = 0, 9
            if head[9] == _STEP:
                step = head[10]
                position = 11
                if step > 127:
                    second, third = head[11], head[12]
                    if second < 128:
                        step = step & 127 | second << 7
                        position = 12
                    elif third < 128:
                        step = step & 127 | (second & 127) << 7 | third << 14
                        position = 13
                    else:
                        step, position = wire_format.decode_varint(head, 10)
                        step = wire_format.to_signed(step)
            if head[position] == _SUMMARY:
                size = head[position + 1]
                begin = position + 2
                if size > 127:
                    size, begin = wire_format.decode_varint(head, position + 1)
                if begin + size == len(payload):
                    (wall_time,) = _unpack_time(head, 1)
                    return payload, wall_time, step, position, None
    except (IndexError, wire_format.DecodeError):
        pass  # If it is no Event, decoding it will say why.
    event = Event.FromView(payload)
    return payload, event.wall_time, event.step, 0, event


def split_summary(payload: Payload, position: int) -> Iterator[Any]:
    """Yield the encoded values of a summary, as bytes, or as a view if they are long.

    Of `payload`, the summary's field is what begins at `position`. Raises DecodeError.
    """
    start, total = 0, len(payload)
    window = payload if isinstance(payload, bytes) else bytes(payload[:_WINDOW])
    _, at = wire_format.decode_varint(window, position + 1)
    while start + at < total:
        if at > len(window) - _LONGEST_HEADER and start + len(window) < total:
            start, at = start + at, 0
            window = bytes(payload[start : start + _WINDOW])
        if window[at] != _VALUE:
            # A field that summaries do not have: only malformed files come here.
            rest: Any = memoryview(payload) if isinstance(payload, bytes) else payload
            for number, wire_type, value, _ in wire_format.decode_fields(rest[start + at :]):
                if number == 1 and wire_type == wire_format.LEN:
                    yield value
            return
        size, begin = window[at + 1] if at + 1 < len(window) else 128, at + 2
        if size > 127:
            size, begin = wire_format.decode_varint(window, at + 1)
        at = begin + size
        if at <= len(window):
            yield window[begin:at]
        elif start + at > total:
            raise wire_format.DecodeError("a summary's value ends beyond its message")
        else:
            view = payload[start + begin : start + at]
            yield view if len(view) > _WINDOW else bytes(view)
            start, at = start + at, 0
            window = bytes(payload[start : start + _WINDOW])


def is_start(event: Event | None) -> bool:
    """Whether an event tells of a restart, after which TensorBoard drops what is repeated."""
    if event is None or not event.HasField("session_log"):
        return False
    return event.session_log.status == SessionLog.START


def plugin_of(value: Summary.Value) -> str:
    """The plugin that a value itself says it is for, "" for none."""
    # Reading an unset message makes a circle of references, in which a large value would stay for
    # long after its last use.
    return value.metadata.plugin_data.plugin_name if value.HasField("metadata") else ""


def kind_of(value: Summary.Value, plugin: str) -> str:
    """What a value is, in one word, when its tag belongs to a plugin, "" for none.

    >>> kind_of(Summary.Value(simple_value=1), "")
    'scalar'
    """
    field = value.WhichOneof("value")
    if field is None or field == "tensor":
        return name_of(plugin) or ("tensor" if field else "empty")
    return str(BY_FIELD[field].name)


def scalar_number(value: Summary.Value, plugin: str) -> float | None:
    """The number that a scalar is, however it was written; None if it is no scalar.

    A tensor is one if it has one element and its tag is shown as scalars, or by no plugin.

    >>> scalar_number(Summary.Value(simple_value=0.5), "")
    0.5
    """
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return value.simple_value
    if kind != "tensor" or plugin not in ("scalars", ""):
        return None
    tensor = value.tensor
    shape = tensor.tensor_shape.dim if tensor.HasField("tensor_shape") else ()
    if tensor.dtype not in _ELEMENTS or any(dim.size != 1 for dim in shape):
        return None
    code, field = _ELEMENTS[tensor.dtype]
    content = tensor.tensor_content
    if not content:
        values = getattr(tensor, field)
        if not values:
            return None
        if field != "half_val":
            return float(values[0])
        content = (values[0] & 0xFFFF).to_bytes(2, "little")
    if len(content) < code.size:
        return None
    if tensor.dtype == DataType.DT_BFLOAT16:
        # The upper half of a 32-bit float.
        content, code = b"\0\0" + content[:2], _FLOAT
    return float(code.unpack_from(content)[0])
