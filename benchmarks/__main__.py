"""`python -m benchmarks [NAME ...]`: measure all, or what is named, and keep the results.

    python -m benchmarks                 # everything, into benchmarks/results.json and pictures
    python -m benchmarks scalars startup
    python -m benchmarks --tiny          # each once, quickly, keeping nothing: that none rots

Peers come from the `bench` extra; one that is not installed is named as not measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from . import harness
from .peers import PACKAGES

HERE = Path(__file__).parent
NAMES = [
    "scalars",
    "startup",
    "checksums",
    "kinds",
    "reading",
    "memory",
    "scaling",
    "instructions",
]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--tiny", action="store_true", help="smallest sizes; keep no results")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    machine = harness.machine(PACKAGES)
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    print(f"{machine['processor']}, {machine['system']}, {machine['python']}; {packages}")
    results: dict[str, Any] = {}
    file = HERE / "results.json"
    if file.exists() and not options.tiny:
        results = json.loads(file.read_text("utf-8"))
    for name in options.names or NAMES:
        rows = importlib.import_module(f".{name}", __package__).run(0.01 if options.tiny else 1.0)
        harness.print_rows(rows)
        results[name] = {"machine": machine, "rows": [row.as_json() for row in rows]}
        if not options.tiny:
            harness.write_json(file, results)
    if not options.tiny:
        from . import pictures

        pictures.draw(results, HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
