"""Reads scalars back into columns: a folder's runs and tags, each as three NumPy arrays.

What is shown is what TensorBoard shows; how that is found in files is the business of `run_reader`,
and what a scalar is that of `value_reader`.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..records.tfrecord import check_on_error
from ..wire import wire_format
from .folders import find_runs
from .run_reader import RunReader

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

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
    may be a single file, too. With `tags`, only these are read. Numbers of any type are read, also
    from tensors of one element.

    What a run repeats that was resumed, or restarted with `purge_step`, comes once, as in
    TensorBoard. After any other restart both points of a step are here, as in TensorBoard with
    `--load_fast=false`; its default loader drops a tag's points from the repeated step on.

    At a damaged record, `on_error="stop"` goes on with the next file, as TensorBoard does, `"skip"`
    with the next record that is intact, and `"raise"` raises DataLossError. Files and folders that
    can't be read are left out with a warning (with "raise", OSError). Raises FileNotFoundError if
    `logdir` does not exist. Memory is 24 bytes a point, and one event.
    """
    check_on_error(on_error)
    runs = {}
    for run, files in find_runs(logdir).items():
        columns = read_run(RunReader(files, on_error=on_error), tags)
        if columns:
            runs[run] = columns
    return runs


def read_run(reader: RunReader, tags: Collection[str] | None) -> dict[str, ScalarColumns]:
    """The points of one run, by tag; with `tags`, only these."""
    wanted = None if tags is None else frozenset(tags)
    # By tag: steps, times and values. None for a tag that is not wanted.
    all_series: dict[str, tuple[array[int], array[float], array[float]] | None] = {}

    def series_of(tag: str) -> Any:
        if tag not in all_series:
            is_wanted = wanted is None or tag in wanted
            all_series[tag] = (array("q"), array("d"), array("d")) if is_wanted else None
        return all_series[tag]

    value_reader = reader.value_reader
    scalars_of = value_reader.scalars
    for record in reader.records():
        payload, wall_time, step, position, _ = record
        try:
            scalars = scalars_of(payload, position) if type(payload) is bytes and position else None
            if scalars is None:
                for found in value_reader.values(record):
                    series = None if found.number is None else series_of(found.tag)
                    if series is not None:
                        series[0].append(found.step)
                        series[1].append(found.wall_time)
                        series[2].append(found.number)
                continue
        except (wire_format.DecodeError, EOFError) as error:
            reader.reject(error)
            continue
        for layout, value in scalars:
            series = layout.note
            if series is None:
                # An empty tuple tells what is not wanted from what is not known.
                series = layout.note = series_of(layout.tag) or ()
            if series:
                series[0].append(step)
                series[1].append(wall_time)
                series[2].append(layout.unpack_from(value, layout.place)[0])
    return {
        tag: ScalarColumns(
            np.frombuffer(series[0], np.int64),
            np.frombuffer(series[1], np.float64),
            np.frombuffer(series[2], np.float64),
        )
        for tag, series in all_series.items()
        if series and series[0]
    }
