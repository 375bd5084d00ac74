"""What the pages beside the README say: what differs from others, and what to do about trouble.

What others do was tried by hand, as they are not installed here; what this package does and what
TensorBoard does is tried anew each time.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfevents_lite as tfe
from tfevents_lite.cli import main

from .faulty_system import FullDisk
from .oracles.tensorboard import TensorBoardServer
from .test_readme import PAGES, ROOT, files

# Coming from others: what the table says of this package.


def runs_and_tags() -> dict[str, list[str]]:
    """Of each run beneath the current folder, the tags of its values in order."""
    found: dict[str, list[str]] = {}
    for path in files("."):
        run = path.parent.as_posix()
        for event in tfe.read_events(path):
            found.setdefault(run, []).extend(value.tag for value in event.summary.value)
    return found


def test_coming_from_torch_and_tensorboardx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row of the table for `SummaryWriter`, but those on messages and on processes."""
    monkeypatch.chdir(tmp_path)
    writer = tfe.SummaryWriter("run", max_queue=1000)
    writer.add_scalar("loss", 1, 1)
    assert runs_and_tags() == {"run": ["loss"]}
    for _ in range(2):
        writer.add_hparams({"lr": 0.1}, {"accuracy": 1})
    writer.add_hparams({"lr": 0.1}, {"accuracy": 1}, run_name="named")
    with pytest.warns(UserWarning, match="shown as infinite"):
        writer.add_scalar("x", 1e300, 1)
    writer.add_text("note", "text", 1)
    writer.add_scalars("a/b", {"x": 1}, 1)
    writer.add_video("video", np.arange(2 * 3 * 8 * 8, dtype=np.uint8).reshape(1, 2, 3, 8, 8), 1)
    writer.add_image("beyond", np.full((1, 2, 2), 2.5), 1)
    writer.close()
    writer.add_scalar("loss", 1, 2)
    found = runs_and_tags()
    assert {"_hparams_/session_start_info", "note/text_summary"} < set(found["run"])
    others = sorted(name for name in found if name != "run")
    assert [name.partition("-")[0] for name in others] == ["run/a_b_x", "run/hparams", "run/named"]
    assert len(files("run")) == 5
    video, beyond = tfe.read_images("run")
    assert video.data.startswith(b"\x89PNG")
    assert b"acTL" in video.data
    with Image.open(io.BytesIO(beyond.data)) as picture:
        assert picture.convert("L").getextrema() == (255, 255)


def test_coming_from_tensorflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row of the table for `tf.summary`, but those on what TensorFlow's graphs hold."""
    monkeypatch.chdir(tmp_path)
    grey = np.array([[0.2, 0.6]])
    for scale, expected in (("minmax", (0, 255)), ((0, 0.6), (85, 255))):
        made = tfe.image_summary("x", [grey], scale=scale)
        with Image.open(io.BytesIO(made.value[0].image.encoded_image_string)) as picture:
            assert picture.convert("L").getextrema() == expected
    first = tfe.FileWriter("v1")
    first.close()
    with pytest.raises(ValueError, match="is closed"):
        first.add_summary(tfe.summary.scalar("loss", 1), 1)
    first.reopen()
    first.add_summary(tfe.summary.scalar("loss", 1), 1)
    first.add_graph(tfe.summary.graph([("x", "Input")]))
    assert len(files("v1")) == 2
    assert runs_and_tags() == {"v1": ["loss"]}


# When something is wrong.


def full_disk(folder: Path) -> None:
    system = FullDisk()
    writer = tfe.SummaryWriter(folder, system=system, on_error="warn")
    system.full = True
    writer.add_scalar("loss", 1, 1)
    system.full = False


def deleted_folder(folder: Path) -> None:
    writer = tfe.SummaryWriter(folder)
    for path in files(str(folder)):
        path.unlink()
    writer.file_writer.file._look_at = 0.0  # Else it looks a second later.
    writer.add_scalar("loss", 1, 1)


def two_kinds(folder: Path) -> None:
    writer = tfe.SummaryWriter(folder)
    writer.add_scalar("loss", 1, 1)
    writer.add_image("loss", np.zeros((1, 2, 2)), 2)


def backwards(folder: Path) -> None:
    writer = tfe.SummaryWriter(folder)
    writer.add_scalar("loss", 1, 5)
    writer.add_scalar("loss", 1, 3)


def torn(folder: Path) -> Path:
    with tfe.SummaryWriter(folder) as writer:
        writer.add_scalar("loss", 1, 1)
    (path,) = files(str(folder))
    os.truncate(path, path.stat().st_size - 10)
    return path


class Traced:
    """An array that has a shape but no value, as within `jax.jit`."""

    shape = ()

    def __float__(self) -> float:
        raise TypeError("Abstract tracer value encountered where concrete value is expected")


def closed(folder: Path) -> None:
    writer = tfe.FileWriter(folder)
    writer.close()
    writer.add_summary(b"")


def without_numpy(folder: Path) -> None:
    code = "import sys; sys.modules['numpy'] = None; import tfevents_lite as tfe\n"
    code += f"tfe.SummaryWriter({str(folder)!r}).add_histogram('weights', [1.0])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    raise ImportError(done.stderr.splitlines()[-1])


MESSAGES: dict[str, Callable[[Path], object]] = {
    "step 3 of 'loss' comes after step 5": backwards,
    "tag 'loss' holds scalars already, and can't hold images too": two_kinds,
    "value of 'loss' must be one number, got shape (3,)": (
        lambda folder: tfe.SummaryWriter(folder).add_scalar("loss", np.ones(3), 1)
    ),
    "value of 'loss' must be one number, got shape ()": (
        lambda folder: tfe.SummaryWriter(folder).add_scalar("loss", Traced(), 1)
    ),
    "image of 'x' can't be drawn: its axis C in dataformats='CHW' is 32; it must be 1 to 4": (
        lambda folder: tfe.SummaryWriter(folder).add_image("x", np.ones((32, 32, 3)), 1)
    ),
    "add_histogram needs NumPy: pip install numpy": without_numpy,
    "No space left on device": full_disk,
    "was deleted": deleted_folder,
    "the file ends within a record": lambda folder: list(tfe.read_events(torn(folder))),
    "is closed": closed,
}
# What commands say of a folder.
SAID: dict[str, list[str]] = {
    "no event file found in runs": ["inspect", "runs"],
    "torn tail": ["verify", "torn"],
    "damaged": ["verify", "broken"],
    "not an event file": ["verify", "notes.txt"],
}


def test_quoted_messages_are_tested() -> None:
    """What the table quotes from the package is tested here."""
    table = PAGES[ROOT / ".readme" / "trouble.md"]
    assert [message for message in [*MESSAGES, *SAID] if f"`{message}`" not in table] == []


@pytest.mark.parametrize("message", MESSAGES)
def test_quoted_messages_are_raised(message: str, tmp_path: Path) -> None:
    """A message that the page on trouble quotes is raised as an error or given as a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        told = ""
        try:
            MESSAGES[message](tmp_path)
        except Exception as error:
            told = str(error)
    assert message in "\n".join([told, *(str(warning.message) for warning in caught)])


def test_quoted_messages_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So is one that a command prints."""
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("notes.txt").write_text("This is a text.")
    torn(Path("torn"))
    with torn(Path("broken")).open("r+b") as file:
        file.seek(20)
        file.write(b"\xff" * 20)
    for message, command in SAID.items():
        assert main(command) > 0
        out, err = capsys.readouterr()
        assert message in out + err


@pytest.mark.filterwarnings("ignore:step")
@pytest.mark.filterwarnings("ignore:.* has another writer that is open")
def test_what_is_said_of_tensorboard(tmp_path: Path) -> None:
    """Two writers in a folder, a restart in the same folder, a folder named tfevents: all true."""
    for first in (0, 100):
        with tfe.SummaryWriter(tmp_path / "twice") as writer:
            for step in range(5 if first else 20):
                writer.add_scalar("loss", first + step, step)
    one, two = tfe.SummaryWriter(tmp_path / "two"), tfe.SummaryWriter(tmp_path / "two")
    one.add_scalar("one", 1, 1)
    two.add_scalar("two", 1, 1)
    with TensorBoardServer(tmp_path, "fast") as server:
        assert [point.value for point in server.scalars("twice", "loss")] == list(range(100, 105))
    assert len(tfe.read_scalars(tmp_path)["twice"]["loss"].step) == 25
    with TensorBoardServer(tmp_path, "slow") as server:
        one.add_scalar("one", 2, 2)
        two.add_scalar("two", 2, 2)
        server.reload()
        assert len(server.scalars("two", "one")) == 1
        assert len(server.scalars("two", "two")) == 2


def test_what_tensorboard_keeps() -> None:
    """Of a tag's points it keeps as many as is said."""
    from tensorboard.backend.event_processing import data_ingester

    kept = data_ingester.DEFAULT_TENSOR_SIZE_GUIDANCE

    assert (kept["scalars"], kept["images"], kept["audio"]) == (1000, 10, 10)


def test_a_folder_called_tfevents_is_escaped(tmp_path: Path) -> None:
    """A sub-run's folder is never taken for an event file, which would hide every run."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalars("my.tfevents", {"a": 1.0}, 1)
    assert not [path for path in tmp_path.rglob("*tfevents*") if path.is_dir()]


def test_the_versions_of_frameworks_are_those_that_ci_installs() -> None:
    """The table of frameworks names the versions that are pinned for their tests."""
    script = (ROOT / ".ci" / "frameworks").read_text("utf-8")
    pins = dict(re.findall(r"([\w-]+)(?:\[\w+\])?==([\d.]+)", script))
    packages = {
        "Lightning": "lightning",
        "Stable-Baselines3": "stable-baselines3",
        "ignite": "pytorch-ignite",
        "MONAI": "monai",
        "Keras": "keras",
        "Ray Tune": "ray",
        "TensorFlow": "tensorflow-cpu",
        "TensorBoard": "tensorboard",
    }
    page = PAGES[ROOT / ".readme" / "coming-from.md"]
    around, table = page.split("## What stays")[0].split("| framework |")
    found = re.findall(r"(torch|TensorFlow|TensorBoard|tbparse) ([\d.]+\d)", around)
    rows = re.findall(r"^\| ([\w -]+) \| ([\d.]+) \|", table, re.MULTILINE)
    assert len(found) == 4
    assert len(rows) == 9
    for name, version in found + rows:
        assert pins[packages.get(name, name)].startswith(version), name
