"""The runs of one writer: that of its folder, and those of folders beneath it.

They share turns, descriptors and bytes (`turn`, `storage`); each has its own event files
(`run_log`). This module knows what a process is: a child that logs through a writer it inherited,
or was sent, gets a sub-run of its own, `process-PID`, as TensorBoard does not read a file that
grows once there is a later one. It gets no file while it logs nothing.
"""

from __future__ import annotations

import atexit
import os
import sys
from _weakref import ref

from ..inputs.names import safe_name
from .run_log import RunLog
from .storage import Storage
from .system import get_pid
from .turn import Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    from .options import Options

    Item = TypeVar("Item")


def absolute(folder: str) -> str:
    """A folder's path from the root on, so that `os.chdir` does not move a run."""
    # A ".." stays: after a link, it is another folder than it seems.
    return folder if os.path.isabs(folder) else os.path.join(os.getcwd(), folder)


class Runs:
    """The runs in a folder. `main` is that of the folder itself.

    `folder` becomes absolute. The first file of each run begins with the encoded events `first`. A
    `guest` writes to another process's folder; it holds nothing back, as it may exit without
    cleanup.
    """

    def __init__(
        self,
        folder: str,
        options: Options,
        first: Sequence[bytes] = (),
        *,
        guest: bool = False,
    ) -> None:
        self.folder = absolute(folder)
        self.options = options
        self.storage = Storage(options)
        self.turn = Turn(self.storage.tell)
        self._first = first
        self._guest = guest
        self._sub_runs: dict[str, RunLog] = {}
        self.main = self._new_log("")
        _remember(self)
        _finish_at_exit()

    def _folder_of(self, path: str) -> str:
        parts = [path] if path else []
        if self._guest:
            parts.append(f"process-{get_pid()}")
        return os.path.join(self.folder, *parts)

    def sub_run(self, name: str) -> RunLog:
        """The run of a sub-folder, made when the first event is written to it.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        log = self._sub_runs.get(name)
        if log is None:
            # Another thread may make it meanwhile: the first one counts.
            log = self._sub_runs.setdefault(name, self._new_log(safe_name(name)))
        return log

    def _new_log(self, path: str) -> RunLog:
        log = RunLog(self.options, self.turn, self.storage)
        log.begin(self._folder_of(path), self._first, buffers=not self._guest)
        return log

    def named(self) -> dict[str, RunLog]:
        """The runs by name, the main one's being ""."""
        return {"": self.main, **self._sub_runs}

    def __iter__(self) -> Iterator[RunLog]:
        return iter(self.named().values())

    def each(self, action: Callable[[RunLog], object]) -> None:
        """Do something to each run, even if it fails for some; then raise the first error."""
        _each(self, action)

    def leave_to_parent(self) -> None:
        """Reset after a fork: nothing the parent holds is written, no file of it touched."""
        self._guest = True
        self._first = ()
        self.turn.start_over()
        self.storage.start_over()
        for name, log in self.named().items():
            log.begin(self._folder_of(safe_name(name) if name else ""), (), buffers=False)


# By identity, the writers that a child has to part from and an exit to flush.
_all_runs: dict[int, ref[Runs]] = {}


def _remember(runs: Runs) -> None:
    key = id(runs)
    _all_runs[key] = ref(runs, lambda _: _all_runs.pop(key, None))


def any_left() -> bool:
    """Whether any writer of this process was not forgotten yet."""
    return bool(_all_runs)


def is_in_use(folder: str) -> bool:
    """Whether a writer of this process is open in a folder, given as a normal path."""
    return any(
        runs.main.open_path
        and runs.options.system.keeps_files
        and os.path.normpath(runs.main.folder) == folder
        for runs in _known_runs()
    )


def _known_runs() -> Iterator[Runs]:
    return filter(None, [known() for known in list(_all_runs.values())])


# At exit. There is one hook for all writers, called before those that were registered earlier.


def _finish_all() -> None:
    _each(_known_runs(), lambda runs: runs.each(RunLog.finish))


def _each(items: Iterable[Item], action: Callable[[Item], object]) -> None:
    failed: Exception | None = None
    for item in items:
        try:
            action(item)
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed


_hooked: set[str] = set()


def _finish_at_exit() -> None:
    """Have writers finish that are not closed at exit."""
    if "atexit" not in _hooked:
        _hooked.add("atexit")
        atexit.register(_finish_all)
    util = sys.modules.get("multiprocessing.util")
    if util is not None and "multiprocessing" not in _hooked:
        _hooked.add("multiprocessing")
        # A child of multiprocessing exits without calling atexit's functions.
        util.Finalize(None, _finish_all, exitpriority=0)


def _after_fork_in_child() -> None:
    for runs in _known_runs():
        runs.leave_to_parent()
    util = sys.modules.get("multiprocessing.util")
    if util is not None and _all_runs:
        # It forgets in its child what was to be called at exit, and then calls this.
        _hooked.discard("multiprocessing")
        if "fork" not in _hooked:
            _hooked.add("fork")
            util.register_after_fork(_finish_all, lambda _: _finish_at_exit())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def is_spawning() -> bool:
    """Whether what is pickled now is for a process that multiprocessing is about to start."""
    context = sys.modules.get("multiprocessing.context")
    return context is not None and context.get_spawning_popen() is not None


def is_child_of(pid: int) -> bool:
    """Whether this process was started by another one, or by multiprocessing."""
    if pid == get_pid():
        return False
    process = sys.modules.get("multiprocessing.process")
    parent = getattr(process, "parent_process", lambda: None)
    return os.getppid() == pid or parent() is not None
