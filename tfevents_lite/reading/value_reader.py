"""Reads the values of a run's event files, of any kind and from any writer, one after another.

A value is a tag's at a step. Files follow each other in the order of their names, and what a
restarted run repeats (a SessionLog START behind the first) comes only once, as in TensorBoard. No
more than one record is held at a time, so files may be larger than memory. NumPy is not needed.
"""

from __future__ import annotations

import os
import stat
from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple

from ..records import tfrecord
from ..schema.event import Event, SessionLog
from ..schema.summary import Summary
from ..schema.tensor import DataType
from ..summary.kinds import BY_FIELD, name_of
from ..wire import wire_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    OnDamage = Callable[[str, tfrecord.DataLossError], object]

_SESSION_LOG = Event.FIELDS["session_log"].number
# The tag of a session_log: an event without this byte has none.
_SESSION_LOG_TAG = wire_format.encode_tag(_SESSION_LOG, wire_format.LEN)


class StoredValue(NamedTuple):
    """One value of a run.

    `kind` is "scalar", "image", "histogram", "audio", "text", "tensor", "graph", … or the name of
    the plugin that shows it. `number` is a scalar's, else None. `size` is in bytes, as encoded.
    `message` is what the file holds, None for a scalar that is nothing but its number, and for
    graphs and the like, which are events of their own.
    """

    tag: str
    step: int
    wall_time: float
    kind: str
    number: float | None
    size: int
    message: Summary.Value | None


def find_runs(logdir: str | os.PathLike[str]) -> dict[str, list[str]]:
    """The event files beneath a folder by run, each run's in the order of their names.

    A run is named by its folder's path below `logdir`, with `/`, and "." for `logdir` itself, which
    may be a single file, too. Raises FileNotFoundError where nothing is.
    """
    if not stat.S_ISDIR(os.stat(logdir).st_mode):
        return {".": [os.fspath(logdir)]}
    runs = {}
    for folder, folders, names in os.walk(logdir, followlinks=True):
        folders[:] = sorted(name for name in folders if not _leads_back(folder, name))
        files = sorted(name for name in names if "tfevents" in name)
        if files:
            run = os.path.relpath(folder, logdir).replace(os.sep, "/")
            runs[run] = [os.path.join(folder, name) for name in files]
    return runs


def _leads_back(folder: str, name: str) -> bool:
    """Whether a folder in another one is a link to that, or to one that it is in."""
    path = os.path.join(folder, name)
    if not os.path.islink(path):
        return False
    target = os.path.join(os.path.realpath(path), "")
    return os.path.join(os.path.realpath(folder), "").startswith(target)


class ValueReader:
    """Takes the values out of one run's events. A tag's plugin is said by its first value alone."""

    def __init__(self) -> None:
        self._plugins: dict[str, str] = {}

    def values_of(self, event: Event) -> Iterator[StoredValue]:
        """Yield what an event holds; graphs and the like have a kind but no message."""
        at = event.step, event.wall_time
        what = event.WhichOneof("what")
        if what in ("graph_def", "meta_graph_def"):
            yield StoredValue("", *at, "graph", None, len(getattr(event, what)), None)
        elif what == "tagged_run_metadata":
            metadata = event.tagged_run_metadata
            yield StoredValue(metadata.tag, *at, "run_metadata", None, metadata.ByteSize(), None)
        for value in event.summary.value if what == "summary" else ():
            plugin = plugin_of(value)
            if plugin:
                plugin = self._plugins.setdefault(value.tag, plugin)
            else:
                plugin = self._plugins.get(value.tag, "")
            kind = kind_of(value, plugin)
            number = number_of(value) if kind in ("scalar", "tensor") else None
            if number is not None and plugin in ("scalars", ""):
                kind = "scalar"
            elif kind != "scalar":
                number = None
            yield StoredValue(value.tag, *at, kind, number, value.ByteSize(), value)


class RunReader:
    """The events and the values of one run's files.

    At a damaged record, `on_error="stop"` goes on with the next file, as TensorBoard does, "skip"
    with the next record that is intact, and "raise" raises DataLossError. The first two call
    `on_damage` with the file's path and a DataLossError, but not for a last record that is
    unfinished, as that of a file that still grows may be. `on_read` is called with the size of each
    record in bytes.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        on_error: str = "stop",
        on_damage: OnDamage | None = None,
        on_read: Callable[[int], object] | None = None,
    ) -> None:
        if on_error not in ("raise", "stop", "skip"):
            raise ValueError(f"on_error must be 'raise', 'stop' or 'skip', got {on_error!r}")
        self.files = files
        self._on_error = on_error
        self._on_damage = on_damage
        self._on_read = on_read
        # Tag and size by the bytes between an event's step and its number, which tell most events.
        self._heads: dict[bytes, tuple[str, int]] = {}

    def values(self) -> Iterator[StoredValue]:
        """Yield each value that TensorBoard would have, in the order of the files."""
        reader = ValueReader()
        for found in self._living():
            if isinstance(found, StoredValue):
                yield found
            else:
                yield from reader.values_of(found)

    def events(self, *, living: bool = False) -> Iterator[Event]:
        """Yield each event, the files' `file_version` records included.

        With `living`, without the summaries that a restart repeats, and without the restarts.
        """
        found: Event | StoredValue
        for found in self._living() if living else self._read():
            if isinstance(found, StoredValue):
                value = Summary.Value(tag=found.tag, simple_value=found.number or 0.0)
                summary = Summary(value=[value])
                yield Event(wall_time=found.wall_time, step=found.step, summary=summary)
            else:
                yield found

    def records(self) -> Iterator[Event | StoredValue]:
        """Yield what each record holds: the value alone where that is a plain scalar's."""
        yield from self._read()

    def _living(self) -> Iterator[Event | StoredValue]:
        # From which step on the restarts still to come repeat what is there.
        restarts = self._restarts()
        limit = min((restart[2] for restart in restarts), default=None)
        for found in self._read():
            while restarts and restarts[0][:2] <= self._position:
                del restarts[0]
                limit = min((restart[2] for restart in restarts), default=None)
            is_value = isinstance(found, StoredValue)
            if not is_value and _is_start(found):
                continue
            if limit is None or found.step < limit or not (is_value or found.HasField("summary")):
                yield found

    def _restarts(self) -> list[tuple[int, int, int]]:
        """The file, the offset and the step of each START behind the first."""
        starts = [(*self._position, event.step) for event in self._read(starts_only=True)]
        return starts[1:]

    def _read(self, *, starts_only: bool = False) -> Iterator[Any]:
        """Yield what each record holds: a scalar by itself, if it is laid out as ours are."""
        for index, path in enumerate(self.files):
            # An unfinished record is damage only if others follow it.
            unfinished: tfrecord.DataLossError | None = None
            with open(path, "rb") as file:
                resynchronise = self._on_error == "skip"
                for offset, found in tfrecord.walk(file, resynchronise=resynchronise, views=True):
                    if unfinished is not None:
                        self._damaged(path, unfinished, report=not starts_only)
                        unfinished = None
                    self._position = index, offset
                    if not isinstance(found, tfrecord.DataLossError):
                        if self._on_read is not None and not starts_only:
                            self._on_read(tfrecord.HEADER_SIZE + len(found) + tfrecord.FOOTER_SIZE)
                        if starts_only and not _may_be_start(found):
                            continue
                        try:
                            yield from self._decode(found, starts_only)
                            continue
                        except (wire_format.DecodeError, EOFError) as error:
                            found = tfrecord.DataLossError(f"a record is no Event: {error}", offset)
                    if found.unfinished and self._on_error != "raise":
                        unfinished = found
                    else:
                        self._damaged(path, found, report=not starts_only)
                        if self._on_error == "stop":
                            break

    def _damaged(self, path: str, error: tfrecord.DataLossError, *, report: bool) -> None:
        if self._on_error == "raise":
            raise error
        if report and self._on_damage is not None:
            self._on_damage(path, error)

    def _decode(
        self, payload: tfrecord.Payload, starts_only: bool
    ) -> Iterator[Event | StoredValue]:
        if starts_only:
            event = Event.FromView(payload)
            if _is_start(event):
                yield event
            return
        scalar = self._scalar(payload) if isinstance(payload, bytes) else None
        if scalar is not None:
            yield scalar
            return
        event = Event.FromView(payload)
        yield event
        is_short = isinstance(payload, bytes) and event.HasField("summary")
        if is_short and len(event.summary.value) == 1:
            self._learn(bytes(payload), event)

    def _scalar(self, payload: bytes) -> StoredValue | None:
        if payload[:1] == b"\x09" and payload[9:10] == b"\x10":
            step, end = wire_format.decode_varint(payload, 10)
            known = self._heads.get(payload[end:-4])
            if known is not None:
                tag, size = known
                (wall_time,) = unpack_from("<d", payload, 1)
                (number,) = unpack_from("<f", payload, len(payload) - 4)
                step = step if step >> 63 == 0 else step - (1 << 64)
                return StoredValue(tag, step, wall_time, "scalar", number, size, None)
        return None

    def _learn(self, payload: bytes, event: Event) -> None:
        """Remember the bytes of an event that ends in its number, if it is laid out as ours are."""
        value = event.summary.value[0]
        bare = Summary.Value(tag=value.tag, simple_value=value.simple_value)
        start = Event(wall_time=event.wall_time, step=event.step)
        whole = Event(wall_time=event.wall_time, step=event.step, summary=Summary(value=[bare]))
        is_ours = payload[:1] == b"\x09" and payload[9:10] == b"\x10"
        if is_ours and payload == whole.SerializeToString() and len(self._heads) < _MOST_HEADS:
            self._heads[payload[start.ByteSize() : -4]] = value.tag, bare.ByteSize()


# A hostile file may have a tag an event.
_MOST_HEADS = 100_000


def _may_be_start(payload: tfrecord.Payload) -> bool:
    """Whether an event has a session_log; without decoding what else it has."""
    if isinstance(payload, bytes) and _SESSION_LOG_TAG not in payload:
        return False
    fields = wire_format.decode_fields(
        memoryview(payload) if isinstance(payload, bytes) else payload
    )
    try:
        return any(number == _SESSION_LOG for number, _, _, _ in fields)
    except wire_format.DecodeError:
        return True  # Which is damage, and for the caller to find.


def _is_start(event: Event) -> bool:
    is_log = event.HasField("session_log")
    return is_log and event.session_log.status == SessionLog.START


def plugin_of(value: Summary.Value) -> str:
    """The plugin that a value itself says it is for, "" for none."""
    # Reading an unset message makes a circle of references, in which a large value would stay for
    # long after its last use.
    return value.metadata.plugin_data.plugin_name if value.HasField("metadata") else ""


def kind_of(value: Summary.Value, plugin: str) -> str:
    """What a value is, in one word, when its tag belongs to a plugin, "" for none.

    >>> kind_of(Summary.Value(simple_value=1), "")
    'scalar'
    """
    field = value.WhichOneof("value")
    if field is None or field == "tensor":
        return name_of(plugin) or ("tensor" if field else "empty")
    return BY_FIELD[field].name


def number_of(value: Summary.Value) -> float | None:
    """The number that a scalar is, however it was written; None if it is no scalar.

    >>> number_of(Summary.Value(simple_value=0.5))
    0.5
    """
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return value.simple_value
    if kind != "tensor":
        return None
    tensor = value.tensor
    if tensor.HasField("tensor_shape") and tensor.tensor_shape.dim:
        return None
    if tensor.dtype == DataType.DT_FLOAT:
        return _first(tensor.tensor_content, "<f", 4, tensor.float_val)
    if tensor.dtype == DataType.DT_DOUBLE:
        return _first(tensor.tensor_content, "<d", 8, tensor.double_val)
    return None


def _first(content: bytes, code: str, size: int, values: Sequence[float]) -> float | None:
    if content:
        return float(unpack_from(code, content)[0]) if len(content) >= size else None
    return values[0] if values else None
