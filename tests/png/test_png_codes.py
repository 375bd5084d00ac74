"""Code lengths are optimal or, where a limit binds, nearly so; codes are canonical."""

from __future__ import annotations

import heapq
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite.png import codes


def package_merge(counts: list[int], limit: int) -> int:
    """The least total of bits, by coins as in Larmore and Hirschberg's paper, in plain Python."""
    used = [count for count in counts if count]
    if len(used) <= 2:
        return sum(used)
    packages: list[tuple[int, tuple[int, ...]]] = []
    leaves = sorted((count, (index,)) for index, count in enumerate(used))
    for _ in range(limit):
        merged = list(heapq.merge(leaves, packages))
        packages = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(merged[0::2], merged[1::2])]
    return sum(weight for weight, _ in packages[: len(used) - 1])


@settings(deadline=None, max_examples=150)
@given(
    counts=st.lists(st.integers(0, 10**6) | st.integers(0, 3), min_size=1, max_size=60),
    limit=st.sampled_from([7, 13, 15]),
)
def test_lengths_are_optimal_and_complete(counts: list[int], limit: int) -> None:
    """No code is shorter in all, if the limit does not bind, or much shorter, if it does; every bit
    pattern is used. The limits are those of a header's 19 symbols, of pairs and of DEFLATE.
    """
    if limit == 7:
        counts = [min(count, 316) for count in counts[:19]]
    lengths = codes.code_lengths(np.array(counts), limit).tolist()
    assert [length > 0 for length in lengths] == [count > 0 for count in counts]
    assert max(lengths) <= limit
    total, least = sum(c * n for c, n in zip(counts, lengths)), package_merge(counts, limit)
    assert total == least or package_merge(counts, 60) < least <= total <= 1.2 * least
    kraft = sum(Fraction(1, 1 << n) for n in lengths if n)
    assert kraft == (1 if sum(map(bool, lengths)) > 1 else kraft)


@pytest.mark.parametrize("limit", [7, 9, 13, 15])
@pytest.mark.parametrize("too_many", [0, 1, 2, 3, 25])
def test_counts_that_grow_like_fibonacci_stay_within_the_limit(limit: int, too_many: int) -> None:
    """These make an unlimited Huffman code as deep as can be: one symbol more than bits."""
    counts = [1, 1]
    while len(counts) < limit + 1 + too_many:
        counts.append(counts[-1] + counts[-2])
    lengths = codes.code_lengths(np.array(counts), limit)
    assert lengths.max() <= limit
    assert sum(Fraction(1, 1 << int(n)) for n in lengths) == 1


def test_codes_are_canonical() -> None:
    """The example of RFC 1951 §3.2.2, whose codes are given there high bit first."""
    lengths = np.array([3, 3, 3, 3, 3, 2, 4, 4], np.uint8)
    made = codes.canonical_codes(lengths).tolist()
    written = [format(code, f"0{n}b")[::-1] for code, n in zip(made, lengths.tolist())]
    assert written == ["010", "011", "100", "101", "110", "00", "1110", "1111"]
