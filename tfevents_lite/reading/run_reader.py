"""Reads one run's event files, one after another.

Files follow each other in the order of their names, and what a restarted run repeats (a SessionLog
START after the first) comes only once, as in TensorBoard. No more than one record is held at a
time, so files may be larger than memory. What records hold is the business of `value_reader`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..records import tfrecord
from ..schema.event import Event
from ..wire import wire_format
from .folders import Reopened, has_vanished, open_file, warn_unreadable
from .value_reader import StoredValue, ValueReader, is_start, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .folders import OnUnreadable
    from .value_reader import Record

    OnDamage = Callable[[str, tfrecord.DataLossError], object]

# How a START is encoded: the field session_log, its length, and its status, the first field in it.
# Any other bytes may look like it, too.
_START = re.compile(rb":(?:[\x02-\x7f]|[\x80-\xff]{1,4}[\x01-\x7f])\x08\x01", re.DOTALL)
_LONGEST_START = 8
_SESSION_LOG = Event.FIELDS["session_log"].number

# What is read at a time to look for restarts, and after how many bytes progress is told.
_CHUNK = 1 << 20
_PROGRESS = 1 << 18


class RunReader:
    """The records and the values of one run's files.

    At a damaged record, `on_error="stop"` goes on with the next file, as TensorBoard does, "skip"
    with the next record that is intact, and "raise" raises DataLossError. The first two call
    `on_damage` with the file's path and a DataLossError, but not for a last record that is
    unfinished, as that of a file that still grows may be. A file that can't be read is left out,
    and `on_unreadable` is called with its path and an OSError; one that was removed meanwhile is
    left out in silence. `on_read` is called with numbers of bytes that have been read. Without
    `keep_open`, files are opened each time they are read, so that any number can be at once.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        on_error: str = "stop",
        on_damage: OnDamage | None = None,
        on_unreadable: OnUnreadable = warn_unreadable,
        on_read: Callable[[int], object] | None = None,
        keep_open: bool = True,
    ) -> None:
        self.files = files
        self.value_reader = ValueReader()
        self._on_error = tfrecord.check_on_error(on_error)
        self._on_damage = on_damage
        self._on_unreadable = on_unreadable
        self._on_read = on_read
        self._open: Callable[[str], Any] = open_file if keep_open else Reopened
        self._path = ""
        self._offset = 0
        self._leaves_file = False

    def values(self) -> Iterator[StoredValue]:
        """Yield each value that TensorBoard would have, in the order of the files."""
        read = self.value_reader.values
        for record in self.records():
            try:
                yield from read(record)
            except (wire_format.DecodeError, EOFError) as error:
                self.reject(error)

    def records(self, *, living: bool = True) -> Iterator[Record]:
        """Yield each event, the files' `file_version` records included.

        With `living`, without the summaries that a restart repeats, and without the restarts. A
        caller that finds the last record to be no Event says so by `reject`.
        """
        limit, limits = self._limits() if living else (None, {})
        for index, path in enumerate(self.files):
            if not limits:
                # Without restarts, as nearly always.
                yield from self._records_of(path)
                continue
            for record in self._records_of(path):
                _, _, step, _, event = record
                if event is None:
                    if limit is None or step < limit:
                        yield record
                elif is_start(event):
                    limit = limits.get((index, self._offset), limit)
                elif limit is None or step < limit or not event.HasField("summary"):
                    yield record

    def reject(self, error: Exception) -> None:
        """Treat the last record as damaged, as it is no Event."""
        self._damaged(tfrecord.DataLossError(f"a record is no Event: {error}", self._offset))
        self._leaves_file = self._on_error == "stop"

    def _limits(self) -> tuple[int | None, dict[tuple[int, int], int | None]]:
        """From which step on restarts repeat what is there: at first, and from each START on."""
        starts = []
        for index, path in enumerate(self.files):
            # What fails here will fail again, and be told of, when the file is read for its values.
            with suppress(OSError):
                starts += [(index, *start) for start in self._starts_of(path)]
        limit: int | None = None
        limits = {}
        for number in range(len(starts) - 1, -1, -1):
            index, offset, step = starts[number]
            limits[index, offset] = limit
            if number:  # The first one has nothing to repeat.
                limit = step if limit is None else min(limit, step)
        return limit, limits

    def _starts_of(self, path: str) -> Iterator[tuple[int, int]]:
        """Yield the offset and the step of each START in a file."""
        with self._open(path) as file:
            last = _last_start(file)
            if last < 0:
                return
            file.seek(0)
            resynchronise = self._on_error == "skip"
            for offset, found in tfrecord.walk(file, resynchronise=resynchronise, views=True):
                if offset > last:
                    return
                if isinstance(found, tfrecord.DataLossError) or not _may_be_start(found):
                    if isinstance(found, tfrecord.DataLossError) and not resynchronise:
                        return
                    continue
                try:
                    event = Event.FromView(found)
                except (wire_format.DecodeError, EOFError):
                    if not resynchronise:
                        return
                    continue
                if is_start(event):
                    yield offset, event.step

    def _records_of(self, path: str) -> Iterator[Record]:
        """Yield the records of one file, and see to what is wrong with it."""
        self._path = path
        unread = 0
        # An unfinished record is damage only if others follow it.
        unfinished: tfrecord.DataLossError | None = None
        try:
            with self._open(path) as file:
                resynchronise = self._on_error == "skip"
                for offset, found in tfrecord.walk(file, resynchronise=resynchronise, views=True):
                    if unfinished is not None:
                        self._damaged(unfinished)
                        unfinished = None
                    self._offset = offset
                    if isinstance(found, tfrecord.DataLossError):
                        if found.unfinished and self._on_error != "raise":
                            unfinished = found
                            continue
                        self._damaged(found)
                        if self._on_error == "stop":
                            return
                        continue
                    unread += len(found) + tfrecord.HEADER_SIZE + tfrecord.FOOTER_SIZE
                    if unread > _PROGRESS and self._on_read is not None:
                        self._on_read(unread)
                        unread = 0
                    try:
                        record = read_record(found)
                    except (wire_format.DecodeError, EOFError) as error:
                        self.reject(error)
                    else:
                        yield record
                    if self._leaves_file:
                        self._leaves_file = False
                        return
        except OSError as error:
            if not has_vanished(path, error):
                if self._on_error == "raise":
                    raise
                self._on_unreadable(path, error)
        finally:
            if self._on_read is not None:
                self._on_read(unread)

    def _damaged(self, error: tfrecord.DataLossError) -> None:
        if self._on_error == "raise":
            raise error
        if self._on_damage is not None:
            self._on_damage(self._path, error)


def _last_start(file: Any) -> int:
    """Where in a file the last bytes are that may be a START's, -1 if there are none."""
    last, offset, kept = -1, 0, b""
    while True:
        chunk = file.read(_CHUNK)
        if not chunk:
            return last
        chunk = kept + chunk
        for match in _START.finditer(chunk):
            last = offset + match.start()
        kept = chunk[-_LONGEST_START:]
        offset += len(chunk) - len(kept)


def _may_be_start(payload: tfrecord.Payload) -> bool:
    """Whether an event has a session_log; without decoding what else it has."""
    if isinstance(payload, bytes) and _START.search(payload) is None:
        return False
    fields = wire_format.decode_fields(
        memoryview(payload) if isinstance(payload, bytes) else payload
    )
    try:
        return any(number == _SESSION_LOG for number, _, _, _ in fields)
    except wire_format.DecodeError:
        return True  # Which is damage, and for the caller to find.
