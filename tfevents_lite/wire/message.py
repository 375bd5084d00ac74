"""Messages as data: a class with a table of fields, and one generic encoder and decoder.

    class Image(Message):
        height: int = int32(1)
        encoded_image_string: bytes = bytes_(4)

The behaviour is proto3's (https://protobuf.dev/programming-guides/proto3/) and the method names are
those of protobuf's Python API: a scalar outside a oneof is written when it differs from its
default; setting one member of a oneof clears the others; reading an unset message field gives an
empty message that becomes part of its parent once something in it is set; a message assigned or
appended is copied; fields of unknown numbers survive decoding and encoding.

This module knows no particular message. What a field accepts, and how it looks on the wire and as
text, stands in `fields`.
"""

from __future__ import annotations

from . import wire_format
from .fields import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**options):
        return lambda cls: cls


_set = object.__setattr__


@dataclass_transform(kw_only_default=True, eq_default=False)
class Message:
    """The base of all messages. Fields are given by keyword; one given as None stays unset."""

    __slots__ = ("__weakref__", "_parent", "_unknown", "_values")

    if TYPE_CHECKING:
        FIELDS: dict[str, Field]
        _BY_NUMBER: dict[int, Field]
        _values: dict[str, Any]
        _unknown: bytes | bytearray
        _parent: tuple[Callable[[], Message | None], Field] | None
    else:
        FIELDS = {}

        def __init__(self, **fields):
            _set(self, "_values", {})
            _set(self, "_unknown", b"")
            _set(self, "_parent", None)
            for name, value in fields.items():
                setattr(self, name, value)

    def __init_subclass__(cls) -> None:
        table = [field for field in vars(cls).values() if isinstance(field, Field)]
        table.sort(key=lambda field: field.number)
        cls.FIELDS = {field.name: field for field in table}
        cls._BY_NUMBER = {field.number: field for field in table}

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.FIELDS:
            raise AttributeError(
                f"{type(self).__qualname__} has no field {name!r}; it has {', '.join(self.FIELDS)}"
            )
        _set(self, name, value)

    # What is set.

    def ListFields(self) -> list[tuple[Field, Any]]:
        """The fields that would be written, with their values, by number."""
        return [
            (field, self._values[name]) for name, field in self.FIELDS.items() if self._is_set(name)
        ]

    def HasField(self, name: str) -> bool:
        """Whether a message field or a member of a oneof is set; for a oneof, whether any is."""
        field = self.FIELDS.get(name)
        if field is None:
            return self.WhichOneof(name) is not None
        if field.repeated or not field.has_presence:
            raise ValueError(f"{field.full_name} has no presence: compare it with its default")
        return self._is_set(name)

    def WhichOneof(self, oneof: str) -> str | None:
        """The name of the oneof's member that is set, or None."""
        members = [name for name, field in self.FIELDS.items() if field.oneof == oneof]
        if not members:
            raise ValueError(f"{type(self).__qualname__} has no oneof {oneof!r}")
        return next(filter(self._is_set, members), None)

    def ClearField(self, name: str) -> None:
        """Unset one field."""
        if name not in self.FIELDS:
            raise ValueError(f"{type(self).__qualname__} has no field {name!r}")
        removed = self._values.pop(name, None)
        if isinstance(removed, Message):
            _set(removed, "_parent", None)
        self._touch()

    def SetInParent(self) -> None:
        """Make this message part of the one it was read from, even if it stays empty."""
        self._touch()

    def Clear(self) -> None:
        """Unset every field."""
        self._values.clear()
        _set(self, "_unknown", b"")
        self._touch()

    def CopyFrom(self, other: Self) -> None:
        """Become equal to another message of the same type."""
        data = self._check_same_type(other).SerializeToString()
        self.Clear()
        self.MergeFromString(data)

    def MergeFrom(self, other: Self) -> None:
        """Add what another message of the same type holds, as MergeFromString does."""
        self.MergeFromString(self._check_same_type(other).SerializeToString())

    def _check_same_type(self, other: Self) -> Self:
        if type(other) is not type(self):
            raise TypeError(f"other must be a {type(self).__qualname__}, got {other!r:.80}")
        return other

    def _is_set(self, name: str) -> bool:
        value = self._values.get(name)
        if isinstance(value, Message):
            return value._parent is None
        return value is not None and value != []

    def _store(self, field: Field, value: Any) -> None:
        """Keep a checked value, unless it is the default of a field that knows no presence."""
        if field.oneof is not None:
            for name, other in self.FIELDS.items():
                if other.oneof == field.oneof and other is not field:
                    self._values.pop(name, None)
        if field.has_presence or field.repeated or not field.type.is_default(value):
            self._values[field.name] = value
        else:
            self._values.pop(field.name, None)
        self._touch()

    def _touch(self) -> None:
        """Note a change: a message read from an unset field becomes part of its parent."""
        if self._parent is not None:
            get_parent, field = self._parent
            _set(self, "_parent", None)
            parent = get_parent()
            if parent is not None:
                parent._store(field, self)

    def _copy(self) -> Self:
        copy = type(self)()
        _set(copy, "_unknown", bytes(self._unknown))
        for field, value in self.ListFields():
            setattr(copy, field.name, value)
        return copy

    # Bytes.

    def SerializeToString(self) -> bytes:
        """Encode the message, fields in the order of their numbers, unknown ones last."""
        chunks = [
            field.encode(value if field.repeated else [value]) for field, value in self.ListFields()
        ]
        return b"".join(chunks) + self._unknown

    def ByteSize(self) -> int:
        """The number of bytes that SerializeToString gives."""
        sizes = [
            field.size(value if field.repeated else [value]) for field, value in self.ListFields()
        ]
        return sum(sizes) + len(self._unknown)

    @classmethod
    def FromString(cls, data: bytes) -> Self:
        """Decode a message. Raises DecodeError (a ValueError) where `data` is none of this kind."""
        return cls.FromView(bytes(data))

    @classmethod
    def FromView(cls, data: wire_format.Bytes) -> Self:
        """As FromString, of bytes that don't change meanwhile or a view of them: without a copy."""
        message = cls()
        # Views, as each level of nesting would copy all that is in it, and twice.
        message._merge(memoryview(data) if isinstance(data, bytes) else data, 0)
        return message

    def ParseFromString(self, data: bytes) -> int:
        """Become the message that `data` holds, and return its size in bytes."""
        self.Clear()
        self.MergeFromString(data)
        return len(data)

    def MergeFromString(self, data: bytes) -> None:
        """Add what `data` holds: set fields replace, repeated ones append, messages merge."""
        self._merge(memoryview(bytes(data)), 0)
        self._touch()

    def _merge(self, data: wire_format.Bytes, depth: int) -> None:
        if depth > wire_format.MAX_DEPTH:
            raise wire_format.DecodeError(
                f"messages are nested more than {wire_format.MAX_DEPTH} deep"
            )
        for number, wire_type, value, whole in wire_format.decode_fields(data):
            field = self._BY_NUMBER.get(number)
            if field is None or not field.decode(self, wire_type, value, depth):
                self._keep_unknown(whole)

    def _keep_unknown(self, data: wire_format.Bytes) -> None:
        # A field may come in any number of pieces, to be merged: each appends to the others'.
        kept = self._unknown
        if not isinstance(kept, bytearray):
            kept = bytearray(kept)
            _set(self, "_unknown", kept)
        for begin in range(0, len(data), wire_format.PIECE):
            kept += bytes(data[begin : begin + wire_format.PIECE])

    # Python.

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, Message)
        return self.ListFields() == other.ListFields() and self._unknown == other._unknown

    __hash__ = None  # type: ignore[assignment] # A message can change.

    def __repr__(self) -> str:
        return "".join(line + "\n" for line in self._text_lines())

    def _text_lines(self) -> Iterator[str]:
        for field, value in self.ListFields():
            for item in value if field.repeated else [value]:
                if isinstance(item, Message):
                    yield f"{field.name} {{"
                    for line in item._text_lines():
                        yield "  " + line
                    yield "}"
                else:
                    yield f"{field.name}: {field.text_of(item)}"

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        return type(self).FromString, (self.SerializeToString(),)
