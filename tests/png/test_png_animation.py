"""Animations: frames by Pillow, playing by Chromium."""

from __future__ import annotations

import base64
import io
import struct
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.oracles.browser import INSTALL, Browser, missing_programs
from tfevents_lite import png

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def frames_of(data: bytes, shape: tuple[int, ...]) -> list[np.ndarray]:
    """All frames as Pillow composes them."""
    image = Image.open(io.BytesIO(data))
    result = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        mode = MODES[shape[2] if len(shape) == 3 else 1]
        result.append(np.asarray(image.convert(mode)).reshape(shape))
    return result


def moving_square(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """A square on a noisy ground; the third frame repeats the second."""
    random = np.random.default_rng(0)
    video = np.repeat(random.integers(0, 256, (1, *shape), np.uint8), count, axis=0)
    for index in range(count):
        at = 2 * (1 if index == 2 else index)
        video[index, at : at + 5, at + 1 : at + 9] = 255
    return video


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 1), (30, 40, 2), (30, 40, 3), (30, 40, 4)])
def test_frames_are_decoded_exactly(shape: tuple[int, ...]) -> None:
    """An array with time first, or any iterable of frames."""
    video = moving_square(6, shape)
    for frames in (video, iter(video)):
        data = png.encode_animation(frames, fps=5, loop=2)
        assert len(frames_of(data, shape)) == 6
        for decoded, frame in zip(frames_of(data, shape), video):
            assert np.array_equal(decoded, frame)


def test_frames_of_few_colours_and_bool_frames() -> None:
    """Colours stay RGB, True is 255."""
    masks = np.eye(20, dtype=np.uint8)[None] * np.arange(1, 5, dtype=np.uint8)[:, None, None]
    colours = np.random.default_rng(1).integers(0, 256, (5, 3), np.uint8)[masks]
    assert all(
        np.array_equal(a, b)
        for a, b in zip(frames_of(png.encode_animation(colours), (20, 20, 3)), colours)
    )
    flags = masks % 2 == 1
    shown = frames_of(png.encode_animation(flags), (20, 20))
    assert all(np.array_equal(a, b * np.uint8(255)) for a, b in zip(shown, flags))


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Types and contents."""
    found, position = [], 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        found.append(
            (data[position + 4 : position + 8], data[position + 8 : position + 8 + length])
        )
        position += 12 + length
    return found


def test_only_changed_rectangles_are_written() -> None:
    """And sequence numbers run on through fcTL and fdAT, as the specification has it."""
    video = moving_square(4, (30, 40, 3))
    found = chunks_of(png.encode_animation(video, fps=25, loop=7))
    assert dict(found)[b"acTL"] == struct.pack(">II", 4, 7)
    controls = [struct.unpack(">IIIIIHHBB", body) for kind, body in found if kind == b"fcTL"]
    assert [control[1:5] for control in controls] == [
        (40, 30, 0, 0),
        (10, 7, 1, 0),
        (1, 1, 0, 0),
        (12, 9, 3, 2),
    ]
    assert {control[5] / control[6] for control in controls} == {1 / 25}
    numbers = [
        struct.unpack_from(">I", body)[0] for kind, body in found if kind in (b"fcTL", b"fdAT")
    ]
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("fps", [0.001, 0.3, 1, 23.976, 29.97, 60, 1000, 65535])
def test_the_delay_is_as_near_as_can_be(fps: float) -> None:
    """Within one part in ten thousand for all usual rates."""
    found = chunks_of(png.encode_animation(np.zeros((1, 2, 2), np.uint8), fps=fps))
    numerator, denominator = struct.unpack_from(">HH", dict(found)[b"fcTL"], 20)
    assert numerator / denominator == pytest.approx(1 / fps, rel=1e-4)


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    ([], {}, ValueError, "frames must have at least one frame, got none"),
    ([np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)], {}, ValueError, "at index 1"),
    (np.zeros((1, 2, 2), np.uint8), {"fps": 0}, ValueError, "fps must be between"),
    (np.zeros((1, 2, 2), np.uint8), {"fps": "x"}, TypeError, "fps must be a number"),
    (np.zeros((1, 2, 2), np.uint8), {"loop": -1}, ValueError, "loop must be 0"),
]


@pytest.mark.parametrize(("frames", "options", "error", "message"), BAD)
def test_what_cannot_be_written_is_refused(
    frames: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """With an error that says what would be right."""
    with pytest.raises(error, match=message):
        png.encode_animation(frames, **options)


@pytest.mark.skipif(bool(missing_programs()), reason=f"needs Chromium: {INSTALL}")
def test_chromium_plays_it() -> None:
    """Screenshots over time show different frames, and only frames there are."""
    levels = (40, 120, 220)
    video = np.stack([np.full((64, 64, 3), level, np.uint8) for level in levels])
    data = png.encode_animation(video, fps=4)
    source = "data:image/png;base64," + base64.b64encode(data).decode()
    seen: set[int] = set()
    with Browser() as browser:
        browser.open(
            f"data:text/html,<body style='margin:0'><img src='{source}'>", width=100, height=100
        )
        browser.wait_for(
            lambda: [i for i in browser.images() if i.natural_width == 64], "the image"
        )
        deadline = time.monotonic() + 20
        while len(seen) < 3 and time.monotonic() < deadline:
            shot = np.asarray(Image.open(browser.screenshot("png-animation")).convert("RGB"))
            square = shot[8:56, 8:56].reshape(-1, 3)
            assert (square == square[0]).all()
            seen.add(int(square[0, 0]))
            time.sleep(0.13)
    assert seen == set(levels)
