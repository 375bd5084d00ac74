"""Leaves the tests of this folder out where the frameworks are not installed."""

from __future__ import annotations

from importlib.util import find_spec

# `.ci/frameworks` makes the environment that has them.
collect_ignore_glob = [] if find_spec("lightning") and find_spec("tbparse") else ["*.py"]
