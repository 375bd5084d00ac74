"""The events of one run on their way to disk: written at once, or held until they can be.

When `write` returns, the event is with the operating system; there is no queue and no thread. What
could not be written is held, up to a bound, and goes out first at the next call. Which file it goes
into is `file_sequence`'s business, what an event may hold is the writers'.

A signal's handler may log while a write that it interrupted is under way. So whoever writes takes
the current file away and puts it back when all is well. A handler that finds none leaves its events
to the write that it interrupted; if it can't wait, and flushes, they go to the next file.
"""

from __future__ import annotations

import errno
from _thread import get_ident
from time import monotonic

from ..records.tfrecord import frame
from .file_sequence import FileSequence
from .lock import is_owned, wait_politely

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .event_file import EventFile
    from .options import Options
    from .storage import Storage

# What waits for space is tried in pieces of this size, so that a full disk costs little each time.
_MAX_BATCH = 1 << 16


class RunLog:
    """Writes one run. Many threads may use it.

    Attributes: `dropped`, how many events were lost to a full disk. `first` are the encoded events
    that the first file begins with.
    """

    def __init__(
        self, folder: str, options: Options, storage: Storage, first: Sequence[bytes] = ()
    ) -> None:
        self.dropped = 0
        self.clock = options.clock
        self._options = options
        self._storage = storage
        self._write_to = options.system.write
        # With any of these, a write is more than one call to the system.
        more = options.buffer_bytes, options.fsync, options.max_file_bytes, options.on_file_closed
        self._always_careful = any(more)
        self._lock = storage.lock
        self._thread = get_ident()  # That wrote last.
        self._start_over(folder, first)

    def _start_over(self, folder: str, first: Sequence[bytes]) -> None:
        self._closed = False
        self._careful = self._always_careful
        self._files = FileSequence(folder, self._options, self._storage, first)
        self._file: EventFile | None = None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._held_until = 0.0
        # A child process may end without a word: it holds nothing back.
        self._room = 0 if self._storage.is_childs else self._options.buffer_bytes
        self._failing = False

    # Writing.

    def write(self, payload: bytes) -> None:
        """Write one encoded event: when this returns, it is with the operating system.

        Raises OSError where it can't be; the event then waits for the next call, which tries again.
        """
        self.write_record(frame(payload))

    def write_record(self, record: bytes) -> None:
        """Write one event that is framed already, as `write` does."""
        if self._held and not self._failing:
            # Without the lock, which costs as much: a list takes what is appended while another
            # thread empties it. Threads that count at the same moment may count a record too few.
            held_bytes = self._held_bytes + len(record)
            if held_bytes < self._room and monotonic() < self._held_until:
                self._held.append(record)
                self._held_bytes = held_bytes
                return
        if get_ident() != self._thread and wait_politely(self._lock):
            self._thread = get_ident()
        with self._lock:
            file, self._file = self._file, None
            if file is not None and not self._careful and monotonic() < self._files.look_at:
                try:
                    written = self._write_to(file.fd, record)
                    if written == len(record):
                        file.size += written
                        file.events += 1
                        if not self._careful:
                            self._file = file
                            return
                except OSError:
                    written = -1  # What is wrong is found out below.
                except BaseException:
                    # A signal's handler raised, at whatever moment.
                    file.settle([record])
                    self._put_back(file)
                    raise
                if written == len(record):
                    # A signal's handler has logged meanwhile.
                    self._put_back(file)
                    self._write_held()
                    return
                if file.fd >= 0:
                    file.cut_back()
            self._file = file
        self._write_with_care(record)

    def write_framed(self, records: bytes, count: int) -> None:
        """Write `count` records that are framed already, all or nothing, as if they were one."""
        self._write_with_care(records)
        with self._lock:
            self._files.events += count - 1

    def _write_with_care(self, record: bytes) -> None:
        if self._file is None and self.path and is_owned(self._lock):
            # The write that we interrupted has the file, and writes this too, right after itself.
            self._hold(record)
            self._careful = True
            return
        try:
            with self._lock:
                if self._closed and not self._options.reopens:
                    raise ValueError(f"{self.path or self.folder} is closed")
                self._closed = False
                most = self._options.max_total_bytes
                if most is not None and len(record) > most // 2:
                    self.dropped += 1
                    self._fail(OSError(errno.EFBIG, f"an event of {len(record)} bytes is more than "
                                       f"half of max_total_bytes={most}"))  # fmt: skip
                    return
                self._hold(record)
                if self._failing or not self._may_wait():
                    self._write_held()
        finally:
            self._storage.tell()

    def _hold(self, record: bytes) -> None:
        if not self._held:
            self._held_until = monotonic() + self._options.flush_secs
        self._held.append(record)
        self._held_bytes += len(record)

    def _may_wait(self) -> bool:
        return self._held_bytes < self._room and monotonic() < self._held_until

    def _write_held(self) -> None:
        """Write all that is held, or fail as `on_error` says, holding what is within the bound."""
        try:
            self._drain()
        except OSError as error:
            self._careful = True
            most = max(self._options.max_pending_bytes, self._options.buffer_bytes)
            while self._held_bytes > most:
                self._held_bytes -= len(self._held.pop())
                self.dropped += 1
            self._fail(error)
        else:
            self._failing = False
            self._careful = self._always_careful or bool(self._held)

    def _drain(self) -> None:
        # Always the same list is emptied: somebody who was interrupted may be about to append.
        # A handler that ran between the copy and the deletion would write what was copied, too: on
        # Python 3.10 one runs behind each call, so there is none in between.
        count = len(self._held)
        held = self._held[:count]
        del self._held[:count]
        file, self._file = self._file, None
        try:
            while held:
                file = self._files.follow(file, len(held[0]))
                self._storage.opened(self)
                self._storage.make_room(len(held[0]), self)
                count = self._batch(file, held)
                begin = file.size
                try:
                    if self._options.fsync:
                        file.append_and_sync(held, count)
                    else:
                        file.append(held, count)
                finally:
                    self._storage.wrote(file.size - begin)
                    self._held_bytes -= file.size - begin
                if self._held and not held:
                    # A signal's handler has logged meanwhile.
                    count = len(self._held)
                    held = self._held[:count]
                    del self._held[:count]
        finally:
            self._held[:0] = held
            if not self._held:
                self._held_bytes = 0
            self._put_back(file)

    def _batch(self, file: EventFile, held: list[bytes]) -> int:
        """How many of the records that are held may go into the file at once, one at least."""
        most = max(self._options.buffer_bytes, _MAX_BATCH)
        if self._options.max_file_bytes is not None:
            most = min(most, self._options.max_file_bytes - file.size)
        if self._held_bytes <= most:
            return len(held)
        count, size = 1, len(held[0])
        while count < len(held) and size + len(held[count]) <= most:
            size += len(held[count])
            count += 1
        return count

    def _put_back(self, file: EventFile | None) -> None:
        if file is not None and self._file is not file:
            if self._file is None and not file.torn and not self._closed:
                self._file = file
            else:
                # Torn; or a signal's handler has begun the next one.
                self._files.retire(file)

    # For `storage`, which has the lock.

    def park(self) -> None:
        """Give the descriptor back until the next write, unless a write is under way."""
        if self._file is not None:
            self._file.park()

    def end_file(self) -> None:
        """Close the current file, so that the next write begins a new one."""
        file, self._file = self._file, None
        if file is not None:
            self._files.retire(file)

    # What went wrong.

    def _fail(self, error: OSError) -> None:
        where = self.path or self.folder
        problem = OSError(error.errno, error.strerror or str(error), where)
        first, self._failing = not self._failing, True
        if not self._options.warn:
            raise problem from error
        if first:
            self._storage.warn(
                f"{problem}; events wait in memory, and are dropped when they are too many"
            )

    # Life.

    def open(self) -> None:
        """Begin the first file now, and not when the first event comes."""
        try:
            with self._lock:
                try:
                    self._put_back(self._files.begin())
                    self._storage.opened(self)
                except OSError as error:
                    self._fail(error)
        finally:
            self._storage.tell()

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system; with `sync`, on the device.

        Raises OSError where they can't be. In a signal's handler that interrupted a write, what the
        handler has logged goes to a new file.
        """
        interrupts = is_owned(self._lock)
        try:
            with self._lock:
                if self._held:
                    self._write_held()
                if sync:
                    try:
                        self._files.sync(self._file)
                    except OSError as error:
                        self._fail(error)
                self._careful = self._careful or interrupts
        finally:
            self._storage.tell()

    def close(self) -> None:
        """Write what is held and close the file. Closing again does nothing."""
        try:
            with self._lock:
                if self._closed:
                    return
                try:
                    if self._held:
                        self._write_held()
                finally:
                    self._closed = self._careful = True
                    self.dropped += len(self._held)
                    self._held.clear()
                    self.end_file()
        finally:
            self._storage.tell()

    @property
    def closed(self) -> bool:
        """Whether nothing was written since `close`."""
        return self._closed

    def reopen(self) -> None:
        """After `close`, take events again, whatever `reopens` says: they go to a new file."""
        self._closed = False

    def move(self, folder: str) -> None:
        """Leave everything to the parent process, and log to another folder: for a forked child."""
        closed, file = self._closed, self._file
        self._lock = self._storage.lock
        self._start_over(folder, ())
        self._closed = closed
        if file is not None:
            file.close()

    def __del__(self) -> None:
        if getattr(self, "_held", None) and not self._closed:
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self.flush()
            except OSError:
                pass  # Nobody is left to be told.

    @property
    def path(self) -> str:
        """The path of the newest file, "" before there is one."""
        return self._files.path

    @property
    def folder(self) -> str:
        """The folder of the files."""
        return self._files.folder

    @property
    def events(self) -> int:
        """How many events the files hold, `file_version` records included."""
        return self._files.events + (self._file.events if self._file is not None else 0)

    @property
    def bytes(self) -> int:
        """How many bytes the files hold."""
        return self._files.bytes + (self._file.size if self._file is not None else 0)

    def __repr__(self) -> str:
        state = "closed, " if self._closed else ""
        events = f"{self.events} event{'' if self.events == 1 else 's'}"
        return f"{self.path or self.folder!r}: {state}{events}, {self.bytes} bytes"
