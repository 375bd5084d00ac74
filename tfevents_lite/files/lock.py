"""How threads take turns at a lock that is held for a microsecond, a million times."""

from __future__ import annotations

from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import RLock

# How long to wait for another thread, in seconds: at first just to let it run, then as long as
# CPython lets a thread run before another one may.
_PAUSES = (*[0.0] * 8, *[0.005] * 10)


def is_owned(lock: RLock) -> bool:
    """Whether this thread holds the lock already: then it runs a signal's handler, amid a write."""
    owned: bool = lock._is_owned()  # type: ignore[attr-defined] # Condition needs it.
    return owned


def wait_politely(lock: RLock) -> bool:
    """Wait for another thread to be done, without standing in line; tell whether it is.

    Who stands in line is given the lock while the other thread runs, which then has to stand in
    line itself, and so on for ever: each record then costs two changes of threads, four times the
    time of the record. After 50 ms there is nothing for it but the line.
    """
    if is_owned(lock):
        return False
    try:
        for pause in _PAUSES:
            if lock.acquire(blocking=False):
                lock.release()
                return True
            sleep(pause)
    except BaseException:
        # A signal's handler raised, perhaps between the two calls.
        if is_owned(lock):
            lock.release()
        raise
    return False
