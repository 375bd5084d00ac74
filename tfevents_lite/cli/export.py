"""`export`: scalars as CSV, JSON lines or Parquet, a row a value or a row a step."""

from __future__ import annotations

import csv
import os
import sys
from array import array
from contextlib import nullcontext
from functools import lru_cache
from operator import gt

from .output import CommandError, counted, file_name, new_file, printable, to_json
from .sources import EXIT_STATUS, Sources, add_arguments, add_json, is_wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO, Any, Union

    Cell = Union[str, int, float, None]
    Row = list[Cell]

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
LONG = ["run", "tag", "step", "wall_time", "value"]
WIDE = ["run", "step", "wall_time"]
# What a spreadsheet takes for a formula begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# So many rows are handed to pyarrow at once.
_BATCH = 65536


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "export",
        help="scalars as CSV, JSON lines or Parquet",
        description="Writes the scalars of runs as a table. Long: a row a value, with run, tag, "
        "step, wall_time (seconds since 1970) and value, in the order of the files; it takes "
        "little memory, whatever their size. Wide: a row a run and step, with a column a tag; of "
        "values that one tag has twice at a step the last counts, wall_time is the last one's; it "
        "takes 16 bytes a value and some 100 a step. Numbers are written with all their digits; "
        'NaN and infinities are nan, inf and -inf in CSV, and "NaN", "Infinity" and "-Infinity" '
        "in JSON. In CSV, the name of a run or a tag that a spreadsheet would take for a formula, "
        "as it begins with =, +, - or @, gets an apostrophe before it. " + EXIT_STATUS,
        epilog="examples:\n  tfevents-lite export runs > all.csv\n"
        "  tfevents-lite export runs --wide --tag 'loss*' --output loss.parquet",
    )
    add_arguments(parser)
    parser.add_argument(
        "-f",
        "--format",
        choices=["csv", "jsonl", "parquet"],
        help="default: by the output's name, else csv; parquet needs pyarrow",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=file_name, help="default: standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    parser.add_argument(
        "--keep-formulas",
        action="store_true",
        help="write names to CSV as they are, also those that a spreadsheet would run as formulas",
    )
    parser.add_argument("--wide", action="store_true", help="a row a step, a column a tag")
    parser.add_argument(
        "--parquet",
        metavar="PLACE",
        type=file_name,
        help="write a Parquet data set to a folder or a URL, a file a run (needs [fleet])",
    )
    parser.add_argument(
        "--engine", choices=["dask"], help="with --parquet: read the runs by Dask, in parallel"
    )
    parser.add_argument(
        "--scheduler", metavar="URL", help="with --engine dask: a cluster's, as tcp://host:8786"
    )
    add_json(parser, "report as one JSON object; without --output, the same as --format jsonl")
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
            raise CommandError("parquet needs a file to write to: --output FILE.parquet")
        _pyarrow()
    with Sources(options.paths, what="exporting") as sources:
        text = _text_of(kind, options)
        if options.wide:
            columns, rows = _wide(sources, options.tag, text)
        else:
            columns, rows = LONG, _long(sources, options.tag, text)
        file: Any = nullcontext(sys.stdout)
        if output:
            file = new_file(output, force=options.force, text=kind != "parquet")
        with file as opened:
            count = _WRITERS[kind](opened, columns, rows)
    if output:
        report = {"output": output, "format": kind, "rows": count, "columns": columns}
        said = f"wrote {counted(count, 'row')} to {output}"
        print(to_json(report) if options.json else said)
    return sources.status


def _write_data_set(options: argparse.Namespace) -> int:
    """Write the scalars of all runs at one place as a Parquet data set."""
    from ..reading import fleet

    if len(options.paths) > 1 or options.output or options.wide:
        raise CommandError("--parquet takes one PATH, and no --output and no --wide")
    if options.scheduler and not options.engine:
        raise CommandError("--scheduler goes with --engine dask")
    tags, runs = options.tag, fleet.runs_at(options.paths[0])
    if options.engine:
        frame = fleet.read_dataframe(options.paths[0], tags=tags)
        client: Any = nullcontext()
        if options.scheduler:
            from distributed import Client

            client = Client(options.scheduler)
        with client:
            frame.to_parquet(options.parquet, write_index=False)
    else:
        fleet.write_parquet(options.paths[0], options.parquet, tags=tags)
    report = {"output": options.parquet, "runs": len(runs)}
    said = f"wrote {counted(len(runs), 'run')} to {options.parquet}"
    print(to_json(report) if options.json else said)
    return 0


def _text_of(kind: str, options: argparse.Namespace) -> Callable[[str], str]:
    """What makes the names of runs and tags fit to be written."""

    @lru_cache(maxsize=10_000)
    def text(name: str) -> str:
        # The name of a folder may be no Unicode.
        name = name.encode("utf-8", "backslashreplace").decode()
        if kind == "csv" and name.startswith(_FORMULA) and not options.keep_formulas:
            name = "'" + name
        on_terminal = kind == "csv" and not options.output and sys.stdout.isatty()
        return printable(name) if on_terminal else name

    return text


def _long(sources: Sources, tags: list[str] | None, text: Callable[[str], str]) -> Iterator[Row]:
    for name, reader in sources.readers():
        run = text(name)
        for value in reader.values():
            if value.number is not None and (tags is None or is_wanted(value.tag, tags)):
                yield [run, text(value.tag), value.step, value.wall_time, value.number]


def _wide(
    sources: Sources, tags: list[str] | None, text: Callable[[str], str]
) -> tuple[list[str], Iterator[Row]]:
    """The columns, and the rows by run and step."""
    columns: dict[str, dict[str, _Column]] = {}
    times: dict[str, dict[int, float]] = {}
    for name, reader in sources.readers():
        times[name] = {}
        for value in reader.values():
            if value.number is not None and is_wanted(value.tag, tags):
                column = columns.setdefault(value.tag, {}).setdefault(name, _Column())
                column.add(value.step, value.number)
                times[name][value.step] = value.wall_time
    order = sorted(columns)
    # A tag can be called as one of the first columns is.
    names = [f"tag:{tag}" if tag in WIDE else text(tag) for tag in order]

    def rows() -> Iterator[Row]:
        for run, wall_times in times.items():
            cells = [columns[tag].get(run, _Column()).taker() for tag in order]
            for step in sorted(wall_times):
                yield [text(run), step, wall_times[step], *(take(step) for take in cells)]

    return WIDE + names, rows()


class _Column:
    """One tag's values in one run."""

    def __init__(self) -> None:
        self.steps, self.values = array("q"), array("d")

    def add(self, step: int, value: float) -> None:
        """One more, in the order of the files."""
        self.steps.append(step)
        self.values.append(value)

    def taker(self) -> Callable[[int], float | None]:
        """Gives the last value at each step, None where there is none, for steps that rise."""
        steps, values = self.steps, self.values
        order: Sequence[int] = range(len(steps))
        if any(map(gt, steps, steps[1:])):
            order = sorted(order, key=steps.__getitem__)  # Which keeps the order within a step.
        place = 0

        def take(step: int) -> float | None:
            nonlocal place
            found = None
            while place < len(order) and steps[order[place]] == step:
                found = values[order[place]]
                place += 1
            return found

        return take


def _write_csv(file: IO[str], columns: list[str], rows: Iterable[Row]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    return count


def _write_jsonl(file: IO[str], columns: list[str], rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        named = {name: cell for name, cell in zip(columns, row) if cell is not None}
        file.write(to_json(named) + "\n")
        count += 1
    return count


def _write_parquet(file: IO[bytes], columns: list[str], rows: Iterable[Row]) -> int:
    pyarrow, parquet = _pyarrow()
    known = {
        "run": pyarrow.string(),
        "tag": pyarrow.string(),
        "step": pyarrow.int64(),
        "wall_time": pyarrow.float64(),
    }
    first = LONG if columns == LONG else WIDE
    types = [known.get(name, pyarrow.float64()) for name in first]
    types += [pyarrow.float64()] * (len(columns) - len(first))
    schema = pyarrow.schema(list(zip(columns, types)))
    count = 0
    with parquet.ParquetWriter(file, schema) as writer:
        for batch in _batches(rows):
            arrays = [pyarrow.array(column, kind) for column, kind in zip(zip(*batch), types)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise CommandError("parquet needs pyarrow: pip install pyarrow") from error
    return pyarrow, parquet


_WRITERS: dict[str, Any] = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
