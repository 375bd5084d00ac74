"""One DEFLATE block (RFC 1951 §3.2): symbols counted, codes made, header and body written; or
stored.

Knows nothing of how matches were found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import bits
from .codes import LITLEN_LIMIT, Codes, counts_of_matches
from .huffman import MAX_BITS
from .matches import Spans, outside
from .parse import Matches
from .symbols import END_OF_BLOCK

_CODE_MASK = np.uint32((1 << 26) - 1)

_PAIRS_FROM = 1 << 15
"""From this many bytes on, looking up two literals at once repays its table of 65,536 pairs."""


def dynamic_block(data: NDArray[np.uint8], matches: Matches, final: bool) -> tuple[bytes, int]:
    """A block with its own Huffman codes (BTYPE 10): its bytes, and how many bits of them count."""
    group = 2 if data.size >= _PAIRS_FROM else 1
    tokens, match_at, single_at = _tokens(data, matches, group)

    # Literals are counted with the bytes that only hold a match's place, and those are taken off
    # again.
    counts, distance_counts = counts_of_matches(matches)
    counts[:256] += _byte_counts(tokens)
    if group == 2:
        counts[:256] -= np.bincount(tokens[single_at] >> 8, minlength=256)
    if match_at.size:
        places = tokens[match_at]
        counts[:256] -= np.bincount(places & 255, minlength=256)
        if group == 2:
            counts[:256] -= np.bincount(places >> 8, minlength=256)
    counts[END_OF_BLOCK] += 1
    # Where no pairs are looked up, longer codes may do, as the quicker way of making codes gives.
    codes = Codes(counts, distance_counts, LITLEN_LIMIT if group == 2 else MAX_BITS)

    joiner = bits.Joiner(*codes.header(final))
    literals = codes.literals()
    table = literals[:256] if group == 1 else codes.literal_pairs()
    if match_at.size:
        match_values, match_lengths = codes.matches(matches)
    for first in range(0, tokens.size, _TOKENS_AT_ONCE):
        last = min(first + _TOKENS_AT_ONCE, tokens.size)
        entries = np.take(table, tokens[first:last], mode="wrap")
        if group == 2:
            alone = _within(single_at, first, last)
            entries[single_at[alone] - first] = literals[tokens[single_at[alone]] & 255]
        lengths = (entries >> np.uint32(26)).astype(np.uint64)
        entries &= _CODE_MASK
        values = entries.astype(np.uint64)
        if match_at.size:
            here = _within(match_at, first, last)
            values[match_at[here] - first] = match_values[here]
            lengths[match_at[here] - first] = match_lengths[here]
        if last == tokens.size:
            values[-1] = codes.litlen_codes[END_OF_BLOCK]
            lengths[-1] = codes.litlen_lengths[END_OF_BLOCK]
        for _ in range(3 - group):
            values, lengths = bits.merge_pairs(values, lengths)
        joiner.add(values, lengths)
    return joiner.finish()


_TOKENS_AT_ONCE = 1 << 17
"""Few enough for what is made of them to take little memory; so many that threads seldom wait for
each other between NumPy's calls.
"""


def _within(places: NDArray[np.int64], first: int, last: int) -> slice:
    """Which of some ascending places lie in a range."""
    start, stop = np.searchsorted(places, (first, last))
    return slice(int(start), int(stop))


def _tokens(
    data: NDArray[np.uint8], matches: Matches, group: int
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64], NDArray[np.int64]]:
    """What the block consists of, in units of `group` bytes: literals, places held for matches, one
    for the end.

    Also where the matches are, and (for groups of two) where a literal stands alone with a byte
    that does not count. A match's place, and the byte that fills up a lone literal before it, are
    kept from the bytes the match covers.
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
        dropped = ends - drop
        size = data.size - int(dropped.sum())
        tokens = np.zeros(-(-size // group) * group + group, np.uint8)
        if start.size * _FEW < data.size:
            kept = zip([0, *ends.tolist()], [*drop.tolist(), data.size])
            np.concatenate([data[first:last] for first, last in kept], out=tokens[:size])
        else:
            tokens[:size] = data[outside(Spans(drop, ends, matches.distance), data.size)]
        match_at = (drop - group - (np.cumsum(dropped) - dropped)) // group
        single_at = match_at[np.flatnonzero(odd)] - 1 if group == 2 else nothing
    if group == 1:
        return tokens, match_at, nothing
    if size & 1:
        single_at = np.append(single_at, size >> 1)
    return tokens.view("<u2"), match_at, single_at


_FEW = 1 << 10
"""With fewer matches than one in so many bytes, what lies between them is sooner copied piece by
piece than chosen byte by byte.
"""


def _byte_counts(tokens: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """How often each byte occurs in all tokens but the last, of one byte or two."""
    if tokens.itemsize == 1:
        return np.bincount(tokens[:-1], minlength=256)
    pairs = np.bincount(tokens[:-1], minlength=1 << 16).reshape(256, 256)
    counts: NDArray[np.int64] = pairs.sum(axis=0) + pairs.sum(axis=1)
    return counts


def stored_blocks(data: NDArray[np.uint8], final: bool) -> bytes:
    """Blocks without compression (BTYPE 00), each at most 65,535 bytes (RFC 1951 §3.2.4); begins at
    a byte.
    """
    parts = []
    for start in range(0, max(data.size, 1), 65535):
        piece = data[start : start + 65535]
        LEN = piece.size
        BFINAL = int(final and start + LEN == data.size)
        parts.append(bytes((BFINAL, LEN & 255, LEN >> 8, ~LEN & 255, ~LEN >> 8 & 255)))
        parts.append(piece.tobytes())
    return b"".join(parts)
