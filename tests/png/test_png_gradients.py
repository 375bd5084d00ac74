"""Even gradients: filters leave patterns that repeat themselves across the ends of rows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.png.test_png_encoder import decode_pillow
from tfevents_lite import png

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


@pytest.mark.parametrize("name", slopes())
def test_gradients_are_hardly_larger_than_pillows(name: str) -> None:
    """At most 1.15 times the size at its default level."""
    image = slopes()[name]
    data = png.encode(image)
    assert np.array_equal(decode_pillow(data), image)
    out = io.BytesIO()
    Image.fromarray(image).save(out, "png")
    assert len(data) <= 1.15 * out.tell()
