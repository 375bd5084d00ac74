"""TFRecord framing: a file is a sequence of records, each with its length and two checksums.

    uint64 length, uint32 masked CRC-32C of the length, length bytes, uint32 masked CRC-32C of them

All numbers are little-endian. The specification is
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. This module knows
bytes and a file to read from; it does not know what a record holds.
"""

from __future__ import annotations

import struct

from .crc32c import crc32c, masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, Union

    from .file_view import FileView

    Payload = Union[bytes, FileView]

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEADER = struct.Struct("<QI")
_pack_header = _HEADER.pack
_pack_length = _LENGTH.pack
pack_crc = _CRC.pack
_unpack_crc = _CRC.unpack_from

HEADER_SIZE = _HEADER.size
FOOTER_SIZE = _CRC.size

# How much is read at a time of a file that can't seek, and at most of a block of records.
_PIECE = 1 << 20
_FIRST_BLOCK = 1 << 12

# Longer records may stay in their file; and no more is allocated because a length says so.
_LONG = 1 << 16

# How much is searched at a time, and for what: the upper half of a length below 4 GiB.
_CHUNK = 1 << 18
_UPPER_HALF = b"\0" * 4
_ALL_ZEROS = b"\0" * _HEADER.size

_MAX_PAYLOAD = (1 << 31) - 1

# Headers of short records, such as scalars: the CRC is most of a header's cost.
_short_headers: dict[int, bytes] = {}
_lengths: dict[bytes, int] = {}  # By header.
_SHORT = 1024


class DataLossError(ValueError):
    """A record is damaged, or the file ends within it.

    Attributes: `offset`, where the record begins, in bytes; `unfinished`, whether more bytes could
    complete it, since it may still be being written; `claimed_end`, where its header says it ends,
    None if that is not known.
    """

    def __init__(
        self,
        message: str,
        offset: int,
        *,
        unfinished: bool = False,
        claimed_end: int | None = None,
    ) -> None:
        super().__init__(message, offset)
        self.offset = offset
        self.unfinished = unfinished
        self.claimed_end = claimed_end

    def __str__(self) -> str:
        return f"{self.args[0]} (record at byte {self.offset})"


def frame(payload: bytes) -> bytes:
    """One record as it is in a file. Raises ValueError for 2 GiB or more, as protobuf does.

    >>> frame(b"").hex()
    '000000000000000029039807d8ea82a2'
    """
    size = len(payload)
    header = _short_headers.get(size)
    if header is None:
        if size > _MAX_PAYLOAD:
            raise ValueError(f"an event must be smaller than 2 GiB, got {size} bytes")
        length = _pack_length(size)
        header = length + pack_crc(masked(length))
        if size < _SHORT:
            _short_headers[size] = header
    return b"%b%b%b" % (header, payload, pack_crc(masked(payload)))


def check_on_error(on_error: str) -> str:
    """Return how to treat damage. Raises ValueError for a way that there is not."""
    if on_error not in ("raise", "stop", "skip"):
        raise ValueError(f"on_error must be 'raise', 'stop' or 'skip', got {on_error!r}")
    return on_error


def scan(file: BinaryIO, *, on_error: str = "raise") -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the payload of each record, from a binary file's position to its end.

    At a damaged or unfinished record, `on_error="raise"` raises DataLossError, `"stop"` ends, and
    `"skip"`, for a file that can seek, goes on with the next record that is intact. Whatever a
    length says, memory is bounded by the longest record and time by the size of the file.
    """
    check_on_error(on_error)
    for offset, found in walk(file, resynchronise=on_error == "skip"):
        if isinstance(found, bytes):
            yield offset, found
        elif on_error == "raise" and isinstance(found, DataLossError):
            raise found


def walk(
    file: BinaryIO, *, resynchronise: bool = True, views: bool = False
) -> Iterator[tuple[int, Payload | DataLossError]]:
    """Yield the offset of each record with its payload, or with a DataLossError.

    After damage, the next record is searched for, unless `resynchronise` is false. With `views`, a
    long payload whose checksum is right is a FileView: use it before asking for the next record.
    """
    offset = file.tell() if file.seekable() else 0
    finder: _HeaderFinder | None = None
    # Reading a block of whole records is four times as fast as reading one by one. Blocks are small
    # after large records and after damage, where little of a block could be used.
    block_size = _FIRST_BLOCK
    while True:
        if file.seekable():
            begin = offset
            for whole in _whole_records(file.read(block_size)):
                yield offset, whole
                offset += HEADER_SIZE + len(whole) + FOOTER_SIZE
            block_size = min(2 * block_size, _PIECE) if offset > begin else _FIRST_BLOCK
            file.seek(offset)
        try:
            payload = _read_record(file, offset, views)
        except DataLossError as error:
            yield offset, error
            if not resynchronise:
                return
            if finder is None:
                finder = _HeaderFinder(file)
            following = finder.find_after(error)
            if following is None:
                return
            offset = following
            file.seek(offset)
            # Otherwise each record between two damaged ones could cost a large block.
            block_size = _FIRST_BLOCK
            continue
        if payload is None:
            return
        yield offset, payload
        offset += HEADER_SIZE + len(payload) + FOOTER_SIZE
        if not isinstance(payload, bytes):
            file.seek(offset)


def _whole_records(block: bytes) -> Iterator[bytes]:
    """Yield the payloads of the records that `block` begins with, while they are whole."""
    position = 0
    while True:
        start = position + HEADER_SIZE
        header = block[position:start]
        length = _lengths.get(header)
        if length is None:
            length = _unpack_header(header) if len(header) == HEADER_SIZE else None
            if length is None:
                return
            if length < _SHORT:
                _lengths[header] = length
        end = start + length
        position = end + FOOTER_SIZE
        if position > len(block):
            return
        payload = block[start:end]
        if _unpack_crc(block, end)[0] != masked(payload):
            return
        yield payload


def _unpack_header(header: bytes) -> int | None:
    """The length in a record's header, None if its checksum is wrong."""
    length, crc = _HEADER.unpack(header)
    return length if masked(header[: _LENGTH.size]) == crc else None


def _read_record(file: BinaryIO, offset: int, views: bool) -> Payload | None:
    header = file.read(HEADER_SIZE)
    if not header:
        return None
    if len(header) < HEADER_SIZE:
        raise DataLossError("the file ends within a record's header", offset, unfinished=True)
    length = _unpack_header(header)
    if length is None:
        raise DataLossError("a record's length does not match its checksum", offset)
    end = offset + HEADER_SIZE + length + FOOTER_SIZE
    if views and length > _LONG and file.seekable():
        from .file_view import FileView  # Writers do without it.

        begin = file.tell()
        is_whole = file.seek(0, 2) >= begin + length
        file.seek(begin)
        payload: Payload = FileView(file, begin, begin + length)
        crc = _crc_in_pieces(file, length) if is_whole else 0
    else:
        payload = _read(file, length)
        is_whole = len(payload) == length
        crc = masked(payload)
    footer = file.read(FOOTER_SIZE) if is_whole else b""
    if len(footer) < FOOTER_SIZE:
        raise DataLossError(
            "the file ends within a record", offset, unfinished=True, claimed_end=end
        )
    if crc != _CRC.unpack(footer)[0]:
        raise DataLossError("a record's data does not match its checksum", offset, claimed_end=end)
    return payload


def _crc_in_pieces(file: BinaryIO, length: int) -> int:
    """The masked CRC of the next `length` bytes of a file, read in pieces."""
    crc = 0
    while length >= 2 * _CHUNK:
        crc = crc32c(_read_after(crc, file, _CHUNK))
        length -= _CHUNK
    return masked(_read_after(crc, file, length))


def _read_after(crc: int, file: BinaryIO, size: int) -> bytearray:
    """Read bytes and change the first four, so that their CRC is that of all bytes so far.

    `crc` is the CRC of the bytes before them.
    """
    data = bytearray(file.read(size))
    data[:4] = (int.from_bytes(data[:4], "little") ^ crc).to_bytes(4, "little")
    return data


def _read(file: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, or fewer if the file ends before."""
    if size <= _LONG:
        return file.read(size)
    if file.seekable():
        position = file.tell()
        if file.seek(0, 2) - position < size:
            return b""
        file.seek(position)
        return file.read(size)
    pieces = []
    while size > 0:
        piece = file.read(min(size, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class _HeaderFinder:
    """Finds the next record after damage, by the checksum of its length.

    In a malicious file, records of any length can be anywhere, and overlap. So the bytes read for
    records that turn out to be damaged are limited to the size of the file: time is linear in it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        # How many bytes may still be read for records that turn out to be damaged.
        self._allowance = self._size
        self._chunk, self._chunk_offset = b"", 0

    def find_after(self, damage: DataLossError) -> int | None:
        """The offset of the next header after a damaged record, None if there is none."""
        end = damage.claimed_end
        if end is not None and end <= self._size:
            # Its data was read in vain. What is in it may look like records.
            self._allowance -= end - damage.offset
            if end == self._size:
                return None
            if self._is_record(end, self._read(end, HEADER_SIZE)):
                return end
        return self._search(damage.offset + 1)

    def _search(self, begin: int) -> int | None:
        while begin + HEADER_SIZE + FOOTER_SIZE <= self._size:
            chunk, start = self._chunk_at(begin)
            at = chunk.find(_UPPER_HALF, start + 4)
            while 0 <= at <= len(chunk) - 8:
                header = chunk[at - 4 : at + 8]
                if self._is_record(begin - start + at - 4, header):
                    return begin - start + at - 4
                following = at + 1
                if header == _ALL_ZEROS:  # No header: the checksum of zeros is not zero.
                    following = max(following, _end_of_zeros(chunk, at) - 7)
                at = chunk.find(_UPPER_HALF, following)
            if len(chunk) - start < HEADER_SIZE:
                return None  # The file was cut in the meantime.
            begin += len(chunk) - start - HEADER_SIZE + 1
        return None

    def _chunk_at(self, offset: int) -> tuple[bytes, int]:
        """Some bytes of the file, and the position of an offset in them."""
        start = offset - self._chunk_offset
        if not 0 <= start <= len(self._chunk) - HEADER_SIZE:
            size = min(_CHUNK, self._size - offset)
            self._chunk, self._chunk_offset = self._read(offset, size), offset
            start = 0
        return self._chunk, start

    def _is_record(self, offset: int, header: bytes) -> bool:
        """Whether a record may be here: a valid header, and an end within the file."""
        if len(header) < HEADER_SIZE:
            return False
        crc: int
        length, crc = _HEADER.unpack(header)
        size = length + HEADER_SIZE + FOOTER_SIZE
        if size > self._size - offset or size > self._allowance:
            return False
        return masked(header[: _LENGTH.size]) == crc

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)


def _end_of_zeros(chunk: bytes, at: int) -> int:
    """The end of a run of zeros, or a position within a long one."""
    piece = chunk[at : at + 4096]
    return at + len(piece) - len(piece.lstrip(b"\0"))
