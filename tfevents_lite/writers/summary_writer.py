"""`SummaryWriter`: torch's and tensorboardX's writer, a thin method for each kind in `summary`.

Names, order and defaults of arguments are those of torch.utils.tensorboard. What a value becomes is
`summary`'s business, how it reaches the disk is `runs`'.
"""

from __future__ import annotations

import os
import time

from ..files.system import get_hostname
from ..inputs.names import safe_name
from .file_writer import FileWriter
from .graphs import GraphMethods
from .media import MediaMethods
from .numbers import NumberMethods
from .sessions import SessionMethods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self, Unpack

    from ..files.options import WriterOptions
    from .file_writer import StrPath


class SummaryWriter(SessionMethods, NumberMethods, MediaMethods, GraphMethods):
    """Logs values to a new event file in `log_dir`, as torch.utils.tensorboard.SummaryWriter does.

    Without `log_dir` (or `logdir`) the folder is `runs/DATE_TIME_HOST` and the `comment` behind it.
    `purge_step` makes TensorBoard drop what earlier files of the folder hold from that step on.
    `resume` goes on with a run that was interrupted: `last_step` is then the last one it logged.
    With `write_to_disk=False` everything is checked and nothing kept. `max_queue` is accepted for
    compatibility. The other options, from `durability` to `max_total_bytes`, are those of
    `options.Options`.

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
        write_to_disk: bool = True,
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
        if not write_to_disk:
            from ..files.no_disk import NoDisk

            options["system"] = NoDisk()
            self._keeps_files = False
        self.log_dir = os.fspath(folder)
        options.setdefault("reopens", True)  # As torch's and tensorboardX's do.
        self.file_writer = FileWriter(
            self.log_dir, max_queue, flush_secs, filename_suffix,
            purge_step=purge_step, resume=resume, **options,
        )  # fmt: skip
        self._set_up()
        self._keep_at_hand()

    def _keep_at_hand(self) -> None:
        """What each scalar needs, without looking it up in other objects."""
        self._clock = self.file_writer.clock
        self._write = self.file_writer.file.write
        self._write_record = self.file_writer.file.write_record
        self._kinds = self.file_writer.file.kinds

    def __getstate__(self) -> dict[str, Any]:
        at_hand = ("_clock", "_write", "_write_record", "_kinds")
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

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device."""
        self.file_writer.flush(sync)

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing.

        A session of `add_hparams` ends: in success, unless an exception left the `with` block.
        """
        self._close(success=True)

    def _close(self, success: bool) -> None:
        try:
            self._end_session(success)
        finally:
            self.file_writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object = None, *exception: object) -> None:
        self._close(success=kind is None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file_writer.file}>"
