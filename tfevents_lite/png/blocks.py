"""One DEFLATE block (RFC 1951 §3.2): symbols counted, code made, header and body written; or stored.

Knows nothing of how matches were found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import bits, huffman
from .matches import Matches

END_OF_BLOCK = 256
LITLEN_SYMBOLS, DISTANCE_SYMBOLS = 286, 30
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7)."""


def _length_table() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Symbol, extra bits and base of every match length 0..258 (RFC 1951 §3.2.5)."""
    symbol, extra, base = (np.zeros(259, np.int64) for _ in range(3))
    start, code = 3, 257
    while start < 259:
        width = max(0, (code - 261) // 4)
        symbol[start : start + (1 << width)] = code
        extra[start : start + (1 << width)] = width
        base[start : start + (1 << width)] = start
        start, code = start + (1 << width), code + 1
    symbol[258], extra[258], base[258] = 285, 0, 258
    return symbol, extra, base


LENGTH_SYMBOL, LENGTH_EXTRA, LENGTH_BASE = _length_table()
DISTANCE_EXTRA = np.array([max(0, code // 2 - 1) for code in range(30)])
"""How many extra bits each distance symbol has (RFC 1951 §3.2.5)."""
DISTANCE_BASE = 1 + np.concatenate(([0], np.cumsum(1 << DISTANCE_EXTRA)[:-1]))
"""The smallest distance each distance symbol stands for."""


def dynamic_block(data: NDArray[np.uint8], matches: Matches, final: bool) -> tuple[NDArray[np.uint8], int]:
    """A block with its own Huffman codes (BTYPE 10): its bytes, and how many bits of them count."""
    # One token a literal, two a match (length and distance), one for the end.
    covered = np.zeros(data.size + 1, np.int8)
    covered[matches.start] = 1
    covered[matches.start + matches.length] -= 1
    literal = np.cumsum(covered[:-1], dtype=np.int8) == 0
    length_symbol = LENGTH_SYMBOL[matches.length]
    distance_symbol = np.searchsorted(DISTANCE_BASE, matches.distance, side="right") - 1

    counts = np.bincount(data[literal], minlength=LITLEN_SYMBOLS)
    counts += np.bincount(length_symbol, minlength=LITLEN_SYMBOLS)
    counts[END_OF_BLOCK] += 1
    distance_counts = np.bincount(distance_symbol, minlength=DISTANCE_SYMBOLS)
    litlen_lengths = huffman.code_lengths(counts, 15)
    distance_lengths = huffman.code_lengths(distance_counts, 15)
    litlen_codes = huffman.canonical_codes(litlen_lengths).astype(np.uint64)
    distance_codes = huffman.canonical_codes(distance_lengths).astype(np.uint64)
    head_values, head_lengths = _header(litlen_lengths, distance_lengths, final)

    slots = literal.astype(np.int64)
    slots[matches.start] = 2
    ends = np.cumsum(slots)
    values = np.zeros(int(ends[-1]) + 1 if data.size else 1, np.uint64)
    lengths = np.zeros(values.size, np.int64)
    where = ends[literal] - 1
    values[where] = litlen_codes[data[literal]]
    lengths[where] = litlen_lengths[data[literal]]
    where = ends[matches.start] - 2
    n = litlen_lengths[length_symbol].astype(np.int64)
    extra = (matches.length - LENGTH_BASE[matches.length]).astype(np.uint64)
    values[where] = litlen_codes[length_symbol] | extra << n.astype(np.uint64)
    lengths[where] = n + LENGTH_EXTRA[matches.length]
    n = distance_lengths[distance_symbol].astype(np.int64)
    extra = (matches.distance - DISTANCE_BASE[distance_symbol]).astype(np.uint64)
    values[where + 1] = distance_codes[distance_symbol] | extra << n.astype(np.uint64)
    lengths[where + 1] = n + DISTANCE_EXTRA[distance_symbol]
    values[-1] = litlen_codes[END_OF_BLOCK]
    lengths[-1] = litlen_lengths[END_OF_BLOCK]
    return bits.join(
        np.concatenate((np.array(head_values, np.uint64), values)),
        np.concatenate((np.array(head_lengths, np.int64), lengths)),
    )


def _header(
    litlen_lengths: NDArray[np.uint8], distance_lengths: NDArray[np.uint8], final: bool
) -> tuple[list[int], list[int]]:
    """The block's header up to the first code (RFC 1951 §3.2.7), as values and bit lengths."""
    litlen = litlen_lengths.tolist()
    while len(litlen) > 257 and litlen[-1] == 0:
        litlen.pop()
    distance = distance_lengths.tolist()
    while len(distance) > 1 and distance[-1] == 0:
        distance.pop()
    symbols = run_length_codes(litlen + distance)
    counts = np.bincount([symbol for symbol, _, _ in symbols], minlength=19)
    code_lengths = huffman.code_lengths(counts, 7)
    codes = huffman.canonical_codes(code_lengths).tolist()
    lengths = code_lengths.tolist()
    sent = [lengths[symbol] for symbol in CODE_LENGTH_ORDER]
    while len(sent) > 4 and sent[-1] == 0:
        sent.pop()
    BFINAL, BTYPE = int(final), 2
    HLIT, HDIST, HCLEN = len(litlen) - 257, len(distance) - 1, len(sent) - 4
    out_values = [BFINAL, BTYPE, HLIT, HDIST, HCLEN, *sent]
    out_lengths = [1, 2, 5, 5, 4] + [3] * len(sent)
    for symbol, extra, extra_bits in symbols:
        out_values.append(codes[symbol] | extra << lengths[symbol])
        out_lengths.append(lengths[symbol] + extra_bits)
    return out_values, out_lengths


def run_length_codes(lengths: list[int]) -> list[tuple[int, int, int]]:
    """Code lengths in the alphabet of RFC 1951 §3.2.7, as (symbol, extra bits' value, their number).

    >>> run_length_codes([8, 8, 8, 8, 0, 0, 0, 7])
    [(8, 0, 0), (16, 0, 2), (17, 0, 3), (7, 0, 0)]
    """
    out = []
    i = 0
    while i < len(lengths):
        value, run = lengths[i], 1
        while i + run < len(lengths) and lengths[i + run] == value:
            run += 1
        i += run
        if value == 0:
            while run >= 3:
                n = min(run, 138)
                out.append((18, n - 11, 7) if n >= 11 else (17, n - 3, 3))
                run -= n
        else:
            out.append((value, 0, 0))
            run -= 1
            while run >= 3:
                n = min(run, 6)
                out.append((16, n - 3, 2))
                run -= n
        out.extend([(value, 0, 0)] * run)
    return out


def stored_blocks(data: NDArray[np.uint8], final: bool) -> bytes:
    """Blocks without compression (BTYPE 00), each at most 65,535 bytes (RFC 1951 §3.2.4); begins at a byte."""
    parts = []
    starts = range(0, data.size, 65535) if data.size else range(1)
    for start in starts:
        piece = data[start : start + 65535]
        LEN = piece.size
        BFINAL = int(final and start + LEN == data.size)
        parts.append(bytes((BFINAL, LEN & 255, LEN >> 8, ~LEN & 255, ~LEN >> 8 & 255)))
        parts.append(piece.tobytes())
    return b"".join(parts)
