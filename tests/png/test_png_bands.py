"""Images of several bands: where one ends and the next begins, and which thread makes which."""

from __future__ import annotations

import threading
import time
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
from tfevents_lite.png import levels, stream
from tfevents_lite.png.levels import LEVELS

Array = NDArray[Any]


@settings(deadline=None, max_examples=20)
@given(content=contents, channels=st.integers(1, 4), seed=st.integers(0, 99))
@pytest.mark.parametrize("level", LEVELS)
def test_images_of_several_bands(content: str, channels: int, level: str, seed: int) -> None:
    """The row above a band's first is the last of the band before."""
    array = drawn(content, (1500, 401 + seed, channels), np.uint8, seed)
    data = png.encode(array, level)
    assert np.array_equal(decode_pillow(data, channels).reshape(array.shape), array)
    assert png.encode(array, level, threads=2) == data


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rows", [-1, 0, 1])
def test_band_edges(rows: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images whose height is around a whole number of bands, of which there are eight."""
    monkeypatch.setitem(stream._BAND_BYTES, level, (1 << 15, 1 << 15))
    monkeypatch.setattr(stream, "_SHARED_FROM", 0)
    width = 1023
    height = 8 * (1 << 15) // (width + 1) + rows
    array = picture((height, width), np.uint8)
    data = png.encode(array, level)
    assert len([kind for kind, _ in chunks_of(data) if kind == b"IDAT"]) == 8
    assert np.array_equal(decode_pillow(data, 1), array)
    for threads in (2, 3, 7):
        assert png.encode(array, level, threads=threads) == data


def test_threads_share_the_bands_of_a_large_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not this thread, but two others; of a small image all are this one's."""
    made: list[int] = []
    compressor = levels.COMPRESSORS["default"]

    def noted(band: levels.Band, final: bool) -> tuple[Array, bytes]:
        made.append(threading.get_ident())
        time.sleep(0.05)
        return compressor(band, final)

    monkeypatch.setitem(levels.COMPRESSORS, "default", noted)
    array = picture((2200, 1000, 3), np.uint8)
    data = png.encode(array, threads=2)
    assert len(set(made)) == 2
    assert threading.get_ident() not in made
    assert data == png.encode(array)
    made.clear()
    png.encode(array[:500], threads=2)
    assert set(made) == {threading.get_ident()}


def test_one_long_row() -> None:
    """A row that is longer than a band."""
    array = picture((1, 3_000_000), np.uint8)
    for level in ("fast", "default"):
        assert inflated(png.encode(array, level))[1:2]
        assert np.array_equal(decode_pypng(png.encode(array, level)), array)
