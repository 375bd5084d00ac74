"""`embedding`: what the projector gets is what was given, labels and pictures at their points."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

import tfevents_lite as tfe
from tfevents_lite.schema.projector import EmbeddingInfo
from tfevents_lite.summary.embedding_summary import add_to_config

from ..oracles.tensorboard import TensorBoardServer

RANDOM = np.random.default_rng(7)
ROUTE = "data/plugin/projector/"


def labels_of(labels: Any, header: Any = None) -> list[str]:
    made = tfe.summary.embedding(np.zeros((len(labels), 2)), labels, metadata_header=header)
    text = made.files["metadata.tsv"].decode()
    assert text.endswith("\n")
    return text.split("\n")[:-1]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_read_back_exactly(numbers: list[float]) -> None:
    """Each number is the same 32-bit float when it is read again."""
    data = tfe.summary.embedding(np.array([numbers], np.float32)).files["tensors.tsv"]
    read = np.array([float(cell) for cell in data.decode().split("\t")], np.float32)
    assert read.tobytes() == np.array(numbers, np.float32).tobytes()


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2000, 7), (3, 20_000)])
def test_rows_and_columns(shape: tuple[int, int]) -> None:
    """A line a point and a column a dimension, however many there are of either."""
    points = RANDOM.normal(size=shape).astype(np.float32)
    lines = tfe.summary.embedding(points).files["tensors.tsv"].decode().splitlines()
    read = np.array([line.split("\t") for line in lines], np.float32)
    np.testing.assert_array_equal(read, points)


def test_integers_are_written_as_such() -> None:
    """Large integers and bool lose nothing on the way."""
    files = tfe.summary.embedding([[2**62, -1]]).files
    assert files["tensors.tsv"] == b"4611686018427387904\t-1\n"
    assert tfe.summary.embedding(np.eye(2) > 0).files["tensors.tsv"] == b"1\t0\n0\t1\n"


def test_what_is_no_number_becomes_zero() -> None:
    """NaN and infinities, which the projector can't place, are 0, with one warning."""
    with pytest.warns(UserWarning, match="3 numbers of mat of 'default' that are not finite"):
        files = tfe.summary.embedding([[np.nan, np.inf], [-np.inf, 1]]).files
    assert files["tensors.tsv"] == b"0\t0\n0\t1\n"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_label_stays_on_its_line(labels: list[str]) -> None:
    """Tabs, ends of lines and emptiness neither add a line nor take one away."""
    lines = labels_of(labels)
    assert len(lines) == len(labels)
    assert all(line.strip() and "\t" not in line and line.splitlines() == [line] for line in lines)
    for line, label in zip(lines, labels):
        if label.isprintable() and label.strip():
            assert line == label


def test_columns_have_names() -> None:
    """Several columns are headed by the names that are given, or else by their numbers."""
    rows = [["a\tb", 1], ["c\nd", 2]]
    assert labels_of(rows, ["name", "size"]) == ["name\tsize", "a b\t1", "c d\t2"]
    assert labels_of(rows) == ["column 1\tcolumn 2", "a b\t1", "c d\t2"]


def test_one_column_has_no_head() -> None:
    """The projector takes a line for names only if it has a tab: one name would be a label."""
    assert labels_of([["a"], ["b"]], ["name"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"metadata": ["a"]}, "metadata of 'default' must have a label for each of 2 points"),
        ({"metadata": [["a"], ["b", "c"]]}, r"must have 1 columns in each row, got ['b', 'c']"),
        ({"metadata": [[1], [2]], "metadata_header": ["a", "b"]}, "must have 2 columns"),
        ({"label_img": np.zeros((3, 1, 2, 2))}, "must have a picture for each of 2 points, has 3"),
        ({"label_img": np.zeros((2, 1, 9000, 1))}, "must fit into 8192 pixels a side"),
        ({"mat": [1.0]}, "mat of 'default' can't be shown: its shape is 1; it must be N×D"),
        ({"mat": np.zeros((0, 3))}, "its shape is 0×3"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, Any], problem: str) -> None:
    """The error names the tag and the argument, and says what would be right."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        tfe.summary.embedding(**{"mat": [[1, 2], [3, 4]], **arguments})


@pytest.mark.parametrize(("height", "width"), [(5, 5), (3, 10), (10, 3)])
def test_each_point_has_its_picture(height: int, width: int) -> None:
    """Pictures are row by row from the top left, where the page looks for them."""
    pictures = RANDOM.integers(0, 256, (11, 3, height, width), np.uint8)
    made = tfe.summary.embedding(np.zeros((11, 2)), label_img=pictures)
    assert made.info.sprite.single_image_dim == [width, height]
    with Image.open(io.BytesIO(made.files["sprite.png"])) as image:
        sprite = np.asarray(image.convert("RGB"))
    columns = sprite.shape[1] // width
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        part = sprite[row * height :, column * width :][:height, :width]
        np.testing.assert_array_equal(part, picture.transpose(1, 2, 0))


def test_an_entry_takes_its_namesakes_place() -> None:
    """Entries of others stay, also those of other programs; the text is protobuf's."""
    theirs = ProjectorConfig()
    for name in ("theirs", "shared"):
        entry = theirs.embeddings.add(tensor_name=name, metadata_path="old")
        entry.sprite.image_path = "picture"
    text = text_format.MessageToString(theirs)
    for tag in ("shared", 'a "quoted" ☃', "shared"):
        text = add_to_config(text, EmbeddingInfo(tensor_name=tag, tensor_path="new"))
    read = text_format.Parse(text, ProjectorConfig())
    assert [(e.tensor_name, e.tensor_path) for e in read.embeddings] == [
        ("theirs", ""),
        ('a "quoted" ☃', "new"),
        ("shared", "new"),
    ]
    assert read.embeddings[0] == theirs.embeddings[0]


def test_embeddings_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """Points, labels and pictures of several embeddings of a run are what the projector gets."""
    points = RANDOM.normal(size=(20, 3)).astype(np.float32)
    pictures = RANDOM.random((20, 1, 8, 8))
    names = [[f"point {n}", n % 3] for n in range(20)]
    folder = tensorboard.new_run("embedding")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_embedding(points, names, pictures, 5, "first", ["name", "class"])
        writer.add_embedding(points * 2, tag="../second/x", global_step=7)
    with tfe.SummaryWriter(folder) as writer:
        writer.add_embedding(points * 3, ["a"] * 20, tag="third")
    assert {path.name for path in folder.parent.iterdir() if path.name == "second"} == set()
    tensorboard.reload()
    assert folder.name in tensorboard.get_json(ROUTE + "runs")
    config = tensorboard.get_json(ROUTE + "info", run=folder.name)
    entries = {entry["tensorName"]: entry for entry in config["embeddings"]}
    assert list(entries) == ["first:00005", "../second/x:00007", "third:00000"]
    for (name, entry), factor in zip(entries.items(), (1, 2, 3)):
        assert entry["tensorShape"] == [20, 3]
        body = tensorboard.get(ROUTE + "tensor", run=folder.name, name=name).body
        expected = (points * np.float32(factor)).astype(np.float32)
        np.testing.assert_array_equal(np.frombuffer(body, "<f4").reshape(20, 3), expected)
    first = {"run": folder.name, "name": "first:00005"}
    served = tensorboard.get(ROUTE + "metadata", **first).body.decode()
    expected_lines = ["name\tclass", *(f"{name}\t{kind}" for name, kind in names)]
    assert served.splitlines() == expected_lines
    sprite = tensorboard.get(ROUTE + "sprite_image", **first)
    assert sprite.content_type == "image/png"
    assert sprite.body == tfe.summary.embedding(points, label_img=pictures).files["sprite.png"]


def test_nothing_is_left_of_a_failed_write(tmp_path: Path) -> None:
    """Arguments are checked before any file is made."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises(ValueError, match="label"):
        writer.add_embedding([[1, 2]], ["a", "b"])
    writer.close()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_a_forked_child_adds_to_the_runs_embeddings(tmp_path: Path) -> None:
    """Embeddings of a forked child are in the run's own folder, beside its parent's."""
    code = """
import os
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run")
writer.add_embedding([[1.0, 2.0]], tag="parent")
child = os.fork()
if not child:
    writer.add_embedding([[1.0, 2.0]], tag="child")
    os._exit(0)
os.waitpid(child, 0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert not list(tmp_path.glob("run/process-*"))
    config = (tmp_path / "run" / "projector_config.pbtxt").read_text()
    assert config.count("embeddings {") == 2
    assert 'tensor_path: "00000/child/tensors.tsv"' in config
