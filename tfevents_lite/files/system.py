"""The calls to the operating system that event files need, in one object that tests can replace.

This is the only module that changes event files. It knows no event; what the calls are for is the
business of `event_file` and `storage`.

A signal handler may raise between any two calls of Python code. So descriptors pass from the system
into a list, and from the list back to the system, within one call of a built-in function: whatever
is raised, a descriptor is in the list of its owner, or closed.
"""

from __future__ import annotations

import os
import sys
from itertools import repeat, starmap

# Windows translates line ends without O_BINARY; other systems lack the flag.
_FLAGS = (
    os.O_WRONLY
    | getattr(os, "O_APPEND", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
_NEW = _FLAGS | os.O_CREAT | os.O_EXCL
_FOLDER = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)


class System:
    """Files by descriptor. Each method raises OSError, like the `os` function of the same name."""

    keeps_files = True

    open = staticmethod(os.open)
    write = staticmethod(os.write)
    truncate = staticmethod(os.ftruncate)
    status = staticmethod(os.fstat)
    close = staticmethod(os.close)
    remove = staticmethod(os.remove)
    list_folder = staticmethod(os.listdir)

    def create(self, path: str, fds: list[int]) -> None:
        """Make a file that must not exist yet, open it for appending, and add it to `fds`."""
        fds.extend(map(self.open, (path,), (_NEW,), (0o666,)))

    def reopen(self, path: str, fds: list[int]) -> None:
        """Open a file that exists, for appending, and add it to `fds`. Follows no link."""
        fds.extend(map(self.open, (path,), (_FLAGS,)))

    def close_all(self, fds: list[int]) -> None:
        """Take each descriptor from a list and close it."""
        any(map(self.close, starmap(fds.pop, repeat((), len(fds)))))

    def make_folder(self, path: str) -> list[str]:
        """Make a folder and those it is in, where missing; return the ones that were made."""
        missing, parent = [], path
        while parent and not os.path.isdir(parent):
            missing.append(parent)
            parent = os.path.dirname(parent) if parent != os.path.dirname(parent) else ""
        os.makedirs(path, exist_ok=True)
        return missing[::-1]

    def sync(self, fd: int) -> None:
        """Return when what was written is on the device."""
        if sys.platform == "darwin":  # Which keeps data in the drive's memory after an fsync.
            from fcntl import F_FULLFSYNC, fcntl

            fcntl(fd, F_FULLFSYNC)
        else:
            os.fsync(fd)

    def sync_folder(self, path: str, fds: list[int]) -> None:
        """Return when the folder's entries are on the device. Windows has no such call.

        `fds` is an empty list, which has the folder's descriptor until this returns.
        """
        if os.name != "nt":
            try:
                fds.extend(map(os.open, (path,), (_FOLDER,)))
                os.fsync(fds[-1])
            finally:
                self.close_all(fds)


def is_older(path: str, seconds: float) -> bool:
    """Whether a file was last written to before a time, in seconds since 1970."""
    try:
        return os.stat(path).st_mtime < seconds
    except OSError:
        return False


def get_pid() -> int:
    """This process's number; 0 where processes have none."""
    return os.getpid() if hasattr(os, "getpid") else 0


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
