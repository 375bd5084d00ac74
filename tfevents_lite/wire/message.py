"""Messages as data: a class with a table of fields, and one generic encoder and decoder.

    class Image(Message):
        height: int = int32(1)
        encoded_image_string: bytes = bytes_(4)

The behaviour is proto3's (https://protobuf.dev/programming-guides/proto3/) and the method names are
those of protobuf's Python API: a scalar outside a oneof is written when it differs from its
default; setting one member of a oneof clears the others; reading an unset message field gives an
empty message that becomes part of its parent once something in it is set; a message assigned or
appended is copied; fields of unknown numbers survive decoding and encoding.

This module knows no particular message. What a scalar field accepts is in `scalar_types`.
"""

from __future__ import annotations

from _weakref import ref

from . import scalar_types, wire_format
from .scalar_types import FieldType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Generic, TypeVar

    from typing_extensions import Self, SupportsIndex, dataclass_transform

    T = TypeVar("T")

    class RepeatedField(Generic[T]):
        """A repeated field to a type checker: any iterable goes in, a list comes out."""

        def __get__(self, message: object, owner: object) -> Repeated[T]: ...
        def __set__(self, message: object, values: Iterable[T]) -> None: ...

    class RepeatedBase(list[T]):
        pass
else:

    def dataclass_transform(**options):
        return lambda cls: cls

    class RepeatedBase(list):
        __class_getitem__ = classmethod(lambda cls, item: cls)

    T = None

_set = object.__setattr__


class Field:
    """One line of a message's table: a descriptor that checks what is set and gives defaults."""

    __slots__ = ("enum", "full_name", "has_presence", "name", "number", "oneof", "repeated", "type")

    def __init__(
        self,
        number: int,
        type: FieldType,
        repeated: bool = False,
        oneof: str | None = None,
        enum: type[Enum] | None = None,
    ) -> None:
        self.number = number
        self.type = type
        self.repeated = repeated
        self.oneof = oneof
        self.enum = enum
        # Whether an unset field is told apart from one that holds the default.
        self.has_presence = oneof is not None
        self.name = self.full_name = ""

    def __set_name__(self, owner: type[Message], name: str) -> None:
        self.name = name
        self.full_name = f"{owner.__qualname__}.{name}"

    def __get__(self, instance: Message | None, owner: object = None) -> Any:
        if instance is None:
            return self
        values = instance._values
        if self.name not in values:
            if not self.repeated:
                return self.unset_value(instance)
            values[self.name] = Repeated(instance, self)
        return values[self.name]

    def __set__(self, instance: Message, value: Any) -> None:
        if value is None:
            instance.ClearField(self.name)
        elif self.repeated:
            values: Repeated[Any] = Repeated(instance, self)
            values.extend(value)
            instance._store(self, values)
        else:
            instance._store(self, self.check(value))

    def unset_value(self, instance: Message) -> Any:
        """What reading the field gives while it is not set."""
        return self.type.default

    def check(self, value: Any) -> Any:
        """Return one value as it is kept; raise TypeError or ValueError that names the field."""
        return self.type.check(value, self.full_name)

    def encode(self, values: list[Any]) -> bytes:
        """Encode all values of the field: packed, or each behind a tag."""
        if self.repeated and self.type.wire_type != wire_format.LEN:
            packed = self.type.encode_packed(values)
            return wire_format.encode_tag(self.number, wire_format.LEN) + wire_format.encode_len(
                packed
            )
        tag = wire_format.encode_tag(self.number, self.type.wire_type)
        encode = self.type.encode
        return b"".join([tag + encode(item) for item in values])

    def size(self, values: list[Any]) -> int:
        """How many bytes `encode` gives: without making them, where they may be many."""
        if self.type is not scalar_types.BYTES:
            return len(self.encode(values))
        return sum(self._size_behind_tag(len(value)) for value in values)

    def _size_behind_tag(self, size: int) -> int:
        length = wire_format.encode_varint(size)
        return len(wire_format.encode_tag(self.number, wire_format.LEN)) + len(length) + size

    def decode(self, instance: Message, wire_type: int, value: Any, depth: int) -> bool:
        """Take one value from the wire; say False if its wire type is not this field's."""
        if wire_type == self.type.wire_type:
            decoded = self.type.decode(value)
            if self.repeated:
                list.append(getattr(instance, self.name), decoded)
            else:
                instance._store(self, decoded)
        elif self.repeated and wire_type == wire_format.LEN:
            self.type.decode_packed(value, getattr(instance, self.name))
        else:
            return False
        return True

    def text_of(self, value: Any) -> str:
        """One value as protobuf text, without the field's name."""
        return self.enum.names.get(value, str(value)) if self.enum else self.type.text(value)


class MessageField(Field):
    """A field whose values are messages of one type."""

    __slots__ = ("_get_message",)

    def __init__(
        self,
        number: int,
        get_message: Callable[[], type[Message]],
        repeated: bool = False,
        oneof: str | None = None,
    ) -> None:
        super().__init__(number, scalar_types.BYTES, repeated, oneof)
        self._get_message = get_message
        self.has_presence = not repeated

    @property
    def message(self) -> type[Message]:
        """The type of the values."""
        return self._get_message()

    def unset_value(self, instance: Message) -> Message:
        value = instance._values[self.name] = self.message()
        # Until something in it is set, it is no part of its parent.
        object.__setattr__(value, "_parent", (ref(instance), self))
        return value

    def check(self, value: Any) -> Message:
        if not isinstance(value, self.message):
            expected = self.message.__qualname__
            raise TypeError(f"{self.full_name} must be a {expected}, got {value!r:.80}")
        return value._copy()

    def encode(self, values: list[Message]) -> bytes:
        return super().encode([value.SerializeToString() for value in values])

    def size(self, values: list[Message]) -> int:
        return sum(self._size_behind_tag(value.ByteSize()) for value in values)

    def decode(self, instance: Message, wire_type: int, value: Any, depth: int) -> bool:
        if wire_type != wire_format.LEN:
            return False
        message = self.message() if self.repeated else getattr(instance, self.name)
        message._merge(value, depth + 1)
        if self.repeated:
            list.append(getattr(instance, self.name), message)
        else:
            message._touch()
        return True


class Repeated(RepeatedBase[T]):
    """The values of a repeated field: a list that checks what comes in."""

    __slots__ = ("_field", "_message")

    def __init__(self, message: Message, field: Field) -> None:
        super().__init__()
        # Weakly: a circle would keep large values until the garbage collector comes by.
        self._message = ref(message)
        self._field = field

    def _touch(self) -> None:
        message = self._message()
        if message is not None:
            message._touch()

    def append(self, value: T) -> None:
        super().append(self._field.check(value))
        self._touch()

    def extend(self, values: Iterable[T]) -> None:
        check = self._field.check
        super().extend([check(value) for value in values])
        self._touch()

    def insert(self, index: SupportsIndex, value: T) -> None:
        super().insert(index, self._field.check(value))
        self._touch()

    def __setitem__(self, index: Any, value: Any) -> None:
        check = self._field.check
        checked = [check(item) for item in value] if isinstance(index, slice) else check(value)
        super().__setitem__(index, checked)

    def __iadd__(self, values: Iterable[T]) -> Self:  # type: ignore[override, misc] # As a list's.
        self.extend(values)
        return self

    def add(self, **fields: Any) -> T:
        """Append a new message with these fields, and return it.

        >>> from tfevents_lite import Summary
        >>> summary = Summary()
        >>> summary.value.add(tag="loss", simple_value=0.5).tag
        'loss'
        """
        if not isinstance(self._field, MessageField):
            raise TypeError(f"{self._field.full_name} holds no messages; use append")
        value: Any = self._field.message(**fields)
        super().append(value)
        self._touch()
        return value  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def _scalar(type: FieldType) -> Callable[..., Any]:
    def field(number: int, *, repeated: bool = False, oneof: str | None = None) -> Any:
        return Field(number, type, repeated, oneof)

    return field


# The words of a message's table. They return a Field, and say Any so that a table can be annotated
# with the types of the values.
double = _scalar(scalar_types.DOUBLE)
float_ = _scalar(scalar_types.FLOAT)
int32 = _scalar(scalar_types.INT32)
int64 = _scalar(scalar_types.INT64)
uint32 = _scalar(scalar_types.UINT32)
uint64 = _scalar(scalar_types.UINT64)
bool_ = _scalar(scalar_types.BOOL)
string = _scalar(scalar_types.STRING)
bytes_ = _scalar(scalar_types.BYTES)


def enum(
    number: int, names: type[Enum], *, repeated: bool = False, oneof: str | None = None
) -> Any:
    """A field of an open enum: any int32 is kept, those with a name are shown by it."""
    return Field(number, scalar_types.INT32, repeated, oneof, names)


def message(
    number: int,
    type: Callable[[], type[Message]],
    *,
    repeated: bool = False,
    oneof: str | None = None,
) -> Any:
    """A field that holds messages of one type, given as a function as it may be defined later."""
    return MessageField(number, type, repeated, oneof)


class Enum:
    """The base of an enum's names: plain integers, as protobuf's generated code has them."""

    names: dict[int, str] = {}  # noqa: RUF012 # Filled for each subclass.

    def __init_subclass__(cls) -> None:
        cls.names = {value: name for name, value in vars(cls).items() if name.isupper()}


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
