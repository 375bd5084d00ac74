"""`FileWriter`: TensorFlow 1's writer of ready-made summaries and events, over `runs`."""

from __future__ import annotations

import os

from ..files.options import Options, with_profile
from ..files.runs import Runs, is_child_of, is_spawning
from ..files.system import get_pid
from ..inputs.checks import to_step, to_wall_time
from ..schema.event import Event, SessionLog, TaggedRunMetadata
from ..schema.summary import Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from typing_extensions import Self, Unpack

    from ..files.options import WriterOptions
    from ..files.run_log import RunLog

    StrPath = Union[str, os.PathLike[str]]


class FileWriter:
    """Writes events and summaries to a new event file in `logdir`, which is made if it is missing.

    `max_queue` is accepted for compatibility: an event is with the operating system when the call
    that wrote it returns, so there is no queue. `purge_step` makes TensorBoard drop what earlier
    files hold from that step on. With `resume`, the run is one that an earlier writer began:
    `last_step` is then the last step it logged (None if it logged none), what comes behind it is
    purged if no `purge_step` is given, and a tag takes the kind of values it held, and no other.
    The other options are those of `options.Options`.

    The writer can be pickled, and can be used by a forked child. Either gets new files.
    """

    last_step: int | None = None
    # What use_metadata gives to events that have no step or no time.
    _default_step: int | None = None
    _default_time: float | None = None
    _closed = False

    def __init__(
        self,
        logdir: StrPath,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        purge_step: int | None = None,
        resume: bool = False,
        **options: Unpack[WriterOptions],
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._arguments: dict[str, Any] = {
            "filename_suffix": filename_suffix,
            "flush_secs": flush_secs,
            **with_profile({**options}),
        }
        checked = Options(**self._arguments)
        purge_step = None if purge_step is None else to_step(purge_step)
        earlier: list[tuple[str, int]] = []
        kinds: dict[str, dict[str, str]] = {}
        if resume:
            from ..reading.resume import event_files, look_back

            self.last_step, kinds = look_back(self._logdir)
            earlier = event_files(self._logdir)
            if purge_step is None and self.last_step is not None:
                purge_step = self.last_step + 1
        self._start(Runs(self._logdir, checked, purge_step, kinds=kinds))
        self._runs.storage.adopt(earlier)
        self.file.open()

    def _start(self, runs: Runs) -> None:
        self._runs = runs
        self.file = runs.main

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self._logdir

    def sub_run(self, name: str) -> RunLog:
        """The run of a sub-folder, whose files begin with the first event written to it.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        return self._runs.sub_run(name)

    @property
    def clock(self) -> Callable[[], float]:
        """What tells the time of events, in seconds since 1970."""
        return self._runs.options.clock

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return sum(log.dropped for log in self._runs)

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary, or the bytes of one, as one event.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        if isinstance(summary, bytes):
            summary = Summary.FromString(summary)
        step = self._default_step if global_step is None else global_step
        event = Event(wall_time=self._time_of(walltime), step=to_step(step), summary=summary)
        self.file.write_event(event)

    def _time_of(self, walltime: float | None) -> float:
        if walltime is not None:
            return to_wall_time(walltime)
        return self.clock() if self._default_time is None else self._default_time

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an event, at the time now if no `walltime` is given, at its own step if none is.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        if not isinstance(event, Event):
            raise TypeError(f"event must be an Event, got {event!r:.80}")
        dated = Event()
        dated.MergeFrom(event)
        dated.wall_time = self._time_of(walltime)
        step = self._default_step if step is None else step
        if step is not None:
            dated.step = to_step(step)
        self.file.write_event(dated)

    def add_graph(self, graph_profile: Any, walltime: float | None = None) -> None:
        """Write a GraphDef, or a pair of one and a RunMetadata: messages of any kind, or bytes."""
        pair = graph_profile if isinstance(graph_profile, (list, tuple)) else (graph_profile, None)
        graph, run_metadata = pair
        self.add_event(Event(graph_def=_encoded(graph, "graph_profile")), None, walltime)
        if run_metadata is not None:
            self.add_run_metadata(run_metadata, "step1", walltime=walltime)

    def add_onnx_graph(self, graph: Any, walltime: float | None = None) -> None:
        """Write a GraphDef that was made of an ONNX model: a message or its bytes."""
        self.add_event(Event(graph_def=_encoded(graph, "graph")), None, walltime)

    add_openvino_graph = add_onnx_graph

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None, *, walltime: float | None = None
    ) -> None:
        """Write a RunMetadata, a message or its bytes, under a tag for the Graphs page."""
        encoded = _encoded(run_metadata, "run_metadata")
        tagged = TaggedRunMetadata(tag=tag, run_metadata=encoded)
        self.add_event(Event(tagged_run_metadata=tagged), global_step, walltime)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Write the start, a checkpoint or the end of a session."""
        self.add_event(Event(session_log=session_log), global_step)

    def use_metadata(
        self, *, global_step: Any = None, walltime: float | None = None
    ) -> _UseMetadata:
        """Give events a step, a time or both within a `with` block, where none is given to them."""
        if global_step is None and walltime is None:
            raise ValueError("use_metadata must be given a global_step or a walltime, got neither")
        step = self._default_step if global_step is None else to_step(global_step)
        time = self._default_time if walltime is None else to_wall_time(walltime)
        return _UseMetadata(self, step, time)

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device.

        Raises OSError if they can't be, unless `on_error` is "warn".
        """
        self._runs.each(lambda log: log.flush(sync))

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing."""
        self._closed = True
        self._runs.each(lambda log: log.close())

    def reopen(self) -> None:
        """After `close`, go on in a new event file. Does nothing while the writer is open."""
        if self._closed:
            self._closed = False
            self._start(Runs(self._logdir, Options(**self._arguments)))
            self.file.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "logdir": self._logdir,
            "arguments": self._arguments,
            "pid": get_pid(),
            "spawning": is_spawning(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._logdir, self._arguments = state["logdir"], state["arguments"]
        guest = state["spawning"] or is_child_of(state["pid"])
        self._start(Runs(self._logdir, Options(**self._arguments), guest=guest))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file}>"


class _UseMetadata:
    """While its `with` block lasts, a writer has other defaults."""

    def __init__(self, writer: FileWriter, step: int | None, time: float | None) -> None:
        self._writer = writer
        self._defaults = step, time

    def __enter__(self) -> FileWriter:
        writer = self._writer
        self._before = writer._default_step, writer._default_time
        writer._default_step, writer._default_time = self._defaults
        return writer

    def __exit__(self, *exception: object) -> None:
        self._writer._default_step, self._writer._default_time = self._before


def _encoded(message: Any, name: str) -> bytes:
    """The bytes of a message of this package's or of protobuf's."""
    encode = getattr(message, "SerializeToString", None)
    if encode is None and not isinstance(message, bytes):
        raise TypeError(f"{name} must be a message or its bytes, got {message!r:.80}")
    encoded: bytes = message if encode is None else encode()
    return encoded
