"""TFRecord framing: how records follow each other in a file, and how to get them back.

    uint64 length, uint32 masked CRC-32C of the length, length bytes, uint32 masked CRC-32C of them

all little-endian (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details).
This module knows bytes and a file to read from; it does not know what a record means.
"""

from __future__ import annotations

import struct

from .crc32c import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEADER = struct.Struct("<QI")
_pack_header = _HEADER.pack
_pack_length = _LENGTH.pack
_pack_crc = _CRC.pack

HEADER_SIZE = _HEADER.size
FOOTER_SIZE = _CRC.size

# A length is believed only as far as bytes arrive: they are read in pieces of this size.
_PIECE = 1 << 20

# The headers of short records, which scalars are: their CRC is most of a header's cost.
_short_headers: dict[int, bytes] = {}
_SHORT = 1024


class DataLossError(ValueError):
    """A record that is damaged or ends before its length; `offset` is where it begins, in bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (record at byte {offset})")
        self.offset = offset


def frame(payload: bytes) -> bytes:
    """One record as it stands in a file.

    >>> frame(b"").hex()
    '000000000000000029039807d8ea82a2'
    """
    size = len(payload)
    header = _short_headers.get(size)
    if header is None:
        length = _pack_length(size)
        header = length + _pack_crc(masked(length))
        if size < _SHORT:
            _short_headers[size] = header
    return b"%b%b%b" % (header, payload, _pack_crc(masked(payload)))


def scan(file: BinaryIO, *, on_error: str = "raise") -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the payload of each record from where a binary file stands to its end.

    At a damaged or unfinished record, `on_error="raise"` raises DataLossError and `"stop"` ends.
    Memory is bounded by the bytes that are there, whatever a length field says.
    """
    if on_error not in ("raise", "stop"):
        raise ValueError(f"on_error must be 'raise' or 'stop', got {on_error!r}")
    offset = 0
    while True:
        try:
            payload = _read_record(file, offset)
        except DataLossError:
            if on_error == "raise":
                raise
            return
        if payload is None:
            return
        yield offset, payload
        offset += HEADER_SIZE + len(payload) + FOOTER_SIZE


def _read_record(file: BinaryIO, offset: int) -> bytes | None:
    header = _read(file, HEADER_SIZE)
    if not header:
        return None
    if len(header) < HEADER_SIZE:
        raise DataLossError("the file ends within a record's header", offset)
    length, length_crc = _HEADER.unpack(header)
    if masked(header[: _LENGTH.size]) != length_crc:
        raise DataLossError("a record's length does not match its checksum", offset)
    payload = _read(file, length)
    footer = _read(file, FOOTER_SIZE) if len(payload) == length else b""
    if len(footer) < FOOTER_SIZE:
        raise DataLossError("the file ends within a record", offset)
    if masked(payload) != _CRC.unpack(footer)[0]:
        raise DataLossError("a record's data does not match its checksum", offset)
    return payload


def _read(file: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, or as many as there are."""
    pieces = []
    while size > 0:
        piece = file.read(min(size, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
