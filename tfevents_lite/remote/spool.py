"""The spool: the folder of this machine in which the files of a remote run wait to be shipped.

    ROOT/URL/SESSION/...     the run's files, in the folders that they will have there
    ROOT/URL/SESSION/.lock   held by the process that writes them, as long as it lives

A session whose lock is free was left by a process that has died. This module knows files of this
machine; it knows neither fsspec nor events.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from time import time_ns
from typing import TYPE_CHECKING, Any

from ..files.system import System, get_pid
from ..inputs.names import original_name, safe_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOCK = ".lock"
# At the end of the name of a file that was shipped. It stays until the next one is begun, so that
# no two files ever get one name.
SHIPPED = ".shipped"


def default_root() -> str:
    """The folder of all spools, as the system has one for what programs keep."""
    base = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return os.path.join(base or os.path.expanduser("~/.local/state"), "tfevents-lite", "spool")


class Session:
    """One writer's folder in the spool."""

    def __init__(self, folder: str, lock: int | None) -> None:
        self.folder = folder
        self._lock = lock
        # By path, the time of change of the files beside event files that were sent; they stay.
        self.sent: dict[str, int] = {}

    @classmethod
    def begin(cls, root: str, url: str) -> Session:
        """A new session for a URL. Raises OSError."""
        folder = os.path.join(root, safe_part(url, "log_dir"), f"{time_ns():019d}-{get_pid()}")
        os.makedirs(folder)
        lock = _lock(folder)
        if lock is None:
            raise OSError(errno.EBUSY, "another process has just taken this spool", folder)
        return cls(folder, lock)

    def files(self) -> Iterator[tuple[str, str, int]]:
        """What waits to be sent: paths, the names that they will have, and sizes; oldest first."""
        for inner, _, names in os.walk(self.folder):
            for name in sorted(names):
                path = os.path.join(inner, name)
                if name != _LOCK and not name.endswith((SHIPPED, ".half")):
                    try:
                        status = os.stat(path)
                    except OSError:  # Removed meanwhile.
                        continue
                    if self.sent.get(path) != status.st_mtime_ns:
                        relative = os.path.relpath(path, self.folder).replace(os.sep, "/")
                        yield path, relative, status.st_size

    def size(self) -> int:
        """How many bytes wait in it."""
        return sum(size for _, _, size in self.files())

    def end(self) -> None:
        """Give up the lock, and remove the session if nothing waits in it.

        A child process has no lock, and leaves the session to its parent.
        """
        lock, self._lock = self._lock, None
        if lock is None:
            return
        if not any(self.files()):
            # The lock goes last, so that nobody finds half a session.
            for inner, _, names in os.walk(self.folder, topdown=False):
                for name in names:
                    if name != _LOCK:
                        _remove(os.path.join(inner, name))
                if inner != self.folder:
                    _remove(inner)
            _remove(os.path.join(self.folder, _LOCK))
        os.close(lock)
        _remove(self.folder)

    def __del__(self) -> None:
        # Not when its writer is closed: a file that is begun later must not get the name of one
        # that was sent.
        with suppress(OSError):
            self.end()


def left_behind(root: str, url: str | None = None) -> Iterator[tuple[str, Session]]:
    """The sessions of dead processes, oldest first, each with its URL; all, or those of one URL.

    Whoever takes one holds its lock until `end`.
    """
    names = [safe_part(url, "log_dir")] if url else _names(root)
    for name in names:
        for session in _names(os.path.join(root, name)):
            folder = os.path.join(root, name, session)
            lock = _lock(folder) if os.path.exists(os.path.join(folder, _LOCK)) else None
            if lock is not None:
                yield original_name(name), Session(folder, lock)


class SpoolSystem(System):
    """The calls of runs in the spool: beyond `most` bytes, it is a full disk.

    `used` is how many bytes are in it; `begins` is called before a file is begun.
    """

    def __init__(self, most: int, begins: Callable[[], None]) -> None:
        self.used = 0
        self._most = most
        self.begins = begins

    def create(self, path: str, fds: list[int]) -> None:
        """Open a new file, as System does."""
        self.begins()
        super().create(path, fds)

    def write(self, fd: int, data: bytes) -> int:  # type: ignore[override] # There it is static.
        """Write as `os.write`. Raises OSError with ENOSPC if the spool is full."""
        if self.used + len(data) > self._most:
            raise OSError(errno.ENOSPC, f"the spool is full: max_spool_bytes={self._most}")
        written = os.write(fd, data)
        self.used += written
        return written

    def __getstate__(self) -> dict[str, Any]:
        return {"used": self.used, "_most": self._most}


def _names(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _remove(path: str) -> None:
    with suppress(OSError):  # It is empty, and does no harm where it is.
        os.rmdir(path) if os.path.isdir(path) else os.remove(path)


def _lock(folder: str) -> int | None:
    """Take a session's lock, which the system frees when this process dies; None if it is held."""
    path = os.path.join(folder, _LOCK)
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be removed.
        try:
            if os.path.exists(path):
                os.remove(path)
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except OSError:
            return None
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd
