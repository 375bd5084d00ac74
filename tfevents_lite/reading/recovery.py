"""What is wrong with an event file, and a new file of what is right.

What `guard` would not have written is wrong, too: a file may be whole and yet stop TensorBoard.
This module judges and copies records; how they are found in a damaged file is `tfrecord`'s
business, how it is said to a user that of the commands.
"""

from __future__ import annotations

from ..files.event_file import version_event
from ..records.tfrecord import DataLossError, frame
from ..summary.guard import check_loads
from .event_reader import walk_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from ..schema.event import Event

_PIECE = 1 << 16

# Of a file of noise, or of a tag an event, no more than so many are remembered.
_MOST_TOLD = 1000
_MOST_TAGS = 100_000


class Damage:
    """Bytes of a file, from `offset` up to `end`, that are no intact record, or a harmful one."""

    def __init__(self, offset: int, end: int, reason: str, kind: str) -> None:
        self.offset = offset
        self.end = end
        self.reason = reason
        self.kind = kind  # "unfinished", "zeros", "damaged" or "harmful".

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "offset": self.offset, "end": self.end, "kind": self.kind, "reason": self.reason
        }  # fmt: skip


class Findings:
    """What a file of `size` bytes holds: how many good `events`, and which damages and harms.

    `damages` are no intact records; `harms` are, but TensorBoard may not load them. The lists have
    the first thousand of each; `damage_count` and `harm_count` say how many there are.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        self.events = 0
        self.damages: list[Damage] = []
        self.harms: list[Damage] = []
        self.damage_count = self.harm_count = self.lost_bytes = 0

    @property
    def state(self) -> str:
        """What is the matter, in a word or two.

        "intact"; "torn tail", which TensorBoard waits at; "harmful", which is whole, perhaps but
        for a torn tail, but may stop TensorBoard; or "damaged", which it stops at.
        """
        state = self._state_of_bytes()
        return "harmful" if self.harms and state != "damaged" else state

    def _state_of_bytes(self) -> str:
        if not self.damages and (self.events or self.harms):
            return "intact"
        last = self.damages[-1] if self.damages else None
        if last is not None and len(self.damages) == 1 and (self.events or self.harms):
            torn = last.kind == "unfinished" and last.end == self.size
            return "torn tail" if torn else "damaged"
        return "damaged"

    @property
    def is_lossless(self) -> bool:
        """Whether the intact events are all that there were: what is wrong is zeros at the end."""
        return not self.harms and all(damage.kind == "zeros" for damage in self.damages)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "path": self.path,
            "state": self.state,
            "size": self.size,
            "events": self.events,
            "lost_bytes": self.lost_bytes,
            "damage_count": self.damage_count,
            "damages": [damage.as_dict() for damage in self.damages],
            "harm_count": self.harm_count,
            "harms": [harm.as_dict() for harm in self.harms],
        }

    def add_damage(self, damage: Damage) -> None:
        """Note what is no intact record."""
        self.damage_count += 1
        if self.damage_count <= _MOST_TOLD:
            self.damages.append(damage)

    def add_harm(self, offset: int, size: int, reason: str) -> None:
        """Note a record that TensorBoard may not load."""
        self.harm_count += 1
        if self.harm_count <= _MOST_TOLD:
            self.harms.append(Damage(offset, offset + size, reason, "harmful"))


def examine(path: str, kinds: dict[str, str] | None = None) -> Findings:
    """Read a file to its end and say what is wrong with it.

    `kinds` is what the tags of the run hold as far as other files say, and is added to.
    """
    findings = Findings(path)
    with open(path, "rb") as file:
        for _ in _good_events(file, findings, kinds):
            pass
    return findings


def repair(path: str, output: str) -> Findings:
    """Copy the good records of a file to a new one, which must not exist, byte for byte.

    The file begins with a `file_version` record, as it has to: if that was lost, with a new one.
    Where nothing is good no file is made.
    """
    findings = Findings(path)
    with open(path, "rb") as file:
        if next(_good_events(file, Findings(path)), None) is None:
            return examine(path)
        with open(output, "xb") as repaired:
            for event, offset, size in _good_events(file, findings):
                if findings.events == 1 and not event.HasField("file_version"):
                    repaired.write(frame(version_event(event.wall_time)))
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


def _good_events(
    file: BinaryIO, findings: Findings, kinds: dict[str, str] | None = None
) -> Iterator[tuple[Event, int, int]]:
    """Yield each good event, where it is and its size, noting in `findings` what is not."""
    kinds = {} if kinds is None else kinds
    findings.size = file.seek(0, 2)
    file.seek(0)
    damage: Damage | None = None
    for offset, found in walk_events(file):
        if damage is not None:
            damage.end = offset
            findings.lost_bytes += damage.end - damage.offset
            damage = None
        if isinstance(found, DataLossError):
            kind = "unfinished" if found.unfinished else "damaged"
            damage = Damage(offset, findings.size, str(found), kind)
            findings.add_damage(damage)
            continue
        event, size = found
        try:
            if len(kinds) >= _MOST_TAGS:
                kinds.clear()
            check_loads(event, kinds)
        except ValueError as error:
            findings.add_harm(offset, size, str(error))
            continue
        findings.events += 1
        yield event, offset, size
    if damage is not None:
        damage.end = findings.size
        findings.lost_bytes += damage.end - damage.offset
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
