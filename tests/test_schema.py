"""Every message against protobuf: our `.proto` files, compiled here, and TensorBoard's own."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc_tools
import hypothesis.strategies as st
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError as ProtobufDecodeError
from grpc_tools import protoc
from hypothesis import example, given, settings

from tfevents_lite import (
    DataType,
    DecodeError,
    Event,
    Summary,
    SummaryMetadata,
    TensorProto,
    schema,
    tfrecord,
)
from tfevents_lite.records.scalar_record import scalar_record
from tfevents_lite.schema.summary import only_scalar
from tfevents_lite.wire.message import Enum, Field, MapField, Message, MessageField

PROTO = Path(__file__).parent.parent / "proto"

# Where TensorBoard keeps its own compiled descriptors.
TENSORBOARD_MODULES = [
    "tensorboard.compat.proto.event_pb2",
    "tensorboard.compat.proto.graph_pb2",
    "tensorboard.compat.proto.config_pb2",
    "tensorboard.compat.proto.struct_pb2",
    "tensorboard.plugins.hparams.plugin_data_pb2",
    "tensorboard.plugins.hparams.api_pb2",
    "tensorboard.plugins.hparams.hparams_util_pb2",
    "tensorboard.plugins.custom_scalar.layout_pb2",
    "tensorboard.plugins.mesh.plugin_data_pb2",
    "tensorboard.plugins.projector.projector_config_pb2",
    "tensorboard.plugins.pr_curve.plugin_data_pb2",
    "tensorboard.plugins.scalar.plugin_data_pb2",
    "tensorboard.plugins.histogram.plugin_data_pb2",
    "tensorboard.plugins.image.plugin_data_pb2",
    "tensorboard.plugins.audio.plugin_data_pb2",
    "tensorboard.plugins.text.plugin_data_pb2",
    "google.protobuf.struct_pb2",
]
PACKAGES = [
    "tensorboard.",
    "tensorboard.hparams.",
    "tensorboard.mesh.",
    "tensorboard.projector.",
    "google.protobuf.",
]


def schema_modules() -> list[Any]:
    return [
        importlib.import_module(f"{schema.__name__}.{info.name}")
        for info in pkgutil.iter_modules(schema.__path__)
    ]


def messages_in(scope: Any, module: str) -> Iterator[type[Message]]:
    """The messages that are defined in a module or class, nested ones included."""
    for value in vars(scope).values():
        if isinstance(value, type) and issubclass(value, Message) and value.__module__ == module:
            yield value
            yield from messages_in(value, module)


def enums_in(scope: Any, module: str) -> Iterator[type[Enum]]:
    for value in vars(scope).values():
        if isinstance(value, type) and value.__module__ == module:
            if issubclass(value, Enum):
                yield value
            yield from enums_in(value, module)


MODULES = schema_modules()
MESSAGES = [message for module in MODULES for message in messages_in(module, module.__name__)]
# An entry of a map is decoded and encoded with the message that holds the map.
WHOLE = [message for message in MESSAGES if not message.__name__.endswith("Entry")]
ENUMS = [enum for module in MODULES for enum in enums_in(module, module.__name__)]


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> descriptor_pool.DescriptorPool:
    """Our `.proto` files as protobuf's compiler understands them."""
    out = tmp_path_factory.mktemp("proto") / "all.pb"
    files = sorted(str(path) for path in PROTO.glob("*.proto"))
    builtin = Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{PROTO}", f"-I{builtin}", f"--descriptor_set_out={out}"]
    assert protoc.main([*arguments, "--include_imports", *files]) == 0
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
        pool.Add(file)
    return pool


def compiled(pool: descriptor_pool.DescriptorPool, message: type[Message]) -> Descriptor:
    return pool.FindMessageTypeByName(f"tfevents_lite.{message.__qualname__}")


def peer_class(pool: descriptor_pool.DescriptorPool, message: type[Message]) -> Any:
    return message_factory.GetMessageClass(compiled(pool, message))


def properties(field: FieldDescriptor) -> dict[str, Any]:
    """What decides a field's bytes."""
    return {
        "number": field.number,
        "type": field.type,
        "repeated": field.is_repeated,
        "packed": field.is_packed,
        "message": field.message_type.name if field.message_type else None,
        "oneof": field.containing_oneof.name if field.containing_oneof else None,
    }


def our_properties(field: Field) -> dict[str, Any]:
    """The same, read off one of our fields."""
    if isinstance(field, MessageField):
        type_number = FieldDescriptor.TYPE_MESSAGE
    elif field.enum is not None:
        type_number = FieldDescriptor.TYPE_ENUM
    else:
        type_number = getattr(FieldDescriptor, f"TYPE_{field.type.name.upper()}")
    lengthy = ("string", "bytes")
    return {
        "number": field.number,
        "type": type_number,
        "repeated": field.repeated,
        "packed": field.repeated and field.type.name not in lengthy,
        "message": field.message.__name__ if isinstance(field, MessageField) else None,
        "oneof": field.oneof,
    }


def test_modules_and_proto_files_have_the_same_names() -> None:
    """There is one `.proto` file for each file of the schema."""
    assert {path.stem for path in PROTO.glob("*.proto")} == {
        module.__name__.rpartition(".")[2] for module in MODULES
    }


def test_every_message_of_the_proto_files_is_in_the_schema(
    pool: descriptor_pool.DescriptorPool,
) -> None:
    """Each message and enum is in both places."""

    def names(scope: Any) -> Iterator[str]:
        nested = isinstance(scope, Descriptor)
        enums = scope.enum_types if nested else scope.enum_types_by_name.values()
        messages = scope.nested_types if nested else scope.message_types_by_name.values()
        for item in (*messages, *enums):
            yield item.full_name.partition(".")[2]
        for message in messages:
            yield from names(message)

    in_files = {
        name for path in PROTO.glob("*.proto") for name in names(pool.FindFileByName(path.name))
    }
    assert in_files == {item.__qualname__ for item in (*MESSAGES, *ENUMS)}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__qualname__)
def test_tables_agree_with_the_proto_files(
    message: type[Message], pool: descriptor_pool.DescriptorPool
) -> None:
    """Each table has the fields of its `.proto` message, with all that decides their bytes."""
    assert {name: our_properties(field) for name, field in message.FIELDS.items()} == {
        field.name: properties(field) for field in compiled(pool, message).fields
    }


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__qualname__)
def test_enums_agree_with_the_proto_files(
    enum: type[Enum], pool: descriptor_pool.DescriptorPool
) -> None:
    """Each enum has the names and numbers of its `.proto` file."""
    descriptor: EnumDescriptor = pool.FindEnumTypeByName(f"tfevents_lite.{enum.__qualname__}")
    assert enum.names == {value.number: value.name for value in descriptor.values}


def tensorboard_descriptors(name: str) -> Iterator[Descriptor]:
    """The messages of that name in TensorBoard's packages."""
    default = descriptor_pool.Default()
    for package in PACKAGES:
        try:
            yield default.FindMessageTypeByName(package + name)
        except KeyError:
            continue


@pytest.fixture(scope="session", autouse=True)
def _tensorboard_modules() -> None:
    for name in TENSORBOARD_MODULES:
        with contextlib.suppress(ModuleNotFoundError):  # Not every version has every module.
            importlib.import_module(name)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__qualname__)
def test_fields_agree_with_tensorboard(message: type[Message]) -> None:
    """Each field we define has the number, type and oneof that TensorBoard's own descriptor has."""
    candidates = list(tensorboard_descriptors(tensorboard_name(message)))
    ours = {name: our_properties(field) for name, field in message.FIELDS.items()}
    theirs = [
        {field.name: properties(field) for field in candidate.fields if field.name in ours}
        for candidate in candidates
    ]
    for field in [field for table in [ours, *theirs] for field in table.values()]:
        field["message"] = field["message"] is not None  # Packages differ in how they nest.
    assert ours in theirs


def tensorboard_name(message: type[Message]) -> str:
    """The name of a message in TensorBoard's packages, where it is not our own."""
    module: Any = sys.modules[message.__module__]
    names: dict[type[Message], str] = getattr(module, "TENSORBOARD_NAMES", {})
    return names.get(message, message.__qualname__)


def values_of(field: Field, depth: int) -> st.SearchStrategy[Any]:
    """Any value that a field takes."""
    if isinstance(field, MapField):
        entry = field.message.FIELDS["value"]
        assert isinstance(entry, MessageField)
        # Of one length: if one key begins with another, protobuf encodes the longer one first.
        keys = st.text(min_size=1, max_size=1)
        return st.dictionaries(keys, instances(entry.message, depth - 1), max_size=3)
    if isinstance(field, MessageField):
        return instances(field.message, depth - 1)
    if field.enum is not None:
        return st.sampled_from(list(field.enum.names)) | st.integers(-(2**31), 2**31 - 1)
    bits = {"int32": 32, "int64": 64, "uint32": 32, "uint64": 64}.get(field.type.name)
    if bits:
        low, high = (
            (0, 2**bits) if field.type.name[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        )
        return st.sampled_from([low, 0, 1, 127, 128, high - 1]) | st.integers(low, high - 1)
    return {
        "double": st.floats(),
        "float": st.floats(width=32),
        "bool": st.booleans(),
        "string": st.text(max_size=20),
        "bytes": st.binary(max_size=200),
    }[field.type.name]


def instances(message: type[Message], depth: int = 3) -> st.SearchStrategy[Message]:
    """Any message of a type; of a oneof, sometimes several members are given in turn."""
    fields = {}
    for name, field in message.FIELDS.items():
        if isinstance(field, MessageField) and depth <= 0:
            continue
        values = st.deferred(lambda field=field: values_of(field, depth))  # type: ignore[misc]
        is_list = field.repeated and not isinstance(field, MapField)
        fields[name] = st.lists(values, max_size=3) if is_list else values
    return st.fixed_dictionaries({}, optional=fields).map(lambda kwargs: message(**kwargs))


def without_nan(message: Message) -> bool:
    return "nan" not in repr(message)


@pytest.mark.parametrize("message", WHOLE, ids=lambda message: message.__qualname__)
def test_bytes_are_protobufs(message: type[Message], pool: descriptor_pool.DescriptorPool) -> None:
    """Random instances encode to what protobuf decodes to the same, and encodes the same."""
    peer = peer_class(pool, message)

    @settings(max_examples=60, deadline=None)
    @given(instances(message))
    def check(ours: Message) -> None:
        data = ours.SerializeToString()
        theirs = peer.FromString(data)
        assert theirs.SerializeToString(deterministic=True) == data
        assert message.FromString(data).SerializeToString() == data
        assert ours.ByteSize() == len(data)
        if without_nan(ours):
            assert message.FromString(data) == ours
            assert text_format.Parse(repr(ours), peer()) == theirs

    check()


@pytest.mark.parametrize("message", WHOLE, ids=lambda message: message.__qualname__)
def test_any_bytes_are_read_as_protobuf_reads_them(
    message: type[Message], pool: descriptor_pool.DescriptorPool
) -> None:
    """Mutated messages are refused where protobuf refuses them, and read as it reads them."""
    peer = peer_class(pool, message)

    @settings(max_examples=60, deadline=None)
    @given(instances(message), st.data())
    def check(ours: Message, data: st.DataObject) -> None:
        mutated = bytearray(ours.SerializeToString())
        for _ in range(data.draw(st.integers(0, 3)) if mutated else 0):
            at = data.draw(st.integers(0, len(mutated) - 1))
            mutated[at] = data.draw(st.integers(0, 255))
        try:
            theirs = peer.FromString(bytes(mutated))
        except ProtobufDecodeError:
            with pytest.raises(DecodeError):
                message.FromString(bytes(mutated))
            return
        try:
            again = message.FromString(bytes(mutated)).SerializeToString()
        except DecodeError as error:
            if "64 bits" not in str(error):  # See test_wire.
                raise
        else:
            assert peer.FromString(again) == theirs or "nan" in str(theirs)

    check()


def test_all_that_parsers_read_of_an_event_is_known() -> None:
    """No field of TensorBoard's Event is missing, nor of a message in it: all are checked."""

    def check(ours: type[Message], theirs: Descriptor) -> None:
        if ours in checked:
            return
        checked.add(ours)
        assert {field.name for field in theirs.fields} == set(ours.FIELDS)
        for field in theirs.fields:
            if field.message_type is not None:
                known = ours.FIELDS[field.name]
                assert isinstance(known, MessageField)
                check(known.message, field.message_type)

    checked: set[type[Message]] = set()
    check(Event, descriptor_pool.Default().FindMessageTypeByName("tensorboard.Event"))
    assert TensorProto in checked


def test_the_names_of_types_are_all_there() -> None:
    """DataType has all of TensorFlow's types but references."""
    theirs = descriptor_pool.Default().FindEnumTypeByName("tensorboard.DataType")
    names = {value.number: value.name for value in theirs.values}
    assert DataType.names == {n: name for n, name in names.items() if not name.endswith("_REF")}


def test_only_scalar_finds_nothing_else() -> None:
    """A Summary of one `simple_value` is found; anything more or less is None."""
    value = Summary.Value(tag="a", simple_value=0.1)
    assert only_scalar(Summary(value=[value])) == ("a", value.simple_value)
    assert only_scalar(Summary(value=[Summary.Value(tag="a", simple_value=0)])) == ("a", 0.0)
    unknown = b"\x98\x06\x01"
    for other in (
        Summary(),
        Summary(value=[value, value]),
        Summary(value=[Summary.Value(simple_value=1)]),
        Summary(value=[Summary.Value(tag="a")]),
        Summary(value=[Summary.Value(tag="a", simple_value=1, node_name="n")]),
        Summary(value=[Summary.Value(tag="a", simple_value=1, metadata=SummaryMetadata())]),
        Summary(value=[Summary.Value(tag="a", image=Summary.Image())]),
        Summary.FromString(Summary(value=[value]).SerializeToString() + unknown),
        Summary(value=[Summary.Value.FromString(value.SerializeToString() + unknown)]),
    ):
        assert only_scalar(other) is None


@settings(max_examples=200, deadline=None)
@given(
    st.text(min_size=1, max_size=200), st.floats(), st.integers(-(2**63), 2**63 - 1), st.floats()
)
@example("a", 0.0, 0, -0.0)
def test_the_direct_way_of_a_scalar_gives_the_same_bytes(
    tag: str, number: float, step: int, wall_time: float
) -> None:
    """An only scalar's record is that of the Event that the generic encoder makes."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=number)])
    event = Event(wall_time=wall_time, step=step, summary=summary)
    found = only_scalar(summary)
    assert found is not None
    assert scalar_record(*found, step, wall_time) == tfrecord.frame(event.SerializeToString())


def test_no_message_escapes() -> None:
    """All messages are found, and each keeps its fields in a table."""
    assert len(MESSAGES) >= 14
    assert all(message.FIELDS for message in MESSAGES)
