"""What SummaryWriter writes for the calls of `board_program`, and how files of micro are read."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import google_crc32c
from tensorboard.compat.proto import event_pb2

import tfevents_lite

from . import board_program

NAME = "events.out.tfevents.{:010d}.board.0.0"


def summary_writer(folder: Path, clock: Callable[[], Any], **options: Any) -> Any:
    """A SummaryWriter with the clock of a board, and under its name."""

    def seconds() -> float:
        now = clock()
        return float(now if isinstance(now, int) else (now[0] * 1000 + now[1]) / 1000)

    return tfevents_lite.SummaryWriter(folder, clock=seconds, hostname="board", pid=0, **options)


def add_histogram(
    writer: Any, tag: str, edges: Sequence[float], counts: Sequence[float], step: int
) -> None:
    """Log the histogram that EventWriter.histogram logs: values in the middle of their bins."""
    middles = [(low + high) / 2 for low, high in zip(edges, edges[1:])]
    used = [index for index, count in enumerate(counts) if count]
    writer.add_histogram_raw(
        tag,
        min=edges[used[0]] if used else 0,
        max=edges[used[-1] + 1] if used else 0,
        num=sum(counts),
        sum=sum(n * middle for n, middle in zip(counts, middles)),
        sum_squares=sum(n * middle**2 for n, middle in zip(counts, middles)),
        bucket_limits=edges[1:],
        bucket_counts=counts,
        global_step=step,
    )


def whole_part(data: bytes) -> bytes:
    """A file up to the first record that is not whole, by its length and checksums."""
    size = 0
    while size + 16 <= len(data):
        header = data[size : size + 12]
        (length,) = struct.unpack_from("<Q", header)
        record = data[size : size + length + 16]
        if len(record) < length + 16:
            break
        if masked(header[:8]) != header[8:] or masked(record[12:-4]) != record[-4:]:
            break
        size += len(record)
    return data[:size]


def masked(data: bytes) -> bytes:
    """TFRecord's form of CRC-32C, by google_crc32c."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def payloads(data: bytes) -> list[bytes]:
    """The payloads of a file of whole TFRecords."""
    assert whole_part(data) == data
    found = []
    while data:
        (length,) = struct.unpack_from("<Q", data)
        found.append(data[12 : length + 12])
        data = data[length + 16 :]
    return found


def events(data: bytes) -> list[Any]:
    """The events of a file, as protobuf reads them."""
    return [event_pb2.Event.FromString(payload) for payload in payloads(data)]


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def write_reference(folder: Path, scalars: int, png: bytes) -> bytes:
    """The file of `board_program.log` as SummaryWriter writes it, with the PNG of the board."""
    with summary_writer(folder, board_program.Clock()) as writer:
        for step in range(scalars):
            writer.add_scalar("loss", board_program.value(step), step)
        writer.add_scalar_dict({"loss": 0.25, "temperature/core": -40}, scalars)
        writer.add_text("note", board_program.TEXT, scalars)
        add_histogram(writer, "weights", board_program.EDGES, board_program.COUNTS, scalars)
        writer.add_image("picture", png, scalars)
    path = only_file(folder)
    assert path.name == NAME.format(board_program.START)
    return path.read_bytes()
