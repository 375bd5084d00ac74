"""What the commands have in common that read runs: arguments, files by run, and damage.

They take all that is intact, also after damage, and all that can be read; they say on stderr what
is damaged or can't be read, and end with the exit status that `verify` has for it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from fnmatch import fnmatchcase

from ..reading.folders import find_runs
from ..reading.run_reader import RunReader
from .output import CommandError, Progress, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from ..reading.folders import OnUnreadable
    from ..records.tfrecord import DataLossError

# By what is found, the better before the worse.
STATUS = {"intact": 0, "empty": 0, "torn tail": 3, "unreadable": 1, "harmful": 5, "damaged": 4}

EXIT_STATUS = (
    "Exit status: 0 if all was read, 4 if some was damaged (what is intact is used, stderr says "
    "where the damage is), else 1 if some files or folders could not be read (stderr says which), "
    "2 for wrong arguments. A last record that is not finished is no damage: its run may be going "
    "on."
)

# Malicious files may hold any amount of damage.
_MOST_WARNINGS = 5


def add_arguments(parser: argparse.ArgumentParser, *, tags: bool = True) -> None:
    """Add the runs to read, and which tags of them."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a folder, with all runs in it, or an event file"
    )
    if tags:
        parser.add_argument(
            "-t",
            "--tag",
            action="append",
            metavar="PATTERN",
            help="only tags that match, as file names do in a shell: 'loss*' (may be repeated)",
        )


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=what)


def runs_of(
    paths: Sequence[str], on_unreadable: OnUnreadable, *, may_be_none: bool = False
) -> dict[str, list[str]]:
    """The event files by run. Of several paths, each run's name begins with its path.

    `on_unreadable` is called for what is left out. Raises OSError or CommandError if nothing is
    left, unless files may come later.
    """
    found: dict[str, list[str]] = {}
    failed: tuple[str, OSError] | None = None
    for path in dict.fromkeys(paths):
        try:
            runs = find_runs(path, on_unreadable)
        except OSError as error:
            if failed is not None:
                on_unreadable(*failed)
            failed = path, error
            continue
        for run, files in runs.items():
            if run == "." and (len(paths) > 1 or files == [path]):
                run = path
            elif len(paths) > 1:
                run = f"{path.rstrip(os.sep)}/{run}"
            found[run] = files
    if failed is not None:
        if not found and not may_be_none:
            raise failed[1]
        on_unreadable(*failed)
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


def is_wanted(tag: str, patterns: Sequence[str] | None) -> bool:
    """Whether a tag matches one of the patterns, if there are any."""
    return patterns is None or any(fnmatchcase(tag, pattern) for pattern in patterns)


class Sources:
    """The runs at some paths, read with a progress bar; `status` is then the exit status."""

    def __init__(self, paths: Sequence[str], *, what: str = "reading") -> None:
        self.status = 0
        self._warnings = 0
        self._unreadable: set[str] = set()
        self.progress = Progress(what, 0)
        self.runs = runs_of(paths, self.on_unreadable)
        self.size = size_of(path for files in self.runs.values() for path in files)
        self.progress = Progress(what, self.size)

    def readers(self) -> Iterator[tuple[str, RunReader]]:
        """Yield each run's name and its reader."""
        for run in self.runs:
            yield run, self.reader(run)

    def reader(self, run: str, *, report: bool = True, keep_open: bool = True) -> RunReader:
        """The reader of one run, which tells the user of damage, or not."""
        return RunReader(
            self.runs[run],
            on_error="skip",
            on_damage=self._on_damage if report else None,
            on_unreadable=self.on_unreadable,
            on_read=self.progress.add,
            keep_open=keep_open,
        )

    def on_unreadable(self, path: str, error: OSError) -> None:
        """Tell the user, once, of a file or folder that is left out."""
        self.status = self.status or STATUS["unreadable"]
        if path not in self._unreadable:
            self._unreadable.add(path)
            self.progress.clear()
            warn(f"{path}: {error.strerror or error}")

    def _on_damage(self, path: str, error: DataLossError) -> None:
        self.status = STATUS["damaged"]
        self._warnings += 1
        self.progress.clear()
        if self._warnings <= _MOST_WARNINGS:
            warn(f"{path}: {error}")
        elif self._warnings == _MOST_WARNINGS + 1:
            warn("there is more damage; `verify` tells all of it")

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.clear()


def rounded(number: Any) -> str:
    """A number for a person to read: six digits."""
    return f"{number:.6g}"
