"""Joining bit strings of varying length, lowest bit first (RFC 1951 §3.1.1).

Knows nothing of what the bits mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def join(values: NDArray[np.uint64], lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], int]:
    """Bit strings laid end to end: the bytes (zero bits fill the last one) and the number of bits.

    `values` are uint64 with no bit set at or above their length; `lengths` are 0 to 57.

    >>> join(np.array([1, 2], np.uint64), np.array([1, 2]))
    (array([5], dtype=uint8), 3)
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if ends.size else 0
    starts = ends - lengths
    word = starts >> 6
    shift = (starts & 63).astype(np.uint64)
    words = np.zeros((total >> 6) + 2, np.uint64)
    # Strings never overlap, so OR is +, and all that begin in the same word are neighbours.
    if ends.size:
        first = np.flatnonzero(np.concatenate(([True], word[1:] != word[:-1])))
        words[word[first]] = np.add.reduceat(values << shift, first)
        spill = np.flatnonzero((starts & 63) + lengths > 64)
        words[word[spill] + 1] += values[spill] >> (np.uint64(64) - shift[spill])
    return words.astype("<u8", copy=False).view(np.uint8)[: (total + 7) >> 3], total
