"""Meshes: vertices, colours and faces as TensorBoard serves them to its page."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

VERTICES = np.array([[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]], np.float32)
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255]], np.int64)
FACES = np.array([[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]], np.int64)
CONFIG = {"material": {"cls": "PointsMaterial", "size": 0.1}, "camera": {"fov": 75}}


def test_all_parts_are_served(tensorboard: TensorBoardServer) -> None:
    """Each part of each mesh of a batch is served with the values that went in, at each step."""
    folder = tensorboard.new_run("mesh")
    batch = np.stack([VERTICES, VERTICES * 2])
    with tfe.SummaryWriter(folder) as writer:
        for step in (1, 5):
            writer.add_mesh(
                "my/mesh", batch * step, np.stack([COLORS] * 2), np.stack([FACES] * 2), CONFIG,
                step, 100.0,
            )  # fmt: skip
    tensorboard.reload()
    assert tensorboard.tags("mesh")[folder.name]["my/mesh"]["samples"] == 2
    entries = tensorboard.meshes(folder.name, "my/mesh")
    assert sorted((entry["step"], entry["content_type"]) for entry in entries) == [
        (step, content) for step in (1, 5) for content in (1, 2, 3)
    ]
    for entry in entries:
        assert entry["components"] == 0b1110
        assert entry["data_shape"] == [2, 4, 3]
        assert json.loads(entry["config"]) == CONFIG
        assert entry["wall_time"] == 100.0
    for step in (1, 5):
        for sample in (0, 1):
            parts = {"VERTEX": batch[sample] * step, "COLOR": COLORS, "FACE": FACES}
            for content, expected in parts.items():
                found = tensorboard.mesh_data(folder.name, "my/mesh", content, step, sample)  # type: ignore[arg-type]
                np.testing.assert_array_equal(found, expected.reshape(-1), content)


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        (COLORS.astype(np.uint8), COLORS),
        (COLORS / 255.0, COLORS),
        (COLORS.astype(float), COLORS),
        (np.full((4, 3), 0.5, np.float32), np.full((4, 3), 128)),
        (COLORS > 0, COLORS),
        (np.ones((4, 3)), np.full((4, 3), 255)),
        (np.ones((4, 3), np.int8), np.ones((4, 3))),
    ],
)
def test_colors_are_bytes(tensorboard: TensorBoardServer, colors: Any, expected: Any) -> None:
    """Integers are 0..255 and floats 0..1, as torch documents; floats beyond 1 are 0..255."""
    folder = tensorboard.new_run("colors")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_mesh("points", VERTICES, colors)
    tensorboard.reload()
    found = tensorboard.mesh_data(folder.name, "points", "COLOR", 0)
    np.testing.assert_array_equal(found, np.asarray(expected).reshape(-1))
    assert tensorboard.meshes(folder.name, "points")[0]["components"] == 0b1010
    assert json.loads(tensorboard.meshes(folder.name, "points")[0]["config"]) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((4, 2)),), r"vertices of 'm' must be B×N×3 or N×3, got shape \(1, 4, 2\)"),
        ((np.zeros(3),), r"vertices of 'm' must be B×N×3 or N×3, got shape \(3,\)"),
        ((np.zeros((1, 0, 3)),), r"vertices of 'm' must be B×N×3 or N×3, got shape \(1, 0, 3\)"),
        (([[0, 0, math.nan]],), "vertices of 'm' must be finite"),
        ((None,), "vertices of 'm' must be an array of numbers"),
        (("abc",), "vertices of 'm' must be an array of numbers"),
        (([[0, 0, 1j]],), "vertices of 'm' must be an array of numbers"),
        ((VERTICES, COLORS[:2]), "colors of 'm' must be of the vertices' shape"),
        ((VERTICES, COLORS * 2), "colors of 'm' must be within 0..255, or floats within 0..1"),
        ((VERTICES, -COLORS / 255), "colors of 'm' must be within 0..255, or floats within 0..1"),
        ((VERTICES, COLORS * math.nan), "colors of 'm' must be within 0..255, or floats within"),
        ((VERTICES, None, FACES + 1), r"faces of 'm' must be 1×M×3 whole numbers in 0..3"),
        ((VERTICES, None, FACES - 0.5), "faces of 'm' must be 1×M×3 whole numbers in 0..3"),
        ((VERTICES, None, FACES * math.nan), "faces of 'm' must be 1×M×3 whole numbers in 0..3"),
        ((VERTICES, None, FACES * 1e300), "faces of 'm' must be 1×M×3 whole numbers in 0..3"),
        ((VERTICES, None, [FACES, FACES]), "faces of 'm' must be 1×M×3 whole numbers in 0..3"),
        ((VERTICES, None, None, "json"), "config_dict of 'm' must be a dictionary, got 'json'"),
        ((VERTICES, None, None, {"a": {1}}), "config_dict of 'm' must be what JSON can say"),
        ((VERTICES, None, None, {"a": math.nan}), "config_dict of 'm' must be what JSON can say"),
    ],
)
def test_bad_meshes(arguments: Any, message: str, tmp_path: Path) -> None:
    """What makes no mesh raises an error that names tag and argument, and nothing is written."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_mesh("m", *arguments)
    assert writer.file_writer.file.events == 1
    writer.close()
