"""DEFLATE blocks (RFC 1951 §3.2) and what wraps them in a zlib stream (RFC 1950).

Knows bytes and the matches to use in them; not how those were found, nor what the bytes mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import END_OF_BLOCK, MAX_BITS, PAIR_LIMIT, Codes, code_lengths, counts_of_matches
from .filters import Bytes
from .matches import Indices, Matches, outside, ranges

Words = NDArray[np.uint64]

ZLIB_HEADER = b"\x78\x9c"
"""CM 8, CINFO 7 (a window of 32 KiB), no dictionary, FLEVEL 2 (RFC 1950 §2.2)."""

_PAIRS_FROM = 1 << 15
"""From this many literals on, looking up two at once repays its table of 65,536 pairs."""
_FEW = 1 << 10
"""If there are fewer matches than one in so many bytes, copying slices is faster than choosing
bytes by a mask: by up to a tenth of the time of a photograph.
"""
_TOKENS_AT_ONCE = 1 << 17
"""Few enough that the arrays made from them stay in the cache."""


def compress_band(data: Bytes, found: Matches, final: bool) -> bytes:
    """`data` (1-D uint8, not empty) as whole bytes of DEFLATE, using the matches in `found`.

    A band that is not final ends with an empty stored block, which costs four bytes and lets bands
    be compressed independently.
    """
    body, size = block(data, found, final)
    if len(body) >= data.size + 5 * (data.size // 65535 + 1):
        return stored(data, final)
    if final:
        return body
    # An empty stored block: 3 bits of header, zeros up to a byte, LEN 0 and its complement (RFC
    # 1951 §3.2.4).
    aligned = -(-(size + 3) // 8)
    return body.ljust(aligned, b"\0") + b"\x00\x00\xff\xff"


def stored(data: Bytes, final: bool) -> bytes:
    """`data` as blocks without compression (BTYPE 00) of at most 65,535 bytes (RFC 1951 §3.2.4);
    they must begin on a byte boundary.
    """
    parts = []
    for start in range(0, data.size, 65535):
        piece = data[start : start + 65535]
        LEN = piece.size
        BFINAL = int(final and start + LEN == data.size)
        parts.append(bytes((BFINAL, LEN & 255, LEN >> 8, ~LEN & 255, ~LEN >> 8 & 255)))
        parts.append(piece.tobytes())
    return b"".join(parts)


def block(data: Bytes, matches: Matches, final: bool) -> tuple[bytes, int]:
    """A block with Huffman codes of its own (BTYPE 10): its bytes, and how many bits are used."""
    group = 2 if data.size - int(matches.length.sum()) >= _PAIRS_FROM else 1
    tokens, match_at, single_at = _tokens(data, matches, group)
    counts, distance_counts = counts_of_matches(matches)
    counts[:256] = _byte_counts(tokens[:-1])
    counts[0] -= group * match_at.size + single_at.size
    counts[END_OF_BLOCK] = 1
    limit = PAIR_LIMIT if group == 2 else MAX_BITS
    codes = Codes(code_lengths(counts, limit), code_lengths(distance_counts, MAX_BITS))
    single = codes.literals()
    table = codes.literal_pairs() if group == 2 else single
    match_values, match_lengths = codes.matches(matches)
    parts = []
    rest = codes.header(final)
    for first in range(0, tokens.size, _TOKENS_AT_ONCE):
        part = tokens[first : first + _TOKENS_AT_ONCE]
        entries = np.take(table, part, mode="wrap")
        alone = single_at[_within(single_at, first, part.size)] - first
        entries[alone] = single[part[alone]]
        values, lengths = split_entries(entries)
        here = _within(match_at, first, part.size)
        values[match_at[here] - first] = match_values[here]
        lengths[match_at[here] - first] = match_lengths[here]
        if first + part.size == tokens.size:
            values[-1] = codes.litlen_codes[END_OF_BLOCK]
            lengths[-1] = codes.litlen_lengths[END_OF_BLOCK]
        for _ in range(3 - group):
            values, lengths = merge_pairs(values, lengths)
        words, size = join(*map(np.concatenate, zip(rest, (values, lengths))))
        # The last word, which is not full, comes first in the next part.
        full = size >> 6
        parts.append(words[:full].tobytes())
        rest = words[full:], np.array([size & 63], np.uint64)
    body = b"".join(parts)
    used = size & 63
    return body + rest[0].tobytes()[: -(-used // 8)], 8 * len(body) + used


def _tokens(
    data: Bytes, matches: Matches, group: int
) -> tuple[NDArray[np.unsignedinteger[Any]], Indices, Indices]:
    """What the block sends, in units of `group` bytes: literals, a place for each match, and one
    for the end.

    Also returns where the matches are, and (if `group` is 2) where a literal is alone in its unit.
    Places are zero, and so is what shares its unit with a lone literal.
    """
    start, length, _ = matches
    # A place is made of bytes that the match covers.
    ends = start + length
    gaps = start.copy()
    gaps[1:] -= ends[:-1]
    odd = gaps % group
    drop = start + (group + odd)
    dropped = ends - drop
    size = data.size - int(dropped.sum())
    tokens = np.zeros(-(-size // group) * group + group, np.uint8)
    if start.size * _FEW < data.size:
        kept = zip([0, *ends.tolist()], [*drop.tolist(), data.size])
        np.concatenate([data[first:last] for first, last in kept], out=tokens[:size])
    elif size < data.size >> 2:
        tokens[:size] = data[ranges(np.append(0, ends), np.append(drop, data.size))]
    else:
        tokens[:size] = data[outside(drop, ends, data.size)]
    units: NDArray[np.unsignedinteger[Any]] = tokens.view(f"<u{group}")
    match_at = (drop - group - (np.cumsum(dropped) - dropped)) // group
    single_at = match_at[odd.nonzero()[0]] - 1
    if size % group:
        single_at = np.append(single_at, size >> 1)
    units[match_at] = 0
    units[single_at] &= 255
    return units, match_at, single_at


def _within(places: Indices, first: int, size: int) -> slice:
    """Which of `places` (ascending) are in [first, first + size)."""
    return slice(*np.searchsorted(places, (first, first + size)).tolist())


def _byte_counts(tokens: NDArray[np.unsignedinteger[Any]]) -> Indices:
    """How often each byte occurs in tokens of one byte or two."""
    if tokens.itemsize == 1:
        return np.bincount(tokens, minlength=256)
    pairs = np.bincount(tokens, minlength=1 << 16).reshape(256, 256)
    counts: Indices = pairs.sum(axis=0) + pairs.sum(axis=1)
    return counts


def split_entries(entries: NDArray[np.uint32]) -> tuple[Words, Words]:
    """Entries of the tables of `Codes` as values and lengths."""
    lengths = (entries >> np.uint32(26)).astype(np.uint64)
    entries &= np.uint32((1 << 26) - 1)
    return entries.astype(np.uint64), lengths


def merge_pairs(values: Words, lengths: Words) -> tuple[Words, Words]:
    """Bit strings joined two by two, so that half as many have to be placed.

    Returned unchanged if two neighbours do not fit in 64 bits together.
    """
    if values.size & 1:
        values, lengths = np.append(values, np.uint64(0)), np.append(lengths, np.uint64(0))
    first_length = lengths[0::2]
    merged_lengths = first_length + lengths[1::2]
    if merged_lengths.max() > 64:
        return values, lengths
    merged = values[1::2] << first_length
    merged |= values[0::2]
    return merged, merged_lengths


def join(values: Words, lengths: Words) -> tuple[Words, int]:
    """Bit strings laid end to end, the lowest bit first (RFC 1951 §3.1.1), in little-endian words
    of 64 bits, and how many bits there are; zeros fill the last word, which is not full.

    `lengths` are 0 to 64, and no bit of a value is set at or above its length.

    >>> join(np.array([1, 2], np.uint64), np.array([1, 3], np.uint64))  # 2 in three bits, then 1
    (array([5], dtype=uint64), 4)
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    shifts = starts & np.uint64(63)
    starts >>= np.uint64(6)  # the word in which each begins
    # Bits never overlap, so OR is +, and what begins in one word is a difference of running sums.
    # Only the last string of a word can reach into the next word, where, as none exceeds 64 bits,
    # another string begins.
    is_last = np.ones(starts.size, np.bool_)
    np.not_equal(starts[1:], starts[:-1], out=is_last[:-1])
    last = is_last.nonzero()[0]
    words = np.zeros(last.size + 1, np.uint64)
    words[:-1] = np.cumsum(values << shifts)[last]
    words[1:-1] -= words[:-2].copy()
    # Two shifts, because a shift by 64 is undefined.
    words[1:] += (values[last] >> np.uint64(1)) >> (np.uint64(63) - shifts[last])
    size = int(ends[-1])
    return words[: (size >> 6) + 1].astype("<u8", copy=False), size


BASE = 65521
"""The largest prime below 65536 (RFC 1950 §8.2)."""
_ROW, _ROWS = 4096, 256
"""Bytes are summed in grids of at most _ROWS rows of _ROW bytes, so that row and column sums do
most of the work.
"""


def adler32(data: Bytes, value: int = 1) -> int:
    """The Adler-32 (RFC 1950 §8.2) of a 1-D uint8 array, continued from `value`.

    >>> hex(adler32(np.frombuffer(b"Wikipedia", np.uint8)))
    '0x11e60398'
    """
    first, second = value & 0xFFFF, value >> 16
    whole = data.size // _ROW * _ROW
    ends = [*range(0, whole, _ROW * _ROWS), whole, data.size]
    for start, end in zip(ends, ends[1:]):
        piece = data[start:end]
        total, weighted = map(int, _sums_of_grid(piece) if start < whole else _sums(piece))
        second = (second + piece.size * first + weighted) % BASE
        first = (first + total) % BASE
    return second << 16 | first


def _sums(data: Bytes) -> Any:
    """The sum of all bytes along the last axis, and that of the running sums."""
    wide = data.astype(np.int64)
    return wide.sum(axis=-1), wide @ np.arange(data.shape[-1], 0, -1)


def _sums_of_grid(data: Bytes) -> Any:
    """What `_sums` returns, for at most _ROWS times _ROW bytes.

    Byte i counts size - i times in the second sum (RFC 1950 §9): with i = _ROW * row + column, that
    is a sum over rows less a sum over columns. Up to 256 bytes add up within 16 bits, and 16-bit
    sums are several times as fast as wider ones.
    """
    pairs = data.reshape(-1, _ROW).view("<u2")
    low, high = pairs & np.uint16(255), pairs >> np.uint16(8)
    columns = np.empty(_ROW, np.int64)
    columns[0::2] = np.add.reduce(low, axis=0, dtype=np.uint16)
    columns[1::2] = np.add.reduce(high, axis=0, dtype=np.uint16)
    low += high
    parts = np.add.reduce(low.reshape(-1, 128), axis=1, dtype=np.uint16)
    rows = parts.reshape(low.shape[0], -1).sum(axis=1, dtype=np.int64)
    weighted = rows @ np.arange(data.size, 0, -_ROW) - columns @ np.arange(_ROW)
    return rows.sum(), weighted


def adler32_rows(data: Bytes) -> list[int]:
    """The Adler-32 of each row of a 2-D uint8 array.

    >>> [hex(value) for value in adler32_rows(np.frombuffer(b"WikiWiki", np.uint8).reshape(2, 4))]
    ['0x3da0195', '0x3da0195']
    """
    total, weighted = _sums(data)
    values = (data.shape[1] + weighted) % BASE << 16 | (1 + total) % BASE
    return list(values.tolist())
