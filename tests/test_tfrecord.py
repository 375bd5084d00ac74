"""TFRecord framing against TensorBoard's own reader, and scanning of damaged files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat import tf as tensorboard_tf
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

from tfevents_lite import DataLossError, tfrecord


def test_literal_bytes() -> None:
    """A record is a length, its masked CRC, the data and their masked CRC, little-endian."""
    assert tfrecord.frame(b"abc").hex() == "0300000000000000b099490e6162636e57f121"
    assert tfrecord.frame(b"").hex() == "000000000000000029039807d8ea82a2"


@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_tensorboards_reader_reads_what_is_framed(payloads: list[bytes]) -> None:
    """TensorBoard's record reader, which checks both checksums, gives the payloads back."""
    import tempfile

    assert tensorboard_tf
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records"
        path.write_bytes(b"".join(map(tfrecord.frame, payloads)))
        reader = PyRecordReader_New(str(path))
        found = []
        for _ in payloads:
            reader.GetNext()
            found.append(reader.record())
        assert found == payloads
        with pytest.raises(tensorboard_tf.errors.OutOfRangeError):
            reader.GetNext()


@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_scan_inverts_frame(payloads: list[bytes]) -> None:
    """Scanning gives each payload with the offset of its record."""
    records = [tfrecord.frame(payload) for payload in payloads]
    offsets = [sum(map(len, records[:index])) for index in range(len(records))]
    scanned = tfrecord.scan(io.BytesIO(b"".join(records)))
    assert list(scanned) == list(zip(offsets, payloads))


def test_a_cut_file_ends_at_the_last_whole_record() -> None:
    """Wherever a file is cut, what is whole is read; strict scanning then says where it ends."""
    first, second = tfrecord.frame(b"first"), tfrecord.frame(b"second")
    whole = first + second
    for size in range(len(whole)):
        count = (size >= len(first)) + (size >= len(whole))
        found = list(tfrecord.scan(io.BytesIO(whole[:size]), on_error="stop"))
        assert [payload for _, payload in found] == [b"first", b"second"][:count]
        if size in (0, len(first)):
            assert len(list(tfrecord.scan(io.BytesIO(whole[:size])))) == count
        else:
            with pytest.raises(DataLossError, match="the file ends within") as caught:
                list(tfrecord.scan(io.BytesIO(whole[:size])))
            assert caught.value.offset == (len(first) if count else 0)


def test_a_flipped_bit_is_noticed() -> None:
    """A bit flipped anywhere in a record is damage there, and what stands before it is read."""
    first, second = tfrecord.frame(b"first"), tfrecord.frame(b"second")
    for at in range(len(second) * 8):
        damaged = bytearray(second)
        damaged[at // 8] ^= 1 << at % 8
        file = io.BytesIO(first + bytes(damaged))
        scanned = tfrecord.scan(file)
        assert next(scanned) == (0, b"first")
        with pytest.raises(DataLossError, match="does not match its checksum") as caught:
            next(scanned)
        assert caught.value.offset == len(first)


def test_a_huge_length_allocates_nothing() -> None:
    """A length of 2^63 with a valid checksum is read as far as there are bytes."""
    from tfevents_lite.records.crc32c import masked

    length = struct.pack("<Q", 2**63)
    data = length + struct.pack("<I", masked(length)) + b"abc"
    with pytest.raises(DataLossError, match="the file ends within a record"):
        list(tfrecord.scan(io.BytesIO(data)))


def test_on_error_is_checked() -> None:
    """An unknown way to treat errors is refused, naming those there are."""
    with pytest.raises(ValueError, match=r"on_error must be .* got 'ignore'"):
        list(tfrecord.scan(io.BytesIO(), on_error="ignore"))
