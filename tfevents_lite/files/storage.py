"""The limits on one writer's open files and bytes, and the callbacks for complete files.

A file is known here from before it is made until it is complete: whatever interrupts a call, the
books are those of the files. This module closes and removes files; it writes nothing, and knows no
run. All but `tell` is used within a turn (see `turn`).
"""

from __future__ import annotations

import errno
from itertools import repeat

from ..inputs.caller import warn
from .event_file import EventFile, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .options import Options


class Storage:
    """The open and the complete files of the runs of one writer."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._live: dict[EventFile, str] = {}  # With their paths, once they are begun.
        self.start_over()

    def start_over(self) -> None:
        """Forget everything, as a forked child has to: the files are its parent's."""
        self.close()
        self._live = {}
        self._news: list[str] = []  # The paths of complete files that nobody was told of.
        self._warnings: list[str] = []
        self._awake: list[EventFile] = []
        self._complete: list[tuple[str, int]] = []
        # At least as many bytes as there are. Counted again when they seem to be too many.
        self._bytes = 0
        self._unsynced: list[EventFile] = []

    def close(self) -> None:
        """Close the descriptors of all files, complete or not."""
        for file in self._live:
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                file.close()
            except OSError:
                pass  # Nobody is left to be told.

    __del__ = close

    def open(self, file: EventFile) -> None:
        """Begin a file or wake it, and park the file opened first if too many are open."""
        self._live[file] = file.path
        if file.path:
            file.wake()
        else:
            self.make_room(file.head, file)
            file.begin()
        if file in self._awake:
            self._awake.remove(file)
        self._awake.append(file)
        while len(self._awake) > self._options.max_open_files:
            self._awake[0].close()
            del self._awake[0]

    def retire(self, file: EventFile) -> None:
        """Close a file that will not grow any more. Doing so again does nothing."""
        file.ended = True
        try:
            file.close()
        except OSError as error:
            if error.errno != errno.EBADF:  # Somebody else has closed it.
                self.warn(f"{file.path}: {error.strerror} on closing; its end may be lost")
        if file in self._awake:
            self._awake.remove(file)
        if file not in self._live or not file.path:
            return
        if self._options.max_total_bytes is not None:
            entry = file.path, file.size
            if self._complete[-1:] != [entry]:
                self._complete.append(entry)
        if not self._options.fsync and self._unsynced[-1:] != [file]:
            self._unsynced.append(file)
        # In one step, so that nobody is told of a file twice, or not at all.
        self._live[file] = file.path
        self._news.extend(map(self._live.pop, (file,)))
        if self._options.on_file_closed is None:
            self._news.clear()

    def make_room(self, size: int, file: EventFile) -> None:
        """Remove complete files, oldest first, until `file` can grow by `size` bytes.

        Where there are none, other runs' files are completed, the one begun first to begin with.
        """
        most = self._options.max_total_bytes
        if most is None:
            return
        self._bytes += size
        while self._bytes > most:
            self._bytes = size + sum(entry[1] for entry in self._complete)
            self._bytes += sum(live.size for live in self._live)
            if self._bytes <= most:
                return
            if self._complete:
                path, _ = self._complete[0]
                try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                    self._options.system.remove(path)
                except FileNotFoundError:
                    pass  # Uploaded and removed, perhaps.
                self._unsynced = [other for other in self._unsynced if other.path != path]
                del self._complete[0]
                continue
            others = [live for live in self._live if live is not file and live.path]
            if not others:
                return
            self.retire(others[0])

    def adopt(self, files: Sequence[tuple[str, int]]) -> None:
        """Take files that an earlier writer left, oldest first, as this one's to remove.

        Only those are taken whose name and first record are this package's.
        """
        suffix = self._options.filename_suffix
        if self._options.max_total_bytes is not None:
            self._complete[:0] = [entry for entry in files if is_ours(entry[0], suffix)]
            self._bytes += sum(entry[1] for entry in self._complete)

    def sync(self) -> None:
        """Return when the complete files are on the device."""
        while self._unsynced:
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self._unsynced[0].sync()
            except FileNotFoundError:
                pass  # Removed by then.
            del self._unsynced[0]

    # Callbacks.

    def warn(self, message: str) -> None:
        """Issue a warning once the turn is over."""
        self._warnings.append(message)

    def tell(self) -> None:
        """Issue the warnings and run the callbacks: without the turn, as they may take long or log.

        An exception of one propagates; the next call runs the others.
        """
        if self._warnings:
            _call_with_each(_warn, self._warnings)
        if self._news and self._options.on_file_closed is not None:
            _call_with_each(self._options.on_file_closed, self._news)


def _warn(message: str) -> None:
    warn(f"tfevents_lite: {message}", RuntimeWarning)


def _call_with_each(function: Callable[[str], object], items: list[str]) -> None:
    """Take each item from a list and call a function with it, each in one step."""
    mine: list[str] = []
    try:
        try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
            mine.extend(map(items.pop, repeat(0, len(items))))
        except IndexError:
            pass  # Another thread took them meanwhile.
        list(map(function, map(mine.pop, repeat(0, len(mine)))))
    finally:
        items[:0] = mine
