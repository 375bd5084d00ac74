"""A short run of the fuzzer, at every run of the tests."""

from __future__ import annotations

import os

import pytest

from .fuzz_reader import fuzz

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files(seed: int) -> None:
    """The reader and the messages keep their invariant for mutated files."""
    fuzz(int(os.environ.get("FUZZ_FILES", "1000")), seed)
