"""An operating system that keeps nothing: what a writer with `write_to_disk=False` writes to.

Everything is made and checked as for a disk; of the bytes, only their number is kept.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

from .system import System

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NoDisk(System):
    """Discards all writes."""

    keeps_files = False

    def __init__(self) -> None:
        self._sizes: list[int] = []  # By descriptor, which is the file's for good.
        self._descriptors: dict[str, int] = {}
        self._last_names: dict[str, list[str]] = {}

    def write(self, fd: int, data: Any) -> int:
        """Count the bytes, and report all of them as written."""
        self._sizes[fd] += len(data)
        return len(data)

    def truncate(self, fd: Any, length: int) -> None:
        """Make a file smaller."""
        self._sizes[fd] = length

    def status(self, fd: Any) -> Any:
        """Number and size of a file."""
        return SimpleNamespace(st_dev=0, st_ino=fd, st_nlink=1, st_size=self._sizes[fd])

    def list_folder(self, path: Any = ".") -> list[str]:
        """The name of the folder's last file."""
        return self._last_names.get(path, [])

    def make_folder(self, path: str) -> list[str]:
        """No folders that would have to be synced."""
        return []

    def create(self, path: str, fds: list[int]) -> None:
        """A file of no bytes."""
        folder, name = os.path.split(path)
        self._last_names[folder] = [name]
        self._descriptors[path] = len(self._sizes)
        self._sizes.append(0)
        fds.append(self._descriptors[path])

    def reopen(self, path: str, fds: list[int]) -> None:
        """The same file again."""
        fds.append(self._descriptors[path])

    def _do_nothing(self, *arguments: Any) -> None:
        """Do nothing."""

    close: Any = _do_nothing
    remove: Any = _do_nothing
    sync: Any = _do_nothing
    sync_folder: Any = _do_nothing
