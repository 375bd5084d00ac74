"""The command line: `python -m tfevents_lite COMMAND ...`, one file per command.

Exit status: 0 done, 1 failed, 2 wrong arguments, 128 + N ended by signal N (130: Ctrl-C). A command
that has other statuses lists them in its help. An error is one line on stderr.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from .. import __version__
from . import demo, export, inspect, merge, rename_tags, repair, ship, show, tail, vendor, verify
from .output import CommandError, Paragraphs, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_COMMANDS = [
    *(demo, inspect, show, tail, export, merge, rename_tags, verify, repair, ship, vendor),
]

INTERRUPTED = 130  # As shells say of what SIGINT ended.


class _CommandParser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=Paragraphs, **options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tfevents-lite",
        description="Looks into TensorBoard event files, follows, exports, merges and mends them.",
        epilog="`tfevents-lite COMMAND --help` says what a command takes, what it prints, and its "
        "exit statuses. New here? `tfevents-lite demo`, then `tfevents-lite show runs`.",
    )
    parser.add_argument("--version", action="version", version=f"tfevents-lite {__version__}")
    commands = parser.add_subparsers(
        metavar="COMMAND",
        dest="command",
        required=True,
        parser_class=_CommandParser,
    )
    for command in _COMMANDS:
        command.add_parser(commands)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # It was closed before Python started.
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 # For as long as we run.
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # A tag may have characters that a terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    previous = _catch_signals()
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output, as `head` does, has enough; nor can what is left be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except _Terminated as terminated:
        return 128 + terminated.number
    except (CommandError, OSError, ImportError) as error:
        print(f"tfevents-lite: {reason(error, options.command)}", file=sys.stderr)
        return 1
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status


class _Terminated(BaseException):
    """A signal has asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _catch_signals() -> dict[int, Any]:
    """Have a command remove what is half made when a signal ends it; return the former handlers."""
    caught: dict[int, Any] = {}

    def end(number: int, frame: object) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)  # There is no need to hurry the removal.
        raise KeyboardInterrupt if number == signal.SIGINT else _Terminated(number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            handler = signal.getsignal(number)
            # What is ignored, as with nohup, stays so.
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                try:
                    signal.signal(number, end)
                except ValueError:  # Only the main thread can catch signals.
                    break
                caught[number] = handler
    return caught
