"""The five filters against PNG's definitions, byte by byte, and undone by them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite.png import filters


def paeth_predictor(a: int, b: int, c: int) -> int:
    """As PNG §9.4 writes it."""
    p = a + b - c
    distances = abs(p - a), abs(p - b), abs(p - c)
    return (a, b, c)[distances.index(min(distances))]


def test_paeth_for_every_three_bytes() -> None:
    """All 16.7 million, against the definition in wider integers."""
    b, c = np.meshgrid(np.arange(256), np.arange(256))
    for a in range(256):
        p = a + b - c
        pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
        expected = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))
        narrow = [np.broadcast_to(x, b.shape).astype(np.uint8) for x in (a, b, c)]
        assert np.array_equal(filters.paeth(*narrow), expected)


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 1000),
    height=st.integers(1, 6),
    pixels=st.integers(1, 9),
    unit=st.sampled_from([1, 2, 3, 4, 6, 8]),
    kinds=st.lists(st.sampled_from(range(5)), min_size=1, max_size=5, unique=True),
)
def test_filtered_rows_are_undone_by_the_definitions(
    seed: int, height: int, pixels: int, unit: int, kinds: list[int]
) -> None:
    """Whatever filters are allowed, and with a row above that is not zero."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, 256, (height, pixels * unit), np.uint8)
    above = random.integers(0, 256, pixels * unit, np.uint8)
    filtered = filters.filter_rows(rows, above, unit, tuple(kinds))
    before = above.tolist()
    for row, expected in zip(filtered.tolist(), rows.tolist()):
        kind, line = row[0], row[1:]
        assert kind in kinds
        for i in range(len(line)):
            a = line[i - unit] if i >= unit else 0
            b = before[i]
            c = before[i - unit] if i >= unit else 0
            predicted = (0, a, b, (a + b) // 2, paeth_predictor(a, b, c))[kind]
            line[i] = (line[i] + predicted) & 255
        assert line == expected
        before = line


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (np.tile(np.arange(0, 200, 2, dtype=np.uint8), (64, 1)), filters.UP),
        (np.tile(np.arange(0, 200, 2, dtype=np.uint8)[:64, None], (1, 100)), filters.SUB),
    ],
)
def test_the_filter_that_suits_is_found(image: np.ndarray, kind: int) -> None:
    """Rows that are alike want UP, columns that are alike SUB; PAETH is as good as either."""
    above = np.zeros(100, np.uint8)
    filtered = filters.filter_rows(image, above, 1)
    assert set(filtered[1:, 0].tolist()) <= {kind, filters.PAETH}
