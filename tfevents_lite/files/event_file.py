"""One event file on disk: a new file, of whole records, whose name sorts after those before it.

A file is always a new one and nobody else appends to it: TensorBoard shows a bogus point for what
is appended to a torn record. Within a folder names sort by creation, as TensorBoard reads files in
the order of their names. This module knows one file; which events go into it is `run_log`'s
business.

A write is announced before it is made: `end` is where the file will end, `size` where its last
whole record ends. Where they differ, a write failed or was interrupted, and `settle` asks the
system how much of it is there.
"""

from __future__ import annotations

import errno
import os
import stat

from ..records.tfrecord import HEADER_SIZE, frame
from ..wire.wire_format import encode_len, pack_double
from .system import get_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options

FILE_VERSION = b"brain.Event:2"
WRITER = b"tfevents-lite"

# What stands before the fields of an event: number and wire type in a byte. By hand, as a file
# needs no other message: the tests hold it to the message's bytes.
_TIME, _FILE_VERSION, _SOURCE_METADATA = 0x09, 0x1A, 0x52  # Event
_WRITER = 0x0A  # SourceMetadata
_TIME_SIZE = 9

_PREFIX = "events.out.tfevents."
_LAST_SECOND = 9_999_999_999


class EventFile:
    """An event file in a folder. Nothing is made before `begin`.

    `path` is "" until then. `head` is the size, at most, of what the file begins with: its version
    and the events of `first`. `fd` is negative while the file is parked: closed to save a
    descriptor, but still the one to write to. A `torn` file must not be written to; an `ended` one
    is complete.
    """

    __slots__ = (
        *("folder", "path", "first", "head", "size", "end", "fd", "torn", "ended"),
        *("_options", "_fds", "_spare", "_made", "_identity", "_unsynced_folders"),
    )

    def __init__(self, folder: str, options: Options, first: Sequence[bytes] = ()) -> None:
        self.folder = folder
        self.path = ""
        self.size = self.end = 0
        self.head = sum(len(frame(payload)) for payload in (version_event(1.0), *first))
        self.fd = -1
        self.torn = self.ended = False
        self._options = options
        self.first = first
        self._fds: list[int] = []
        self._spare: list[int] = []  # For a folder's descriptor.
        self._made = ""  # The path of a file that has no first record yet.
        self._identity = 0, 0
        self._unsynced_folders: Sequence[str] = ()

    def begin(self) -> None:
        """Make the file and its folder, and write its first records. Raises OSError.

        What fails, or is interrupted, leaves no file, and can be tried again.
        """
        options, system = self._options, self._options.system
        now = options.clock()
        head = b"".join(map(frame, (version_event(now), *self.first)))
        try:
            self._discard()
            self._unsynced_folders = [
                self.folder,
                *map(os.path.dirname, system.make_folder(self.folder)),
            ]
            self._create(max(int(now), 0))
            status = system.status(self.fd)
            self._identity = status.st_dev, status.st_ino
            self.append(head, sync=options.fsync)
            self.head, self.path, self._made = self.size, self._made, ""
        except BaseException:
            # A file of no events would be left at each try on a full disk.
            self._discard()
            raise

    def _create(self, seconds: int) -> None:
        """Open a new file whose name sorts after all event files of the folder."""
        options, system = self._options, self._options.system
        source = f"{options.hostname}.{get_pid() if options.pid is None else options.pid}"
        counter = 0
        newest = self._newest()
        while True:
            if seconds <= _seconds_of(newest) < _LAST_SECOND:
                # Another file of this second, or one of a clock that ran ahead.
                seconds = _seconds_of(newest)
                if _name(seconds, source, counter, options.filename_suffix) <= newest:
                    seconds += 1
            name = _name(seconds, source, counter, options.filename_suffix)
            self._made = os.path.join(self.folder, name)
            try:
                system.create(self._made, self._fds)
            except FileExistsError:
                counter += 1
                continue
            self.fd = self._fds[0]
            newest = self._newest()
            if newest == name or _seconds_of(newest) >= _LAST_SECOND:
                return
            # Another writer's file, which sorts after ours, was made in between.
            self._discard()

    def _newest(self) -> str:
        names = self._options.system.list_folder(self.folder)
        return max((name for name in names if _seconds_of(name) >= 0), default="")

    def _discard(self) -> None:
        """Remove what a failed `begin` made."""
        if self._fds:  # Otherwise there is none, or it is another writer's.
            if os.name == "nt":  # Where open files can't be removed.
                self.close()
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self._options.system.remove(self._made)
            except OSError:
                pass  # It does no harm where it is.
            self.close()
        self.size = self.end = 0
        self.torn = False

    # Writing.

    def append(self, data: bytes, *, sync: bool = False) -> None:
        """Write records in one call to the system; with `sync`, to the device.

        Raises OSError; `settle` then finds out which of them are in the file.
        """
        self.end = self.size + len(data)
        done = 0
        while done < len(data):  # One call writes all, unless the disk is nearly full.
            try:
                written = self._options.system.write(self.fd, memoryview(data)[done:])
            except InterruptedError:
                continue
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            done += written
        if sync:
            try:
                self.sync()
            except OSError:
                # Whether the device has them can't be known any more: not even by trying again, as
                # the system may then report success. They go to another file, but not if they can't
                # be taken out of this one.
                self.torn = True
                self._options.system.truncate(self.fd, self.size)
                self.end = self.size
                raise
        self.size = self.end

    def settle(self, records: Sequence[bytes] = (), base: int = 0) -> None:
        """Find out how much of a failed or interrupted write is in the file; cut off the rest.

        `records` begin at `base`, and may go on after what was to be written. Without them, the
        write is taken for one record.
        """
        if self.size == self.end:
            return
        system, whole = self._options.system, self.size
        try:
            # Nothing was written to a file that is parked.
            size = whole if self.fd < 0 else system.status(self.fd).st_size
            if size >= self.end:
                whole = self.end
            elif records:
                whole = base
                for record in records:
                    if whole + len(record) > size:
                        break
                    whole += len(record)
            if size > whole:
                system.truncate(self.fd, whole)
                self.torn = self.torn or system.status(self.fd).st_size != whole
        except OSError:
            self.torn = True
        self.size = whole
        self.end = whole

    def sync(self) -> None:
        """Return when the file, its entry in its folder, and new folders' are on the device."""
        system = self._options.system
        is_parked = self.fd < 0
        if is_parked:
            self.wake()
        try:
            system.sync(self.fd)
        finally:
            if is_parked:
                self.close()
        system.close_all(self._spare)
        for folder in self._unsynced_folders:
            system.sync_folder(folder, self._spare)
        self._unsynced_folders = ()

    # Descriptors.

    def wake(self) -> None:
        """Open a parked file again. Raises OSError if it is not as it was left."""
        self.close()
        system = self._options.system
        try:
            system.reopen(self.path, self._fds)
            status = system.status(self._fds[0])
            if (status.st_dev, status.st_ino, status.st_size) != (*self._identity, self.size):
                raise OSError(
                    errno.ESTALE, "not the file that was written, or not as it was", self.path
                )
            self.fd = self._fds[0]
        finally:
            if self.fd < 0:
                self.close()

    def close(self) -> None:
        """Close the descriptor, if there is one. `wake` opens the file again."""
        self.fd = -1
        for fds in (self._fds, self._spare):
            if fds:
                self._options.system.close_all(fds)


def version_event(wall_time: float) -> bytes:
    """The event that every file begins with, encoded: its time, a version, and who writes it."""
    time = b"%c%b" % (_TIME, pack_double(wall_time)) if wall_time else b""
    source = b"%c%b" % (_WRITER, encode_len(WRITER))
    return b"%b%c%b%c%b" % (
        *(time, _FILE_VERSION, encode_len(FILE_VERSION)),
        *(_SOURCE_METADATA, encode_len(source)),
    )


def is_ours(path: str, suffix: str) -> bool:
    """Whether a file has a name, with `suffix`, and a first record that this package makes."""
    name = os.path.basename(path)
    parts = name[len(_PREFIX) : len(name) - len(suffix)].rsplit(".", 2)
    if _seconds_of(name) < 0 or not name.endswith(suffix) or len(parts) < 3:
        return False
    if not (parts[1].isdecimal() and parts[2].isdecimal()):
        return False
    fixed = version_event(0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open(path, "rb", buffering=0) as file:
            start = file.read(len(frame(fixed)) + _TIME_SIZE)
    except OSError:
        return False
    time = start[HEADER_SIZE : HEADER_SIZE + _TIME_SIZE]
    return start.startswith(frame(fixed)) or start == frame(time + fixed)


def _name(seconds: int, source: str, counter: int, suffix: str) -> str:
    return f"{_PREFIX}{seconds:010d}.{source}.{counter}{suffix}"


def _seconds_of(name: str) -> int:
    """The time stamp in an event file's name, -1 if there is none that sorts as ours do."""
    digits, dot = name[len(_PREFIX) : len(_PREFIX) + 10], name[len(_PREFIX) + 10 :][:1]
    known = name.startswith(_PREFIX) and digits.isdecimal() and digits.isascii() and dot == "."
    return int(digits) if known else -1
