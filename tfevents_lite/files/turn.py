"""Whose turn it is: one call at a time works on the files of a writer.

A call takes the turn, does its work, and gives the turn back. Another thread waits meanwhile. A
signal handler can't wait for the call that it interrupted: it leaves its work, and that call does
it before it gives the turn back, even if it ends with an exception. This module knows locks and
actions; it knows no event and no file.
"""

from __future__ import annotations

from _thread import RLock, get_ident
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Action = Callable[[], object]

# How long to wait for another thread before the lock is tried again, in seconds.
_PAUSES = 0.0, *[0.0005] * 100


class Turn:
    """The turn at the files of one writer.

    `lock` is held by the thread whose turn it is. `on` is what is worked on, None while all is in
    order; its `settle` brings it in order after an exception. `left` is what handlers have left to
    do; `thread` had the last turn. `after` is called after each turn, without the lock.
    """

    def __init__(self, after: Callable[[], None]) -> None:
        self._after = after
        self.left: list[tuple[Any, Action]] = []
        self.start_over()

    def start_over(self) -> None:
        """Forget all turns, as a forked child has to: it lacks the thread that had the lock."""
        self.lock = RLock()
        self._queue = RLock()  # One thread at a time waits for the other lock.
        # Whether this thread has the turn: then it runs a signal handler.
        self.is_mine: Callable[[], bool] = getattr(self.lock, "_is_owned")  # noqa: B009 # For mypy.
        self.thread = get_ident()
        self.on: Any = None
        self.left.clear()

    def take(self, target: Any, action: Action) -> None:
        """Do something to a run's files; in a handler that interrupted a turn, right after it.

        An action that is left may be done twice, if a handler raises. Raises what it raises; if
        several do, the first exception.
        """
        if self.is_mine():
            self.left.append((target, action))
            return
        if get_ident() != self.thread:
            self.wait()
        try:
            try:
                with self.lock:
                    if self.on is not None:
                        self._finish()
                    self.on = target
                    action()
            finally:
                self._end()
        finally:
            self._end()  # Once more, as a handler may have raised in it.
            self._after()

    def recover(self, target: Any) -> None:
        """Bring a run in order after an exception, and do what handlers have left."""
        try:
            self._end()
        finally:
            self.take(target, target.settle)

    def _end(self) -> None:
        while self.is_mine():  # A handler raised just as `with` took the lock, or gave it back.
            self.lock.release()
        while self.on is not None or self.left:
            with self.lock:
                self._finish()

    def _finish(self) -> None:
        """Bring in order what is worked on, and do what handlers have left."""
        failed: Exception | None = None
        while True:
            if self.on is not None:
                self.on.settle()
            self.on = None
            if not self.left:
                break
            self.on, action = self.left[0]
            try:
                action()
            except Exception as error:
                failed = failed or error
            if self.left:
                del self.left[0]
        if failed is not None:
            raise failed

    def wait(self) -> None:
        """Wait until another thread is done, for 50 ms at most, without blocking on the lock.

        A thread that blocks is given the lock while the other one runs, which then has to block
        itself, and so on for ever: each record then costs two changes of threads, four times the
        time of the record. So one thread tries again and again; the others wait for that one.
        """
        is_inner = _is_owned(self._queue)  # A handler interrupts this very method.
        try:
            with self._queue:
                for pause in _PAUSES:
                    if self.lock.acquire(blocking=False):
                        self.lock.release()
                        break
                    sleep(pause)
        finally:
            for lock in (self.lock, self._queue):  # A handler raised between two calls.
                if _is_owned(lock) and not (is_inner and lock is self._queue):
                    lock.release()
        self.thread = get_ident()


def _is_owned(lock: RLock) -> bool:
    owned: bool = lock._is_owned()  # type: ignore[attr-defined] # Condition needs it.
    return owned
