"""Drawn pictures: one filter for all rows, and repetition found pixel by pixel."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tests.png.test_png_encoder import decode_pillow, inflated, picture
from tfevents_lite import png
from tfevents_lite.png import deflate, filters, matches
from tfevents_lite.png.matches import Grid

pytestmark = pytest.mark.slow

Array = NDArray[Any]


def slopes() -> dict[str, Array]:
    """Even gradients in several directions, which repeat themselves across rows."""
    y, x = np.mgrid[:512, :512]
    rgb = np.stack((x // 2, y // 2, (x + y) // 4), axis=-1)
    found = {
        "across": x // 2,
        "down": y // 2,
        "diagonal": (x + y) // 4,
        "steep": (x + y) // 2 % 256,
        "RGB": rgb,
        "RGB, narrower": rgb[:400, :300],
        "RGBA": np.dstack((rgb, x // 2)),
    }
    return {name: image.astype(np.uint8) for name, image in found.items()}


def drawings() -> dict[str, Array]:
    """A chart, a mask in colours, cells of a heat map, a logo with alpha."""
    y, x = np.mgrid[:480, :640]
    chart = np.full((480, 640, 4), 255, np.uint8)
    chart[40:440:40, 60:600, :3] = 200
    for k, height in enumerate((300, 120, 390, 210, 330)):
        chart[440 - height : 440, 80 + 100 * k : 150 + 100 * k, :3] = 31, 119, 180
    nearest = np.argmin([np.hypot(y - b, x - a) for a, b in ((90, 80), (400, 200), (300, 450))], 0)
    colours = np.array([[220, 20, 60], [70, 130, 180], [0, 0, 0], [9, 9, 9]], np.uint8)
    cells = np.array([[30, 60, 90], [200, 180, 20], [9, 99, 200]], np.uint8)
    ring = np.clip(20 - np.abs(np.hypot(y[:256, :256] - 128, x[:256, :256] - 128) - 90), 0, 1)
    logo = np.full((256, 256, 4), (66, 133, 244, 0), np.uint8)
    logo[..., 3] = ring * 255
    return {
        "chart": chart,
        "mask": colours[nearest],
        "heat map": cells[(y // 20 * 7 + x // 20 * 5) % 11 % 3],
        "logo": logo,
    }


def pillows_size(image: Array) -> int:
    """Bytes of Pillow's file at its default level."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "png")
    return out.tell()


@pytest.mark.parametrize("name", slopes())
def test_gradients_are_hardly_larger_than_pillows(name: str) -> None:
    """At most 1.15 times the size at its default level."""
    image = slopes()[name]
    data = png.encode(image)
    assert np.array_equal(decode_pillow(data), image)
    assert len(data) <= 1.15 * pillows_size(image)


@pytest.mark.parametrize("name", drawings())
def test_drawings_are_hardly_larger_than_pillows(name: str) -> None:
    """At most 1.3 times the size at its default level."""
    image = drawings()[name]
    data = png.encode(image)
    assert np.array_equal(decode_pillow(data), image)
    assert len(data) <= 1.3 * pillows_size(image)


def test_a_drawing_has_one_filter_and_a_photograph_several() -> None:
    """Changing the filter from row to row would break repetition."""
    for image in drawings().values():
        rows = inflated(png.encode(image))[:: 1 + image.shape[1] * image.shape[2]]
        assert len(set(rows[1:])) == 1  # The first row may have another.
    photograph = picture((300, 400, 3), np.uint8)
    assert len(set(inflated(png.encode(photograph))[:: 1 + 400 * 3])) > 1


grids = st.builds(
    lambda seed, height, width, unit, colours, kind: Grid(
        np.random.default_rng(seed)
        .integers(0, 2, (colours, unit), np.uint8)[
            np.random.default_rng(seed + 1).integers(0, colours, (height, width))
        ]
        .reshape(height, width * unit),
        kind,
        unit,
    ),
    seed=st.integers(0, 10**6),
    height=st.integers(1, 12),
    width=st.integers(1, 30),
    unit=st.sampled_from([1, 2, 3, 4, 6, 8]),
    colours=st.integers(1, 4),
    kind=st.sampled_from([0, 2]),
)


@settings(deadline=None, max_examples=150)
@given(grid=grids, up=st.integers(0, 3), left=st.integers(-3, 3), least=st.integers(1, 20))
def test_equal_pixels_are_found(grid: Grid, up: int, left: int, least: int) -> None:
    """Every span repeats its distance, and every pixel in a long enough run is in a span."""
    spans = matches.equal_pixels(grid, up, left, least)
    data = grid.data.tolist()
    covered = np.zeros(len(data), bool)
    for start, stop, distance in zip(*(part.tolist() for part in spans)):
        assert distance == up * grid.stride + left * grid.unit
        assert data[start:stop] == data[start - distance : stop - distance]
        covered[start:stop] = True
    if up * grid.stride + left * grid.unit <= 0:
        return
    needed = -(-least // grid.unit)
    pixels = grid.pixels.reshape(-1, grid.columns)[:, 1:]
    height, width = pixels.shape
    for y in range(up, height):
        run = 0
        for x in range(width + 1):
            inside = max(0, left) <= x < width + min(0, left)
            if inside and pixels[y, x] == pixels[y - up, x - left]:
                run += 1
                continue
            if run >= needed:
                first = y * grid.stride + 1 + (x - run) * grid.unit
                assert covered[first : first + run * grid.unit].all()
            run = 0


@settings(deadline=None, max_examples=150)
@given(grid=grids, likely=st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 9)), max_size=2))
@pytest.mark.parametrize("widths", [(), (8,), (16, 8), (32, 16, 8)])
def test_copies_are_in_order_and_true(
    widths: tuple[int, ...], grid: Grid, likely: list[tuple[int, int]]
) -> None:
    """None overlaps another, none reaches beyond RFC 1951's limits, zlib reads them."""
    found = matches.split(matches.everywhere(grid, likely, widths))
    start, length, distance = found
    assert (start[1:] >= start[:-1] + length[:-1]).all()
    assert ((length >= 3) & (length <= 258) & (distance >= 1) & (distance <= start)).all()
    body, _ = deflate.block(grid.data, found, True)
    assert zlib.decompress(body, -15) == grid.data.tobytes()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1000),
    height=st.integers(1, 6),
    pixels=st.integers(1, 9),
    unit=st.sampled_from([1, 2, 3, 4, 6, 8]),
    kind=st.sampled_from([filters.NONE, filters.SUB, filters.UP]),
)
def test_one_filter_is_what_filter_rows_makes_of_it(
    seed: int, height: int, pixels: int, unit: int, kind: int
) -> None:
    """Rows filtered all in one way are those that `filter_rows` makes with no other choice."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, 256, (height, pixels * unit), np.uint8)
    above = random.integers(0, 256, pixels * unit, np.uint8)
    one = filters.residuals(rows, above, unit, kind)
    assert np.array_equal(one, filters.filter_rows(rows, above, unit, (kind,))[:, 1:])
