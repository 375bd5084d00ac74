"""What users do with messages: fields, presence, oneofs, lists, text, copies."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from google.protobuf import struct_pb2
from google.protobuf.message import DecodeError as ProtobufDecodeError
from tensorboard.compat.proto import (
    attr_value_pb2,
    event_pb2,
    node_def_pb2,
    summary_pb2,
    tensor_pb2,
    types_pb2,
)
from tensorboard.plugins.audio import plugin_data_pb2 as audio_pb2

from tfevents_lite import (
    DataType,
    DecodeError,
    Event,
    HistogramProto,
    LogMessage,
    SessionLog,
    Summary,
    SummaryMetadata,
    TensorProto,
)
from tfevents_lite.schema.graph import AttrValue, NodeDef
from tfevents_lite.schema.plugins import AudioPluginData


def test_unset_fields_have_defaults() -> None:
    """A new message reads as zeros and empties, and encodes to nothing."""
    value = Summary.Value()
    assert (value.tag, value.simple_value, value.image.height) == ("", 0.0, 0)
    assert value.image.encoded_image_string == b""
    assert list(value.tensor.float_val) == []
    assert value.SerializeToString() == b""


def test_defaults_are_not_written_outside_a_oneof() -> None:
    """A default is left out, but not a oneof's member that is 0; -0.0 is no default."""
    assert Event(step=0, wall_time=0.0).SerializeToString() == b""
    assert Summary.Value(simple_value=0.0).SerializeToString().hex() == "1500000000"
    assert Event(wall_time=-0.0).SerializeToString().hex() == "090000000000000080"


def test_literal_bytes() -> None:
    """A scalar's event has exactly these bytes."""
    event = Event(wall_time=1.5, step=300)
    event.summary.value.add(tag="a", simple_value=0.5)
    assert event.SerializeToString().hex() == (
        "09000000000000f83f" "10ac02" "2a0a" "0a08" "0a0161" "150000003f"
    )  # fmt: skip


def test_a_oneof_holds_one() -> None:
    """Setting one member clears the others, however it is set."""
    value = Summary.Value(simple_value=1)
    assert value.WhichOneof("value") == "simple_value"
    value.image.height = 3
    assert value.WhichOneof("value") == "image"
    assert not value.HasField("simple_value")
    value.histo.bucket.append(1)
    assert value.WhichOneof("value") == "histo"
    assert value.image.height == 0
    value.ClearField("histo")
    assert value.WhichOneof("value") is None


def test_reading_does_not_set() -> None:
    """A message field that is only read stays unset; what is set in it makes it part."""
    event = Event()
    assert event.source_metadata.writer == ""
    assert not event.HasField("source_metadata")
    event.source_metadata.writer = ""
    assert event.HasField("source_metadata")
    assert event.SerializeToString().hex() == "5200"


def test_set_in_parent() -> None:
    """An empty message can be made part of its parent."""
    event = Event()
    event.summary.SetInParent()
    assert event.WhichOneof("what") == "summary"


def test_two_reads_give_one_message() -> None:
    """What is read twice before it is set is the same message."""
    event = Event()
    first, second = event.session_log, event.session_log
    first.status = SessionLog.START
    second.msg = "again"
    assert event == Event(session_log=SessionLog(status=SessionLog.START, msg="again"))


def test_messages_are_copied_in() -> None:
    """A message that is assigned or appended does not change with the one it came from."""
    value = Summary.Value(tag="a")
    summary = Summary(value=[value])
    value.tag = "b"
    summary.value.append(value)
    value.tag = "c"
    assert [value.tag for value in summary.value] == ["a", "b"]


def test_repeated_fields_are_lists() -> None:
    """A repeated field takes what a list takes, checked."""
    histogram = HistogramProto()
    histogram.bucket.append(1)
    histogram.bucket.extend(np.arange(3))
    histogram.bucket.insert(0, 7)
    histogram.bucket += [8]
    histogram.bucket[1:3] = [5]
    histogram.bucket[0] = np.float32(0.5)
    del histogram.bucket[-1]
    assert histogram.bucket == [0.5, 5, 1, 2]
    histogram.bucket = (3, 4)
    assert list(histogram.bucket) == [3.0, 4.0]
    histogram.bucket.clear()
    assert histogram.SerializeToString() == b""


def test_add() -> None:
    """`add` appends a new message and returns it, as in protobuf's Python API."""
    summary = Summary()
    summary.value.add(tag="a").simple_value = 2
    assert summary == Summary(value=[Summary.Value(tag="a", simple_value=2)])
    with pytest.raises(TypeError, match=r"HistogramProto\.bucket holds no messages"):
        HistogramProto().bucket.add()


def test_none_stays_unset() -> None:
    """A field given as None is unset."""
    assert Summary.Value(tag="a", metadata=None) == Summary.Value(tag="a")  # type: ignore[arg-type]


def test_equality() -> None:
    """Messages are equal if what they would write is; other types never are."""
    assert Summary.Value(tag="a") != Summary.Value(tag="b")
    assert Event(step=0) == Event()
    assert Summary.Value(simple_value=0) != Summary.Value()
    assert Summary() != Event()
    assert Summary() != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Summary())


def test_unknown_fields_survive() -> None:
    """Fields of unknown numbers or with another wire type are kept, and encoded last."""
    data = bytes.fromhex("9806010a016110ac02")  # Field 99, tag, simple_value as a varint.
    value = Summary.Value.FromString(data)
    assert value.tag == "a"
    assert value.SerializeToString().hex() == "0a016198060110ac02"
    assert value != Summary.Value(tag="a")
    assert value == Summary(value=[value]).value[0]


def test_decoding_merges() -> None:
    """Of a field met twice, the last scalar counts, messages merge and lists grow."""
    first = Event(step=1, summary=Summary(value=[Summary.Value(tag="a")]))
    second = Event(step=2, summary=Summary(value=[Summary.Value(tag="b")]))
    merged = Event.FromString(first.SerializeToString() + second.SerializeToString())
    assert merged.step == 2
    assert [value.tag for value in merged.summary.value] == ["a", "b"]
    first.MergeFrom(second)
    assert first == merged


def test_packed_and_unpacked_numbers_are_read() -> None:
    """Repeated numbers are read in both of their forms."""
    packed = TensorProto(int_val=[1, -2], float_val=[0.5])
    unpacked = bytes.fromhex("2d0000003f380138feffffffffffffffff01")
    assert TensorProto.FromString(unpacked) == packed
    assert TensorProto.FromString(packed.SerializeToString()) == packed


def test_int32_takes_the_low_bits() -> None:
    """An int32 that was written with more bits is cut to 32, as protobuf does."""
    assert Summary.Image.FromString(bytes.fromhex("08ffffffff1f")).height == -1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("0a", "varint"),
        ("0a02c328", "not UTF-8"),
        ("2a02", "beyond its message"),
    ],
)
def test_broken_messages_are_refused(data: str, message: str) -> None:
    """Bytes that are no Value raise DecodeError, a ValueError."""
    with pytest.raises(DecodeError, match=message):
        Summary.Value.FromString(bytes.fromhex(data))
    assert issubclass(DecodeError, ValueError)


def test_deep_nesting_is_refused() -> None:
    """Nesting is bounded, so that no file exhausts the stack."""
    from tfevents_lite.wire.message import Message, message

    class Nested(Message):
        inner: Any = message(1, lambda: Nested)

    def nested(depth: int) -> bytes:
        data = b""
        for _ in range(depth):
            from tfevents_lite.wire import wire_format

            data = b"\x0a" + wire_format.encode_len(data)
        return data

    assert Nested.FromString(nested(100)).SerializeToString() == nested(100)
    with pytest.raises(DecodeError, match="nested more than 100 deep"):
        Nested.FromString(nested(102))


# A type checker knows these calls to be wrong; that they raise as well is what is tested.
def untyped(anything: Any) -> Any:
    return anything


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: untyped(Summary.Image)(height="3"),
            TypeError,
            "Summary.Image.height must be an integer",
        ),
        (
            lambda: untyped(Summary.Image)(height=3.0),
            TypeError,
            "Summary.Image.height must be an integer",
        ),
        (
            lambda: untyped(Summary.Image)(height=2**31),
            ValueError,
            "must be in -2147483648..2147483647",
        ),
        (lambda: untyped(Event)(step=-(2**63) - 1), ValueError, "Event.step must be in"),
        (
            lambda: untyped(TensorProto)(uint32_val=[-1]),
            ValueError,
            "uint32_val must be in 0..4294967295",
        ),
        (lambda: untyped(TensorProto)(bool_val=[2]), TypeError, "bool_val must be True or False"),
        (
            lambda: untyped(Summary.Value)(tag=3),
            TypeError,
            "Summary.Value.tag must be a str, got 3",
        ),
        (
            lambda: untyped(Summary.Value)(tag=b"\xff"),
            ValueError,
            "Summary.Value.tag must be valid Unicode, got b'\\xff'",
        ),
        (
            lambda: untyped(Summary.Value)(tag="\ud800"),
            ValueError,
            "Summary.Value.tag must be valid Unic",
        ),
        (
            lambda: untyped(Summary.Value)(simple_value="1"),
            TypeError,
            "simple_value must be a number",
        ),
        (
            lambda: untyped(Event)(wall_time=10**400),
            ValueError,
            "wall_time must be within a double's range",
        ),
        (
            lambda: untyped(Summary.Image)(encoded_image_string="a"),
            TypeError,
            "must be bytes, got 'a'",
        ),
        (
            lambda: untyped(Summary)(value=[3]),
            TypeError,
            "Summary.value must be a Summary.Value, got 3",
        ),
        (lambda: untyped(Event)(summary=[]), TypeError, "Event.summary must be a Summary, got []"),
        (
            lambda: untyped(Summary.Image)(hight=3),
            ValueError,
            "Summary.Image has no field 'hight'; it has height, width",
        ),
        (lambda: untyped(Summary)().HasField("value"), ValueError, "Summary.value has no presence"),
        (
            lambda: untyped(Summary.Value)().WhichOneof("x"),
            ValueError,
            "Summary.Value has no field or oneof 'x'",
        ),
        (
            lambda: untyped(Summary)().ClearField("x"),
            ValueError,
            "Summary has no field or oneof 'x'",
        ),
        (lambda: untyped(Summary)().CopyFrom(Event()), TypeError, "other must be a Summary"),
    ],
)
def test_wrong_values_are_refused(make: Any, error: type[Exception], message: str) -> None:
    """A wrong value raises, naming the field and what would be right."""
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_floats_are_kept_as_32_bits() -> None:
    """A float field reads as the 32-bit float it is written as, infinite beyond their range."""
    assert Summary.Value(simple_value=0.1).simple_value == np.float32(0.1)
    assert Summary.Value(simple_value=-1e300).simple_value == -math.inf
    assert math.isnan(Summary.Value(simple_value=math.nan).simple_value)


def test_numpy_numbers_are_numbers() -> None:
    """NumPy's integers, floats and bools are taken wherever a number of their kind is."""
    assert Summary.Image(height=np.uint8(3)).height == 3
    assert Event(wall_time=np.float64(2)).wall_time == 2
    assert TensorProto(bool_val=np.array([True, False])).bool_val == [True, False]


def test_text() -> None:
    """`repr` is protobuf's text format, enums by name and bytes escaped."""
    event = Event(step=1, session_log=SessionLog(status=SessionLog.START, msg='a"\n\xe9'))
    assert repr(event) == (
        'step: 1\nsession_log {\n  status: START\n  msg: "a\\"\\n\\303\\251"\n}\n'
    )
    assert repr(SummaryMetadata(data_class=77)) == "data_class: 77\n"


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_messages_can_be_copied_and_pickled(duplicate: Any) -> None:
    """A copy is equal and apart."""
    summary = Summary(value=[Summary.Value(tag="a", histo=HistogramProto(bucket=[1]))])
    other = duplicate(summary)
    assert other == summary
    other.value[0].histo.bucket.append(2)
    assert summary.value[0].histo.bucket == [1]


def test_parse_copy_merge_clear() -> None:
    """protobuf's verbs do what they do there."""
    summary = Summary(value=[Summary.Value(tag="a")])
    other = Summary(value=[Summary.Value(tag="b")])
    assert other.ParseFromString(summary.SerializeToString()) == summary.ByteSize()
    assert other == summary
    other.Clear()
    assert other == Summary()
    other.CopyFrom(summary)
    other.CopyFrom(summary)
    assert other == summary
    event = Event()
    event.summary.CopyFrom(summary)
    assert event.summary == summary


def test_decoded_messages_need_no_garbage_collector() -> None:
    """A message and all in it are freed with the last reference: there are no cycles."""
    import gc
    import weakref

    data = Event(summary=Summary(value=[Summary.Value(tag="a", histo=HistogramProto(bucket=[1]))]))
    gc.disable()
    try:
        event = Event.FromString(data.SerializeToString())
        assert event.session_log.msg == ""  # An unset message that is read makes none either.
        watched = [weakref.ref(part) for part in (event, event.summary, event.summary.value[0])]
        del event
        assert [part() for part in watched] == [None] * 3
    finally:
        gc.enable()


# The same calls on protobuf's messages and on ours.

THEIRS = SimpleNamespace(
    AttrValue=attr_value_pb2.AttrValue,
    NodeDef=node_def_pb2.NodeDef,
    AudioPluginData=audio_pb2.AudioPluginData,
    DataType=types_pb2.DataType,
    Event=event_pb2.Event,
    HistogramProto=summary_pb2.HistogramProto,
    LogMessage=event_pb2.LogMessage,
    SessionLog=event_pb2.SessionLog,
    Summary=summary_pb2.Summary,
    SummaryMetadata=summary_pb2.SummaryMetadata,
    TensorProto=tensor_pb2.TensorProto,
)
OURS = SimpleNamespace(
    AttrValue=AttrValue,
    NodeDef=NodeDef,
    AudioPluginData=AudioPluginData,
    DataType=DataType,
    Event=Event,
    HistogramProto=HistogramProto,
    LogMessage=LogMessage,
    SessionLog=SessionLog,
    Summary=Summary,
    SummaryMetadata=SummaryMetadata,
    TensorProto=TensorProto,
)


def changed(message: Any, *changes: Callable[[Any], Any]) -> Any:
    """A message after some calls on it."""
    for change in changes:
        change(message)
    return message


ANSWERS: dict[str, Callable[[Any], list[Any]]] = {
    "enums by name": lambda p: [
        p.TensorProto(dtype="DT_STRING"),
        p.SummaryMetadata(data_class="DATA_CLASS_SCALAR").data_class,
        changed(p.TensorProto(), lambda m: setattr(m, "dtype", "DT_INT32")),
        p.TensorProto(dtype=777),
    ],
    "the names of enums": lambda p: [
        p.DataType.Name(7),
        p.DataType.Value("DT_STRING"),
        p.DataType.keys()[:5],
        p.DataType.values()[:5],
        p.DataType.items()[:5],
        p.SessionLog.SessionStatus.Name(1),
        p.LogMessage.Level.Value("WARN"),
    ],
    "constants of a message": lambda p: [
        p.SessionLog.START,
        p.LogMessage.INFO,
        p.AudioPluginData.WAV,
        p.Event.STEP_FIELD_NUMBER,
        p.Summary.Value.SIMPLE_VALUE_FIELD_NUMBER,
    ],
    "strings as bytes": lambda p: [
        p.Summary.Value(tag=b"abc").tag,
        p.Summary.Value(tag="é".encode()).tag,
        p.TensorProto(string_val=[b"x"]),
    ],
    "messages as dictionaries": lambda p: [
        p.Summary(value=[{"tag": "a", "simple_value": 1}]),
        p.Summary(value=[{"tag": "a", "image": {"height": 1, "encoded_image_string": b"x"}}]),
        p.Event(summary={"value": [{"tag": "a"}]}),
        p.Event(summary={}),
        p.Summary(value=None),
    ],
    "ClearField": lambda p: [
        changed(p.Summary.Value(tag="a", simple_value=1), lambda m: m.ClearField("value")),
        changed(p.Summary.Value(tag="a", simple_value=1), lambda m: m.ClearField("tag")),
        changed(p.Summary.Value(), lambda m: m.ClearField("value")),
    ],
    "bytes": lambda p: [
        p.Summary.Value(tag="a").SerializeToString(deterministic=True),
        p.Summary.Value(tag="a").SerializePartialToString(),
        p.Event(step=300).ByteSize(),
        p.Event.FromString(b"\x10\x03"),
        p.Event.FromString(bytearray(b"\x10\x03")),
        p.Event.FromString(memoryview(b"\x10\x03")),
        p.Event(wall_time=1).MergeFromString(b"\x10\x03"),
        p.Event(wall_time=1).ParseFromString(b"\x10\x03"),
        changed(p.Event(wall_time=1), lambda m: m.MergeFromString(b"\x10\x03")),
        changed(p.Event(wall_time=1), lambda m: m.ParseFromString(b"\x10\x03")),
        changed(p.Event.FromString(b"\xf8\x06\x01"), lambda m: m.DiscardUnknownFields()),
    ],
    "state": lambda p: [
        p.Event().IsInitialized(),
        p.Event().IsInitialized([]),
        [(field.name, field.number, value) for field, value in p.Event(step=3).ListFields()],
        p.Event(file_version="").WhichOneof("what"),
        p.Event(step=3).WhichOneof("what"),
        p.Event().HasField("what"),
        p.Event(file_version="a").HasField("what"),
        p.Event().HasField("summary"),
        bool(p.Event()),
    ],
    "becoming part of the parent": lambda p: [
        changed(p.Event(), lambda m: m.summary.SetInParent()),
        changed(p.Event(), lambda m: m.summary.MergeFrom(p.Summary())),
        changed(p.Event(), lambda m: m.summary.CopyFrom(p.Summary())),
        changed(p.Event(), lambda m: m.summary.ParseFromString(b"")),
        changed(p.Event(), lambda m: m.summary.Clear()),
        changed(p.Event(), lambda m: m.summary.value.extend([])),
        changed(p.Event(), lambda m: setattr(m.source_metadata, "writer", "")),
        changed(p.Event(), lambda m: m.summary.value.add(tag="a")),
    ],
    "copying and merging": lambda p: [
        changed(p.Event(), lambda m: m.CopyFrom(p.Event(step=3))),
        changed(p.Event(step=1), lambda m: m.CopyFrom(m)),
        changed(p.Event(step=1), lambda m: m.MergeFrom(m)),
        changed(p.Event(file_version="a"), lambda m: m.MergeFrom(p.Event(summary=p.Summary()))),
        changed(p.Event(step=1, file_version="a"), lambda m: m.MergeFrom(p.Event(wall_time=2))),
        changed(p.HistogramProto(bucket=[1]), lambda m: m.MergeFrom(p.HistogramProto(bucket=[2]))),
        copy.copy(p.Event(step=3)),
        copy.deepcopy(p.Event(step=3)),
        pickle.loads(pickle.dumps(p.Event(step=3))),
    ],
    "equality": lambda p: [
        p.Event(step=3) == p.Event(step=3),
        p.Event(step=3) != p.Event(step=4),
        p.Event(step=3) == 3,
        p.Event(wall_time=math.nan) == p.Event(wall_time=math.nan),
        p.Summary(value=[{"tag": "a"}]).value == [p.Summary.Value(tag="a")],
    ],
    "repeated messages": lambda p: [
        changed(p.Summary(), lambda m: m.value.MergeFrom([p.Summary.Value(tag="x")])),
        changed(p.Summary(), lambda m: m.value.MergeFrom(p.Summary(value=[{"tag": "y"}]).value)),
        changed(p.Summary(), lambda m: m.value.add()),
        changed(p.Summary(), lambda m: m.value.add().CopyFrom(p.Summary.Value(tag="b"))),
        changed(p.Summary(), lambda m: m.value.extend(p.Summary.Value(tag=t) for t in "ab")),
        changed(p.Summary(value=[{"tag": "b"}]), lambda m: m.value.pop()),
        changed(
            p.Summary(value=[{"tag": "b"}, {"tag": "a"}]),
            lambda m: m.value.insert(0, p.Summary.Value(tag="z")),
            lambda m: m.value.remove(p.Summary.Value(tag="b")),
            lambda m: m.value.sort(key=lambda value: value.tag),
        ),
    ],
    "repeated numbers": lambda p: [
        changed(p.HistogramProto(bucket=[1]), lambda m: m.bucket.MergeFrom([2, 3])),
        changed(p.HistogramProto(bucket=[3, 1, 2]), lambda m: m.bucket.sort()),
        changed(p.HistogramProto(bucket=[3, 1, 2]), lambda m: m.bucket.remove(1)),
        changed(p.HistogramProto(bucket=[3, 1, 2]), lambda m: m.bucket.__setitem__(0, 9)),
        changed(p.HistogramProto(bucket=[3, 1, 2]), lambda m: m.bucket.__delitem__(0)),
        p.HistogramProto(bucket=[3, 1, 2]).bucket[:2],
        p.HistogramProto(bucket=[3, 1, 2]).bucket == [3, 1, 2],
        str(p.HistogramProto(bucket=[3, 1, 2]).bucket),
        p.TensorProto(int_val=range(3)),
        p.TensorProto(bool_val=[0, 1]),
    ],
    "maps": lambda p: [
        p.NodeDef(attr={"b": p.AttrValue(s=b"x"), "a": {"i": 1}}).attr["b"].s,
        p.NodeDef(attr={"b": p.AttrValue(s=b"x")}),
        changed(p.NodeDef(), lambda m: setattr(m.attr["a"].shape, "unknown_rank", True)),
        changed(p.NodeDef(), lambda m: m.attr["a"]),
        changed(p.NodeDef(), lambda m: m.attr.get_or_create("a")),
        changed(p.NodeDef(), lambda m: m.attr["a"].CopyFrom(p.AttrValue(i=3))),
        changed(p.NodeDef(attr={"a": {}, "b": {}}), lambda m: m.attr.pop("a")),
        changed(p.NodeDef(attr={"a": {"i": 1}}), lambda m: m.MergeFrom(p.NodeDef(attr={"a": {}}))),
        changed(p.NodeDef(), lambda m: m.attr.MergeFrom(p.NodeDef(attr={"a": {"i": 1}}).attr)),
        [sorted(m.attr) for m in [p.NodeDef(attr={"b": {}, "a": {}})]],
        ["a" in m.attr or len(m.attr) for m in [p.NodeDef(attr={"b": {}})]],
        p.NodeDef.FromString(p.NodeDef(attr={"": {"b": True}}).SerializeToString()),
        str(p.NodeDef(attr={"a": {"i": 1}})),
        copy.deepcopy(p.NodeDef(attr={"a": {"i": 1}})),
        changed(p.AttrValue(), lambda m: m.func.attr["x"].SetInParent()),
    ],
    "text": lambda p: [
        str(p.Summary(value=[{"tag": "a\n", "simple_value": 0.1}])),
        repr(p.TensorProto(dtype=7, int64_val=[-1], bool_val=[True], string_val=[b"\xff"])),
    ],
}

REFUSED: dict[str, Callable[[Any], Any]] = {
    "the name of no value": lambda p: p.DataType.Name(777),
    "the value of no name": lambda p: p.DataType.Value("DT_X"),
    "an enum by no name": lambda p: p.TensorProto(dtype="DT_X"),
    "bytes that are not UTF-8": lambda p: p.Summary.Value(tag=b"\xff"),
    "a bytearray as a string": lambda p: p.Summary.Value(tag=bytearray(b"a")),
    "a field that is not there": lambda p: p.Summary(valu=None),
    "one in a dictionary": lambda p: p.Summary(value=[{"nope": 1}]),
    "one that is set": lambda p: setattr(p.Event(), "nope", 1),
    "one that is read": lambda p: p.Event().nope,
    "one that is cleared": lambda p: p.Event().ClearField("nope"),
    "presence of a number": lambda p: p.Event().HasField("step"),
    "presence of a list": lambda p: p.Summary().HasField("value"),
    "no oneof": lambda p: p.Event().WhichOneof("step"),
    "another message": lambda p: p.Event(summary=p.Event()),
    "another message, appended": lambda p: p.Summary().value.append(p.Event()),
    "another message, copied": lambda p: p.Event().CopyFrom(p.Summary()),
    "nothing, copied": lambda p: p.Event().CopyFrom(None),
    "a list as a map": lambda p: p.NodeDef(attr=[p.AttrValue()]),
    "another message in a map": lambda p: p.NodeDef(attr={"a": p.Event()}),
    "a number as the key of a map": lambda p: p.NodeDef().attr[3],
    "a dictionary as a list": lambda p: p.Summary(value={"tag": "a"}),
    "an argument by position": lambda p: p.Event(3),
    "text as bytes": lambda p: p.Event.FromString("abc"),
    "a number as bytes": lambda p: p.Event.FromString(3),
    "a number, merged": lambda p: p.Event().MergeFromString(3),
    "half a field": lambda p: p.Event.FromString(b"\x10"),
    "a tag of six bytes": lambda p: p.Event.FromString(bytes.fromhex("fa868080800001") + b"x"),
    "a length of six bytes": lambda p: p.Event.FromString(bytes.fromhex("fa06818080808000") + b"x"),
    "a resource that is not one": lambda p: p.TensorProto.FromString(b"\x72\x02\xff\xff"),
    "a variant that is not one": lambda p: p.TensorProto.FromString(b"\x7a\x02\xff\xff"),
    "hash": lambda p: hash(p.Event()),
}


def plain(answer: Any) -> Any:
    """An answer without the types that differ: messages as their bytes."""
    if hasattr(answer, "SerializeToString"):
        return type(answer).__name__, answer.SerializeToString()
    if isinstance(answer, (list, tuple)) or hasattr(answer, "MergeFrom"):
        return [plain(item) for item in answer]
    return answer


@pytest.mark.parametrize("case", ANSWERS)
def test_messages_answer_as_protobufs_do(case: str) -> None:
    """Each call gives what it gives with protobuf's messages."""
    assert plain(ANSWERS[case](OURS)) == plain(ANSWERS[case](THEIRS))


@pytest.mark.parametrize("case", REFUSED)
def test_messages_refuse_what_protobufs_do(case: str) -> None:
    """What raises with protobuf's messages raises an error of the same kind."""
    with pytest.raises((TypeError, ValueError, AttributeError, ProtobufDecodeError)) as theirs:
        REFUSED[case](THEIRS)
    kind = ValueError if theirs.type is ProtobufDecodeError else theirs.type
    kinds = [base for base in (TypeError, ValueError, AttributeError) if issubclass(kind, base)]
    with pytest.raises(tuple(kinds)):
        REFUSED[case](OURS)


def test_protobufs_messages_are_taken() -> None:
    """A protobuf message of the same name is taken wherever ours is, and copied."""
    value = summary_pb2.Summary.Value(tag="a", simple_value=0.5)
    theirs = summary_pb2.Summary(value=[value])
    ours = Summary(value=[value])
    ours.value.append(value)
    ours.value.extend(theirs.value)
    ours.value.MergeFrom(theirs.value)
    ours.value.insert(0, value)
    ours.MergeFrom(theirs)
    value.tag = "b"
    ours.value[0] = value
    assert [value.tag for value in ours.value] == ["b", *"aaaaa"]
    event = Event(summary=theirs)
    event.source_metadata.CopyFrom(event_pb2.SourceMetadata(writer="w"))
    event.session_log = event_pb2.SessionLog(status="START")
    expected = event_pb2.Event(session_log={"status": "START"}, source_metadata={"writer": "w"})
    assert event.SerializeToString() == expected.SerializeToString()


@pytest.mark.parametrize(
    "other",
    [summary_pb2.Summary(), summary_pb2.Summary.Image(), struct_pb2.Value(), "text", b"", object()],
    ids=lambda other: type(other).__name__,
)
def test_other_messages_are_refused(other: Any) -> None:
    """A message of another type, or what is no message, raises TypeError that names the field."""
    with pytest.raises(TypeError, match=r"Summary\.value must be a Summary\.Value, got"):
        Summary(value=[other])
