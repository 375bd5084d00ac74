"""One odd file or folder never stops the others: it is told of, counted, and the rest is done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import export, main, new_run, output, verify
from tfevents_lite.reading import folders

from .conftest import Cli, event_file

resource = pytest.importorskip("resource", reason="limits of POSIX")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="FIFOs, links and modes of POSIX")

READERS = ["inspect", "verify", "export", "show", "tail --once", "merge -o {out}"]


def write(folder: Path, value: float = 0.5) -> None:
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar("loss", value, 1)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A run whose folder also has what can't be read as an event file, before and after it."""
    folder = tmp_path / "odd"
    write(folder)
    os.mkfifo(folder / "a.tfevents.fifo")
    (folder / "b.tfevents.zero").symlink_to("/dev/zero")
    (folder / "c.tfevents.dangling").symlink_to(folder / "nowhere")
    with socket.socket(socket.AF_UNIX) as server:
        previous = os.getcwd()
        os.chdir(folder)
        server.bind("z.tfevents.socket")
        os.chdir(previous)
    return folder


@pytest.mark.parametrize("command", READERS)
def test_only_regular_files_are_opened(command: str, odd: Path, tmp_path: Path, cli: Cli) -> None:
    """A FIFO, a device, a socket and a dangling link are told of, and the run is read."""
    words = command.format(out=tmp_path / "out").split()
    said = cli(*words, odd, status=1)
    assert any(part in said for part in ("loss", "intact, 2 events", "wrote 1 event of 1 run"))
    for name in ("a.tfevents.fifo", "b.tfevents.zero", "z.tfevents.socket"):
        assert cli.err.count(f"{name}: not a regular file") == 1
    assert cli.err.count("c.tfevents.dangling: No such file or directory") == 1


def test_functions_warn(odd: Path) -> None:
    """Reading scalars and images and going on with a run warn of what they leave out."""
    for read in (tfe.read_scalars, lambda path: [*tfe.read_images(path)], resume):
        with pytest.warns(UserWarning, match="can't be read") as caught:
            read(odd)
        assert len(caught) == 4
        assert "a.tfevents.fifo can't be read: not a regular file" in str(caught[0].message)
    with pytest.raises(OSError, match="not a regular file"):
        next(tfe.read_events(odd / "a.tfevents.fifo"))


def resume(path: Path) -> None:
    with tfe.SummaryWriter(path, resume=True) as writer:
        assert writer.last_step == 1


def refuse(monkeypatch: pytest.MonkeyPatch, refused: Path) -> None:
    """Have a file or folder be unreadable, for a superuser, too."""
    opened, scanned = open, os.scandir

    def check(path: Any) -> Any:
        if os.fspath(path) == str(refused):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return path

    monkeypatch.setattr(
        folders, "open", lambda path, *more, **named: opened(check(path), *more, **named), False
    )
    monkeypatch.setattr(os, "scandir", lambda path: scanned(check(path)))


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_may_not_be_read(
    command: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told of, and the damaged file after it is still found."""
    write(tmp_path / "runs" / "a")
    write(tmp_path / "runs" / "b")
    damaged = event_file(tmp_path / "runs" / "b")
    damaged.write_bytes(damaged.read_bytes() + b"\xff" * 40)
    secret = event_file(tmp_path / "runs" / "a")
    refuse(monkeypatch, secret)
    words = command.format(out=tmp_path / "out").split()
    cli(*words, tmp_path / "runs", status=1 if words[0] == "tail" else 4)
    assert cli.err.count(f"{secret.name}: Permission denied") == 1


@pytest.mark.parametrize("command", READERS)
def test_a_folder_that_may_not_be_read(
    command: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told of and counted; the other folders are read."""
    write(tmp_path / "runs" / "a")
    write(tmp_path / "runs" / "b")
    refuse(monkeypatch, tmp_path / "runs" / "a")
    words = command.format(out=tmp_path / "out").split()
    cli(*words, tmp_path / "runs", status=1)
    assert cli.err == f"tfevents-lite: {tmp_path / 'runs' / 'a'}: Permission denied\n"


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_vanishes_is_no_error(
    command: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file removed after the folder was listed, as by bounded storage, is left out in silence."""
    write(tmp_path / "runs")
    gone = tmp_path / "runs" / "a.tfevents.gone"
    gone.write_bytes(b"")
    check = folders.check_regular

    def vanish(path: Any) -> None:
        gone.unlink(missing_ok=True)
        check(path)

    monkeypatch.setattr(folders, "check_regular", vanish)
    words = command.format(out=tmp_path / "out").split()
    cli(*words, tmp_path / "runs")
    assert cli.err == ""


def test_links_in_a_circle(tmp_path: Path) -> None:
    """A folder is visited once, by its identity, whatever links lead to it."""
    for name, other in (("a", "b"), ("b", "a")):
        write(tmp_path / name)
        (tmp_path / name / "link").symlink_to(tmp_path / other)
    assert [*tfe.read_scalars(tmp_path)] == ["a", "b"]
    outside = tmp_path.with_name(tmp_path.name + "-outside")
    write(outside / "c")
    (tmp_path / "a" / "far").symlink_to(outside)
    assert [*tfe.read_scalars(tmp_path)] == ["a", "a/far/c", "b"]


def test_an_empty_file_is_not_damaged(tmp_path: Path, cli: Cli) -> None:
    """A file of no bytes is what each writer begins with."""
    (tmp_path / "x.tfevents").write_bytes(b"")
    assert ": empty, 0 events, 0 bytes" in cli("verify", tmp_path)
    assert tfe.read_scalars(tmp_path) == {}


def test_more_runs_than_descriptors(tmp_path: Path) -> None:
    """A hundred runs are merged and copied by a process that may open 64 files."""
    for number in range(100):
        write(tmp_path / "runs" / str(number), number)
    for words in (
        ["merge", tmp_path / "runs", "-o", tmp_path / "out", "--prefix"],
        ["rename-tags", tmp_path / "runs", "-o", tmp_path / "new", "--rename", "loss", "l"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "tfevents_lite", *map(str, words)],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
            capture_output=True,
            text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert len(tfe.read_scalars(tmp_path / "out")["."]) == 100
    assert len(tfe.read_scalars(tmp_path / "new")) == 100


def test_names_that_are_no_unicode(tmp_path: Path, cli: Cli) -> None:
    """A run whose name is not UTF-8 is read, printed and exported with its name escaped."""
    name = os.fsdecode(b"run\xff")
    write(tmp_path / name)
    for words in (["inspect"], ["show"], ["tail", "--once"], ["verify"]):
        assert "run\\udcff" in cli(*words, tmp_path)
    for kind in ("csv", "jsonl", "parquet"):
        cli("export", tmp_path, "-o", tmp_path / f"table.{kind}", "-f", kind)
    assert b"run\\udcff,loss" in (tmp_path / "table.csv").read_bytes()


def test_a_path_of_a_thousand_bytes(tmp_path: Path, cli: Cli) -> None:
    """Deep folders with long names are read."""
    folder = tmp_path.joinpath(*["x" * 200] * 6)
    write(folder)
    assert "1 tag" in cli("inspect", tmp_path)
    cli("merge", tmp_path, "-o", tmp_path / "out")
    cli("rename-tags", tmp_path, "-o", tmp_path / "new", "--rename", "loss", "l")


BAD = "\x1b[2J\u202e\x85"


def test_what_is_printed_has_no_control_characters(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tags, runs, plugins' names and paths can tell a terminal nothing, whatever the command."""
    folder = tmp_path / f"run{BAD[:5]}"
    metadata = tfe.SummaryMetadata(
        plugin_data=tfe.SummaryMetadata.PluginData(plugin_name=f"plugin{BAD}")
    )
    tensor = tfe.TensorProto(dtype=1, float_val=[1])
    with tfe.FileWriter(folder) as writer:
        for value in (
            tfe.Summary.Value(tag=f"tag{BAD}", simple_value=1),
            tfe.Summary.Value(tag=f"other{BAD}", tensor=tensor, metadata=metadata),
        ):
            writer.add_summary(tfe.Summary(value=[value]), 1)
    path = event_file(folder)
    bad = tfe.Summary.Value(tag=f"tag{BAD}", image=tfe.Summary.Image(encoded_image_string=b"1"))
    event = tfe.Event(wall_time=1, step=1, summary=tfe.Summary(value=[bad]))
    path.write_bytes(
        path.read_bytes() + tfe.tfrecord.frame(event.SerializeToString()) + b"\xff" * 40
    )
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, False)
    for words, status in (
        (["inspect", tmp_path], 4),
        (["show", "--table", tmp_path], 4),
        (["tail", "--once", tmp_path], 0),
        (["export", tmp_path], 4),
        (["export", "--wide", tmp_path], 4),
        (["verify", tmp_path], 4),
        (["repair", path], 3),
        (["merge", tmp_path, "-o", tmp_path / "out", "--prefix"], 4),
        (["rename-tags", tmp_path, "-o", tmp_path / "new", "--regex", "other", "x"], 4),
    ):
        said = cli(*words, status=status) + cli.err
        assert [c for c in said if not c.isprintable() and c != "\n"] == [], words


def test_formulas_in_csv(tmp_path: Path, cli: Cli) -> None:
    """Names that a spreadsheet would run get an apostrophe, unless that is not wanted."""
    tags = ["=1+1", "+a", "-b", "@c", "\tx", "d=1"]
    with tfe.FileWriter(tmp_path) as writer:
        for tag in tags:
            value = tfe.Summary.Value(tag=tag, simple_value=-1)
            writer.add_summary(tfe.Summary(value=[value]), 1)
    lines = cli("export", tmp_path).splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == [
        "'=1+1", "'+a", "'-b", "'@c", "'\tx", "d=1"
    ]  # fmt: skip
    assert all(line.endswith(",-1.0") for line in lines)
    assert "'=1+1" in cli("export", "--wide", tmp_path).splitlines()[0]
    lines = cli("export", "--keep-formulas", tmp_path).splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == tags
    assert '"tag": "=1+1"' in cli("export", tmp_path, "-f", "jsonl")


# Whole or not there at all.


def makers(folder: Path) -> dict[str, list[object]]:
    """The commands that make files, with what they make."""
    runs = folder / "runs"
    return {
        "repair": ["repair", event_file(runs), "-o", folder / "new.tfevents"],
        "merge": ["merge", runs, "-o", folder / "new"],
        "rename-tags": ["rename-tags", runs, "-o", folder / "new", "--rename", "loss", "l"],
        "export": ["export", runs, "-o", folder / "new.csv"],
    }


@pytest.fixture
def long_run(tmp_path: Path) -> Path:
    """A folder with a run that takes each command a while."""
    with tfe.SummaryWriter(tmp_path / "runs", buffer_bytes=1 << 20) as writer:
        for step in range(100_000):
            writer.add_scalar("loss", step, step)
    return tmp_path


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("command", ["repair", "merge", "rename-tags", "export"])
def test_a_signal_leaves_nothing(command: str, name: str, long_run: Path) -> None:
    """A command that a signal ends removes what is half made."""
    words = makers(long_run)[command]
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", *map(str, words)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not [*long_run.rglob("*.part")] and time.monotonic() < deadline:
        time.sleep(0.001)
    number = getattr(signal, name)
    process.send_signal(number)
    status = process.wait(60)
    assert not [*long_run.rglob("*.part")]
    made = [path for path in long_run.iterdir() if path.name != "runs"]
    if status == 128 + number:
        assert made == []
    else:  # Python may ignore what a handler raises within a callback: then all is made.
        assert (status, len(made)) == (0, 1)
        whole = next(made[0].iterdir()) if made[0].is_dir() else made[0]
        assert whole.stat().st_size > 2_000_000


@pytest.mark.parametrize("command", ["repair", "merge", "rename-tags", "export"])
def test_a_full_disk_leaves_nothing(
    command: str, long_run: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that can't write says why, and removes what is half made."""

    class Full(output.Draft):
        """A file on a disk that is full after a while."""

        def open(self) -> Any:
            super().open()
            write, self.left = self.file.write, 1000

            def limited(data: Any) -> int:
                self.left -= 1
                if self.left < 0:
                    raise OSError(28, "No space left on device")
                return int(write(data))

            self.file = type("File", (), {
                "write": staticmethod(limited), "close": self.file.close, "tell": self.file.tell
            })()  # fmt: skip
            return self.file

    for module in (export, new_run, verify):
        monkeypatch.setattr(module, "Draft", Full)
    cli(*makers(long_run)[command], status=1)
    assert "No space left on device" in cli.err
    assert [path.name for path in long_run.iterdir()] == ["runs"]


def test_force_replaces_regular_files_alone(tmp_path: Path, cli: Cli) -> None:
    """--force keeps a file's mode, and refuses a link."""
    write(tmp_path / "runs")
    table, target = tmp_path / "table.csv", tmp_path / "target"
    table.write_text("old")
    table.chmod(0o640)
    cli("export", tmp_path / "runs", "-o", table, "--force")
    assert table.stat().st_mode & 0o777 == 0o640
    assert "loss" in table.read_text()
    target.write_text("precious")
    (tmp_path / "link.csv").symlink_to(target)
    cli("export", tmp_path / "runs", "-o", tmp_path / "link.csv", "--force", status=1)
    assert "not a regular file" in cli.err
    assert target.read_text() == "precious"


# Following.


def test_tail_goes_on_when_a_file_is_truncated_or_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after a truncation, or in a new file of the same name, is printed."""
    write(tmp_path, 1)
    path = event_file(tmp_path)
    data = path.read_bytes()
    write(tmp_path / "other", 2)
    replacement = event_file(tmp_path / "other").read_bytes()

    def replace() -> None:
        path.unlink()
        path.write_bytes(replacement)

    actions: list[Callable[[], object]] = [
        lambda: path.write_bytes(data[:60]),
        lambda: path.write_bytes(data),
        replace,
        lambda: path.write_bytes(replacement + replacement[:40]),
    ]

    def sleep(seconds: float) -> None:
        if not actions:
            raise KeyboardInterrupt
        actions.pop(0)()

    monkeypatch.setattr(time, "sleep", sleep)
    (tmp_path / "other").rename(tmp_path.with_name(tmp_path.name + "-gone"))
    assert main(["tail", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert [line.split()[-1] for line in said.out.splitlines()] == ["1", "1", "2"]
    assert "Traceback" not in said.err


def test_tail_does_not_read_an_unfinished_record_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a file has not changed it is not opened."""
    write(tmp_path)
    path = event_file(tmp_path)
    path.write_bytes(path.read_bytes() + tfe.tfrecord.frame(b"x" * 100)[:-5])
    opened: list[object] = []
    from tfevents_lite.reading import event_reader

    def open_file(path: str) -> Any:
        opened.append(path)
        return folders.open_file(path)

    monkeypatch.setattr(event_reader, "open_file", open_file)
    rounds = iter(range(5))
    monkeypatch.setattr(time, "sleep", lambda seconds: next(rounds))
    with pytest.raises(StopIteration):
        main(["tail", str(tmp_path)])
    assert len(opened) == 1
