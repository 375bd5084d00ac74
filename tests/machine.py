"""What some tests need of the machine: packages of npm, and a root without its powers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# What runs a command such that it may read and write only what it may, root or not.
BOUND: list[str] = []
if sys.platform == "linux" and os.geteuid() == 0:
    BOUND = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]

bounded = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("setpriv"), reason="needs Linux's setpriv"
)


def install_from_npm(name: str, folder: Path) -> Path:
    """Install a package of npm into a folder; skip the test where that can't be done."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    (folder / "package.json").write_text("{}")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", name]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip("npm gave no answer for three minutes")
    if done.returncode:
        pytest.skip(f"npm could not install {name}: {done.stderr[-200:]}")
    return folder
