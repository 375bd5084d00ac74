"""One event file on disk: a new file, whose name sorts behind those before it, of whole records.

A file is always a new one and never appended to by anyone else: TensorBoard invents a point out of
what is appended to a torn record. Within its folder names sort by creation, as TensorBoard reads
files in the order of their names. Which events go where, and what happens when a disk is full, is
`file_sequence`'s and `run_log`'s business.
"""

from __future__ import annotations

import errno
import os

from ..records.tfrecord import frame
from ..wire.wire_format import encode_len, pack_double
from .system import get_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options
    from .system import System

FILE_VERSION = b"brain.Event:2"
WRITER = b"tfevents-lite"

# What stands before the fields of an event: number and wire type in a byte. By hand, as a file
# needs no other message: the tests hold it to the message's bytes.
_TIME, _FILE_VERSION, _SOURCE_METADATA = 0x09, 0x1A, 0x52  # Event
_WRITER = 0x0A  # SourceMetadata

_PREFIX = "events.out.tfevents."
_LAST_SECOND = 9_999_999_999


class EventFile:
    """A new event file in a folder, which is made if it is missing.

    `size` is where its last whole record ends, `events` how many there are. `fd` is negative while
    the file is parked: closed to save a descriptor, but still the one to write to. A `torn` file
    ends in part of a record that could not be cut off, and must not be written to.
    """

    fd = -1

    def __init__(self, folder: str, options: Options, first: Sequence[bytes] = ()) -> None:
        self._system = system = options.system
        self.folder = folder
        self.size = self.events = 0
        self.torn = self._entry_synced = False
        self._unsynced_folders = system.make_folder(folder)
        now = options.clock()
        seconds = max(int(now), 0) if now - now == 0 else 0
        source = f"{options.hostname}.{get_pid() if options.pid is None else options.pid}"
        self.fd, self.path = _create(system, folder, seconds, source, options.filename_suffix)
        try:
            status = system.status(self.fd)
            self._identity = status.st_dev, status.st_ino
            records = [frame(payload) for payload in (version_event(now), *first)]
            while records:
                self.append(records)
            if options.fsync:
                self.sync()
        except BaseException:
            # A file of no events would stay behind at each try on a full disk.
            self.close()
            _remove(system, self.path)
            raise

    def append(self, records: list[bytes], count: int | None = None) -> None:
        """Write the first `count` records in one call to the system, and drop them from the list.

        If the disk takes no more, those stay in the list that are not in the file, and what it took
        of the next one is cut off. Raises OSError if it took none.
        """
        first = records[:count]
        number = len(first)
        data = first[0] if number == 1 else b"".join(first)
        written = 0
        error: OSError | None = None
        try:
            try:
                while written < len(data):  # Until a disk is full, once is enough.
                    written += self._write(memoryview(data)[written:])
            except OSError as caught:
                error = caught
            if error is None:
                # No call in between: a signal's handler may raise behind each one.
                self.size += written
                self.events += number
                del records[:number]
                return
            done = self._take(records, written)
            if error is not None:
                self.cut_back()
        except BaseException:
            self.settle(records)
            raise
        if error is not None and not done:
            raise error

    def _write(self, data: memoryview) -> int:
        while True:
            try:
                written = self._system.write(self.fd, data)
            except InterruptedError:
                continue
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return written

    def settle(self, records: list[bytes]) -> None:
        """Find out how many of the records are in the file, after a signal's handler has raised.

        That may have been before the write or after it, and before it was noted or after that: the
        size of the file tells.
        """
        self.torn = True  # Until it is known to be whole.
        try:
            written = self._system.status(self.fd).st_size - self.size
        except OSError:
            return
        self._take(records, written)
        self.cut_back()

    def _take(self, records: list[bytes], written: int) -> int:
        """Drop from the list those records that so many bytes are, and say how many they are."""
        done = size = 0
        while done < len(records) and size + len(records[done]) <= written:
            size += len(records[done])
            done += 1
        self.size += size
        self.events += done
        del records[:done]
        return done

    def cut_back(self) -> None:
        """Cut off what stands behind the last whole record; where that fails, the file is torn."""
        try:
            size = self._system.status(self.fd).st_size
            if size > self.size:
                self._system.truncate(self.fd, self.size)
                size = self._system.status(self.fd).st_size
            self.torn = size != self.size
        except OSError:
            self.torn = True

    def append_and_sync(self, records: list[bytes], count: int) -> None:
        """Append, and return when the records are on the device.

        If that fails, whether the device has them can't be known any more: not even by trying
        again, as the system may then report success. So they are cut off and back in the list, for
        another file: this one is taken for torn. Raises OSError.
        """
        size, events, first = self.size, self.events, records[:count]
        self.append(records, count)
        try:
            self.sync()
        except OSError:
            records[:0] = first[: self.events - events]
            self.size, self.events = size, events
            self.cut_back()
            self.torn = True
            raise

    def sync(self) -> None:
        """Return when the file, its entry in its folder, and new folders' are on the device."""
        parked = self.fd < 0
        if parked:
            self.wake()
        try:
            self._system.sync(self.fd)
        finally:
            if parked:
                self.park()
        if not self._entry_synced:
            for folder in (self.folder, *map(os.path.dirname, self._unsynced_folders)):
                self._system.sync_folder(folder)
            self._entry_synced = True

    def is_deleted(self) -> bool:
        """Whether an open file has no name any more, so that what is written to it is lost."""
        try:
            return self._system.status(self.fd).st_nlink == 0
        except OSError:
            return True

    def park(self) -> None:
        """Give the descriptor back. `wake` opens the file again."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            self._system.close(fd)

    def wake(self) -> None:
        """Open a parked file again. Raises OSError if it is not as it was left."""
        fd = self._system.reopen(self.path)
        status = self._system.status(fd)
        if (status.st_dev, status.st_ino, status.st_size) != (*self._identity, self.size):
            self._system.close(fd)
            raise OSError(
                errno.ESTALE, "not the file that was written, or not as it was", self.path
            )
        self.fd = fd

    close = park

    def __del__(self) -> None:
        try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
            self.park()
        except OSError:
            pass  # Nobody is left to be told.


def version_event(wall_time: float) -> bytes:
    """The event that every file begins with, encoded: its time, a version, and who writes it."""
    time = b"%c%b" % (_TIME, pack_double(wall_time)) if wall_time else b""
    source = b"%c%b" % (_WRITER, encode_len(WRITER))
    return b"%b%c%b%c%b" % (
        *(time, _FILE_VERSION, encode_len(FILE_VERSION)),
        *(_SOURCE_METADATA, encode_len(source)),
    )


def _create(system: System, folder: str, seconds: int, source: str, suffix: str) -> tuple[int, str]:
    """Open a new file whose name sorts behind all event files of the folder."""
    counter = 0
    newest = _newest(system, folder)
    while True:
        if seconds <= _seconds_of(newest) < _LAST_SECOND:
            # Another file of this second, or one of a clock that ran ahead.
            seconds = _seconds_of(newest)
            if _name(seconds, source, counter, suffix) <= newest:
                seconds += 1
        name = _name(seconds, source, counter, suffix)
        path = os.path.join(folder, name)
        try:
            fd = system.create(path)
        except FileExistsError:
            counter += 1
            continue
        newest = _newest(system, folder)
        if newest == name or _seconds_of(newest) >= _LAST_SECOND:
            return fd, path
        # Another writer's file, which sorts behind ours, was made in between.
        system.close(fd)
        _remove(system, path)


def _name(seconds: int, source: str, counter: int, suffix: str) -> str:
    return f"{_PREFIX}{seconds:010d}.{source}.{counter}{suffix}"


def _newest(system: System, folder: str) -> str:
    names = system.list_folder(folder)
    return max((name for name in names if _seconds_of(name) >= 0), default="")


def _remove(system: System, path: str) -> None:
    try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
        system.remove(path)
    except OSError:
        pass  # It does no harm where it is.


def _seconds_of(name: str) -> int:
    """The time stamp in an event file's name, -1 if there is none that sorts as ours do."""
    digits, dot = name[len(_PREFIX) : len(_PREFIX) + 10], name[len(_PREFIX) + 10 :][:1]
    known = name.startswith(_PREFIX) and digits.isdecimal() and digits.isascii() and dot == "."
    return int(digits) if known else -1
