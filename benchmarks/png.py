"""How fast and how small our PNG encoder is, beside Pillow's default: `python -m benchmarks.png`.

Every encoder gets the same pictures in the same run, on one core; rounds alternate among the
encoders, and of the rounds' times the median counts, in CPU seconds of this process. Each file of
ours is decoded and compared once. Figures are given for each kind of picture, and apart for the
pictures that the encoder was tuned on and those that were held out.

- `python -m benchmarks.png`: the whole corpus by kind, small images and memory
- `python -m benchmarks.png --each`: each picture too
- `python -m benchmarks.png --others`: OpenCV, pypng and Pillow's levels 1, 3 and 9 too
- `python -m benchmarks.png --tiny`: a handful of small pictures, in seconds, for CI
- `python -m benchmarks.png --json FILE`: the figures as JSON too
- `python -m benchmarks.png --picture FILE`: speed and size by kind as a picture too
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import png_images
from benchmarks.png_images import DRAWN, Picture
from tfevents_lite import png

Image = NDArray[np.uint8]
Encoder = Callable[[Image], bytes]
Results = dict[str, dict[str, tuple[float, int]]]
"""Median seconds and bytes, by encoder and picture."""

OURS, PILLOW = "ours", "Pillow 6"


def encoders(
    levels: Sequence[int] = (6,), others: bool = False
) -> tuple[dict[str, Encoder], list[str]]:
    """Every encoder that is installed, by name, and the names of those that are not."""
    found: dict[str, Encoder] = {OURS: png.encode}
    missing = []
    try:
        from PIL import Image as PillowImage

        def pillow(image: Image, level: int) -> bytes:
            out = io.BytesIO()
            PillowImage.fromarray(image).save(out, "png", compress_level=level)
            return out.getvalue()

        for level in levels:
            found[f"Pillow {level}"] = lambda image, level=level: pillow(image, level)  # type: ignore[misc]
    except ImportError:
        missing.append("Pillow")
    if not others:
        return found, missing
    try:
        import cv2

        def opencv(image: Image) -> bytes:
            if (
                image.ndim == 3
            ):  # OpenCV wants blue first; turning the channels round is not its work to time.
                image = image[:, :, [2, 1, 0, 3][: image.shape[2]]]
            return bytes(cv2.imencode(".png", image)[1])

        cv2.setNumThreads(1)
        found["OpenCV"] = opencv
    except ImportError:
        missing.append("OpenCV")
    try:
        import png as pypng

        def pure(image: Image) -> bytes:
            height, width = image.shape[:2]
            channels = 1 if image.ndim == 2 else image.shape[2]
            out = io.BytesIO()
            writer = pypng.Writer(width, height, greyscale=channels < 3, alpha=channels in (2, 4))
            writer.write_packed(out, map(bytes, image.reshape(height, -1)))
            return out.getvalue()

        found["pypng"] = pure
    except ImportError:
        missing.append("pypng")
    return found, missing


def measure(pictures: list[Picture], found: dict[str, Encoder], rounds: int) -> Results:
    """Times every encoder on every picture."""
    results: Results = {name: {} for name in found}
    for number, picture in enumerate(pictures):
        label = f"{number + 1}/{len(pictures)} {picture.name:24}"
        print(f"\r{label}", end="", file=sys.stderr, flush=True)
        seconds: dict[str, list[float]] = {encoder: [] for encoder in found}
        sizes: dict[str, int] = {}
        # At least 30 ms of each encoder, as short times vary most.
        turns = rounds + 1
        turn = 0
        while turn < turns:
            for encoder, encode in found.items():
                start = time.process_time()
                data = encode(picture.image)
                elapsed = time.process_time() - start
                if turn == 0:  # warms up, and checks
                    if encoder == OURS:
                        check(picture, data)
                        turns = max(turns, min(40, round(0.03 / max(elapsed, 1e-4))))
                    sizes[encoder] = len(data)
                else:
                    seconds[encoder].append(elapsed)
            turn += 1
        for encoder in found:
            median = statistics.median(seconds[encoder])
            results[encoder][key(picture)] = median, sizes[encoder]
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return results


def key(picture: Picture) -> str:
    """What a picture is called in the figures."""
    return f"{picture.kind}/{picture.name}"


def check(picture: Picture, data: bytes) -> None:
    """Stops if a file of ours does not give back shape and values."""
    try:
        from PIL import Image as PillowImage
    except ImportError:
        return
    if not np.array_equal(np.asarray(PillowImage.open(io.BytesIO(data))), picture.image):
        raise SystemExit(f"the file of {picture.name} does not give back its pixels")


def small_images(rounds: int) -> dict[str, float]:
    """Microseconds for each 28×28 grey image, one by one and 64 at once, beside Pillow's
    default.
    """
    page = dict(png_images.digits())["grid_16x16"]
    digits = page.reshape(16, 28, 16, 28).swapaxes(1, 2).reshape(-1, 28, 28)[:64]
    images = [np.ascontiguousarray(digit) for digit in digits]
    ways: dict[str, Callable[[], Any]] = {
        "ours": lambda: [png.encode(image) for image in images],
        "ours, batch of 64": lambda: png.encode_batch(images),
    }
    found, _ = encoders()
    if PILLOW in found:
        ways[PILLOW] = lambda: [found[PILLOW](image) for image in images]
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(max(5, rounds * 5)):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append((time.process_time() - start) / len(images) * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


_MEMORY = """
import resource, sys
import numpy as np
from tfevents_lite import png

side = int(sys.argv[1])
small = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
png.encode(np.tile(small, (16, 16, 1)))  # whatever is imported and cached on first use
image = np.empty((side, side, 3), np.uint8)
y = np.arange(side, dtype=np.uint32)
for first in range(0, side, 100):
    rows = y[first : first + 100, None] * 7 + y[None] * 3 >> 4
    rows += (y[first : first + 100, None] * y[None] * 2654435761 >> 21) % 9
    image[first : first + 100] = rows[:, :, None] + np.arange(3)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = len(png.encode(image))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(image.nbytes, size, peak * 1024)
"""


def memory(side: int) -> dict[str, int]:
    """Bytes of a square RGB image, of its file, and of the most memory held beyond the image while
    encoding it.
    """
    command = [sys.executable, "-c", _MEMORY, str(side)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    image, file, peak = map(int, done.stdout.split())
    return {"image": image, "file": file, "peak": peak, "allowed": (4 << 20) + file + image // 10}


def machine() -> str:
    """Processor and versions, for whoever compares figures."""
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [
                line.partition(":")[2].strip() for line in lines if line.startswith("model name")
            ]
        processor = names[0] if names else processor
    except OSError:
        pass
    versions = [f"CPython {platform.python_version()}", f"NumPy {np.__version__}"]
    for module, title in (("PIL", "Pillow"), ("cv2", "OpenCV"), ("png", "pypng")):
        try:
            versions.append(f"{title} {__import__(module).__version__}")
        except (ImportError, AttributeError):
            continue
    return f"{processor}; {', '.join(versions)}"


def groups(pictures: list[Picture]) -> Iterator[tuple[str, list[Picture]]]:
    """Each kind, the drawn ones together, and all."""
    for kind in dict.fromkeys(picture.kind for picture in pictures):
        yield kind, [picture for picture in pictures if picture.kind == kind]
    yield "all drawn", [picture for picture in pictures if picture.kind in DRAWN]
    yield "all", pictures


def table(pictures: list[Picture], results: Results, other: str) -> Iterator[str]:
    """Speed and bytes of ours beside another encoder's, a line for each kind."""
    yield f"{'':14}{'':4}{'speed':>8}{'slowest':>32}{'bytes':>9}{'largest':>32}"
    for title, members in groups(pictures):
        if not members:
            continue
        speeds = {key(p): results[other][key(p)][0] / results[OURS][key(p)][0] for p in members}
        sizes = {key(p): results[OURS][key(p)][1] / results[other][key(p)][1] for p in members}
        (ours, our_size), (theirs, size) = (totals(results[e], speeds) for e in (OURS, other))
        slowest, largest = min(speeds, key=speeds.__getitem__), max(sizes, key=sizes.__getitem__)
        slow = f"{slowest.split('/')[1]} {speeds[slowest]:.2f}"
        large = f"{largest.split('/')[1]} {sizes[largest]:.3f}"
        line = f"{title:14}{len(members):4}{theirs / ours:8.2f}{slow:>32}"
        yield f"{line}{our_size / size:9.4f}{large:>32}"


def totals(by_picture: dict[str, tuple[float, int]], names: Any) -> tuple[float, int]:
    """Seconds and bytes of some pictures in all."""
    return sum(by_picture[n][0] for n in names), sum(by_picture[n][1] for n in names)


def each(pictures: list[Picture], results: Results) -> Iterator[str]:
    """A line for each picture: milliseconds and bytes of each encoder."""
    for picture in pictures:
        cells = (results[e][key(picture)] for e in results)
        figures = "".join(f"{seconds * 1e3:10.2f} ms{size:9}" for seconds, size in cells)
        yield f"{key(picture):34}{' *'[picture.held_out]} {figures}"


def draw(path: str, pictures: list[Picture], results: Results) -> None:
    """A point for each picture: to the right is faster, down is smaller than Pillow's default."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for kind, members in groups(pictures):
        if kind.startswith("all"):
            continue
        ours, theirs = ([results[e][key(p)] for p in members] for e in (OURS, PILLOW))
        speeds = [their / our for (our, _), (their, _) in zip(ours, theirs)]
        sizes = [our / their for (_, our), (_, their) in zip(ours, theirs)]
        axes.plot(speeds, sizes, "o" if kind in DRAWN else "^", label=kind, alpha=0.8)
    axes.axhline(1, color="black", linewidth=0.5)
    axes.axvline(1, color="black", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_xlabel("speed, times Pillow's default (right is faster)")
    axes.set_ylabel("bytes, times Pillow's default (down is smaller)")
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Parses the arguments, measures, prints."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.png", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--tiny", action="store_true", help="a handful of small pictures, in seconds"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how many timed rounds (default 5)")
    parser.add_argument("--each", action="store_true", help="print a line for each picture")
    parser.add_argument("--others", action="store_true", help="compare with more encoders")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--picture", metavar="FILE", help="draw speed and size")
    options = parser.parse_args()
    rounds = 1 if options.tiny else options.rounds
    pictures = png_images.tiny() if options.tiny else png_images.corpus()
    found, missing = encoders((6, 1, 3, 9) if options.others else (6,), options.others)
    print(machine())
    for name in missing:
        print(f"{name}: not measured, it is not installed")
    results = measure(pictures, found, rounds)
    if options.each:
        print(*each(pictures, results), "", sep="\n")
    for other in results:
        if other == OURS:
            continue
        for title, held_out in (("tuned on", False), ("held out", True)):
            some = [picture for picture in pictures if picture.held_out is held_out]
            if some:
                print(f"\nagainst {other}, pictures {title}")
                print(*table(some, results, other), sep="\n")
    figures: dict[str, Any] = {"machine": machine(), "missing": missing, "results": results}
    figures["pixels"] = {key(picture): picture.image.nbytes for picture in pictures}
    figures["small"] = small_images(rounds)
    print(
        "\n28×28 grey, µs each: " + ", ".join(f"{k} {v:.1f}" for k, v in figures["small"].items())
    )
    figures["memory"] = memory(500 if options.tiny else 10_000)
    shown = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in figures["memory"].items())
    print(f"memory beyond the input: {shown}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    if options.picture:
        draw(options.picture, pictures, results)


if __name__ == "__main__":
    main()
