"""What each level does with a band of rows: which filters it tries, and how hard it looks for
repetition.

Every decision is made from the band alone, so that bands can be made in any order, on any core,
with the same result. Conducts `filters`, `search` and `deflate`; knows nothing of files.
"""

from __future__ import annotations

from typing import Callable

from . import deflate, filters, parse, search
from .filters import Bytes

LEVELS = ("fast", "default", "small")

_DRAWN = 0.55
"""From this share of bytes in runs on, before filtering, a band can only be drawn; photographs of
the sky reach 0.4.
"""
_EVEN = 0.2
"""Below this share of bytes that equal the pixel before, a band can only be a photograph."""
_FLAT = 0.4
"""From this share on, once filtered, it may be drawn."""
_STEEP = 1.5
"""Or where, once filtered, its bytes have so little entropy, in bits: an even slope.
"""
_FEW_RUNS, _MANY_RUNS = 0.02, 0.7
"""Below the one, runs are not worth listing; above the other, there is not much besides."""
_FILTERED_BY_ROW = 1 << 15
"""Up to this many bytes, choosing a filter for each row takes no longer than one for all."""
_TRIAL_BYTES = 1 << 15
"""How much of a band is tried to learn whether filters help it."""


class Band:
    """Some rows of an image: (rows, row bytes) uint8, the row above them, and how their pixels lie.

    `plain` says that the bytes are no amounts (a palette, several pixels a byte), so that filters
    are of no use.
    """

    def __init__(self, rows: Bytes, above: Bytes, pixel_bytes: int, plain: bool) -> None:
        self.rows = rows
        self.above = above
        self.pixel_bytes = pixel_bytes
        self.stride = rows.shape[1] + 1
        self.plain = plain
        # Kept, as a small band is judged by what it is then made of.
        self._filtered: dict[tuple[int, ...], Bytes] = {}
        self._found: dict[tuple[int, ...], tuple[parse.Matches, int]] = {}

    def filtered(self, kinds: tuple[int, ...]) -> Bytes:
        """The band as DEFLATE gets it, by whichever of some filters suits each row."""
        if kinds not in self._filtered:
            rows = filters.filter_rows(self.rows, self.above, self.pixel_bytes, kinds)
            self._filtered[kinds] = rows.ravel()
        return self._filtered[kinds]

    def everywhere(self, kinds: tuple[int, ...]) -> tuple[parse.Matches, int]:
        """All kinds of repetition in it once filtered, and about how many bits it then takes."""
        if kinds not in self._found:
            data = self.filtered(kinds)
            self._found[kinds] = search.everywhere(data, self.pixel_bytes, self.stride)
        return self._found[kinds]

    def middle(self) -> Band:
        """Enough rows from the middle to judge the band by; a small band itself."""
        height = self.rows.shape[0]
        count = max(1, min(height, _TRIAL_BYTES // self.stride))
        if count == height:
            return self
        first = (height - count) // 2
        above = self.rows[first - 1] if first else self.above
        return Band(self.rows[first : first + count], above, self.pixel_bytes, self.plain)


def fast(band: Band, final: bool) -> tuple[Bytes, bytes]:
    """One filter for the whole band, unless it is small; runs where there are some, the row above
    where it looks drawn, more where that pays.
    """
    unit = band.pixel_bytes
    drawn = band.plain or search.run_share(band.middle().rows.ravel(), unit) > _DRAWN
    kinds: tuple[int, ...] = (filters.NONE,)
    if not drawn and band.rows.size <= _FILTERED_BY_ROW:
        kinds = filters.ADAPTIVE
    elif not drawn:
        kinds = (filters.best_for_band(band.rows, band.above, unit),)
    data = band.filtered(kinds)
    in_runs = search.run_share(data, unit)
    repetitive = False
    if in_runs < _MANY_RUNS and (drawn or search.equal_share(data, unit) > _FLAT):
        sample = band.middle().filtered(kinds)
        repetitive = search.repetition(sample, unit, band.stride)[0] > _VERY_REPETITIVE
    if repetitive and drawn:  # text
        found, _ = band.everywhere(kinds)
    elif repetitive:  # a gradient
        distances = search.frequent_distances(sample, unit, band.stride)
        found = search.near(data, unit, band.stride, distances)
    elif drawn:  # a mask, a plot
        found = search.near(data, unit, band.stride)
    elif in_runs > _FEW_RUNS:
        found = search.runs(data, unit)
    else:
        found = parse.no_matches()
    return data, deflate.compress_band(data, found, final)


def default(band: Band, final: bool) -> tuple[Bytes, bytes]:
    """A filter for each row; all kinds of repetition where the band looks drawn, runs where it
    looks photographed.
    """
    kinds, drawn = _judge(band)
    data = band.filtered(kinds)
    if drawn:
        found, _ = band.everywhere(kinds)
    else:
        found = search.runs(data, band.pixel_bytes)
    return data, deflate.compress_band(data, found, final)


def small(band: Band, final: bool) -> tuple[Bytes, bytes]:
    """Everything that may help, and the smallest result."""
    unit, stride = band.pixel_bytes, band.stride
    even = band.plain or search.equal_share(band.rows.ravel(), unit) > _EVEN
    data = band.filtered((filters.NONE,) if band.plain else filters.ADAPTIVE)
    found, bits = search.everywhere(data, unit, stride)
    if even and not band.plain:
        plain = band.filtered((filters.NONE,))
        plain_found, plain_bits = search.everywhere(plain, unit, stride)
        if plain_bits < bits:
            data, found, bits = plain, plain_found, plain_bits
    founds = [found, search.runs(data, unit)]
    if even and _worth_thoroughness(search.equal_share(data, unit), bits / data.size):
        founds.append(search.thoroughly(data, unit, stride, found))
    return data, min((deflate.compress_band(data, found, final) for found in founds), key=len)


def _worth_thoroughness(equal_share: float, bits: float) -> bool:
    """Whether a search that takes 20 times as long may be repaid, from a band's evenness and its
    bits a byte so far.

    Much is gained on drawings with soft edges, and on photographs with even areas that are not
    black or white; little where runs leave nothing but noise, nor where next to nothing is left.
    """
    return bits > 0.3 and (equal_share > 0.62 or (equal_share > 0.3 and 2.8 < bits < 3.8))


def _judge(band: Band) -> tuple[tuple[int, ...], bool]:
    """Which filters suit a band, and whether to look for more than runs in it; judged by rows from
    its middle.
    """
    if band.plain:
        return (filters.NONE,), True
    unit, stride = band.pixel_bytes, band.stride
    part = band.middle()
    if search.equal_share(part.rows.ravel(), unit) < _EVEN:
        return filters.ADAPTIVE, False
    filtered = part.filtered(filters.ADAPTIVE)
    if search.equal_share(filtered, unit) < _FLAT and search.entropy(filtered) > _STEEP:
        return filters.ADAPTIVE, False
    plain = part.filtered((filters.NONE,))
    repeated_filtered, new_filtered = search.repetition(filtered, unit, stride)
    repeated_plain, new_plain = search.repetition(plain, unit, stride)
    if max(repeated_filtered, repeated_plain) < _REPETITIVE:
        return filters.ADAPTIVE, False
    new_most = min(_LITTLE_NEW, 2 * new_filtered)
    if repeated_plain > max(_VERY_REPETITIVE, repeated_filtered) and new_plain < new_most:
        return (filters.NONE,), True
    with_runs = search.cost(filtered, search.runs(filtered, unit))
    _, with_all = part.everywhere(filters.ADAPTIVE)
    _, with_none = part.everywhere((filters.NONE,))
    if with_none < min(with_all, with_runs):
        return (filters.NONE,), True
    return filters.ADAPTIVE, with_all < _WORTH_SEARCHING * with_runs


_VERY_REPETITIVE = 0.25
"""What is at least so repetitive without filters, and more so than with, is better without,
if no more than this share of it is neither in runs nor repeated, nor twice what filters leave.
"""
_LITTLE_NEW = 0.25
_REPETITIVE = 0.15
"""Photographs with large even areas stay below this share of repetition outside of runs, drawings
are above.
"""
_WORTH_SEARCHING = 0.98
"""Looking everywhere takes several times as long, so it has to save this much."""


COMPRESSORS: dict[str, Callable[[Band, bool], tuple[Bytes, bytes]]] = {
    "fast": fast,
    "default": default,
    "small": small,
}
