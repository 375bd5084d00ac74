"""What all of SummaryWriter's methods share: steps, times, warnings, and the one way to write.

This module knows that events have steps and tags; it knows no kind of value and no file.
"""

from __future__ import annotations

from ..inputs.caller import warn
from ..inputs.checks import MAX_STEP, encode_tag, to_step, to_wall_time
from ..schema.summary import Summary
from ..summary.encoding import encode_event
from ..summary.guard import claim, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .file_writer import FileWriter


class Base:
    """The state of a writer that its methods use, and the ways to write through it."""

    file_writer: FileWriter
    # Whether what is no event is written beside the event file.
    _keeps_files = True
    _clock: Callable[[], float]
    _write: Callable[[bytes], None]
    _write_record: Callable[[bytes], None]
    _kinds: dict[str, str]

    def _set_up(self) -> None:
        """Make what the methods remember: called once by the constructor."""
        # Each tag's last step; of a sub-run's tag, the key is the name of the run and the tag.
        # Scalars by their tags, other kinds by (tag,): a tag that stands here by itself is known to
        # hold scalars, which spares add_scalar a look.
        self._last_steps: dict[Any, int] = {}
        self._warned: set[tuple[str, Any]] = set()
        self._default_step: int | None = None

    def add_summary(
        self, summary: Summary | bytes, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a Summary, or the bytes of one, as one event.

        Raises TypeError or ValueError for what is none, or would stop TensorBoard from loading it.
        """
        if isinstance(summary, bytes):
            try:
                summary = Summary.FromString(summary)
            except ValueError as error:
                raise ValueError(f"summary must be a Summary or bytes of one: {error}") from error
        elif not isinstance(summary, Summary):
            raise TypeError(f"summary must be a Summary or bytes, got {summary!r:.80}")
        for value in summary.value:
            encode_tag(value.tag)
        step, wall_time = self._step_of(global_step, None), self._time_of(walltime)
        self.file_writer.add_summary(summary, step, wall_time)
        for value in summary.value:
            kind = kind_of(value)
            if kind != "hparams":
                key = value.tag if kind == "scalars" else (value.tag,)
                self._note_step(key, value.tag, step)

    def _add(
        self, kind: str, values: dict[str, bytes], global_step: Any, walltime: float | None
    ) -> None:
        """Write values of one kind as one event: by tag, the bytes that `summary` made of each."""
        step, wall_time = self._step_of(global_step, next(iter(values))), self._time_of(walltime)
        for tag in values:
            if self._kinds.get(tag) != kind:
                claim(self._kinds, tag, kind)
            self._note_step((tag,), tag, step)
        self._write(encode_event(b"".join(values.values()), step, wall_time))

    # Steps and times.

    def _step_of(self, step: Any, tag: str | None) -> int:
        if type(step) is int and 0 <= step <= MAX_STEP:
            return step
        return to_step(self._default_step if step is None else step, tag)

    def _time_of(self, walltime: float | None) -> float:
        return self._clock() if walltime is None else to_wall_time(walltime)

    def _note_step(self, key: Any, tag: str, step: int) -> None:
        """Keep a tag's last step; warn if this one is not larger."""
        last = self._last_steps.get(key)
        self._last_steps[key] = step
        if last is not None and step <= last:
            self._warn_once(
                "step",
                key,
                f"step {step} of {tag!r} comes after step {last}: TensorBoard drops the tag's "
                "points from that step on",
            )

    def _note_scalar(self, tag: str, step: int) -> None:
        """Take a scalar whose tag is new, or whose step is not larger than the tag's last."""
        claim(self._kinds, tag, "scalars")
        self._note_step(tag, tag, step)

    def _warn_once(self, what: str, key: Any, message: str) -> None:
        if (what, key) not in self._warned:
            self._warned.add((what, key))
            warn(message)

    def use_metadata(
        self, *, global_step: Any = None, walltime: float | None = None
    ) -> UseMetadata:
        """Give events a step, a time or both within a `with` block, where none is given to them.

        with writer.use_metadata(global_step=10):
            writer.add_scalar("loss", 3.0)
        """
        if global_step is None and walltime is None:
            raise ValueError("use_metadata must be given a global_step or a walltime, got neither")
        step = None if global_step is None else to_step(global_step)
        return UseMetadata(self, step, None if walltime is None else to_wall_time(walltime))


class UseMetadata:
    """While its `with` block lasts, a writer has a default step, a default time or both."""

    def __init__(self, writer: Any, step: int | None, walltime: float | None) -> None:
        self._writer = writer
        self._step = step
        self._walltime = walltime

    def __enter__(self) -> Any:
        writer = self._writer
        self._before = writer._default_step, writer._clock
        if self._step is not None:
            writer._default_step = self._step
        if self._walltime is not None:
            writer._clock = lambda: self._walltime
        return writer

    def __exit__(self, *exception: object) -> None:
        self._writer._default_step, self._writer._clock = self._before
