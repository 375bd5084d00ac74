"""What a user is told, to be read from top to bottom: each message names what is wrong and right.

A message that is changed is changed here too, so that somebody reads it beside the others. Each
call is also checked to have written nothing.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main
from tfevents_lite.inputs.checks import NotANumberError

Call = Callable[[Any], object]

WRITER: list[tuple[Call, type[Exception], str]] = [
    # Tags, steps, times.
    (lambda w: w.add_scalar(7, 1.0, 1), TypeError, "tag must be a string, got 7"),
    (
        lambda w: w.add_scalar("loss", 1.0, "one"),
        TypeError,
        "global_step of 'loss' must be an integer, got 'one'",
    ),
    (
        lambda w: w.add_scalar("loss", 1.0, float("nan")),
        TypeError,
        "global_step of 'loss' must be an integer, got nan",
    ),
    (
        lambda w: w.add_scalar("loss", 1.0, 1, walltime=float("nan")),
        ValueError,
        "walltime must be finite, got nan",
    ),
    (
        lambda w: tfe.SummaryWriter(w.log_dir, bufer_bytes=1),  # type: ignore[call-arg] # Is refused.
        TypeError,
        "a writer has no option 'bufer_bytes': did you mean 'buffer_bytes'?",
    ),
    # Values.
    (
        lambda w: w.add_scalar("loss", "high", 1),
        NotANumberError,
        "value of 'loss' must be a number, got 'high'",
    ),
    (
        lambda w: w.add_scalar("loss", np.ones(3), 1),
        NotANumberError,
        "value of 'loss' must be one number, got shape (3,)",
    ),
    (
        lambda w: w.add_image("picture", np.ones((2, 3, 4, 5)), 1),
        ValueError,
        "image of 'picture' can't be drawn: its shape is 2×3×4×5; with dataformats='CHW' it must "
        "have 3 axes",
    ),
    (
        lambda w: w.add_image("picture", np.ones((5, 3, 4)), 1),
        ValueError,
        "image of 'picture' can't be drawn: its axis C in dataformats='CHW' is 5; it must be 1 to "
        "4: pass dataformats='HWC'",
    ),
    (
        lambda w: w.add_histogram("weights", ["a"], 1),
        TypeError,
        "values of 'weights' must be an array of numbers: its dtype is <U1 (shape 1); it must be "
        "bool, an integer or a float",
    ),
    (
        lambda w: w.add_histogram("weights.grad", None, 1),
        TypeError,
        "values of 'weights.grad' must be an array of numbers, got None: a parameter has no "
        "gradient before backward(), or if it takes no part in the loss",
    ),
    (
        lambda w: w.add_image("photo", np.ones((480, 640, 3), np.uint8), 1),
        ValueError,
        "image of 'photo' can't be drawn: its axis C in dataformats='CHW' is 480; it must be 1 to "
        "4: pass dataformats='HWC'",
    ),
    (
        lambda w: w.add_image("grey", np.ones((480, 640), np.uint8), 1),
        ValueError,
        "image of 'grey' can't be drawn: its shape is 480×640; with dataformats='CHW' it must have "
        "3 axes: pass dataformats='HW'",
    ),
    (
        lambda w: w.add_image("device", os.devnull, 1),
        ValueError,
        f"image of 'device' can't be drawn: {os.devnull!r} must be a regular file",
    ),
    (
        lambda w: w.add_text("note", 7, 1),
        TypeError,
        "text of 'note' must be a string, a list of strings or a list of rows of strings, got 7",
    ),
    (
        lambda w: w.add_audio("chord", np.ones((2, 3, 4, 5)), 1),
        ValueError,
        "audio of 'chord' can't be played: its shape is 2×3×4×5; it must be L, L×C or C×L samples "
        "of C channels, C being the shorter axis",
    ),
    (
        lambda w: w.add_image("known", np.ones((3, 4, 4)), 1),
        ValueError,
        "tag 'known' holds scalars already, and can't hold images too: TensorBoard takes one kind "
        "a tag",
    ),
    # Ready-made messages.
    (
        lambda w: w.file_writer.add_event("loss"),
        TypeError,
        "event must be an Event or bytes of one, got 'loss'",
    ),
]

OTHERS: list[tuple[Call, type[Exception], str]] = [
    # Options of a writer.
    (
        lambda folder: tfe.SummaryWriter(folder, durability="maybe"),  # type: ignore[arg-type]
        ValueError,
        "durability must be 'write' or 'fsync', got 'maybe'",
    ),
    (
        lambda folder: tfe.SummaryWriter(folder, buffer_bytes="1MB"),  # type: ignore[arg-type]
        TypeError,
        "buffer_bytes must be a number of bytes or files, got '1MB'",
    ),
    (
        lambda folder: tfe.SummaryWriter(folder, max_file_bytes=10),
        ValueError,
        "max_file_bytes must be at least 256, got 10",
    ),
    # Messages.
    (
        lambda _: tfe.Summary.Value(tga="loss"),  # type: ignore[call-arg]
        ValueError,
        "Summary.Value has no field 'tga'; it has tag, simple_value, obsolete_old_style_histogram, "
        "image, histo, audio, node_name, tensor, metadata",
    ),
    (
        lambda _: tfe.Event(step="one"),  # type: ignore[arg-type]
        TypeError,
        "Event.step must be an integer, got 'one'",
    ),
    # PNG.
    (
        lambda _: tfe.png.encode(np.ones((2, 2), np.float32)),
        TypeError,
        "array must be of dtype uint8, uint16 or bool, got float32",
    ),
    (
        lambda _: tfe.png.encode(np.ones((2, 2, 5), np.uint8)),
        ValueError,
        "array must be H×W, H×W×1 (grey), H×W×2 (grey, alpha), H×W×3 (RGB) or H×W×4 (RGBA), got "
        "shape (2, 2, 5)",
    ),
    # Reading.
    (
        lambda _: list(tfe.read_events("x.tfevents", on_error="no")),
        ValueError,
        "on_error must be 'raise', 'stop' or 'skip', got 'no'",
    ),
    (
        lambda folder: list(tfe.read_events(folder / "noise.tfevents")),
        tfe.DataLossError,
        "a record's length does not match its checksum (record at byte 0)",
    ),
    (
        lambda folder: list(tfe.read_events(folder / "torn.tfevents")),
        tfe.DataLossError,
        "the file ends within a record's header (record at byte 0)",
    ),
    (
        lambda folder: list(tfe.read_images(folder, on_error="no")),
        ValueError,
        "on_error must be 'raise', 'stop' or 'skip', got 'no'",
    ),
]

COMMANDS: list[tuple[list[str], str]] = [
    (["inspect", "{empty}"], "no event file found in {empty}"),
    (["inspect", "{empty}/x"], "{empty}/x: No such file or directory"),
    (
        ["export", "{run}", "-f", "parquet"],
        "parquet needs a file to write to: -o OUTPUT",
    ),
    (
        ["export", "{run}", "-f", "csv", "-o", "{file}"],
        "{file} exists already; --force replaces it",
    ),
    (["show", "{run}", "-t", "nothing"], "no scalar's tag matches nothing; there are a, b"),
    (
        ["repair", "{run}"],
        "{run} is a folder, and repair takes one event file: `tfevents-lite verify {run}` says "
        "which are damaged",
    ),
    (["merge", "{run}", "-o", "{run}"], "{run} holds event files already: name a new folder"),
    (
        ["rename-tags", "{run}", "-o", "{empty}", "--rename", "a", "b"],
        "tags 'a' and 'b' would both be called 'b'",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), WRITER, ids=[m[:50] for _, _, m in WRITER])
def test_of_a_writer(call: Call, kind: type[Exception], message: str, tmp_path: Path) -> None:
    """A writer's method says what is wrong, and has written nothing."""
    with tfe.SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_scalar("known", 1.0, 1)
        before = Path(writer.file_writer.file.path).stat().st_size
        with pytest.raises(kind) as raised:
            call(writer)
        assert (type(raised.value), str(raised.value)) == (kind, message)
        assert Path(writer.file_writer.file.path).stat().st_size == before


@pytest.mark.parametrize(("call", "kind", "message"), OTHERS, ids=[m[:50] for _, _, m in OTHERS])
def test_of_others(call: Call, kind: type[Exception], message: str, tmp_path: Path) -> None:
    """Options, messages, PNG and readers say what is wrong, and have made no file."""
    (tmp_path / "noise.tfevents").write_bytes(b"\xff" * 100)
    (tmp_path / "torn.tfevents").write_bytes(b"\x18")
    with pytest.raises(kind) as raised:
        call(tmp_path)
    assert (type(raised.value), str(raised.value)) == (kind, message)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(("arguments", "message"), COMMANDS, ids=[m for _, m in COMMANDS])
def test_of_commands(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command says what is wrong in one line, has made no file, and ends with 1."""
    names = {"run": tmp_path / "run", "empty": tmp_path / "empty", "file": tmp_path / "file"}
    names["empty"].mkdir()
    names["file"].touch()
    with tfe.SummaryWriter(names["run"]) as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.add_scalar("b", 1.0, 1)
    before = sorted(tmp_path.rglob("*"))
    assert main([argument.format(**names) for argument in arguments]) == 1
    assert capsys.readouterr().err == f"tfevents-lite: {message.format(**names)}\n"
    assert sorted(tmp_path.rglob("*")) == before
