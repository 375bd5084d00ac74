"""`verify`: say whether event files are whole and harmless, and if not, where they are not."""

from __future__ import annotations

import json
import os

from ..reading.folders import has_vanished
from ..reading.recovery import examine
from .output import printable
from .sources import STATUS, Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ..reading.recovery import Findings

# Malicious files may hold any amount of damage.
_MOST_SHOWN = 20


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "verify",
        help="say whether event files are intact",
        description="Reads event files to their ends and says of each whether it is intact, ends "
        "in an unfinished record (a torn tail: its writer was killed, or still writes), is harmful "
        "(whole, but with events that TensorBoard may not load, as NaN times, images and scalars "
        "under one tag, or texts that are not UTF-8), or is damaged, and where. A file of no bytes "
        "is empty, which is no fault. Exit status: 4 if some are damaged, else 5 if some are "
        "harmful, else 1 if some can't be read (stderr says which), else 3 if some have a torn "
        "tail, else 0.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="an event file or a folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line and file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine each file and report."""
    found = set()
    folder = ""
    kinds: dict[str, str] = {}
    with Sources(options.paths, what="checking") as sources:
        for path in (path for files in sources.runs.values() for path in files):
            if os.path.dirname(path) != folder:
                # What a tag holds is the same in all files of a run.
                folder, kinds = os.path.dirname(path), {}
            try:
                findings = examine(path, kinds, on_read=sources.progress.add)
            except OSError as error:
                if not has_vanished(path, error):
                    sources.on_unreadable(path, error)
                continue
            sources.progress.clear()
            print(json.dumps(findings.as_dict()) if options.json else describe(findings))
            found.add(findings.state)
    if sources.status:
        found.add("unreadable")
    return next((STATUS[state] for state in reversed(list(STATUS)) if state in found), 0)


def describe(findings: Findings) -> str:
    """The findings for a person to read."""
    harmful = f" and {findings.harm_count} harmful" if findings.harms else ""
    events = f"{findings.events} events{harmful}"
    lines = [f"{printable(findings.path)}: {findings.state}, {events}, {findings.size:,} bytes"]
    wrong = sorted(findings.damages + findings.harms, key=lambda damage: damage.offset)
    for damage in wrong[:_MOST_SHOWN]:
        what = "zeros at the end" if damage.kind == "zeros" else damage.reason
        may = "TensorBoard may not load this: " if damage.kind == "harmful" else ""
        lines.append(f"  bytes {damage.offset} to {damage.end}: {may}{printable(what)}")
    count = findings.damage_count + findings.harm_count
    if count > _MOST_SHOWN:
        lines.append(f"  and {count - _MOST_SHOWN} more")
    return "\n".join(lines)
