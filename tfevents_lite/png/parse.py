"""Choosing among overlapping repetitions (LZ77 parsing), by what the bits would cost.

What is found in `matches` comes in; what a block can send comes out. Knows the shape of RFC 1951's
match symbols, not codes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codes import (
    DISTANCE_EXTRA_BITS,
    DISTANCE_SYMBOL,
    DISTANCE_SYMBOLS,
    LENGTH_EXTRA_BITS,
    LENGTH_SYMBOL,
    LITLEN_SYMBOLS,
)
from .matches import MAX_LENGTH, MIN_LENGTH, Bytes, Indices, Matches, Spans, outside

Costs = NDArray[np.int32]
_BIT = 64
"""Costs are whole numbers of 1/64 bit."""


class Prices(NamedTuple):
    """What each literal byte, each match length (0..258) and each distance symbol costs, in 1/64
    bit.

    `total` is what the whole band costs by the choice of spans these prices come from, in bits.
    """

    literal: Costs
    length: Costs
    distance: Costs
    total: int = 0


def no_matches() -> Matches:
    """None at all."""
    nothing = np.zeros(0, np.int64)
    return Matches(nothing, nothing, nothing)


def first_prices(counts: NDArray[np.int64]) -> Prices:
    """A guess from how often each byte occurs, before anything is known of the matches.

    Literals are guessed at no less than 1.5 bits: where one byte prevails, matches will take most
    of its occurrences away.
    """
    literal = np.clip(_price(counts + 0.5), 3 * _BIT // 2, 13 * _BIT).astype(np.int32)
    length = (6 * _BIT + LENGTH_EXTRA_BITS.astype(np.int64) * _BIT).astype(np.int32)
    distance = ((4 + DISTANCE_EXTRA_BITS) * _BIT).astype(np.int32)
    return Prices(literal, length, distance)


def prices_after(data: Bytes, spans: Spans) -> Prices:
    """What a Huffman code for this choice of spans would make of it."""
    counts = np.bincount(data[outside(spans, data.size)], minlength=LITLEN_SYMBOLS)
    lengths = np.minimum(spans.stop - spans.start, MAX_LENGTH)
    counts += np.bincount(LENGTH_SYMBOL[lengths], minlength=LITLEN_SYMBOLS)
    litlen = np.maximum(_price(counts + 0.3), _BIT)
    distances = np.bincount(DISTANCE_SYMBOL[spans.distance], minlength=DISTANCE_SYMBOLS)
    distance = np.maximum(_price(distances + 0.3), _BIT)
    length = (litlen[LENGTH_SYMBOL] + LENGTH_EXTRA_BITS.astype(np.int64) * _BIT).astype(np.int32)
    distance = (distance + DISTANCE_EXTRA_BITS * _BIT).astype(np.int32)
    total = np.dot(counts[:256], litlen[:256]) + np.dot(distances, distance)
    total += length[lengths].sum(dtype=np.int64)
    return Prices(litlen[:256].astype(np.int32), length, distance, int(total) // _BIT)


def prices_of(litlen_lengths: NDArray[np.uint8], distance_lengths: NDArray[np.uint8]) -> Prices:
    """What everything costs by a code that is known already."""
    litlen: Costs = litlen_lengths.astype(np.int32)
    length: Costs = litlen[LENGTH_SYMBOL] + LENGTH_EXTRA_BITS.astype(np.int32)
    distance: Costs = distance_lengths.astype(np.int32) + DISTANCE_EXTRA_BITS.astype(np.int32)
    return Prices(litlen[:256] * _BIT, length * _BIT, distance * _BIT)


def _price(counts: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """What each of some symbols costs, by how often they occur."""
    price: NDArray[np.float64] = _BIT * np.log2(counts.sum() / counts)
    return price


def cover(spans: Spans, handicap: Indices | int) -> Spans:
    """Spans without overlap that reach as far as possible.

    Of several that begin before the same byte, the one that reaches farthest is used; `handicap` is
    by how many bytes each must reach farther than others to be preferred, for distances that cost
    more.
    """
    if spans.start.size == 0:
        return spans
    # The parts are in order already, which a stable sort makes use of.
    order = np.argsort(spans.start, kind="stable")
    spans, reach = spans.take(order), (spans.stop - handicap)[order]
    # Only those that reach farther than all that start before them can be of use; of several at one
    # place, the last such.
    useful = np.ones(reach.size, np.bool_)
    np.greater(reach[1:], np.maximum.accumulate(reach)[:-1], out=useful[1:])
    spans = spans.take(useful.nonzero()[0])
    last = np.ones(spans.start.size, np.bool_)
    np.not_equal(spans.start[1:], spans.start[:-1], out=last[:-1])
    spans = spans.take(last.nonzero()[0])
    start = spans.start.copy()
    np.maximum(start[1:], np.maximum.accumulate(spans.stop)[:-1], out=start[1:])
    spans = Spans(start, spans.stop, spans.distance)
    return spans.take((spans.stop - start >= MIN_LENGTH).nonzero()[0])


def profitable(data: Bytes, spans: Spans, prices: Prices) -> tuple[Spans, int]:
    """Those of some spans without overlap that cost less than the literals they replace, and what
    all then costs, in bits.
    """
    # 13 bits of _BIT each for 2 million bytes stay below 2**31; no ordinary band is that long.
    kind = np.int32 if data.size < 1 << 21 else np.int64
    sums: NDArray[Any] = np.zeros(data.size + 1, kind)
    np.cumsum(np.take(prices.literal, data, mode="wrap"), dtype=kind, out=sums[1:])
    length = spans.stop - spans.start
    copies = -(-length // MAX_LENGTH)
    cost = prices.length[np.minimum(length, MAX_LENGTH)].astype(np.int64)
    cost += prices.distance[DISTANCE_SYMBOL[spans.distance]]
    cost *= copies
    saving = sums[spans.stop] - sums[spans.start] - cost
    paying = (saving > 0).nonzero()[0]
    return spans.take(paying), (int(sums[-1]) - int(saving[paying].sum())) // _BIT


def split(spans: Spans) -> Matches:
    """Spans as copies of at most MAX_LENGTH bytes; where less than MIN_LENGTH would be left, the
    last but one lends some.
    """
    length = spans.stop - spans.start
    if length.size == 0 or length.max() <= MAX_LENGTH:
        return Matches(spans.start, length, spans.distance)
    copies = (-(-length // MAX_LENGTH)).astype(np.intp, copy=False)
    index = np.repeat(np.arange(length.size), copies)
    nth = np.arange(index.size) - np.repeat(np.cumsum(copies) - copies, copies)
    offset = nth * MAX_LENGTH
    piece = np.minimum(length[index] - offset, MAX_LENGTH)
    short = (piece < MIN_LENGTH).nonzero()[0]
    missing = MIN_LENGTH - piece[short]
    piece[short] += missing
    offset[short] -= missing
    piece[short - 1] -= missing
    return Matches(spans.start[index] + offset, piece, spans.distance[index])
