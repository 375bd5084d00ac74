"""Histograms, images, text, PR curves, sound and embeddings, each against both peers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from .harness import Row, compare
from .peers import writers


def run(scale: float) -> list[Row]:
    """A row for each kind; `scale` multiplies how often each is logged a round."""
    random = np.random.default_rng(0)
    rgb = photo()
    digit = random.random((1, 28, 28)).astype(np.float32)
    digits = random.random((64, 1, 28, 28)).astype(np.float32)
    values = random.normal(size=1_000_000).astype(np.float32)
    few = values[:1000]
    labels, scores = random.integers(0, 2, 10_000), random.random(10_000)
    second = np.sin(np.linspace(0, 2764, 44_100)).astype(np.float32)
    vectors = random.normal(size=(1000, 64)).astype(np.float32)
    sprites = random.random((1000, 1, 28, 28)).astype(np.float32)
    names = [f"item {index}" for index in range(1000)]

    steps = count()

    def log(method: str, *arguments: Any, **options: Any) -> Callable[[Any], Any]:
        return lambda writer: getattr(writer, method)(
            "tag", *arguments, global_step=next(steps), **options
        )

    def embed(writer: Any) -> None:
        sprite = as_torch(sprites) if type(writer).__module__.startswith("torch") else sprites
        writer.add_embedding(vectors, names, sprite, global_step=next(steps))

    return [
        row("add_histogram of 1,000,000 float32", log("add_histogram", values), 10 * scale, 3, 0),
        row("add_histogram of 1,000 float32", log("add_histogram", few), 300 * scale, 5, 0),
        row("add_image 512×512×3 uint8", log("add_image", rgb, dataformats="HWC"), 5 * scale, 3, 0),
        row("add_image 28×28 float32", log("add_image", digit), 300 * scale, 1.5, 0),
        row("add_images 64×1×28×28 float32", log("add_images", digits), 10 * scale, 8, 0),
        row("add_text", log("add_text", "**a few** words"), 1000 * scale, 10, 10),
        row("add_pr_curve of 10,000", log("add_pr_curve", labels, scores), 200 * scale, 2, 2),
        row("add_audio of 1 s", log("add_audio", second), 20 * scale, 5, 5),
        row("add_embedding 1,000×64 with sprites", embed, 2 * scale, 2, 2, values=0),
    ]  # fmt: skip


def row(
    work: str,
    call: Callable[[Any], object],
    number: float,
    tensorboardx: float,
    torch: float,
    *,
    values: int = 1,
) -> Row:
    """Log a kind so many times a round, with each writer; each time adds so many values."""
    times = max(int(number), 1)

    def repeated(writer: Any) -> None:
        for _ in range(times):
            call(writer)

    targets = {"tensorboardX": tensorboardx, "torch": torch}
    contestants = writers(repeated, values=values * times)
    wanted = {name: ratio for name, ratio in targets.items() if ratio}
    return compare(work, contestants, per=times, targets=wanted)


def photo() -> np.ndarray[Any, Any]:
    """The astronaut that scikit-image bundles, 512×512×3; without it, a noisy gradient."""
    try:
        from skimage import data
    except ImportError:
        y, x, c = np.mgrid[0:512, 0:512, 0:3]
        noise = np.random.default_rng(0).integers(0, 8, (512, 512, 3))
        gradient: np.ndarray[Any, Any] = ((x + y * (c + 1)) // 8 % 248 + noise).astype(np.uint8)
        return gradient
    astronaut: np.ndarray[Any, Any] = data.astronaut()
    return astronaut


def as_torch(array: np.ndarray[Any, Any]) -> Any:
    """torch's add_embedding takes tensors alone."""
    import torch

    return torch.from_numpy(array)
