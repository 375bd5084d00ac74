"""`verify`: say whether event files are intact, and if not, where they are not."""

from __future__ import annotations

import json
import os
import sys

from ..reading.recovery import examine

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from ..reading.recovery import Findings

STATUS = {"intact": 0, "torn tail": 3, "damaged": 4}

# A file of noise has as much damage as a hostile hand likes.
_MOST_SHOWN = 20


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "verify",
        help="say whether event files are intact",
        description="Reads event files to their ends and says of each whether it is intact, ends "
        "in an unfinished record (a torn tail: its writer was killed, or still writes), or is "
        "damaged, and where. Exit status: 0 if all are intact, 3 if some have a torn tail, 4 if "
        "some are damaged, 1 if some can't be read.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="an event file or a folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line and file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine each file and report."""
    worst = 0
    count = 0
    for path in event_files(options.paths):
        findings = examine(path)
        print(json.dumps(findings.as_dict()) if options.json else describe(findings))
        worst = max(worst, STATUS[findings.state])
        count += 1
    if not count:
        print("tfevents-lite: no event file found", file=sys.stderr)
        return 1
    return worst


def describe(findings: Findings) -> str:
    """The findings for a person to read."""
    lines = [
        f"{findings.path}: {findings.state}, {findings.events} events, {findings.size:,} bytes"
    ]
    for damage in findings.damages[:_MOST_SHOWN]:
        what = "zeros at the end" if damage.kind == "zeros" else damage.reason
        lines.append(f"  bytes {damage.offset} to {damage.end}: {what}")
    if len(findings.damages) > _MOST_SHOWN:
        lines.append(f"  and {len(findings.damages) - _MOST_SHOWN} more")
    return "\n".join(lines)


def event_files(paths: list[str]) -> Iterator[str]:
    """The files themselves, and in folders those that TensorBoard takes for event files."""
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    if "tfevents" in name:
                        yield os.path.join(folder, name)
        else:
            yield path
