"""`verify`: say whether event files are whole and harmless, and if not, where they are not."""

from __future__ import annotations

import json
import os
import sys

from ..reading.recovery import examine
from ..reading.value_reader import find_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from ..reading.recovery import Findings

# The better before the worse.
STATUS = {"intact": 0, "torn tail": 3, "harmful": 5, "damaged": 4}

# A file of noise has as much damage as a hostile hand likes.
_MOST_SHOWN = 20


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "verify",
        help="say whether event files are intact",
        description="Reads event files to their ends and says of each whether it is intact, ends "
        "in an unfinished record (a torn tail: its writer was killed, or still writes), is harmful "
        "(whole, but with events that TensorBoard may not load, as NaN times, images and scalars "
        "under one tag, or texts that are not UTF-8), or is damaged, and where. Exit status: 4 if "
        "some are damaged, else 5 if some are harmful, else 3 if some have a torn tail, else 0; "
        "1 if some can't be read.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="an event file or a folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line and file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine each file and report."""
    found = set()
    folder = ""
    kinds: dict[str, str] = {}
    for path in event_files(options.paths):
        if os.path.dirname(path) != folder:
            # What a tag holds is the same in all files of a run.
            folder, kinds = os.path.dirname(path), {}
        findings = examine(path, kinds)
        print(json.dumps(findings.as_dict()) if options.json else describe(findings))
        found.add(findings.state)
    if not found:
        print("tfevents-lite: no event file found", file=sys.stderr)
        return 1
    return [status for state, status in STATUS.items() if state in found][-1]


def describe(findings: Findings) -> str:
    """The findings for a person to read."""
    harmful = f" and {findings.harm_count} harmful" if findings.harms else ""
    events = f"{findings.events} events{harmful}"
    lines = [f"{findings.path}: {findings.state}, {events}, {findings.size:,} bytes"]
    wrong = sorted(findings.damages + findings.harms, key=lambda damage: damage.offset)
    for damage in wrong[:_MOST_SHOWN]:
        what = "zeros at the end" if damage.kind == "zeros" else damage.reason
        may = "TensorBoard may not load this: " if damage.kind == "harmful" else ""
        lines.append(f"  bytes {damage.offset} to {damage.end}: {may}{what}")
    count = findings.damage_count + findings.harm_count
    if count > _MOST_SHOWN:
        lines.append(f"  and {count - _MOST_SHOWN} more")
    return "\n".join(lines)


def event_files(paths: list[str]) -> Iterator[str]:
    """The files themselves, and in folders those that TensorBoard takes for event files."""
    for path in paths:
        for files in find_runs(path).values():
            yield from files
