"""`SummaryWriter`: torch's and tensorboardX's writer, a thin method for each kind in `summary`.

Names, order and defaults of arguments are those of torch.utils.tensorboard. What a value becomes is
`summary`'s business, how it reaches the disk is `runs`'.
"""

from __future__ import annotations

import os
import time

from . import summary
from .file_writer import FileWriter
from .guard import claim
from .names import safe_name
from .schema.summary import Summary
from .steps import MAX_STEP, to_step, to_wall_time
from .summary.scalar_summary import scalar_event, to_float
from .system import get_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import Self, Unpack

    from .arrays import Scale
    from .file_writer import StrPath
    from .options import WriterOptions


class SummaryWriter:
    """Logs values to a new event file in `log_dir`, as torch.utils.tensorboard.SummaryWriter does.

    Without `log_dir` (or `logdir`) the folder is `runs/DATE_TIME_HOST` and the `comment` behind it.
    `purge_step` makes TensorBoard drop what earlier files of the folder hold from that step on.
    `resume` goes on with a run that was interrupted: `last_step` is then the last one it logged.
    `max_queue` is accepted for compatibility. The other options, from `durability` to
    `max_total_bytes`, are those of `options.Options`.

    Each `add_*` takes a `global_step` (any integer; 0 if None) and a `walltime` (seconds since
    1970, now if None). When it returns, the event is with the operating system: a process that is
    killed then loses nothing. Any number of threads may log. The writer can be pickled, and used
    by a forked child: either gets a file of its own.
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
        resume: bool = False,
        **options: Unpack[WriterOptions],
    ) -> None:
        folder = logdir if log_dir is None else log_dir
        if folder is None:
            now = options.get("clock", time.time)()
            date = time.strftime("%b%d_%H-%M-%S", time.localtime(now))
            host = options.get("hostname") or get_hostname()
            folder = os.path.join("runs", safe_name(f"{date}_{host}{comment}", "comment"))
        self.log_dir = os.fspath(folder)
        self.file_writer = FileWriter(
            self.log_dir, max_queue, flush_secs, filename_suffix,
            purge_step=purge_step, resume=resume, **options,
        )  # fmt: skip
        self._keep_at_hand()

    def _keep_at_hand(self) -> None:
        """What each scalar needs, without looking it up in other objects."""
        self._clock = self.file_writer.clock
        self._write = self.file_writer.file.write
        self._kinds = self.file_writer.file.kinds

    def __getstate__(self) -> dict[str, Any]:
        at_hand = ("_clock", "_write", "_kinds")
        return {name: value for name, value in vars(self).items() if name not in at_hand}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._keep_at_hand()

    @property
    def last_step(self) -> int | None:
        """With `resume`, the last step that the run had before, None if it had none."""
        return self.file_writer.last_step

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return self.file_writer.dropped

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
        payload = scalar_event(tag, value, step, wall_time)
        if self._kinds.get(tag) != "scalars":
            claim(self._kinds, tag, "scalars")
        self._write(payload)

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

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device."""
        self.file_writer.flush(sync)

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing."""
        self.file_writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file_writer.file}>"
