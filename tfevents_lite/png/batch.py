"""Many small images of one shape, compressed in one go: what a NumPy call costs is shared among
them.

All images share one Huffman code; each is a zlib stream and a file of its own. Knows of whole
images what `levels` and `stream` know of bands.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bits, chunks, deflate, filters, matches, parse, search
from .checksums import adler32_rows
from .codes import Codes, counts_of_matches
from .matches import Spans
from .scanlines import Scanlines, form_of
from .symbols import END_OF_BLOCK

_HEADER_BITS = 32
"""How many bits of a block's header are sent at once."""


def encode_alike(images: NDArray[Any], exact_color_type: bool) -> list[bytes]:
    """PNG files of checked images: N×H×W×C, as `encode` takes them."""
    count, height, width, channels = images.shape
    tall = images.reshape(count * height, width, channels)
    image = Scanlines(tall, form_of(tall, exact_color_type))
    rows = image.rows(0, image.height).reshape(count, height, image.row_bytes)
    unit, stride = image.pixel_bytes, image.row_bytes + 1
    data = _filtered(rows, unit, (filters.NONE,))
    if not image.plain:
        filtered = _filtered(rows, unit, filters.ADAPTIVE)
        if _literal_bits(filtered, unit) < _literal_bits(data, unit):
            data = filtered
    found = _matches(data, unit, stride)
    head = chunks.SIGNATURE
    head += chunks.header(width, height, image.bit_depth, image.color_type)
    if image.color_type == chunks.PALETTE:
        head += chunks.palette(image.colours)
    checksums = adler32_rows(data).tolist()
    files = []
    for body, row, checksum in zip(_blocks(data, found), data, checksums):
        if len(body) > row.size + 5:
            body = deflate.stored(row)
        stream = b"".join((deflate.ZLIB_HEADER, body, checksum.to_bytes(4, "big")))
        files.append(b"".join((head, chunks.chunk(b"IDAT", stream), chunks.IEND)))
    return files


def _filtered(rows: NDArray[np.uint8], unit: int, kinds: tuple[int, ...]) -> NDArray[np.uint8]:
    """N×H×B rows of bytes as N×(H·(1 + B)) filtered: each image below a row of zeros, which is left
    out again.
    """
    count, height, width = rows.shape
    spaced = np.zeros((count, height + 1, width), np.uint8)
    spaced[:, 1:] = rows
    flat = spaced.reshape(-1, width)
    result = filters.filter_rows(flat, flat[0], unit, kinds)
    return result.reshape(count, height + 1, width + 1)[:, 1:].reshape(count, -1)


def _literal_bits(data: NDArray[np.uint8], unit: int) -> float:
    """The entropy, in bits, of all bytes that do not begin a run: about what has to be sent as
    literals.
    """
    flat = data.ravel()
    alone = ~matches.equal_windows(flat, unit, 4)
    counts = np.bincount(flat[unit : unit + alone.size][alone], minlength=256) + 1e-9
    return float(np.dot(counts, np.log2(counts.sum() / counts)))


def _matches(data: NDArray[np.uint8], unit: int, stride: int) -> parse.Matches:
    """Repetition of the pixel before and the row above, never beyond an image."""
    count, size = data.shape
    flat = data.ravel()
    starts = np.arange(count, dtype=np.int64) * size
    parts = []
    for distance in sorted({unit, stride}):
        found = matches.repeats(flat, distance, 4)
        first_bytes = Spans(starts, starts + min(distance, size), starts)
        parts.append(matches.between(found, first_bytes))
    return search.chosen(flat, parts)[0]


def _blocks(data: NDArray[np.uint8], found: parse.Matches) -> list[bytes]:
    """Each image as one final block, all with the same codes."""
    count, size = data.shape
    flat = data.ravel()
    kept = matches.outside(
        Spans(found.start + 1, found.start + found.length, found.start), flat.size
    )
    tokens = flat[kept]
    match_at = found.start - (np.cumsum(found.length - 1) - (found.length - 1))
    counts, distance_counts = counts_of_matches(found)
    counts[:256] += np.bincount(tokens, minlength=256)
    counts[:256] -= np.bincount(tokens[match_at], minlength=256)
    counts[END_OF_BLOCK] = count
    codes = Codes(counts, distance_counts)

    lengths = codes.litlen_lengths.astype(np.uint64)[tokens]
    values = codes.litlen_codes.astype(np.uint64)[tokens]
    values[match_at], lengths[match_at] = codes.matches(found)
    # Around each image's tokens: the header, in pieces, before; the end of the block and bits up to
    # a whole byte after.
    head, head_length = codes.header(final=True)
    pieces = -(-head_length // _HEADER_BITS)
    removed = np.concatenate(([0], np.cumsum(found.length - 1)))
    image_starts = np.arange(count + 1, dtype=np.int64) * size
    bounds = image_starts - removed[np.searchsorted(found.start, image_starts)]
    total = tokens.size + count * (pieces + 2)
    places = np.arange(tokens.size) + np.repeat(
        np.arange(count) * (pieces + 2) + pieces, np.diff(bounds)
    )
    all_values, all_lengths = np.zeros(total, np.uint64), np.zeros(total, np.uint64)
    all_values[places], all_lengths[places] = values, lengths
    firsts = bounds[:-1] + np.arange(count) * (pieces + 2)
    for piece in range(pieces):
        shift = piece * _HEADER_BITS
        all_values[firsts + piece] = head >> shift & ((1 << _HEADER_BITS) - 1)
        all_lengths[firsts + piece] = min(_HEADER_BITS, head_length - shift)
    ends = bounds[1:] + np.arange(count) * (pieces + 2) + pieces
    all_values[ends] = codes.litlen_codes[END_OF_BLOCK]
    all_lengths[ends] = codes.litlen_lengths[END_OF_BLOCK]
    sizes = np.add.reduceat(all_lengths, firsts)
    all_lengths[ends + 1] = -sizes.astype(np.int64) % 8
    byte_ends = np.cumsum((sizes + np.uint64(7)) >> np.uint64(3)).tolist()

    joiner = bits.Joiner(0, 0)
    for _ in range(2):
        all_values, all_lengths = bits.merge_pairs(all_values, all_lengths)
    joiner.add(all_values, all_lengths)
    joined, _ = joiner.finish()
    return [joined[first:last] for first, last in zip([0, *byte_ends], byte_ends)]
