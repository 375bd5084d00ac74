"""Leaves out the tests whose judges this interpreter does not have, and says which.

As a program it prints which of some test files can run here: those that import, they or a module of
the tests that they import, no package that is not installed. As a plugin of pytest it leaves out
the tests that ask for a TensorBoard or a browser.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent / "tests"
SERVERS = {"browser", "tensorboard", "shared_tensorboard", "tensorboard_logdir"}


def missing_in(path: Path) -> str | None:
    """The first package that a test file needs and this interpreter lacks."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if node.level or names[0].startswith("tests"):
                folder = path.parents[node.level - 1] if node.level else TESTS.parent
                folder = folder.joinpath(*names[0].split("."))
                files = [folder.with_suffix(".py"), *(folder / f"{a.name}.py" for a in node.names)]
                lacking = [missing_in(file) for file in files if file.exists()]
                if any(lacking):
                    return next(filter(None, lacking))
                continue
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top not in (*sys.modules, "tfevents_lite") and importlib.util.find_spec(top) is None:
                return top
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that need a server."""
    kept = [item for item in items if not SERVERS.intersection(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def main(files: list[str]) -> None:
    """Print the files that can run."""
    for file in files:
        lacking = missing_in(Path(file).resolve())
        if lacking:
            print(f"   {file} left out: no {lacking} here", file=sys.stderr)
        else:
            print(file)


if __name__ == "__main__":
    main(sys.argv[1:])
