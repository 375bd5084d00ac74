"""The lines of a message's table: fields of scalars and of messages, one or repeated.

    height: int = int32(1)
    value: RepeatedField[Value] = message(1, lambda: Value, repeated=True)

A field is a descriptor: it checks what is set, gives defaults, and turns its values into bytes and
back. What a scalar type accepts stands in `field_types`; how a message keeps its values, and what
setting one does to others, in `message`.
"""

from __future__ import annotations

from _weakref import ref

from . import scalar_types, wire_format
from .scalar_types import FieldType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Generic, TypeVar

    from typing_extensions import Self, SupportsIndex

    from .message import Message

    T = TypeVar("T")

    class RepeatedField(Generic[T]):
        """A repeated field to a type checker: any iterable goes in, a list comes out."""

        def __get__(self, message: object, owner: object) -> Repeated[T]: ...
        def __set__(self, message: object, values: Iterable[T]) -> None: ...

    class RepeatedBase(list[T]):
        pass
else:

    class RepeatedBase(list):
        __class_getitem__ = classmethod(lambda cls, item: cls)

    T = None


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
