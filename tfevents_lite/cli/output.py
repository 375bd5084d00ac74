"""What commands have in common in what they print and write.

A file's tags are not trusted: what is printed for a person holds no control characters, by which a
terminal could be told anything. This module knows text and files, and nothing of event files.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress

from ..files.system import get_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import IO, Any


class CommandError(Exception):
    """What a command can't do, in one line for its user; the exit status is 1."""


def reason(error: Exception, command: str) -> str:
    """Why a command ended, in one line.

    >>> reason(FileNotFoundError(2, "No such file or directory", "runs"), "show")
    'runs: No such file or directory'
    """
    if isinstance(error, OSError) and error.strerror:
        name = error.filename if error.filename2 is None else error.filename2
        return error.strerror if name is None else printable(f"{name}: {error.strerror}")
    if isinstance(error, ImportError) and error.name == "numpy":
        return f"{command} needs NumPy: pip install numpy"
    return printable(str(error))


class Paragraphs(argparse.HelpFormatter):
    """Wraps the lines of a help text each by itself, but for those that are indented, as examples.

    What the exit statuses are stands by itself, at the end.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = text.replace(" Exit status: ", "\n\nExit status: ").split("\n")
        return "\n".join(
            line if line.startswith("  ") else super(Paragraphs, self)._fill_text(line, width, "")
            for line in lines
        )


def file_name(text: str) -> str:
    """The name of a file or folder to write: for argparse, which calls it so in its messages."""
    if not text:
        raise ValueError
    return text


file_name.__name__ = "name of a file or folder"


def counted(number: int, what: str) -> str:
    """How many there are.

    >>> counted(1, "run"), counted(2000, "event")
    ('1 run', '2,000 events')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def warn(message: str) -> None:
    """Tell the user of something that is no reason to stop."""
    print(f"tfevents-lite: {printable(message)}", file=sys.stderr)


def printable(text: str) -> str:
    """The text on one line and without control characters, which are escaped as in Python.

    >>> printable("loss\\x1b[2J")
    'loss\\\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns for a person to read: those whose heading begins with a space are numbers.

    >>> print(table(["tag", " points"], [["loss", "10"], ["accuracy", "5"]]))
    tag       points
    loss          10
    accuracy       5
    """
    return "\n".join(table_lines(headings, rows))


def table_lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of `table`. Rows are iterated twice, and none is kept."""
    widths = [len(heading.strip()) for heading in headings]
    for row in rows:
        widths = [*map(max, widths, map(len, map(printable, row)))]
    form = "  ".join(
        f"{{:{'>' if heading.startswith(' ') else '<'}{width}}}"
        for heading, width in zip(headings, widths)
    )
    yield form.format(*(heading.strip() for heading in headings)).rstrip()
    for row in rows:
        yield form.format(*map(printable, row)).rstrip()


def to_json(value: Any) -> str:
    """One line of JSON, which knows no NaN: it and the infinities are spelled as strings.

    >>> to_json({"value": float("nan")})
    '{"value": "NaN"}'
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and value - value != 0:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def time_text(wall_time: float) -> str:
    """A time in seconds since 1970 as ISO 8601 in UTC; a time that has no date as its number.

    >>> time_text(0.25), time_text(float("nan"))
    ('1970-01-01T00:00:00.250Z', 'nan')
    """
    try:
        milliseconds = round(wall_time * 1000)
        at = time.gmtime(milliseconds // 1000)
    except (ValueError, OverflowError, OSError):
        return repr(wall_time)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', at)}.{milliseconds % 1000:03d}Z"


class Progress:
    """How far something is, on stderr, if that is a terminal; else nothing is printed."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._done = 0
        self._shown = False
        # What is done within half a second needs no bar.
        self._next = time.monotonic() + 0.5 if sys.stderr.isatty() else float("inf")

    def add(self, amount: int) -> None:
        """Count some more as done."""
        self._done += amount
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.1
            self._shown = True
            part = min(self._done / self._total, 1)
            bar = ("#" * int(30 * part)).ljust(30)
            sys.stderr.write(f"\r{self._what} [{bar}] {part:4.0%}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the bar, before anything else is printed."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()


_BUFFER = 1 << 20


class Draft:
    """A new file under a temporary name beside `path`, which it gets when it is whole.

    With `make_folder`, the folder is made, if it is missing, and removed again with the file.
    """

    def __init__(self, path: str, *, text: bool = False, make_folder: bool = False) -> None:
        self.path = path
        self.file: IO[Any] = io.BytesIO()
        self._part = ""
        self._made: list[str] = []
        try:
            self._open(text, make_folder)
        except BaseException:
            # A signal, perhaps, just after the file was made.
            self.discard()
            raise

    def _open(self, text: bool, make_folder: bool) -> None:
        if make_folder:
            missing = os.path.dirname(os.path.abspath(self.path))
            while not os.path.isdir(missing):
                self._made.append(missing)
                missing = os.path.dirname(missing)
            os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        # What is no Unicode, as a run's name can be, is escaped.
        kind = {"encoding": "utf-8", "newline": "", "errors": "backslashreplace"} if text else {}
        name = f".{get_pid()}-{time.time_ns():x}.part"
        self._part = os.path.join(os.path.dirname(self.path), name)
        try:
            # Exclusively, so that no link that stands there is followed.
            self.file = open(self._part, "x" if text else "xb", _BUFFER, **kind)  # type: ignore[call-overload] # noqa: SIM115
        except OSError as error:
            raise type(error)(error.errno, error.strerror, self.path) from None

    def publish(self, *, force: bool = False) -> None:
        """Give the file its name. Raises FileExistsError if another has it, unless `force`."""
        self.file.close()
        if force:
            with suppress(FileNotFoundError):
                os.chmod(self._part, stat.S_IMODE(os.stat(self.path).st_mode))
            os.replace(self._part, self.path)
            return
        try:
            os.link(self._part, self.path)
        except FileExistsError:
            raise
        except (OSError, AttributeError, NotImplementedError):
            # A file system without links.
            if os.path.lexists(self.path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self.path) from None
            os.rename(self._part, self.path)
        else:
            os.remove(self._part)
        self._part = self.path

    def discard(self) -> None:
        """Remove the file, and the folders that were made for it."""
        with suppress(OSError):
            self.file.close()
        with suppress(OSError):
            os.remove(self._part)
        with suppress(OSError):
            for folder in self._made:
                os.rmdir(folder)


@contextmanager
def new_file(
    path: str,
    *,
    force: bool = False,
    text: bool = True,
    make_folder: bool = False,
    unless_empty: bool = False,
) -> Iterator[IO[Any]]:
    """A file to write, which is not there before, or with `force` is replaced when all is written.

    If that fails, nothing is left, and what was there before stays. `force` keeps the mode of what
    it replaces, which must be a regular file. `make_folder`: see Draft. With `unless_empty`, no
    empty file is made.
    """
    if os.path.lexists(path):
        if not force:
            raise CommandError(f"{path} exists already; --force replaces it")
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(mode):
            raise CommandError(f"{path} is not a regular file, and is not replaced")
    draft: Draft | None = None
    try:
        draft = Draft(path, text=text, make_folder=make_folder)
        yield draft.file
        if unless_empty and not draft.file.tell():
            draft.discard()
        else:
            draft.publish(force=force)
    except BaseException:
        if draft is not None:
            draft.discard()
        raise
