"""Videos: animated PNGs, which TensorBoard serves as images and browsers play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import png
from ..inputs.checks import encode_tag
from ..inputs.needs_numpy import np
from ..schema.summary import Summary
from .encoded_image import EncodedImage
from .image_file_summary import file_in
from .image_summary import image_value, unit_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

# An APNG counts a frame's time in fractions of a second, of two bytes each side.
_MAX_FPS = 65535


def video(tag: str, vid: Any, fps: float = 4, dataformats: str = "NTCHW") -> Summary:
    """Videos of one size, side by side, as a Summary with one animated PNG that repeats for ever.

    `dataformats` names the axes of `vid`: N videos of T frames of C×H×W, in any order; N may be
    missing. Values are those of an image (see `image`), and so are image files, such as a GIF.
    `fps` is in frames a second. Raises TypeError or ValueError that names the tag.

    >>> video("noise", np.zeros((2, 4, 1, 8, 9), np.uint8)).value[0].image.width
    18
    """
    encode_tag(tag)
    file = file_in(tag, vid)
    if file is None:
        rate = _check_fps(tag, fps)
        frames = _to_frames(unit_pixels(tag, vid, dataformats, "NTHWC"))
        height, width, channels = frames.shape[1:]
        data = png.encode_animation(frames, rate)
        file = EncodedImage(data, "PNG", width, height, channels)
    return Summary(value=[image_value(tag, file)])


def _check_fps(tag: str, fps: Any) -> float:
    try:
        rate = float(fps)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"fps of {tag!r} must be a number, got {fps!r:.80}") from None
    if not 0 < rate <= _MAX_FPS:
        raise ValueError(f"fps of {tag!r} must be above 0 and at most {_MAX_FPS}, got {fps!r}")
    return rate


def _to_frames(videos: NDArray[Any]) -> NDArray[Any]:
    """Videos N×T×H×W×C side by side, T×H×W×C: torch's arrangement, in rows of a power of two."""
    count, length, height, width, channels = videos.shape
    columns_and_rows = 1 << (count - 1).bit_length()
    rows = 1 << (count.bit_length() - 1) // 2
    columns = columns_and_rows // rows
    grid = np.zeros((rows * columns, length, height, width, channels), videos.dtype)
    grid[:count] = videos
    grid = grid.reshape(rows, columns, length, height, width, channels)
    return np.ascontiguousarray(grid.transpose(2, 0, 3, 1, 4, 5)).reshape(
        length, rows * height, columns * width, channels
    )
