"""What commands print on a terminal: it fits, obeys NO_COLOR and the locale, and is safe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main
from tfevents_lite.cli.show import round_ticks

pytest.importorskip("termios", reason="terminals of POSIX")
NAMES = ("baseline", "wide-learning-rate-0.003", "wide-learning-rate-0.03/seed-1234")
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def on_terminal(columns: int, *arguments: object, **environment: str) -> str:
    """What a command prints on a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = ("COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "PYTHONIOENCODING")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(
        [sys.executable, "-m", "tfevents_lite", *map(str, arguments)],
        stdout=theirs, stderr=theirs, env={**kept, "LANG": "C.UTF-8", **environment},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # As Linux says that nobody has it open any more.
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait(30) == 0, said
    return said.decode().replace("\r\n", "\n")


@pytest.fixture
def curves(tmp_path: Path) -> Path:
    """Three runs of two curves, with names of all lengths."""
    for number, name in enumerate(NAMES, 1):
        with tfe.SummaryWriter(tmp_path / name, buffer_bytes=1 << 20) as writer:
            for step in range(0, 1237, 4):
                writer.add_scalar("loss/train", 2.4 / (1 + step / 100 / number), step)
                writer.add_scalar("größe", step, step)
    return tmp_path


def test_a_plot(curves: Path) -> None:
    """It leaves the background alone, has round ticks, and names the runs below, in their colours.

    The axis ends at the last step, whatever its last tick is.
    """
    pytest.importorskip("plotext")
    said = on_terminal(80, "show", curves, "--tag", "loss*")
    assert not re.search(r"\x1b\[(4[0-7]|48|10[0-7])[;m]", said)
    lines = ESCAPE.sub("", said).splitlines()
    bottom = next(number for number, line in enumerate(lines) if "└" in line)
    assert lines[bottom + 1].split() == ["0", "500", "1000"]
    assert 50 < lines[bottom + 1].index("1000") < 75
    assert lines[bottom + 2].split() == ["■", NAMES[0], "■", NAMES[1], "■", NAMES[2]]
    for colour in (33, 166, 35):
        assert f"\x1b[38;5;{colour}m■" in said
    ticks = {match[1] for line in lines[:bottom] if (match := re.match(r" *([\d.]+)┤", line))}
    assert ticks == {"0.5", "1", "1.5", "2"}


def test_no_color(curves: Path) -> None:
    """With NO_COLOR there are no colours; each run has a mark of its own."""
    pytest.importorskip("plotext")
    said = on_terminal(80, "show", curves, "--tag", "loss*", NO_COLOR="1")
    assert "\x1b" not in said
    assert f"  * {NAMES[0]}  o {NAMES[1]}  + {NAMES[2]}\n" in said
    assert all(mark * 3 in said for mark in "*o+")


@pytest.mark.parametrize("variable", ["LANG", "LC_ALL"])
def test_a_terminal_of_the_c_locale(variable: str, curves: Path) -> None:
    """It gets ASCII alone: marks, frame, trend, dots and tags."""
    for columns in (60, 100):
        said = on_terminal(columns, "show", curves, **{variable: "C"})
        assert said.isascii()
        assert "gr\\xf6\\xdfe" in said
        assert "@*+=-" in said  # The trend.
        assert max(map(len, ESCAPE.sub("", said).splitlines())) <= columns
        assert on_terminal(columns, "inspect", curves, **{variable: "C"}).isascii()


@pytest.mark.parametrize("command", ["show --table", "inspect"])
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_fit(command: str, columns: int, curves: Path) -> None:
    """No line is longer than the terminal: names are shortened, and columns left out at need."""
    said = on_terminal(columns, *command.split(), curves)
    lines = [line for line in said.splitlines() if not line.startswith("run ")]
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in said
    if command != "inspect":
        assert (NAMES[2] in said) is (columns == 200)
        assert "1234" in said
        assert "trend" in said
        assert ("min" in said) is (columns == 200)


def test_tables_are_plain_when_piped(curves: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets all columns and whole names, however narrow COLUMNS says that the terminal is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "60")
        assert main(["show", str(curves)]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert " ".join(first.split()) == "tag run points last step first last min max trend"
    assert NAMES[2] in rows[-1]


def test_export_is_utf8(curves: Path) -> None:
    """What is exported to a file or a pipe is UTF-8, whatever the locale."""
    for encoding in ("latin-1", "ascii"):
        done = subprocess.run(
            [sys.executable, "-m", "tfevents_lite", "export", str(curves)],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True,
        )  # fmt: skip
        assert "größe" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 100, 5, [0, 20, 40, 60, 80, 100]),
        (-0.25, 0.25, 5, [-0.2, -0.1, 0, 0.1, 0.2]),
        (7, 7, 5, [7]),
        (999, 10001, 6, [2000, 4000, 6000, 8000, 10000]),
        (-1.7e308, 1.7e308, 5, [-1e308, 0, 1e308]),
        (0, 5e-324, 5, [0]),
    ],
)
def test_round_ticks(low: float, high: float, most: int, ticks: list[float]) -> None:
    """Ticks are multiples of 1, 2 or 5 times a power of ten, for any range of doubles."""
    assert round_ticks(low, high, most) == pytest.approx(ticks)
