"""Length-limited, optimal prefix codes (RFC 1951 §3.2.2): counts in, code lengths and codes out.

Package-merge (Larmore and Hirschberg, 1990) gives lengths whose total is least among all codes no longer than the limit.
Knows nothing of what the symbols mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def code_lengths(counts: NDArray[np.int64], limit: int) -> NDArray[np.uint8]:
    """Optimal code lengths, 1 to `limit` for every symbol with a count, 0 for the others.

    A single used symbol gets length 1, as RFC 1951 §3.2.7 asks of a lone distance.

    >>> code_lengths(np.array([0, 8, 1, 1, 4]), 15)
    array([0, 1, 3, 3, 2], dtype=uint8)
    """
    lengths = np.zeros(counts.size, np.uint8)
    used = np.flatnonzero(counts)
    if used.size <= 2:
        lengths[used] = 1
        return lengths
    if used.size > 1 << limit:
        raise ValueError(f"counts has {used.size} used symbols, too many for codes of {limit} bits")
    used = used[np.argsort(counts[used], kind="stable")]
    weights = counts[used].astype(np.int64)
    # Each round merges the leaves with the packages (pairs) of the round before. How many of the cheapest items are
    # leaves is all that has to be kept: leaf j is used once for every round in which it is among them.
    leaves = weights.size
    packages = weights[:0]
    is_leaf_of_round = []
    for _ in range(limit):
        items = np.concatenate((weights, packages))
        order = np.argsort(items, kind="stable")
        is_leaf_of_round.append(order < leaves)
        items = items[order]
        packages = items[: items.size & ~1].reshape(-1, 2).sum(axis=1)
    taken = 2 * leaves - 2
    depth = np.zeros(leaves, np.uint8)
    for is_leaf in reversed(is_leaf_of_round):
        taken_leaves = int(np.count_nonzero(is_leaf[:taken]))
        depth[:taken_leaves] += 1
        taken = 2 * (taken - taken_leaves)
    lengths[used] = depth
    return lengths


def canonical_codes(lengths: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The canonical code of each symbol (RFC 1951 §3.2.2), bit-reversed: DEFLATE sends codes from their high bit.

    >>> canonical_codes(np.array([2, 1, 3, 3], np.uint8)).tolist()  # 10, 0, 110, 111
    [1, 0, 3, 7]
    """
    codes = np.zeros(lengths.size, np.uint32)
    used = np.flatnonzero(lengths)
    order = used[np.argsort(lengths[used], kind="stable")]
    sorted_lengths = lengths[order].astype(np.int64)
    # As fractions of the code space, canonical codes are the running sum of 2^-length.
    shares = np.int64(1) << (15 - sorted_lengths)
    fractions = np.cumsum(shares) - shares
    codes[order] = _REVERSED[fractions]
    return codes


def _reversed_15_bits() -> NDArray[np.uint32]:
    values = np.arange(1 << 15, dtype=np.uint32)
    result = np.zeros_like(values)
    for bit in range(15):
        result |= (values >> bit & 1) << (14 - bit)
    return result


_REVERSED = _reversed_15_bits()
