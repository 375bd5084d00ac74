"""Rows of one image, or of its interlaced passes, as one zlib stream (RFC 1950), made in bands on
one core or several.

Knows neither pixels nor chunks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from . import deflate, levels
from .checksums import adler32, adler32_combine

_BAND_BYTES = {
    "fast": (3 << 18, 1 << 20),
    "default": (3 << 17, 1 << 20),
    "small": (1 << 17, 1 << 17),
}
"""Rows are worked on in bands: one up to the first of these numbers of bytes, then two, and more of
about the second number. Smaller bands get better codes and stay in a core's cache; in larger ones
less time is spent between NumPy's calls, when no other thread can run.
"""

_SHARED_FROM = 3 << 18
"""Where no band has so many bytes, taking turns costs threads more than they gain: one does all."""

# Freed at once: from then on glibc's malloc keeps blocks this large for reuse rather than returning
# each to the system, and page faults, which took a third of the time, are gone. Nothing else
# depends on it.
np.empty(1 << 24, np.uint8)


class Rows(Protocol):
    """Rows of bytes that are made when asked for."""

    height: int
    row_bytes: int
    pixel_bytes: int
    plain: bool

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """Rows `first` up to but without `last`: (last - first, row bytes) uint8."""


class _Task(NamedTuple):
    image: Rows
    first: int
    last: int
    final: bool


def compress(images: Sequence[Rows], level: str, threads: int) -> Iterator[bytes]:
    """The filtered rows of some images as a zlib stream, in pieces of one band."""
    compressor = levels.COMPRESSORS[level]

    def work(task: _Task) -> tuple[bytes, int, int]:
        image, first, last, final = task
        rows = image.rows(max(0, first - 1), last)
        if first:
            above, rows = rows[0], rows[1:]
        else:
            above = np.zeros(image.row_bytes, np.uint8)
        band = levels.Band(rows, above, image.pixel_bytes, image.plain)
        data, body = compressor(band, final)
        return body, adler32(data), data.size

    tasks = [task for image in images for task in _bands(image, level)]
    tasks[-1] = tasks[-1]._replace(final=True)
    if max((task.last - task.first) * task.image.row_bytes for task in tasks) < _SHARED_FROM:
        threads = 1
    checksum = 1
    head = deflate.ZLIB_HEADER
    for task, (body, band_checksum, size) in zip(tasks, _in_order(work, tasks, threads)):
        checksum = adler32_combine(checksum, band_checksum, size)
        tail = checksum.to_bytes(4, "big") if task.final else b""
        yield head + body + tail
        head = b""


def _bands(image: Rows, level: str) -> Iterator[_Task]:
    """Bands of equal height, as a rest of a few rows would cost as much as a band; an even number
    of them, for two cores.
    """
    least, most = _BAND_BYTES[level]
    total = image.height * (image.row_bytes + 1)
    count = 1 if total < least else 2 * max(1, round(total / (2 * most)))
    height = -(-image.height // count)
    for first in range(0, image.height, height):
        yield _Task(image, first, min(first + height, image.height), False)


def _in_order(
    work: Callable[[_Task], tuple[bytes, int, int]], tasks: list[_Task], threads: int
) -> Iterator[tuple[bytes, int, int]]:
    """`work` of each task, in order, by so many threads, never more than a few results ahead."""
    if threads == 1 or len(tasks) == 1:
        yield from map(work, tasks)
        return
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Any]] = deque()
        for task in tasks:
            pending.append(pool.submit(work, task))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
