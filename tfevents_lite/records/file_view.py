"""Bytes that stay in their file until they are used, such as those of a long record.

A decoder slices them as it would slice a memoryview. So an image of 10 MB is read once, into the
message that holds it, and is never in memory twice. This module knows a file to read from; it does
not know what is in it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

# How much is read at a time. Slices up to this size are memoryviews.
WINDOW = 1 << 16


class FileView:
    """The bytes of an open file from `begin` up to `end`.

    An index gives a byte. A slice, which must have no step and be within the view, gives a
    memoryview or, if it is long, another FileView. `bytes(view)` reads all. Raises EOFError if the
    file was cut meanwhile.
    """

    __slots__ = ("_begin", "_end", "_window")

    def __init__(self, file: BinaryIO, begin: int, end: int) -> None:
        self._window = _Window(file)
        self._begin = begin
        self._end = end

    def __len__(self) -> int:
        return self._end - self._begin

    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, slice):
            start, stop, _ = key.indices(len(self))
            if stop - start > WINDOW:
                view = FileView.__new__(FileView)
                view._window = self._window
                view._begin, view._end = self._begin + start, self._begin + stop
                return view
            return self._window.at(self._begin + start, max(stop - start, 0))
        if not 0 <= key < len(self):
            raise IndexError(f"a view of {len(self)} bytes has no index {key}")
        return self._window.at(self._begin + key, 1)[0]

    def __bytes__(self) -> bytes:
        return self._window.read(self._begin, len(self))


class _Window:
    """The part of a file that was read last, shared by all views of one record."""

    __slots__ = ("_begin", "_data", "_file")

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begin = 0
        self._data = memoryview(b"")

    def at(self, begin: int, size: int) -> memoryview:
        start = begin - self._begin
        if not 0 <= start <= len(self._data) - size:
            self._file.seek(begin)
            self._data, self._begin = memoryview(self._file.read(WINDOW)), begin
            start = 0
            self._check(len(self._data) >= size)
        return self._data[start : start + size]

    def read(self, begin: int, size: int) -> bytes:
        self._file.seek(begin)
        data = self._file.read(size)
        self._check(len(data) == size)
        return data

    def _check(self, is_whole: bool) -> None:
        if not is_whole:
            raise EOFError("the file was cut while it was read")
