"""The command line: `python -m tfevents_lite COMMAND ...`, one file per command.

Exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted by Ctrl-C; a command with more to
say documents it. What goes wrong is said in one line on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys

from . import demo, export, inspect, merge, rename_tags, repair, show, tail, vendor, verify
from .output import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = [demo, inspect, show, tail, export, merge, rename_tags, verify, repair, vendor]

INTERRUPTED = 130  # As shells say of what SIGINT ended.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tfevents-lite",
        description="Writes and reads TensorBoard event files. `tfevents-lite COMMAND --help` says "
        "what a command takes, and which exit statuses it has.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # A tag may have characters that a terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output, as `head` does, has enough; nor can what is left be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except (CommandError, OSError, ImportError) as error:
        print(f"tfevents-lite: {error}", file=sys.stderr)
        return 1
    return status
