"""The writers that users meet: arguments, steps and life cycle, over `summary` and `event_file`.

`SummaryWriter` has the names, the order and the defaults of torch.utils.tensorboard's, `FileWriter`
those of TensorFlow 1. What a value becomes is `summary`'s business, how it reaches the disk is
`event_file`'s.
"""

from __future__ import annotations

import os
import time

from . import summary
from .event_file import EventFile, get_hostname
from .schema.event import Event, SessionLog
from .schema.summary import Summary
from .summary.scalar_summary import scalar_event, to_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Union

    from typing_extensions import Self

    from .arrays import Scale

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
        self.file = EventFile(
            self._logdir, filename_suffix or "", clock=clock, hostname=hostname, pid=pid
        )

    def get_logdir(self) -> str:
        """The folder of the event file."""
        return self._logdir

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
        """Close the file. Closing it again does nothing."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file}>"


class SummaryWriter:
    """Logs values to a new event file in `log_dir`, as torch.utils.tensorboard.SummaryWriter does.

    Without `log_dir` (or `logdir`) the folder is `runs/DATE_TIME_HOST` and the `comment` behind it.
    `purge_step` makes TensorBoard drop what an earlier file of the folder holds from that step on.
    `max_queue`, `flush_secs`, `clock`, `hostname` and `pid`: see FileWriter.

    Each `add_*` takes a `global_step` (any integer; 0 if None) and a `walltime` (seconds since
    1970, now if None). When it returns, the event is with the operating system: a process that is
    killed then loses nothing.
    """

    def __init__(
        self,
        log_dir: StrPath | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        logdir: StrPath | None = None,
        clock: Callable[[], float] = time.time,
        hostname: str | None = None,
        pid: int | None = None,
    ) -> None:
        folder = logdir if log_dir is None else log_dir
        if folder is None:
            date = time.strftime("%b%d_%H-%M-%S", time.localtime(clock()))
            host = get_hostname() if hostname is None else hostname
            folder = os.path.join("runs", f"{date}_{host}{comment}")
        self.log_dir = os.fspath(folder)
        self.file_writer = FileWriter(
            self.log_dir, max_queue, flush_secs, filename_suffix,
            clock=clock, hostname=hostname, pid=pid,
        )  # fmt: skip
        self._clock = clock
        self._write = self.file_writer.file.write
        if purge_step is not None:
            self.file_writer.add_event(
                Event(session_log=SessionLog(status=SessionLog.START)), purge_step
            )

    def get_logdir(self) -> str:
        """The folder of the event file."""
        return self.log_dir

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary, or the bytes of one, as one event."""
        self.file_writer.add_summary(summary, global_step, walltime)

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log one number: of any type, or an array or tensor of one element."""
        value = scalar_value if type(scalar_value) is float else to_float(tag, scalar_value)
        known = type(global_step) is int and 0 <= global_step <= MAX_STEP
        step = global_step if known else to_step(global_step, tag)
        wall_time = self._clock() if walltime is None else to_wall_time(walltime)
        self._write(scalar_event(tag, value, step, wall_time))

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log one image, whose axes `dataformats` names. See summary.image."""
        self.add_summary(summary.image(tag, img_tensor, dataformats), global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log images of one size as a grid. See summary.images."""
        self.add_summary(summary.images(tag, img_tensor, dataformats), global_step, walltime)

    def image_summary(
        self,
        tag: str,
        images: Iterable[Any],
        step: Any = None,
        walltime: float | None = None,
        *,
        max_outputs: int | None = None,
        scale: Scale = "minmax",
        bit_depth: int = 8,
    ) -> None:
        """Log a list of images under `tag/0`, `tag/1`, ... See tfevents_lite.image_summary."""
        from .summary.image_summary import image_summary

        made = image_summary(
            tag, images, max_outputs=max_outputs, scale=scale, bit_depth=bit_depth
        )  # fmt: skip
        self.add_summary(made, step, walltime)

    def flush(self) -> None:
        """Return when all events are with the operating system, which they are at once."""
        self.file_writer.flush()

    def close(self) -> None:
        """Close the file. Closing it again does nothing."""
        self.file_writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file_writer.file}>"


MAX_STEP = (1 << 63) - 1


def to_step(step: Any, tag: str | None = None) -> int:
    """A step as an integer, from whatever holds one; None is 0. Raises TypeError or ValueError."""
    of_tag = "" if tag is None else f" of {tag!r}"
    if step is None:
        return 0
    try:
        # An array or tensor of one element; a bool is most likely an argument in the wrong place.
        number = step.item() if hasattr(step, "item") else step
        if isinstance(number, bool):
            raise TypeError
        integer = int(number.__index__())
    except (AttributeError, TypeError, ValueError, RuntimeError):
        raise TypeError(f"global_step{of_tag} must be an integer, got {step!r:.80}") from None
    if not -MAX_STEP - 1 <= integer <= MAX_STEP:
        raise ValueError(f"global_step{of_tag} must be within 64 bits, got {integer}")
    return integer


def to_wall_time(walltime: Any) -> float:
    """A time in seconds since 1970 as a finite float. Raises TypeError or ValueError."""
    try:
        if isinstance(walltime, (str, bytes)):
            raise TypeError
        seconds = float(walltime)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"walltime must be in seconds since 1970, got {walltime!r:.80}") from None
    if seconds - seconds != 0:
        # A time that is no number stops TensorBoard's loader for good.
        raise ValueError(f"walltime must be finite, got {seconds}")
    return seconds
