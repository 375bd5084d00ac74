"""The pictures that PNG encoders are compared on, by kind; a third of each kind is held out.

Photographs, photographs decoded from JPEG, scans, plots, heat maps, masks, gradients, digits, logos
and text; some are in the wheel of scikit-image, the others are made here. What decides how a
picture is compressed was tuned without those that are held out.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


class Picture(NamedTuple):
    """H×W or H×W×C uint8, its kind, and whether it was kept out of the tuning."""

    kind: str
    name: str
    image: Image
    held_out: bool


DRAWN = ("plot", "heat map", "mask", "gradient", "digits", "logo", "text")
"""The kinds that are drawn; the others are photographed or scanned."""


def corpus() -> list[Picture]:
    """Every picture, in a fixed order; every third of a kind is held out."""
    found = []
    for kind, pictures in KINDS.items():
        for index, (name, image) in enumerate(pictures()):
            array = np.ascontiguousarray(image, np.uint8)
            found.append(Picture(kind, name, array, index % 3 == 2))
    return found


def tiny() -> list[Picture]:
    """A few small ones, for a run that takes seconds."""
    chosen = [p for p in corpus() if p.kind in ("mask", "gradient", "digits")]
    return [p._replace(image=np.ascontiguousarray(p.image[:96, :96])) for p in chosen]


def _bundled(*names: str) -> Iterator[tuple[str, Image]]:
    """Files of scikit-image's wheel, in the mode that they are stored in."""
    import skimage
    from PIL import Image as PillowImage

    folder = Path(skimage.__file__).parent / "data"
    for name in names:
        image: PillowImage.Image = PillowImage.open(folder / name)
        if image.mode not in ("L", "RGB", "RGBA"):
            image = image.convert("RGB" if image.mode == "P" else "L")
        yield name.partition(".")[0], np.asarray(image)


def photographs() -> Iterator[tuple[str, Image]]:
    """Never compressed with loss, as far as one can see."""
    yield from _bundled(
        "astronaut.png", "camera.png", "coffee.png", "chelsea.png", "brick.png", "grass.png",
        "gravel.png", "moon.png", "motorcycle_left.png", "cell.png",
    )  # fmt: skip


def decoded_jpegs() -> Iterator[tuple[str, Image]]:
    """Photographs that were JPEG files, as they are or enlarged."""
    from PIL import Image as PillowImage

    yield from _bundled("hubble_deep_field.jpg", "retina.jpg", "rocket.jpg")
    for name, quality, scale in (
        ("astronaut.png", 75, 1), ("coffee.png", 60, 1), ("chelsea.png", 85, 1),
        ("astronaut.png", 90, 2), ("camera.png", 50, 1), ("coffee.png", 80, 1.5),
    ):  # fmt: skip
        ((title, pixels),) = _bundled(name)
        file = io.BytesIO()
        PillowImage.fromarray(pixels).save(file, "jpeg", quality=quality)
        image: PillowImage.Image = PillowImage.open(file)
        if scale != 1:
            nearest = PillowImage.Resampling.NEAREST
            size = round(image.width * scale), round(image.height * scale)
            image = image.resize(size, nearest)
        yield f"{title}_{quality}_{scale}", np.asarray(image)


def scans() -> Iterator[tuple[str, Image]]:
    """Paper, microscope slides and instruments."""
    yield from _bundled(
        "page.png", "coins.png", "clock_motion.png", "text.png", "ihc.png", "microaneurysms.png"
    )


def plots() -> Iterator[tuple[str, Image]]:
    """Matplotlib figures as `add_figure` logs them: RGBA, mostly 640×480."""
    random = np.random.default_rng(1)
    x = np.linspace(0, 10, 500)

    def lines(axes: Any) -> None:
        for k in range(5):
            axes.plot(x, np.sin(x + k) * np.exp(-x / (5 + k)), label=f"run {k}")
        axes.legend()
        axes.grid(visible=True)

    def scatter(axes: Any) -> None:
        points = random.normal(size=(2, 2000))
        axes.scatter(points[0], points[1], c=random.random(2000), s=12, alpha=0.5)

    def bars(axes: Any) -> None:
        axes.bar([f"class {i}" for i in range(8)], random.random(8))
        axes.set_title("Accuracy by class")

    def noisy(axes: Any) -> None:
        axes.plot(np.cumsum(random.normal(size=5000)), linewidth=0.7)
        axes.fill_between([0, 5000], -20, 20, alpha=0.2)

    def boxes(axes: Any) -> None:
        axes.boxplot([random.normal(i, 1, 200) for i in range(6)])
        axes.set_xlabel("layer")

    def contour(axes: Any) -> None:
        grid = np.hypot(*np.meshgrid(x, x[:300] - 3))
        axes.contourf(np.sin(grid), levels=12)

    for draw in (lines, scatter, bars, noisy, boxes, contour):
        yield draw.__name__, _figure(draw)

    def histograms(axes: Any) -> None:
        axes.hist(random.normal(size=1000), bins=40)

    yield "histograms_2x2", _figure(histograms, rows=2, columns=2, figsize=(10, 8))
    yield "lines_800x600", _figure(lines, figsize=(8, 6))
    yield "small_3x2", _figure(bars, figsize=(3, 2))


def heat_maps() -> Iterator[tuple[str, Image]]:
    """Matrices in colours: with axes, with numbers, and the bare pixels."""
    import matplotlib

    random = np.random.default_rng(3)
    viridis = (matplotlib.colormaps["viridis"](np.arange(256))[:, :3] * 255).astype(np.uint8)

    def confusion(axes: Any) -> None:
        axes.imshow(random.random((24, 24)))

    def numbered(axes: Any) -> None:
        matrix = random.random((10, 10))
        axes.imshow(matrix, cmap="Blues")
        for (row, column), value in np.ndenumerate(matrix):
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7)

    def smooth(axes: Any) -> None:
        axes.imshow(random.random((8, 8)), interpolation="bicubic", cmap="magma")

    yield "confusion", _figure(confusion)
    yield "numbered", _figure(numbered)
    yield "smooth", _figure(smooth)
    attention = np.kron(random.random((32, 32)), np.ones((12, 12)))
    yield "attention", viridis[(attention * 255).astype(np.uint8)]
    grid = np.add.outer(np.sin(np.linspace(0, 9, 300)), np.cos(np.linspace(0, 7, 400)))
    yield "field", viridis[((grid + 2) / 4 * 255).astype(np.uint8)]
    spectrum = np.abs(np.fft.rfft(random.normal(size=(400, 512)), axis=1))[:, :256]
    yield "spectrogram", viridis[np.clip(spectrum * 6, 0, 255).astype(np.uint8).T]


def masks() -> Iterator[tuple[str, Image]]:
    """Classes, colours of classes, and binary masks."""
    random = np.random.default_rng(2)
    y, x = np.mgrid[:512, :512]
    centres = random.integers(0, 512, (40, 2))
    away = (y[..., None] - centres[:, 0]) ** 2 + (x[..., None] - centres[:, 1]) ** 2
    nearest = np.argmin(away, axis=-1)
    yield "classes", nearest.astype(np.uint8)
    yield "colours", random.integers(0, 256, (40, 3), dtype=np.uint8)[nearest]
    yield "binary", ((np.hypot(x - 256, y - 256) < 150) * 255).astype(np.uint8)
    (_, camera), *_ = _bundled("camera.png")
    yield "threshold", ((camera > 100) * 255).astype(np.uint8)
    blobs = np.sin(x / 23) + np.cos(y / 31) + np.sin((x + y) / 17) > 0.6
    yield "blobs_rgba", np.dstack([blobs * 255] * 3 + [blobs * 128]).astype(np.uint8)
    (_, horse), *_ = _bundled("horse.png")
    yield "horse", horse
    yield "rectangles", _rectangles(random)
    yield "flat", np.full((512, 512, 3), (30, 120, 200), np.uint8)


def _rectangles(random: np.random.Generator) -> Image:
    image = np.full((480, 640, 3), 255, np.uint8)
    for top, left, height, width in random.integers(0, 240, (30, 4)).tolist():
        image[top * 2 : top * 2 + height, left * 2 : left * 2 + width] = random.integers(0, 256, 3)
    return image


def gradients() -> Iterator[tuple[str, Image]]:
    """Linear in one or two ways, radial, in hue, as a colour bar."""
    y, x = np.mgrid[:512, :512]
    radius = np.hypot(x - 256, y - 256)
    yield "linear_grey", (x // 2).astype(np.uint8)
    yield "two_ways_rgb", np.stack((x // 2, y // 2, (x + y) // 4), axis=-1).astype(np.uint8)
    yield "radial_grey", np.clip(255 - radius * 0.7, 0, 255).astype(np.uint8)
    yield "diagonal_grey", ((x + y) // 4).astype(np.uint8)
    hue = x[:256, :400] / 400 * 6
    hsv = np.clip(np.abs((hue[..., None] + [0, 4, 2]) % 6 - 3) - 1, 0, 1)
    yield "hue_by_value", (hsv * (y[:256, :400, None] / 255) * 255).astype(np.uint8)
    yield "two_ways_small", np.dstack((x[:64, :64] * 4, y[:64, :64] * 4, x[:64, :64] * 0))
    steps = np.stack((255 - x // 2, x // 3, y // 2, 255 - x * 0), axis=-1)
    yield "two_ways_rgba", steps.astype(np.uint8)
    yield "radial_rgb", np.stack((radius, 255 - radius, radius / 2), axis=-1).clip(0, 255)
    yield "float_ramp", np.add.outer(np.linspace(0, 90, 300), np.linspace(0, 160, 500))


def digits() -> Iterator[tuple[str, Image]]:
    """Grids of soft strokes of 28×28 pixels, as handwritten digits look."""
    yield "grid_16x16", _strokes(np.random.default_rng(2), 16, 16)
    rgb = _strokes(np.random.default_rng(4), 8, 8)
    yield "grid_8x8_rgb", np.dstack([rgb] * 3)
    yield "grid_4x8", _strokes(np.random.default_rng(5), 4, 8)
    yield "one", _strokes(np.random.default_rng(6), 1, 1).repeat(3, 0).repeat(3, 1)


def _strokes(random: np.random.Generator, rows: int, columns: int) -> Image:
    y, x = np.mgrid[:28, :28]
    grid = np.zeros((rows, 28, columns, 28))
    for row in range(rows):
        for column in range(columns):
            ink = np.zeros((28, 28))
            points = random.uniform(6, 22, (4, 2))
            for start, end in zip(points[:-1], points[1:]):
                for t in np.linspace(0, 1, 12):
                    cy, cx = start * (1 - t) + end * t
                    ink = np.maximum(ink, 2 - np.hypot(y - cy, x - cx))
            grid[row, :, column] = np.clip(ink, 0, 1) * 255
    return grid.reshape(rows * 28, columns * 28).astype(np.uint8)


def logos() -> Iterator[tuple[str, Image]]:
    """Few shapes with smooth edges, with and without alpha."""
    yield from _bundled("logo.png", "color.png")
    yield "ring_rgba_64", _logo(64, alpha=True)
    yield "ring_rgb_200", _logo(200, alpha=False)
    yield "ring_rgba_256", _logo(256, alpha=True)
    yield "ring_rgba_48", _logo(48, alpha=True)
    yield "word_rgba", _words(["tfevents-lite"], (320, 90), 48, alpha=True)


def _logo(side: int, alpha: bool) -> Image:
    y, x = np.mgrid[:side, :side] / side - 0.5
    ring = np.clip((0.12 - np.abs(np.hypot(x, y) - 0.32)) * side / 2, 0, 1)
    bar = np.clip((0.08 - np.abs(x + y)) * side, 0, 1)
    cover = np.maximum(ring, bar)
    colour = np.where((bar > ring)[..., None], (232, 113, 10), (66, 133, 244))
    if alpha:
        return np.dstack((colour * (cover > 0)[..., None], cover * 255)).astype(np.uint8)
    pixels: Image = (255 + (colour - 255) * cover[..., None]).astype(np.uint8)
    return pixels


def texts() -> Iterator[tuple[str, Image]]:
    """Words in Pillow's own font with grey edges."""
    random = np.random.default_rng(2)
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
    ]
    lines = [" ".join(words[i] for i in random.integers(0, len(words), 14)) for _ in range(28)]
    yield "page_grey", _words(lines, (800, 600), 16)[..., 0]
    yield "page_rgb", _words(lines[:15], (500, 320), 14)
    yield "terminal_rgba", 255 - _words(lines[:20], (700, 400), 12, alpha=True)
    yield "caption", _words(["epoch 12"], (120, 24), 14)[..., 0]


def _words(lines: list[str], size: tuple[int, int], points: int, alpha: bool = False) -> Image:
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    page = PillowImage.new("RGBA", size, (255, 255, 255, 0 if alpha else 255))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(points)
    for index, line in enumerate(lines):
        draw.text((12, 12 + index * points * 1.3), line, fill=(20, 30, 60, 255), font=font)
    return np.asarray(page if alpha else page.convert("RGB"))


def noise() -> Iterator[tuple[str, Image]]:
    """What nobody can compress."""
    random = np.random.default_rng(7)
    yield "grey", random.integers(0, 256, (512, 512), dtype=np.uint8)
    yield "rgb", random.integers(0, 256, (256, 256, 3), dtype=np.uint8)


def _figure(
    draw: Callable[[Any], None], rows: int = 1, columns: int = 1, figsize: Any = (6.4, 4.8)
) -> Image:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=figsize)
    canvas = FigureCanvasAgg(figure)
    for axis in np.ravel(np.array(figure.subplots(rows, columns))):
        draw(axis)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        canvas.draw()  # type: ignore[no-untyped-call]
    return np.array(canvas.buffer_rgba())  # type: ignore[no-untyped-call]


KINDS: dict[str, Callable[[], Iterator[tuple[str, Any]]]] = {
    "photograph": photographs,
    "decoded JPEG": decoded_jpegs,
    "scan": scans,
    "plot": plots,
    "heat map": heat_maps,
    "mask": masks,
    "gradient": gradients,
    "digits": digits,
    "logo": logos,
    "text": texts,
    "noise": noise,
}
