"""The operating system as event files need it: a few calls, in one object that a test can replace.

This is the only module that touches files, folders, descriptors and the machine's name; what they
are used for is the business of `event_file` and of the rooms above it.
"""

from __future__ import annotations

import os

# Windows translates line ends without O_BINARY; elsewhere there is nothing to ask for.
_FLAGS = (
    os.O_WRONLY
    | getattr(os, "O_APPEND", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class System:
    """Files by descriptor. Each method fails with OSError as the call it is named after does."""

    write = staticmethod(os.write)
    truncate = staticmethod(os.ftruncate)
    status = staticmethod(os.fstat)
    close = staticmethod(os.close)
    remove = staticmethod(os.remove)
    list_folder = staticmethod(os.listdir)

    def create(self, path: str) -> int:
        """Open a file that must not exist yet, for appending."""
        return os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)

    def reopen(self, path: str) -> int:
        """Open a file that exists, for appending."""
        return os.open(path, _FLAGS)

    def make_folder(self, path: str) -> list[str]:
        """Make a folder and those it is in, where missing; return the ones that were made."""
        missing = []
        parent = os.path.abspath(path)
        while not os.path.isdir(parent):
            missing.append(parent)
            if parent == os.path.dirname(parent):
                break
            parent = os.path.dirname(parent)
        os.makedirs(path, exist_ok=True)
        return missing[::-1]

    def sync(self, fd: int) -> None:
        """Return when what was written is on the device."""
        try:
            # macOS keeps data in the drive's memory after an fsync.
            from fcntl import F_FULLFSYNC, fcntl  # type: ignore[attr-defined,unused-ignore]
        except ImportError:
            os.fsync(fd)
        else:
            fcntl(fd, F_FULLFSYNC)

    def sync_folder(self, path: str) -> None:
        """Return when the folder's entries are on the device. Windows has no such call."""
        if os.name != "nt":
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            try:
                os.fsync(fd)
            finally:
                os.close(fd)


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
