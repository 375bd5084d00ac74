"""`show` draws curves and extracts images, and never writes outside of the folder it is given."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfevents_lite as tfe
from tfevents_lite.cli import main

from .conftest import HOSTILE_TAG, Cli, picture


def test_table(runs: Path, cli: Cli) -> None:
    """A row a curve: points, last step, first, last, smallest and largest value."""
    lines = [line.split() for line in cli("show", runs).splitlines()]
    assert [line[:2] for line in lines[1:]] == [
        ["loss/test", "ours"],
        ["loss/train", "foreign/a"],
        ["loss/train", "ours"],
        ["tensor", "foreign/a"],
    ]
    assert lines[1][2:8] == ["5", "4", "2", "0.4", "0.4", "2"]
    assert lines[4][8] == "▁▃▅▆█"


def test_json(runs: Path, cli: Cli) -> None:
    """A line a curve, with all of its points."""
    said = [json.loads(line) for line in cli("show", runs, "--json").splitlines()]
    columns = tfe.read_scalars(runs)
    assert len(said) == 4
    for curve in said:
        known = columns[curve["run"]][curve["tag"]]
        assert curve["step"] == known.step.tolist()
        assert curve["value"] == known.value.tolist()


class Terminal(io.StringIO):
    """What a terminal is to those who ask."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_plot_on_a_terminal(runs: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal plotext draws a plot a tag, with the runs' names; without it there is none."""
    for available in (True, False):
        terminal = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            patch.setenv("COLUMNS", "80")
            if not available:
                patch.setitem(sys.modules, "plotext", None)
            assert main(["show", str(runs), "--tag", "loss/*"]) == 0
        said = terminal.getvalue()
        assert said.count("┌─") >= 2 if available else "┌" not in said
        assert ("▚" in said or "▞" in said or "⠁" in said) is available
        assert "points" in said


def test_png(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """--png draws a chart a tag: Pillow finds a line in each run's colour where its values are."""
    output = tmp_path / "curves.png"
    cli("show", runs, "--tag", "loss/*", "--png", "-o", output)
    assert "wrote 2 charts" in cli.out
    with Image.open(output) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert pixels.shape == (320, 1120, 3)
    left, right = pixels[:, :560], pixels[:, 560:]
    first, second = ((31, 119, 180), (255, 127, 14))  # The first colours of matplotlib's cycle.

    def rows_of(part: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
        rows, columns = np.nonzero((abs(part - colour) < 8).all(axis=2))
        return rows[np.argsort(columns)]

    # loss/test, one run: falls from the top to the bottom. loss/train: two runs.
    rows = rows_of(left, first)
    assert rows[:20].min() < 60
    assert rows[-20:].max() > 240
    assert not rows_of(left, second).size
    assert rows_of(right, first).size
    assert rows_of(right, second).size
    cli("show", runs, "--png", "-o", output, status=1)
    assert "--force" in cli.err
    cli("show", runs, "--png", "-o", tmp_path / "curves.jpg", status=1)
    assert "--png needs an output that ends in .png, got " in cli.err
    assert not (tmp_path / "curves.jpg").exists()


def test_png_without_matplotlib(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """Without matplotlib, --png says what to install and leaves no file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib.figure", None)
        cli("show", runs, "--png", "-o", tmp_path / "a.png", status=1)
    assert cli.err.endswith("--png needs matplotlib: pip install 'tfevents-lite[plot]'\n")
    assert not list(tmp_path.glob("a.png*"))


@pytest.mark.parametrize("tag", ["cost $x_{", "_hidden", "a\nb", "損失", "$$"])
def test_png_of_any_tag(tag: str, tmp_path: Path, cli: Cli) -> None:
    """A tag and a run are drawn as they are spelled, whatever they mean to matplotlib."""
    with tfe.SummaryWriter(tmp_path / "_run $") as writer:
        writer.add_scalar(tag, 0.5, 1)
    cli("show", tmp_path, "--png", "-o", tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        image.load()


@pytest.mark.parametrize(
    "values",
    [
        [1.0],
        [1.0, 1.0],
        [float("nan")] * 3,
        [1.0, float("nan"), float("inf"), 2.0, -float("inf")],
        [-3.4e38, 3.4e38],
        [0.0, 1e-45],
        [1e30, 1e30 + 1e24],
        [-1.7e308, 1.7e308],
        [float(value % 7) for value in range(50_000)],
    ],
    ids=["one", "constant", "nan", "mixed", "huge", "tiny", "far", "doubles", "many"],
)
@pytest.mark.parametrize("steps", ["rising", "one", "ends"])
@pytest.mark.slow
def test_any_values(
    values: list[float], steps: str, tmp_path: Path, cli: Cli, recwarn: pytest.WarningsRecorder
) -> None:
    """No values and no steps make the table, the plot or the picture fail."""
    with tfe.FileWriter(tmp_path, buffer_bytes=1 << 20) as writer:
        for number, value in enumerate(values):
            step = {"rising": number, "one": 7, "ends": (-(2**63), 2**63 - 1)[number % 2]}[steps]
            made = tfe.Summary.Value(tag="a\x1b", simple_value=value)
            if value in (-1.7e308, 1.7e308):
                plugin = tfe.SummaryMetadata.PluginData(plugin_name="scalars")
                made.metadata = tfe.SummaryMetadata(plugin_data=plugin)
                made.tensor = tfe.TensorProto(dtype=tfe.DataType.DT_DOUBLE, double_val=[value])
            summary = tfe.Summary(value=[made])
            writer.add_summary(summary, step)
    recwarn.clear()  # Of steps that do not rise.
    assert "\x1b" not in cli("show", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", Terminal())
        assert main(["show", str(tmp_path)]) == 0
    cli("show", tmp_path, "--png", "-o", tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        image.load()
    assert not recwarn.list


def test_images(runs: Path, tmp_path: Path, cli: Cli) -> None:
    """The images come out byte for byte, of `image` values and of string tensors."""
    out = tmp_path / "out"
    assert "wrote 3 images" in cli("show", runs, "--images", "-o", out)
    found = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    assert sorted(found) == [
        os.path.join("foreign", "a", "pictures", "5_0.png"),
        os.path.join("foreign", "a", "pictures", "5_1.png"),
        os.path.join("ours", "picture", "0", "4_0.png"),
    ]
    assert found[os.path.join("foreign", "a", "pictures", "5_1.png")].read_bytes() == picture(3)
    with Image.open(found[os.path.join("ours", "picture", "0", "4_0.png")]) as image:
        assert (np.asarray(image.convert("L")) == np.eye(4) * 255).all()
    cli("show", runs, "--images", "-o", out, status=1)
    said = cli("show", runs, "--images", "-o", out, "--force", "--json").splitlines()
    assert {json.loads(line)["output"] for line in said} == {str(path) for path in found.values()}


def test_hostile_names_stay_inside(hostile: Path, tmp_path: Path, cli: Cli) -> None:
    """Tags with `..`, a leading slash or control characters make files in the folder alone."""
    before = set(tmp_path.rglob("*"))
    out = tmp_path / "deep" / "er" / "out"
    cli("show", hostile, "--images", "-o", out)
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert len(made) == 2
    assert all(out in path.parents for path in made)
    assert all(path.name.isprintable() and "\x1b" not in str(path) for path in made)
    assert {path.suffix for path in made} == {".png", ".bin"}
    assert HOSTILE_TAG not in str(made)


def test_two_images_of_one_name(tmp_path: Path, cli: Cli) -> None:
    """Images that would have the same name are all kept."""
    with tfe.FileWriter(tmp_path / "run") as writer:
        for tag in ("a/b", "a//b", "a/b"):
            image = tfe.Summary.Image(width=1, height=1, encoded_image_string=tag.encode())
            writer.add_summary(tfe.Summary(value=[tfe.Summary.Value(tag=tag, image=image)]), 1)
    cli("show", tmp_path, "--images", "-o", tmp_path / "out")
    found = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert [path.read_bytes() for path in found] == [b"a/b", b"a//b", b"a/b"]


def test_a_name_too_long(tmp_path: Path, cli: Cli) -> None:
    """A tag that no file system takes as a name is said in one line."""
    with tfe.FileWriter(tmp_path) as writer:
        image = tfe.Summary.Image(width=1, height=1, encoded_image_string=b"x")
        writer.add_summary(tfe.Summary(value=[tfe.Summary.Value(tag="x" * 300, image=image)]), 1)
    cli("show", tmp_path, "--images", "-o", tmp_path / "out", status=1)
    assert "must be at most 255 bytes as a path" in cli.err
    assert cli.err.count("\n") == 1


def test_a_tag_that_is_not_there(runs: Path, cli: Cli) -> None:
    """If no tag matches, the error says which tags there are."""
    cli("show", runs, "--tag", "nothere", status=1)
    assert cli.err == (
        "tfevents-lite: no scalar's tag matches nothere; there are loss/test, loss/train, tensor\n"
    )
