"""The two Huffman codes of a block: dynamic ones (RFC 1951 §3.2.7) with the header that announces
them, or the fixed ones (§3.2.6).

Knows how often symbols occur and what to send for each; not where they come from. The tables are
of RFC 1951 §3.2.5.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .matches import MIN_LENGTH, Indices, Matches

END_OF_BLOCK = 256
LITLEN_SYMBOLS, DISTANCE_SYMBOLS = 286, 30
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7)."""
MAX_BITS = 15
"""No code of DEFLATE is longer (RFC 1951 §3.2.7)."""
PAIR_LIMIT = 13
"""Two codes within this limit (26 bits) and their length (6 bits) fit one 32-bit word."""


class Alphabet(NamedTuple):
    """The symbol of every length, from 3 on, or distance, from 1 on; which of these is the first of
    each symbol; and how many extra bits each symbol has.
    """

    symbol: Indices
    first: Indices
    extra_bits: Indices


def _alphabets() -> tuple[Alphabet, Alphabet]:
    """Those of lengths and distances (RFC 1951 §3.2.5)."""
    bits = np.zeros(LITLEN_SYMBOLS, np.intp)
    bits[265:285] = np.arange(4, 24) >> 2
    symbol = np.repeat(np.arange(257, 285), 1 << bits[257:285])
    symbol[-1] = 285
    lengths = Alphabet(symbol, np.searchsorted(symbol, np.arange(LITLEN_SYMBOLS)), bits)
    bits = np.maximum(np.arange(DISTANCE_SYMBOLS) // 2 - 1, 0)
    symbol = np.repeat(np.arange(DISTANCE_SYMBOLS), 1 << bits)
    return lengths, Alphabet(symbol, np.searchsorted(symbol, np.arange(DISTANCE_SYMBOLS)), bits)


LENGTHS, DISTANCES = _alphabets()


def code_lengths(counts: Indices, limit: int) -> NDArray[np.uint8]:
    """Code lengths for the least total of bits: 1 to `limit` for every symbol with a count, 0 for
    the others.

    One or two used symbols get length 1 (a lone distance code is one bit, RFC 1951 §3.2.7). If the
    best code is longer than the limit, rare symbols are taken to be less rare, which costs some
    0.01 % of a file.

    >>> code_lengths(np.array([0, 8, 1, 1, 4]), 15)
    array([0, 1, 3, 3, 2], dtype=uint8)
    """
    lengths = np.zeros(counts.size, np.uint8)
    used = np.flatnonzero(counts)
    if used.size <= 2:
        lengths[used] = 1
        return lengths
    used = used[np.argsort(counts[used], kind="stable")]
    weights = counts[used].tolist()
    least = max(1, sum(weights) >> limit)
    of_length = _huffman(weights)
    while len(of_length) > limit + 1:
        of_length = _huffman([max(weight, least) for weight in weights])
        least *= 2
    # The commonest symbols get the shortest codes.
    lengths[used[::-1]] = np.repeat(np.arange(len(of_length), dtype=np.uint8), of_length)
    return lengths


def _huffman(weights: list[int]) -> list[int]:
    """How many codes of each length, from 0 on, Huffman's algorithm gives ascending weights.

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


_BITS = np.unpackbits(np.arange(1 << MAX_BITS, dtype=">u2").view(np.uint8).reshape(-1, 2), axis=1)
_REVERSED = np.packbits(_BITS[:, 1:], axis=1, bitorder="little").view("<u2").astype(np.uint32)[:, 0]
"""Every MAX_BITS-bit number with its bits in the opposite order."""


def entropy(counts: Indices) -> float:
    """How many bits symbols that occur so often take in all, by the best code for them."""
    used = counts[counts > 0]
    return float(used @ np.log2(used.sum() / used))


class Codes:
    """A code for literals and lengths, and one for distances, from the lengths of their codes."""

    def __init__(self, litlen: NDArray[np.uint8], distance: NDArray[np.uint8]) -> None:
        self.litlen_lengths, self.distance_lengths = litlen, distance
        self.litlen_codes = canonical_codes(litlen)
        self.distance_codes = canonical_codes(distance)

    def literals(self) -> NDArray[np.uint32]:
        """For each literal/length symbol: its code in the low 26 bits, its length above."""
        shifted: NDArray[np.uint32] = self.litlen_lengths.astype(np.uint32) << np.uint32(26)
        return self.litlen_codes | shifted

    def literal_pairs(self) -> NDArray[np.uint32]:
        """For two bytes read as a little-endian number: both codes, joined, in the low 26 bits,
        their length above. Only with PAIR_LIMIT.
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
        values, size = np.zeros((2, matches.length.size), np.uint64)
        for index, alphabet, codes, lengths in (
            (matches.length - MIN_LENGTH, LENGTHS, self.litlen_codes, self.litlen_lengths),
            (matches.distance - 1, DISTANCES, self.distance_codes, self.distance_lengths),
        ):
            symbol = alphabet.symbol[index]
            values |= codes[symbol].astype(np.uint64) << size
            size += lengths[symbol]
            values |= (index - alphabet.first[symbol]).astype(np.uint64) << size
            size += alphabet.extra_bits[symbol].astype(np.uint64)
        return values, size

    def header(self, final: bool) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The block's header (RFC 1951 §3.2.3, §3.2.7), as short bit strings and their lengths."""
        BFINAL, BTYPE = int(final), 1 if self is FIXED else 2
        if self is FIXED:
            return np.array([BFINAL | BTYPE << 1], np.uint64), np.array([3], np.uint64)
        litlen = self.litlen_lengths.tobytes().rstrip(b"\0").ljust(257, b"\0")
        distance = self.distance_lengths.tobytes().rstrip(b"\0").ljust(1, b"\0")
        tokens = run_length_codes(litlen + distance)
        symbols = tokens.translate(RUN_SYMBOL)
        lengths = code_lengths(np.array([symbols.count(symbol) for symbol in range(19)]), 7)
        sent = lengths[list(CODE_LENGTH_ORDER)].tobytes().rstrip(b"\0").ljust(4, b"\0")
        HLIT, HDIST, HCLEN = len(litlen) - 257, len(distance) - 1, len(sent) - 4
        head = BFINAL | BTYPE << 1 | HLIT << 3 | HDIST << 8 | HCLEN << 13
        # Written as binary digits, the last bit first, and read as one number, which takes a third
        # of the time of adding them one by one.
        codes = zip(canonical_codes(lengths).tolist(), lengths.tolist())
        digits = [f"{code:0{length}b}" if length else "" for code, length in codes]
        fields = [f"{head:017b}", *(f"{length:03b}" for length in sent)]
        fields += [RUN_EXTRA[token] + digits[RUN_SYMBOL[token]] for token in tokens]
        text = "".join(reversed(fields))
        words = np.frombuffer(int(text, 2).to_bytes(-(-len(text) // 16) * 2, "little"), "<u2")
        sizes = np.full(words.size, 16, np.uint64)
        sizes[-1] = len(text) - 16 * (words.size - 1)
        return words.astype(np.uint64), sizes


FIXED = Codes(
    np.repeat(np.array([8, 9, 7, 8], np.uint8), [144, 112, 24, 8]),
    np.full(DISTANCE_SYMBOLS, 5, np.uint8),
)
"""The codes that every decoder knows (BTYPE 01, RFC 1951 §3.2.6). Literal/length symbols 286 and
287 are never sent, but take part in the code.
"""


def counts_of_matches(matches: Matches) -> tuple[Indices, Indices]:
    """How often matches use each literal/length symbol and each distance symbol."""
    return (
        np.bincount(LENGTHS.symbol[matches.length - MIN_LENGTH], minlength=LITLEN_SYMBOLS),
        np.bincount(DISTANCES.symbol[matches.distance - 1], minlength=DISTANCE_SYMBOLS),
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
