"""The two Huffman codes of a block: dynamic ones (RFC 1951 §3.2.7) with the header that announces
them, or the fixed ones (§3.2.6).

Knows how often symbols occur and what to send for each; not where they come from.
"""

from __future__ import annotations

import re

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
        litlen = self.litlen_lengths.tobytes().rstrip(b"\0").ljust(257, b"\0")
        distance = self.distance_lengths.tobytes().rstrip(b"\0").ljust(1, b"\0")
        symbols = run_length_codes(litlen + distance)
        used = bytes([symbol for symbol, _, _ in symbols])
        counts = np.array([used.count(symbol) for symbol in range(19)])
        code_lengths = huffman.code_lengths(counts, 7)
        codes = huffman.canonical_codes(code_lengths).tolist()
        lengths = code_lengths.tolist()
        sent = [lengths[symbol] for symbol in CODE_LENGTH_ORDER]
        while sent[-1] == 0 and len(sent) > 4:
            sent.pop()
        BFINAL, BTYPE = int(final), 2
        HLIT, HDIST, HCLEN = len(litlen) - 257, len(distance) - 1, len(sent) - 4
        head = BFINAL | BTYPE << 1 | HLIT << 3 | HDIST << 8 | HCLEN << 13
        # Written as digits, the last bit first, and read as one number: adding them to a number one
        # by one takes three times as long.
        digits = [format(code, f"0{n}b") if n else "" for code, n in zip(codes, lengths)]
        fields = [f"{head:017b}", *(f"{length:03b}" for length in sent)]
        fields += [
            f"{extra:0{bits}b}{digits[symbol]}" if bits else digits[symbol]
            for symbol, extra, bits in symbols
        ]
        fields.reverse()
        text = "".join(fields)
        return int(text, 2), len(text)


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


def run_length_codes(lengths: bytes) -> list[tuple[int, int, int]]:
    """Code lengths in the alphabet of RFC 1951 §3.2.7, as (symbol, extra bits' value, their
    number).

    >>> run_length_codes(bytes([8, 8, 8, 8, 0, 0, 0, 7]))
    [(8, 0, 0), (16, 0, 2), (17, 0, 3), (7, 0, 0)]
    """
    out = []
    done = 0
    for run in _RUN.finditer(lengths):
        first, last = run.span()
        out += [_ALONE[length] for length in lengths[done:first]]
        done = last
        if lengths[first]:
            out.append((16, last - first - 3, 2))
        elif last - first < 11:
            out.append((17, last - first - 3, 3))
        else:
            out.append((18, last - first - 11, 7))
    out += [_ALONE[length] for length in lengths[done:]]
    return out


_RUN = re.compile(rb"\0{3,138}|(?<=([^\0]))\1{3,6}")
"""What is sent as one symbol: zeros, or repetitions of the length before."""
_ALONE = [(length, 0, 0) for length in range(huffman.MAX_BITS + 1)]
