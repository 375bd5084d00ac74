"""`repair`: write the good records of a damaged or harmful event file to a new one."""

from __future__ import annotations

import json
import os
import sys

from ..reading.recovery import repair
from .output import CommandError, Progress, new_file, printable
from .sources import size_of
from .verify import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

LOSSLESS, NOTHING, LOSSY = 0, 1, 3


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "repair",
        help="write the intact records of a damaged file to a new one",
        description="Copies what is intact in an event file, and what TensorBoard can load, to a "
        "new file, and never touches the old one. Exit status: 0 if nothing is lost, 3 if "
        "something is or is left out as harmful, 1 if nothing is intact.",
    )
    parser.add_argument("file", help="the damaged event file")
    parser.add_argument(
        "output",
        nargs="?",
        help="the new file (default: the same name in a folder `repaired` beside the old file, "
        "which TensorBoard shows as a run of its own)",
    )
    parser.add_argument("--json", action="store_true", help="report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy and report."""
    output = options.output
    if os.path.isdir(options.file):
        raise CommandError(
            f"{options.file} is a folder, and repair takes one event file: "
            f"`tfevents-lite verify {options.file}` says which are damaged"
        )
    if output is None:
        folder, name = os.path.split(options.file)
        output = os.path.join(folder, "repaired", name)
    new = new_file(output, text=False, make_folder=options.output is None, unless_empty=True)
    with Progress("repairing", size_of([options.file])) as progress, new as file:
        findings = repair(options.file, file, on_read=progress.add)
    if not findings.events:
        outcome, status = "nothing", NOTHING
    elif findings.is_lossless:
        outcome, status = "lossless", LOSSLESS
    else:
        outcome, status = "lossy", LOSSY
    if options.json:
        made = output if findings.events else None
        print(json.dumps({**findings.as_dict(), "outcome": outcome, "output": made}))
    elif findings.events:
        events = f"{findings.events} events written to {printable(output)}"
        print(f"{describe(findings)}\n{outcome}: {events}")
    else:
        print(describe(findings))
        print("tfevents-lite: nothing is intact, so nothing was written", file=sys.stderr)
    return status
