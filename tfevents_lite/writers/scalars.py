"""SummaryWriter's methods for scalars: one, several, many tags at a step, a whole curve."""

from __future__ import annotations

from math import inf

from ..inputs.checks import encode_tag, to_float, to_wall_time
from ..records.scalar_record import MAX_FLOAT, scalar_event, scalar_record, scalars_event
from ..summary.guard import claim
from ..summary.scalar_summary import scalar
from .charts import ChartMethods

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Any, Literal


class ScalarMethods(ChartMethods):
    """What of SummaryWriter logs scalars."""

    def _set_up(self) -> None:
        super()._set_up()
        # For export_scalars_to_json: of each sub-run and tag its first file, and points exported.
        self._first_files: dict[tuple[str, str], str] = {}
        self._exported: dict[tuple[str, str], int] = {}

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
        *,
        display_name: str = "",
        summary_description: str = "",
    ) -> None:
        """Log one number: of any type, or an array or tensor of one element. See summary.scalar.

        A value beyond a 32-bit float is shown as an infinity, with one warning for the tag; a step
        that is not larger than the tag's last one is warned of once, as TensorBoard drops points.
        """
        value = scalar_value if type(scalar_value) is float else to_float(tag, scalar_value)
        step = global_step if type(global_step) is int else self._step_of(global_step, tag)
        wall_time = self._clock() if walltime is None else to_wall_time(walltime)
        if new_style or display_name or summary_description:
            style = (new_style, double_precision, display_name, summary_description)
            return self._add_styled_scalar(tag, value, step, wall_time, *style)
        try:
            record = scalar_record(tag, value, step, wall_time)
        except OverflowError:
            self._note_range(tag, value)
            record = scalar_record(tag, inf if value > 0 else -inf, step, wall_time)
        # What a tag that is known and a step that is larger than its last need no call for.
        last_steps = self._last_steps
        if tag in last_steps and step > last_steps[tag]:
            last_steps[tag] = step
        else:
            self._note_scalar(tag, step)
        return self._write_record(record)

    def _add_styled_scalar(
        self, tag: str, value: float, step: int, wall_time: float,
        new_style: bool, double_precision: bool, name: str, description: str,
    ) -> None:  # fmt: skip
        """Log a scalar that is a tensor, or has a name or a description."""
        if isinstance(new_style, str):  # tensorboardX has the name and the description here.
            name, description = new_style, double_precision or ""
            new_style = double_precision = False
        self._note_range(tag, value)
        made = scalar(
            tag, value, new_style=new_style, double_precision=double_precision,
            display_name=name, summary_description=description,
        )  # fmt: skip
        self.add_summary(made, step, wall_time)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
        *,
        layout: Literal["overlay", "custom"] = "overlay",
    ) -> None:
        """Log several numbers to be shown as curves in one chart.

        With `layout="overlay"`, as in torch, each key is a run of its own, `main_tag_key` with `_`
        for the slashes of `main_tag`, in which the tag is `main_tag`. With `"custom"` they are
        `main_tag/key` in this run, with a chart of them all on the page of custom scalars.
        """
        if layout not in ("overlay", "custom"):
            raise ValueError(f"layout must be 'overlay' or 'custom', got {layout!r}")
        if layout == "custom":
            custom = _to_floats(main_tag, tag_scalar_dict, f"{main_tag}/")
            self.add_scalar_dict(custom, global_step, walltime)
            self._chart_together(main_tag, list(custom))
        else:
            self._overlay(main_tag, tag_scalar_dict, global_step, walltime)

    def _overlay(
        self, main_tag: str, values: Mapping[str, Any], global_step: Any, walltime: float | None
    ) -> None:
        """Log numbers under one tag, each in a run of its own."""
        step, wall_time = self._step_of(global_step, main_tag), self._time_of(walltime)
        encode_tag(main_tag)
        numbers = _to_floats(main_tag, values, main_tag.replace("/", "_") + "_")
        logs = {run: self.file_writer.sub_run(run) for run in numbers}  # Names are checked first.
        for log in logs.values():
            claim(log.kinds, main_tag, "scalars")
        for run, value in numbers.items():
            self._note_range(run, value)
            self._note_step((run, main_tag), main_tag, step)
            log = logs[run]
            log.write(scalar_event(main_tag, value, step, wall_time))
            self._first_files.setdefault((run, main_tag), log.path)

    def add_scalar_dict(
        self, values: Mapping[str, Any], global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log the numbers of many tags at one step, as one event: {tag: value}."""
        numbers = _to_floats("values", values)
        step, wall_time = self._step_of(global_step, None), self._time_of(walltime)
        if not numbers:
            return
        payload = scalars_event(numbers, step, wall_time)
        last_steps = self._last_steps
        for tag in numbers:  # All, before anything is noted of any.
            if tag not in last_steps:
                claim(self._kinds, tag, "scalars")
        for tag, value in numbers.items():
            if not -MAX_FLOAT < value < MAX_FLOAT:
                self._note_range(tag, value)
            last = last_steps.get(tag)
            if last is None or step <= last:
                self._note_scalar(tag, step)
            else:
                last_steps[tag] = step
        self._write(payload)

    def add_scalar_series(self, tag: str, values: Any, steps: Any, walltimes: Any = None) -> None:
        """Log a whole curve: lists or arrays of equally many values, steps and times.

        Without `walltimes` all points have the time now. The events are those of add_scalar.
        """
        from ..records.record_rows import frame_rows
        from ..summary.scalar_series import BLOCK, disorder, series_events, to_series

        numbers, points, times = to_series(tag, values, steps, walltimes, self._clock)
        if not len(points):
            return
        claim(self._kinds, tag, "scalars")
        self._note_range(tag, float(abs(numbers[abs(numbers) < float("inf")]).max(initial=0)))
        for step in disorder(points):
            self._note_step(tag, tag, step)
        for begin in range(0, len(points), BLOCK):
            part = slice(begin, begin + BLOCK)
            rows = series_events(tag, numbers[part], points[part], times[part])
            records = b"".join(map(frame_rows, rows))
            self.file_writer.file.write_framed(records, len(points[part]))

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Write what `add_scalars` has logged since the last export to a JSON file.

        It holds {run's folder: [[time in seconds, step, value], ...]}, as tensorboardX's does. The
        values are read back from the event files, so they take no memory until then.
        """
        from .export import export_scalars

        self.file_writer.flush()
        export_scalars(path, self.file_writer, self._first_files, self._exported)

    def _note_range(self, tag: str, value: float) -> None:
        """Warn of a value that a 32-bit float can't hold."""
        if MAX_FLOAT <= abs(value) < inf:
            self._warn_once(
                "range",
                tag,
                f"value of {tag!r} is beyond a 32-bit float's range and shown as infinite: {value}",
            )


def _to_floats(what: str, values: Any, prefix: str = "") -> dict[str, float]:
    """The numbers of a dictionary, by their tags behind a prefix."""
    if not hasattr(values, "items"):
        raise TypeError(f"{what} must be a dictionary of tags and numbers, got {values!r:.80}")
    if prefix:
        for key in values:
            if not isinstance(key, str):
                raise TypeError(f"keys of {what!r} must be strings, got {key!r:.80}")
        values = {prefix + key: value for key, value in values.items()}
    return {
        tag: value if type(value) is float else to_float(tag, value)
        for tag, value in values.items()
    }
