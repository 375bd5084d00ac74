"""The command line: `python -m tfevents_lite COMMAND ...`, one file per command.

Exit status: 0 done, 1 failed, 2 wrong arguments; a command with more to say documents it.
"""

from __future__ import annotations

import argparse
import sys

from . import demo, repair, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = [demo, repair, verify]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tfevents-lite", description="Writes and reads TensorBoard event files."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except OSError as error:
        print(f"tfevents-lite: {error}", file=sys.stderr)
        return 1
    return status
