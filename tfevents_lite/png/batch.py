"""Many small images of one shape, compressed together, so that they share the cost of each NumPy
call.

All images share one Huffman code, which is the fixed one if a header with another code in each file
would take more than it saves. Each image is a file of its own. Decides for whole images what `band`
decides for bands: which filters, and which repetition; only runs are looked for.
"""

from __future__ import annotations

import numpy as np

from . import chunks, deflate, filters, matches, parse
from .codes import END_OF_BLOCK, FIXED, Codes, counts_of_matches
from .matches import Bytes, Indices, Matches, Spans
from .scanlines import Scanlines

_EVEN = 0.2
"""Below this share of bytes that equal the pixel before, an image can only be a photograph."""
_MOSTLY_RUNS = 0.5
"""From this share of bytes in runs on, filters are not tried."""
_HEADER_LEAST, _HEADER_PER_SYMBOL = 60, 4
"""About how many bits a header of dynamic codes takes."""
_HEADER_BITS = 32
"""How many bits of a block's header are sent at once."""


def may_be_drawn(image: Scanlines) -> bool:
    """Whether a small image may have enough runs to be compressed here."""
    rows = image.rows(0, image.height).ravel()
    unit = image.pixel_bytes
    return float(np.count_nonzero(rows[unit:] == rows[:-unit])) > _EVEN * rows.size


def encode_alike(image: Scanlines, count: int) -> list[bytes]:
    """PNG files of `count` images of one height, given as one image with each below the other."""
    height = image.height // count
    rows = image.rows(0, image.height).reshape(count, height, image.row_bytes)
    unit = image.pixel_bytes
    data = _filtered(rows, unit, (filters.NONE,))
    if parse.run_share(data.ravel(), unit) < _MOSTLY_RUNS:
        filtered = _filtered(rows, unit, filters.ADAPTIVE)
        if _literal_bits(filtered, unit) < _literal_bits(data, unit):
            data = filtered
    found, codes = _coding(data, unit)
    head = chunks.SIGNATURE
    head += chunks.header(image.width, height, image.bit_depth, image.color_type)
    checksums = deflate.adler32_rows(data).tolist()
    files = []
    for body, row, checksum in zip(_blocks(data, found, codes), data, checksums):
        if len(body) > row.size + 5:
            body = deflate.stored(row, True)
        stream = b"".join((deflate.ZLIB_HEADER, body, checksum.to_bytes(4, "big")))
        files.append(b"".join((head, chunks.chunk(b"IDAT", stream), chunks.IEND)))
    return files


def _filtered(rows: Bytes, unit: int, kinds: tuple[int, ...]) -> Bytes:
    """N×H×B rows of bytes, filtered, as N×(H·(1 + B)).

    The images are filtered as one, each after a row of zeros, which is removed again.
    """
    count, height, width = rows.shape
    spaced = np.zeros((count, height + 1, width), np.uint8)
    spaced[:, 1:] = rows
    flat = spaced.reshape(-1, width)
    result = filters.filter_rows(flat, flat[0], unit, kinds)
    return result.reshape(count, height + 1, width + 1)[:, 1:].reshape(count, -1)


def _literal_bits(data: Bytes, unit: int) -> float:
    """The entropy, in bits, of all bytes that do not begin a run: about the size of the
    literals.
    """
    flat = data.ravel()
    alone = ~matches.equal_windows(flat, unit, 4)
    counts = np.bincount(flat[unit : unit + alone.size][alone], minlength=256) + 1e-9
    return float(np.dot(counts, np.log2(counts.sum() / counts)))


def _coding(data: Bytes, unit: int) -> tuple[Matches, Codes]:
    """Runs of the pixel before that pay, and the codes for all images."""
    count = data.shape[0]
    matched = _matched(data, unit, matches.repeats(data.ravel(), unit, 4))
    counts, distance_counts = _counts(data, matched)
    fixed = counts @ FIXED.litlen_lengths[: counts.size]
    fixed += distance_counts @ FIXED.distance_lengths
    header = _HEADER_LEAST + _HEADER_PER_SYMBOL * np.count_nonzero(counts)
    if fixed <= _entropy(counts) + _entropy(distance_counts) + count * header:
        return matched, FIXED
    matched = _matched(data, unit, parse.runs(data.ravel(), unit))
    return matched, Codes(*_counts(data, matched))


def _matched(data: Bytes, unit: int, runs: Spans) -> Matches:
    """Copies for some runs, none of which reaches beyond its image."""
    count, size = data.shape
    if count > 1:
        starts = np.arange(count, dtype=np.int64) * size
        first_pixels = Spans(starts, starts + min(unit, size), starts)
        runs = matches.between(runs, first_pixels)
    return parse.split(runs)


def _counts(data: Bytes, found: Matches) -> tuple[Indices, Indices]:
    """How often all images together use each symbol of both alphabets."""
    spans = Spans(found.start, found.start + found.length, found.distance)
    counts, distance_counts = counts_of_matches(found)
    literals = data.ravel()[matches.outside(spans, data.size)]
    counts[:256] += np.bincount(literals, minlength=256)
    counts[END_OF_BLOCK] = data.shape[0]
    return counts, distance_counts


def _entropy(counts: Indices) -> float:
    """The entropy, in bits, of symbols that occur so often."""
    used = counts[counts > 0]
    return float(used @ np.log2(used.sum() / used))


def _blocks(data: Bytes, found: Matches, codes: Codes) -> list[bytes]:
    """Each image as one final block, all with the same codes."""
    count, size = data.shape
    # Around each image's bytes: places for the header, in pieces, before; for the end of the block
    # and for bits up to a whole byte after. Then all but one byte of each match are left out.
    head, head_length = codes.header(final=True)
    pieces = -(-head_length // _HEADER_BITS)
    padded = np.zeros((count, pieces + size + 2), np.uint8)
    padded[:, pieces:-2] = data
    start = found.start + (found.start // size) * (pieces + 2) + pieces
    left_out = Spans(start + 1, start + found.length, found.distance)
    tokens = padded.ravel()[matches.outside(left_out, padded.size)]
    removed = np.concatenate(([0], np.cumsum(found.length - 1)))
    image_starts = np.arange(count + 1, dtype=np.int64) * padded.shape[1]
    bounds = image_starts - removed[np.searchsorted(start, image_starts)]
    match_at = start - removed[:-1]

    entries = np.take(codes.literals()[:256], tokens, mode="wrap")
    lengths = (entries >> np.uint32(26)).astype(np.uint64)
    values = (entries & np.uint32((1 << 26) - 1)).astype(np.uint64)
    values[match_at], lengths[match_at] = codes.matches(found)
    head_places = bounds[:-1, np.newaxis] + np.arange(pieces)
    shifts = range(0, head_length, _HEADER_BITS)
    values[head_places] = [head >> shift & ((1 << _HEADER_BITS) - 1) for shift in shifts]
    lengths[head_places] = [min(_HEADER_BITS, head_length - shift) for shift in shifts]
    values[bounds[1:] - 2] = codes.litlen_codes[END_OF_BLOCK]
    lengths[bounds[1:] - 2] = codes.litlen_lengths[END_OF_BLOCK]
    values[bounds[1:] - 1] = lengths[bounds[1:] - 1] = 0
    sizes = np.add.reduceat(lengths, bounds[:-1].astype(np.intp, copy=False))
    lengths[bounds[1:] - 1] = -sizes.astype(np.int64) % 8
    byte_ends = np.cumsum((sizes + np.uint64(7)) >> np.uint64(3)).tolist()

    for _ in range(2):
        values, lengths = deflate.merge_pairs(values, lengths)
    joiner = deflate.Joiner(0, 0)
    joiner.add(values, lengths)
    joined, _ = joiner.finish()
    return [joined[first:last] for first, last in zip([0, *byte_ends], byte_ends)]
