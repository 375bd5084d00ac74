"""The runs of one writer: that of its folder, and those of folders beneath it.

They share a lock, open files and bytes (`storage`); each has its own event files (`run_log`). This
room knows what a process is: a child that logs through a writer it inherited, or was sent, gets a
sub-run of its own, `process-PID`, as TensorBoard does not read a file that grows behind a later
one. It gets no file while it logs nothing.
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .options import Options


class Runs:
    """The runs in a folder. `main` is that of the folder itself.

    `first` are encoded events that the first file of each run begins with. A `guest` is in another
    process's folder.
    """

    def __init__(
        self,
        folder: str,
        options: Options,
        first: Sequence[bytes] = (),
        *,
        guest: bool = False,
    ) -> None:
        self.folder = folder
        self.options = options
        self.storage = Storage(options, is_childs=guest)
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
            path = safe_name(name)
            with self.storage.lock:
                log = self._sub_runs.get(name)
                if log is None:
                    self._sub_runs[name] = log = self._new_log(path)
        return log

    def _new_log(self, path: str) -> RunLog:
        return RunLog(self._folder_of(path), self.options, self.storage, self._first)

    def named(self) -> dict[str, RunLog]:
        """The runs by name, the main one's being ""."""
        return {"": self.main, **self._sub_runs}

    def __iter__(self) -> Iterator[RunLog]:
        return iter(self.named().values())

    def each(self, action: Callable[[RunLog], object]) -> None:
        """Do something to each run, even if it fails for some; then raise the first error."""
        failed: Exception | None = None
        for log in self:
            try:
                action(log)
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def finish(self) -> None:
        """Write at exit what is held back, and close the files if somebody is to be told of it."""
        self.each(RunLog.flush)
        if self.options.on_file_closed is not None:
            with self.storage.lock:
                self.each(RunLog.end_file)
            self.storage.tell()

    def leave_to_parent(self) -> None:
        """Be a forked child's: nothing the parent holds is written, no file of it touched."""
        self._guest = True
        self._first = ()
        self.storage.start_over()
        self.main.move(self._folder_of(""))
        for name, log in self._sub_runs.items():
            log.move(self._folder_of(safe_name(name)))


# By identity, the writers that a child has to part from and an exit to flush.
_all_runs: dict[int, ref[Runs]] = {}


def _remember(runs: Runs) -> None:
    key = id(runs)
    _all_runs[key] = ref(runs, lambda _: _all_runs.pop(key, None))


def any_left() -> bool:
    """Whether any writer of this process was not forgotten yet."""
    return bool(_all_runs)


def _after_fork_in_child() -> None:
    for known in list(_all_runs.values()):
        runs = known()
        if runs is not None:
            runs.leave_to_parent()
    util = sys.modules.get("multiprocessing.util")
    if util is not None and _all_runs:
        # It forgets in its child what was to be called at exit, and then calls this.
        util.register_after_fork(_finish_all, lambda _: _finish_at_exit())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _finish_all() -> None:
    failed: Exception | None = None
    for known in list(_all_runs.values()):
        runs = known()
        try:
            if runs is not None:
                runs.finish()
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed


def _finish_at_exit() -> None:
    """Have writers finish that are not closed by then."""
    atexit.unregister(_finish_all)
    atexit.register(_finish_all)
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        # A child of multiprocessing ends without calling atexit's functions.
        util.Finalize(None, _finish_all, exitpriority=0)


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
