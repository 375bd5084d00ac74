"""Where an earlier run ended: what a restarted one has to know before it goes on.

This module reads; damaged and torn files are read as far as they can be, and left as they are.
"""

from __future__ import annotations

import os

from ..schema.event import SessionLog
from .event_reader import read_events


def event_files(folder: str) -> list[tuple[str, int]]:
    """The paths and sizes of the event files in a folder, in the order of TensorBoard's reading."""
    if not os.path.isdir(folder):
        return []
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return [
        (path, os.path.getsize(path))
        for path in paths
        if "tfevents" in os.path.basename(path) and os.path.isfile(path)
    ]


def last_step(folder: str) -> int | None:
    """The last step that is logged in a folder or beneath it, None if there is none.

    What a file's purge dropped does not count. Files may be torn or damaged.
    """
    last: int | None = None
    for parent, _, _ in os.walk(folder):
        of_run = _last_step_of_run(parent)
        if of_run is not None:
            last = of_run if last is None else max(last, of_run)
    return last


def _last_step_of_run(folder: str) -> int | None:
    last: int | None = None
    for path, _ in event_files(folder):
        for event in read_events(path, on_error="skip"):
            if event.session_log.status == SessionLog.START:
                if last is not None and last >= event.step:
                    last = event.step - 1
            elif event.HasField("summary"):
                last = event.step if last is None else max(last, event.step)
    return last
