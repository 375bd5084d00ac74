"""What all commands have in common: help, one line for a mistake, pipes, Ctrl-C, progress."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import INTERRUPTED, main
from tfevents_lite.cli.output import Progress

from ..machine import BOUND, bounded
from .conftest import Cli

READERS = ["inspect", "show", "tail", "export"]


COMMANDS = [*READERS, "merge", "rename-tags", "verify", "repair", "vendor", "demo"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what a command does, all its exit statuses, and that it has --json."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit status: " in said
    assert "2 for wrong arguments" in said
    assert "--json" in said
    assert "%%" not in said


def test_help_is_laid_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a help text, exit statuses begin a paragraph, and each example has a line for itself."""
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    said = capsys.readouterr().out
    assert "\n\nExit status: 0 if all was read" in said
    assert said.endswith(
        "\nexamples:\n  tfevents-lite export runs > all.csv\n"
        "  tfevents-lite export runs --wide --tag 'loss*' -o loss.parquet\n"
    )
    wrapped = said[: said.index("examples:")].splitlines()
    assert max(map(len, wrapped)) <= 60


def test_help_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists each command, --version says what is installed, and no command is an error."""
    for arguments, status in ((["--help"], 0), (["--version"], 0), ([], 2)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == status
    said = capsys.readouterr().out
    assert {line.split(" ")[4] for line in said.splitlines() if line[:4] == "    "} > {*COMMANDS}
    assert said.endswith(f"tfevents-lite {tfe.__version__}\n")


# Of what stands in the folder that these are called in, see below; the exit status; and what is
# said of it, on the last line of stderr.
MISTAKES: list[tuple[str, int, str]] = [
    ("inspect nothing", 1, "nothing: No such file or directory"),
    ("show nothing", 1, "nothing: No such file or directory"),
    ("export nothing", 1, "nothing: No such file or directory"),
    ("tail nothing", 1, "nothing: No such file or directory"),
    ("verify nothing", 1, "nothing: No such file or directory"),
    ("repair nothing -o new", 1, "nothing: No such file or directory"),
    ("merge nothing -o new", 1, "nothing: No such file or directory"),
    ("rename-tags nothing -o new --rename a b", 1, "nothing: No such file or directory"),
    ("inspect empty", 1, "no event file found in empty"),
    ("show folder.tfevents.1", 1, "no event file found in folder.tfevents.1"),
    ("merge empty -o new", 1, "no event file found in empty"),
    ("verify empty", 1, "no event file found"),
    ("inspect file/x", 1, "file/x: Not a directory"),
    ("inspect loop", 1, "loop: Too many levels of symbolic links"),
    ("inspect ''", 1, ": No such file or directory"),
    ("inspect 'a\nb'", 1, "a\\nb: No such file or directory"),
    ("repair empty -o new", 1, "empty is a folder, and repair takes one event file"),
    ("repair run/none -o new", 1, "run/none: No such file or directory"),
    ("show junk.tfevents.1", 4, "junk.tfevents.1: not an event file"),
    ("show file", 4, "file: not an event file"),
    ("inspect junk.tfevents.1", 4, "junk.tfevents.1: not an event file"),
    ("export junk.tfevents.1", 4, "junk.tfevents.1: not an event file"),
    ("tail --once junk.tfevents.1", 0, "junk.tfevents.1: not an event file"),
    ("tail --once empty", 0, "no event file found in empty"),
    ("repair junk.tfevents.1", 1, "nothing is intact, so nothing was written"),
    ("repair file -o new", 1, "nothing is intact, so nothing was written"),
    ("repair run -o", 2, "argument -o/--output: expected one argument"),
    ("repair junk.tfevents.1 -o file", 1, "file exists already: name a new file"),
    ("merge junk.tfevents.1 -o new", 1, "there is no event to merge, so nothing was written"),
    ("merge zero.tfevents.1 -o new", 1, "there is no event to merge, so nothing was written"),
    ("merge run", 2, "the following arguments are required: -o/--output"),
    ("inspect zero.tfevents.1", 0, ""),
    ("show zero.tfevents.1", 0, ""),
    ("export zero.tfevents.1", 0, ""),
    ("inspect run --tag [", 0, ""),
    ("show run --tag none", 1, "no scalar's tag matches none; there are"),
    ("show run --tag none --png -o new.png", 1, "no scalar's tag matches none; there are"),
    ("show run --png -o ''", 2, "-o/--output: invalid name of a file or folder value: ''"),
    ("show run --png -o no/new.png", 1, "no/new.png: No such file or directory"),
    ("show run --png -o empty.png", 1, "empty.png exists already; --force replaces it"),
    ("show run --png -o empty.png --force", 1, "empty.png is not a regular file"),
    ("show run --png", 1, "--png and --images need -o OUTPUT, and it goes with one of them"),
    ("show run -o new.png", 1, "--png and --images need -o OUTPUT, and it goes with one of them"),
    ("show run --png --images -o x", 2, "argument --images: not allowed with argument --png"),
    ("show run --images -o file", 1, "file/picture: Not a directory"),
    ("export run --output no/new.csv", 1, "no/new.csv: No such file or directory"),
    ("export run -f csv --output file", 1, "file exists already; --force replaces it"),
    ("export run --output ''", 2, "-o/--output: invalid name of a file or folder value: ''"),
    ("export run --format xml", 2, "argument -f/--format: invalid choice: 'xml'"),
    ("export run --format parquet", 1, "parquet needs a file to write to: -o OUTPUT"),
    ("tail run -n -1", 2, "argument -n/--lines: invalid number of lines value: '-1'"),
    ("tail run --interval 0", 2, "--interval: invalid number of seconds, up to a day, value: '0'"),
    ("tail run --stop-after soon", 2, "invalid number of seconds, up to a day, value: 'soon'"),
    ("merge run -o run", 1, "run holds event files already: name a new folder"),
    ("merge run -o file", 1, "file: File exists"),
    ("merge run -o file/new", 1, "file/new: Not a directory"),
    ("merge run -o ''", 2, "-o/--output: invalid name of a file or folder value: ''"),
    (
        "rename-tags run -o new",
        2,
        "a rule is needed: --rename OLD NEW or --regex PATTERN REPLACEMENT",
    ),
    (
        "export run -o new.xlsx",
        1,
        "new.xlsx ends in none of .csv, .jsonl, .ndjson, .parquet: rename it",
    ),
    ("repair run", 1, "run is a folder, and repair takes one event file: `tfevents-lite verify"),
    ("rename-tags run -o new --regex ( x", 1, "--regex '(' 'x' is no regular expression with its"),
    (r"rename-tags run -o new --regex 'l(.)' '\2'", 1, "invalid group reference 2"),
    ("rename-tags run -o new --regex '.*' x", 1, "would both be called"),
    ("rename-tags run -o new --rename loss ''", 1, "tag 'loss' would have no name"),
    ("rename-tags run --rename loss l", 2, "an output is needed: -o OUTPUT, or --dry-run"),
    (
        "rename-tags run -o run --rename loss l",
        1,
        "run holds event files already: name a new folder",
    ),
    ("vendor -o file", 1, "file: File exists"),
    ("vendor -o new --name class", 1, "--name must be a name that can be imported, got 'class'"),
    ("vendor -o new --only none", 2, "argument --only: invalid choice: 'none'"),
    ("vendor -o ''", 2, "-o/--output: invalid name of a file or folder value: ''"),
    ("demo -o file", 1, "file: File exists"),
    ("demo -o ''", 2, "-o/--output: invalid name of a file or folder value: ''"),
    ("nothing", 2, "invalid choice: 'nothing'"),
    ("inspect", 2, "the following arguments are required: PATH"),
]


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, and what is none."""
    folder = tmp_path_factory.mktemp("odd")
    with tfe.SummaryWriter(folder / "run") as writer:
        writer.add_scalar("loss", 1.0, 1)
        writer.add_scalar("accuracy", 1.0, 1)
        writer.add_image("picture", [[0.0, 1.0]], 1, dataformats="HW")
    (folder / "empty").mkdir()
    (folder / "empty.png").mkdir()
    (folder / "folder.tfevents.1").mkdir()
    (folder / "file").write_text("not an event file")
    (folder / "zero.tfevents.1").touch()
    (folder / "junk.tfevents.1").write_bytes(bytes(range(1, 256)) * 20)
    (folder / "loop").symlink_to("loop")
    return folder


@pytest.mark.parametrize(
    ("line", "status", "said"), MISTAKES, ids=[line for line, _, _ in MISTAKES]
)
def test_a_mistake(
    line: str,
    status: int,
    said: str,
    odd_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What goes wrong is said in one line, with an exit status, and nothing is made or changed."""
    monkeypatch.chdir(odd_folder)
    before = sorted(odd_folder.rglob("*"))
    try:
        found = main(shlex.split(line))
    except SystemExit as ended:  # As argparse ends.
        found = int(ended.code or 0)
    lines = capsys.readouterr().err.splitlines()
    assert found == status
    assert said in (lines[-1] if lines else "")
    assert bool(lines) == bool(said)
    if status == 1:
        assert [text.startswith("tfevents-lite: ") for text in lines] == [True] * len(lines)
    assert sorted(odd_folder.rglob("*")) == before


OUTPUTS = [
    "inspect run", "show run", "tail run --once", "export run", "export run --wide", "verify run",
    "merge run -o new", "rename-tags run -o new --rename loss l", "vendor -o new --only scalars",
    "demo -o new",
]  # fmt: skip


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is Linux's")
@pytest.mark.parametrize("line", OUTPUTS)
@pytest.mark.slow
def test_nowhere_to_print(line: str, odd_folder: Path, tmp_path: Path) -> None:
    """Output that is closed is not missed; a disk that is full is said in one line."""
    shutil.copytree(odd_folder / "run", tmp_path / "run")
    command = [sys.executable, "-m", "tfevents_lite", *shlex.split(line)]
    for redirection, status, said in (
        (">&-", 0, ""),
        (">/dev/full", 1, "tfevents-lite: No space left on device\n"),
    ):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {redirection}', "sh", *command],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (status, said)
        shutil.rmtree(tmp_path / "new", ignore_errors=True)


@bounded
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("inspect locked", "locked"),
        ("inspect secret", "secret/x.tfevents.1"),
        ("verify secret", "secret/x.tfevents.1"),
        ("tail --once secret", "secret/x.tfevents.1"),
        ("export run -o locked/x.csv", "locked/x.csv"),
        ("show run --png -o shut/x.png", "shut/x.png"),
        ("show run --images -o shut/x", "shut/x"),
        ("merge run -o shut/x", "shut/x"),
        ("rename-tags run -o shut/x --rename loss l", "shut/x"),
        ("vendor -o shut", "shut/tfevents_lite.part"),
        ("demo -o shut/x", "{here}/shut/x"),
    ],
)
@pytest.mark.slow
def test_what_may_not_be_touched(line: str, said: str, odd_folder: Path, tmp_path: Path) -> None:
    """Folders and files that this user may not read or write are named in one line."""
    shutil.copytree(odd_folder / "run", tmp_path / "run")
    for inner, mode in (("locked", 0), ("secret", 0o755), ("shut", 0o555)):
        (tmp_path / inner).mkdir()
        (tmp_path / inner / "x.tfevents.1").write_bytes(b"a record")
        (tmp_path / inner / "x.tfevents.1").chmod(0)
        (tmp_path / inner).chmod(mode)
    command = [sys.executable, "-m", "tfevents_lite", *shlex.split(line)]
    try:
        done = subprocess.run([*BOUND, *command], cwd=tmp_path, capture_output=True, text=True)
    finally:
        for inner in ("locked", "shut"):
            (tmp_path / inner).chmod(0o755)  # For pytest to remove.
    said = said.format(here=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"tfevents-lite: {said}: Permission denied\n")


@pytest.mark.parametrize("command", READERS)
def test_nothing_there(command: str, tmp_path: Path, cli: Cli) -> None:
    """A path that is not there, and a folder without event files, are said in one line."""
    cli(command, tmp_path / "nothing", status=1)
    assert cli.err.startswith("tfevents-lite: ")
    assert "nothing" in cli.err
    assert cli.err.count("\n") == 1
    if command != "tail":  # Which waits for them.
        cli(command, tmp_path, status=1)
        assert cli.err == f"tfevents-lite: no event file found in {tmp_path}\n"


@pytest.mark.parametrize("command", READERS)
def test_a_broken_pipe(command: str, tmp_path: Path) -> None:
    """When the reader closes the pipe, as `head` does, the command ends without an error."""
    with tfe.SummaryWriter(tmp_path, buffer_bytes=1 << 20) as writer:
        for step in range(3000):
            writer.add_scalar(f"tag/{step}", step, step)
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", command, str(tmp_path)]
        + (["--once", "-n", "3000"] if command == "tail" else []),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


@pytest.mark.slow
def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C ends a command with 130, without a traceback."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for step in range(10_000):
            writer.add_scalar("loss", step, step)
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", "export", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # It writes more than a pipe holds, and waits for us to read it.
    assert process.stdout is not None
    process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (INTERRUPTED, b"")


def test_a_terminal_without_unicode(tmp_path: Path) -> None:
    """A tag that the terminal's encoding lacks is escaped."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("größe", 1, 1)
    done = subprocess.run(
        [sys.executable, "-m", "tfevents_lite", "show", str(tmp_path)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"gr\\xf6\\xdfe" in done.stdout


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is drawn on a terminal after a second of work, and removed; else nothing is."""
    for is_terminal in (True, False):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)  # noqa: B023 # Used at once.
        monkeypatch.setattr(sys, "stderr", stream)
        now = 100.0
        monkeypatch.setattr("time.monotonic", lambda: now)  # noqa: B023 # The same.
        progress = Progress("reading", 10)
        for number in range(10):
            now += 0.24
            progress.add(1)
            assert bool(stream.getvalue()) is (is_terminal and number > 3)
        Progress.clear()
        said = stream.getvalue()
        assert ("reading [" in said and "100%" in said) is is_terminal
        assert said.endswith("\r\x1b[K") is is_terminal
