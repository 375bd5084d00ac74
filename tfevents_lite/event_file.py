"""One event file on disk: the only room with a file, a clock and a host name.

Each event is framed in memory and handed to the operating system in one `write()` before `write`
returns, so a process that is killed loses nothing it was told was written. There is no queue and no
thread. A file is always a new one, never appended to, and within its folder names sort by creation,
as TensorBoard reads files in the order of their names.
"""

from __future__ import annotations

import os
import time
from _thread import allocate_lock

from .schema.event import Event, SourceMetadata
from .tfrecord import frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    StrPath = Union[str, os.PathLike[str]]

FILE_VERSION = "brain.Event:2"
WRITER = "tfevents-lite"

_PREFIX = "events.out.tfevents."
_LAST_SECOND = 9_999_999_999

# Windows translates line ends without O_BINARY; elsewhere there is nothing to ask for.
_OPEN_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_APPEND", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class EventFile:
    """A new event file in a folder, which is made if it is missing.

    Attributes: `path`; `events` and `bytes`, what has been written to it; `closed`.
    """

    def __init__(
        self,
        logdir: StrPath,
        filename_suffix: str = "",
        *,
        clock: Callable[[], float] = time.time,
        hostname: str | None = None,
        pid: int | None = None,
    ) -> None:
        self.clock = clock
        self.events = 0
        self.bytes = 0
        self.closed = False
        self._lock = allocate_lock()
        self._fd = -1
        folder = os.fspath(logdir)
        os.makedirs(folder, exist_ok=True)
        host = get_hostname() if hostname is None else hostname
        source = f"{host}.{os.getpid() if pid is None else pid}"
        now = clock()
        self._fd, self.path = _create(folder, max(int(now), 0), source, filename_suffix)
        self.write_event(
            Event(
                wall_time=now,
                file_version=FILE_VERSION,
                source_metadata=SourceMetadata(writer=WRITER),
            )
        )

    def write_event(self, event: Event) -> None:
        """Write one event. Raises ValueError for a time that would stop TensorBoard's loader."""
        if event.wall_time - event.wall_time != 0:
            raise ValueError(f"wall_time must be finite, got {event.wall_time}")
        self.write(event.SerializeToString())

    def write(self, payload: bytes) -> None:
        """Write one encoded event: when this returns, it is with the operating system.

        Raises OSError where it can't be; the file then still ends with a whole record.
        """
        record = frame(payload)
        with self._lock:
            if self.closed:
                raise ValueError(f"{self.path} is closed")
            try:
                written = os.write(self._fd, record)
                while written < len(record):  # The disk is nearly full, or a signal came.
                    written += os.write(self._fd, record[written:])
            except OSError as error:
                os.ftruncate(self._fd, self.bytes)
                raise OSError(error.errno, os.strerror(error.errno or 0), self.path) from error
            self.events += 1
            self.bytes += len(record)

    def flush(self) -> None:
        """Nothing is held back, so there is nothing to do."""

    def close(self) -> None:
        """Close the file. Closing it again does nothing."""
        with self._lock:
            if not self.closed:
                self.closed = True
                os.close(self._fd)

    def __repr__(self) -> str:
        state = "closed, " if self.closed else ""
        return f"{self.path!r}: {state}{self.events} events, {self.bytes} bytes"

    def __del__(self) -> None:
        # The constructor may have failed before there was a file.
        if not self.closed and self._fd >= 0:
            self.closed = True
            os.close(self._fd)


def _create(folder: str, seconds: int, source: str, suffix: str) -> tuple[int, str]:
    """Open a new file whose name sorts behind all event files of the folder."""
    newest = max(filter(_seconds_of, os.listdir(folder)), default="")
    counter = 0
    while True:
        name = f"{_PREFIX}{seconds:010d}.{source}.{counter}{suffix}"
        if name <= newest and seconds <= _seconds_of(newest) < _LAST_SECOND:
            # Another file of this second, or one of a clock that ran ahead.
            seconds = max(seconds + 1, _seconds_of(newest))
            continue
        path = os.path.join(folder, name)
        try:
            return os.open(path, _OPEN_FLAGS, 0o666), path
        except FileExistsError:
            counter += 1


def _seconds_of(name: str) -> int:
    """The time stamp in an event file's name, 0 if there is none that sorts as ours do."""
    digits, dot = name[len(_PREFIX) : len(_PREFIX) + 10], name[len(_PREFIX) + 10 :][:1]
    return int(digits) if name.startswith(_PREFIX) and digits.isdecimal() and dot == "." else 0


def get_hostname() -> str:
    """This machine's name, with what could not stand in a file name replaced."""
    try:
        name = os.uname().nodename
    except AttributeError:  # Windows.
        name = os.environ.get("COMPUTERNAME", "")
    return (
        "".join(c if (c.isascii() and c.isalnum()) or c in "-_." else "_" for c in name)
        or "localhost"
    )
