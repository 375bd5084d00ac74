"""What the commands that read runs have in common: arguments, files by run, and damage.

They use all that is intact, also after damage. They say on stderr what is damaged or can't be read,
and exit with the status that `verify` has for it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from ..reading.folders import find_runs
from ..reading.recovery import is_event_file
from ..reading.run_reader import RunReader
from ..records.tfrecord import DataLossError
from .output import CommandError, Progress, warn

# The exit statuses for what was found, the best first.
STATUS = {
    "intact": 0, "empty": 0, "torn tail": 3, "unreadable": 1, "harmful": 5, "damaged": 4,
    "not an event file": 4,
}  # fmt: skip

EXIT_STATUS = (
    "Exit status: 0 if all was read, 4 if some was damaged or is not an event file (what is intact "
    "is used, stderr says where the damage is), else 1 if some files or folders could not be read "
    "(stderr says which), 2 for wrong arguments. An unfinished last record is not damage, since "
    "its run may still be writing."
)

# Malicious files may hold any amount of damage.
_MOST_WARNINGS = 5


def add_paths(parser: argparse.ArgumentParser, *, tags: bool = False) -> None:
    """Add the runs to read, and perhaps which tags of them."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a folder, with all runs in it, or an event file"
    )
    if tags:
        parser.add_argument(
            "-t",
            "--tag",
            action="append",
            metavar="PATTERN",
            help="only tags that match a shell pattern, such as 'loss*' (may be repeated)",
        )


def is_wanted(tag: str, patterns: Sequence[str] | None) -> bool:
    """Whether a tag matches one of the patterns, if there are any."""
    return patterns is None or any(fnmatchcase(tag, pattern) for pattern in patterns)


def runs_of(
    paths: Sequence[str],
    on_unreadable: Callable[[str, OSError], object],
    *,
    may_be_none: bool = False,
) -> dict[str, list[str]]:
    """The event files by run. Of several paths, each run's name begins with its path.

    `on_unreadable` is called for what is left out. Raises OSError if the only path can't be read,
    and CommandError if no file is found, unless files may come later.
    """
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys(paths):
        try:
            runs = find_runs(path, on_unreadable)
        except OSError as error:
            if len(paths) == 1 and not may_be_none:
                raise
            on_unreadable(path, error)
            continue
        for run, files in runs.items():
            if run == "." and (len(paths) > 1 or files == [path]):
                run = path
            elif len(paths) > 1:
                run = f"{path.rstrip(os.sep)}/{run}"
            found[run] = files
    if not found and not may_be_none:
        raise CommandError(f"no event file found in {', '.join(paths)}")
    return found


def size_of(paths: Iterable[str]) -> int:
    """How many bytes files have together. One that can't be read counts as empty."""
    size = 0
    for path in paths:
        with suppress(OSError):
            size += os.path.getsize(path)
    return size


def describe_damage(path: str, error: DataLossError) -> str:
    """What is wrong with a file at a record."""
    is_start_wrong = error.offset == 0 and error.claimed_end is None and not error.unfinished
    return "not an event file" if is_start_wrong and not is_event_file(path) else str(error)


class Sources:
    """The runs at some paths, read with a progress bar; `status` is then the exit status."""

    def __init__(
        self, paths: Sequence[str], *, what: str = "reading", may_be_none: bool = False
    ) -> None:
        self.status = 0
        self._warnings = 0
        self._unreadable: set[str] = set()
        self.progress = Progress(what)
        self.runs = runs_of(paths, self.on_unreadable, may_be_none=may_be_none)
        self.progress.total = size_of(path for files in self.runs.values() for path in files)

    def readers(self) -> Iterator[tuple[str, RunReader]]:
        """Yield each run's name and its reader."""
        for run in self.runs:
            yield run, self.reader(run)

    def reader(self, run: str, *, warns: bool = True, keep_open: bool = True) -> RunReader:
        """The reader of one run, which warns of damage, or not."""
        return RunReader(
            self.runs[run],
            on_error="skip",
            on_damage=self._on_damage if warns else None,
            on_unreadable=self.on_unreadable,
            on_read=self.progress.add,
            keep_open=keep_open,
        )

    def on_unreadable(self, path: str, error: OSError) -> None:
        """Warn, once, of a file or folder that is left out."""
        self.status = self.status or STATUS["unreadable"]
        if path not in self._unreadable:
            self._unreadable.add(path)
            warn(f"{path}: {error.strerror or error}")

    def _on_damage(self, path: str, error: DataLossError) -> None:
        self.status = STATUS["damaged"]
        self._warnings += 1
        if self._warnings <= _MOST_WARNINGS:
            warn(f"{path}: {describe_damage(path, error)}")
        elif self._warnings == _MOST_WARNINGS + 1:
            warn("there is more damage; `verify` lists all of it")


def rounded(number: Any) -> str:
    """A number with six digits, for a person to read."""
    return f"{number:.6g}"
