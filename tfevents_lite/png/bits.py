"""Joining bit strings of varying length, lowest bit first (RFC 1951 §3.1.1).

Knows nothing of what the bits mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORD = 64


def merge_pairs(
    values: NDArray[np.uint64], lengths: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Neighbours joined two by two, so that half as many strings have to be placed.

    As they were, when two neighbours would not fit a word together.
    """
    if values.size & 1:
        values, lengths = np.append(values, np.uint64(0)), np.append(lengths, np.uint64(0))
    first_length = lengths[0::2]
    merged_lengths = first_length + lengths[1::2]
    if values.size == 0 or merged_lengths.max() > WORD:
        return values, lengths
    merged = values[1::2] << first_length
    merged |= values[0::2]
    return merged, merged_lengths


def join(
    values: NDArray[np.uint64], lengths: NDArray[np.uint64], head: int = 0, head_length: int = 0
) -> tuple[NDArray[np.uint8], int]:
    """Bit strings laid end to end after `head`: the bytes (zero bits fill the last one) and the number of bits.

    `values` have no bit set at or above their length, `lengths` are 0 to 64; neither may be empty.

    >>> join(np.array([1, 2], np.uint64), np.array([1, 2], np.uint64), 1, 1)
    (array([11], dtype=uint8), 4)
    """
    ends = np.cumsum(lengths)
    ends += np.uint64(head_length)
    starts = ends - lengths
    total = int(ends[-1])
    shifts = starts & np.uint64(63)
    starts >>= np.uint64(6)  # the word each begins in
    words = np.zeros((total >> 6) + 2, np.uint64)
    # Bits never overlap, so OR is +, and what begins in one word is a difference of running sums. The last string of a
    # word is the only one that can reach into the next, where, as none exceeds 64 bits, another one begins.
    last = np.flatnonzero(starts[1:] != starts[:-1])
    last = np.append(last, starts.size - 1)
    sums = np.cumsum(values << shifts)[last]
    first_word = int(starts[0])
    stop_word = int(starts[-1]) + 1
    words[first_word:stop_word] = sums
    words[first_word + 1 : stop_word] -= sums[:-1]
    # Two shifts, because one by 64 is undefined.
    words[first_word + 1 : stop_word + 1] += (values[last] >> np.uint64(1)) >> (
        np.uint64(63) - shifts[last]
    )
    head_words = (head_length >> 6) + 1
    words[:head_words] |= np.frombuffer(head.to_bytes(head_words * 8, "little"), "<u8")
    return words.astype("<u8", copy=False).view(np.uint8)[: (total + 7) >> 3], total
