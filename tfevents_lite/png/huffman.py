"""Length-limited, optimal prefix codes (RFC 1951 §3.2.2): counts in, code lengths and codes out.

Package-merge (Larmore and Hirschberg, 1990) gives the lengths whose total is least among all codes
within the limit. Knows nothing of what the symbols mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_BITS = 15
"""No code of DEFLATE is longer (RFC 1951 §3.2.7)."""


def code_lengths(counts: NDArray[np.int64], limit: int) -> NDArray[np.uint8]:
    """Optimal code lengths: 1 to `limit` for every symbol with a count, 0 for the others.

    One or two used symbols get length 1 (a lone distance code is one bit, RFC 1951 §3.2.7).

    >>> code_lengths(np.array([0, 8, 1, 1, 4]), 15)
    array([0, 1, 3, 3, 2], dtype=uint8)
    """
    lengths = np.zeros(counts.size, np.uint8)
    used = np.flatnonzero(counts)
    if used.size <= 2:
        lengths[used] = 1
        return lengths
    if used.size > 1 << limit:
        raise ValueError(
            f"counts must have at most {1 << limit} used symbols for codes of {limit} bits,"
            f" got {used.size}"
        )
    used = used[np.argsort(counts[used], kind="stable")]
    # Items are weights with a mark in the lowest bit, so that one sort orders both: 0 for a leaf (a
    # symbol), 1 for a package (two items of the round before). All that has to be kept of a round
    # is which items are leaves: the j-th rarest symbol is one bit longer for each round in which it
    # is among the items taken.
    leaves = counts[used].astype(np.int64) << 1
    items = leaves
    rounds = [np.zeros(used.size, np.int64)]
    for _ in range(limit - 1):
        pairs = items[: items.size & ~1] >> 1
        items = np.concatenate((leaves, (pairs[0::2] + pairs[1::2]) << 1 | 1))
        items.sort()
        rounds.append(items & 1)
    taken = 2 * used.size - 2
    leaves_taken = []
    for marks in reversed(rounds):
        packages = int(np.count_nonzero(marks[:taken]))
        leaves_taken.append(taken - packages)
        taken = 2 * packages
    # Symbol j is among the leaves taken in as many rounds as take more than j.
    ranks = np.sort(np.array(leaves_taken))
    lengths[used] = limit - np.searchsorted(ranks, np.arange(used.size), side="right")
    return lengths


def canonical_codes(lengths: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The canonical code of each symbol (RFC 1951 §3.2.2), bits reversed: DEFLATE sends the high
    bit first.

    >>> canonical_codes(np.array([2, 1, 3, 3], np.uint8)).tolist()  # 10, 0, 110, 111
    [1, 0, 3, 7]
    """
    codes = np.zeros(lengths.size, np.uint32)
    used = np.flatnonzero(lengths)
    order = used[np.argsort(lengths[used], kind="stable")]
    # Read as binary fractions, canonical codes are the running sum of 2 ** -length.
    shares = 1 << (MAX_BITS - lengths[order].astype(np.int64))
    codes[order] = _REVERSED[np.cumsum(shares) - shares]
    return codes


def _reversed_bits() -> NDArray[np.uint32]:
    """Every MAX_BITS-bit number with its bits in the opposite order."""
    values = np.arange(1 << MAX_BITS, dtype=np.uint32)
    result = np.zeros_like(values)
    for bit in range(MAX_BITS):
        result |= (values >> bit & 1) << (MAX_BITS - 1 - bit)
    return result


_REVERSED = _reversed_bits()
