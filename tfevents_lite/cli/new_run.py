"""Runs that a command makes of events read elsewhere: all of them whole, or none at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..files.event_file import version_event
from ..files.system import get_hostname, get_pid
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

    def add(self, record: Any, values: ValueReader, rename: Callable[[str], str]) -> None:
        """Write one event with its tags renamed; the file has a `file_version` of its own.

        `record` and `values` come from the reader of the event's run, which no other new run uses.
        Raises DecodeError or EOFError if the record is not an Event.
        """
        payload, wall_time, _, position, event = record
        draft = self.draft or self._begin(wall_time)
        if event is not None and event.HasField("file_version"):
            return
        scalars = None
        if event is None and isinstance(payload, bytes):
            scalars = values.scalars(payload, position)
        try:
            if not scalars or wall_time - wall_time != 0:
                data = self._checked(event or Event.FromView(payload), rename)
            else:
                for layout, value in scalars:
                    if layout.note is None:
                        self._check_layout(layout, value, rename)
                parts = [
                    b"\n" + encode_len(layout.note + value[layout.tag_end :])
                    for layout, value in scalars
                ]
                data = payload[:position] + b"\x2a" + encode_len(b"".join(parts))
        except DecodeError:
            raise
        except ValueError as error:
            if not self.left_out:
                warn(f"left out of {self.folder}: {error}")
            self.left_out += 1
            return
        draft.file.write(frame(data))
        self.events += 1

    def _begin(self, wall_time: float) -> Draft:
        # TensorBoard sorts runs by the time of their first event.
        began = wall_time if wall_time - wall_time == 0 else 0.0
        seconds = min(max(int(began), 0), _LAST_SECOND)
        name = f"events.out.tfevents.{seconds:010d}.{get_hostname()}.{get_pid()}.0"
        self.draft = Draft(os.path.join(self.folder, name), make_folder=True)
        self.draft.open().write(frame(version_event(began)))
        return self.draft

    def _checked(self, event: Event, rename: Callable[[str], str]) -> bytes:
        for value in event.summary.value if event.HasField("summary") else ():
            value.tag = rename(value.tag)
        check_loads(event, self._kinds)
        return event.SerializeToString()

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
