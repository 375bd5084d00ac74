"""The events of one run on their way to disk, one file after another.

When `write` returns, the event is with the operating system; there is no queue and no thread. The
way of an event, in order:

1. `write` frames it, `write_record` takes it framed. With a buffer that has room, it is added to
   the records that are left, and that is all.
2. A file that is open and not full takes it at once, in one call to the system.
3. Otherwise a turn is taken (see `turn`). The records that are left become the records under way,
   this one last.
4. `_follow` finds the file for the next of them, and begins one if the last is full, torn, deleted
   or was changed by somebody else. `Storage.make_room` removes old files.
5. `EventFile.append` writes them, as many as the file may hold, and `settle` says how many are in
   the file: those are done. What fails is tried again by the next call, up to `max_pending_bytes`.

This module knows records and files; what an event may hold is the writers' business.
"""

from __future__ import annotations

import errno
from _thread import get_ident
from itertools import repeat, starmap
from struct import Struct
from time import monotonic

from ..records.tfrecord import FOOTER_SIZE, HEADER_SIZE, frame
from .event_file import EventFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from .options import Options
    from .storage import Storage
    from .turn import Turn
else:
    from _collections import deque  # Importing collections takes a millisecond.

# What waits for space is tried in pieces of this size, so that a full disk costs little each time.
_MAX_BATCH = 1 << 16
# A deleted file is noticed by the first call after so many seconds.
_SECONDS_BETWEEN_LOOKS = 1.0
_UNLIMITED = 1 << 63


def is_of_system(error: BaseException) -> bool:
    """Whether an error is the system's, not a signal handler's: many raise TimeoutError."""
    return isinstance(error, OSError) and error.errno is not None


_read_length = Struct("<Q").unpack_from


class RunLog:
    """Writes one run. Many threads, and signal handlers, may use it.

    Attributes: `folder` of the files; `dropped`, how many events were lost to a full disk;
    `events`, how many were written; `closed`, whether nothing was written since `close`.
    """

    def __init__(self, options: Options, turn: Turn, storage: Storage) -> None:
        self.closed = False
        self._options = options
        self._turn = turn
        self._storage = storage
        self._write_to = options.system.write
        self._limit = options.max_file_bytes or _UNLIMITED

    def begin(self, folder: str, first: Sequence[bytes], *, buffers: bool) -> None:
        """Begin without files; again in a forked child, as the files are its parent's."""
        self.folder = folder
        self._lock, self._is_mine = self._turn.lock, self._turn.is_mine
        self.events = self.dropped = 0
        self._may_buffer = buffers and self._options.buffer_bytes > 0
        self._failing = False
        self._file = EventFile(folder, self._options, first)
        self._look_at = 0.0
        # Records that were accepted, and those of them that a turn has begun to write: to which
        # file, from which size of it on, and the records, of which those in the file are done.
        self._left: deque[bytes] = deque()
        self._hold = self._left.append
        self._under_way: tuple[EventFile | None, int, list[bytes]] = (None, 0, [])
        self._waiting = 0, 0  # How many of them were counted, and their bytes.
        self._get_ready()

    def _get_ready(self) -> None:
        """Decide how the next record goes: to the buffer, straight to the file, or by a turn."""
        options = self._options
        usable = not self.closed and not self._failing
        self._room = options.buffer_bytes
        self._until = monotonic() + options.flush_secs
        self._buffers = usable and self._may_buffer
        straight = usable and not (self._buffers or options.fsync or options.max_total_bytes)
        self._straight = self._file if straight and self._file.path else None

    # Writing.

    def write(self, payload: bytes) -> None:
        """Write one encoded event: when this returns, it is with the operating system.

        In a signal handler that interrupted another call, it is written when that call ends.
        Raises OSError if it can't be written; the event then waits for the next call, which tries
        again; and ValueError after `close`, if the options do not say `reopens`.
        """
        self.write_record(frame(payload))

    def write_record(self, record: bytes) -> None:
        """Write one event that is framed already, as `write` does."""
        if self._buffers:
            room = self._room - len(record)
            if room > 0 and monotonic() < self._until:
                # Without the turn, which costs as much. Threads that count at the same moment may
                # count a record too few.
                self._hold(record)
                self._room = room
                if not self._buffers:  # Closed meanwhile: no other call may come to write it.
                    self._turn.take(self, self._drain)
                return
        turn, is_done = self._turn, False
        if not self._is_mine():
            if get_ident() != turn.thread:
                turn.wait()
            try:
                with self._lock:
                    if turn.on is None:
                        turn.on = self
                        file = self._straight
                        if file is not None and monotonic() < self._look_at:
                            size = len(record)
                            end = file.size + size
                            if end <= self._limit:
                                file.end = end
                                is_done = self._write_to(file.fd, record) == size
                                if is_done:
                                    file.size = end
                                    self.events += 1
                                    turn.on = None
                if is_done:
                    if turn.left:
                        turn.take(self, self.settle)
                    return
            except BaseException as error:
                if not is_of_system(error):
                    turn.recover(self)  # A signal handler raised.
                    raise
        self._write_in_turn(record)  # What was wrong is found out by writing once more.

    def write_framed(self, records: bytes, count: int) -> None:
        """Write `count` records that are framed already, all or nothing, as if they were one."""
        dropped = self.dropped
        self._write_in_turn(records)
        if self.dropped == dropped:
            self.events += count - 1

    def _write_in_turn(self, record: bytes) -> None:
        # A handler may interrupt `close` itself, which then writes this, too.
        if self.closed and not (self._is_mine() and self._turn.on is self):
            if not self._options.reopens:
                raise ValueError(f"{self.path or self.folder} is closed")
            self.closed = False
        self._left.append(record)
        self._turn.take(self, self._drain)

    # In a turn.

    def _drain(self) -> None:
        """Write all that is left, or fail as `on_error` says, and keep what is within the bound."""
        failed: OSError | None = None
        while True:
            self.settle()
            if not self._under_way[2]:
                self._under_way = None, 0, []
            records = self._under_way[2]
            # In one call, so that no record is lost, and none is there twice.
            records.extend(starmap(self._left.popleft, repeat((), len(self._left))))
            if not records:
                break
            try:
                self._write_some(records)
            except OSError as error:
                self.settle()
                if not is_of_system(error):
                    raise
                if self._under_way[2] is not records:
                    continue  # Some were written: the others are tried again at once.
                failed = error
                if error.errno != errno.EFBIG or not self._file.path:
                    break
                if self._file.size > self._file.head and not self._file.torn:
                    # The file has all that a limit on its size lets it have.
                    self._file.torn, failed = True, None
                else:
                    self._drop(records, 0)  # No file can have it.
        first = not self._failing
        self._failing = bool(self._under_way[2])
        if self.closed:
            self._end_file()
        self._get_ready()
        if failed is not None:
            self._fail(failed, first)

    def _write_some(self, records: list[bytes]) -> None:
        """Write those that go into one file together, the first at least."""
        options, size = self._options, len(records[0])
        most = options.max_total_bytes
        if most is not None and size > most // 2:
            self._drop(records, 0)
            what = f"an event of {size} bytes is more than half of max_total_bytes={most}"
            raise OSError(errno.ENOSPC, what)
        file = self._follow(size)
        most = min(max(options.buffer_bytes, _MAX_BATCH), self._limit - file.size)
        count, data = len(records), b"".join(records)
        if len(data) > most:
            count, end = 1, size
            while count < len(records) and end + len(records[count]) <= most:
                end += len(records[count])
                count += 1
            data = data[:end]
        self._storage.make_room(len(data), file)
        self._under_way = file, file.size, records
        file.append(data, sync=options.fsync)
        self._done(file, count)

    def settle(self) -> None:
        """Bring files and records in order, wherever an exception came between them."""
        file, base, records = self._under_way
        if file is None or not records:
            self._file.settle()
        else:
            file.settle(records, base)
            count = 0
            while count < len(records) and base + len(records[count]) <= file.size:
                base += len(records[count])
                count += 1
            if count:
                self._done(file, count)
        if self._file.ended or (self.closed and not (self._under_way[2] or self._left)):
            self._end_file()

    def _done(self, file: EventFile, count: int) -> None:
        """Note that the first `count` records under way are in the file."""
        self._under_way = file, file.size, self._under_way[2][count:]
        self.events += count
        self._waiting = 0, 0

    # Which file comes next.

    def _follow(self, size: int) -> EventFile:
        """The file for the next `size` bytes: the last one, or a new one if it is full or lost."""
        file = self._file
        if file.path and not self._is_usable(file, size):
            self._end_file()
            self._file = file = EventFile(self.folder, self._options)
        if not file.path:
            self._storage.open(file)
            self.events += 1 + len(file.first)
            self._look_at = monotonic() + _SECONDS_BETWEEN_LOOKS
        return file

    def _is_usable(self, file: EventFile, size: int) -> bool:
        is_full = file.size + size > self._limit and file.size > file.head
        if file.ended or file.torn or is_full:
            return False
        try:
            if file.fd < 0:
                self._storage.open(file)
            now = monotonic()
            if now < self._look_at:
                return True
            self._look_at = now + _SECONDS_BETWEEN_LOOKS
            if self._options.system.status(file.fd).st_nlink:
                return True
        except OSError as error:
            if not is_of_system(error):
                raise
            return False
        what = "was deleted while it was written to; a new one is begun"
        self._storage.warn(f"{file.path} {what}")
        return False

    def _end_file(self) -> None:
        """Close the current file, so that the next record begins a new one."""
        self._straight = None
        if self._file.path:
            self._storage.retire(self._file)

    # What went wrong.

    def _fail(self, error: OSError, first: bool) -> None:
        """Raise or warn, and drop the newest of the records that wait if they are too many."""
        if not is_of_system(error):
            raise error
        options, records = self._options, self._under_way[2]
        most = max(options.max_pending_bytes, options.buffer_bytes)
        counted, size = self._waiting
        size += sum(map(len, records[counted:]))
        while size > most:
            size -= len(records[-1])
            self._drop(records, -1)
        self._waiting = len(records), size
        problem = OSError(error.errno, error.strerror or str(error), self.path or self.folder)
        if not options.warn:
            raise problem from error
        if first:
            self._storage.warn(
                f"{problem}; events are buffered; when too many are, new ones are dropped"
            )

    def _drop(self, records: list[bytes], index: int) -> None:
        """Lose a record, or what `write_framed` was given as one."""
        record, at = records[index], 0
        while at < len(record):
            at += HEADER_SIZE + _read_length(record, at)[0] + FOOTER_SIZE
            self.dropped += 1
        del records[index]
        self._waiting = 0, 0

    # The run as a whole.

    def open(self) -> None:
        """Begin the first file now, and not when the first event comes."""
        self._turn.take(self, self._open)

    def _open(self) -> None:
        try:
            self._follow(0)
        except OSError as error:
            first, self._failing = not self._failing, True
            self._fail(error, first)
        self._get_ready()

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system; with `sync`, on the device.

        Raises OSError if they can't be. In a signal handler that interrupted another call, this is
        done when that call ends.
        """
        self._turn.take(self, lambda: self._flush(sync))

    def _flush(self, sync: bool) -> None:
        self._drain()
        if sync:
            try:
                self._storage.sync()
                if self._file.path and not self._file.ended:
                    self._file.sync()
            except OSError as error:
                self._fail(error, True)

    def end_file(self) -> None:
        """Write what is held back and complete the file: the next event begins a new one."""
        self._turn.take(self, self._end_in_turn)

    def _end_in_turn(self) -> None:
        self._drain()
        self._end_file()

    def close(self) -> None:
        """Write what is held back and complete the file. Closing again does nothing."""
        self._turn.take(self, self._close)

    def _close(self) -> None:
        self.closed = True
        self._get_ready()
        try:
            self._drain()
        finally:
            if self._failing:
                while self._under_way[2]:
                    self._drop(self._under_way[2], -1)
                self._failing = False

    def reopen(self) -> None:
        """After `close`, take events again, whatever `reopens` says: they go to a new file."""
        self.closed = False

    def finish(self) -> None:
        """Write what is held back, and hold nothing back from now on: the interpreter exits."""
        self._may_buffer = False
        self.flush()
        if self._options.on_file_closed is not None:
            self.end_file()

    def __del__(self) -> None:
        if getattr(self, "_left", None):
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self.flush()
            except OSError:
                pass  # Nobody is left to be told.

    @property
    def path(self) -> str:
        """The path of the newest file, "" before there is one."""
        return self._file.path

    @property
    def open_path(self) -> str:
        """The path of the file that the next event may go to, "" if there is none."""
        return "" if self._file.ended else self._file.path

    @property
    def bytes(self) -> int:
        """How many bytes the newest file holds."""
        return self._file.size

    def __repr__(self) -> str:
        state = "closed, " if self.closed else ""
        events = f"{self.events} event{'' if self.events == 1 else 's'}"
        return f"{self.path or self.folder!r}: {state}{events}, {self.bytes} bytes"
