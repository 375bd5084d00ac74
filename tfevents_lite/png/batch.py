"""Many small images of one shape, compressed together, so that they share the cost of each NumPy
call.

All images share one Huffman code, which is the fixed one if a header with another code in each file
would take more than it saves. Each image is a file of its own. Decides for whole images what `band`
decides for bands: which filters, and which repetition; only runs are looked for.
"""

from __future__ import annotations

import numpy as np

from . import chunks, deflate, filters, matches
from .codes import END_OF_BLOCK, FIXED, MAX_BITS, Codes, code_lengths, counts_of_matches, entropy
from .filters import Bytes
from .matches import Indices, Matches, Spans

_LEAST = 4
"""Shorter runs cost as much as literals."""
_MOSTLY_RUNS = 0.5
"""From this share of bytes in runs on, filters are not tried."""


def encode_alike(rows: Bytes, unit: int, header: bytes) -> list[bytes]:
    """PNG files of the images that are rows of an N×H×B array; `unit` is how many bytes a pixel
    has, `header` their IHDR chunk.
    """
    count, height, width = rows.shape
    # The images are filtered as one, each after a row of zeros, which is left out again.
    spaced = np.zeros((count, 1 + height, 1 + width), np.uint8)
    spaced[:, 1:, 1:] = rows
    data = spaced[:, 1:].reshape(count, -1)
    found, counts = _runs(data, unit)
    if counts.sum() > (1 - _MOSTLY_RUNS) * data.size:
        tall = spaced[:, :, 1:].reshape(-1, width)
        filtered = filters.filter_rows(tall, tall[0], unit).reshape(spaced.shape)
        other = filtered[:, 1:].reshape(count, -1)
        other_found, other_counts = _runs(other, unit)
        if entropy(other_counts) < entropy(counts):
            data, found, counts = other, other_found, other_counts
    blocks = _blocks(data, found, _codes(counts, found, count))
    head = chunks.SIGNATURE + header
    files = []
    for body, row, checksum in zip(blocks, data, deflate.adler32_rows(data)):
        if len(body) > row.size + 5:
            body = deflate.stored(row, True)
        stream = b"".join((deflate.ZLIB_HEADER, body, checksum.to_bytes(4, "big")))
        files.append(b"".join((head, chunks.chunk(b"IDAT", stream), chunks.IEND)))
    return files


def _runs(data: Bytes, unit: int) -> tuple[Matches, Indices]:
    """Runs of the pixel before, none of which reaches beyond its image, and how often each byte
    occurs elsewhere.
    """
    same = np.zeros(data.shape, np.bool_)
    np.equal(data[:, unit:], data[:, :-unit], out=same[:, unit:])
    start, stop = matches.runs(same.ravel(), _LEAST)
    literals = data.ravel()[matches.outside(start, stop, data.size)]
    counts = np.bincount(literals, minlength=256)
    return matches.split(Spans(start, stop, np.full(start.size, unit))), counts


def _codes(literal_counts: Indices, found: Matches, images: int) -> Codes:
    """The codes for all images: those for their counts, unless the fixed ones take less."""
    counts, distance_counts = counts_of_matches(found)
    counts[:256], counts[END_OF_BLOCK] = literal_counts, images

    def bits(codes: Codes) -> int:
        _, header = codes.header(final=True)
        symbols = codes.litlen_lengths[: counts.size].astype(np.intp) @ counts
        distances = codes.distance_lengths.astype(np.intp) @ distance_counts
        return images * int(header.sum()) + int(symbols + distances)

    best = Codes(code_lengths(counts, MAX_BITS), code_lengths(distance_counts, MAX_BITS))
    return min(FIXED, best, key=bits)


def _blocks(data: Bytes, found: Matches, codes: Codes) -> list[bytes]:
    """Each image as one final block, all with the same codes."""
    count, size = data.shape
    # Around each image's bytes: places for the header before; for the end of the block and for bits
    # up to a whole byte after. Then all but one byte of each match are left out.
    head, head_lengths = codes.header(final=True)
    padded = np.zeros((count, head.size + size + 2), np.uint8)
    padded[:, head.size : -2] = data
    start = found.start + (found.start // size) * (head.size + 2) + head.size
    tokens = padded.ravel()[matches.outside(start + 1, start + found.length, padded.size)]
    removed = np.append(0, np.cumsum(found.length - 1))
    image_starts = np.arange(count + 1) * padded.shape[1]
    bounds = image_starts - removed[np.searchsorted(start, image_starts)]
    match_at = start - removed[:-1]

    values, lengths = deflate.split_entries(np.take(codes.literals(), tokens, mode="wrap"))
    values[match_at], lengths[match_at] = codes.matches(found)
    head_places = bounds[:-1, np.newaxis] + np.arange(head.size)
    values[head_places], lengths[head_places] = head, head_lengths
    values[bounds[1:] - 2] = codes.litlen_codes[END_OF_BLOCK]
    lengths[bounds[1:] - 2] = codes.litlen_lengths[END_OF_BLOCK]
    values[bounds[1:] - 1] = lengths[bounds[1:] - 1] = 0
    sizes = np.add.reduceat(lengths, bounds[:-1]).astype(np.intp)
    lengths[bounds[1:] - 1] = -sizes % 8
    byte_ends = np.cumsum(-(-sizes // 8)).tolist()
    for _ in range(2):
        values, lengths = deflate.merge_pairs(values, lengths)
    joined = deflate.join(values, lengths)[0].tobytes()
    return [joined[first:last] for first, last in zip([0, *byte_ends], byte_ends)]
