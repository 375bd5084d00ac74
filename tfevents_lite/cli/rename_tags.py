"""`rename-tags`: copy runs with other names for their tags."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

from ..schema.event import Event
from ..wire.wire_format import DecodeError
from .new_run import new_runs
from .output import CommandError, add_output, counted, printable, report
from .sources import STATUS, Sources


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "rename-tags",
        help="copy runs with other names for their tags",
        description="Copies runs to a new folder with their tags renamed; the old files are never "
        "changed. --rename renames one tag; --regex replaces each match of a pattern in any tag "
        r"(\1 is the first group). Both may be repeated; --rename comes first. It is an error if "
        "no tag is renamed, or if two tags of a run would get the same name. References to tags "
        "by name, in custom scalars' layouts and hyperparameters' metrics, are not changed. "
        "Exit status: 0 if all was copied, 4 if damaged events, or events that TensorBoard may not "
        "load, were left out (stderr lists them), 1 if nothing was copied, 2 for wrong arguments.",
        epilog="examples:\n  tfevents-lite rename-tags runs --rename loss loss/train -o new\n"
        "  tfevents-lite rename-tags runs --regex '^val_' 'validation/' --dry-run",
    )
    parser.add_argument("path", metavar="PATH", help="a folder, with all runs in it, or a file")
    for option, names, what in (
        ("--rename", ("OLD", "NEW"), "give one tag another name"),
        ("--regex", ("PATTERN", "REPLACEMENT"), "replace matches in all tags, as re.sub does"),
    ):
        parser.add_argument(option, nargs=2, action="append", default=[], metavar=names, help=what)
    parser.add_argument("--dry-run", action="store_true", help="only print what would be renamed")
    add_output(parser, "the folder of the new runs; needed unless --dry-run is given")
    parser.set_defaults(run=run, error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Find all tags, check their new names, then copy."""
    if not (options.rename or options.regex):
        options.error("a rule is needed: --rename OLD NEW or --regex PATTERN REPLACEMENT")
    if not (options.output or options.dry_run):
        options.error("an output is needed: -o OUTPUT, or --dry-run")
    sources = Sources([options.path], what="looking for tags")
    # Damage is reported when the run is copied; not twice.
    renamed = {name: _new_names(_tags(sources, name), options) for name in sources.runs}
    changes = {
        old: new for names in renamed.values() for old, new in sorted(names.items()) if old != new
    }
    if not changes:
        raise CommandError("no tag is renamed: `inspect` lists the tags")
    lines = [f"{printable(old)} -> {printable(new)}" for old, new in changes.items()]
    facts: dict[str, Any] = {"renamed": changes, "output": None}
    status = 0
    if not options.dry_run:
        status, events, left_out = _copy(options, renamed)
        facts |= {"output": options.output, "events": events, "left_out": left_out}
        runs = counted(len(renamed), "run")
        lines.append(f"wrote {counted(events, 'event')} of {runs} to {options.output}")
    report(options, "\n".join(lines), facts)
    return status


def _tags(sources: Sources, name: str) -> list[str]:
    reader = sources.reader(name, warns=False)
    tags: dict[str, None] = {}
    for payload, _, _, position, event in reader.records(living=False):
        try:
            scalars = None
            if event is None and isinstance(payload, bytes):
                scalars = reader.value_reader.scalars(payload, position)
            if scalars is None:
                values = (event or Event.FromView(payload)).summary.value
                tags.update((value.tag, None) for value in values)
            for layout, _ in scalars or ():
                tags[layout.tag] = None
        except (DecodeError, EOFError) as error:
            reader.reject(error)
    return list(tags)


def _new_names(tags: list[str], options: argparse.Namespace) -> dict[str, str]:
    """The new name of each tag of a run. Raises CommandError if two would be the same."""
    names: dict[str, str] = {}
    olds: dict[str, str] = {}
    for tag in tags:
        name = tag
        for old, new in options.rename:
            name = new if name == old else name
        for pattern, replacement in options.regex:
            try:
                name = re.sub(pattern, replacement, name)
            except (re.error, IndexError) as error:
                raise CommandError(
                    f"--regex {pattern!r} {replacement!r} is no regular expression "
                    f"with its replacement: {error}"
                ) from error
        if not name and tag:
            raise CommandError(f"tag {tag!r} would have no name")
        if name in olds:
            raise CommandError(f"tags {olds[name]!r} and {tag!r} would both be called {name!r}")
        olds[name] = tag
        names[tag] = name
    return names


def _copy(options: argparse.Namespace, renamed: dict[str, dict[str, str]]) -> tuple[int, int, int]:
    """Copy the runs; return the exit status, and how many events were copied and left out."""
    is_folder = os.path.isdir(options.path)
    folders = [
        options.output
        if name == "." or not is_folder
        else os.path.join(options.output, *name.split("/"))
        for name in renamed
    ]
    sources = Sources([options.path], what="copying")
    with new_runs(folders) as runs:
        for run, (name, names) in zip(runs, renamed.items()):
            reader = sources.reader(name)

            def rename(tag: str, names: dict[str, str] = names) -> str:
                return names.get(tag, tag)  # A tag that has come since keeps its name.

            for record in reader.records(living=False):
                run.add(record, reader, rename)
            run.close()
    left_out = sum(run.left_out for run in runs)
    status = sources.status or (STATUS["damaged"] if left_out else 0)
    return status, sum(run.events for run in runs), left_out
