"""Messages as data: a class with a table of fields, and one generic encoder and decoder.

    class Image(Message):
        height: int = int32(1)
        encoded_image_string: bytes = bytes_(4)

    class Summary(Message):
        value: RepeatedField[Value] = message(1, lambda: Value, repeated=True)

Messages behave as proto3 says (https://protobuf.dev/programming-guides/proto3/), and the methods
have the names and meanings of protobuf's Python API
(https://protobuf.dev/reference/python/python-generated/). A scalar outside a oneof is encoded if it
differs from its default. Setting one member of a oneof clears the others. Reading an unset message
field gives an empty message, which becomes part of its parent when something in it is set. A
message that is assigned or appended is copied. Fields of unknown numbers survive decoding and
encoding.

This module knows no particular message. What a scalar field accepts is in `scalar_types`.
"""

from __future__ import annotations

from _weakref import ref

from . import scalar_types, wire_format
from .scalar_types import FieldType
from .wire_format import LEN, DecodeError, encode_tag, encode_varint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, ClassVar, Generic, TypeVar

    from typing_extensions import Self, SupportsIndex, dataclass_transform

    T = TypeVar("T")

    class RepeatedField(Generic[T]):
        """A repeated field to a type checker: any iterable goes in, a list comes out."""

        def __get__(self, message: object, owner: object) -> Repeated[T]: ...
        def __set__(self, message: object, values: Iterable[T]) -> None: ...
else:
    RepeatedField = list

    def dataclass_transform(**options):
        return lambda cls: cls


class Enum:
    """The base of enums. Their values are plain integers, as in protobuf's generated code."""

    names: dict[int, str] = {}  # noqa: RUF012 # Filled for each subclass.

    def __init_subclass__(cls) -> None:
        cls.names = {value: name for name, value in vars(cls).items() if name.isupper()}

    @classmethod
    def Name(cls, number: int) -> str:
        """The name of a value. Raises ValueError if it has none."""
        if number not in cls.names:
            raise ValueError(f"{cls.__qualname__} has no name for {number!r}")
        return cls.names[number]

    @classmethod
    def Value(cls, name: str) -> int:
        """The value of a name. Raises ValueError if there is no such name."""
        values = dict(cls.items())
        if name not in values:
            raise ValueError(f"{cls.__qualname__} has no {name!r}; it has {', '.join(values)}")
        return values[name]

    @classmethod
    def keys(cls) -> list[str]:
        """The names."""
        return list(cls.names.values())

    @classmethod
    def values(cls) -> list[int]:
        """The values, in the order of the names."""
        return list(cls.names)

    @classmethod
    def items(cls) -> list[tuple[str, int]]:
        """The names with their values."""
        return [(name, value) for value, name in cls.names.items()]


class Field:
    """One line of a message's table: a descriptor that checks what is set and gives defaults.

    `has_presence` says whether an unset field differs from one that holds the default, `rivals`
    which fields are cleared when this one is set: the other members of its oneof.
    """

    __slots__ = (
        *("enum", "full_name", "has_presence", "name", "number", "oneof", "repeated", "rivals"),
        *("tag", "type"),
    )

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
        self.has_presence = oneof is not None
        self.rivals: tuple[str, ...] = ()
        self.name = self.full_name = ""
        # Repeated numbers are packed: one length-delimited field holds them all.
        self.tag = encode_tag(number, LEN if repeated else type.wire_type)

    def __set_name__(self, owner: type[Message], name: str) -> None:
        self.name = name
        self.full_name = f"{owner.__qualname__}.{name}"

    def __get__(self, instance: Message | None, owner: object = None) -> Any:
        if instance is None:
            return self
        value = instance._values.get(self.name)
        return self.unset_value(instance) if value is None else value

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
        """What an unset field reads as."""
        if not self.repeated:
            return self.type.default
        value = instance._values[self.name] = Repeated(instance, self)
        return value

    def check(self, value: Any) -> Any:
        """Return one value as it is kept; raise TypeError or ValueError that names the field."""
        if self.enum is not None and isinstance(value, str):
            try:
                return self.enum.Value(value)
            except ValueError as error:
                raise ValueError(f"{self.full_name}: {error}") from None
        return self.type.check(value, self.full_name)

    def encode(self, value: Any, parts: list[bytes | bytearray]) -> None:
        """Append the field's bytes to a list: long values as they are, without a copy."""
        if not self.repeated:
            parts.append(self.tag)
            if self.type.wire_type == LEN:
                value = self.type.encode(value)
                parts.append(encode_varint(len(value)))
                parts.append(value)
            else:
                parts.append(self.type.encode(value))
        elif self.type.wire_type == LEN:
            for item in map(self.type.encode, value):
                parts += self.tag, encode_varint(len(item)), item
        else:
            packed = self.type.encode_packed(value)
            parts += self.tag, encode_varint(len(packed)), packed

    def decode(self, instance: Message, wire_type: int, value: Any, depth: int) -> None:
        """Take one value from the wire; `_TAGS` of the message has the wire types of the field."""
        if not self.repeated:
            instance._store(self, self.type.decode(value))
        elif wire_type == self.type.wire_type:
            list.append(getattr(instance, self.name), self.type.decode(value))
        else:
            self.type.decode_packed(value, getattr(instance, self.name))

    def each(self, value: Any) -> Iterable[Any]:
        """The values of the field, if `value` is what reading it gives."""
        return value if self.repeated else (value,)

    def text_of(self, value: Any) -> str:
        """One value in protobuf's text format, without the field's name."""
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

    def unset_value(self, instance: Message) -> Any:
        if self.repeated:
            return super().unset_value(instance)
        value = instance._values[self.name] = self.message()
        # Until something in it is set, it is not part of its parent.
        value._parent = (ref(instance), self)
        return value

    def check(self, value: Any) -> Message:
        message = self.message.coerce(value, self.full_name)
        return message._copy() if message is value else message

    def encode(self, value: Any, parts: list[bytes | bytearray]) -> None:
        for item in self.each(value):
            inner = item._parts()
            parts.append(self.tag)
            parts.append(encode_varint(sum(map(len, inner))))
            parts += inner

    def decode(self, instance: Message, wire_type: int, value: Any, depth: int) -> None:
        message = None if self.repeated else instance._values.get(self.name)
        if message is None:
            message = self.message()
        message._merge(value, depth + 1)
        if self.repeated:
            list.append(getattr(instance, self.name), message)
        elif message._parent is not None:
            message._touch()
        else:
            instance._store(self, message)


class MapField(MessageField):
    """A map from strings to messages, encoded as repeated entries of a key and a value.

    `message` is the type of an entry.
    """

    __slots__ = ()

    def __init__(self, number: int, get_message: Callable[[], type[Message]]) -> None:
        super().__init__(number, get_message, repeated=True)

    def __set__(self, instance: Message, value: Any) -> None:
        if value is None:
            instance.ClearField(self.name)
        else:
            made = Map(instance, self)
            made.MergeFrom(value)
            instance._store(self, made)

    def unset_value(self, instance: Message) -> Any:
        value = instance._values[self.name] = Map(instance, self)
        return value

    def each(self, value: Any) -> Iterable[Message]:
        for key, item in sorted(value.items()):
            entry = self.message()
            entry._values.update(key=key, value=item)  # Without a copy.
            yield entry

    def decode(self, instance: Message, wire_type: int, value: Any, depth: int) -> None:
        entry: Any = self.message()
        entry._merge(value, depth + 1)
        item = entry.value
        item._parent = None
        dict.__setitem__(getattr(instance, self.name), entry.key, item)


class Map(dict["str", "Any"]):
    """The entries of a map: a dictionary that checks what is added.

    As in protobuf, reading a key that is not there adds an empty message under it.
    """

    __slots__ = ("_field", "_message")

    def __init__(self, message: Message, field: MapField) -> None:
        self._message = ref(message)
        self._field = field

    def __missing__(self, key: str) -> Any:
        self[key] = {}
        return self[key]

    get_or_create = __missing__

    def __setitem__(self, key: str, value: Any) -> None:
        fields = self._field.message.FIELDS
        super().__setitem__(fields["key"].check(key), fields["value"].check(value))
        _touch(self)

    def MergeFrom(self, other: Any) -> None:
        """Take over the entries of another map or dictionary; they replace those of equal keys."""
        if not hasattr(other, "items"):
            raise TypeError(f"{self._field.full_name} must be a dictionary, got {other!r:.80}")
        for key, value in other.items():
            self[key] = value

    update = MergeFrom  # type: ignore[assignment] # Of the ways of dict.update, the usual one.

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Repeated(list["T"]):
    """The values of a repeated field: a list that checks what is added."""

    __slots__ = ("_field", "_message")

    def __init__(self, message: Message, field: Field) -> None:
        # A weak reference: a circle would keep large values until the next garbage collection.
        self._message = ref(message)
        self._field = field

    def append(self, value: T) -> None:
        super().append(self._field.check(value))
        _touch(self)

    def extend(self, values: Iterable[T]) -> None:
        check = self._field.check
        super().extend([check(value) for value in values])
        _touch(self)

    MergeFrom = extend

    def insert(self, index: SupportsIndex, value: T) -> None:
        super().insert(index, self._field.check(value))
        _touch(self)

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
        _touch(self)
        return value  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def _scalar(type: FieldType) -> Callable[..., Any]:
    def field(number: int, *, repeated: bool = False, oneof: str | None = None) -> Any:
        return Field(number, type, repeated, oneof)

    return field


# The words of a message's table. They return a Field; to a type checker they return Any, so that a
# table can be annotated with the types of the values.
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
    """A field of an open enum, which takes names and any int32."""
    return Field(number, scalar_types.INT32, repeated, oneof, names)


# `message` takes the type of the values, and `map_` that of an entry (`key` and `value`), as a
# function, since it may be defined later.
message: Callable[..., Any] = MessageField
map_: Callable[..., Any] = MapField


class _MessageType(type):
    """Makes a message's table from the fields in its class."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        namespace.setdefault("__slots__", ())
        table = [field for field in namespace.values() if isinstance(field, Field)]
        # As in protobuf's generated code: the values of nested enums, and the fields' numbers.
        for nested in list(namespace.values()):
            if isinstance(nested, type) and issubclass(nested, Enum):
                namespace.update(nested.items())
        made: Any = super().__new__(cls, name, bases, namespace)
        table.sort(key=lambda field: field.number)
        made.FIELDS = {field.name: field for field in table}
        # By tag, as numbers: a repeated number may come packed or one by one.
        made._TAGS = {}
        for field in table:
            setattr(made, f"{field.name.upper()}_FIELD_NUMBER", field.number)
            made._TAGS[field.number << 3 | field.type.wire_type] = field
            if field.repeated:
                made._TAGS[field.number << 3 | LEN] = field
            if field.oneof is not None:
                field.rivals = tuple(
                    other.name for other in table if other.oneof == field.oneof and other != field
                )
        return made


@dataclass_transform(kw_only_default=True, eq_default=False)
class Message(metaclass=_MessageType):
    """The base of all messages. Fields are given by keyword; one given as None stays unset."""

    __slots__ = ("__weakref__", "_parent", "_unknown", "_values")

    if TYPE_CHECKING:
        FIELDS: ClassVar[dict[str, Field]]
        _TAGS: ClassVar[dict[int, Field]]
        _values: dict[str, Any]
        _unknown: bytes | bytearray
        _parent: tuple[Callable[[], Message | None], Field] | None
    else:

        def __init__(self, **fields):
            self._values = {}
            self._unknown = b""
            self._parent = None
            for name, value in fields.items():
                field = self.FIELDS.get(name)
                if field is None:
                    has = ", ".join(self.FIELDS)
                    raise ValueError(
                        f"{self.__class__.__qualname__} has no field {name!r}; it has {has}"
                    )
                field.__set__(self, value)

    @classmethod
    def coerce(cls, value: Any, name: str) -> Self:
        """Return `value` as a message of this type; raise TypeError that calls it `name`.

        It may be a message of this type, a dictionary of its fields, or a message of the same name
        that another package made, such as TensorBoard's, which is encoded and decoded.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, dict):
            return cls(**value)
        if _name_of(type(value)) == cls.__qualname__ and hasattr(value, "SerializeToString"):
            return cls.FromString(value.SerializeToString())
        raise TypeError(f"{name} must be a {cls.__qualname__}, got {value!r:.80}")

    # What is set.

    def ListFields(self) -> list[tuple[Field, Any]]:
        """The fields that would be encoded, with their values, by number."""
        found = []
        for name, field in self.FIELDS.items():
            value = self._values.get(name)
            if value is None or (field.repeated and not value):
                continue
            if not isinstance(value, Message) or value._parent is None:
                found.append((field, value))
        return found

    def HasField(self, name: str) -> bool:
        """Whether a message field or a member of a oneof is set; for a oneof, whether any is."""
        field = self.FIELDS.get(name)
        if field is None:
            return self.WhichOneof(name) is not None
        if not field.has_presence:
            raise ValueError(f"{field.full_name} has no presence: compare it with its default")
        return _is_set(self._values.get(name))

    def WhichOneof(self, oneof: str) -> str | None:
        """The name of the oneof's member that is set, or None."""
        members = self._members(oneof)
        return next((name for name in members if _is_set(self._values.get(name))), None)

    def ClearField(self, name: str) -> None:
        """Unset one field, or the member of a oneof that is set."""
        for member in (name,) if name in self.FIELDS else self._members(name):
            removed = self._values.pop(member, None)
            if isinstance(removed, Message):
                removed._parent = None
        self._touch()

    def SetInParent(self) -> None:
        """Make this message part of the one it was read from, even if it stays empty."""
        self._touch()

    def Clear(self) -> None:
        """Unset every field."""
        self._values.clear()
        self._unknown = b""
        self._touch()

    def CopyFrom(self, other: Self) -> None:
        """Become equal to another message of the same type."""
        if other is not self:
            other = self.coerce(other, "other")
            self.Clear()
            self.MergeFrom(other)

    def MergeFrom(self, other: Self) -> None:
        """Add what another message of the same type holds, as MergeFromString does."""
        other = self.coerce(other, "other")
        for field, value in other.ListFields():
            if field.repeated or isinstance(value, Message):
                getattr(self, field.name).MergeFrom(value)
            else:
                self._store(field, value)
        self._unknown += other._unknown
        self._touch()

    def IsInitialized(self, errors: object = None) -> bool:
        """True: proto3 has no required fields."""
        return True

    def DiscardUnknownFields(self) -> None:
        """Drop the fields of unknown numbers, in all messages within too."""
        self._unknown = b""
        for message in self._messages():
            message.DiscardUnknownFields()

    def unknown_fields(self) -> Iterator[tuple[type[Message], int, int, wire_format.Bytes]]:
        """The fields that were decoded without being understood, in all messages within too.

        Yields the type of the message, the field's number and wire type, and all its bytes.
        """
        if self._unknown:
            fields = wire_format.decode_fields(memoryview(self._unknown))
            for number, wire_type, _, whole in fields:
                yield type(self), number, wire_type, whole
        for message in self._messages():
            yield from message.unknown_fields()

    def _messages(self) -> Iterator[Message]:
        for field, value in self.ListFields():
            if isinstance(field, MessageField):
                yield from field.each(value)

    def _members(self, oneof: str) -> list[str]:
        members = [name for name, field in self.FIELDS.items() if field.oneof == oneof]
        if not members:
            raise ValueError(f"{type(self).__qualname__} has no field or oneof {oneof!r}")
        return members

    def _store(self, field: Field, value: Any) -> None:
        """Keep a checked value, unless it is the default of a field without presence."""
        values = self._values
        for name in field.rivals:
            if name in values:
                del values[name]
        if value or field.has_presence or field.repeated or not field.type.is_default(value):
            values[field.name] = value
        else:
            values.pop(field.name, None)
        if self._parent is not None:
            self._touch()

    def _touch(self) -> None:
        """Note a change: a message read from an unset field becomes part of its parent."""
        if self._parent is not None:
            get_parent, field = self._parent
            self._parent = None
            parent = get_parent()
            if parent is not None:
                parent._store(field, self)

    def _copy(self) -> Self:
        copy = type(self)()
        copy.MergeFrom(self)
        return copy

    # Bytes.

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:
        """Encode the message: fields in the order of their numbers, unknown ones last.

        Equal messages give equal bytes, so `deterministic` changes nothing.
        """
        return b"".join(self._parts())

    SerializePartialToString = SerializeToString

    def ByteSize(self) -> int:
        """The length of what SerializeToString returns."""
        return sum(map(len, self._parts()))

    def _parts(self) -> list[bytes | bytearray]:
        parts: list[bytes | bytearray] = []
        for field, value in self.ListFields():
            field.encode(value, parts)
        if self._unknown:
            parts.append(self._unknown)
        return parts

    @classmethod
    def FromString(cls, data: bytes) -> Self:
        """Decode a message. Raises DecodeError (a ValueError) if `data` is not one of this kind."""
        return cls.FromView(_checked(data))

    @classmethod
    def FromView(cls, data: wire_format.Bytes) -> Self:
        """As FromString, without a copy: `data` must not change meanwhile."""
        message = cls()
        message._merge(data, 0)
        return message

    def ParseFromString(self, data: bytes) -> int:
        """Become the message that `data` holds, and return its size in bytes."""
        self.Clear()
        return self.MergeFromString(data)

    def MergeFromString(self, data: bytes) -> int:
        """Add what `data` holds: set fields replace, repeated ones append, messages merge.

        Returns the size of `data` in bytes.
        """
        self._merge(_checked(data), 0)
        self._touch()
        return len(data)

    def _merge(self, data: wire_format.Bytes, depth: int) -> None:
        if depth > wire_format.MAX_DEPTH:
            raise DecodeError(f"messages are nested more than {wire_format.MAX_DEPTH} deep")
        if type(data) is bytes and len(data) > wire_format.PIECE:
            data = memoryview(data)  # Otherwise each level of nesting would copy what is in it.
        position, size = 0, len(data)
        while position < size:
            begin = position
            tag, value, position = wire_format.decode_field(data, position)
            field = self._TAGS.get(tag)
            if field is None:
                self._keep_unknown(data[begin:position])
            else:
                field.decode(self, tag & 7, value, depth)

    def _keep_unknown(self, data: wire_format.Bytes) -> None:
        # A bytearray, as any number of fields may be added one by one.
        if not isinstance(self._unknown, bytearray):
            self._unknown = bytearray(self._unknown)
        for begin in range(0, len(data), wire_format.PIECE):
            self._unknown += bytes(data[begin : begin + wire_format.PIECE])

    # Python.

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, Message)
        return self._parts() == other._parts()

    __hash__ = None  # type: ignore[assignment] # A message can change.

    def __repr__(self) -> str:
        return "".join(line + "\n" for line in self._text_lines())

    def _text_lines(self) -> Iterator[str]:
        for field, value in self.ListFields():
            for item in field.each(value):
                if isinstance(item, Message):
                    yield f"{field.name} {{"
                    for line in item._text_lines():
                        yield "  " + line
                    yield "}"
                else:
                    yield f"{field.name}: {field.text_of(item)}"

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        return type(self).FromString, (self.SerializeToString(),)


def _touch(values: Repeated[Any] | Map) -> None:
    """Note a change in the values of a field."""
    message = values._message()
    if message is not None:
        message._touch()


def _is_set(value: Any) -> bool:
    """Whether a field is set, by what it holds: a message that was only read is not part of it."""
    return value is not None and (not isinstance(value, Message) or value._parent is None)


def _checked(data: Any) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"data must be bytes, got {data!r:.80}")
    return bytes(data)


def _name_of(type: Any) -> str:
    """A message type's name without its package, as protobuf or a copy of this package has it."""
    descriptor = getattr(type, "DESCRIPTOR", None)
    if descriptor is None:
        name: str = type.__qualname__
        return name
    return str(descriptor.full_name).removeprefix(f"{descriptor.file.package}.")
