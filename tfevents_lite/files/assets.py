"""Files beside the event file, in a run's folder: what a plugin reads that reads no events.

A file is made whole under another name and then renamed, so that a reader sees the old file or the
new one, never half. The other name can't be predicted, and is opened exclusively: no link leads
elsewhere. This module knows paths and bytes; it knows no plugin.
"""

from __future__ import annotations

import os
import stat
from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# One change of a text at a time, from however many threads.
_lock = RLock()


def _start_over() -> None:
    global _lock
    _lock = RLock()  # A forked child lacks the thread that had the old one.


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)


def write_asset(folder: str, path: str, data: bytes) -> None:
    """Write a file of a run; folders are made. A file that exists keeps its mode.

    `path` is relative to the folder, with slashes, and must not lead out of it: see `names`. Raises
    OSError, among others if what exists there is no regular file.
    """
    target = os.path.join(folder, *path.split("/"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        raise FileExistsError(f"{target} exists and is no regular file")
    # Not a name with "tfevents" in it, which TensorBoard would read as events.
    half = f"{target}.{os.urandom(8).hex()}.half"
    try:
        with open(half, "xb") as file:
            file.write(data)
        if mode is not None:
            os.chmod(half, stat.S_IMODE(mode))
        os.replace(half, target)
    except BaseException:
        try:  # noqa: SIM105 # Importing contextlib takes longer than the write.
            os.remove(half)
        except FileNotFoundError:
            pass  # It was not made, or is at its place already.
        raise


def update_asset(folder: str, path: str, change: Callable[[str], str]) -> None:
    """Replace a text file of a run by what `change` makes of its text, "" if there is none.

    The changes of several threads follow each other, so that none is lost.
    """
    with _lock:
        try:
            with open(os.path.join(folder, *path.split("/")), encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            text = ""
        write_asset(folder, path, change(text).encode())
