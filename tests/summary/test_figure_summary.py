"""`figure`: what matplotlib draws is what TensorBoard shows, and nothing of it is left behind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

matplotlib.use("agg")
from matplotlib import pyplot as plt  # The backend has to be chosen before.


@pytest.fixture(autouse=True)
def _no_figure_is_left() -> Iterator[None]:
    yield
    left = plt.get_fignums()
    plt.close("all")
    assert left == []


def draw(color: str = "tab:blue", size: tuple[float, float] = (3, 2)) -> Any:
    figure, axes = plt.subplots(figsize=size)
    axes.plot([1, 3, 2], color=color)
    axes.set_title("A curve")
    return figure


def saved(figure: Any) -> np.ndarray[Any, Any]:
    """The pixels as matplotlib itself saves them, RGBA."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGBA"))


def only(summary: tfe.Summary) -> np.ndarray[Any, Any]:
    (value,) = summary.value
    with Image.open(io.BytesIO(value.image.encoded_image_string)) as image:
        return np.asarray(image.convert("RGBA"))


def test_a_figure_is_as_matplotlib_saves_it() -> None:
    """Every pixel is that of matplotlib's own PNG; then the figure is closed."""
    figure = draw()
    expected = saved(figure)
    np.testing.assert_array_equal(only(tfe.summary.figure("x", figure)), expected)
    assert plt.get_fignums() == []


def test_alpha_is_kept() -> None:
    """A transparent figure gives a transparent image."""
    figure = draw()
    figure.patch.set_alpha(0.25)
    expected = saved(figure)
    assert expected[0, 0, 3] == 64
    made = tfe.summary.figure("x", figure)
    np.testing.assert_array_equal(only(made), expected)
    assert made.value[0].image.colorspace == 4


def test_an_opaque_figure_is_rgb() -> None:
    """Readers get H×W×3, as from torch's and tensorboardX's files."""
    for figures in (draw(), [draw(), draw()]):
        (value,) = tfe.summary.figure("x", figures).value
        with Image.open(io.BytesIO(value.image.encoded_image_string)) as image:
            assert (image.mode, value.image.colorspace) == ("RGB", 3)


def test_close_false_leaves_the_figure_as_it_was() -> None:
    """It stays pyplot's, on its own canvas, and can be drawn again."""
    figure = draw()
    canvas = figure.canvas
    first = tfe.summary.figure("x", figure, close=False)
    assert figure.canvas is canvas
    assert plt.get_fignums() == [figure.number]
    assert tfe.summary.figure("x", figure, close=False) == first
    plt.close(figure)


def test_a_list_of_figures_is_a_grid() -> None:
    """Figures are side by side, the smaller ones with transparent room around them."""
    figures = [draw("red"), draw("green", (2, 1))]
    expected = [saved(figure) for figure in figures]
    grid = only(tfe.summary.figure("x", figures))
    assert grid.shape == (200, 600, 4)
    np.testing.assert_array_equal(grid[:, :300], expected[0])
    np.testing.assert_array_equal(grid[:100, 300:500], expected[1])
    assert not grid[100:, 300:].any()
    assert not grid[:, 500:].any()


def test_a_figure_that_pyplot_does_not_know() -> None:
    """A bare Figure, as used in threads, and axes in the place of their figure, will do."""
    figure = Figure(figsize=(1, 1))
    axes = figure.subplots()
    assert only(tfe.summary.figure("x", figure)).shape == (100, 100, 4)
    assert tfe.summary.figure("x", axes) == tfe.summary.figure("x", figure)


def test_a_figure_that_fails_is_closed() -> None:
    """An error while drawing reaches the caller, and the figure does not stay open."""
    figure = draw()
    figure.axes[0].set_title("$\\nothing$")
    with pytest.raises(ValueError, match="nothing"):
        tfe.summary.figure("x", figure)


@pytest.mark.parametrize("value", [None, 3, "figure", np.zeros((3, 4))])
def test_what_is_no_figure_is_refused(value: object) -> None:
    """The error names the tag and says what it got."""
    with pytest.raises(TypeError, match="figure of 'x' must be a matplotlib figure"):
        tfe.summary.figure("x", value)


def test_figures_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """What TensorBoard serves has the pixels that matplotlib drew."""
    figure = draw()
    expected = saved(figure)
    folder = tensorboard.new_run("figure")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_figure("curve", figure, 5)
    tensorboard.reload()
    (served,) = tensorboard.images(folder.name, "curve")
    assert served.step == 5
    with Image.open(io.BytesIO(served.data)) as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), expected)
