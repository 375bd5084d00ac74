"""What the package weighs, with some slack: who makes it heavier does so on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tfevents_lite.cli import vendor

from .footprint import AIM_INSTALLED, AIM_PACKED, after, sizes

linux = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")


# The most that each part may weigh, in kB: its files, a wheel of them, and both stripped of what
# only readers need. For all, the aim was 350 and 80: more than half is PNG, kinds of summaries and
# commands, which the other parts do without.
MOST = {
    "all": (750, 280, 445, 177),
    "images": (485, 178, 268, 104),
    "standard": (353, 127, 190, 73),
    "scalars": (124, 48, 64, 27),
}


def test_each_part_is_held() -> None:
    """Each part that can be copied has its limits."""
    assert {"all", *vendor.PARTS} == MOST.keys()


@pytest.mark.parametrize("part", MOST)
def test_sizes(part: str) -> None:
    """No part weighs more than its limits."""
    weights = [*sizes(part), *sizes(part, stripped=True)]
    print(f"{part}: {weights}; the aims for all: {AIM_INSTALLED}, {AIM_PACKED}")
    for weight, most in zip(weights, MOST[part]):
        assert weight / 1000 <= most


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
