"""Which file comes next: the event files of one run, one after another, in one folder.

A file is followed by the next one when it is full, torn, deleted or was changed by somebody else.
How one file is kept whole is `event_file`'s business; what goes into files, and what happens if it
can't, is `run_log`'s.
"""

from __future__ import annotations

import errno
from time import monotonic

from .event_file import EventFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options
    from .storage import Storage

# A deleted file is noticed by the first call after so many seconds.
_SECONDS_BETWEEN_LOOKS = 1.0


class FileSequence:
    """The files of one run, used with the lock of `storage` held.

    Attributes: `path` of the newest file, "" before there is one; `look_at`, the time from which on
    a file has to be looked at before it is written to; `events` and `bytes` of the files that are
    closed.
    """

    def __init__(
        self, folder: str, options: Options, storage: Storage, first: Sequence[bytes]
    ) -> None:
        self.folder = folder
        self.path = ""
        self.look_at = 0.0
        self.events = self.bytes = 0
        self._options = options
        self._storage = storage
        self._first = first
        self._unsynced: list[EventFile] = []

    def begin(self) -> EventFile:
        """Begin a new file, the first one with the events that it is to begin with."""
        file = EventFile(self.folder, self._options, self._first)
        self._first = ()
        self.path = file.path
        self.look_at = monotonic() + _SECONDS_BETWEEN_LOOKS
        self._storage.wrote(file.size)
        return file

    def follow(self, file: EventFile | None, size: int) -> EventFile:
        """The file that so many bytes go into: `file`, or a new one if it is full or lost."""
        most = self._options.max_file_bytes
        if file is None or not self._is_usable(file) or (
            most is not None and file.size + size > most and file.events > 1
        ):  # fmt: skip
            following = self.begin()
            if file is not None:
                self.retire(file)
            return following
        return file

    def _is_usable(self, file: EventFile) -> bool:
        if file.torn:
            return False
        if file.fd < 0:
            try:
                file.wake()
            except OSError:
                return False
        now = monotonic()
        if now >= self.look_at:
            self.look_at = now + _SECONDS_BETWEEN_LOOKS
            if file.is_deleted():
                what = "was deleted while it was written to; a new one is begun"
                self._storage.warn(f"{file.path} {what}")
                return False
        return True

    def retire(self, file: EventFile) -> None:
        """Close a file that will not grow any more."""
        self.events += file.events
        self.bytes += file.size
        if not self._options.fsync:
            self._unsynced.append(file)
        try:
            file.close()
        except OSError as error:
            if error.errno != errno.EBADF:  # Somebody else has closed it.
                self._storage.warn(f"{file.path}: {error.strerror} on closing; its end may be lost")
        self._storage.closed(file.path, file.size)
        told, path = self._options.on_file_closed, file.path
        if told is not None:
            self._storage.news.append(lambda: told(path))

    def sync(self, file: EventFile | None) -> None:
        """Return when the closed files, and the current one, are on the device."""
        while self._unsynced:
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self._unsynced[0].sync()
            except FileNotFoundError:
                pass  # Removed by then.
            del self._unsynced[0]
        if file is not None:
            file.sync()
