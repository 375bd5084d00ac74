"""The command line: `python -m tfevents_lite COMMAND ...`, one file per command.

Exit status: 0 done, 1 failed, 2 wrong arguments, 128 + N ended by signal N (130: Ctrl-C). A command
that has other statuses lists them in its help. An error is one line on stderr.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .. import __version__
from . import demo, export, inspect, merge, rename_tags, ship, show, tail, vendor, verify
from .output import CommandError, Paragraphs, Progress, reason, warn

_COMMANDS = (demo, inspect, show, tail, export, merge, rename_tags, verify, ship, vendor)

INTERRUPTED = 130  # The status that shells give to what SIGINT ended.


class _CommandParser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=Paragraphs, **options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tfevents-lite",
        description="Shows, follows, exports, merges and repairs TensorBoard event files.",
        epilog="`tfevents-lite COMMAND --help` lists a command's arguments, what it prints, and "
        "its exit statuses. New here? `tfevents-lite demo`, then `tfevents-lite show runs`.",
    )
    parser.add_argument("--version", action="version", version=f"tfevents-lite {__version__}")
    commands = parser.add_subparsers(
        metavar="COMMAND", dest="command", required=True, parser_class=_CommandParser
    )
    for command in _COMMANDS:
        command.add_parser(commands)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # It was closed before Python started.
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 # Until the process ends.
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # A tag may have characters that the output's encoding lacks. Python prints UTF-8 in the C
        # locale, too, which a terminal may not show.
        is_ascii = (os.environ.get("LC_ALL") or os.environ.get("LANG")) in ("C", "POSIX")
        encoding = "ascii" if is_ascii and sys.stdout.isatty() else None
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    previous = _catch_signals()
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. What is left can't be written at exit, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except (CommandError, OSError, ImportError) as error:
        warn(reason(error, options.command))
        return 1
    finally:
        Progress.clear()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status


def _catch_signals() -> dict[int, Any]:
    """Raise an exception at a signal, so that commands clean up; return the former handlers."""
    caught: dict[int, Any] = {}

    def end(number: int, frame: object) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)  # A second one must not stop the cleanup.
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    with suppress(ValueError):  # Only the main thread can catch signals.
        for number in {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
            handler = signal.getsignal(number)
            # An ignored signal, as under nohup, stays ignored.
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, end)
                caught[number] = handler
    return caught
