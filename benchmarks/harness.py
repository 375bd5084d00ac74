"""How everything is timed: contestants in turn within each round, medians, and what machine it was.

A contestant does the same work as the others and leaves the same on disk. One whose package is
missing is named as not measured. Absolute figures drift with the machine; ratios within one run are
what is compared. Nobody may warn while the clock runs: a warning would be what is measured.
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = "tfevents-lite"

# What compare() calls when a row is done, the last one first: files to close, folders to remove.
_endings: list[Callable[[], object]] = []


@dataclass(frozen=True)
class Contestant:
    """One way to do a piece of work: `prepare` returns what is timed, a call that does it once."""

    name: str
    prepare: Callable[[], Callable[[], object]]
    package: str | None = None

    @property
    def is_missing(self) -> bool:
        """Whether the package it needs is not installed."""
        if self.package is None:
            return False
        try:
            importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return True
        return False


@dataclass
class Row:
    """One line of the table: seconds (or another unit) per piece of work, by contestant."""

    work: str
    # What is to be reached, as (contestant, least ratio of its figure to ours).
    targets: dict[str, float]
    samples: dict[str, list[float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unit: str = "s"
    note: str = ""

    def median(self, name: str) -> float:
        """The middle one of a contestant's rounds."""
        return statistics.median(self.samples[name])

    def ratio(self, name: str) -> float:
        """How many times our figure a contestant's is: the median of the rounds' own ratios."""
        pairs = zip(self.samples[name], self.samples[OURS])
        return statistics.median(theirs / ours for theirs, ours in pairs)

    def spread(self, name: str) -> float:
        """How far a contestant's rounds lie apart: (third quartile - first) / median."""
        values, middle = self.samples[name], self.median(name)
        if not middle:  # As when no memory was taken at all.
            return 0.0
        if len(values) < 4:
            return (max(values) - min(values)) / middle
        low, _, high = statistics.quantiles(values, n=4)
        return (high - low) / middle

    def as_json(self) -> dict[str, Any]:
        """What results.json keeps."""
        return {
            "work": self.work,
            "unit": self.unit,
            "note": self.note,
            "targets": self.targets,
            "medians": {name: self.median(name) for name in self.samples},
            "spreads": {name: round(self.spread(name), 3) for name in self.samples},
            "ratios": {name: self.ratio(name) for name in self.samples if name != OURS},
            "missing": self.missing,
        }


def compare(
    work: str,
    contestants: Sequence[Contestant],
    *,
    per: int = 1,
    rounds: int = 7,
    targets: dict[str, float] | None = None,
    note: str = "",
) -> Row:
    """Time the contestants in turn, `rounds` times; a figure is a call's seconds over `per`."""
    row = Row(work, targets or {}, note=note)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _compare(row, contestants, per, rounds)
    finally:
        finish()
    return row


def when_done(ending: Callable[[], object]) -> None:
    """Have something done when the row that is being measured is."""
    _endings.append(ending)


def finish() -> None:
    """Do what is to be done when a row is done."""
    while _endings:
        _endings.pop()()
    progress("")


def _compare(row: Row, contestants: Sequence[Contestant], per: int, rounds: int) -> None:
    calls = {}
    for contestant in contestants:
        if contestant.is_missing:
            row.missing.append(contestant.name)
        else:
            call = contestant.prepare()
            try:
                call()  # Imports, caches and first-time set-up are not compared here.
            except ImportError as error:
                row.missing.append(f"{contestant.name} ({error})")
            else:
                calls[contestant.name] = call
    for number in range(rounds):
        progress(f"{row.work}: round {number + 1} of {rounds}")
        for name, call in rotated(list(calls.items()), number):
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            call()
            row.samples.setdefault(name, []).append((time.perf_counter() - begin) / per)
            gc.enable()


def rotated(items: list[Any], by: int) -> list[Any]:
    """The same items, beginning with another one each round."""
    by %= len(items)
    return items[by:] + items[:by]


def progress(text: str) -> None:
    """Show what is being done in one line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)


def readable(value: float, unit: str) -> str:
    """A figure with three digits and a fitting unit."""
    if unit != "s":
        return f"{value:,.3g} {unit}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value:.3g} s"


def print_rows(rows: Iterable[Row]) -> None:
    """A line for each contestant of each row: its median, its spread, and how it compares."""
    for row in rows:
        print(f"\n{row.work}" + (f" ({row.note})" if row.note else ""))
        for name in row.samples:
            line = f"  {name:<28}{readable(row.median(name), row.unit):>12}"
            line += f"  ±{row.spread(name):.0%}"
            if name != OURS:
                line += f"   {row.ratio(name):.3g}× ours"
            if name in row.targets:
                reached = round(row.ratio(name), 2) >= row.targets[name]
                line += f" (wanted {row.targets[name]:.3g}×{'' if reached else ': NOT REACHED'})"
            print(line)
        for name in row.missing:
            print(f"  {name:<28}not measured: not installed")


def machine(packages: Iterable[str]) -> dict[str, Any]:
    """The processor, the interpreter, and the version of each package that is installed."""
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": versions,
    }


def processor() -> str:
    """The processor's own name, where the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def write_json(path: Path, results: dict[str, Any]) -> None:
    """Keep results, in an order that makes differences readable."""
    path.write_text(
        json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
