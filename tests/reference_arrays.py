"""Runs of all that is made of arrays, which are the same whatever the machine.

A program of its own: `python reference_arrays.py FOLDER [numbers] [pictures]` writes runs, and
`python reference_arrays.py compare ONE OTHER` says whether two machines have written the same. What
is logged depends neither on the byte order of the arrays that are given, nor on the machine's own,
nor on the size of its words. A PNG's bytes may differ, as equal candidates are sorted differently
by different processors; its pixels may not, which Pillow says.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np

import tfevents_lite as tfe

# A type each, of every size that NumPy has and TensorBoard takes.
CODES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")

# Byte orders, one of which is not the machine's.
ORDERS = ("<", ">")

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def example(code: str, shape: tuple[int, ...] = (12,), modulus: int = 97) -> Any:
    """An array of a type such as "<f4": whole numbers, or fractions that every float has."""
    numbers = np.arange(np.prod(shape)).reshape(shape) * 31 % modulus
    if code[1] == "f":
        return (numbers / 128).astype(code)
    return (numbers % 2 if code[1:] == "b1" else numbers).astype(code)


def write_numbers(writer: tfe.SummaryWriter, order: str) -> None:
    """Everything but pictures, of arrays in a byte order."""
    for name in CODES:
        code = order + name
        steps = np.arange(700).astype(order + "i8")
        writer.add_scalar(f"scalar/{name}", example(code)[5], 1)
        writer.add_scalar(f"new/{name}", example(code)[5:6], 1, new_style=True)
        writer.add_scalar_series(f"series/{name}", example(code, (700,)), steps)
        writer.add_histogram(f"histogram/{name}", example(code, (999,)), 1)
        writer.add_tensor(f"tensor/{name}", example(code, (3, 4)), 1)
        writer.add_audio(f"audio/{name}", example(code, (1, 300)), 1)
        writer.add_pr_curve(f"curve/{name}", example(code, (300,), 2) > 0, steps[:300] / 300, 1)
        writer.add_mesh(f"mesh/{name}", example(code, (1, 4, 3)), global_step=1)
        writer.add_embedding(example(code, (5, 4)), tag=f"embedding-{name}", global_step=1)
    for name in ("i4", "u8"):
        triangles = np.array([[[0, 1, 2], [1, 2, 3]]], order + name)
        colours = example(order + "u1", (1, 4, 3))
        points = example(order + "f4", (1, 4, 3))
        writer.add_mesh(f"faces/{name}", points, colours, triangles, global_step=1)
    halves = example(order + "f8", (3,))
    writer.add_histogram_raw("raw", 0, 1, 3, 2, 2, halves, example(order + "i8", (3,)), 1)
    writer.add_text("long", "x" * 100_000, 1)  # Its checksum is folded.


def write_pictures(writer: tfe.SummaryWriter, order: str) -> None:
    """Pictures and films of arrays in a byte order."""
    for name in CODES:
        code = order + name
        small = [example(code, (9, 8)), example(code, (9, 8, 3))]
        writer.image_summary(f"few/{name}", small, 1)
        writer.image_summary(f"deep/{name}", [example(code, (40, 30))], 1, bit_depth=16)
        writer.add_image(f"image/{name}", example(code, (3, 50, 40)), 1)
        writer.add_images(f"images/{name}", example(code, (3, 1, 9, 8)), 1, as_grid=False)
    writer.add_images("grid", example(order + "f4", (5, 3, 16, 16)), 1)
    boxes = example(order + "f4", (2, 4)) * 60
    writer.add_image_with_boxes("boxes", example(order + "u1", (3, 64, 64)), boxes, 1)
    writer.add_video("video", example(order + "u1", (1, 4, 3, 32, 32)), 1)
    writer.add_embedding(
        example(order + "f4", (5, 4)), label_img=example(order + "f4", (5, 3, 8, 8)), global_step=1
    )
    for kind, picture in drawings().items():
        for name in ("u1", "u2"):
            for channels in (1, 3, 4):
                pixels = picture[:, :, [0, 1, 2, 0][:channels]].astype(order + name)
                writer.add_image(f"png/{kind}/{name}/{channels}", tfe.png.encode(pixels), 1)


def drawings() -> dict[str, Any]:
    """Noise, a ramp, a flat sheet with little on it, text-like rows, few colours; H×W×3."""
    height, width = 150, 210
    row, column = np.mgrid[0:height, 0:width]
    noise = (row * 7919 + column * 104729) * 2654435761 % (1 << 32) >> 24
    flat = np.where((row % 40 == 0) | (column % 50 == 0), 40, 255)
    ramp = (row + 2 * column) // 3 % 256
    letters = np.where((row % 12 < 7) & (noise[0, column % 30] > 128), 0, 255)
    few = (row // 16 + column // 16) % 5 * 60
    pictures = {"noise": noise, "flat": flat, "ramp": ramp, "letters": letters, "few": few}
    return {name: np.stack([p, p // 2, 255 - p], axis=2) for name, p in pictures.items()}


RUNS = {"numbers": write_numbers, "pictures": write_pictures}


def write_run(folder: str, name: str, order: str) -> None:
    """Write one of the runs at given times."""
    with tfe.SummaryWriter(folder, clock=lambda: 1.5, hostname="host", pid=1) as writer:
        RUNS[name](writer, order)


def contents(folder: str) -> dict[str, bytes]:
    """What a run's values and other files are, by kind, tag or path, and step."""
    found: dict[str, bytes] = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if "tfevents" in name:
            for number, event in enumerate(tfe.read_events(path)):
                for value in event.summary.value if event.HasField("summary") else ():
                    key = f"{name} {value.tag} {event.step} {number}"
                    found[key] = value.SerializeToString()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def differences(one: str, other: str) -> list[str]:
    """What is not the same in two runs; of pictures only what is not in their pixels."""
    ours, theirs = contents(one), contents(other)
    if ours.keys() != theirs.keys():
        return sorted(ours.keys() ^ theirs.keys())
    return [
        key
        for key, data in ours.items()
        if data != theirs[key] and pixels_in(data) != pixels_in(theirs[key])
    ]


def pixels_in(data: bytes) -> list[tuple[object, ...]]:
    """Of all PNGs within some bytes: each frame's size, mode and pixels; and what is around."""
    from PIL import Image

    found: list[tuple[object, ...]] = []
    start = data.find(PNG_SIGNATURE)
    while start >= 0:
        with Image.open(io.BytesIO(data[start:])) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                found.append((image.size, image.mode, image.convert("RGBA").tobytes()))
        start = data.find(PNG_SIGNATURE, start + 1)
    return found or [(data,)]


def main(*arguments: str) -> int:
    """Write runs, or compare two folders of them."""
    if arguments[0] == "compare":
        status = 0
        for folder in sorted(Path(arguments[2]).iterdir()):
            one = Path(arguments[1]) / folder.name
            wrong = differences(str(one), str(folder))
            values = contents(str(folder))
            print(
                f"{folder.name}: {len(values) - len(wrong)} of {len(values)} the same", *wrong[:5]
            )
            status |= bool(wrong or not values)
        return status
    for name in arguments[1:] or RUNS:
        for number, order in enumerate(ORDERS):
            write_run(f"{arguments[0]}/{name}-{number}", name, order)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
