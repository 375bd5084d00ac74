"""Reads an event file back, as far as it is there: strictly or not, once or while it grows.

This module turns records into events; how records lie in a file is `tfrecord`'s business. Files
are not trusted: memory is bounded by the longest record that is there, time by the file's size.
"""

from __future__ import annotations

import time

from ..records import tfrecord
from ..schema.event import Event
from ..wire.wire_format import DecodeError
from .folders import open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import Any


def read_events(
    path: str | os.PathLike[str], *, on_error: str = "raise", follow: float | None = None
) -> Iterator[Event]:
    """Yield the events of one event file, the `file_version` record first.

    At a record that is damaged, unfinished or no Event, `on_error="raise"` raises DataLossError
    with the record's offset, `"stop"` ends there, as TensorBoard does, and `"skip"` goes on with
    the next one that is intact. With `follow`, it looks for more every so many seconds, for ever.

    Files are not trusted. Time is linear in the file's size. Memory is what the event holds that is
    decoded, and a few 100 KB: an image, a sound or a tensor's bytes are there once. But Python's
    objects may be larger than what the file has for them: a message takes up to 300 bytes and 200
    for each field that is set, a number of a list 40, a short string 80, and a long one 8 bytes a
    character. An event of nothing but messages of two bytes each takes 85 times its size.
    """
    reader = EventReader(path, on_error=on_error)
    if follow is None:
        yield from reader.read(unfinished_is_error=True)
        return
    while not reader.stopped:
        yield from reader.read()
        time.sleep(follow)


class EventReader:
    """Reads a file that may still grow: iterating yields what came since it was last iterated.

    `offset` is where the next record begins, in bytes; it can be kept, and given to another reader.
    A record that is not finished is left for the next time. `on_error`: see read_events; `stopped`
    says that "stop" has met damage, so that nothing will follow.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, on_error: str = "raise", offset: int = 0
    ) -> None:
        self.path = path
        self.offset = offset
        self.stopped = False
        self._on_error = tfrecord.check_on_error(on_error)

    def __iter__(self) -> Iterator[Event]:
        return self.read()

    def read(
        self,
        *,
        unfinished_is_error: bool = False,
        decode: Callable[[tfrecord.Payload], Any] = Event.FromView,
    ) -> Iterator[Any]:
        """Yield the events from `offset` to the end of the file, or what `decode` makes of each."""
        if self.stopped:
            return
        waiting: int | None = None
        with open_file(self.path) as file:
            file.seek(self.offset)
            resynchronise = self._on_error == "skip"
            for offset, found in tfrecord.walk(file, resynchronise=resynchronise, views=True):
                if not isinstance(found, tfrecord.DataLossError):
                    try:
                        event = decode(found)
                    except (DecodeError, EOFError) as error:
                        found = tfrecord.DataLossError(f"a record is no Event: {error}", offset)
                    else:
                        size = tfrecord.HEADER_SIZE + len(found) + tfrecord.FOOTER_SIZE
                        self.offset = offset + size
                        waiting = None
                        yield event
                        continue
                if found.unfinished and not unfinished_is_error:
                    # With "skip", what follows it, if anything does, says that it stays so.
                    waiting = offset
                elif self._on_error == "raise":
                    raise found
                elif self._on_error == "stop":
                    self.stopped = True
                    return
        if waiting is not None:
            self.offset = waiting
