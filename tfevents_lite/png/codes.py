"""The two Huffman codes of a block: dynamic ones (RFC 1951 §3.2.7) with the header that announces
them, or the fixed ones (§3.2.6).

Knows how often symbols occur and what to send for each; not where they come from. The tables are
of RFC 1951 §3.2.5.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from . import huffman
from .matches import Matches

END_OF_BLOCK = 256
LITLEN_SYMBOLS, DISTANCE_SYMBOLS = 286, 30
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7)."""


def _length_table() -> tuple[NDArray[np.intp], NDArray[np.uint64], NDArray[np.uint64]]:
    """Symbol, number of extra bits and their value for every match length up to 258."""
    symbol = np.zeros(259, np.intp)
    extra_bits, extra = np.zeros(259, np.uint64), np.zeros(259, np.uint64)
    start = 3
    for code in range(257, 285):
        width = max(0, (code - 261) // 4)
        stop = start + (1 << width)
        symbol[start:stop] = code
        extra_bits[start:stop] = width
        extra[start:stop] = np.arange(1 << width)[: 259 - start]
        start = stop
    symbol[258], extra_bits[258], extra[258] = 285, 0, 0
    return symbol, extra_bits, extra


LENGTH_SYMBOL, LENGTH_EXTRA_BITS, LENGTH_EXTRA = _length_table()
DISTANCE_EXTRA_BITS = np.array([max(0, code // 2 - 1) for code in range(DISTANCE_SYMBOLS)])
"""How many extra bits each distance symbol has."""
DISTANCE_BASE = 1 + np.concatenate(([0], np.cumsum(1 << DISTANCE_EXTRA_BITS)[:-1]))
"""The smallest distance each distance symbol stands for."""
DISTANCE_SYMBOL = np.concatenate(
    ([0], np.repeat(np.arange(DISTANCE_SYMBOLS), 1 << DISTANCE_EXTRA_BITS))
).astype(np.uint8)
"""The symbol of every distance up to 32,768."""

LITLEN_LIMIT = 13
"""The default limit of literal/length codes: two codes (26 bits) and their length (6 bits) fit one
32-bit word. A header with longer codes is longer, too, which counts in small files.
"""


class Codes:
    """A code for literals and lengths, and one for distances, from how often each symbol occurs."""

    def __init__(
        self,
        litlen_counts: NDArray[np.int64],
        distance_counts: NDArray[np.int64],
        litlen_limit: int = LITLEN_LIMIT,
    ) -> None:
        self.litlen_lengths = huffman.code_lengths(litlen_counts, litlen_limit)
        self.litlen_codes = huffman.canonical_codes(self.litlen_lengths)
        self.distance_lengths = huffman.code_lengths(distance_counts, huffman.MAX_BITS)
        self.distance_codes = huffman.canonical_codes(self.distance_lengths).astype(np.uint64)

    def literals(self) -> NDArray[np.uint32]:
        """For each literal/length symbol: its code in the low 26 bits, its length above."""
        shifted: NDArray[np.uint32] = self.litlen_lengths.astype(np.uint32) << np.uint32(26)
        return self.litlen_codes | shifted

    def literal_pairs(self) -> NDArray[np.uint32]:
        """For two bytes read as a little-endian number: both codes, joined, in the low 26 bits,
        their length above. Only with LITLEN_LIMIT.
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
        """The block's header (RFC 1951 §3.2.3, §3.2.7): as a number, and its length in bits."""
        litlen = self.litlen_lengths.tobytes().rstrip(b"\0").ljust(257, b"\0")
        distance = self.distance_lengths.tobytes().rstrip(b"\0").ljust(1, b"\0")
        tokens = run_length_codes(litlen + distance)
        symbols = tokens.translate(RUN_SYMBOL)
        counts = np.array([symbols.count(symbol) for symbol in range(19)])
        code_lengths = huffman.code_lengths(counts, 7)
        codes = huffman.canonical_codes(code_lengths).tolist()
        lengths = code_lengths.tolist()
        sent = [lengths[symbol] for symbol in CODE_LENGTH_ORDER]
        while sent[-1] == 0 and len(sent) > 4:
            sent.pop()
        BFINAL, BTYPE = int(final), 2
        HLIT, HDIST, HCLEN = len(litlen) - 257, len(distance) - 1, len(sent) - 4
        head = BFINAL | BTYPE << 1 | HLIT << 3 | HDIST << 8 | HCLEN << 13
        # Written as binary digits, the last bit first, and read as one number, which takes a third
        # of the time of adding them one by one.
        digits = [format(code, f"0{n}b") if n else "" for code, n in zip(codes, lengths)]
        fields = [f"{head:017b}"]
        fields += [_THREE_BITS[length] for length in sent]
        fields += [RUN_EXTRA[token] + digits[RUN_SYMBOL[token]] for token in tokens]
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


_THREE_BITS = [f"{length:03b}" for length in range(8)]

FIXED = FixedCodes()


def counts_of_matches(matches: Matches) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often matches use each literal/length symbol and each distance symbol."""
    return (
        np.bincount(LENGTH_SYMBOL[matches.length], minlength=LITLEN_SYMBOLS),
        np.bincount(DISTANCE_SYMBOL[matches.distance], minlength=DISTANCE_SYMBOLS),
    )


def run_length_codes(lengths: bytes) -> bytes:
    """Code lengths in the alphabet of RFC 1951 §3.2.7: one byte for each symbol and its extra bits,
    which RUN_SYMBOL and RUN_EXTRA hold.

    >>> sent = run_length_codes(bytes([8, 8, 8, 8, 0, 0, 0, 7]))
    >>> [(RUN_SYMBOL[token], RUN_EXTRA[token]) for token in sent]
    [(8, ''), (16, '00'), (17, '000'), (7, '')]
    """
    return _RUN.sub(_run_token, lengths)


def _run_token(run: re.Match[bytes]) -> bytes:
    """The byte for three or more zeros, or repetitions."""
    equal = run[0]
    return bytes((len(equal) - 3 + (16 if equal[0] else 20),))


_RUN = re.compile(rb"\0{3,138}|(?<=([^\0]))\1{3,6}")
"""What is sent as one symbol: zeros, or repetitions of the length before."""
RUN_SYMBOL = bytes([*range(16), *[16] * 4, *[17] * 8, *[18] * 128]).ljust(256, b"\0")
"""For each byte of `run_length_codes`: the symbol it stands for."""
RUN_EXTRA = [""] * 16 + [f"{n:0{bits}b}" for bits in (2, 3, 7) for n in range(1 << bits)]
"""For each byte of `run_length_codes`: the symbol's extra bits."""
