"""The scalars of thousands of runs as one table: a Dask DataFrame, or a Parquet data set.

Dask (https://docs.dask.org) decides where and when a run is read; without it, this process writes
the data set. This module knows which files belong to which run, and the table's columns.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from ..inputs.names import url_of
from .folders import find_runs
from .run_reader import RunReader
from .scalar_reader import read_run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    # A run's name, the URL of its folder ("" for one of this machine), and its files.
    Run = tuple[str, str, list[str]]

_INSTALL = "needs {}: pip install 'tfevents-lite[fleet]'"


def read_dataframe(logdir: str | os.PathLike[str], *, tags: Collection[str] | None = None) -> Any:
    """All scalars beneath a folder or a URL, as a Dask DataFrame.

    Its columns are run and tag (strings), step (int64), wall_time (float64, seconds since 1970) and
    value (float64). Each run is a partition, which is read when it is computed, where it is
    computed; at a damaged record, reading goes on with the next file. With `tags`, only these are
    read. Raises ImportError without Dask, FileNotFoundError if there is no event file.

    >>> read_dataframe("runs").groupby("tag").value.mean().compute()  # doctest: +SKIP
    """
    try:
        import dask.dataframe
    except ImportError as error:
        raise ImportError(f"read_dataframe {_INSTALL.format('dask')}") from error
    wanted = None if tags is None else frozenset(tags)
    return dask.dataframe.from_map(_frame_of, runs_at(logdir), tags=wanted, meta=_frame({}))


def write_parquet(
    logdir: str | os.PathLike[str], target: str, *, tags: Collection[str] | None = None
) -> int:
    """Write the same table as a Parquet data set, a file a run, by this process; count the rows.

    `target` is a folder or a URL. Raises ImportError without pyarrow.
    """
    try:
        import fsspec
    except ImportError as error:
        raise ImportError(f"write_parquet {_INSTALL.format('fsspec and pandas')}") from error
    wanted = None if tags is None else frozenset(tags)
    system, root = fsspec.core.url_to_fs(target)
    system.makedirs(root, exist_ok=True)
    rows = 0
    for number, run in enumerate(runs_at(logdir)):
        frame = _frame_of(run, wanted)
        with system.open(f"{root}/part.{number}.parquet", "wb") as file:
            frame.to_parquet(file, index=False)
        rows += len(frame)
    return rows


def runs_at(logdir: str | os.PathLike[str]) -> list[Run]:
    """The runs beneath a folder or a URL, sorted; nothing of them is read."""
    url = url_of(logdir)
    if url:
        from ..remote.mirror import is_events
        from ..remote.urls import Place

        files: dict[str, list[str]] = {}
        for name, _ in Place(url).files():
            if is_events(name):
                files.setdefault(name.rpartition("/")[0] or ".", []).append(name)
        runs = [(run, url, sorted(names)) for run, names in sorted(files.items())]
    else:
        found = find_runs(logdir)
        runs = [
            (run, "", [os.path.abspath(path) for path in paths]) for run, paths in found.items()
        ]
    if not runs:
        raise FileNotFoundError(f"no event file found in {os.fspath(logdir)}")
    return runs


def _frame_of(run: Run, tags: frozenset[str] | None = None) -> Any:
    """The points of one run, as a pandas DataFrame."""
    name, url, files = run
    with tempfile.TemporaryDirectory(prefix="tfevents-lite-") as folder:
        return _frame({name: read_run(RunReader(list(_here(url, files, folder))), tags)})


def _here(url: str, files: list[str], folder: str) -> Iterator[str]:
    """The paths of files of this machine, those at a URL copied to a folder."""
    if not url:
        yield from files
        return
    from ..remote.urls import Place

    place = Place(url)
    for name in files:
        path = os.path.join(folder, name.rpartition("/")[2])
        place.get(name, path)
        yield path


def _frame(runs: dict[str, Any]) -> Any:
    """The table's part that holds some runs' columns by tag."""
    import numpy as np
    import pandas

    parts = [(run, tag, points) for run, tags in runs.items() for tag, points in tags.items()]
    counts = [len(points.step) for _, _, points in parts]

    def column(name: str, dtype: Any) -> Any:
        return np.concatenate([np.empty(0, dtype), *(getattr(part[2], name) for part in parts)])

    return pandas.DataFrame(
        {
            "run": pandas.array(np.repeat([part[0] for part in parts], counts), "string"),
            "tag": pandas.array(np.repeat([part[1] for part in parts], counts), "string"),
            "step": column("step", np.int64),
            "wall_time": column("wall_time", np.float64),
            "value": column("value", np.float64),
        }
    )
