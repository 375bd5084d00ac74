"""TensorFlow 2's `tf.summary`, by its own names: functions that log to a default writer.

    from tfevents_lite import v2 as summary

    with summary.create_file_writer("runs/first").as_default():
        summary.scalar("loss", 0.5, step=1)

Names and arguments are those of https://www.tensorflow.org/api_docs/python/tf/summary. As there,
the default writer, the step and the condition belong to a thread, and what logs returns whether it
did. Functions that trace TensorFlow's own (`trace_on` and its kin) are not here, and
`tf.name_scope` has no effect.
"""

from __future__ import annotations

from _thread import _local
from contextlib import contextmanager, nullcontext

from . import summary as _summary
from .inputs.checks import MAX_STEP as _MAX_STEP
from .inputs.checks import to_float as _to_float
from .inputs.checks import to_step as _to_step
from .schema.event import Event as _Event
from .schema.summary import Summary as _Summary
from .summary.encoding import encode_metadata as _metadata
from .summary.encoding import encode_strings as _encode_strings
from .summary.encoding import encode_value as _encode_value
from .writers import kinds as _kinds
from .writers.event_log import EventLog as _EventLog
from .writers.event_log import encoded as _encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import Any, Union

    from .writers.file_writer import StrPath

    Condition = Union[bool, Callable[[], Any], Any]

__all__ = [
    "SummaryWriter", "audio", "create_file_writer", "create_noop_writer", "experimental", "flush",
    "graph", "histogram", "image", "record_if", "scalar", "should_record_summaries", "text",
    "write",
]  # fmt: skip


class _State(_local):
    """The default writer, step, condition and scopes of a thread."""

    writer: SummaryWriter | None = None
    step: Any = None
    condition: Condition = True
    scopes: tuple[str, ...] = ()


_state = _State()


class SummaryWriter:
    """What the functions of this module write to. See create_file_writer."""

    def __init__(self, log: _EventLog) -> None:
        self._log = log

    def as_default(self, step: Any = None) -> AbstractContextManager[SummaryWriter]:
        """Be the default writer within a `with` block, with a default step if one is given.

        What was written is with the operating system when the block ends. Raises RuntimeError
        after `close`.
        """
        self._check_open()
        return _AsDefault(self, step)

    def set_as_default(self, step: Any = None) -> None:
        """Be the thread's default writer from now on, with a default step if one is given."""
        self._check_open()
        _state.writer = self
        if step is not None:
            _state.step = step

    def _check_open(self) -> None:
        if self._log.runs.main.closed:
            raise RuntimeError(f"{self!r} is closed: make another by create_file_writer")

    def init(self) -> None:
        """Nothing: the file is there since the writer was made."""

    def flush(self) -> None:
        """Return when all that was written is with the operating system."""
        self._log.flush(False)

    def close(self) -> None:
        """Close the file, for good. Closing it again does nothing."""
        self._log.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._log.runs.main}>"


class _AsDefault:
    """While its `with` blocks last, a writer is the default one; it can be entered again."""

    def __init__(self, writer: SummaryWriter, step: Any) -> None:
        self._writer = writer
        self._step = step
        self._before: list[tuple[SummaryWriter | None, Any]] = []

    def __enter__(self) -> SummaryWriter:
        self._before.append((_state.writer, _state.step))
        _state.writer = self._writer
        if self._step is not None:
            _state.step = self._step
        return self._writer

    def __exit__(self, kind: object, *exception: object) -> None:
        writer, step = self._before.pop()
        _state.writer = writer
        if self._step is not None:  # What set_step set outlives the block.
            _state.step = step
        if kind is None:
            self._writer.flush()


class _NoopWriter(SummaryWriter):
    """A writer that writes nothing, and leaves the default writer as it is."""

    def __init__(self) -> None:
        pass

    def as_default(self, step: Any = None) -> AbstractContextManager[SummaryWriter]:
        """Change nothing within a `with` block."""
        return nullcontext(self)

    def set_as_default(self, step: Any = None) -> None:
        """Change nothing."""

    flush = close = SummaryWriter.init

    def __repr__(self) -> str:
        return f"<{SummaryWriter.__name__} of nothing>"


def create_file_writer(
    logdir: StrPath,
    max_queue: int | None = None,
    flush_millis: float | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
    experimental_trackable: bool = False,
    experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer of a new event file in `logdir`.

    `max_queue`, and the arguments from `name` on, are accepted for compatibility.
    """
    options = {
        "flush_secs": 120 if flush_millis is None else flush_millis / 1000,
        "filename_suffix": ".v2" if filename_suffix is None else filename_suffix,
    }
    return SummaryWriter(_EventLog(logdir, None, False, options))


def create_noop_writer() -> SummaryWriter:
    """A writer that does nothing: in its `with` blocks, the default writer is the one before."""
    return _NoopWriter()


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Flush a writer, or the default one if there is one."""
    flushed = _state.writer if writer is None else writer
    if flushed is None:
        return
    if not isinstance(flushed, SummaryWriter):
        raise ValueError(f"writer must be one of create_file_writer's, got {writer!r:.80}")
    flushed.flush()


def should_record_summaries() -> bool:
    """Whether what is logged now is written: there is a default writer, and `record_if` allows."""
    condition = _state.condition
    return _state.writer is not None and bool(condition() if callable(condition) else condition)


@contextmanager
def _changed(name: str, value: Any) -> Iterator[None]:
    """Within a `with` block, an attribute of the thread's state has another value."""
    before = getattr(_state, name)
    setattr(_state, name, value)
    try:
        yield
    finally:
        setattr(_state, name, before)


def record_if(condition: Condition) -> AbstractContextManager[None]:
    """Within a `with` block, write only if `condition` is true, or what it returns if callable."""
    return _changed("condition", condition)


def _log() -> _EventLog | None:
    """The log of the default writer, None if nothing is to be written."""
    writer = _state.writer
    if writer is None or not (_state.condition is True or should_record_summaries()):
        return None
    return writer._log


def _step_of(step: Any, tag: str) -> int:
    """The step that is given, or the thread's: an integer, as for TensorFlow."""
    at = _state.step if step is None else step
    if type(at) is int and -_MAX_STEP <= at <= _MAX_STEP:
        return at
    at = at() if callable(at) and not hasattr(at, "assign_add") else at
    if at is None:
        raise ValueError(
            f"step of {tag!r} must be given, as the argument `step` or by experimental.set_step()"
        )
    return _to_step(at, tag)


def _record(
    kind: str, name: str, step: Any, description: str | None, encode: Callable[[str], bytes]
) -> bool:
    """Write what `encode` makes of the tag, the name after its scopes; return whether it did."""
    log = _log()
    if log is None:
        return False
    tag = "/".join((*_state.scopes, name)) if _state.scopes else name
    at, made = _step_of(step, tag), encode(tag)
    if description:
        described = _Summary.FromString(made)
        described.value[0].metadata.summary_description = description
        made = described.SerializeToString()
    log.add(kind, tag, made, at, None)
    return True


def _first(tag: str, data: Any, rank: int, max_outputs: Any) -> Any:
    """The first `max_outputs` of a batch, an array of so many axes."""
    if type(max_outputs) is not int or max_outputs < 0:
        raise ValueError(f"max_outputs of {tag!r} must be >= 0, got {max_outputs!r}")
    from .inputs.arrays import to_array

    array = to_array(data)
    if array.ndim != rank:
        raise ValueError(f"data of {tag!r} must have rank {rank}, got shape {array.shape}")
    return array[:max_outputs]


def _array_of(data: Any) -> Any:
    """An EagerTensor's array, as it can be of strings; anything else as it is."""
    return data.numpy() if hasattr(data, "numpy") and hasattr(data, "_id") else data


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Log one number, as a 32-bit float. `description`, in markdown, is shown with it."""

    def encode(tag: str) -> bytes:
        number = data if type(data) is float else _number_of(tag, data)
        return _kinds.scalar_summary.encode_tensor_scalar(tag, number)

    return _record("scalars", name, step, description, encode)


def _number_of(tag: str, data: Any) -> float:
    """One number; raises ValueError, in TensorFlow's words, for what is none."""
    try:
        if getattr(data, "ndim", 0) == 0:
            return _to_float(tag, data)
    except TypeError as error:
        raise ValueError(f"Cast string to float is not supported: {error}") from error
    raise ValueError(f"Expected scalar shape: data of {tag!r} has shape {data.shape}")


def image(
    name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None
) -> bool:
    """Log images [k, height, width, channels], at most `max_outputs` of them.

    uint8 and uint16 are taken as they are, other types are expected in [0, 1].
    """

    def encode(tag: str) -> bytes:
        pictures = _first(tag, data, 4, max_outputs)
        if not len(pictures):  # Then there are a width and a height alone.
            height, width = (str(size).encode() for size in pictures.shape[1:3])
            return _encode_value(tag, _encode_strings([width, height], [2]), _metadata("images"))
        return _kinds.image_summary.encode_images(tag, pictures, "NHWC", as_grid=False)

    return _record("images", name, step, description, encode)


def histogram(
    name: str, data: Any, step: Any = None, buckets: Any = None, description: str | None = None
) -> bool:
    """Log a histogram of numbers, in 30 buckets of one width if `buckets` is not given."""
    count = 30 if buckets is None else buckets

    def encode(tag: str) -> bytes:
        return _kinds.histogram_summary.encode_histogram_tensor(tag, data, count)

    return _record("histograms", name, step, description, encode)


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Log a string, or an array of strings, which is shown as a table."""

    def encode(tag: str) -> bytes:
        return _kinds.text_summary.encode_text(tag, _array_of(data), suffix="")

    return _record("text", name, step, description, encode)


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
        raise ValueError(
            f"Unknown encoding: encoding of {name!r} must be 'wav' or None, got {encoding!r}"
        )

    def encode(tag: str) -> bytes:
        home = _kinds.audio_summary
        clips = _first(tag, data, 3, max_outputs)
        return home.encode_clips(tag, [home.to_wav(tag, clip, sample_rate) for clip in clips])

    return _record("audio", name, step, description, encode)


def write(
    tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None
) -> bool:
    """Log a tensor, or what a callable returns, with a SummaryMetadata, a message or its bytes.

    The tag is taken as it is: summary_scope gives one with the names of its scopes.
    """
    log = _log()
    if log is None:
        return False
    at = _step_of(step, tag)
    value = _array_of(tensor() if callable(tensor) else tensor)
    described = None if metadata is None else _encoded(metadata, "metadata")
    made = _kinds.tensor_summary.encode_tensor(tag, value, described)
    log.add_summary(_Summary.FromString(made), at, None)
    return True


def graph(graph_data: Any) -> bool:
    """Log a graph: TensorFlow's, or whatever SummaryWriter.add_graph takes."""
    log = _log()
    if log is None:
        return False
    made = _summary.to_graph_def(graph_data)
    log.write_event(_Event(wall_time=log.clock(), graph_def=made.SerializeToString()))
    return True


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
        """Within a `with` block, names stand after this one; give the tag and the scope."""
        scopes = (*_state.scopes, name or default_name)
        path = "/".join(scopes)
        with _changed("scopes", scopes):
            yield path, path + "/"

    @staticmethod
    def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> bool:
        """Log the bytes of a Summary."""
        log = _log()
        if log is None:
            return False
        data = _array_of(tensor)
        data = data.item() if hasattr(data, "item") else data
        log.add_summary(data, _step_of(step, "raw"), None)
        return True
