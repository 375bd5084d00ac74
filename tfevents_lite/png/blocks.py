"""One DEFLATE block (RFC 1951 §3.2): symbols counted, codes made, header and body written; or stored.

Knows nothing of how matches were found.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from . import bits, huffman
from .matches import Spans, outside
from .parse import Matches
from .symbols import (
    CODE_LENGTH_ORDER,
    DISTANCE_BASE,
    DISTANCE_EXTRA_BITS,
    DISTANCE_SYMBOL,
    DISTANCE_SYMBOLS,
    END_OF_BLOCK,
    LENGTH_EXTRA,
    LENGTH_EXTRA_BITS,
    LENGTH_SYMBOL,
    LITLEN_SYMBOLS,
)

LITLEN_LIMIT = 13
"""Our limit on literal/length codes: two codes (26 bits) and their length (6 bits) fit one 32-bit word."""
_CODE_MASK = np.uint32((1 << 26) - 1)

_PAIRS_FROM = 1 << 15
"""From this many bytes on, looking up two literals at once repays its table of 65,536 pairs."""


def dynamic_block(
    data: NDArray[np.uint8], matches: Matches, final: bool
) -> tuple[bytes, int]:
    """A block with its own Huffman codes (BTYPE 10): its bytes, and how many bits of them count."""
    group = 2 if data.size >= _PAIRS_FROM else 1
    tokens, match_at, single_at = _tokens(data, matches, group)
    length_symbol = LENGTH_SYMBOL[matches.length]
    distance_symbol = DISTANCE_SYMBOL[matches.distance]

    # Literals are counted with the bytes that only hold a match's place, and those are taken off again.
    counts = np.zeros(LITLEN_SYMBOLS, np.int64)
    counts[:256] = _byte_counts(tokens)
    places = tokens[match_at]
    if group == 2:
        counts[:256] -= np.bincount(tokens[single_at] >> 8, minlength=256)
        counts[:256] -= np.bincount(places >> 8, minlength=256)
    counts[:256] -= np.bincount(places & 255, minlength=256)
    counts += np.bincount(length_symbol, minlength=LITLEN_SYMBOLS)
    counts[END_OF_BLOCK] += 1
    distance_counts = np.bincount(distance_symbol, minlength=DISTANCE_SYMBOLS)

    litlen_lengths = huffman.code_lengths(counts, LITLEN_LIMIT)
    distance_lengths = huffman.code_lengths(distance_counts, huffman.MAX_BITS)
    litlen_codes = huffman.canonical_codes(litlen_lengths)
    head, head_length = _header(litlen_lengths, distance_lengths, final)

    joiner = bits.Joiner(head, head_length)
    literal = litlen_codes | litlen_lengths.astype(np.uint32) << 26
    table = literal[:256] if group == 1 else _pair_table(litlen_codes, litlen_lengths)
    codes = _match_codes(
        matches, length_symbol, distance_symbol, litlen_codes, litlen_lengths, distance_lengths
    )
    for first in range(0, tokens.size, _TOKENS_AT_ONCE):
        last = min(first + _TOKENS_AT_ONCE, tokens.size)
        entries = np.take(table, tokens[first:last], mode="wrap")
        if group == 2:
            alone = _within(single_at, first, last)
            entries[single_at[alone] - first] = literal[tokens[single_at[alone]] & 255]
        lengths = (entries >> np.uint32(26)).astype(np.uint64)
        entries &= _CODE_MASK
        values = entries.astype(np.uint64)
        here = _within(match_at, first, last)
        values[match_at[here] - first] = codes[0][here]
        lengths[match_at[here] - first] = codes[1][here]
        if last == tokens.size:
            values[-1] = litlen_codes[END_OF_BLOCK]
            lengths[-1] = litlen_lengths[END_OF_BLOCK]
        for _ in range(3 - group):
            values, lengths = bits.merge_pairs(values, lengths)
        joiner.add(values, lengths)
    return joiner.finish()


_TOKENS_AT_ONCE = 1 << 15
"""Few enough for all that is made of them to stay in a core's cache."""


def _within(places: NDArray[np.int64], first: int, last: int) -> slice:
    """Which of some ascending places lie in a range."""
    start, stop = np.searchsorted(places, (first, last))
    return slice(int(start), int(stop))


def _tokens(
    data: NDArray[np.uint8], matches: Matches, group: int
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64], NDArray[np.int64]]:
    """What the block consists of, in units of `group` bytes: literals, places held for matches, one for the end.

    Also where the matches are, and (for groups of two) where a literal stands alone with a byte that does not count.
    A match's place, and the byte that fills up a lone literal before it, are kept from the bytes the match covers.
    """
    start, length, _ = matches
    nothing = np.zeros(0, np.int64)
    if start.size == 0:
        size = data.size
        match_at = single_at = nothing
        tokens = np.zeros(-(-size // group) * group + group, np.uint8)
        tokens[:size] = data
    else:
        ends = start + length
        gaps = start.copy()
        gaps[1:] -= ends[:-1]
        odd = gaps & 1 if group == 2 else np.zeros_like(gaps)
        drop = start + group + odd
        kept = data[outside(Spans(drop, ends, matches.distance), data.size)]
        size = kept.size
        tokens = np.zeros(-(-size // group) * group + group, np.uint8)
        tokens[:size] = kept
        dropped = ends - drop
        match_at = (drop - group - (np.cumsum(dropped) - dropped)) // group
        single_at = match_at[np.flatnonzero(odd)] - 1 if group == 2 else nothing
    if group == 1:
        return tokens, match_at, nothing
    if size & 1:
        single_at = np.append(single_at, size >> 1)
    return tokens.view("<u2"), match_at, single_at


def _byte_counts(tokens: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """How often each byte occurs in all tokens but the last, of one byte or two."""
    if tokens.itemsize == 1:
        return np.bincount(tokens[:-1], minlength=256)
    pairs = np.bincount(tokens[:-1], minlength=1 << 16).reshape(256, 256)
    return pairs.sum(axis=0) + pairs.sum(axis=1)


def _pair_table(codes: NDArray[np.uint32], lengths: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """For two bytes read as a little-endian number: both codes, joined, in the low 26 bits, their length above."""
    wide = lengths[:256].astype(np.uint32)
    literal = codes[:256] | wide << 26
    table = codes[:256, np.newaxis] << wide
    table += literal
    table += (wide << 26)[:, np.newaxis]
    return table.ravel()


def _match_codes(
    matches: Matches,
    length_symbol: NDArray[np.intp],
    distance_symbol: NDArray[np.uint8],
    litlen_codes: NDArray[np.uint32],
    litlen_lengths: NDArray[np.uint8],
    distance_lengths: NDArray[np.uint8],
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Each match as one bit string: length code, extra bits, distance code, extra bits (RFC 1951 §3.2.5)."""
    bits_used = litlen_lengths[length_symbol].astype(np.uint64)
    values = litlen_codes[length_symbol].astype(np.uint64)
    values |= LENGTH_EXTRA[matches.length] << bits_used
    bits_used += LENGTH_EXTRA_BITS[matches.length]
    distance_codes = huffman.canonical_codes(distance_lengths).astype(np.uint64)
    values |= distance_codes[distance_symbol] << bits_used
    bits_used += distance_lengths[distance_symbol]
    extra = matches.distance - DISTANCE_BASE[distance_symbol]
    values |= extra.astype(np.uint64) << bits_used
    bits_used += DISTANCE_EXTRA_BITS.astype(np.uint64)[distance_symbol]
    return values, bits_used


def _header(
    litlen_lengths: NDArray[np.uint8], distance_lengths: NDArray[np.uint8], final: bool
) -> tuple[int, int]:
    """Everything before the first code (RFC 1951 §3.2.3, §3.2.7), as a number and how many bits it has."""
    HLIT = max(257, int(np.flatnonzero(litlen_lengths)[-1]) + 1) - 257
    HDIST = int(np.flatnonzero(distance_lengths)[-1]) if distance_lengths.any() else 0
    symbols = run_length_codes(
        litlen_lengths[: HLIT + 257].tolist() + distance_lengths[: HDIST + 1].tolist()
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


def run_length_codes(lengths: list[int]) -> list[tuple[int, int, int]]:
    """Code lengths in the alphabet of RFC 1951 §3.2.7, as (symbol, extra bits' value, their number).

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


def stored_blocks(data: NDArray[np.uint8], final: bool) -> bytes:
    """Blocks without compression (BTYPE 00), each at most 65,535 bytes (RFC 1951 §3.2.4); begins at a byte."""
    parts = []
    for start in range(0, max(data.size, 1), 65535):
        piece = data[start : start + 65535]
        LEN = piece.size
        BFINAL = int(final and start + LEN == data.size)
        parts.append(bytes((BFINAL, LEN & 255, LEN >> 8, ~LEN & 255, ~LEN >> 8 & 255)))
        parts.append(piece.tobytes())
    return b"".join(parts)
