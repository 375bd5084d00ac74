"""What commands have in common in what they print and write.

A file's tags are not trusted: what is printed for a person has no control characters, which could
tell a terminal anything. This module knows text and files; it does not know event files.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import IO, Any

from ..files.system import get_pid


class CommandError(Exception):
    """A command failed, for a reason that is one line for its user. The exit status is 1."""


def reason(error: Exception, command: str) -> str:
    """Why a command ended, in one line.

    >>> reason(FileNotFoundError(2, "No such file or directory", "runs"), "show")
    'runs: No such file or directory'
    """
    if isinstance(error, OSError) and error.strerror:
        name = error.filename if error.filename2 is None else error.filename2
        return error.strerror if name is None else f"{name}: {error.strerror}"
    if isinstance(error, ImportError) and error.name == "numpy":
        return f"{command} needs NumPy: pip install numpy"
    return str(error)


class Paragraphs(argparse.HelpFormatter):
    """Wraps each line of a help text, except for examples, which are indented.

    The exit statuses get a paragraph of their own.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = text.replace(" Exit status: ", "\n\nExit status: ").split("\n")
        return "\n".join(
            line if line.startswith("  ") else super(Paragraphs, self)._fill_text(line, width, "")
            for line in lines
        )


def file_name(text: str) -> str:
    """The name of a file or folder to write. argparse calls it by `__name__` in its messages."""
    if not text:
        raise ValueError
    return text


file_name.__name__ = "name of a file or folder"


def add_output(
    parser: argparse.ArgumentParser,
    what: str,
    *,
    json: str = "report as one JSON object",
    required: bool = False,
    force: bool = False,
) -> None:
    """Add -o and --json, and if the output can be replaced, --force."""
    parser.add_argument(
        "-o", "--output", metavar="OUTPUT", type=file_name, required=required, help=what
    )
    if force:
        parser.add_argument("--force", action="store_true", help="replace files that exist")
    add_json(parser, json)


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=what)


def report(options: argparse.Namespace, said: str, facts: dict[str, Any]) -> None:
    """Print what a command has done: in words, or with --json as one JSON object."""
    say(to_json(facts) if options.json else "\n".join(map(printable, said.split("\n"))))


def counted(number: int, what: str) -> str:
    """How many there are.

    >>> counted(1, "run"), counted(2000, "event")
    ('1 run', '2,000 events')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Print a command's output, in place of a progress bar."""
    Progress.clear()
    print(text)


def warn(message: str) -> None:
    """Print a warning to stderr, in place of a progress bar."""
    Progress.clear()
    print(f"tfevents-lite: {printable(message)}", file=sys.stderr)


def printable(text: str) -> str:
    """The text on one line, with control characters and those that stdout lacks escaped.

    >>> printable("loss\\x1b[2J")
    'loss\\\\x1b[2J'
    """
    if text.isascii() and text.isprintable():
        return text  # As nearly all; a table may have millions of cells.
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def is_unicode() -> bool:
    """Whether stdout takes all characters."""
    return "utf" in (sys.stdout.encoding or "").lower()


def shortened(text: str, width: int) -> str:
    """The text without its middle, if it is wider than `width` characters.

    >>> len(shortened("encoder/block0/weights", 12))
    12
    """
    if len(text) <= width:
        return text
    dots = "…" if is_unicode() else "~"
    return text[: width // 2] + dots + text[len(text) - (width - width // 2 - 1) :]


_NAMES = 2  # So many columns at the left are names, which can be shortened.
_SHORTEST = 12


def table(
    headings: Sequence[str],
    items: Sequence[Any],
    row_of: Callable[[Any], Sequence[str]] = list,
    drop: Iterable[int] = (),
) -> Iterator[str]:
    """The lines of a table. A column whose heading begins with a space has numbers.

    `row_of` makes a row of an item; it is called twice, so that no row is kept. If a terminal is
    too narrow, names are shortened and columns left out: those with the indexes `drop`, in turn.

    >>> print(*table(["tag", " points"], [["loss", "10"], ["accuracy", "5"]]), sep="\\n")
    tag       points
    loss          10
    accuracy       5
    """
    widths = [len(heading.strip()) for heading in headings]
    for item in items:
        widths = [*map(max, widths, map(len, map(printable, row_of(item))))]
    columns = list(range(len(headings)))
    if sys.stdout.isatty():
        most = shutil.get_terminal_size().columns + 2
        least = [min(width, _SHORTEST) for width in widths[:_NAMES]] + widths[_NAMES:]
        for column in drop:
            if sum(least[i] + 2 for i in columns) > most:
                columns.remove(column)
        while sum(widths[i] + 2 for i in columns) > most and max(widths[:_NAMES]) > 1:
            widths[widths.index(max(widths[:_NAMES]))] -= 1

    def line(row: Sequence[str]) -> str:
        cells = []
        for column in columns:
            cell = shortened(printable(row[column]), widths[column])
            pad = cell.rjust if headings[column].startswith(" ") else cell.ljust
            cells.append(pad(widths[column]))
        return "  ".join(cells).rstrip()

    yield line([heading.strip() for heading in headings])
    for item in items:
        yield line(row_of(item))


def to_json(value: Any) -> str:
    """One line of JSON. NaN and the infinities, which JSON lacks, become strings.

    >>> to_json({"value": float("nan")})
    '{"value": "NaN"}'
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=str))


def time_text(wall_time: float, form: str = "%H:%M:%S") -> str:
    """A time in seconds since 1970 as local time; a time that has no date as its number.

    >>> time_text(float("nan"))
    'nan'
    """
    try:
        return time.strftime(form, time.localtime(wall_time))
    except (ValueError, OverflowError, OSError):
        return repr(wall_time)


class Progress:
    """A bar on stderr for what takes more than a second, if stderr is a terminal.

    An empty `what` makes no bar.
    """

    _shown = False  # Whether the terminal, of which there is one, shows a bar.

    def __init__(self, what: str, total: int = 0) -> None:
        self._what = what
        self.total = total
        self._done = 0
        self._next = time.monotonic() + 1 if what and sys.stderr.isatty() else float("inf")

    def add(self, amount: int) -> None:
        """Count some more as done."""
        self._done += amount
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.1
            Progress._shown = True
            part = min(self._done / max(self.total, 1), 1)
            bar = ("#" * int(30 * part)).ljust(30)
            sys.stderr.write(f"\r{self._what} [{bar}] {part:4.0%}")
            sys.stderr.flush()

    @staticmethod
    def clear() -> None:
        """Remove the bar, before anything else is printed."""
        if Progress._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            Progress._shown = False


_BUFFER = 1 << 20


class Draft:
    """A new file under a temporary name beside `path`, the name that it gets when it is whole.

    As a context manager it gives the file to write. An existing file is an error; with `force` it
    is replaced and its mode kept, if it is a regular file. None means that the command has no
    --force. With `make_folder`, a missing folder is made, and removed if the file is discarded.
    """

    def __init__(
        self, path: str, *, force: bool | None = None, text: bool = False, make_folder: bool = False
    ) -> None:
        self.path, self._force, self._text, self._make_folder = path, force, text, make_folder
        self.file: IO[Any] = io.BytesIO()
        self._part = ""
        self._made: list[str] = []

    def open(self) -> IO[Any]:
        """Make the file. Whatever happens from now on, publish or discard it."""
        self._check()
        folder = os.path.dirname(self.path)
        if self._make_folder:
            missing = os.path.abspath(folder)
            while not os.path.isdir(missing):
                self._made.append(missing)
                missing = os.path.dirname(missing)
            os.makedirs(folder or ".", exist_ok=True)
        self._part = os.path.join(folder, f".{get_pid()}-{time.time_ns():x}.part")
        try:
            # Exclusively, so that a link of this name is not followed.
            self.file = open(self._part, "xb", _BUFFER)  # noqa: SIM115 # Closed by publish.
        except OSError as error:
            error.filename = self.path
            raise
        if self._text:
            # A run's name may hold bytes that are not Unicode; they are escaped.
            self.file = io.TextIOWrapper(self.file, "utf-8", "backslashreplace", newline="")
        return self.file

    def _check(self) -> None:
        if os.path.lexists(self.path):
            if not self._force:
                hint = ": name a new file" if self._force is None else "; --force replaces it"
                raise CommandError(f"{self.path} exists already{hint}")
            if not stat.S_ISREG(os.lstat(self.path).st_mode):
                raise CommandError(f"{self.path} is not a regular file, and is not replaced")

    def publish(self) -> None:
        """Give the file its name."""
        self.file.close()
        self._check()
        if os.path.lexists(self.path):
            os.chmod(self._part, stat.S_IMODE(os.stat(self.path).st_mode))
        os.replace(self._part, self.path)
        self._part = "" if self._force else self.path

    def discard(self) -> None:
        """Remove the file, and the folders that were made for it."""
        with suppress(OSError):
            self.file.close()
        with suppress(OSError):
            os.remove(self._part)
        with suppress(OSError):
            for folder in self._made:
                os.rmdir(folder)

    def __enter__(self) -> IO[Any]:
        try:
            return self.open()
        except BaseException:
            self.discard()
            raise

    def __exit__(self, kind: object, *exception: object) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.publish()
        except BaseException:
            self.discard()
            raise
