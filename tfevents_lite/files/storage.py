"""What the runs of one writer share: a lock, a bound on open files and a bound on bytes.

This module counts, and decides what has to go; it writes nothing.
"""

from __future__ import annotations

from _thread import RLock
from _weakref import ref

from ..inputs.caller import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .options import Options
    from .run_log import RunLog


# Room for the first record of a file, which is begun before the one it follows is closed.
_FIRST_RECORD = 128


class Storage:
    """The shared part of the runs of one writer. All but `lock` and `tell` is used with the lock
    held.

    `is_childs` says that a child process uses it, which may end without a word: it holds nothing
    back.

    The thread that has the lock can take it again, as a signal's handler may log while the write
    that it interrupted holds it.
    """

    def __init__(self, options: Options, *, is_childs: bool = False) -> None:
        self._options = options
        self.is_childs = is_childs
        self._start()

    def start_over(self) -> None:
        """Forget everything, as a forked child has to.

        The lock may be held by a thread that the child lacks, and the files are its parent's.
        """
        self.is_childs = True
        self._start()

    def _start(self) -> None:
        self.lock = RLock()
        # What to call once the lock is free.
        self.news: list[Callable[[], object]] = []
        self._used = 0
        self._closed: list[tuple[str, int]] = []
        # Runs in the order in which their files were opened: those with a descriptor, and all.
        self._awake: dict[int, ref[RunLog]] = {}
        self._with_file: dict[int, ref[RunLog]] = {}

    def warn(self, message: str) -> None:
        """Have a warning given once the lock is free."""
        self.news.append(lambda: warn(f"tfevents_lite: {message}", RuntimeWarning))

    def tell(self) -> None:
        """Call whom there is to call, without the lock: they may take long, or log."""
        while self.news:
            self.news.pop(0)()

    def opened(self, log: RunLog) -> None:
        """Note that a run's file has a descriptor, and park the one opened first if it is many."""
        for logs in (self._awake, self._with_file):
            logs.pop(id(log), None)
            logs[id(log)] = ref(log)
        while len(self._awake) > self._options.max_open_files:
            first = self._awake.pop(next(iter(self._awake)))()
            if first is not None:
                first.park()

    def closed(self, path: str, size: int) -> None:
        """Note that a file will not grow any more, and may be removed."""
        if self._options.max_total_bytes is not None:
            self._closed.append((path, size))

    def wrote(self, size: int) -> None:
        """Note that files grew by so many bytes."""
        self._used += size

    def make_room(self, size: int, log: RunLog) -> None:
        """Remove closed files, oldest first, until `log` can write so many bytes.

        Where there are none, the other runs' files are closed, the one opened first to begin with.
        """
        most = self._options.max_total_bytes
        while most is not None and self._used + size > most - _FIRST_RECORD:
            if not self._closed:
                others = [key for key in self._with_file if key != id(log)]
                if not others:
                    return
                other = self._with_file.pop(others[0])()
                if other is not None:
                    other.end_file()
                continue
            path, removed = self._closed.pop(0)
            self._used -= removed
            try:  # noqa: SIM105 # Importing contextlib takes longer than the first write.
                self._options.system.remove(path)
            except FileNotFoundError:
                pass  # Uploaded and removed, perhaps.

    def adopt(self, paths: list[tuple[str, int]]) -> None:
        """Count files that an earlier writer of the run left, oldest first, as this one's."""
        self._closed[:0] = paths
        self._used += sum(size for _, size in paths)
