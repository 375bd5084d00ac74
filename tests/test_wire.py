"""The wire format, first as literal bytes, then against protobuf's own encoder."""

from __future__ import annotations

import pytest
from google.protobuf.internal import decoder, encoder
from hypothesis import given
from hypothesis import strategies as st

from tfevents_lite.wire import wire_format

# Values where the number of bytes changes, from the specification's own arithmetic.
VARINTS = {
    0: "00",
    1: "01",
    0x7F: "7f",
    0x80: "8001",
    300: "ac02",
    0x3FFF: "ff7f",
    0x4000: "808001",
    2**32 - 1: "ffffffff0f",
    2**63 - 1: "ffffffffffffffff7f",
    2**64 - 1: "ffffffffffffffffff01",
    -1: "ffffffffffffffffff01",
    -(2**63): "80808080808080808001",
}


@pytest.mark.parametrize(("value", "expected"), VARINTS.items())
def test_varint_bytes(value: int, expected: str) -> None:
    """A varint has these bytes, and reads back as the unsigned 64 bits of its value."""
    data = wire_format.encode_varint(value)
    assert data.hex() == expected
    assert wire_format.decode_varint(b"\xff" + data, 1) == (value % 2**64, 1 + len(data))


@given(st.integers(-(2**63), 2**64 - 1))
def test_varint_is_protobufs(value: int) -> None:
    """Any 64-bit integer is written as protobuf writes it."""
    parts: list[bytes] = []
    encoder._EncodeVarint(parts.append, value % 2**64, None)  # type: ignore[attr-defined]
    assert wire_format.encode_varint(value) == b"".join(parts)


@given(st.binary(max_size=12))
def test_varint_of_any_bytes_is_protobufs_or_refused(data: bytes) -> None:
    """Any bytes are read as protobuf reads them, or refused where protobuf refuses.

    More than 64 bits are refused too: TensorBoard's data server does, while protobuf cuts them off.
    """
    if len(data) > 9 and min(data[:9]) > 127 and 1 < data[9] < 128:
        with pytest.raises(wire_format.DecodeError, match="within ten bytes or 64 bits"):
            wire_format.decode_varint(data, 0)
        return
    try:
        expected = decoder._DecodeVarint(data, 0)  # type: ignore[attr-defined]
    except (IndexError, decoder._DecodeError):  # type: ignore[attr-defined]
        with pytest.raises(wire_format.DecodeError):
            wire_format.decode_varint(data, 0)
    else:
        assert wire_format.decode_varint(data, 0) == expected


@given(st.integers(0, 2**64 - 1), st.sampled_from([32, 64]))
def test_to_signed(value: int, bits: int) -> None:
    """The low bits are read as two's complement."""
    expected = int.from_bytes(value.to_bytes(8, "little")[: bits // 8], "little", signed=True)
    assert wire_format.to_signed(value, bits) == expected


def test_fields_of_each_wire_type() -> None:
    """Each wire type gives its value and all its bytes, groups among them."""
    data = bytes.fromhex("0801 110102030405060708 1a02abcd 23080124 2d01020304")
    assert [(n, t, v) for n, t, v, _ in wire_format.decode_fields(data)] == [
        (1, wire_format.VARINT, 1),
        (2, wire_format.I64, bytes(range(1, 9))),
        (3, wire_format.LEN, b"\xab\xcd"),
        (4, wire_format.SGROUP, b"\x08\x01"),
        (5, wire_format.I32, b"\x01\x02\x03\x04"),
    ]
    assert b"".join(bytes(whole) for *_, whole in wire_format.decode_fields(data)) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("08", "varint at offset 1"),
        ("88" * 11, "varint at offset 0"),
        ("08" + "ff" * 9 + "02", "varint at offset 1 has no end within ten bytes or 64 bits"),
        ("00", "field number 0"),
        ("f8ffffffff01", "tag or length at offset 0 is longer than 5 bytes"),
        ("8a808080800001", "tag or length at offset 0 is longer than 5 bytes"),
        ("8a8080801001", "tag or length at offset 0"),
        ("0a05abcd", "ends 3 bytes beyond"),
        ("0affffffffffffffff7f", "tag or length at offset 1 is longer than 5 bytes or too large"),
        ("0a808080808000", "tag or length at offset 1"),
        ("0a8080808008", "tag or length at offset 1"),
        ("0affffffff07", "beyond its message"),
        ("0d0102", "ends 2 bytes beyond"),
        ("0f", "wire type 7"),
        ("0c", "wire type 4"),
        ("0b", "varint at offset 1"),
        ("0b14", "is ended as group 2"),
        ("0b" * 200, "groups are nested more than 100 deep"),
    ],
)
def test_broken_fields_are_refused(data: str, message: str) -> None:
    """Bytes that are no fields raise DecodeError, which says where."""
    with pytest.raises(wire_format.DecodeError, match=message):
        list(wire_format.decode_fields(bytes.fromhex(data)))
