"""`export` writes what TensorBoard serves, digit for digit."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

import tfevents_lite as tfe

from .conftest import Cli, write_foreign, write_ours


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_as_tensorboard_downloads_it(tensorboard: Any, cli: Cli) -> None:
    """Each run's and tag's rows are those of the CSV that TensorBoard serves."""
    folder = tensorboard.new_run("export")
    write_ours(folder / "ours")
    write_foreign(folder / "foreign")
    tensorboard.reload()
    rows = rows_of(cli("export", folder))
    tags = {(row["run"], row["tag"]) for row in rows}
    assert tags == {
        ("ours", "loss/train"),
        ("ours", "loss/test"),
        ("foreign", "loss/train"),
        ("foreign", "tensor"),
    }
    for run, tag in tags:
        answer = tensorboard.get(
            "data/plugin/scalars/scalars", run=f"{folder.name}/{run}", tag=tag, format="csv"
        )
        served = rows_of(answer.body.decode())
        ours = [row for row in rows if (row["run"], row["tag"]) == (run, tag)]
        assert [
            {"Wall time": row["wall_time"], "Step": row["step"], "Value": row["value"]}
            for row in ours
        ] == served
        assert len(served) == 5


def test_json_lines(runs: Path, cli: Cli) -> None:
    """A JSON object a row, with the same as in CSV; --json is short for it."""
    csv_rows = rows_of(cli("export", runs))
    lines = [json.loads(line) for line in cli("export", runs, "--format", "jsonl").splitlines()]
    assert [{name: str(cell) for name, cell in line.items()} for line in lines] == csv_rows
    assert cli("export", runs, "--json").splitlines() == [json.dumps(line) for line in lines]


def test_wide(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """Wide: a row a run and step, a column a tag, empty where there is no value."""
    rows = rows_of(cli("export", runs, "--wide"))
    assert list(rows[0]) == ["run", "step", "wall_time", "loss/test", "loss/train", "tensor"]
    assert [(row["run"], row["step"]) for row in rows] == [
        (run, str(step)) for run in ("foreign/a", "ours") for step in range(5)
    ]
    columns = tfe.read_scalars(runs)
    for row in rows:
        for tag in ("loss/test", "loss/train", "tensor"):
            known = columns[row["run"]].get(tag)
            expected = "" if known is None else repr(float(known.value[int(row["step"])]))
            assert row[tag] == expected


@pytest.mark.filterwarnings("ignore:step")
def test_wide_in_any_order(tmp_path: Path, cli: Cli) -> None:
    """Steps that go back and values that come twice: rows by step, of the last value at each."""
    with tfe.FileWriter(tmp_path) as writer:
        for at, (tag, step, number) in enumerate(
            [("b", 5, 1), ("a", 3, 2), ("b", 1, 3), ("b", 5, 4), ("step", 3, 5), ("a", -2, 6)]
        ):
            value = tfe.Summary.Value(tag=tag, simple_value=number)
            writer.add_summary(tfe.Summary(value=[value]), step, 100.0 + at)
    lines = cli("export", tmp_path, "--wide").splitlines()
    assert lines == [
        "run,step,wall_time,a,b,tag:step",
        ".,-2,105.0,6.0,,",
        ".,1,102.0,,3.0,",
        ".,3,104.0,2.0,,5.0",
        ".,5,103.0,,4.0,",
    ]


@pytest.mark.slow
def test_wide_takes_little_memory(tmp_path: Path, cli: Cli) -> None:
    """A value takes 16 bytes and a step some 100, as --help says: half as much again at most."""
    steps, tags = 5000, 20
    with tfe.SummaryWriter(tmp_path / "run") as writer:
        for number in range(tags):
            writer.add_scalar_series(f"tag/{number}", range(steps), range(steps))
    cli("export", tmp_path, "--wide", "--tag", "none")
    tracemalloc.start()
    try:
        cli("export", tmp_path, "--wide", "--output", tmp_path / "out.csv")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len((tmp_path / "out.csv").read_text().splitlines()) == steps + 1
    assert peak < 1_500_000 + 1.5 * (16 * steps * tags + 100 * steps)


@pytest.mark.parametrize("wide", [False, True])
def test_parquet(wide: bool, runs: Path, tmp_path: Path, cli: Cli) -> None:
    """pyarrow reads from the Parquet file what CSV has, with the types of columns."""
    output = tmp_path / "out.parquet"
    shape = ["--wide"] if wide else []
    report = json.loads(cli("export", runs, "--output", output, "--json", *shape))
    rows = rows_of(cli("export", runs, *shape))
    read = pyarrow.parquet.read_table(output)
    assert report == {
        "output": str(output),
        "format": "parquet",
        "rows": len(rows),
        "columns": list(rows[0]),
    }
    assert [
        {name: "" if cell is None else str(cell) for name, cell in row.items()}
        for row in read.to_pylist()
    ] == rows
    types = {field.name: str(field.type) for field in read.schema}
    assert types["run"] == "string"
    assert types["step"] == "int64"
    assert {types[name] for name in types if name not in ("run", "tag", "step")} == {"double"}


def test_numbers_that_are_none(tmp_path: Path, cli: Cli) -> None:
    """NaN and the infinities are spelled so that readers of CSV and JSON take them."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for step, value in enumerate([float("nan"), float("inf"), float("-inf"), 2.0**-149]):
            writer.add_scalar("a", value, step)
    assert [row["value"] for row in rows_of(cli("export", tmp_path))] == [
        "nan",
        "inf",
        "-inf",
        "1.401298464324817e-45",
    ]
    lines = cli("export", tmp_path, "--json").splitlines()
    assert [json.loads(line, parse_constant=pytest.fail)["value"] for line in lines] == [
        "NaN",
        "Infinity",
        "-Infinity",
        2.0**-149,
    ]


def test_a_file_is_not_replaced(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """An output that exists is kept, unless --force; nothing else is left behind."""
    output = tmp_path / "out.csv"
    output.write_text("mine")
    cli("export", runs, "--output", output, status=1)
    assert "--force" in cli.err
    assert output.read_text() == "mine"
    assert "wrote 20 rows" in cli("export", runs, "--output", output, "--force")
    assert output.read_text() == cli("export", runs)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "runs"]


def test_parquet_without_pyarrow(
    runs: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow one line says what to install, and no file is made."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    cli("export", runs, "--output", tmp_path / "out.parquet", status=1)
    assert cli.err == "tfevents-lite: parquet needs pyarrow: pip install pyarrow\n"
    assert not (tmp_path / "out.parquet").exists()


def test_memory_is_bounded(tmp_path: Path, cli: Cli) -> None:
    """Of a file of 60 MB no more is held than some records of 2 MB."""
    blob = tfe.Summary.Image(width=1, height=1, encoded_image_string=bytes(2_000_000))
    with tfe.FileWriter(tmp_path) as writer:
        for step in range(30):
            value = [tfe.Summary.Value(tag="picture", image=blob)]
            writer.add_summary(tfe.Summary(value=value), step)
        for step in range(5000):
            value = [tfe.Summary.Value(tag="a", simple_value=step)]
            writer.add_summary(tfe.Summary(value=value), step)
    output = tmp_path / "out.csv"
    cli("export", tmp_path, "--tag", "b")
    tracemalloc.start()
    try:
        cli("export", tmp_path, "--output", output)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(output.read_text().splitlines()) == 5001
    assert peak < 32_000_000


def test_without_numpy(runs: Path) -> None:
    """Exporting, inspecting, showing a table and tailing work where NumPy can't be imported."""
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from tfevents_lite.cli import main\n"
        "for command in (['export'], ['inspect'], ['show'], ['tail', '--once']):\n"
        f"    assert main([*command, {str(runs)!r}]) == 0\n"
        f"assert main(['merge', {str(runs)!r}, '-o', {str(runs / 'merged')!r}, '--prefix']) == 0\n"
        f"assert main(['show', {str(runs)!r}, '--png', '-o', 'x.png']) == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        done.stderr == "tfevents-lite: --png needs matplotlib: pip install 'tfevents-lite[plot]'\n"
    )
