"""Reads scalars back into columns: a folder's runs and tags, each as three NumPy arrays.

What is shown is what TensorBoard shows: files in the order of their names, and what a restarted run
repeats (a SessionLog START behind the first) only once. This module knows events; how records lie
in a file is `tfrecord`'s business.
"""

from __future__ import annotations

import os
from array import array
from struct import unpack_from
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..records import tfrecord
from ..schema.event import Event, SessionLog
from ..schema.summary import Summary
from ..wire import wire_format
from .value_reader import find_runs, number_of, plugin_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

    from numpy.typing import NDArray


class ScalarColumns(NamedTuple):
    """The points of one tag, in the order in which they were written.

    `step` is int64, `wall_time` float64 in seconds since 1970, `value` float64; all are (points,).
    """

    step: NDArray[np.int64]
    wall_time: NDArray[np.float64]
    value: NDArray[np.float64]

    def to_pandas(self) -> Any:
        """The columns as a pandas DataFrame. Raises ImportError without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from error
        return pandas.DataFrame(self._asdict())


def read_scalars(
    logdir: str | os.PathLike[str],
    *,
    tags: Collection[str] | None = None,
    on_error: str = "stop",
) -> dict[str, dict[str, ScalarColumns]]:
    """All scalars beneath a folder, by run and tag.

    A run is named by its folder's path below `logdir`, with `/`, and "." for `logdir` itself, which
    may be a single file, too. Raises FileNotFoundError where nothing is. With `tags`, only these
    are read. At a damaged record, `on_error="stop"` goes on with the next file,
    as TensorBoard does, `"skip"` with the next record that is intact, and `"raise"` raises
    DataLossError. Besides the columns, no more than one event is held.
    """
    if on_error not in ("raise", "stop", "skip"):
        raise ValueError(f"on_error must be 'raise', 'stop' or 'skip', got {on_error!r}")
    runs = {}
    for run, files in find_runs(logdir).items():
        points = _Points(None if tags is None else frozenset(tags))
        for path in files:
            with open(path, "rb") as file:
                points.add_all(file, on_error)
        columns = points.columns()
        if columns:
            runs[run] = columns
    return runs


class _Points:
    """The scalars of one run, as they come."""

    def __init__(self, tags: frozenset[str] | None) -> None:
        self._wanted = tags
        self._started = False
        # By tag: steps, times and values.
        self._series: dict[str, tuple[array[int], array[float], array[float]]] = {}
        # By the bytes between an event's step and its value, which a tag decides: the tag's series,
        # or None for a tag that is not wanted. Most events are told by these alone.
        self._heads: dict[bytes, tuple[array[int], array[float], array[float]] | None] = {}

    def add_all(self, file: BinaryIO, on_error: str) -> None:
        """Take the scalars of one file."""
        for offset, found in tfrecord.walk(file, resynchronise=on_error == "skip", views=True):
            try:
                if isinstance(found, bytes):
                    self._add(found)
                elif isinstance(found, tfrecord.DataLossError):
                    raise found
                else:
                    self._add_event(found)
            except tfrecord.DataLossError:
                if on_error == "raise":
                    raise
            except (wire_format.DecodeError, EOFError) as error:
                if on_error == "raise":
                    message = f"a record is no Event: {error}"
                    raise tfrecord.DataLossError(message, offset) from error
                if on_error == "stop":
                    return

    def _add(self, payload: bytes) -> None:
        if payload[:1] == b"\x09" and payload[9:10] == b"\x10":
            step, end = wire_format.decode_varint(payload, 10)
            series = self._heads.get(payload[end:-4])
            if series is not None:
                series[0].append(step if step >> 63 == 0 else step - (1 << 64))
                series[1].append(unpack_from("<d", payload, 1)[0])
                series[2].append(unpack_from("<f", payload, len(payload) - 4)[0])
                return
        self._add_event(payload)

    def _add_event(self, payload: tfrecord.Payload) -> None:
        event = Event.FromView(payload)
        if event.HasField("session_log") and event.session_log.status == SessionLog.START:
            if self._started:
                self._purge(event.step)
            self._started = True
        values = event.summary.value
        for value in values:
            number = _number_of(value)
            if number is None or (self._wanted is not None and value.tag not in self._wanted):
                continue
            if value.tag not in self._series:
                self._series[value.tag] = array("q"), array("d"), array("d")
            series = self._series[value.tag]
            series[0].append(event.step)
            series[1].append(event.wall_time)
            series[2].append(number)
            if isinstance(payload, bytes) and len(values) == 1 and event.step > 0:
                self._learn(payload, event, series)

    def _learn(self, payload: bytes, event: Event, series: Any) -> None:
        """Remember the bytes of an event that ends in its value, if it is laid out as ours are."""
        value = event.summary.value[0]
        start = Event(wall_time=event.wall_time, step=event.step).SerializeToString()
        bare = Summary(value=[Summary.Value(tag=value.tag, simple_value=value.simple_value)])
        whole = Event(wall_time=event.wall_time, step=event.step, summary=bare)
        if payload[:10].startswith(b"\x09") and payload == whole.SerializeToString():
            self._heads[payload[len(start) : -4]] = series

    def _purge(self, step: int) -> None:
        for steps, times, values in self._series.values():
            kept = [index for index, at in enumerate(steps) if at < step]
            steps[:] = array("q", [steps[index] for index in kept])
            times[:] = array("d", [times[index] for index in kept])
            values[:] = array("d", [values[index] for index in kept])

    def columns(self) -> dict[str, ScalarColumns]:
        """The series as arrays, which share their memory."""
        return {
            tag: ScalarColumns(
                np.frombuffer(steps, np.int64),
                np.frombuffer(times, np.float64),
                np.frombuffer(values, np.float64),
            )
            for tag, (steps, times, values) in self._series.items()
            if steps
        }


def _number_of(value: Summary.Value) -> float | None:
    """The number that TensorBoard would show of a value, None if it is no scalar."""
    is_tensor = value.WhichOneof("value") == "tensor"
    return None if is_tensor and plugin_of(value) not in ("scalars", "") else number_of(value)
