"""The pictures that PNG encoders are compared on, from files scikit-image ships and from code that
draws them.

Nothing is downloaded. Every picture is uint8, H×W, H×W×3 or H×W×4; the same code gives the same
pictures anywhere, except that figures depend a little on matplotlib's version.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_BUNDLED = [
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "color.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "logo.png",
    "microaneurysms.png",
    "moon.png",
    "motorcycle_left.png",
    "page.png",
    "phantom.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
]


def bundled() -> Iterator[tuple[str, Image]]:
    """What scikit-image's wheel carries: photographs, micrographs, scans, a logo; as they are,
    dtype and channels.
    """
    import skimage
    from PIL import Image as PillowImage

    folder = Path(skimage.__file__).parent / "data"
    for name in _BUNDLED:
        if (folder / name).exists():
            image: PillowImage.Image = PillowImage.open(folder / name)
            if image.mode not in ("L", "RGB", "RGBA"):
                image = image.convert("RGB" if image.mode == "P" else "L")
            yield name.partition(".")[0], np.asarray(image)


def figures() -> Iterator[tuple[str, Image]]:
    """Matplotlib figures as `SummaryWriter.add_figure` would log them: RGBA, 640×480."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    random = np.random.default_rng(1)
    x = np.linspace(0, 10, 500)

    def finish(figure: Any) -> Image:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            figure.canvas.draw()
        result = np.array(figure.canvas.buffer_rgba())
        pyplot.close(figure)
        return result

    figure, axes = pyplot.subplots()
    for k in range(5):
        axes.plot(x, np.sin(x + k) * np.exp(-x / (5 + k)), label=f"run {k}")
    axes.legend()
    axes.set_title("Loss of five runs")
    axes.grid(visible=True)
    yield "figure_lines", finish(figure)

    figure, axes = pyplot.subplots()
    x_y = random.normal(size=(2, 2000))
    axes.scatter(x_y[0], x_y[1], c=random.random(2000), s=12, alpha=0.5)
    axes.set_title("Embedding")
    yield "figure_scatter", finish(figure)

    figure, axes = pyplot.subplots()
    axes.imshow(random.random((24, 24)), cmap="viridis")
    axes.set_title("Confusion matrix")
    yield "figure_heatmap", finish(figure)

    figure, axes = pyplot.subplots(2, 2, figsize=(10, 8))
    for axis in axes.flat:
        axis.hist(random.normal(size=1000), bins=40)
        axis.set_xlabel("weight")
    yield "figure_histograms", finish(figure)


def drawn() -> Iterator[tuple[str, Image]]:
    """Synthetic pictures: masks, digits, text, gradients, noise, flat colour."""
    random = np.random.default_rng(2)
    y, x = np.mgrid[:512, :512]

    centres = random.integers(0, 512, (40, 2))
    nearest = np.argmin(
        (y[..., None] - centres[:, 0]) ** 2 + (x[..., None] - centres[:, 1]) ** 2, axis=-1
    )
    yield "mask_classes", nearest.astype(np.uint8)
    yield "mask_colours", random.integers(0, 256, (40, 3), dtype=np.uint8)[nearest]
    yield "mask_binary", ((np.hypot(x - 256, y - 256) < 150) * 255).astype(np.uint8)

    yield "digits", _digits(random)
    yield "text_page", _text(random)

    yield "gradient_grey", ((x + y) // 4).astype(np.uint8)
    yield "gradient_rgb", np.stack((x // 2, y // 2, (x + y) // 4), axis=-1).astype(np.uint8)
    yield "noise_grey", random.integers(0, 256, (512, 512), dtype=np.uint8)
    yield "noise_rgb", random.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    yield "flat_rgb", np.full((512, 512, 3), (30, 120, 200), np.uint8)


def _digits(random: np.random.Generator) -> Image:
    """A grid of 16×16 soft-edged strokes of 28×28 pixels, as handwritten digits look."""
    y, x = np.mgrid[:28, :28]
    grid = np.zeros((16, 28, 16, 28))
    for row in range(16):
        for column in range(16):
            ink = np.zeros((28, 28))
            points = random.uniform(6, 22, (4, 2))
            for start, end in zip(points[:-1], points[1:]):
                for t in np.linspace(0, 1, 12):
                    cy, cx = start * (1 - t) + end * t
                    ink = np.maximum(ink, 2 - np.hypot(y - cy, x - cx))
            grid[row, :, column] = np.clip(ink, 0, 1) * 255
    return grid.reshape(448, 448).astype(np.uint8)


def _text(random: np.random.Generator) -> Image:
    """A page of words in Pillow's own font, black on white, with grey edges."""
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    words = [
        "loss",
        "step",
        "accuracy",
        "the",
        "model",
        "of",
        "training",
        "and",
        "image",
        "batch",
        "gradient",
        "value",
        "with",
        "tensor",
    ]
    page = PillowImage.new("L", (800, 600), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(16)
    for line in range(28):
        text = " ".join(words[i] for i in random.integers(0, len(words), 14))
        draw.text((12, 12 + line * 20), text, fill=0, font=font)
    return np.asarray(page)


def corpus() -> list[tuple[str, Image]]:
    """Every picture with its name, in a fixed order."""
    return [*bundled(), *figures(), *drawn()]


def tiny() -> list[tuple[str, Image]]:
    """A handful of small ones, for a run that takes seconds."""
    return [(name, np.ascontiguousarray(image[:96, :96])) for name, image in drawn()]
