"""Repairs a file to a new one, as the command does."""

from __future__ import annotations

from pathlib import Path

from tfevents_lite.reading import recovery
from tfevents_lite.reading.recovery import Findings


def repair(path: Path | str, output: Path | str) -> Findings:
    """Write the good records of a file to a new one."""
    with open(output, "xb") as file:
        findings = recovery.repair(str(path), file)
    if not findings.events:
        Path(output).unlink()
    return findings
