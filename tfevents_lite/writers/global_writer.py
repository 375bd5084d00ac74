"""`GlobalSummaryWriter`: tensorboardX's writer for a whole program, which counts steps itself."""

from __future__ import annotations

from _thread import RLock

from ..files.system import get_pid
from .summary_writer import SummaryWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from .file_writer import FileWriter


# By process, as a forked child may inherit a lock that another thread held.
_locks: dict[int, RLock] = {}


def _lock() -> RLock:
    return _locks.setdefault(get_pid(), RLock())


class GlobalSummaryWriter:
    """A writer that gives each tag's values the steps 0, 1, 2, …, from any module or thread.

    `getSummaryWriter` gives the program's one writer. Arguments are SummaryWriter's; `smw` is the
    SummaryWriter that it wraps. A forked process counts on from where its parent was, in a sub-run
    of its own: `coalesce_process` is accepted for compatibility.
    """

    _the_one: GlobalSummaryWriter | None = None

    def __init__(self, *args: Any, coalesce_process: bool = True, **options: Any) -> None:
        self.smw = SummaryWriter(*args, **options)
        self._steps: dict[tuple[str, str], int] = {}

    @classmethod
    def getSummaryWriter(cls) -> GlobalSummaryWriter:
        """The program's one writer, made in the default folder by the first call."""
        with _lock():
            if GlobalSummaryWriter._the_one is None:
                GlobalSummaryWriter._the_one = cls()
            return GlobalSummaryWriter._the_one

    def _add(self, kind: str, tag: str, add: Callable[..., None], value: Any, *more: Any) -> None:
        """Log a value at its tag's next step: one caller at a time, so that steps are in order."""
        with _lock():
            step = self._steps.get((kind, tag), -1) + 1
            add(tag, value, step, *more)
            self._steps[kind, tag] = step

    def add_scalar(self, tag: str, scalar_value: Any, walltime: float | None = None) -> None:
        """Log one number."""
        self._add("scalar", tag, self.smw.add_scalar, scalar_value, walltime)

    def add_image(
        self, tag: str, img_tensor: Any, walltime: float | None = None, dataformats: str = "CHW"
    ) -> None:
        """Log one image."""
        self._add("image", tag, self.smw.add_image, img_tensor, walltime, dataformats)

    def add_text(self, tag: str, text_string: Any, walltime: float | None = None) -> None:
        """Log text."""
        self._add("text", tag, self.smw.add_text, text_string, walltime)

    @property
    def file_writer(self) -> FileWriter:
        """The FileWriter of the SummaryWriter that this wraps."""
        return self.smw.file_writer

    def flush(self) -> None:
        """Return when all events are with the operating system."""
        self.smw.flush()

    def close(self) -> None:
        """Close the files; `getSummaryWriter` then makes a new writer."""
        self.smw.close()
        if GlobalSummaryWriter._the_one is self:
            GlobalSummaryWriter._the_one = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self.smw).replace(type(self.smw).__name__, type(self).__name__, 1)
