"""`FileWriter`: TensorFlow 1's writer of ready-made summaries and events, over `runs`."""

from __future__ import annotations

import os

from .options import Options
from .runs import Runs, is_child_of, is_spawning
from .schema.event import Event
from .schema.summary import Summary
from .steps import to_step, to_wall_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from typing_extensions import Self, Unpack

    from .options import WriterOptions
    from .run_log import RunLog

    StrPath = Union[str, os.PathLike[str]]


class FileWriter:
    """Writes events and summaries to a new event file in `logdir`, which is made if it is missing.

    `max_queue` is accepted for compatibility: an event is with the operating system when the call
    that wrote it returns, so there is no queue. `purge_step` makes TensorBoard drop what earlier
    files hold from that step on. With `resume`, the run is one that an earlier writer began:
    `last_step` is then the last step it logged (None if it logged none), and what comes behind it
    is purged if no `purge_step` is given. The other options are those of `options.Options`.

    The writer can be pickled, and can be used by a forked child. Either gets new files.
    """

    last_step: int | None = None

    def __init__(
        self,
        logdir: StrPath,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        purge_step: int | None = None,
        resume: bool = False,
        **options: Unpack[WriterOptions],
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._arguments: dict[str, Any] = {
            "filename_suffix": filename_suffix, "flush_secs": flush_secs, **options
        }  # fmt: skip
        checked = Options(**self._arguments)
        purge_step = None if purge_step is None else to_step(purge_step)
        earlier: list[tuple[str, int]] = []
        if resume:
            from .resume import event_files, last_step

            self.last_step = last_step(self._logdir)
            earlier = event_files(self._logdir)
            if purge_step is None and self.last_step is not None:
                purge_step = self.last_step + 1
        self._start(Runs(self._logdir, checked, purge_step))
        self._runs.storage.adopt(earlier)
        self.file.open()

    def _start(self, runs: Runs) -> None:
        self._runs = runs
        self.file = runs.main

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self._logdir

    def sub_run(self, name: str) -> RunLog:
        """The run of a sub-folder, whose files begin with the first event written to it.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        return self._runs.sub_run(name)

    @property
    def clock(self) -> Callable[[], float]:
        """What tells the time of events, in seconds since 1970."""
        return self._runs.options.clock

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return sum(log.dropped for log in self._runs)

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary, or the bytes of one, as one event.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        if isinstance(summary, bytes):
            summary = Summary.FromString(summary)
        event = Event(
            wall_time=self.clock() if walltime is None else to_wall_time(walltime),
            step=to_step(global_step),
            summary=summary,
        )
        self.file.write_event(event)

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an event, at the time now if no `walltime` is given, at its own step if none is.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        if not isinstance(event, Event):
            raise TypeError(f"event must be an Event, got {event!r:.80}")
        dated = Event()
        dated.MergeFrom(event)
        dated.wall_time = self.clock() if walltime is None else to_wall_time(walltime)
        if step is not None:
            dated.step = to_step(step)
        self.file.write_event(dated)

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device.

        Raises OSError if they can't be, unless `on_error` is "warn".
        """
        self._runs.each(lambda log: log.flush(sync))

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing."""
        self._runs.each(lambda log: log.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "logdir": self._logdir,
            "arguments": self._arguments,
            "pid": os.getpid(),
            "spawning": is_spawning(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._logdir, self._arguments = state["logdir"], state["arguments"]
        guest = state["spawning"] or is_child_of(state["pid"])
        self._start(Runs(self._logdir, Options(**self._arguments), guest=guest))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file}>"
