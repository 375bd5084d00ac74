"""tensorboardX's export of scalars to JSON, read back from the event files that hold them.

This module knows the runs and tags that it is given; it knows no writer.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..files.runs import Runs


class ExportedScalars:
    """Which sub-runs and tags `add_scalars` has logged, and how many points were exported."""

    def __init__(self) -> None:
        # By run and tag: the first file that may have points, "" if none was begun yet.
        self._first_files: dict[tuple[str, str], str] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def note(self, run: str, tag: str, path: str) -> None:
        """Take note that a tag's points are in the file of that path, or in later ones."""
        self._first_files.setdefault((run, tag), path)

    def write(self, path: str | os.PathLike[str], runs: Runs) -> None:
        """Write {folder: [[time, step, value], ...]} of what was logged since the last export."""
        import json

        curves: dict[str, list[list[Any]]] = {}
        counts = dict(self._counts)
        for (run, tag), first in list(self._first_files.items()):
            log = runs.sub_run(run)
            points = _points_of(log.folder, first or log.path, tag)[counts.get((run, tag), 0) :]
            counts[run, tag] = counts.get((run, tag), 0) + len(points)
            if points:
                curves.setdefault(log.folder, []).extend(points)
        with open(path, "w", encoding="ascii") as file:
            json.dump(curves, file)
        self._counts = counts


def _points_of(folder: str, first: str, tag: str) -> list[list[Any]]:
    from ..reading.event_reader import read_events

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
