"""`ship`: send what dead processes left in the spool of remote runs."""

from __future__ import annotations

import argparse
from typing import Any

from .output import add_json, counted, report, say, warn


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "ship",
        help="send what dead processes left of remote runs",
        description="Sends the files of runs at URLs, such as s3://bucket/run, that a process "
        "could not send before it died. Files of running processes are not touched. "
        "Exit status: 0 if nothing is left, 1 if something could not be sent, 2 for wrong "
        "arguments.",
        epilog="example:\n  tfevents-lite ship",
    )
    parser.add_argument(
        "spool", nargs="?", metavar="SPOOL", help="the folder of all spools (default: the user's)"
    )
    add_json(parser, "report as one JSON object a line and URL")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send, session by session, and report."""
    from ..remote.shipping import ship_session
    from ..remote.spool import default_root, left_behind
    from ..remote.urls import Place

    status = found = 0
    for url, session in left_behind(options.spool or default_root()):
        found += 1
        size = session.size()
        try:
            files = ship_session(session, Place(url))
        except (OSError, ImportError, ValueError) as error:
            warn(f"{error}; {session.size():,} bytes wait in {session.folder}")
            status = 1
            continue
        said = f"sent {counted(files, 'file')}, {size:,} bytes, to {url}"
        report(options, said, {"url": url, "files": files, "bytes": size})
    if not found and not options.json:
        say("nothing waits to be sent")
    return status
