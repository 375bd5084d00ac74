"""For every position the longest earlier occurrence of what follows there (LZ77, RFC 1951 §4), by
sorting.

Sorted by the bytes that follow them, positions stand next to those with which they share most; this
costs far more than hashing, and finds matches that hashing misses. Bytes in, lengths and distances
out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .matches import MAX_DISTANCE, MAX_LENGTH, Bytes, Indices, Windows, zero_bytes

_NEIGHBOURS = 5
"""How far to look along the sorted order, to either side, for one that is earlier and within the
window.
"""


def longest_matches(data: Bytes, wanted: Indices) -> tuple[Indices, Indices]:
    """Length (0 where there is none) and distance of a longest match at each of some ascending
    positions, among them.

    >>> longest_matches(np.frombuffer(b"abcdefg_abcdefg", np.uint8), np.arange(15))[0].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 7, 6, 5, 4, 3, 0, 0]
    """
    windows = Windows(data)
    order = _sorted_by_following(windows, wanted)
    place = np.empty(wanted.size, np.int64)
    place[order] = np.arange(wanted.size)
    best_length = np.zeros(wanted.size, np.int64)
    best_distance = np.ones(wanted.size, np.int64)
    for side in (1, -1):
        distance = np.zeros(wanted.size, np.int64)
        open_ones = np.arange(wanted.size)
        for step in range(1, _NEIGHBOURS + 1):
            at = place[open_ones] + side * step
            inside = (at >= 0) & (at < wanted.size)
            other = order[np.where(inside, at, 0)]
            back = wanted[open_ones] - wanted[other]
            good = inside & (back > 0) & (back <= MAX_DISTANCE)
            distance[open_ones[good]] = back[good]
            open_ones = open_ones[~good]
        found = np.flatnonzero(distance)
        length = np.zeros(wanted.size, np.int64)
        length[found] = _match_lengths(windows, wanted[found], distance[found])
        better = (length > best_length) | ((length == best_length) & (distance < best_distance))
        better &= length > 2
        best_length[better], best_distance[better] = length[better], distance[better]
    return best_length, best_distance


def _sorted_by_following(windows: Windows, wanted: Indices) -> Indices:
    """Which of some positions comes when they are ordered by the twelve bytes that follow."""
    forward = windows.eight.byteswap()
    first = forward[wanted]
    order = np.argsort(first)
    ordered = first[order]
    rank = np.zeros(order.size, np.uint64)
    rank[order[1:]] = np.cumsum(ordered[1:] != ordered[:-1], dtype=np.uint64)
    after = forward[np.minimum(wanted + 8, windows.size - 1)] >> np.uint64(32)
    return np.argsort(rank << np.uint64(32) | after)


def _match_lengths(windows: Windows, position: Indices, distance: Indices) -> Indices:
    """How many bytes from each position on equal those at a distance before."""
    length = np.zeros(position.size, np.int64)
    active = np.arange(position.size)
    while active.size:
        here = position[active] + length[active]
        differing = windows.eight[here] ^ windows.eight[here - distance[active]]
        equal = differing == 0
        length[active] += np.where(equal, 8, zero_bytes(differing))
        active = active[equal]
        active = active[
            (length[active] < MAX_LENGTH) & (position[active] + length[active] < windows.size)
        ]
    return np.minimum(np.minimum(length, MAX_LENGTH), windows.size - position)


def lengths_in(spans_start: Indices, spans_stop: Indices, size: int) -> Indices:
    """For each position how far the span goes on that it is in, at most MAX_LENGTH; 0 outside of
    all.
    """
    bounds = np.empty(2 * spans_start.size + 2, np.int64)
    bounds[0], bounds[-1] = 0, size
    bounds[1:-1:2], bounds[2:-1:2] = spans_start, spans_stop
    ends = np.zeros(bounds.size - 1, np.int64)
    ends[1::2] = spans_stop
    left = np.repeat(ends, np.diff(bounds).astype(np.intp, copy=False)) - np.arange(size)
    result: NDArray[np.int64] = np.clip(left, 0, MAX_LENGTH)
    return result
