"""Finds event files beneath a folder and opens them.

No other module of reading touches the file system. Only regular files are opened: opening a FIFO
would wait for its writer, and a device may never end. This module knows what an event file is
called; it does not know what is in it.
"""

from __future__ import annotations

import errno
import os
import stat
import warnings

from ..inputs.names import url_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    OnUnreadable = Callable[[str, OSError], object]


def warn_unreadable(path: str, error: OSError) -> None:
    """Warn that a file or folder is left out, as the functions that read folders do."""
    warnings.warn(f"{path} can't be read: {error.strerror or error}", stacklevel=2)


def find_runs(
    logdir: str | os.PathLike[str], on_unreadable: OnUnreadable = warn_unreadable
) -> dict[str, list[str]]:
    """The event files beneath a folder by run, each run's in the order of their names.

    A run is named by its folder's path below `logdir`, with `/`, and "." for `logdir` itself, which
    may be a single file, too. Links to folders are followed, but each folder is visited once, under
    its own path if it has one here. `on_unreadable` is called for each file or folder that must be
    left out. Raises OSError if `logdir` itself can't be read. At a URL, what is there is copied to
    this machine first, and what is new at the next call.
    """
    top = _here(logdir)
    if not stat.S_ISDIR(os.stat(top).st_mode):
        check_regular(top)
        return {".": [top]}
    runs: dict[str, list[str]] = {}
    links: list[str] = []
    visited = set()
    folders = [top]
    while folders or links:
        # Links come last, so that a folder is named by where it is.
        folder = folders.pop() if folders else links.pop(0)
        try:
            status = os.stat(folder)
            identity = (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(folder)
            if identity in visited:
                continue
            visited.add(identity)
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if folder == top:
                raise
            if not isinstance(error, FileNotFoundError):
                on_unreadable(folder, error)
            continue
        files = []
        for entry in entries:
            try:
                if entry.is_dir():
                    (links if entry.is_symlink() else folders).append(entry.path)
                elif "tfevents" in entry.name:
                    if not entry.is_file():
                        check_regular(entry.path)
                    files.append(entry.path)
            except OSError as error:
                if "tfevents" in entry.name and not has_vanished(entry.path, error):
                    on_unreadable(entry.path, error)
        if files:
            runs[os.path.relpath(folder, top).replace(os.sep, "/")] = files
    return dict(sorted(runs.items(), key=lambda item: [] if item[0] == "." else item[0].split("/")))


def _here(place: str | os.PathLike[str]) -> str:
    """The path of a file or folder of this machine; that of a copy, if it is at a URL."""
    url = url_of(place)
    if not url:
        return os.fspath(place)
    from ..remote.mirror import local_copy

    return local_copy(url)


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading, at a URL too. Raises OSError for any other kind of file."""
    path = _here(path)
    check_regular(path)
    return open(path, "rb", opener=_open_without_waiting)


def _open_without_waiting(path: str, flags: int) -> int:
    # If a FIFO has taken the file's place since it was looked at, there is no wait for a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise OSError if a path does not lead to a regular file."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))


def has_vanished(path: str, error: OSError) -> bool:
    """Whether a file was removed since it was listed; a link that leads nowhere is still there.

    A writer with bounded storage removes its oldest files.
    """
    return isinstance(error, FileNotFoundError) and not os.path.lexists(path)


class Reopened:
    """A file that is open only while it is read: for more files at once than may be open."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._position = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes from the position on."""
        with open_file(self._path) as file:
            file.seek(self._position)
            data = file.read(size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position, which with a `whence` of 2 is counted from the end."""
        self._position = offset + (os.path.getsize(self._path) if whence == 2 else 0)
        return self._position

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seekable(self) -> bool:
        """Yes."""
        return True

    def __enter__(self) -> Reopened:
        return self

    def __exit__(self, *exception: object) -> None:
        pass
