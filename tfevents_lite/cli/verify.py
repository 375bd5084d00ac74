"""`verify`: say whether event files are intact and harmless. `repair`: save what is."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ..reading.folders import has_vanished
from ..reading.recovery import Findings, examine, repair
from .output import (
    CommandError,
    Draft,
    Progress,
    add_json,
    add_output,
    printable,
    report,
    say,
    to_json,
)
from .sources import STATUS, Sources, add_paths, size_of

# Malicious files may hold any amount of damage.
_MOST_SHOWN = 20

_LOSSY = 3  # repair's exit status.


def add_parser(commands: Any) -> None:
    """Add both commands and their arguments."""
    parser = commands.add_parser(
        "verify",
        help="say whether event files are intact",
        description="Reads event files to their ends and says of each whether it is intact, ends "
        "in an unfinished record (a torn tail: its writer was killed, or is still writing), is "
        "harmful (intact, but with events that TensorBoard may not load, such as NaN times, images "
        "and scalars under one tag, or texts that are not UTF-8), is damaged, and where, or is not "
        "an event file. An empty file is not an error. Exit status: 4 if some are damaged or not "
        "event files, else 5 if some are harmful, else 1 if some can't be read (stderr says "
        "which), else 3 if some have a torn tail, else 0; 2 for wrong arguments.",
    )
    add_paths(parser)
    add_json(parser, "one JSON object a line and file")
    parser.set_defaults(run=run)
    parser = commands.add_parser(
        "repair",
        help="write the intact records of a damaged file to a new one",
        description="Copies the intact records of an event file to a new file, without those that "
        "TensorBoard may not load. The old file is never changed. Exit status: 0 if nothing is "
        "lost, 3 if something is lost or left out as harmful, 1 if nothing is intact, 2 for wrong "
        "arguments.",
        epilog="example:\n  tfevents-lite repair runs/a/events.out.tfevents.1 -o saved.tfevents",
    )
    parser.add_argument("file", metavar="FILE", help="the damaged event file")
    add_output(
        parser,
        "the new file (default: the same name in a folder `repaired` beside the old file, which "
        "TensorBoard shows as a run of its own)",
    )
    parser.set_defaults(run=run_repair)


def run(options: argparse.Namespace) -> int:
    """Examine each file and report."""
    found = set()
    folder = ""
    kinds: dict[str, str] = {}
    sources = Sources(options.paths, what="checking")
    for path in (path for files in sources.runs.values() for path in files):
        if os.path.dirname(path) != folder:
            # A tag holds the same kind of value in all files of a run.
            folder, kinds = os.path.dirname(path), {}
        try:
            findings = examine(path, kinds, on_read=sources.progress.add)
        except OSError as error:
            if not has_vanished(path, error):
                sources.on_unreadable(path, error)
            continue
        say(to_json(findings.as_dict()) if options.json else describe(findings))
        found.add(findings.state)
    if sources.status:
        found.add("unreadable")
    return next((STATUS[state] for state in reversed(list(STATUS)) if state in found), 0)


def run_repair(options: argparse.Namespace) -> int:
    """Copy and report."""
    if os.path.isdir(options.file):
        raise CommandError(
            f"{options.file} is a folder, and repair takes one event file: "
            f"`tfevents-lite verify {options.file}` says which are damaged"
        )
    folder, name = os.path.split(options.file)
    output = options.output or os.path.join(folder, "repaired", name)
    new = Draft(output, make_folder=not options.output)
    progress = Progress("repairing", size_of([options.file]))
    with new as file:
        findings = repair(options.file, file, on_read=progress.add)
        outcome = "lossless" if findings.is_lossless else "lossy"
        facts = {**findings.as_dict(), "outcome": outcome, "output": output}
        if not findings.events:
            report(options, describe(findings), {**facts, "outcome": "nothing", "output": None})
            raise CommandError("nothing is intact, so nothing was written")
    said = f"{outcome}: {findings.events} events written to {output}"
    report(options, f"{describe(findings)}\n{said}", facts)
    return 0 if findings.is_lossless else _LOSSY


def describe(findings: Findings) -> str:
    """The findings for a person to read."""
    harmful = f" and {findings.harm_count} harmful" if findings.harms else ""
    events = f"{findings.events} events{harmful}"
    lines = [f"{printable(findings.path)}: {findings.state}, {events}, {findings.size:,} bytes"]
    if not findings.is_event_file:
        return lines[0]
    wrong = sorted(findings.damages + findings.harms, key=lambda damage: damage.offset)
    for damage in wrong[:_MOST_SHOWN]:
        what = "zeros at the end" if damage.kind == "zeros" else damage.reason
        may = "TensorBoard may not load this: " if damage.kind == "harmful" else ""
        lines.append(f"  bytes {damage.offset} to {damage.end}: {may}{printable(what)}")
    count = findings.damage_count + findings.harm_count
    if count > _MOST_SHOWN:
        lines.append(f"  and {count - _MOST_SHOWN} more")
    return "\n".join(lines)
