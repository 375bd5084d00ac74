"""TensorFlow 2's `tf.summary`, by its own names: functions that log to a default writer.

    from tfevents_lite import v2 as summary

    with summary.create_file_writer("runs/first").as_default():
        summary.scalar("loss", 0.5, step=1)

Names and arguments are those of https://www.tensorflow.org/api_docs/python/tf/summary. As there,
the default writer, the step and the condition belong to a thread, and what logs returns whether it
did. What traces TensorFlow's own functions (`trace_on` and its kin) is not here.
"""

from __future__ import annotations

from _thread import _local
from contextlib import contextmanager

from . import summary as _summary
from .schema.event import Event as _Event
from .schema.summary import Summary as _Summary
from .writers.summary_writer import SummaryWriter as _Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Union

    from .writers.file_writer import StrPath

    Condition = Union[bool, Callable[[], Any], Any]

__all__ = [
    "SummaryWriter",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "graph",
    "histogram",
    "image",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "write",
]


class _State(_local):
    """What holds for a thread."""

    writer: SummaryWriter | None = None
    step: Any = None
    condition: Condition = True
    scopes: tuple[str, ...] = ()


_state = _State()


class SummaryWriter:
    """What the functions of this module write to. See create_file_writer."""

    def __init__(self, writer: _Writer | None) -> None:
        self._writer = writer

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """Be the default writer within a `with` block, with a default step if one is given.

        What was written is with the operating system when the block ends.
        """
        before = _state.writer, _state.step
        _state.writer = self
        if step is not None:
            _state.step = step
        try:
            yield self
            self.flush()
        finally:
            _state.writer, _state.step = before

    def set_as_default(self, step: Any = None) -> None:
        """Be the thread's default writer from now on, with a default step if one is given."""
        _state.writer = self
        if step is not None:
            _state.step = step

    def init(self) -> None:
        """Nothing: the file is there since the writer was made."""

    def flush(self) -> None:
        """Return when all that was written is with the operating system."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Close the file, for good. Closing it again does nothing."""
        if self._writer is not None:
            self._writer.close()

    def __repr__(self) -> str:
        what = "nothing" if self._writer is None else repr(self._writer)
        return f"<{type(self).__name__} of {what}>"


def create_file_writer(
    logdir: StrPath,
    max_queue: int | None = None,
    flush_millis: float | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
    experimental_trackable: bool = False,
    experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer of a new event file in `logdir`. The arguments from `name` on mean nothing here."""
    return SummaryWriter(
        _Writer(
            logdir,
            max_queue=10 if max_queue is None else max_queue,
            flush_secs=120 if flush_millis is None else flush_millis / 1000,
            filename_suffix=".v2" if filename_suffix is None else filename_suffix,
            reopens=False,
        )
    )


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing."""
    return SummaryWriter(None)


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Flush a writer, or the default one if there is one."""
    flushed = writer or _state.writer
    if flushed is not None:
        flushed.flush()


def should_record_summaries() -> bool:
    """Whether what is logged now is written: there is a default writer, and `record_if` allows."""
    condition = _state.condition
    return _state.writer is not None and bool(condition() if callable(condition) else condition)


@contextmanager
def record_if(condition: Condition) -> Iterator[None]:
    """Within a `with` block, write only if `condition` is true, or what it returns if callable."""
    before = _state.condition
    _state.condition = condition
    try:
        yield
    finally:
        _state.condition = before


def _record(
    name: str,
    step: Any,
    make: Callable[[str], _Summary | bytes],
    description: str | None = None,
) -> bool:
    """Write what `make` makes of the tag, if it is to be written."""
    if not should_record_summaries():
        return False
    at = _state.step if step is None else step
    if at is None:
        raise ValueError(
            f"step of {name!r} must be given, as the argument `step` or by experimental.set_step()"
        )
    made = make("/".join((*_state.scopes, name)))
    if description and isinstance(made, _Summary):
        for value in made.value:
            value.metadata.summary_description = description
    writer = _target()
    if writer is not None:
        writer.add_summary(made, at)
    return writer is not None


def _target() -> _Writer | None:
    return None if _state.writer is None else _state.writer._writer


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Log one number."""
    return _record(
        name,
        step,
        lambda tag: _summary.scalar(
            tag, data, new_style=True, summary_description=description or ""
        ),
    )


def image(
    name: str,
    data: Any,
    step: Any = None,
    max_outputs: int = 3,
    description: str | None = None,
) -> bool:
    """Log images [k, height, width, channels], at most `max_outputs` of them."""
    return _record(
        name,
        step,
        lambda tag: _summary.images(tag, data[:max_outputs], "NHWC", as_grid=False),
        description,
    )


def histogram(
    name: str,
    data: Any,
    step: Any = None,
    buckets: int | None = None,
    description: str | None = None,
) -> bool:
    """Log a histogram of numbers, in 30 buckets of one width if `buckets` is not given."""
    bins = 30 if buckets is None else buckets
    return _record(name, step, lambda tag: _histogram(tag, data, bins), description)


def _histogram(tag: str, data: Any, buckets: Any) -> _Summary:
    from .summary.histogram_summary import encode_histogram_tensor

    return _Summary.FromString(encode_histogram_tensor(tag, data, buckets))


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Log a string, or an array of strings, which is shown as a table."""
    return _record(name, step, lambda tag: _summary.text(tag, data), description)


def audio(
    name: str,
    data: Any,
    sample_rate: int,
    step: Any = None,
    max_outputs: int = 3,
    encoding: str | None = None,
    description: str | None = None,
) -> bool:
    """Log sounds [k, frames, channels] from -1 to 1, at most `max_outputs` of them."""
    if encoding not in (None, "wav"):
        raise ValueError(f"encoding of {name!r} must be 'wav' or None, got {encoding!r}")

    def make(tag: str) -> _Summary:
        from .summary.audio_summary import encode_clips, to_wav

        clips = [to_wav(tag, clip, sample_rate) for clip in data[:max_outputs]]
        return _Summary.FromString(encode_clips(tag, clips))

    return _record(name, step, make, description)


def write(
    tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None
) -> bool:
    """Log a tensor, or what a callable returns, with a SummaryMetadata, a message or its bytes."""

    def make(full_tag: str) -> bytes:
        from .summary.tensor_summary import encode_tensor

        value = tensor() if callable(tensor) else tensor
        if metadata is None:
            return encode_tensor(full_tag, value)
        encoded = metadata if isinstance(metadata, bytes) else metadata.SerializeToString()
        return encode_tensor(full_tag, value, encoded)

    return _record(tag, step, make)


def graph(graph_data: Any) -> bool:
    """Log a graph: TensorFlow's, or whatever SummaryWriter.add_graph takes."""
    if not should_record_summaries():
        return False
    made = _summary.to_graph_def(graph_data)
    writer = _target()
    if writer is not None:
        writer.file_writer.add_event(_Event(graph_def=made.SerializeToString()))
    return writer is not None


class experimental:
    """`tf.summary.experimental`: the default step, scopes of names, ready-made summaries."""

    @staticmethod
    def set_step(step: Any) -> None:
        """Set the thread's default step: anything that is an integer, or holds one that changes."""
        _state.step = step

    @staticmethod
    def get_step() -> Any:
        """The thread's default step, None if there is none."""
        return _state.step

    @staticmethod
    @contextmanager
    def summary_scope(
        name: str | None, default_name: str = "summary", values: Any = None
    ) -> Iterator[tuple[str, str]]:
        """Within a `with` block, names stand behind this one; give the tag and the scope."""
        before = _state.scopes
        _state.scopes = (*before, name or default_name)
        path = "/".join(_state.scopes)
        try:
            yield path, path + "/"
        finally:
            _state.scopes = before

    @staticmethod
    def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> bool:
        """Log the bytes of a Summary."""
        data = tensor.item() if hasattr(tensor, "item") else tensor
        return _record("raw", step, lambda tag: _Summary.FromString(data))
