"""A user's type checker finds the right types, and what is wrong: mypy and pyright, both strict."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .machine import install_from_npm

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "tests" / "user_program.py"

Checker = Callable[[Path], list[int]]

# What a user gets wrong, and the line of the program that it takes the place of.
MISTAKES = {
    'assert_type(writer.add_scalar("loss", 0.5, 1), None)': 'writer.add_scalar(1, "loss", 1)',
    "assert_type(columns.step, NDArray[np.int64])": "assert_type(columns.step, NDArray[np.int32])",
    'assert_type(writer.add_text("note", "words", 1), None)': 'writer.add_txt("note", "words", 1)',
    "assert_type(writer.dropped, int)": "assert_type(writer.dropped, str)",
    "assert_type(event.step, int)": "event.step.decode()",
    "assert_type(value.tag, str)": "value.tag.decode()",
    "assert_type(tfe.Event(step=1, summary=made), tfe.Event)": 'tfe.Event(step="1", summary=made)',
    "assert_type(made.SerializeToString(), bytes)": 'made.SerializeToString().encode("utf-8")',
    'assert_type(tfrecord.frame(b"payload"), bytes)': 'tfrecord.frame("payload")',
    "assert_type(made, tfe.Summary)": "assert_type(made, bytes)",
    "assert_type((offset, payload), tuple[int, bytes])": "assert_type((payload, offset), int)",
    "assert_type(image, StoredImage)": "assert_type(image, StoredImage).pixels()",
}


def with_mistakes(folder: Path) -> tuple[Path, list[int]]:
    """The program with each of the mistakes in it, and the numbers of their lines."""
    lines = PROGRAM.read_text("utf-8").splitlines()
    places = []
    for right, wrong in MISTAKES.items():
        (index,) = (number for number, line in enumerate(lines) if line.strip() == right)
        lines[index] = lines[index].replace(right, wrong)
        places.append(index + 1)
    path = folder / "wrong_program.py"
    path.write_text("\n".join(lines), "utf-8")
    return path, sorted(places)


@pytest.fixture(scope="session")
def mypy() -> Checker:
    """Gives the numbers of the lines that mypy finds fault with."""

    def check(path: Path) -> list[int]:
        options = ["--strict", "--no-error-summary", "--output", "json", "--config-file", ""]
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, "--no-incremental", str(path)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert not done.stderr
        found = map(json.loads, done.stdout.splitlines())
        # Not those in the package, which checks itself with settings of its own.
        ours = [report for report in found if Path(report["file"]).name == path.name]
        return sorted({report["line"] for report in ours if report["severity"] == "error"})

    return check


@pytest.fixture(scope="session")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """Gives the numbers of the lines that pyright, from npm, finds fault with."""
    folder = install_from_npm("pyright", tmp_path_factory.mktemp("pyright"))

    def check(path: Path) -> list[int]:
        shutil.copy(path, folder)
        project = folder / "pyrightconfig.json"
        settings = {
            "include": [path.name],
            "extraPaths": [str(ROOT)],
            "typeCheckingMode": "strict",
        }
        project.write_text(json.dumps(settings))
        done = subprocess.run(
            ["node", str(folder / "node_modules/pyright/index.js"), "--outputjson",
             "--project", str(project), "--pythonpath", sys.executable],
            cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        report = json.loads(done.stdout)
        assert report["summary"]["filesAnalyzed"] == 1
        faults = [fault for fault in report["generalDiagnostics"] if fault["severity"] == "error"]
        for fault in faults:
            print(fault["range"]["start"]["line"] + 1, fault["message"])
        return sorted({fault["range"]["start"]["line"] + 1 for fault in faults})

    return check


@pytest.mark.parametrize("name", ["mypy", "pyright"])
def test_the_types_are_right(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A program finds the types it counts on, and each mistake in it is told, and nothing else."""
    check: Checker = request.getfixturevalue(name)
    assert check(PROGRAM) == []
    wrong, lines = with_mistakes(tmp_path)
    assert check(wrong) == lines


def test_the_program_runs(tmp_path: Path) -> None:
    """What is checked is a program that does its work."""
    done = subprocess.run(
        [sys.executable, "-B", str(PROGRAM)],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"run", "v2", "any"}
