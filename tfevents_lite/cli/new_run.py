"""A new run that a command makes of events read elsewhere: whole, or not there at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from ..writers.file_writer import FileWriter
from .output import CommandError, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..schema.event import Event

_BUFFER_BYTES = 1 << 20


class NewRun:
    """Writes events, at their own times, to one new file, which begins with the first event.

    What would stop TensorBoard from loading the run is left out; `left_out` counts such events.
    """

    path = ""

    def __init__(self, folder: str) -> None:
        if os.path.isdir(folder) and any("tfevents" in name for name in os.listdir(folder)):
            raise CommandError(f"{folder} holds event files already: name a new folder")
        self.folder = folder
        self.events = self.left_out = 0
        self._writer: FileWriter | None = None

    def add(self, event: Event) -> None:
        """Write one event; the file has a `file_version` record of its own."""
        if self._writer is None:
            # TensorBoard sorts runs by the time of their first event.
            is_time = event.wall_time - event.wall_time == 0
            began = event.wall_time if is_time else 0.0
            self._writer = FileWriter(self.folder, buffer_bytes=_BUFFER_BYTES, clock=lambda: began)
            self.path = self._writer.file.path
        if event.HasField("file_version"):
            return
        try:
            self._writer.add_event(event, walltime=event.wall_time)
            self.events += 1
        except ValueError as error:
            if not self.left_out:
                warn(f"left out of {self.folder}: {error}")
            self.left_out += 1

    def close(self) -> None:
        """Write what is held back."""
        if self._writer is not None:
            self._writer.close()

    def remove(self) -> None:
        """Remove what was written."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            with suppress(OSError):
                os.remove(self.path)


@contextmanager
def new_runs(folders: list[str]) -> Iterator[list[NewRun]]:
    """Runs to be made in folders, none of which may hold event files; all of them, or none."""
    runs = [NewRun(folder) for folder in folders]
    try:
        yield runs
        for run in runs:
            run.close()
            if run.left_out > 1:
                warn(f"left out of {run.folder}: {run.left_out} events in all")
    except BaseException:
        for run in runs:
            run.remove()
        raise
