"""TFRecord framing against TensorBoard's own reader, and scanning of damaged files."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat import tf as tensorboard_tf
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

from tfevents_lite import DataLossError, tfrecord
from tfevents_lite.records.file_view import FileView


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
    """Wherever a file is cut, whole records are read; strict scanning says where they end."""
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
    """A bit flipped anywhere in a record is damage there; the records before it are read."""
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


class CutFile(io.BytesIO):
    """A file that another program cuts to `size` bytes just before it is read for the nth time."""

    def __init__(self, data: bytes, nth: int, size: int) -> None:
        super().__init__(data)
        self._reads_left = nth
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads_left -= 1
        if self._reads_left == 0:
            position = self.tell()
            self.truncate(self._size)
            self.seek(position)
        return super().read(size)


@pytest.mark.parametrize("views", [False, True])
@pytest.mark.parametrize("length", [100, 70_000, 600_000])
def test_a_file_that_is_cut_while_it_is_read_is_damaged(length: int, views: bool) -> None:
    """Whenever a file is cut while its records are read, what is missing is DataLossError."""
    record = tfrecord.frame(bytes(range(100)) * (length // 100))
    data = record * 3
    for nth in range(1, 30):
        for size in (0, 5, 13, len(record) - 2, len(record) + 13, len(data) - 7):
            for resynchronise in (False, True):
                file = CutFile(data, nth, size)
                found = []
                for _, payload in tfrecord.walk(file, resynchronise=resynchronise, views=views):
                    found.append(payload)
                    if isinstance(payload, FileView):
                        with suppress(EOFError):  # Its readers take this for damage, too.
                            assert bytes(payload) == record[12:-4]
                whole = [payload for payload in found if isinstance(payload, bytes)]
                assert set(whole) <= {record[12:-4]}
                assert len(found) <= 4
