"""`FileWriter`: TensorFlow 1's writer of ready-made summaries and events, over `event_file`."""

from __future__ import annotations

import os
import time

from .event_file import EventFile
from .names import safe_name
from .schema.event import Event
from .schema.summary import Summary
from .steps import to_step, to_wall_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from typing_extensions import Self

    StrPath = Union[str, os.PathLike[str]]


class FileWriter:
    """Writes events and summaries to a new event file in `logdir`, which is made if it is missing.

    `max_queue` and `flush_secs` are accepted for compatibility: each event is with the operating
    system when the call that wrote it returns, so there is no queue to bound or to flush.
    `clock`, `hostname` and `pid` replace the machine's, which makes files reproducible.
    """

    def __init__(
        self,
        logdir: StrPath,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        clock: Callable[[], float] = time.time,
        hostname: str | None = None,
        pid: int | None = None,
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._options: Any = {"clock": clock, "hostname": hostname, "pid": pid}
        self._suffix = filename_suffix or ""
        self.file = EventFile(self._logdir, self._suffix, **self._options)
        self._sub_runs: dict[str, EventFile] = {}

    def get_logdir(self) -> str:
        """The folder of the event file."""
        return self._logdir

    def sub_run(self, name: str) -> EventFile:
        """The event file of a sub-folder, which is a run of its own: made on first use, then kept.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        file = self._sub_runs.get(name)
        if file is None:
            folder = os.path.join(self._logdir, safe_name(name))
            file = EventFile(folder, self._suffix, **self._options)
            self._sub_runs[name] = file
        return file

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary, or the bytes of one, as one event."""
        if isinstance(summary, bytes):
            summary = Summary.FromString(summary)
        self.add_event(Event(summary=summary), global_step, walltime)

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an event, at the time now if no `walltime` is given, at its own step if none is."""
        if not isinstance(event, Event):
            raise TypeError(f"event must be an Event, got {event!r:.80}")
        dated = Event()
        dated.MergeFrom(event)
        dated.wall_time = self.file.clock() if walltime is None else to_wall_time(walltime)
        if step is not None:
            dated.step = to_step(step)
        self.file.write_event(dated)

    def flush(self) -> None:
        """Return when all events are with the operating system, which they are at once."""
        self.file.flush()

    def close(self) -> None:
        """Close the files. Closing them again does nothing."""
        for file in (self.file, *self._sub_runs.values()):
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file}>"
