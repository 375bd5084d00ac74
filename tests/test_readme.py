"""The README's snippets run, and its commands are those that CI runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippets_run(snippet: str, tmp_path: Path) -> None:
    """Each Python snippet runs by itself in an empty folder, without a warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", snippet], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_commands_are_marked_for_ci() -> None:
    """The commands that CI runs are there, each followed by its code block."""
    text = README.read_text("utf-8")
    for name in ("demo", "test"):
        assert re.search(rf"<!-- ci: {name} -->\n```sh\n\S.*\n```\n", text), name
    assert len(SNIPPETS) >= 1
