"""Length-limited, optimal prefix codes (RFC 1951 §3.2.2): counts in, code lengths and codes out.

Huffman's algorithm gives the lengths with the least total. If one of them exceeds the limit,
package-merge (Larmore and Hirschberg, 1990) gives those with the least total within it. Knows
nothing of what the symbols mean.
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
    weights = counts[used].tolist()
    of_length = _unlimited(weights)
    if len(of_length) > limit + 1:
        of_length = _limited(weights, limit)
    # The commonest symbols get the shortest codes.
    lengths[used[::-1]] = np.repeat(np.arange(len(of_length), dtype=np.uint8), of_length)
    return lengths


def _unlimited(weights: list[int]) -> list[int]:
    """How many codes of each length, from 0 on, Huffman's own algorithm gives ascending weights.

    If none is too long, these are the best, and this takes a third of the time of `_limited`.
    Packages (two items joined) are made in ascending order, so two queues suffice to find the two
    lightest items (van Leeuwen, 1976).
    """
    count = len(weights)
    none_left = 2 * sum(weights)
    leaves = [*weights, none_left, none_left]
    packages = [none_left] * (count + 1)
    taken = [0]  # how many leaves are in one of the packages so far
    leaf = package = 0
    for index in range(count - 1):
        if leaves[leaf + 1] <= packages[package]:
            packages[index] = leaves[leaf] + leaves[leaf + 1]
            leaf += 2
        elif packages[package + 1] < leaves[leaf]:
            packages[index] = packages[package] + packages[package + 1]
            package += 2
        else:
            packages[index] = leaves[leaf] + packages[package]
            leaf += 1
            package += 1
        taken.append(leaf)
    # As packages are taken in order, those of one depth are neighbours: from the last, the root, on
    # downwards, each depth has twice as many items as packages above, leaves or packages again.
    of_length = [0]
    end, width = count - 1, 1
    while width:
        of_length.append(taken[end] - taken[end - width])
        end, width = end - width, 2 * width - of_length[-1]
    return of_length


def _limited(weights: list[int], limit: int) -> list[int]:
    """How many codes of each length, from 0 to `limit`, package-merge gives ascending weights.

    Items are weights with a mark in the lowest bit, so that one sort orders both: 0 for a leaf (a
    symbol), 1 for a package (two items of the round before). All that has to be kept of a round is
    which items are leaves: the j-th rarest symbol is one bit longer for each round in which it is
    among the items taken.
    """
    leaves = np.array(weights, np.int64) << 1
    items = leaves
    rounds = [np.zeros(leaves.size, np.int64)]
    for _ in range(limit - 1):
        pairs = items[: items.size & ~1] >> 1
        items = np.concatenate((leaves, (pairs[0::2] + pairs[1::2]) << 1 | 1))
        items.sort()
        rounds.append(items & 1)
    taken = 2 * leaves.size - 2
    leaves_taken = [leaves.size]
    for marks in reversed(rounds):
        packages = int(np.count_nonzero(marks[:taken]))
        leaves_taken.append(taken - packages)
        taken = 2 * packages
    leaves_taken.append(0)
    # One bit more for each round that takes it: how many symbols are in one round, but not in two.
    ranks = sorted(leaves_taken, reverse=True)
    return [more - less for more, less in zip(ranks, ranks[1:])]


def canonical_codes(lengths: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The canonical code of each symbol (RFC 1951 §3.2.2), bits reversed: DEFLATE sends the high
    bit first.

    >>> canonical_codes(np.array([2, 1, 3, 3], np.uint8)).tolist()  # 10, 0, 110, 111
    [1, 0, 3, 7]
    """
    codes = np.zeros(lengths.size, np.uint32)
    used = np.flatnonzero(lengths)
    if used.size == 0:
        return codes
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
