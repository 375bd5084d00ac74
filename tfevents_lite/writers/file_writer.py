"""The writers of what is encoded already: `FileWriter`, of messages, and `RecordWriter`, of bytes.

FileWriter is TensorFlow 1's and torch's; it takes messages, this package's or protobuf's, and their
bytes. RecordWriter is the peers', too. No kind of value is known here.
"""

from __future__ import annotations

import os

from ..inputs.checks import to_number
from ..records.tfrecord import frame
from ..schema.event import Event, SessionLog, TaggedRunMetadata
from .event_log import Defaults, EventLog, encoded, to_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any, Union

    from typing_extensions import Self, Unpack

    from ..files.options import WriterOptions
    from ..files.run_log import RunLog
    from ..schema.summary import Summary

    StrPath = Union[str, os.PathLike[str]]


class LogWriter:
    """What FileWriter and SummaryWriter have in common: both write to a run of an EventLog.

    No method calls one that a subclass may define: what methods share begins with two underscores.
    """

    _event_log: EventLog
    _run_name = ""  # The main run.

    @property
    def last_step(self) -> int | None:
        """With `resume`, the last step that the run had before, None if it had none."""
        return self._event_log.last_step

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return self._event_log.dropped

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self._event_log.as_given(self._event_log.run(self._run_name))

    def use_metadata(
        self, *, global_step: Any = None, walltime: float | None = None
    ) -> AbstractContextManager[Self]:
        """Give events a step, a time or both within a `with` block, where none is given to them.

        with writer.use_metadata(global_step=10):
            writer.add_scalar("loss", 3.0)
        """
        return Defaults(self, self._event_log, global_step, walltime)

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary as one event: this package's, protobuf's, or the bytes of one.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        self._event_log.add_summary(
            summary, global_step, walltime, self._event_log.run(self._run_name)
        )

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Write the start, a checkpoint or the end of a session: a message or its bytes.

        TensorBoard drops what was logged from a START's step on, as a restart repeats it.
        """
        made, log = to_ours(SessionLog, session_log, "session_log"), self._event_log
        with log.lock:
            step, run = log.step_of(global_step), log.run(self._run_name)
            log.add_event(Event(session_log=made), step, None, run)
            if made.status == SessionLog.START:
                log.tags_of(run).purge(step)

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device.

        Raises OSError if they can't be, unless `on_error` is "warn".
        """
        self._event_log.flush(sync)

    def __enter__(self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._event_log.run(self._run_name)}>"


class FileWriter(LogWriter):
    """Writes events and summaries to a new event file in `logdir`, which is made if it is missing.

    Arguments are torch's, FileWriter(logdir, max_queue, flush_secs, filename_suffix), or TensorFlow
    1's, FileWriter(logdir, graph, max_queue, flush_secs): a `graph`, or a `graph_def`, is written
    first. `purge_step`, `resume` and the other options are SummaryWriter's. `max_queue` and
    `session` are accepted for compatibility.

    `last_step` is, with `resume`, the last step that was logged before; None if there was none. The
    writer can be pickled, and can be used by a forked child. Either gets new files.
    """

    def __init__(
        self,
        logdir: StrPath,
        max_queue: Any = 10,
        flush_secs: float = 120,
        filename_suffix: Any = "",
        *,
        graph: Any = None,
        graph_def: Any = None,
        session: Any = None,
        purge_step: int | None = None,
        resume: bool = False,
        **options: Unpack[WriterOptions],
    ) -> None:
        if max_queue is None or hasattr(max_queue, "as_graph_def"):  # TensorFlow 1's order.
            graph = max_queue if graph is None else graph
            if not isinstance(filename_suffix, str):
                flush_secs, filename_suffix = filename_suffix or 120, ""
        else:
            to_number("max_queue", max_queue)
        given = {"flush_secs": flush_secs, "filename_suffix": filename_suffix, **options}
        self._event_log = EventLog(logdir, purge_step, resume, given)
        if graph is not None or graph_def is not None:
            self.__add_graph(graph_def if graph is None else graph, None, None)

    @classmethod
    def of_run(cls, log: EventLog, run: str = "") -> Self:
        """The FileWriter of a log that there is already, and of one of its runs."""
        writer = cls.__new__(cls)
        writer._event_log, writer._run_name = log, run
        return writer

    def sub_run(self, name: str) -> FileWriter:
        """The writer of a sub-folder, whose files begin with the first event written to it.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        self._event_log.runs.sub_run(name)  # Names are checked first.
        return FileWriter.of_run(self._event_log, name)

    @property
    def file(self) -> RunLog:
        """The files of this writer's run."""
        return self._event_log.run(self._run_name)

    @property
    def event_writer(self) -> EventWriter:
        """The writer of events as they are, which TensorFlow's and torch's FileWriter have."""
        return EventWriter.of_run(self._event_log, self._run_name)

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an Event: this package's, protobuf's, or the bytes of one.

        Its own step and time are kept, unless `step` or `walltime` say otherwise; without a time of
        its own it has the time now. Raises TypeError or ValueError for what is no Event, or would
        stop TensorBoard from loading it.
        """
        log, made = self._event_log, to_ours(Event, event, "event")
        wall_time, number = made.wall_time, made.step
        if walltime is not None or not wall_time:
            wall_time = log.time_of(walltime)
        if step is not None or log.step is not None:
            number = log.step_of(step)
        if (wall_time, number) != (made.wall_time, made.step):
            made = Event.FromString(made.SerializeToString())  # The user's own stays as it is.
            made.wall_time, made.step = wall_time, number
        log.write_event(made, self.file)

    def add_graph(
        self,
        graph_profile: Any = None,
        walltime: Any = None,
        *,
        graph: Any = None,
        global_step: Any = None,
        graph_def: Any = None,
    ) -> None:
        """Write a graph: a GraphDef, TensorFlow's Graph, or the bytes of a GraphDef.

        torch passes a pair of a GraphDef and a RunMetadata. In TensorFlow 1 the second argument is
        a step: an integer there is taken for one, a float for a time.
        """
        if isinstance(walltime, int):
            walltime, global_step = None, walltime
        for given in (graph, graph_def):
            graph_profile = given if graph_profile is None else graph_profile
        self.__add_graph(graph_profile, global_step, walltime)

    def __add_graph(self, profile: Any, step: Any, walltime: Any) -> None:
        pair = profile if isinstance(profile, (list, tuple)) else (profile, None)
        graph, run_metadata = pair
        if callable(getattr(graph, "as_graph_def", None)):
            graph = graph.as_graph_def()
        self._event_log.add_event(Event(graph_def=encoded(graph, "graph_profile")), step, walltime)
        if run_metadata is not None:
            self.__add_run_metadata(run_metadata, "step1", step, walltime)

    def add_onnx_graph(self, graph: Any, walltime: float | None = None) -> None:
        """Write a GraphDef that was made of an ONNX model: a message or its bytes."""
        self._event_log.add_event(Event(graph_def=encoded(graph, "graph")), None, walltime)

    add_openvino_graph = add_onnx_graph

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None, *, walltime: float | None = None
    ) -> None:
        """Write a RunMetadata, a message or its bytes, under a tag for the Graphs page."""
        self.__add_run_metadata(run_metadata, tag, global_step, walltime)

    def __add_run_metadata(self, run_metadata: Any, tag: str, step: Any, walltime: Any) -> None:
        data = encoded(run_metadata, "run_metadata")
        tagged = TaggedRunMetadata(tag=tag, run_metadata=data)
        self._event_log.add_event(Event(tagged_run_metadata=tagged), step, walltime)

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing."""
        self._event_log.close()

    def reopen(self) -> None:
        """After `close`, go on in a new event file. Does nothing while the writer is open."""
        self._event_log.reopen()

    def __exit__(self, *exception: object) -> None:
        self.close()


class EventWriter(FileWriter):
    """A FileWriter that leaves the times of events as they are."""

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an Event with its own step and time, even if it has none."""
        own = to_ours(Event, event, "event")
        super().add_event(
            own,
            own.step if step is None else step,
            own.wall_time if walltime is None else walltime,
        )

    @property
    def _file_name(self) -> str:
        """The path of the event file, where torch's has it."""
        return self.file.path

    @property
    def _ev_writer(self) -> EventWriter:
        """This writer: tensorboardX's has another one within, which has the path."""
        return self


class RecordWriter:
    """Writes TFRecords to a file: given as a path, which is replaced, or as a binary file.

    The file of a path is not buffered: a record is with the operating system when `write` returns.
    """

    def __init__(self, file: str | os.PathLike[str] | Any) -> None:
        is_path = isinstance(file, (str, os.PathLike))
        self._file: Any = open(file, "wb", buffering=0) if is_path else file  # noqa: SIM115

    def write(self, data: bytes) -> None:
        """Write the bytes of one record, framed by its length and their checksums."""
        record = memoryview(frame(bytes(data)))
        while record:
            written = self._file.write(record)
            record = record[len(record) if written is None else written :]

    def flush(self) -> None:
        """Return when all records are with the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return bool(self._file.closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
