"""How fast and how small our PNG encoder is, beside what others use: `python -m benchmarks.png`.

Every encoder gets the same pictures in the same run, on one core; rounds alternate among the
encoders, and of the rounds' times the median counts, in CPU seconds of this process. Each file is
decoded and compared once. Encoders that are not installed are named as not measured.

- `python -m benchmarks.png`: the whole corpus, a table, and the small images, threads and memory
- `python -m benchmarks.png --tiny`: a handful of small pictures, in seconds, for CI
- `python -m benchmarks.png --json FILE`: the figures as JSON too
- `python -m benchmarks.png --picture FILE`: speed and size as a picture too
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
from collections.abc import Iterator
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import png_images
from tfevents_lite import png

Image = NDArray[np.uint8]
Encoder = Callable[[Image], bytes]

LEVELS = {"ours fast": "fast", "ours default": "default", "ours small": "small"}
TARGETS = (
    # ours, the other, at least so many times its speed
    ("ours fast", "Pillow 1", 1.5),
    ("ours default", "Pillow 6", 3.0),
    ("ours small", "Pillow 9", 1.0),
)


def encoders() -> tuple[dict[str, Encoder], list[str]]:
    """Every encoder that is installed, by name, and the names of those that are not."""
    found: dict[str, Encoder] = {
        name: lambda image, level=level: png.encode(image, level)  # type: ignore[misc]
        for name, level in LEVELS.items()
    }
    missing = []
    try:
        from PIL import Image as PillowImage

        def pillow(image: Image, level: int) -> bytes:
            out = io.BytesIO()
            PillowImage.fromarray(image).save(out, "png", compress_level=level)
            return out.getvalue()

        for level in (1, 3, 6, 9):
            found[f"Pillow {level}"] = lambda image, level=level: pillow(image, level)  # type: ignore[misc]
    except ImportError:
        missing.append("Pillow")
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


def measure(
    pictures: list[tuple[str, Image]], found: dict[str, Encoder], rounds: int
) -> dict[str, dict[str, tuple[float, int]]]:
    """Median seconds and bytes, by encoder and picture."""
    results: dict[str, dict[str, tuple[float, int]]] = {name: {} for name in found}
    for number, (name, image) in enumerate(pictures):
        print(f"\r{number + 1}/{len(pictures)} {name:24}", end="", file=sys.stderr, flush=True)
        seconds: dict[str, list[float]] = {encoder: [] for encoder in found}
        sizes: dict[str, int] = {}
        for turn in range(rounds + 1):
            for encoder, encode in found.items():
                if turn > 1 and encoder in ("Pillow 9", "ours small") and rounds > 1 and turn % 2:
                    continue  # the slowest ones in every other round
                start = time.process_time()
                data = encode(image)
                elapsed = time.process_time() - start
                if turn == 0:  # warms up, and checks
                    check(encoder, name, image, data)
                    sizes[encoder] = len(data)
                else:
                    seconds[encoder].append(elapsed)
        for encoder in found:
            results[encoder][name] = statistics.median(seconds[encoder]), sizes[encoder]
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return results


def check(encoder: str, name: str, image: Image, data: bytes) -> None:
    """Stops where an encoder of ours does not give back the picture."""
    if encoder not in LEVELS:
        return
    try:
        from PIL import Image as PillowImage
    except ImportError:
        return
    mode = "L" if image.ndim == 2 else {2: "LA", 3: "RGB", 4: "RGBA"}[image.shape[2]]
    if not np.array_equal(np.asarray(PillowImage.open(io.BytesIO(data)).convert(mode)), image):
        raise SystemExit(f"{encoder} does not give back {name}")


def small_images(rounds: int) -> dict[str, float]:
    """Microseconds for each 28×28 grey image, one by one and 64 at once, beside Pillow's
    default.
    """
    page = dict(png_images.drawn())["digits"]
    digits = page.reshape(16, 28, 16, 28).swapaxes(1, 2).reshape(-1, 28, 28)[:64]
    images = [np.ascontiguousarray(digit) for digit in digits]
    ways: dict[str, Callable[[], Any]] = {
        "ours": lambda: [png.encode(image) for image in images],
        "ours, batch of 64": lambda: png.encode_batch(images),
    }
    found, _ = encoders()
    if "Pillow 6" in found:
        ways["Pillow 6"] = lambda: [found["Pillow 6"](image) for image in images]
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(max(5, rounds * 5)):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append((time.process_time() - start) / len(images) * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def threads(pictures: list[tuple[str, Image]], rounds: int) -> dict[str, float]:
    """How many times faster two threads are than one, in wall time, on pictures over 1 MB.

    The shortest times count, of many rounds that alternate: what else runs on the machine takes
    more from two threads than from one.
    """
    ratios = {}
    for name, image in pictures:
        if image.nbytes <= 1 << 20:
            continue
        one: list[float] = []
        two: list[float] = []
        for _ in range(max(5, 4 * rounds)):
            for count, times in ((1, one), (2, two)):
                start = time.perf_counter()
                png.encode(image, threads=count)
                times.append(time.perf_counter() - start)
        ratios[name] = min(one) / min(two)
    return ratios


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
    rows += y[None] * 2654435761 >> 29
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


def table(
    pictures: list[tuple[str, Image]], results: dict[str, dict[str, tuple[float, int]]]
) -> Iterator[str]:
    """The figures as lines: ratios per picture, then the totals."""
    yield f"{'size, times Pillow 6':24}" + "".join(f"{name:>14}" for name in results)
    base = results.get("Pillow 6") or results["ours default"]
    for name, _ in pictures:
        cells = (f"{results[e][name][1] / base[name][1]:14.3f}" for e in results)
        yield f"{name:24}" + "".join(cells)
    yield ""
    raw = sum(image.nbytes for _, image in pictures)
    yield f"{'encoder':16}{'MB/s':>8}{'bytes':>12}{'worst image, times Pillow 6':>40}"
    for encoder, by_picture in results.items():
        seconds, size = totals(by_picture)
        worst = max(by_picture, key=lambda name: by_picture[name][1] / base[name][1])
        ratio = by_picture[worst][1] / base[worst][1]
        yield f"{encoder:16}{raw / seconds / 1e6:8.1f}{size:12,}{f'{worst} {ratio:.2f}':>40}"


def totals(by_picture: dict[str, tuple[float, int]]) -> tuple[float, int]:
    """Seconds and bytes in all."""
    return (
        sum(seconds for seconds, _ in by_picture.values()),
        sum(size for _, size in by_picture.values()),
    )


def targets(results: dict[str, dict[str, tuple[float, int]]]) -> Iterator[str]:
    """Each of our levels beside the level of Pillow it is to beat."""
    for ours, other, wanted in TARGETS:
        if other not in results:
            yield f"{ours}: {other} is not installed, not compared"
            continue
        (our_seconds, our_size), (seconds, size) = totals(results[ours]), totals(results[other])
        speed, ratio = seconds / our_seconds, our_size / size
        verdict = "reached" if speed >= wanted and ratio <= 1 else "NOT reached"
        yield (
            f"{ours}: {speed:.2f} times the speed of {other} (wanted {wanted}),"
            f" {ratio:.4f} times its bytes (wanted at most 1): {verdict}"
        )


def draw(
    path: str, pictures: list[tuple[str, Image]], results: dict[str, dict[str, tuple[float, int]]]
) -> None:
    """The speed/size plane: to the right is faster, down is smaller."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    raw = sum(image.nbytes for _, image in pictures)
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for names, colour, label in (
        ([n for n in results if n in LEVELS], "tab:orange", "tfevents_lite (NumPy, no zlib)"),
        ([n for n in results if n.startswith("Pillow")], "tab:blue", "Pillow, levels 1, 3, 6, 9"),
        ([n for n in results if n in ("OpenCV", "pypng")], "tab:gray", "others"),
    ):
        points = []
        above = (4, -13) if label.startswith("tfevents") else (6, 5)
        for name in names:
            seconds, size = totals(results[name])
            points.append((raw / seconds / 1e6, size / raw * 100))
            short = name.removeprefix("ours ") if hasattr(str, "removeprefix") else name
            axes.annotate(short, points[-1], textcoords="offset points", xytext=above)
        if points:
            axes.plot(*zip(*points), "o-" if label != "others" else "o", color=colour, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("MB of pixels a second, one core (right is faster)")
    axes.set_ylabel("size, % of the pixels (down is smaller)")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
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
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--picture", metavar="FILE", help="draw speed and size")
    options = parser.parse_args()
    rounds = 1 if options.tiny else options.rounds
    pictures = png_images.tiny() if options.tiny else png_images.corpus()
    found, missing = encoders()
    print(machine())
    for name in missing:
        print(f"{name}: not measured, it is not installed")
    results = measure(pictures, found, rounds)
    print(*table(pictures, results), "", *targets(results), sep="\n")
    figures: dict[str, Any] = {"machine": machine(), "missing": missing, "results": results}
    figures["pixels"] = {name: image.nbytes for name, image in pictures}
    figures["small"] = small_images(rounds)
    print(
        "\n28×28 grey, µs each: " + ", ".join(f"{k} {v:.1f}" for k, v in figures["small"].items())
    )
    figures["threads"] = threads(pictures, rounds)
    if figures["threads"]:
        listed = ", ".join(f"{name} {ratio:.2f}" for name, ratio in figures["threads"].items())
        print(f"threads=2, times the speed of one (wanted 1.6): {listed}")
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
