"""What the package weighs, with some slack: who makes it heavier does so on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tfevents_lite.cli import vendor

from .footprint import PACKAGE, after, sizes

linux = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")


def test_size_of_the_package() -> None:
    """The sources are at most 680 kB and 270 kB packed, as a wheel is.

    The aim was 350 and 80; more than half is PNG, kinds of summaries and commands, which a copy for
    scalars does without.
    """
    installed, packed = sizes()
    assert installed <= 680_000
    assert packed <= 270_000


def test_size_of_the_parts() -> None:
    """What `vendor --only` copies is at most 110 kB for scalars, and with images 420 kB."""
    for part, most in (("scalars", 110_000), ("standard", 260_000), ("images", 420_000)):
        files = [PACKAGE / path for path in vendor.files_of(part)]
        assert sum(path.stat().st_size for path in files) <= most


@linux
def test_one_scalar(tmp_path: Path) -> None:
    """A scalar takes at most 4 MiB more than Python itself, and 45 modules of ours."""
    _, _, bare = after("nothing", tmp_path)
    _, ours, peak = after("one scalar", tmp_path)
    assert ours <= 45
    assert peak - bare <= 4 * 1024


@linux
def test_one_image(tmp_path: Path) -> None:
    """An image takes at most 10 MiB more than NumPy itself."""
    _, _, bare = after("numpy", tmp_path)
    _, _, peak = after("one image", tmp_path)
    assert peak - bare <= 10 * 1024
