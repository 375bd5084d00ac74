"""`export`: scalars as CSV, JSON lines or Parquet, a row a value or a row a step."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import lru_cache
from heapq import merge
from itertools import groupby, islice, repeat
from operator import gt, itemgetter
from typing import IO, Any, Union

from .output import CommandError, Draft, add_output, counted, file_name, printable, report, to_json
from .sources import EXIT_STATUS, Sources, add_paths, is_wanted

Row = list[Union[str, int, float, None]]

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
LONG = ["run", "tag", "step", "wall_time", "value"]
WIDE = ["run", "step", "wall_time"]
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# So many rows are passed to pyarrow at once.
_BATCH = 65536

_STEP = itemgetter(0)  # Of a point.


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "export",
        help="scalars as CSV, JSON lines or Parquet",
        description="Writes the scalars of runs as a table. Without --wide, each value has a row "
        "with run, tag, step, wall_time (seconds since 1970) and value, in the order of the files; "
        "this takes little memory, however large the files are. What a run repeats after a restart "
        "comes once if it was resumed or given purge_step, else twice. With --wide, each step of a "
        "run has a row, and each tag a column; if a tag has two values at a step, the last counts, "
        "and wall_time is that of the last value. This takes 16 bytes a value and some 100 a step. "
        "Text is written as UTF-8, and numbers with all their digits; NaN and infinities are nan, "
        'inf and -inf in CSV, and "NaN", "Infinity" and "-Infinity" in JSON. In CSV, the name of a '
        "run or a tag that begins with =, +, - or @, which a spreadsheet would run as a formula, "
        "gets an apostrophe before it. " + EXIT_STATUS,
        epilog="examples:\n  tfevents-lite export runs > all.csv\n"
        "  tfevents-lite export runs --wide --tag 'loss*' -o loss.parquet",
    )
    add_paths(parser, tags=True)
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        choices=_WRITERS,
        help="csv, jsonl, or parquet (needs pyarrow); default: by the output's name, else csv",
    )
    add_output(
        parser,
        "the file to write (default: standard output)",
        json="report as one JSON object; without --output, the same as --format jsonl",
        force=True,
    )
    parser.add_argument(
        "--keep-formulas", action="store_true", help="write names to CSV without apostrophes"
    )
    parser.add_argument("--wide", action="store_true", help="a row a step, a column a tag")
    parser.add_argument(
        "--parquet",
        metavar="PLACE",
        type=file_name,
        help="write a Parquet data set to a folder or a URL instead: a file for each run of one "
        "PATH (needs [fleet])",
    )
    parser.add_argument(
        "--engine", choices=["dask"], help="with --parquet: read the runs by Dask, in parallel"
    )
    parser.add_argument(
        "--scheduler", metavar="URL", help="with --engine dask: a cluster's, as tcp://host:8786"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read and write."""
    if options.parquet:
        return _write_data_set(options)
    if options.engine or options.scheduler:
        raise CommandError("--engine and --scheduler go with --parquet PLACE")
    output = options.output
    extension = os.path.splitext(output or "")[1].lower()
    if output and not options.format and extension not in FORMATS:
        known = ", ".join(FORMATS)
        raise CommandError(f"{output} ends in none of {known}: rename it, or pass --format")
    default = "jsonl" if options.json and not output else FORMATS.get(extension, "csv")
    kind = options.format or default
    if kind == "parquet":
        if not output:
            raise CommandError("parquet needs a file to write to: -o OUTPUT")
        _pyarrow()
    on_terminal = not output and sys.stdout.isatty()
    file: Any = nullcontext(sys.stdout)
    if output:
        file = Draft(output, force=options.force, text=kind != "parquet")
    elif hasattr(sys.stdout, "reconfigure") and not on_terminal:
        sys.stdout.reconfigure(encoding="utf-8")
    count = 0
    # A bar among the rows would make neither readable.
    sources = Sources(options.paths, what="" if on_terminal else "exporting")
    text = _text_of(kind, options)
    table = _wide if options.wide else _long
    columns, rows = table(sources, options.tag, text)

    def counting() -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with file as opened:
        _WRITERS[kind](opened, columns, counting())
    if output:
        facts = {"output": output, "format": kind, "rows": count, "columns": columns}
        report(options, f"wrote {counted(count, 'row')} to {output}", facts)
    return sources.status


def _write_data_set(options: argparse.Namespace) -> int:
    """Write the scalars of all runs at one place as a Parquet data set."""
    from ..reading import fleet

    if len(options.paths) > 1 or options.output or options.wide:
        raise CommandError("--parquet takes one PATH, and no --output and no --wide")
    if options.scheduler and not options.engine:
        raise CommandError("--scheduler goes with --engine dask")
    (path,) = options.paths
    runs = fleet.runs_at(path)
    if options.engine:
        frame = fleet.read_dataframe(path, tags=options.tag)
        client: Any = nullcontext()
        if options.scheduler:
            from distributed import Client

            client = Client(options.scheduler)
        with client:
            frame.to_parquet(options.parquet, write_index=False)
    else:
        fleet.write_parquet(path, options.parquet, tags=options.tag)
    said = f"wrote {counted(len(runs), 'run')} to {options.parquet}"
    report(options, said, {"output": options.parquet, "runs": len(runs)})
    return 0


def _text_of(kind: str, options: argparse.Namespace) -> Callable[[str], str]:
    """A function that makes the names of runs and tags ready to be written."""
    is_csv = kind == "csv"
    on_terminal = is_csv and not options.output and sys.stdout.isatty()

    @lru_cache(maxsize=10_000)
    def text(name: str) -> str:
        # The name of a folder may hold bytes that are not Unicode.
        name = name.encode("utf-8", "backslashreplace").decode()
        if is_csv and name.startswith(_FORMULA) and not options.keep_formulas:
            name = "'" + name
        return printable(name) if on_terminal else name

    return text


def _long(
    sources: Sources, tags: list[str] | None, text: Callable[[str], str]
) -> tuple[list[str], Iterator[Row]]:
    """The columns, and a row for each value in the order of the files."""

    def rows() -> Iterator[Row]:
        for name, reader in sources.readers():
            run = text(name)
            for value in reader.values():
                if value.number is not None and (tags is None or is_wanted(value.tag, tags)):
                    yield [run, text(value.tag), value.step, value.wall_time, value.number]

    return LONG, rows()


def _wide(
    sources: Sources, tags: list[str] | None, text: Callable[[str], str]
) -> tuple[list[str], Iterator[Row]]:
    """The columns, and the rows by run and step."""
    columns: dict[str, dict[str, tuple[array[int], array[float]]]] = {}
    times: dict[str, dict[int, float]] = {}
    for name, reader in sources.readers():
        times[name] = {}
        for value in reader.values():
            if value.number is not None and is_wanted(value.tag, tags):
                runs = columns.setdefault(value.tag, {})
                if name not in runs:
                    runs[name] = array("q"), array("d")
                runs[name][0].append(value.step)
                runs[name][1].append(value.number)
                times[name][value.step] = value.wall_time
    order = sorted(columns)
    # A tag can be called as one of the first columns is.
    names = [f"tag:{tag}" if tag in WIDE else text(tag) for tag in order]

    def rows() -> Iterator[Row]:
        for run, wall_times in times.items():
            points = [
                _by_step(*columns[tag][run], place)
                for place, tag in enumerate(order)
                if run in columns[tag]
            ]
            for step, found in groupby(merge(*points, key=_STEP), key=_STEP):
                row: Row = [text(run), step, wall_times[step], *[None] * len(order)]
                for _, value, place in found:
                    row[len(WIDE) + place] = value
                yield row

    return WIDE + names, rows()


def _by_step(steps: array[int], values: array[float], place: int) -> Iterable[Any]:
    """Points of one column, in the order of their steps; within a step, in that of the files."""
    points = zip(steps, values, repeat(place))
    return sorted(points, key=_STEP) if any(map(gt, steps, steps[1:])) else points


def _write_csv(file: IO[str], columns: list[str], rows: Iterator[Row]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _write_jsonl(file: IO[str], columns: list[str], rows: Iterator[Row]) -> None:
    for row in rows:
        named = {name: cell for name, cell in zip(columns, row) if cell is not None}
        file.write(to_json(named) + "\n")


def _write_parquet(file: IO[bytes], columns: list[str], rows: Iterator[Row]) -> None:
    pyarrow, parquet = _pyarrow()
    types = {"run": pyarrow.string(), "step": pyarrow.int64()}
    if columns == LONG:
        types["tag"] = pyarrow.string()
    schema = pyarrow.schema([(name, types.get(name, pyarrow.float64())) for name in columns])
    with parquet.ParquetWriter(file, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            arrays = [pyarrow.array(cells, kind) for cells, kind in zip(zip(*batch), schema.types)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise CommandError("parquet needs pyarrow: pip install pyarrow") from error
    return pyarrow, parquet


_WRITERS: dict[str, Any] = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
