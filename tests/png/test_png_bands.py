"""Images of several bands: where one ends and the next begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.png.test_png_encoder import (
    chunks_of,
    contents,
    decode_pillow,
    decode_pypng,
    drawn,
    inflated,
    picture,
)
from tfevents_lite import png
from tfevents_lite.png import encoder

pytestmark = pytest.mark.slow

Array = NDArray[Any]


@settings(deadline=None, max_examples=20)
@given(content=contents, channels=st.integers(1, 4), seed=st.integers(0, 99))
def test_images_of_several_bands(content: str, channels: int, seed: int) -> None:
    """The row above a band's first is the last of the band before."""
    array = drawn(content, (1500, 401 + seed, channels), np.uint8, seed)
    data = png.encode(array)
    assert np.array_equal(decode_pillow(data).reshape(array.shape), array)


@pytest.mark.parametrize("rows", [-1, 0, 1])
def test_band_edges(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images whose height is around a whole number of bands, of which there are eight."""
    monkeypatch.setattr(encoder, "_ONE_BAND_BYTES", 1 << 15)
    monkeypatch.setattr(encoder, "_BAND_BYTES", 1 << 15)
    width = 1023
    height = 8 * (1 << 15) // (width + 1) + rows
    array = picture((height, width), np.uint8)
    data = png.encode(array)
    assert len([kind for kind, _ in chunks_of(data) if kind == b"IDAT"]) == 8
    assert np.array_equal(decode_pillow(data), array)


def test_one_long_row() -> None:
    """A row that is longer than a band."""
    array = picture((1, 3_000_000), np.uint8)
    data = png.encode(array)
    assert inflated(data)[1:2]
    assert np.array_equal(decode_pypng(data), array)
