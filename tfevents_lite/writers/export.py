"""tensorboardX's export of scalars to JSON, read back from the event files that hold them.

This module knows the files of a writer's sub-runs; it knows no writer's state but what it is given.
"""

from __future__ import annotations

import json
import os

from ..reading.event_reader import read_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .file_writer import FileWriter


def export_scalars(
    path: str | os.PathLike[str],
    file_writer: FileWriter,
    first_files: dict[tuple[str, str], str],
    exported: dict[tuple[str, str], int],
) -> None:
    """Write {folder: [[time, step, value], ...]} of each run and tag, and count them as exported.

    Files from a run's first file on are this writer's. As many points as are counted already are
    passed over.
    """
    curves: dict[str, list[list[Any]]] = {}
    for (run, tag), first in first_files.items():
        log = file_writer.sub_run(run)
        points = _points_of(log.folder, first or log.path, tag)[exported.get((run, tag), 0) :]
        exported[run, tag] = exported.get((run, tag), 0) + len(points)
        if points:
            curves.setdefault(log.folder, []).extend(points)
    with open(path, "w", encoding="ascii") as file:
        json.dump(curves, file)


def _points_of(folder: str, first: str, tag: str) -> list[list[Any]]:
    names = os.listdir(folder) if os.path.isdir(folder) else []
    paths = sorted(os.path.join(folder, name) for name in names if "tfevents" in name)
    return [
        [event.wall_time, event.step, value.simple_value]
        for path in paths
        if path >= first
        for event in read_events(path, on_error="stop")
        for value in event.summary.value
        if value.tag == tag
    ]
