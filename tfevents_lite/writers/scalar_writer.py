"""`ScalarWriter`: the least that logs scalars, for small boards and for copies of a few files.

It needs neither messages nor the other kinds, and keeps every promise that `files` keeps.
"""

from __future__ import annotations

import os

from ..files.options import Options, with_profile
from ..files.runs import Runs
from ..inputs.caller import warn
from ..inputs.checks import cast_step, to_float, to_wall_time
from ..inputs.names import local_folder
from ..records.scalar_record import scalar_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    from typing_extensions import Self, Unpack

    from ..files.options import WriterOptions

    StrPath = Union[str, os.PathLike[str]]


class ScalarWriter:
    """Logs scalars, and nothing else, to a new event file in `log_dir`.

    Its methods are SummaryWriter's and so are its files. It keeps nothing of the tags it was given:
    a step that does not rise, or another kind of value in the same folder, is not warned of. The
    options, from `durability` to `max_total_bytes`, are those of `options.Options`.

    with ScalarWriter("runs/board", profile="edge") as writer:
        writer.add_scalar("temperature", 21.5, step)
    """

    def __init__(self, log_dir: StrPath, **options: Unpack[WriterOptions]) -> None:
        self.log_dir = local_folder(log_dir)
        checked = Options(**with_profile({"reopens": True, **options}))
        self._runs = Runs(self.log_dir, checked)
        self._clock = checked.clock
        self._write = self._runs.main.write_record
        self._runs.main.open()

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log one number: of any type, or an array of one element.

        `global_step` is any integer, 0 if None; `walltime` is in seconds since 1970, now if None. A
        value beyond a 32-bit float is shown as an infinity. When this returns, the event is with
        the operating system. Raises TypeError or ValueError that names the tag, and OSError where
        the event can't be written, unless `on_error` is "warn".
        """
        value = to_float(tag, scalar_value)
        step, is_whole = cast_step(global_step, tag)
        if not is_whole:
            said = f"global_step must be an integer: {global_step!r:.80} is taken for {step}"
            warn(said, once=("fraction", ""))
        wall_time = self._clock() if walltime is None else to_wall_time(walltime)
        try:
            record = scalar_record(tag, value, step, wall_time)
        except OverflowError:
            record = scalar_record(tag, float("inf" if value > 0 else "-inf"), step, wall_time)
        self._write(record)

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long."""
        return self._runs.main.dropped

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device."""
        self._runs.main.flush(sync)

    def close(self) -> None:
        """Write what is held back and close the file. Closing it again does nothing."""
        self._runs.main.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._runs.main}>"
