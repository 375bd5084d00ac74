"""What is wrong with an event file, and a new file of what is right.

This module judges and copies records; how they are found in a damaged file is `tfrecord`'s
business, how it is said to a user that of the commands.
"""

from __future__ import annotations

from ..files.event_file import first_event
from ..tfrecord import DataLossError, frame
from .event_reader import walk_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from ..schema.event import Event

_PIECE = 1 << 16


class Damage:
    """Bytes of a file that are no intact record: from `offset` up to `end`."""

    def __init__(self, offset: int, end: int, reason: str, kind: str) -> None:
        self.offset = offset
        self.end = end
        self.reason = reason
        self.kind = kind  # "unfinished", "zeros" or "damaged".

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "offset": self.offset, "end": self.end, "kind": self.kind, "reason": self.reason
        }  # fmt: skip


class Findings:
    """What a file holds: how many intact `events`, of `size` bytes in all, and which `damages`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self.events = 0
        self.damages: list[Damage] = []

    @property
    def state(self) -> str:
        """ "intact"; "torn tail", which TensorBoard waits at; or "damaged", which it stops at."""
        if not self.damages and self.events:
            return "intact"
        last = self.damages[-1] if self.damages else None
        if last is not None and len(self.damages) == 1 and self.events:
            torn = last.kind == "unfinished" and last.end == self.size
            return "torn tail" if torn else "damaged"
        return "damaged"

    @property
    def is_lossless(self) -> bool:
        """Whether the intact events are all that there were: what is wrong is zeros at the end."""
        return all(damage.kind == "zeros" for damage in self.damages)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "path": self.path,
            "state": self.state,
            "size": self.size,
            "events": self.events,
            "lost_bytes": sum(damage.end - damage.offset for damage in self.damages),
            "damages": [damage.as_dict() for damage in self.damages],
        }


def examine(path: str) -> Findings:
    """Read a file to its end and say what is wrong with it."""
    findings = Findings(path)
    with open(path, "rb") as file:
        for _ in _intact_events(file, findings):
            pass
    return findings


def repair(path: str, output: str) -> Findings:
    """Copy the intact records of a file to a new one, which must not exist, byte for byte.

    The file begins with a `file_version` record, as it has to: if that was lost, with a new one.
    Where nothing is intact no file is made.
    """
    findings = Findings(path)
    with open(path, "rb") as file:
        if next(_intact_events(file, Findings(path)), None) is None:
            return examine(path)
        with open(output, "xb") as repaired:
            for event, offset, size in _intact_events(file, findings):
                if findings.events == 1 and not event.HasField("file_version"):
                    version = first_event(event.wall_time)
                    repaired.write(frame(version.SerializeToString()))
                _copy(file, offset, size, repaired)
    return findings


def _copy(file: BinaryIO, offset: int, size: int, output: BinaryIO) -> None:
    """Copy a record. The file is left where it was."""
    position = file.tell()
    file.seek(offset)
    while size > 0:
        piece = file.read(min(size, _PIECE))
        if not piece:
            raise EOFError("the file was cut while it was read")
        output.write(piece)
        size -= len(piece)
    file.seek(position)


def _intact_events(file: BinaryIO, findings: Findings) -> Iterator[tuple[Event, int, int]]:
    """Yield each intact event, where it is and its size, noting in `findings` what is not."""
    findings.size = file.seek(0, 2)
    file.seek(0)
    damage: Damage | None = None
    for offset, found in walk_events(file):
        if damage is not None:
            damage.end = offset
            damage = None
        if isinstance(found, DataLossError):
            kind = "unfinished" if found.unfinished else "damaged"
            damage = Damage(offset, findings.size, str(found), kind)
            findings.damages.append(damage)
            continue
        event, size = found
        if event.wall_time - event.wall_time != 0:
            reason = f"wall_time is {event.wall_time}, which TensorBoard can't load"
            damage = Damage(offset, offset + size, reason, "damaged")
            findings.damages.append(damage)
            continue
        findings.events += 1
        yield event, offset, size
    if damage is not None:
        damage.end = findings.size
        if _is_zeros(file, damage.offset):
            damage.kind = "zeros"


def _is_zeros(file: BinaryIO, offset: int) -> bool:
    """Whether a file holds nothing but zeros from here on, as after a power cut."""
    file.seek(offset)
    while True:
        piece = file.read(_PIECE)
        if not piece:
            return True
        if piece.strip(b"\0"):
            return False
