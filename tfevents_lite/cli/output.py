"""What commands have in common in what they print and write.

A file's tags are not trusted: what is printed for a person holds no control characters, by which a
terminal could be told anything. This module knows text and files, and nothing of event files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
    lines = [[heading.strip() for heading in headings], *([*map(printable, row)] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    numbers = [heading.startswith(" ") for heading in headings]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers)
        ).rstrip()
        for line in lines
    )


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


@contextmanager
def new_file(path: str, *, force: bool = False, text: bool = True) -> Iterator[IO[Any]]:
    """A file to write, which is not there before, or with `force` is replaced when all is written.

    If that fails nothing is left behind, and what was there before stays.
    """
    if os.path.exists(path) and not force:
        raise CommandError(f"{path} exists already; --force replaces it")
    part = path + ".part"
    kind: dict[str, Any] = {"encoding": "utf-8", "newline": ""} if text else {}
    try:
        opened = open(part, "x" if text else "xb", **kind)  # noqa: SIM115 # It is closed below.
    except FileExistsError as error:
        raise CommandError(f"{part} is in the way: another command may be writing it") from error
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    with opened as file:
        try:
            yield file
            file.close()
            os.replace(part, path)
        except BaseException:
            file.close()
            with suppress(OSError):
                os.remove(part)
            raise
