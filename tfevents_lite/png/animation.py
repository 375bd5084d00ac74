"""Animated PNG (PNG third edition §11.3.6): frames of one size, of which only the changed
rectangles are written.

Knows which part of a frame changed and which chunks say so; nothing of how pixels are compressed.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import chunks
from .encoder import checked, compress, header, pixel_bytes

_KEEP, _REPLACE = 0, 0
"""dispose_op NONE: the next frame is drawn onto this one; blend_op SOURCE: its pixels replace those
before.
"""


def encode_animation(
    frames: Iterable[Any],
    fps: float = 10,
    loop: int = 0,
) -> bytes:
    """Frames as an animated PNG. Browsers play it; other programs show the first frame.

    `frames` are arrays of one shape and dtype, as `encode` takes them, or one array with time as
    its first axis. `fps` is the frames per second, 1/65535 to 65535; `loop` is how often to play
    them, 0 for ever. All frames are lossless.

    Raises TypeError or ValueError if there are no frames, if their shapes or dtypes differ or if a
    number is out of range.
    Source: PNG third edition (https://www.w3.org/TR/png-3/#apng-frame-based-animation).

    >>> frames = np.zeros((2, 4, 4), np.uint8)
    >>> encode_animation(frames, fps=2).count(b"fcTL")
    2
    """
    delay = _delay(fps)
    if isinstance(loop, bool) or not isinstance(loop, (int, np.integer)):
        raise TypeError(f"loop must be a whole number, got {loop!r}")
    if not 0 <= loop < 1 << 31:
        raise ValueError(f"loop must be 0 (for ever) to 2³¹-1, got {loop!r}")
    video = _video(frames)
    count, height, width, _ = video.shape
    out = io.BytesIO()
    out.write(chunks.SIGNATURE)
    out.write(header(video[0]))
    out.write(chunks.chunk(b"acTL", struct.pack(">II", count, loop)))
    sequence = 0
    for index, frame in enumerate(video):
        top, bottom, left, right = 0, height, 0, width
        if index:
            top, bottom, left, right = _changed(video[index - 1], frame)
        control = struct.pack(
            ">IIIIIHHBB", sequence, right - left, bottom - top, left, top, *delay, _KEEP, _REPLACE
        )
        out.write(chunks.chunk(b"fcTL", control))
        sequence += 1
        for body in compress([frame[top:bottom, left:right]], pixel_bytes(frame)):
            if index == 0:
                out.write(chunks.chunk(b"IDAT", body))
            else:
                out.write(chunks.chunk(b"fdAT", struct.pack(">I", sequence) + body))
                sequence += 1
    out.write(chunks.IEND)
    return out.getvalue()


def _video(frames: Iterable[Any]) -> NDArray[Any]:
    """Frames as one N×H×W×C array."""
    if isinstance(frames, np.ndarray) and frames.ndim >= 3 and frames.shape[0]:
        checked(frames[0])
        return frames if frames.ndim == 4 else frames[..., np.newaxis]
    arrays = [checked(frame) for frame in frames]
    if not arrays:
        raise ValueError("frames must have at least one frame, got none")
    for index, array in enumerate(arrays):
        if array.shape != arrays[0].shape or array.dtype != arrays[0].dtype:
            raise ValueError(
                f"frames must all be {arrays[0].shape} {arrays[0].dtype} like the first,"
                f" got {array.shape} {array.dtype} at index {index}"
            )
    return np.stack(arrays)


def _delay(fps: float | Fraction) -> tuple[int, int]:
    """A frame's time as a fraction of a second, in two 16-bit numbers."""
    if not isinstance(fps, (int, float, np.integer, np.floating, Fraction)):
        raise TypeError(f"fps must be a number, got {fps!r}")
    if not 1 / 65535 <= fps <= 65535:
        raise ValueError(f"fps must be between 1/65535 and 65535 frames a second, got {fps!r}")
    ratio = max(Fraction(float(fps)), 1 / Fraction(float(fps)))
    ratio = ratio.limit_denominator(max(1, int(65535 / ratio)))
    delay = ratio if fps < 1 else 1 / ratio
    return delay.numerator, delay.denominator


def _changed(before: NDArray[Any], after: NDArray[Any]) -> tuple[int, int, int, int]:
    """The smallest rectangle that holds all changes: top, bottom, left, right; one pixel if nothing
    changed.
    """
    changed = (before != after).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1))
    if rows.size == 0:
        return 0, 1, 0, 1
    columns = np.flatnonzero(changed.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
