"""`video`: every frame of an animated PNG, as Pillow plays it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

RANDOM = np.random.default_rng(5)


def noise(*shape: int) -> np.ndarray[Any, Any]:
    return RANDOM.integers(0, 256, shape, np.uint8)


def frames_of(data: bytes, mode: str = "RGB") -> tuple[np.ndarray[Any, Any], list[float]]:
    """The frames, and how long each is shown, in milliseconds."""
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        assert image.info["loop"] == 0, "it must play for ever"
        frames = [
            (np.asarray(frame.convert(mode)), frame.info["duration"])
            for frame in ImageSequence.Iterator(image)
        ]
    return np.array([pixels for pixels, _ in frames]), [duration for _, duration in frames]


def only(summary: tfe.Summary, mode: str = "RGB") -> np.ndarray[Any, Any]:
    (value,) = summary.value
    pixels, _ = frames_of(value.image.encoded_image_string, mode)
    assert (value.image.height, value.image.width) == pixels.shape[1:3]
    return pixels


@pytest.mark.parametrize("fps", [1, 4, 12.5, 30])
def test_frames_and_times(fps: float) -> None:
    """Each frame is shown for a part of a second that `fps` says, in its order."""
    video = noise(1, 6, 3, 10, 12)
    (value,) = tfe.summary.video("x", video, fps).value
    pixels, durations = frames_of(value.image.encoded_image_string)
    np.testing.assert_array_equal(pixels, video[0].transpose(0, 2, 3, 1))
    assert durations == pytest.approx([1000 / fps] * 6)


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (3, 1, 4), (5, 2, 4)])
def test_videos_are_side_by_side_as_in_torch(count: int, rows: int, columns: int) -> None:
    """The grid has the rows and columns of torch's, what is left over being black."""
    videos = noise(count, 2, 3, 4, 6)
    pixels = only(tfe.summary.video("x", videos))
    assert pixels.shape == (2, 4 * rows, 6 * columns, 3)
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        part = pixels[:, 4 * row : 4 * row + 4, 6 * column : 6 * column + 6]
        expected = videos[number].transpose(0, 2, 3, 1) if number < count else 0
        np.testing.assert_array_equal(part, np.broadcast_to(expected, part.shape))


def test_other_axes() -> None:
    """`dataformats` names the axes; one video needs no N, and a grey one no C."""
    video = noise(4, 5, 6, 3)
    np.testing.assert_array_equal(only(tfe.summary.video("x", video, dataformats="THWC")), video)
    grey = noise(4, 5, 6)
    np.testing.assert_array_equal(only(tfe.summary.video("x", grey, 4, "THW"), "L"), grey)


def test_floats_are_scaled_from_the_unit_interval() -> None:
    """Values are those of an image: 1 is white, what is beyond is clipped."""
    video = np.array([0, 0.5, 1, 7]).reshape(1, 4, 1, 1, 1)
    assert only(tfe.summary.video("x", video), "L").ravel().tolist() == [0, 128, 255, 255]


def test_a_gif_passes_through() -> None:
    """An encoded animation is written as it is."""
    file = io.BytesIO()
    pictures = [Image.fromarray(noise(5, 6, 3)) for _ in range(3)]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:])
    (value,) = tfe.summary.video("x", file.getvalue()).value
    assert value.image.encoded_image_string == file.getvalue()


@pytest.mark.parametrize("fps", [0, -1, float("nan"), 1e9])
def test_impossible_rates_are_refused(fps: float) -> None:
    """The error names the tag and says what would be right."""
    with pytest.raises(ValueError, match="fps of 'x' must be above 0"):
        tfe.summary.video("x", noise(1, 1, 1, 2, 2), fps)


def test_videos_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """TensorBoard serves the file with all its frames."""
    videos = noise(2, 5, 3, 8, 8)
    folder = tensorboard.new_run("video")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_video("clips", videos, 5, fps=10)
    tensorboard.reload()
    (served,) = tensorboard.images(folder.name, "clips")
    assert (served.step, served.content_type) == (5, "image/png")
    pixels, durations = frames_of(served.data)
    expected = np.concatenate(videos.transpose(0, 1, 3, 4, 2), axis=2)
    np.testing.assert_array_equal(pixels, expected)
    assert durations == [100] * 5
