"""Operating systems that fail on purpose, beneath real files: for the tests of what is promised."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tfevents_lite.files.system import System


class FailingSystem(System):
    """Fails the writes of some numbers, counted from 0.

    With `partial`, a failing write takes half of its bytes first, as a disk that fills up does: the
    call after it, which is to write the rest, fails. With `cuts` false nothing can be truncated.
    """

    def __init__(
        self, failing: Iterable[int], error: int, *, partial: bool = False, cuts: bool = True
    ) -> None:
        self.failing = set(failing)
        self.error = error
        self.partial = partial
        self.cuts = cuts
        self.count = 0
        self._rest_fails = False

    def write(self, fd: int, data: Any) -> int:
        if self._rest_fails:
            self._rest_fails = False
            raise OSError(self.error, os.strerror(self.error))
        number, self.count = self.count, self.count + 1
        if number in self.failing:
            if self.partial and len(data) > 1:
                self._rest_fails = True
                return os.write(fd, data[: len(data) // 2])
            raise OSError(self.error, os.strerror(self.error))
        return os.write(fd, data)

    def recover(self) -> None:
        """Fail no more."""
        self.failing = set()
        self._rest_fails = False

    def truncate(self, fd: int, size: int) -> None:
        if not self.cuts:
            raise OSError(errno.EPERM, "append-only")
        os.ftruncate(fd, size)


class ForgetfulSystem(System):
    """Knows what a power cut would leave: what was synced, in folders whose entries were synced."""

    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self._contents: dict[str, bytes] = {}
        self._entries: set[str] = {self.root}
        self.syncs = 0

    def sync(self, fd: int) -> None:
        self.syncs += 1
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.samestat(os.stat(path), os.fstat(fd)):
                    self._contents[path] = Path(path).read_bytes()

    def sync_folder(self, path: str, fds: list[int]) -> None:
        path = os.path.realpath(path)
        self._entries.update(os.path.join(path, name) for name in os.listdir(path))

    def after_power_cut(self) -> dict[str, bytes]:
        """The files that are left, by their path from the root, with what is left in them."""
        left = {}
        for path in self._entries:
            above = path
            while above in self._entries and above != self.root:
                above = os.path.dirname(above)
            if above == self.root and os.path.isfile(path):
                left[os.path.relpath(path, self.root)] = self._contents.get(path, b"")
        return left


class FullDisk(System):
    """A system whose disk is full from some moment on."""

    full = False

    def __init__(self) -> None:
        really = System.write

        def write(fd: int, data: bytes) -> int:
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return really(fd, data)

        self.write = write  # type: ignore[assignment] # As each instance may have its own.
