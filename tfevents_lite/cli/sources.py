"""What the commands have in common that read runs: arguments, files by run, and damage.

They take all that is intact, also behind damage, say on stderr where there is some, and end with
the exit status that `verify` has for it.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from ..reading.folders import find_runs
from ..reading.run_reader import RunReader
from .output import CommandError, Progress, warn
from .verify import STATUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..records.tfrecord import DataLossError

EXIT_STATUS = (
    "Exit status: 0 if all was read, 4 if some was damaged (what is intact is used, stderr says "
    "where the damage is), 1 if nothing could be read, 2 for wrong arguments. A last record that "
    "is not finished is no damage: its run may be going on."
)

# A file of noise has as much damage as a hostile hand likes.
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


def runs_of(paths: Sequence[str], *, may_be_none: bool = False) -> dict[str, list[str]]:
    """The event files by run. Of several paths, each run's name begins with its path.

    Raises CommandError if there are none, unless they may come, and OSError for a path that is not
    there.
    """
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys(paths):
        if os.path.isdir(path):
            os.scandir(path).close()  # Raises for a folder that may not be read.
            for run, files in find_runs(path).items():
                if len(paths) > 1:
                    run = path if run == "." else f"{path.rstrip(os.sep)}/{run}"
                found[run] = files
        else:
            os.stat(path)
            found[path] = [path]
    if not found and not may_be_none:
        raise CommandError(f"no event file found in {', '.join(paths)}")
    return found


def is_wanted(tag: str, patterns: Sequence[str] | None) -> bool:
    """Whether a tag matches one of the patterns, if there are any."""
    return patterns is None or any(fnmatchcase(tag, pattern) for pattern in patterns)


class Sources:
    """The runs at some paths, read with a progress bar; `status` is then the exit status."""

    def __init__(self, paths: Sequence[str], *, what: str = "reading") -> None:
        self.runs = runs_of(paths)
        self.status = 0
        self._warnings = 0
        sizes = [os.path.getsize(path) for files in self.runs.values() for path in files]
        self.size = sum(sizes)
        self.progress = Progress(what, self.size)

    def readers(self) -> Iterator[tuple[str, RunReader]]:
        """Yield each run's name and its reader."""
        for run in self.runs:
            yield run, self.reader(run)

    def reader(self, run: str, *, report: bool = True) -> RunReader:
        """The reader of one run, which tells the user of damage, or not."""
        return RunReader(
            self.runs[run],
            on_error="skip",
            on_damage=self._on_damage if report else None,
            on_read=self.progress.add,
        )

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
