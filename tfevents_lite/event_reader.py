"""Reads event files back.

This module turns records into events; how records lie in a file is `tfrecord`'s business.
"""

from __future__ import annotations

from . import tfrecord
from .schema.event import Event
from .wire import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


def read_events(path: str | os.PathLike[str], *, on_error: str = "raise") -> Iterator[Event]:
    """Yield the events of one event file, the `file_version` record first.

    At a record that is damaged, unfinished or no Event, `on_error="raise"` raises DataLossError
    with the record's offset; `"stop"` ends there, as TensorBoard does.
    """
    with open(path, "rb") as file:
        for offset, payload in tfrecord.scan(file, on_error=on_error):
            try:
                event = Event.FromString(payload)
            except DecodeError as error:
                if on_error == "stop":
                    return
                raise tfrecord.DataLossError(f"a record is no Event: {error}", offset) from error
            yield event
