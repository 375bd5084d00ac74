"""Figures: what matplotlib draws, rendered by its Agg canvas and encoded by us.

matplotlib is imported when a figure is given, so it is there.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..inputs.needs_numpy import np
from .image_summary import image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..schema.summary import Summary


def figure(tag: str, figures: Any, close: bool = True) -> Summary:
    """A matplotlib figure, or a list of them as a grid, as a Summary with one image.

    Anything with a `figure` (axes, seaborn's grids) will do. Where a figure is transparent, so is
    the image. Figures in a grid may have different sizes: what is left over is transparent.

    With `close`, figures that pyplot keeps are closed, even if they can't be drawn; without, they
    are as they were, on the canvas they had. Raises TypeError for what is no figure.
    """
    several = isinstance(figures, (list, tuple))
    found = [_to_figure(tag, item) for item in (figures if several else [figures])]
    if not found:
        raise ValueError(f"figure of {tag!r} must be at least one figure, got an empty list")
    try:
        pixels = [_render(item) for item in found]
    finally:
        pyplot = sys.modules.get("matplotlib.pyplot")
        if close and pyplot is not None:
            for item in found:
                pyplot.close(item)
    return image(tag, _stack(pixels), "NHWC") if several else image(tag, pixels[0], "HWC")


def _to_figure(tag: str, value: Any) -> Any:
    found = getattr(value, "figure", value)
    if not callable(getattr(found, "set_canvas", None)):
        raise TypeError(f"figure of {tag!r} must be a matplotlib figure, got {value!r:.80}")
    return found


def _render(item: Any) -> NDArray[np.uint8]:
    """The pixels of a figure, H×W×4."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    before = item.canvas
    try:
        # A canvas of its own draws nothing on a screen, whatever pyplot's backend is.
        canvas: Any = FigureCanvasAgg(item)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())
    finally:
        item.set_canvas(before)


def _stack(pixels: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    height, width = (max(array.shape[axis] for array in pixels) for axis in (0, 1))
    stacked = np.zeros((len(pixels), height, width, 4), np.uint8)
    for place, array in zip(stacked, pixels):
        place[: array.shape[0], : array.shape[1]] = array
    return stacked
