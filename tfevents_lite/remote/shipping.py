"""Ships the files of a remote run: each once, when it is complete, away from the program's thread.

A run's file is ended every `flush_secs`, and in `flush` and `close`, and then sent under the name
that it has in the spool; names sort by creation, as TensorBoard reads them. What can't be sent
waits in the spool and is tried again, less and less often. This module has the package's only
thread; where there are none, files are sent in `flush` and `close` alone.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from ..files.system import get_pid
from ..inputs.caller import warn
from ..records import tfrecord
from .mirror import is_events, local_copy
from .spool import SHIPPED, Session, SpoolSystem, default_root, left_behind
from .urls import Place

if TYPE_CHECKING:
    from ..files.runs import Runs

# After a failure, so many seconds until the next try, each time twice as many.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class Shipper:
    """Sends what the runs of a writer hold to a URL.

    The runs are written to `folder`, by the calls of `system`; `attach` then says which they are.
    """

    def __init__(
        self,
        url: str,
        *,
        spool: str | None = None,
        max_spool_bytes: int = 1 << 30,
        ship_timeout: float = 60,
        flush_secs: float = 120,
        warns: bool = False,
    ) -> None:
        self.url = url
        self._place = Place(url)
        root = default_root() if spool is None else os.path.abspath(spool)
        # What dead processes have left is sent before anything else.
        self._left = [session for _, session in left_behind(root, url)]
        self._session = Session.begin(root, url)
        self.folder = self._session.folder
        # At the end of each file's name: two writers may begin in one second, with one number.
        self.suffix = f".{os.path.basename(self.folder).partition('-')[0][-9:]}"
        self.system = SpoolSystem(max_spool_bytes, self._file_begins)
        self.system.used = sum(session.size() for session in self._left)
        self._flush_secs = flush_secs
        self._ship_timeout = ship_timeout
        self._warns = warns
        self._warned = False
        self._start_over()

    def _start_over(self) -> None:
        self._pid = get_pid()
        self._turn = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def attach(self, runs: Runs) -> None:
        """Send what these runs write."""
        self._runs = runs
        _open.add(self)

    def earlier_files(self) -> str:
        """A folder with what earlier writers have sent, dead ones included. Raises OSError."""
        self._ship_left()
        return local_copy(self.url)

    def leave_to_parent(self) -> None:
        """Reset after a fork: files of the parent's runs are the parent's to send."""
        self._start_over()
        self._left = []
        self._session = Session(self.folder, None)
        self._place = Place(self.url)  # A driver's connections are the parent's.

    def __getstate__(self) -> dict[str, Any]:
        names = ("_place", "_left", "_session", "_turn", "_wake", "_thread", "_runs")
        return {name: value for name, value in vars(self).items() if name not in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.system.begins = self._file_begins
        self.leave_to_parent()

    @property
    def pending(self) -> int:
        """How many bytes wait in the spool, of this writer and of dead ones."""
        return sum(session.size() for session in (self._session, *self._left))

    def flush(self) -> None:
        """Return when all that was logged has arrived. Raises OSError if it can't be sent now."""
        try:
            self._ship(end_files=True)
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Send all that is left, trying for `ship_timeout` seconds, and end the thread.

        Raises OSError if something is left then, which stays in the spool.
        """
        if self._closed:
            return
        pause, until = _FIRST_PAUSE, monotonic() + self._ship_timeout
        failed: OSError | None = None
        while True:
            try:
                self._ship(end_files=True)
            except OSError as error:
                if monotonic() + pause <= until:
                    sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
                failed = error
            break
        self._closed = True
        self._wake.set()
        _open.discard(self)
        if failed is not None:
            self._fail(failed)

    def _fail(self, error: OSError) -> None:
        hint = f"{self.pending:,} bytes wait in {self.folder}; the next writer of the run, or "
        problem = OSError(error.errno, f"{error.strerror}: {hint}`tfevents-lite ship`, sends them")
        problem.filename = error.filename
        if not self._warns:
            raise problem from error
        self._warn(problem)

    def _warn(self, error: OSError) -> None:
        """Warn, once in an outage."""
        if not self._warned:
            self._warned = True
            warn(f"tfevents_lite: {error}; logging goes on", RuntimeWarning)

    # The thread.

    def _file_begins(self) -> None:
        """Have the files before this one sent soon: they are complete."""
        if self._closed:
            self._closed = False
            _open.add(self)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="tfevents-lite", daemon=True)
            with suppress(RuntimeError):  # WebAssembly has no threads.
                self._thread.start()
        self._wake.set()

    def _work(self) -> None:
        pause, due = 0.0, monotonic() + self._flush_secs
        while True:
            if pause:
                sleep(pause)  # A file that begins does not end an outage.
            else:
                self._wake.wait(max(due - monotonic(), 0))
            self._wake.clear()
            if self._closed:
                return
            is_due = monotonic() >= due
            if is_due:
                due = monotonic() + self._flush_secs
            try:
                self._ship(end_files=is_due)
                pause = 0.0
            except OSError as error:
                pause = min(2 * pause or _FIRST_PAUSE, _LONGEST_PAUSE)
                with suppress(Warning):  # With `-W error` it is raised here, where nobody is told.
                    self._warn(error)

    # Sending.

    def _ship(self, *, end_files: bool) -> None:
        """Send all files that are complete, first those that dead processes left."""
        with self._turn:
            self._ship_left()
            if end_files:
                self._runs.each(lambda run: run.end_file())
            for path, name, size in self._complete():
                self._place.put(path, name)
                _mark_shipped(path)
                self.system.used -= size
            for path, name, _ in self._session.files():
                if not is_events(name):
                    self._ship_asset(path, name)
            self._warned = False

    def _complete(self) -> list[tuple[str, str, int]]:
        """The event files of this process's runs that will not grow any more, oldest first."""
        turn = self._runs.turn
        with turn.lock:  # So that no file is just being made.
            if turn.on is not None:  # This is a signal handler's call, which interrupted another.
                return []
            folders = {run.folder for run in self._runs}
            open_paths = {run.open_path for run in self._runs}
            return [
                found
                for found in self._session.files()
                if is_events(found[1])
                and os.path.dirname(found[0]) in folders
                and found[0] not in open_paths
            ]

    def _ship_left(self) -> None:
        while self._left:
            size = self._left[0].size()
            ship_session(self._left[0], self._place)
            self.system.used -= size
            del self._left[0]

    def _ship_asset(self, path: str, name: str) -> None:
        before = os.stat(path).st_mtime_ns
        self._place.put(path, name)
        self._session.sent[path] = before


def ship_session(session: Session, place: Place) -> int:
    """Send all that a dead process left, but for a torn record at a file's end; say how many files.

    The session is then removed. Raises OSError, and what was not sent stays.
    """
    count = 0
    for path, name, _ in session.files():
        if is_events(name):
            os.truncate(path, _whole_records(path))
        place.put(path, name)
        os.remove(path)
        count += 1
    session.end()
    return count


def _whole_records(path: str) -> int:
    """Where the last whole record of a file ends."""
    end = 0
    with open(path, "rb") as file, suppress(tfrecord.DataLossError):
        for offset, payload in tfrecord.scan(file):
            end = offset + tfrecord.HEADER_SIZE + len(payload) + tfrecord.FOOTER_SIZE
    return end


def _mark_shipped(path: str) -> None:
    """Keep the name of the newest file of a folder, so that no other file gets it."""
    folder, name = os.path.split(path)
    os.truncate(path, 0)
    os.rename(path, path + SHIPPED)
    for other in os.listdir(folder):
        if other.endswith(SHIPPED) and other < name:
            os.remove(os.path.join(folder, other))


_open: set[Shipper] = set()


def _close_all() -> None:
    for shipper in list(_open):
        shipper._runs.each(lambda run: run.close())
        shipper.close()
        shipper._session.end()


def _after_fork_in_child() -> None:
    for shipper in _open:
        shipper.leave_to_parent()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
