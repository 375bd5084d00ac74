"""What is wrong with an event file, and a new file of what is right.

What `guard` would not have written is wrong, too: a file may be whole and yet stop TensorBoard.
This module judges and copies records; how they are found in a damaged file is `tfrecord`'s
business, how it is said to a user that of the commands.
"""

from __future__ import annotations

from itertools import islice

from ..files.event_file import version_event
from ..records.tfrecord import FOOTER_SIZE, HEADER_SIZE, DataLossError, frame, walk
from ..schema.event import Event
from ..summary.guard import check_loads
from ..wire.wire_format import DecodeError, encode_varint
from .folders import open_file
from .value_reader import ValueReader, read_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any, BinaryIO

    from ..records.tfrecord import Payload
    from .value_reader import Layout, Record

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
        self.is_event_file = True

    @property
    def state(self) -> str:
        """What is the matter, in a word or two.

        "intact"; "empty", a file of no bytes, as a writer begins with; "torn tail", which
        TensorBoard waits at; "harmful", which is whole, perhaps but for a torn tail, but may stop
        TensorBoard; "damaged", which it stops at; or "not an event file".
        """
        if not self.is_event_file:
            return "not an event file"
        if not self.size:
            return "empty"
        has_torn_tail = len(self.damages) == 1 and (
            self.damages[0].kind == "unfinished" and self.damages[0].end == self.size
        )
        if not (self.events or self.harms) or (self.damages and not has_torn_tail):
            return "damaged"
        if self.harms:
            return "harmful"
        return "torn tail" if has_torn_tail else "intact"

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


def examine(
    path: str,
    kinds: dict[str, str] | None = None,
    *,
    on_read: Callable[[int], object] = lambda size: None,
) -> Findings:
    """Read a file to its end and say what is wrong with it.

    `kinds` is what the tags of the run hold as far as other files say, and is added to. `on_read`
    is called with numbers of bytes that have been read. Raises OSError if the file can't be read.
    """
    findings = Findings(path)
    with open_file(path) as file:
        for _ in _good_events(file, findings, kinds, on_read):
            pass
    return findings


def is_event_file(path: str) -> bool:
    """Whether a file is empty or has a record's header. Raises OSError if it can't be read."""
    with open_file(path) as file:
        first = [_has_header(found) for _, found in islice(walk(file, views=True), 2)]
    return any(first) or not first


def _has_header(found: Payload | DataLossError) -> bool:
    """Whether a record's header is right. What follows damage is found by its header."""
    if isinstance(found, DataLossError):
        return found.unfinished or found.claimed_end is not None
    return True


def repair(
    path: str, output: IO[bytes], *, on_read: Callable[[int], object] = lambda size: None
) -> Findings:
    """Copy the good records of a file to another one, byte for byte.

    What is written begins with a `file_version` record, as a file has to: if that was lost, with a
    new one. If nothing is good, nothing is written. Raises OSError if the file can't be read, and
    EOFError if it is truncated meanwhile.
    """
    findings = Findings(path)
    with open_file(path) as file:
        for (payload, wall_time, _, _, event), offset, size in _good_events(
            file, findings, None, on_read
        ):
            if findings.events == 1 and (event is None or not event.HasField("file_version")):
                output.write(frame(version_event(wall_time)))
            if isinstance(payload, bytes):
                output.write(frame(payload))
            else:
                _copy(file, offset, size, output)
    return findings


def _copy(file: BinaryIO, offset: int, size: int, output: IO[bytes]) -> None:
    """Copy a long record. The file is left where it was."""
    position = file.tell()
    file.seek(offset)
    while size > 0:
        piece = file.read(min(size, _PIECE))
        if not piece:
            raise EOFError("the file was truncated while it was read")
        output.write(piece)
        size -= len(piece)
    file.seek(position)


def _good_events(
    file: BinaryIO,
    findings: Findings,
    kinds: dict[str, str] | None,
    on_read: Callable[[int], object],
) -> Iterator[tuple[Record, int, int]]:
    """Yield each good event, where it is and its size, noting in `findings` what is not."""
    kinds = {} if kinds is None else kinds
    values = ValueReader()
    findings.size = file.seek(0, 2)
    file.seek(0)
    damage: Damage | None = None
    read = 0
    findings.is_event_file = not findings.size
    for offset, found in walk(file, views=True):
        findings.is_event_file = findings.is_event_file or _has_header(found)
        if damage is not None:
            damage.end = offset
            findings.lost_bytes += damage.end - damage.offset
            damage = None
        try:
            if isinstance(found, DataLossError):
                raise found
            size = HEADER_SIZE + len(found) + FOOTER_SIZE
            read += size
            if read > _PIECE:
                on_read(read)
                read = 0
            record = read_record(found)
            harm = _harm_of(record, values, kinds)
        except (DecodeError, EOFError) as error:
            found = DataLossError(f"a record is no Event: {error}", offset)
        except DataLossError:
            pass
        if isinstance(found, DataLossError):
            kind = "unfinished" if found.unfinished else "damaged"
            damage = Damage(offset, findings.size, str(found), kind)
            findings.add_damage(damage)
        elif harm:
            findings.add_harm(offset, size, harm)
        else:
            findings.events += 1
            yield record, offset, size
    on_read(read)
    if damage is not None:
        damage.end = findings.size
        findings.lost_bytes += damage.end - damage.offset
        if _is_zeros(file, damage.offset):
            damage.kind = "zeros"


def _harm_of(record: Record, values: ValueReader, kinds: dict[str, str]) -> str:
    """Why TensorBoard may not load an event, "" if it does. Notes in `kinds` what its tags hold."""
    payload, wall_time, _, position, event = record
    scalars: list[tuple[Layout, bytes]] = []
    if event is None and isinstance(payload, bytes):
        # Scalars whose like were checked differ from them in nothing that does harm.
        found = values.scalars(payload, position)
        if found and _is_canonical(payload, position, found):
            scalars = found
            if wall_time - wall_time == 0 and all(layout.is_harmless for layout, _ in scalars):
                return ""
    if len(kinds) >= _MOST_TAGS:
        kinds.clear()
    try:
        check_loads(Event.FromView(payload) if event is None else event, kinds)
    except DecodeError:
        raise
    except ValueError as error:
        return str(error)
    for layout, _ in scalars:
        layout.is_harmless = True
    return ""


def _is_canonical(payload: bytes, position: int, scalars: list[tuple[Layout, bytes]]) -> bool:
    """Whether a summary holds some values and nothing else, with lengths as short as can be."""
    size = 0
    for _, value in scalars:
        size += len(value) + (2 if len(value) < 128 else 3)
    return len(payload) - position == 1 + len(encode_varint(size)) + size


def _is_zeros(file: BinaryIO, offset: int) -> bool:
    """Whether a file holds nothing but zeros from here on, as after a power cut."""
    file.seek(offset)
    while True:
        piece = file.read(_PIECE)
        if not piece:
            return True
        if piece.strip(b"\0"):
            return False
