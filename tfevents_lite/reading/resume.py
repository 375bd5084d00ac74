"""Where an earlier run ended: what a restarted one has to know before it goes on.

This module reads; damaged and torn files are read as far as they can be, and left as they are.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from ..summary.kinds import plugin_of
from ..wire.wire_format import DecodeError
from .folders import find_runs
from .run_reader import RunReader
from .value_reader import is_start

# Malicious files may have a new tag in each event.
_MOST_TAGS = 100_000


class Earlier(NamedTuple):
    """What the files of earlier processes hold.

    `last_step` is the last step that is logged, None if there is none; steps that a restart purged
    do not count. `kinds` and `steps` say by the folder of a run, then by tag, which plugin shows
    it, and its last step.
    """

    last_step: int | None
    kinds: dict[str, dict[str, str]]
    steps: dict[str, dict[str, int]]


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


def look_back(folder: str) -> Earlier:
    """What is logged in a folder and beneath it. Files may be torn or damaged."""
    earlier = Earlier(None, {}, {})
    for paths in find_runs(folder).values() if os.path.isdir(folder) else ():
        run = os.path.normpath(os.path.dirname(paths[0]))
        kinds: dict[str, str] = {}
        last, steps = _look_back_at_run(paths, kinds)
        if last is not None and (earlier.last_step is None or last > earlier.last_step):
            earlier = earlier._replace(last_step=last)
        if kinds:
            earlier.kinds[run] = kinds
        if steps:
            earlier.steps[run] = steps
    return earlier


def _look_back_at_run(paths: list[str], kinds: dict[str, str]) -> tuple[int | None, dict[str, int]]:
    last: int | None = None
    # By tag: its last step, and how many restarts there were before that.
    steps: dict[str, tuple[int, int]] = {}
    restarts: list[int] = []
    reader = RunReader(paths, on_error="skip")
    for record in reader.records(living=False):
        _, _, step, _, event = record
        if is_start(event):
            restarts.append(step)
            if last is not None and last >= step:
                last = step - 1
            continue
        if event is not None and not event.HasField("summary"):
            continue
        try:
            for value in reader.value_reader.values(record):
                if value.tag in steps or len(steps) < _MOST_TAGS:
                    steps[value.tag] = step, len(restarts)
                    # A tag's first value names its plugin; in TensorFlow's files the others do not.
                    if value.tag not in kinds:
                        plugin = "scalars" if value.message is None else plugin_of(value.message)
                        if plugin:
                            kinds[value.tag] = plugin
        except (DecodeError, EOFError) as error:
            reader.reject(error)
            continue
        last = step if last is None else max(last, step)
    # The lowest step from which on the restarts from each one on purge.
    limits = restarts[:]
    for index in range(len(limits) - 2, -1, -1):
        limits[index] = min(limits[index], limits[index + 1])
    limits.append(1 << 63)
    return last, {tag: min(step, limits[seen] - 1) for tag, (step, seen) in steps.items()}
