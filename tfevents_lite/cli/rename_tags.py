"""`rename-tags`: copy runs with other names for their tags."""

from __future__ import annotations

import os
import re

from ..schema.event import Event
from ..wire.wire_format import DecodeError
from .new_run import new_runs
from .output import CommandError, counted, file_name, printable, to_json
from .sources import STATUS, Sources, add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "rename-tags",
        help="copy runs with other names for their tags",
        description="Copies runs to a new folder, with tags renamed; the old files are never "
        "touched. --rename names one tag, --regex all that contain a match, which is replaced "
        r"(\1 is the first group); both may be repeated, and are applied in that order. It is an "
        "error if no tag is renamed, or if two tags of a run would get one name. What refers to "
        "tags by name, as custom scalars' layouts and hyperparameters' metrics do, is copied as "
        "it is. Exit status: 0 if all was copied, 4 if some was damaged, or would stop "
        "TensorBoard, and is left out (stderr says what), 1 if nothing was, 2 for wrong arguments.",
        epilog="examples:\n  tfevents-lite rename-tags runs new --rename loss loss/train\n"
        "  tfevents-lite rename-tags runs new --regex '^val_' 'validation/' --dry-run",
    )
    parser.add_argument("path", metavar="PATH", help="a folder, with all runs in it, or a file")
    parser.add_argument(
        "output", metavar="OUTPUT", type=file_name, help="the folder of the new runs"
    )
    for option, names, what in (
        ("--rename", ("OLD", "NEW"), "give one tag another name"),
        ("--regex", ("PATTERN", "REPLACEMENT"), "replace what matches in any tag, as re.sub does"),
    ):
        parser.add_argument(option, nargs=2, action="append", default=[], metavar=names, help=what)
    parser.add_argument("--dry-run", action="store_true", help="only say what would be renamed")
    add_json(parser, "report as one JSON object")
    parser.set_defaults(run=run, error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Find all tags, check their new names, then copy."""
    if not (options.rename or options.regex):
        options.error("a rule is needed: --rename OLD NEW or --regex PATTERN REPLACEMENT")
    with Sources([options.path], what="looking for tags") as sources:
        # A damaged place is told of when it is copied; not twice.
        renamed = {name: _new_names(_tags(sources, name), options) for name in sources.runs}
    changes = {
        old: new for names in renamed.values() for old, new in sorted(names.items()) if old != new
    }
    if not changes:
        raise CommandError("no tag is renamed: `inspect` lists the tags")
    report: dict[str, Any] = {"renamed": changes, "output": None}
    status = 0
    if not options.dry_run:
        status = _copy(options, renamed, report)
    if options.json:
        print(to_json(report))
    else:
        for old, new in changes.items():
            print(f"{printable(old)} -> {printable(new)}")
        if report["output"]:
            events, runs = counted(report["events"], "event"), counted(len(renamed), "run")
            print(f"wrote {events} of {runs} to {options.output}")
    return status


def _tags(sources: Sources, name: str) -> list[str]:
    reader = sources.reader(name, report=False)
    tags: dict[str, None] = {}
    for payload, _, _, position, event in reader.records(living=False):
        try:
            scalars = None
            if event is None and isinstance(payload, bytes):
                scalars = reader.value_reader.scalars(payload, position)
            if scalars is not None:
                for layout, _ in scalars:
                    tags[layout.tag] = None
            else:
                for value in (event or Event.FromView(payload)).summary.value:
                    tags[value.tag] = None
        except (DecodeError, EOFError) as error:
            reader.reject(error)
    return list(tags)


def _new_names(tags: list[str], options: argparse.Namespace) -> dict[str, str]:
    """The new name of each tag of a run. Raises CommandError where two would be one."""
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


def _copy(
    options: argparse.Namespace, renamed: dict[str, dict[str, str]], report: dict[str, Any]
) -> int:
    is_folder = os.path.isdir(options.path)
    folders = [
        options.output
        if name == "." or not is_folder
        else os.path.join(options.output, *name.split("/"))
        for name in renamed
    ]
    with Sources([options.path], what="copying") as sources, new_runs(folders) as runs:
        for run, (name, names) in zip(runs, renamed.items()):
            reader = sources.reader(name)

            # A tag that came since the tags were looked for keeps its name.
            def rename(tag: str, names: dict[str, str] = names) -> str:
                return names.get(tag, tag)

            for record in reader.records(living=False):
                try:
                    run.add(record, reader.value_reader, rename)
                except (DecodeError, EOFError) as error:
                    reader.reject(error)
            run.close()
    left_out = sum(run.left_out for run in runs)
    report["output"] = options.output
    report["events"] = sum(run.events for run in runs)
    report["left_out"] = left_out
    return sources.status or (STATUS["damaged"] if left_out else 0)
