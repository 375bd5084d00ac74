"""DEFLATE blocks (RFC 1951 §3.2) and what wraps them in a zlib stream (RFC 1950).

Knows bytes and the matches to use in them; not how those were found, nor what the bytes mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .codes import END_OF_BLOCK, LITLEN_LIMIT, Codes, counts_of_matches
from .huffman import MAX_BITS
from .matches import Bytes, Indices, Matches, Spans, outside, ranges

ZLIB_HEADER = b"\x78\x9c"
"""CM 8, CINFO 7 (a window of 32 KiB), no dictionary, FLEVEL 2 (RFC 1950 §2.2)."""

_CODE_MASK = np.uint32((1 << 26) - 1)
_PAIRS_FROM = 1 << 15
"""From this many literals on, looking up two at once repays its table of 65,536 pairs."""
_TOKENS_AT_ONCE = 1 << 17
"""Few enough that the arrays made from them take little memory."""
_FEW = 1 << 10
"""If there are fewer matches than one in so many bytes, the bytes between them are copied slice by
slice, which is faster than choosing them by a mask.
"""


def compress_band(data: Bytes, found: Matches, final: bool) -> bytes:
    """`data` (1-D uint8) as whole bytes of DEFLATE, using the matches in `found`.

    A band that is not final ends with an empty stored block, which costs four bytes and lets bands
    be compressed independently.
    """
    if data.size == 0:
        return stored(data, final)
    body, size = block(data, found, final)
    if len(body) >= data.size + 5 * (data.size // 65535 + 1):
        return stored(data, final)
    if final:
        return body
    # An empty stored block: 3 bits of header, zeros up to a byte, LEN 0 and its complement (RFC
    # 1951 §3.2.4).
    aligned = -(-(size + 3) // 8)
    return body + bytes(aligned - len(body)) + b"\x00\x00\xff\xff"


def stored(data: Bytes, final: bool) -> bytes:
    """`data` as blocks without compression (BTYPE 00) of at most 65,535 bytes (RFC 1951 §3.2.4);
    they must begin on a byte boundary.
    """
    parts = []
    for start in range(0, max(data.size, 1), 65535):
        piece = data[start : start + 65535]
        LEN = piece.size
        BFINAL = int(final and start + LEN == data.size)
        parts.append(bytes((BFINAL, LEN & 255, LEN >> 8, ~LEN & 255, ~LEN >> 8 & 255)))
        parts.append(piece.tobytes())
    return b"".join(parts)


def block(data: Bytes, matches: Matches, final: bool) -> tuple[bytes, int]:
    """A block with Huffman codes of its own (BTYPE 10): its bytes, and how many bits are used."""
    literals = data.size - int(matches.length.sum())
    group = 2 if literals >= _PAIRS_FROM else 1
    tokens, match_at, single_at = _tokens(data, matches, group)

    # Single literals may have longer codes, which are quicker to make.
    limit = LITLEN_LIMIT if group == 2 else MAX_BITS
    codes = Codes(*_counts(tokens, matches, match_at, single_at), limit)
    joiner = Joiner(*codes.header(final))
    single = codes.literals()
    table = single[:256] if group == 1 else codes.literal_pairs()
    if match_at.size:
        match_values, match_lengths = codes.matches(matches)
    for first in range(0, tokens.size, _TOKENS_AT_ONCE):
        last = min(first + _TOKENS_AT_ONCE, tokens.size)
        entries = np.take(table, tokens[first:last], mode="wrap")
        if group == 2:
            alone = _within(single_at, first, last)
            entries[single_at[alone] - first] = single[tokens[single_at[alone]] & 255]
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
            values, lengths = merge_pairs(values, lengths)
        joiner.add(values, lengths)
    return joiner.finish()


def _counts(
    tokens: NDArray[np.unsignedinteger], matches: Matches, match_at: Indices, single_at: Indices
) -> tuple[Indices, Indices]:
    """How often each symbol of both alphabets is used.

    The bytes that only hold a place for a match are counted as literals, then subtracted.
    """
    counts, distance_counts = counts_of_matches(matches)
    counts[:256] += _byte_counts(tokens)
    counts[:256] -= np.bincount(tokens[single_at] >> 8, minlength=256)
    if match_at.size:
        places = tokens[match_at]
        counts[:256] -= np.bincount(places & 255, minlength=256)
        if tokens.itemsize == 2:
            counts[:256] -= np.bincount(places >> 8, minlength=256)
    counts[END_OF_BLOCK] += 1
    return counts, distance_counts


def _within(places: Indices, first: int, last: int) -> slice:
    """Which of `places` (ascending) are in [first, last)."""
    start, stop = np.searchsorted(places, (first, last))
    return slice(int(start), int(stop))


def _tokens(
    data: Bytes, matches: Matches, group: int
) -> tuple[NDArray[np.unsignedinteger], Indices, Indices]:
    """What the block sends, in units of `group` bytes: literals, a place for each match, and one
    for the end.

    Also returns where the matches are, and (if `group` is 2) where a literal shares its unit with a
    byte that is not sent. The places come from the bytes that a match covers.
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
        elif size < data.size >> 2:
            first = np.concatenate((start[:0], [0], ends))
            tokens[:size] = data[ranges(first, np.append(drop, data.size))]
        else:
            tokens[:size] = data[outside(Spans(drop, ends, matches.distance), data.size)]
        match_at = (drop - group - (np.cumsum(dropped) - dropped)) // group
        single_at = match_at[odd.nonzero()[0]] - 1 if group == 2 else nothing
    if group == 1:
        return tokens, match_at, nothing
    if size & 1:
        single_at = np.append(single_at, size >> 1)
    return tokens.view("<u2"), match_at, single_at


def _byte_counts(tokens: NDArray[np.unsignedinteger]) -> Indices:
    """How often each byte occurs in all tokens but the last; a token is one byte or two."""
    if tokens.itemsize == 1:
        return np.bincount(tokens[:-1], minlength=256)
    pairs = np.bincount(tokens[:-1], minlength=1 << 16).reshape(256, 256)
    counts: Indices = pairs.sum(axis=0) + pairs.sum(axis=1)
    return counts


_NO_BITS = np.zeros(1, np.uint64)


def merge_pairs(
    values: NDArray[np.uint64], lengths: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Bit strings joined two by two, so that half as many have to be placed.

    Returned unchanged if two neighbours do not fit in 64 bits together.
    """
    if values.size & 1:
        values, lengths = np.concatenate((values, _NO_BITS)), np.concatenate((lengths, _NO_BITS))
    first_length = lengths[0::2]
    merged_lengths = first_length + lengths[1::2]
    if values.size == 0 or merged_lengths.max() > 64:
        return values, lengths
    merged = values[1::2] << first_length
    merged |= values[0::2]
    return merged, merged_lengths


class Joiner:
    """Bit strings laid end to end, the lowest bit first (RFC 1951 §3.1.1), added piece by piece.

    >>> joiner = Joiner(0b1, 1)
    >>> joiner.add(np.array([1, 2], np.uint64), np.array([1, 2], np.uint64))
    >>> joiner.finish()  # 2 in two bits, 1 in one bit, and the 1 that came first
    (b'\\x0b', 4)
    """

    def __init__(self, head: int, head_length: int) -> None:
        """Begins with the `head_length` bits of `head`."""
        whole = head_length >> 6
        self.parts = [(head & ((1 << (whole << 6)) - 1)).to_bytes(whole * 8, "little")]
        self.word = head >> (whole << 6)  # the bits of the word that is not yet full
        self.used = head_length & 63

    def add(self, values: NDArray[np.uint64], lengths: NDArray[np.uint64]) -> None:
        """Adds at least one string; `lengths` are 0 to 64, and no bit of a value is set at or above
        its length.
        """
        ends = np.cumsum(lengths, dtype=np.uint64)
        ends += np.uint64(self.used)
        starts = ends - lengths
        shifts = starts & np.uint64(63)
        starts >>= np.uint64(6)  # the word in which each begins
        # Bits never overlap, so OR is +, and what begins in one word is a difference of running
        # sums. Only the last string of a word can reach into the next word, where, as none exceeds
        # 64 bits, another string begins.
        is_last = np.ones(starts.size, np.bool_)
        np.not_equal(starts[1:], starts[:-1], out=is_last[:-1])
        last = is_last.nonzero()[0]
        first_word, stop_word = int(starts[0]), int(starts[-1]) + 1
        words = np.zeros(stop_word + 1, np.uint64)
        words[first_word:stop_word] = np.cumsum(values << shifts)[last]
        words[first_word + 1 : stop_word] -= words[first_word : stop_word - 1].copy()
        # Two shifts, because a shift by 64 is undefined.
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
    whole = data.size // _ROW
    for start in range(0, whole, _ROWS):
        grid = data[start * _ROW : min(start + _ROWS, whole) * _ROW].reshape(-1, _ROW)
        value = adler32_combine(value, _adler32_of_grid(grid), grid.size)
    rest = data[whole * _ROW :].astype(np.int64)
    first = int(rest.sum())
    second = int(np.dot(rest, np.arange(rest.size, 0, -1, dtype=np.int64)))
    rest_value = (1 + first) % BASE | (rest.size + second) % BASE << 16
    return adler32_combine(value, rest_value, rest.size)


def _adler32_of_grid(grid: Bytes) -> int:
    """The Adler-32 of at most _ROWS rows of _ROW bytes, one after the other.

    Byte i counts size - i times in the second sum (RFC 1950 §9): with i = _ROW * row + column, that
    is a sum over rows less a sum over columns. Up to 256 bytes add up within 16 bits, and 16-bit
    sums are several times as fast as wider ones.
    """
    pairs = grid.view("<u2")
    low, high = pairs & np.uint16(255), pairs >> np.uint16(8)
    columns = np.empty(_ROW, np.int64)
    columns[0::2] = np.add.reduce(low, axis=0, dtype=np.uint16)
    columns[1::2] = np.add.reduce(high, axis=0, dtype=np.uint16)
    low += high
    parts = np.add.reduce(low.reshape(-1, 128), axis=1, dtype=np.uint16)
    rows = parts.reshape(grid.shape[0], -1).sum(axis=1, dtype=np.int64)
    first, size = int(rows.sum()), grid.size
    second = int(np.dot(rows, size - _ROW * np.arange(rows.size, dtype=np.int64)))
    second -= int(np.dot(columns, np.arange(_ROW, dtype=np.int64)))
    return (1 + first) % BASE | (size + second) % BASE << 16


def adler32_combine(first: int, second: int, second_length: int) -> int:
    """The Adler-32 of two pieces laid end to end, from the Adler-32 of each and the length of the
    second.

    >>> a, b = np.frombuffer(b"Wiki", np.uint8), np.frombuffer(b"pedia", np.uint8)
    >>> hex(adler32_combine(adler32(a), adler32(b), b.size))
    '0x11e60398'
    """
    a1, b1 = first & 0xFFFF, first >> 16
    a2, b2 = second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % BASE
    b = (b1 + b2 + second_length * (a1 - 1)) % BASE
    return b << 16 | a


def adler32_rows(data: Bytes) -> Indices:
    """The Adler-32 of each row of a 2-D uint8 array.

    >>> rows = np.frombuffer(b"WikiWiki", np.uint8).reshape(2, 4)
    >>> [hex(value) for value in adler32_rows(rows).tolist()]
    ['0x3da0195', '0x3da0195']
    """
    size = data.shape[1]
    wide = data.astype(np.int64)
    first = (1 + wide.sum(axis=1)) % BASE
    second = (size + wide @ np.arange(size, 0, -1, dtype=np.int64)) % BASE
    result: Indices = second << 16 | first
    return result
