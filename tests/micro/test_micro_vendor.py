"""`vendor --only micro`: one file that writes what the package's own writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite
from tfevents_lite import micro
from tfevents_lite.cli import main

from . import board_program
from .expected import only_file


@pytest.mark.parametrize(
    ("options", "name"),
    [([], "micro"), (["--strip"], "micro"), (["--name", "events"], "events")],
    ids=["as it is", "stripped", "renamed"],
)
def test_one_file_is_copied(
    options: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file is copied, says where it is from, and writes the same bytes alone."""
    folder = tmp_path / "board" / "lib"
    arguments = ["vendor", "-o", str(folder), "--only", "micro", "--json", *options]
    assert main(arguments) == 0
    copy = only_file(folder)
    assert copy.name == f"{name}.py"
    first, _, text = copy.read_text("utf-8").partition("\n")
    what = "micro, stripped" if "--strip" in options else "micro"
    assert first == (
        f"# tfevents-lite {tfevents_lite.__version__} ({what}), copied with "
        "`tfevents-lite vendor`; MIT licence"
    )
    if "--strip" not in options:
        assert text == Path(micro.__file__).read_text("utf-8")
    assert json.loads(capsys.readouterr().out) == {
        "output": str(copy),
        "part": "micro",
        "stripped": "--strip" in options,
        "files": 1,
        "bytes": len(text.encode()),
    }
    assert main(arguments) == 1  # What exists is never written over.

    program = f"""
import sys
sys.path[:0] = [{str(folder)!r}, {str(Path(__file__).parent)!r}]
import board_program, {name}
board_program.log({name}.EventWriter, "run", 20, board_program.Picture())
assert not [module for module in sys.modules if module.startswith("tfevents_lite")]
"""
    subprocess.run([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path, check=True)
    board_program.log(micro.EventWriter, str(tmp_path / "ours"), 20, board_program.Picture())
    ours, theirs = only_file(tmp_path / "ours"), only_file(tmp_path / "run")
    assert (ours.name, ours.read_bytes()) == (theirs.name, theirs.read_bytes())


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed line names the file and its size."""
    assert main(["vendor", "-o", str(tmp_path), "--only", "micro"]) == 0
    size = Path(micro.__file__).stat().st_size
    expected = f"wrote 1 file of Python, {size:,} bytes, to {tmp_path / 'micro.py'}\n"
    assert capsys.readouterr().out == expected
