"""`FileWriter`: TensorFlow 1's and torch's writer of ready-made summaries and events.

It takes messages, this package's or protobuf's, and their bytes; it knows no kind of value.
"""

from __future__ import annotations

from ..schema.event import Event, SessionLog, TaggedRunMetadata
from ..schema.summary import Summary
from .event_log import Defaults, EventLog, encoded, to_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from contextlib import AbstractContextManager
    from typing import Any, Union

    from typing_extensions import Self, Unpack

    from ..files.options import WriterOptions
    from ..files.run_log import RunLog

    StrPath = Union[str, os.PathLike[str]]


class FileWriter:
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
        given = {"flush_secs": flush_secs, "filename_suffix": filename_suffix, **options}
        self.__log = EventLog(logdir, purge_step, resume, given)
        self.__run = ""
        if graph is not None or graph_def is not None:
            self.__add_graph(graph_def if graph is None else graph, None, None)

    @classmethod
    def of_run(cls, log: EventLog, run: str = "") -> Self:
        """The FileWriter of a log that there is already, and of one of its runs."""
        writer = cls.__new__(cls)
        writer.__log = log
        writer.__run = run
        return writer

    def sub_run(self, name: str) -> FileWriter:
        """The writer of a sub-folder, whose files begin with the first event written to it.

        `name` may have slashes; whatever it holds, `names.safe_name` keeps it inside the folder.
        """
        self.__log.runs.sub_run(name)  # Names are checked first.
        return FileWriter.of_run(self.__log, name)

    @property
    def file(self) -> RunLog:
        """The files of this writer's run."""
        runs = self.__log.runs
        return runs.sub_run(self.__run) if self.__run else runs.main

    @property
    def event_writer(self) -> EventWriter:
        """The writer of events as they are, which TensorFlow's and torch's FileWriter have."""
        return EventWriter.of_run(self.__log, self.__run)

    @property
    def last_step(self) -> int | None:
        """With `resume`, the last step that the run had before, None if it had none."""
        return self.__log.last_step

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return self.__log.dropped

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self.__log.as_given(self.file)

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary as one event: this package's, protobuf's, or the bytes of one.

        `global_step` is any integer, 0 if None; `walltime` is in seconds since 1970, now if None.
        Raises TypeError or ValueError for what is no Summary, or would stop TensorBoard from
        loading it.
        """
        log, made = self.__log, to_ours(Summary, summary, "summary")
        step, wall_time = log.step_of(global_step), log.time_of(walltime)
        log.write_summary(made, step, wall_time, self.file)

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Write an Event: this package's, protobuf's, or the bytes of one.

        Its own step and time are kept, unless `step` or `walltime` say otherwise; without a time of
        its own it has the time now. Raises TypeError or ValueError for what is no Event, or would
        stop TensorBoard from loading it.
        """
        log, made = self.__log, to_ours(Event, event, "event")
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
        self.__add(Event(graph_def=encoded(graph, "graph_profile")), step, walltime)
        if run_metadata is not None:
            self.__add_run_metadata(run_metadata, "step1", step, walltime)

    def add_onnx_graph(self, graph: Any, walltime: float | None = None) -> None:
        """Write a GraphDef that was made of an ONNX model: a message or its bytes."""
        self.__add(Event(graph_def=encoded(graph, "graph")), None, walltime)

    add_openvino_graph = add_onnx_graph

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None, *, walltime: float | None = None
    ) -> None:
        """Write a RunMetadata, a message or its bytes, under a tag for the Graphs page."""
        self.__add_run_metadata(run_metadata, tag, global_step, walltime)

    def __add_run_metadata(self, run_metadata: Any, tag: str, step: Any, walltime: Any) -> None:
        data = encoded(run_metadata, "run_metadata")
        tagged = TaggedRunMetadata(tag=tag, run_metadata=data)
        self.__add(Event(tagged_run_metadata=tagged), step, walltime)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Write the start, a checkpoint or the end of a session: a message or its bytes."""
        self.__add(
            Event(session_log=to_ours(SessionLog, session_log, "session_log")), global_step, None
        )

    def __add(self, event: Event, step: Any, walltime: Any) -> None:
        event.step, event.wall_time = self.__log.step_of(step), self.__log.time_of(walltime)
        self.__log.write_event(event, self.file)

    def use_metadata(
        self, *, global_step: Any = None, walltime: float | None = None
    ) -> AbstractContextManager[Self]:
        """Give events a step, a time or both within a `with` block, where none is given to them."""
        return Defaults(self, self.__log, global_step, walltime)

    def flush(self, sync: bool = False) -> None:
        """Return when all events are with the operating system, with `sync` on the device.

        Raises OSError if they can't be, unless `on_error` is "warn".
        """
        self.__log.flush(sync)

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing."""
        self.__log.close()

    def reopen(self) -> None:
        """After `close`, go on in a new event file. Does nothing while the writer is open."""
        self.__log.reopen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.file}>"


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
