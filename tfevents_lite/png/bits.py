"""Joining bit strings of varying length, lowest bit first (RFC 1951 §3.1.1).

Knows nothing of what the bits mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORD = 64
_NONE = np.zeros(1, np.uint64)


def merge_pairs(
    values: NDArray[np.uint64], lengths: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Neighbours joined two by two, so that half as many strings have to be placed.

    As they were, when two neighbours would not fit a word together.
    """
    if values.size & 1:
        values, lengths = np.concatenate((values, _NONE)), np.concatenate((lengths, _NONE))
    first_length = lengths[0::2]
    merged_lengths = first_length + lengths[1::2]
    if values.size == 0 or merged_lengths.max() > WORD:
        return values, lengths
    merged = values[1::2] << first_length
    merged |= values[0::2]
    return merged, merged_lengths


class Joiner:
    """Bit strings laid end to end, piece by piece, so that what is worked on stays in cache.

    >>> joiner = Joiner(0b1, 1)
    >>> joiner.add(np.array([1, 2], np.uint64), np.array([1, 2], np.uint64))
    >>> joiner.finish()  # 2 in two bits, 1 in one bit, and the 1 to begin with
    (b'\\x0b', 4)
    """

    def __init__(self, head: int, head_length: int) -> None:
        """To begin with, the `head_length` bits of `head`."""
        whole = head_length >> 6
        self.parts = [(head & ((1 << (whole << 6)) - 1)).to_bytes(whole * 8, "little")]
        self.word = head >> (whole << 6)  # the bits of the word that is not yet full
        self.used = head_length & 63

    def add(self, values: NDArray[np.uint64], lengths: NDArray[np.uint64]) -> None:
        """Some more: `values` without a bit set at or above their length, `lengths` of 0 to 64; not
        none.
        """
        ends = np.cumsum(lengths, dtype=np.uint64)
        ends += np.uint64(self.used)
        starts = ends - lengths
        shifts = starts & np.uint64(63)
        starts >>= np.uint64(6)  # the word each begins in
        # Bits never overlap, so OR is +, and what begins in one word is a difference of running
        # sums. The last string of a word is the only one that can reach into the next, where, as
        # none exceeds 64 bits, another one begins.
        is_last = np.ones(starts.size, np.bool_)
        np.not_equal(starts[1:], starts[:-1], out=is_last[:-1])
        last = np.flatnonzero(is_last)
        first_word, stop_word = int(starts[0]), int(starts[-1]) + 1
        words = np.zeros(stop_word + 1, np.uint64)
        words[first_word:stop_word] = np.cumsum(values << shifts)[last]
        words[first_word + 1 : stop_word] -= words[first_word : stop_word - 1].copy()
        # Two shifts, because one by 64 is undefined.
        words[first_word + 1 :] += (values[last] >> np.uint64(1)) >> (np.uint64(63) - shifts[last])
        words[0] |= np.uint64(self.word)
        end = int(ends[-1])
        full = end >> 6
        self.word, self.used = int(words[full]), end & 63
        self.parts.append(words[:full].astype("<u8", copy=False).tobytes())

    def finish(self) -> tuple[bytes, int]:
        """All bytes (zero bits fill the last one) and the number of bits."""
        whole = b"".join(self.parts)
        rest = self.word.to_bytes(8, "little")[: (self.used + 7) >> 3]
        return whole + rest, len(whole) * 8 + self.used
