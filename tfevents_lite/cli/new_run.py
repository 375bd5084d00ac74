"""Runs that a command makes of events read elsewhere: all of them whole, or none at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..files.event_file import version_event
from ..files.system import get_hostname, get_pid
from ..reading.run_reader import RunReader
from ..reading.value_reader import Layout, ValueReader
from ..records.tfrecord import frame
from ..schema.event import Event
from ..schema.summary import Summary
from ..summary.guard import check_loads
from ..wire.wire_format import DecodeError, encode_len
from .output import CommandError, Draft, warn

_LAST_SECOND = 9_999_999_999


class NewRun:
    """Writes events, at their own times, to one new file, which begins with the first event.

    Events that TensorBoard may not load are left out, and counted in `left_out`.
    """

    def __init__(self, folder: str) -> None:
        if os.path.isdir(folder) and any("tfevents" in name for name in os.listdir(folder)):
            raise CommandError(f"{folder} holds event files already: name a new folder")
        self.folder = folder
        self.events = self.left_out = 0
        self.draft: Draft | None = None
        self._kinds: dict[str, str] = {}

    def add(self, record: Any, reader: RunReader, rename: Callable[[str], str]) -> None:
        """Write one event with its tags renamed; the file has a `file_version` of its own.

        `reader` is that of the event's run, and writes to no other new run.
        """
        _, wall_time, _, _, event = record
        draft = self.draft or self._begin(wall_time)
        if event is not None and event.HasField("file_version"):
            return
        try:
            data = self._renamed(record, reader.value_reader, rename)
        except (DecodeError, EOFError) as error:
            reader.reject(error)
        except ValueError as error:
            if not self.left_out:
                warn(f"left out of {self.folder}: {error}")
            self.left_out += 1
        else:
            draft.file.write(frame(data))
            self.events += 1

    def _renamed(self, record: Any, values: ValueReader, rename: Callable[[str], str]) -> bytes:
        """The encoded event with other tags. Raises ValueError if TensorBoard may not load it."""
        payload, wall_time, _, position, event = record
        scalars = None
        if event is None and isinstance(payload, bytes):
            scalars = values.scalars(payload, position)
        if scalars and wall_time - wall_time == 0:
            for layout, value in scalars:
                if layout.note is None:
                    self._check_layout(layout, value, rename)
            parts = [
                b"\n" + encode_len(layout.note + value[layout.tag_end :])
                for layout, value in scalars
            ]
            return bytes(payload[:position] + b"\x2a" + encode_len(b"".join(parts)))
        message = event or Event.FromView(payload)
        for tagged in message.summary.value if message.HasField("summary") else ():
            tagged.tag = rename(tagged.tag)
        check_loads(message, self._kinds)
        return message.SerializeToString()

    def _begin(self, wall_time: float) -> Draft:
        # TensorBoard sorts runs by the time of their first event.
        began = wall_time if wall_time - wall_time == 0 else 0.0
        seconds = min(max(int(began), 0), _LAST_SECOND)
        name = f"events.out.tfevents.{seconds:010d}.{get_hostname()}.{get_pid()}.0"
        self.draft = Draft(os.path.join(self.folder, name), make_folder=True)
        self.draft.open().write(frame(version_event(began)))
        return self.draft

    def _check_layout(self, layout: Layout, value: bytes, rename: Callable[[str], str]) -> None:
        """Check scalars of a layout, and keep in its note what their values begin with here."""
        summary = Summary(value=[Summary.Value.FromString(value)])
        summary.value[0].tag = tag = rename(layout.tag)
        check_loads(Event(summary=summary), self._kinds)
        layout.note = b"\n" + encode_len(tag.encode()) if tag else b""

    def close(self) -> None:
        """Write all that is buffered; the file still has a temporary name."""
        if self.draft is not None:
            self.draft.file.close()


@contextmanager
def new_runs(folders: list[str]) -> Iterator[list[NewRun]]:
    """Runs to be made in folders without event files: all of them are made, or none."""
    runs = [NewRun(folder) for folder in folders]
    try:
        yield runs
        for run in runs:
            run.close()
        for run in runs:
            if run.draft is not None:
                run.draft.publish()
    except BaseException:
        for run in reversed(runs):
            if run.draft is not None:
                run.draft.discard()
        raise
    for run in runs:
        if run.left_out > 1:
            warn(f"left out of {run.folder}: {run.left_out} events in all")
