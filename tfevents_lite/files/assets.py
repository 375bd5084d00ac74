"""Files beside the event file, in a run's folder: what a plugin reads that reads no events."""

from __future__ import annotations

import os

from .system import get_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def write_asset(folder: str, path: str, data: bytes) -> None:
    """Write a file of a run; folders are made. A reader sees the old file or the new, never half.

    `path` is relative to the folder, with slashes, and must not lead out of it: see `names`.
    """
    target = os.path.join(folder, *path.split("/"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    # Not a name with "tfevents" in it, which TensorBoard would read as events.
    half = f"{target}.{get_pid()}.half"
    try:
        with open(half, "wb") as file:
            file.write(data)
        os.replace(half, target)
    except BaseException:
        if os.path.exists(half):
            os.remove(half)
        raise


def update_asset(folder: str, path: str, change: Callable[[str], str]) -> None:
    """Replace a text file of a run by what `change` makes of its text, "" if there is none."""
    try:
        with open(os.path.join(folder, *path.split("/")), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        text = ""
    write_asset(folder, path, change(text).encode())
