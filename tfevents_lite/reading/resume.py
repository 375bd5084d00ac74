"""Where an earlier run ended: what a restarted one has to know before it goes on.

This module reads; damaged and torn files are read as far as they can be, and left as they are.
"""

from __future__ import annotations

import os

from ..schema.event import SessionLog
from ..summary.kinds import plugin_of
from .value_reader import RunReader, StoredValue, find_runs

# A hostile file may have a tag an event.
_MOST_TAGS = 100_000


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


def look_back(folder: str) -> tuple[int | None, dict[str, dict[str, str]]]:
    """The last step that is logged in a folder or beneath it, and what each tag there holds.

    The step is None if there is none; what a file's purge dropped does not count. Which plugin
    shows a tag is given by the folder of its run, for `guard`. Files may be torn or damaged.
    """
    last: int | None = None
    kinds = {}
    for paths in find_runs(folder).values() if os.path.isdir(folder) else ():
        kinds_of_run: dict[str, str] = {}
        of_run = _look_back_at_run(paths, kinds_of_run)
        if of_run is not None:
            last = of_run if last is None else max(last, of_run)
        if kinds_of_run:
            kinds[os.path.normpath(os.path.dirname(paths[0]))] = kinds_of_run
    return last, kinds


def _look_back_at_run(paths: list[str], kinds: dict[str, str]) -> int | None:
    last: int | None = None
    for found in RunReader(paths, on_error="skip").records():
        if isinstance(found, StoredValue):
            _note(kinds, found.tag, "scalars")
        elif found.session_log.status == SessionLog.START:
            if last is not None and last >= found.step:
                last = found.step - 1
            continue
        elif found.HasField("summary"):
            for value in found.summary.value:
                _note(kinds, value.tag, plugin_of(value))
        else:
            continue
        last = found.step if last is None else max(last, found.step)
    return last


def _note(kinds: dict[str, str], tag: str, kind: str) -> None:
    # A tag's first value says its kind; in TensorFlow's files the others say nothing.
    if kind and tag not in kinds and len(kinds) < _MOST_TAGS:
        kinds[tag] = kind
