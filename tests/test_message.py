"""What users do with messages: fields, presence, oneofs, lists, text, copies."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest

from tfevents_lite import (
    DecodeError,
    Event,
    HistogramProto,
    SessionLog,
    Summary,
    SummaryMetadata,
    TensorProto,
)


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
    """Fields of other numbers, or with another wire type, are kept and written behind the known."""
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
            AttributeError,
            "Summary.Image has no field 'hight'; it",
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
    """A message and all in it are freed with the last reference: there are no circles."""
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
