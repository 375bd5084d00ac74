"""The two Huffman codes of a block: dynamic ones (RFC 1951 §3.2.7) with the header that announces
them, or the fixed ones (§3.2.6).

Knows how often symbols occur and what to send for each; not where they come from.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from . import huffman
from .parse import Matches
from .symbols import (
    CODE_LENGTH_ORDER,
    DISTANCE_BASE,
    DISTANCE_EXTRA_BITS,
    DISTANCE_SYMBOL,
    DISTANCE_SYMBOLS,
    LENGTH_EXTRA,
    LENGTH_EXTRA_BITS,
    LENGTH_SYMBOL,
    LITLEN_SYMBOLS,
)

LITLEN_LIMIT = 13
"""Our limit on literal/length codes: two codes (26 bits) and their length (6 bits) fit one 32-bit
word.
"""


class Codes:
    """A code for literals and lengths, and one for distances, from how often each symbol occurs."""

    def __init__(
        self, litlen_counts: NDArray[np.int64], distance_counts: NDArray[np.int64]
    ) -> None:
        self.litlen_lengths = huffman.code_lengths(litlen_counts, LITLEN_LIMIT)
        self.litlen_codes = huffman.canonical_codes(self.litlen_lengths)
        self.distance_lengths = huffman.code_lengths(distance_counts, huffman.MAX_BITS)
        self.distance_codes = huffman.canonical_codes(self.distance_lengths).astype(np.uint64)

    def literals(self) -> NDArray[np.uint32]:
        """For each literal/length symbol: its code in the low 26 bits, its length above."""
        shifted: NDArray[np.uint32] = self.litlen_lengths.astype(np.uint32) << np.uint32(26)
        return self.litlen_codes | shifted

    def literal_pairs(self) -> NDArray[np.uint32]:
        """For two bytes read as a little-endian number: both codes, joined, in the low 26 bits,
        their length above.
        """
        wide = self.litlen_lengths[:256].astype(np.uint32)
        table = self.litlen_codes[:256, np.newaxis] << wide
        table += self.literals()[:256]
        table += (wide << 26)[:, np.newaxis]
        return table.ravel()

    def matches(self, matches: Matches) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Each match as bits, and how many: length code, extra bits, distance code, extra bits (RFC
        1951 §3.2.5).
        """
        length_symbol = LENGTH_SYMBOL[matches.length]
        distance_symbol = DISTANCE_SYMBOL[matches.distance]
        size = self.litlen_lengths[length_symbol].astype(np.uint64)
        values = self.litlen_codes[length_symbol].astype(np.uint64)
        values |= LENGTH_EXTRA[matches.length] << size
        size += LENGTH_EXTRA_BITS[matches.length]
        values |= self.distance_codes[distance_symbol] << size
        size += self.distance_lengths[distance_symbol]
        extra = matches.distance - DISTANCE_BASE[distance_symbol]
        values |= extra.astype(np.uint64) << size
        size += DISTANCE_EXTRA_BITS.astype(np.uint64)[distance_symbol]
        return values, size

    def header(self, final: bool) -> tuple[int, int]:
        """Everything before the first code (RFC 1951 §3.2.3, §3.2.7), as a number and how many bits
        it has.
        """
        HLIT = max(257, int(np.flatnonzero(self.litlen_lengths)[-1]) + 1) - 257
        used = np.flatnonzero(self.distance_lengths)
        HDIST = int(used[-1]) if used.size else 0
        symbols = run_length_codes(
            self.litlen_lengths[: HLIT + 257].tolist() + self.distance_lengths[: HDIST + 1].tolist()
        )
        counts = np.bincount([symbol for symbol, _, _ in symbols], minlength=19)
        code_lengths = huffman.code_lengths(counts, 7)
        codes = huffman.canonical_codes(code_lengths).tolist()
        lengths = code_lengths.tolist()
        HCLEN = max(4, max(i for i in range(19) if lengths[CODE_LENGTH_ORDER[i]]) + 1) - 4
        BFINAL, BTYPE = int(final), 2
        head = BFINAL | BTYPE << 1 | HLIT << 3 | HDIST << 8 | HCLEN << 13
        size = 17
        for symbol in CODE_LENGTH_ORDER[: HCLEN + 4]:
            head |= lengths[symbol] << size
            size += 3
        for symbol, extra, extra_bits in symbols:
            head |= (codes[symbol] | extra << lengths[symbol]) << size
            size += lengths[symbol] + extra_bits
        return head, size


class FixedCodes(Codes):
    """The codes that every decoder knows (BTYPE 01, RFC 1951 §3.2.6)."""

    def __init__(self) -> None:
        # Symbols 286 and 287 are never sent, but take part in the code.
        self.litlen_lengths = np.repeat(np.array([8, 9, 7, 8], np.uint8), [144, 112, 24, 8])
        self.litlen_codes = huffman.canonical_codes(self.litlen_lengths)
        self.distance_lengths = np.full(DISTANCE_SYMBOLS, 5, np.uint8)
        self.distance_codes = huffman.canonical_codes(self.distance_lengths).astype(np.uint64)

    def header(self, final: bool) -> tuple[int, int]:
        """BFINAL and BTYPE alone."""
        BFINAL, BTYPE = int(final), 1
        return BFINAL | BTYPE << 1, 3


FIXED = FixedCodes()


def counts_of_matches(matches: Matches) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often matches use each literal/length symbol and each distance symbol."""
    return (
        np.bincount(LENGTH_SYMBOL[matches.length], minlength=LITLEN_SYMBOLS),
        np.bincount(DISTANCE_SYMBOL[matches.distance], minlength=DISTANCE_SYMBOLS),
    )


def run_length_codes(lengths: list[int]) -> list[tuple[int, int, int]]:
    """Code lengths in the alphabet of RFC 1951 §3.2.7, as (symbol, extra bits' value, their
    number).

    >>> run_length_codes([8, 8, 8, 8, 0, 0, 0, 7])
    [(8, 0, 0), (16, 0, 2), (17, 0, 3), (7, 0, 0)]
    """
    out = []
    for length, equal in groupby(lengths):
        run = len(list(equal))
        if length:
            out.append((length, 0, 0))
            run -= 1
        while run >= 3:
            if length:
                n = min(run, 6)
                out.append((16, n - 3, 2))
            elif run < 11:
                n = run
                out.append((17, n - 3, 3))
            else:
                n = min(run, 138)
                out.append((18, n - 11, 7))
            run -= n
        out.extend([(length, 0, 0)] * run)
    return out
