"""Draws boxes and their labels on an image, and resizes it.

This module knows pixels; it knows no PNG and no Summary.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import to_number
from ..inputs.needs_numpy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RED, _WHITE = (1, 0, 0, 1), (1, 1, 1, 1)
_MAX_SIDE = 1 << 15


def draw_boxes(
    tag: str, pixels: NDArray[Any], boxes: Any, rescale: Any, labels: str | Sequence[str] | None
) -> NDArray[Any]:
    """An image H×W×C of integers, resized, with boxes and labels on it. See `image_with_boxes`."""
    corners = _to_corners(tag, boxes)
    names = [labels] if isinstance(labels, str) else list(labels or [])
    if names and len(names) != len(corners):
        warn(f"{len(names)} labels for {len(corners)} boxes on {tag!r} left out")
        names = []
    # Red needs RGB: grey becomes it, and keeps its alpha.
    channels = {1: [0, 0, 0], 2: [0, 0, 0, 1]}.get(pixels.shape[2], slice(None))
    colors: NDArray[Any] = pixels[:, :, channels].copy()
    factor = to_number(f"rescale of {tag!r}", rescale)
    if not 0 < factor * max(pixels.shape[:2]) <= _MAX_SIDE:
        raise ValueError(
            f"rescale of {tag!r} must be above 0 and give at most {_MAX_SIDE} pixels a side, "
            f"got {rescale!r}"
        )
    if factor != 1:
        colors = resize(colors, factor)
        corners = corners * factor
    for index, corner in enumerate(corners):
        _draw_box(colors, corner, str(names[index]) if names else "")
    return colors


def _to_corners(tag: str, boxes: Any) -> NDArray[np.float64]:
    """Boxes as N×4 finite numbers, the lower ones of each axis first."""
    array = arrays.to_numbers(boxes, f"boxes of {tag!r}").astype(np.float64)
    if array.size == 0:
        return np.zeros((0, 4))
    if array.ndim == 1:
        array = array[np.newaxis]
    if array.ndim != 2 or array.shape[1] != 4:
        shape = arrays.shape_text(array)
        raise ValueError(f"boxes of {tag!r} must be N×4 (xmin, ymin, xmax, ymax), got {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"boxes of {tag!r} must be finite numbers")
    ordered: NDArray[np.float64] = np.sort(array.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    return ordered


def resize(pixels: NDArray[Any], factor: float) -> NDArray[Any]:
    """An image H×W×C larger or smaller by a factor: linear between pixels, averaged over them."""
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    rows, columns = _weights(pixels.shape[0], height), _weights(pixels.shape[1], width)
    mixed = np.tensordot(rows, pixels.astype(np.float64), (1, 0))  # height, W, C
    mixed = np.tensordot(columns, mixed, (1, 1)).transpose(1, 0, 2)
    resized: NDArray[Any] = (mixed + 0.5).astype(pixels.dtype)
    return resized


def _weights(old: int, new: int) -> NDArray[np.float64]:
    """What each of the old pixels of a line adds to each of the new ones: new × old."""
    ratio = old / new
    centers = (np.arange(new) + 0.5) * ratio - 0.5
    distance = np.abs(np.arange(old) - centers[:, np.newaxis]) / max(ratio, 1.0)
    weights = np.maximum(1 - distance, 0)
    normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalized


def _draw_box(pixels: NDArray[Any], corners: NDArray[np.float64], label: str) -> None:
    """Draw a red frame, and above it, or within if there is no room, the label in white on red.

    Lines and letters grow with the image.
    """
    height, width, channels = pixels.shape
    brightest = np.iinfo(pixels.dtype).max
    red, white = (np.array(color[:channels]) * brightest for color in (_RED, _WHITE))
    thick = max(2, min(height, width) // 300)
    # Further outside of the image than a line is thick, nothing shows.
    limits = np.array([width, height, width, height]) + thick
    left, top, right, bottom = np.clip(np.rint(corners), -thick - 1, limits).astype(int).tolist()
    right, bottom = right + 1, bottom + 1
    for y0, y1, x0, x1 in (
        (top, min(top + thick, bottom), left, right),
        (max(bottom - thick, top), bottom, left, right),
        (top, bottom, left, min(left + thick, right)),
        (top, bottom, max(right - thick, left), right),
    ):
        pixels[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = red
    if label:
        size = max(1, round(min(height, width) / 250))
        mask = np.pad(text_mask(" ".join(label.split()), size), 2 * size)
        line, column = max(top - len(mask) if top >= len(mask) else top, 0), max(left, 0)
        part = pixels[line : line + mask.shape[0], column : column + mask.shape[1]]
        part[...] = np.where(mask[: part.shape[0], : part.shape[1], np.newaxis], white, red)


# A bitmap font: the printable characters of ASCII, 5 by 7 dots each. A character is a word of seven
# digits to the base 32, one for each row from the top; the five bits of a digit are the row's dots
# from the left. The A, EHHHVHH, has the rows 01110 10001 10001 10001 11111 10001 10001. The last
# word, a frame, stands for characters that the font lacks.
_WIDTH, _HEIGHT = 5, 7
_FIRST = 32
_WORDS = """
0000000 4444404 AAA0000 AAVAVAA 4FKE5U4 OP248J3 CIK8LID 4480000
2488842 8422248 04LEL40 044V440 0000C48 000V000 00000CC 01248G0
EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888
EHHEHHE EHHF12C 0CC0CC0 0CC0C48 248G842 00V0V00 8421248 EH12404
EH1DLLE EHHHVHH UHHUHHU EHGGGHE SIHHHIS VGGUGGV VGGUGGG EHGNHHF
HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH HHPLJHH EHHHHHE
UHHUGGG EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLLA
HHA4AHH HHHA444 V1248GV E88888E 0G84210 E22222E 4AH0000 000000V
8420000 00E1FHF GGMPHHU 00EGGHE 11DJHHF 00EHVGE 698S888 0FHHF1E
GGMPHHH 40C444E 20622IC GGIKOKI C44444E 00QLLHH 00MPHHH 00EHHHE
00UHUGG 00DJF11 00MPGGG 00EGE1U 88S8896 00HHHJD 00HHHA4 00HHLLA
00HA4AH 00HHF1E 00V248V 2448442 4444444 8442448 008L200 VHHHHHV
"""
_GLYPHS = np.array(
    [
        [[int(digit, 32) >> bit & 1 for bit in (4, 3, 2, 1, 0)] for digit in word]
        for word in _WORDS.split()
    ],
    bool,
)


def text_mask(text: str, size: int = 1) -> NDArray[np.bool_]:
    """The dots of one line of text, 7·size rows: 5·size columns a character, size between them.

    Letters lose their accents; other characters that ASCII lacks are drawn as a frame.

    >>> print("\\n".join("".join(".#"[dot] for dot in row) for row in text_mask("Hi").tolist()))
    #...#...#..
    #...#......
    #...#..##..
    #####...#..
    #...#...#..
    #...#...#..
    #...#..###.
    """
    plain = [c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)]
    codes = [ord(c) - _FIRST if " " <= c <= "~" else len(_GLYPHS) - 1 for c in plain]
    dots = np.zeros((_HEIGHT, len(codes), _WIDTH + 1), bool)
    dots[:, :, :_WIDTH] = _GLYPHS[codes].transpose(1, 0, 2)
    line = dots.reshape(_HEIGHT, len(codes) * (_WIDTH + 1))[:, :-1]
    mask: NDArray[np.bool_] = line.repeat(size, axis=0).repeat(size, axis=1)
    return mask
