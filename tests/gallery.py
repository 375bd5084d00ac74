"""Runs with every kind of data, for a look at each page of TensorBoard.

`python -m tests.gallery FOLDER` writes them. They look like three trainings of one network; the
numbers are made up.
"""

from __future__ import annotations

import math
import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfevents_lite import SummaryWriter
from tfevents_lite.summary import Node, NodeStats
from tfevents_lite.summary.boxes import text_mask

from .gallery_pictures import draw_pictures

STEPS = 60
SHOWN_STEPS = range(0, STEPS, 12)
# Learning rate and batch size of each run, and how well it learns.
RUNS = {
    "run-1": ({"learning rate": 0.1, "batch size": 32, "optimizer": "sgd", "nesterov": True}, 0.94),
    "run-2": ({"learning rate": 0.03, "batch size": 64, "optimizer": "adam"}, 0.98),
    "run-3": ({"learning rate": 0.001, "batch size": 64, "optimizer": "adam"}, 0.87),
}


def write_gallery(folder: str) -> list[str]:
    """Write the runs; return the paths of their event files."""
    paths = []
    for name, (hparams, quality) in RUNS.items():
        with SummaryWriter(os.path.join(folder, name)) as writer:
            paths.append(writer.file_writer.file.path)
            writer.add_hparams(hparams, ["accuracy/test", "loss/test"])
            _train(writer, quality)
            if name == "run-1":
                for show in (_show_images, _show_sound, _show_text, _show_mesh, _show_graph):
                    show(writer)
                _show_embedding(writer)
                writer.add_custom_scalars(LAYOUT)
    return paths


LAYOUT = {
    "training": {
        "losses": ["Multiline", ["loss/train", "loss/test"]],
        "confidence": ["Margin", ["band/value", "band/lower", "band/upper"]],
    },
    "speed": {"images a second": ["Multiline", ["speed"]]},
}


def _train(writer: SummaryWriter, quality: float) -> None:
    """Curves, histograms and precision-recall curves of one run."""
    random = np.random.default_rng(round(quality * 100))
    noise = random.normal(size=(STEPS, 4)) * 0.012
    for step in range(STEPS):
        learned = quality * (1 - math.exp(-step * quality / 9))
        writer.add_scalar("accuracy/train", learned + 0.02 + noise[step, 0], step)
        writer.add_scalar("loss/train", 2.3 * (1 - learned) + noise[step, 2], step)
        writer.add_scalar("accuracy/test", learned + noise[step, 1], step)
        writer.add_scalar("loss/test", 2.4 * (1 - learned) + noise[step, 3], step)
        band = {"value": learned, "lower": learned - 0.1, "upper": learned + 0.05}
        for name, value in band.items():
            writer.add_scalar(f"band/{name}", value, step)
        writer.add_scalar("speed", 900 + 300 * quality + 2000 * noise[step, 0], step)
        weights = random.normal(learned, 1.2 - learned, 4000)
        writer.add_histogram("weights/first", weights, step, bins=40)
        two_sided = np.concatenate([weights - 2, random.normal(1.5 * learned, 0.3, 3000)])
        writer.add_histogram("weights/last", two_sided, step, bins=40)
        if step in SHOWN_STEPS:
            labels = random.random(2000) < 0.4
            scores = 1 / (1 + np.exp(-random.normal((labels - 0.5) * 5 * learned**2, 1.2)))
            writer.add_pr_curve("digits/is a seven", labels, scores, step)


def _show_images(writer: SummaryWriter) -> None:
    """Pictures of each kind: RGB, floats, RGBA, grids, boxes, a plot, a video."""
    for step in SHOWN_STEPS:
        fractal, waves, sphere, mask = draw_pictures(step)
        writer.add_image("picture/fractal", fractal, step, dataformats="HWC")
        writer.image_summary("list of images", [waves, sphere, mask], step)
        boxes = [[38, 50, 110, 150], [150, 20, 240, 90]]
        labels = [f"spiral {0.5 + step / 200:.2f}", "café"]
        writer.add_image_with_boxes(
            "picture/boxes", fractal, boxes, step, dataformats="HWC", labels=labels
        )
    digits = np.stack([_glyph(character, 3) for character in "0123456789ABCDEF"])
    writer.add_images("grid", digits[:, np.newaxis], 0)
    writer.add_images("side by side", digits[:4], 0, dataformats="NHW", as_grid=False)
    frames = np.stack([draw_pictures(step)[0][::2, ::2] for step in range(0, 48, 2)])
    writer.add_video("video", frames, 0, fps=12, dataformats="THWC")
    writer.add_figure("figure", _plot(), 0)


def _plot() -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), layout="tight")
    axes = figure.subplots()
    x = np.linspace(0, 10, 200)
    for phase in range(4):
        axes.plot(x, np.sin(x + phase) * np.exp(-x / 8), label=f"phase {phase}")
    axes.legend()
    axes.set_title("Drawn by matplotlib")
    return figure


def _show_sound(writer: SummaryWriter) -> None:
    """A chord of three tones, and a sweep from left to right."""
    time = np.arange(22050 * 2) / 22050
    fading = np.exp(-time * 2)
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (261.6, 329.6, 392.0)) * fading / 3
    writer.add_audio("chord", chord, 0, sample_rate=22050)
    sweep = np.sin(2 * np.pi * (200 + 300 * time) * time) * 0.8
    stereo = np.stack([sweep * (2 - time) / 2, sweep * time / 2], axis=1)
    writer.add_audio("sweep in stereo", stereo, 0, sample_rate=22050)


def _show_text(writer: SummaryWriter) -> None:
    writer.add_text("markdown", "A **network** of *three* layers:\n\n- conv\n- relu\n- linear", 0)
    writer.add_text("table", [["layer", "parameters"], ["conv", "416"], ["linear", "15,690"]], 0)
    writer.add_text("as it is", "if a < b and *not* c:\n    print('<b>')", 0, raw=True)


def _show_mesh(writer: SummaryWriter) -> None:
    """A torus that grows, coloured by where its points are, and a cloud of points."""
    around, across = 48, 24
    u, v = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    angle, turn = u.ravel() * 2 * np.pi / around, v.ravel() * 2 * np.pi / across
    corner = u.ravel() * across + v.ravel()
    right = (u.ravel() + 1) % around * across + v.ravel()
    below = u.ravel() * across + (v.ravel() + 1) % across
    opposite = (u.ravel() + 1) % around * across + (v.ravel() + 1) % across
    faces = np.concatenate(
        [np.stack([corner, right, below], 1), np.stack([right, opposite, below], 1)]
    )
    for step in SHOWN_STEPS:
        tube = 0.2 + step / 150
        radius = 1 + tube * np.cos(turn)
        points = np.stack(
            [radius * np.cos(angle), radius * np.sin(angle), tube * np.sin(turn)], 1
        )  # fmt: skip
        colors = np.uint8(np.clip(points / 3 + 0.5, 0, 1) * 255)
        writer.add_mesh("torus", points[None], colors[None], faces[None], global_step=step)
    random = np.random.default_rng(1)
    cloud = random.normal(size=(1, 1500, 3))
    colors = np.uint8(np.clip(cloud / 5 + 0.5, 0, 1) * 255)
    large = {"material": {"cls": "PointsMaterial", "size": 0.08}}
    writer.add_mesh("cloud", cloud, colors, config_dict=large, global_step=0)


def _show_graph(writer: SummaryWriter) -> None:
    """A small network, and what its nodes took."""
    nodes = [Node("input", "Placeholder", output_shapes=[[None, 1, 28, 28]])]
    stats = []
    last, size = "input", [None, 1, 28, 28]
    for layer, channels in enumerate((8, 16), 1):
        scope = f"net/block{layer}"
        size = [None, channels, 28 // layer, 28 // layer]
        weight = [channels, channels // 2, 3, 3]
        nodes += [
            Node(f"{scope}/conv/weight", "Parameter", output_shapes=[weight]),
            Node(f"{scope}/conv/Conv2D", "Conv2D", [last, f"{scope}/conv/weight"],
                 {"kernel": [3, 3], "padding": "same"}, output_shapes=[size]),
            Node(f"{scope}/relu", "Relu", [f"{scope}/conv/Conv2D"], output_shapes=[size]),
            Node(f"{scope}/pool", "MaxPool", [f"{scope}/relu"], {"size": 2}, output_shapes=[size]),
        ]  # fmt: skip
        stats += [
            NodeStats(f"{scope}/conv/Conv2D", layer * 1000, 420 // layer, 200_704 // layer),
            NodeStats(f"{scope}/relu", layer * 1000 + 450, 30, 100_352 // layer),
            NodeStats(f"{scope}/pool", layer * 1000 + 490, 55, 25_088 // layer),
        ]
        last = f"{scope}/pool"
    nodes += [
        Node("net/classify/weight", "Parameter", output_shapes=[[784, 10]]),
        Node("net/classify/MatMul", "MatMul", [last, "net/classify/weight"],
             output_shapes=[[None, 10]]),
        Node("net/classify/Softmax", "Softmax", ["net/classify/MatMul"],
             output_shapes=[[None, 10]]),
        Node("output", "Identity", ["net/classify/Softmax"], output_shapes=[[None, 10]]),
    ]  # fmt: skip
    writer.add_graph(nodes)
    writer.add_run_metadata([*stats, NodeStats("net/classify/MatMul", 3000, 140, 40)], "step 1", 1)


def _glyph(character: str, size: int = 2) -> NDArray[Any]:
    """A character as a square of uint8, light on dark."""
    mask = text_mask(character, size)
    side = 8 * size
    top, left = (side - mask.shape[0]) // 2, (side - mask.shape[1]) // 2
    square = np.full((side, side), 24, np.uint8)
    square[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = 255
    return square


def _show_embedding(writer: SummaryWriter) -> None:
    """Noisy digits, each a point of as many dimensions as it has dots, with its picture."""
    random = np.random.default_rng(2)
    digits = np.stack([_glyph(character) for character in "0123456789"] * 30)
    shown = np.clip(digits + random.normal(0, 40, digits.shape), 0, 255).astype(np.uint8)
    labels = [[number % 10, f"digit {number % 10}, sample {number // 10}"] for number in range(300)]
    points = shown[:, 1::2, 1::2].reshape(300, -1) / np.float32(255)
    writer.add_embedding(points, labels, shown[:, None], 0, "digits", ["digit", "name"])


if __name__ == "__main__":
    write_gallery(sys.argv[1])
