"""What TensorBoard shows of what the package writes, asked with each of its loaders.

The pictures are those that scikit-image carries in its wheel, so nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import skimage.data
from PIL import Image

from tfevents_lite import SummaryWriter

from .oracles.browser import Browser
from .oracles.tensorboard import LOADERS, TensorBoardServer

Pixels = npt.NDArray[np.uint8]

# Values that are not floats of 32 bits, the ends of their range, and what is no number at all.
VALUES = [
    *(0.0, -0.0, 1.0, 0.1, 1 / 3, math.pi, -2.5e-7, 16777217.0, 1e-45, 1.17549435e-38),
    *(3.4028234e38, -3.4028234e38, math.inf, -math.inf, math.nan),
]
STEPS = [*range(12), 1000, 2**31, 2**53 - 1]  # JavaScript's integers end here, so the page's do.


@pytest.fixture(scope="session")
def photographs() -> list[Pixels]:
    """The pictures inside scikit-image's wheel: photographs, textures, a page, logos with alpha."""
    folder = Path(skimage.data.__file__).parent
    files = sorted([*folder.glob("*.png"), *folder.glob("*.jpg")])
    pictures = []
    for file in files:
        with Image.open(file) as image:
            pictures.append(np.asarray(image))
    return pictures


@pytest.fixture(scope="session")
def photograph_logdir(tensorboard_logdir: Path, photographs: list[Pixels]) -> Path:
    """A folder with one run, `train`, of all photographs at one step and a curve."""
    logdir = tensorboard_logdir / "photographs"
    with SummaryWriter(logdir / "train") as writer:
        writer.image_summary("skimage", photographs, 7)
        for step in range(100):
            writer.add_scalar("loss/train", 1 / (step + 1), step)
    return logdir


@pytest.fixture(scope="module", params=LOADERS)
def page_server(
    request: pytest.FixtureRequest, photograph_logdir: Path
) -> Iterator[TensorBoardServer]:
    """A server of the photographs alone, for pages on which no other test's runs may show."""
    with TensorBoardServer(photograph_logdir, request.param) as server:
        yield server


def test_the_photographs_are_many_and_of_every_kind(photographs: list[Pixels]) -> None:
    """The pictures under test include grey, RGB and RGBA, and are more than TensorBoard's page."""
    assert len(photographs) > 20
    assert {picture.dtype for picture in photographs} == {np.dtype(np.uint8)}
    assert {picture.shape[2:] for picture in photographs} == {(), (3,), (4,)}


def test_every_photograph_is_served_exactly(
    tensorboard: TensorBoardServer, photograph_logdir: Path, photographs: list[Pixels]
) -> None:
    """The PNG that TensorBoard serves for each tag decodes to the very array that was written."""
    run = f"{photograph_logdir.name}/train"
    tensorboard.reload()
    tags = [f"skimage/{number}" for number in range(len(photographs))]
    assert set(tensorboard.tags("images")[run]) == set(tags)
    for tag, picture in zip(tags, photographs):
        (served,) = tensorboard.images(run, tag)
        assert (served.step, served.sample, served.content_type) == (7, 0, "image/png"), tag
        assert_same_pixels(served.pixels((*picture.shape, 1)[2]), picture, tag)


def test_a_tag_shows_its_picture_of_every_step(tensorboard: TensorBoardServer) -> None:
    """Pictures of different sizes under one tag are each shown at their own step."""
    random = np.random.default_rng(1)
    pictures = {
        step: random.integers(0, 256, (step + 1, 2 * step + 3, 3), np.uint8)
        for step in (0, 1, 5, 20)
    }
    folder = tensorboard.new_run("steps")
    with SummaryWriter(folder) as writer:
        for step, picture in pictures.items():
            writer.add_image("patch", picture, step, dataformats="HWC")
    tensorboard.reload()
    served = {image.step: image.pixels() for image in tensorboard.images(folder.name, "patch")}
    assert_same_pictures(served, pictures)


def test_scalars_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """Every value comes back as the nearest float of 32 bits, at its step and in its order."""
    folder = tensorboard.new_run("scalars")
    with SummaryWriter(folder) as writer:
        for step, value in zip(STEPS, VALUES):
            writer.add_scalar("value", value, step)
    tensorboard.reload()
    points = tensorboard.scalars(folder.name, "value")
    assert [point.step for point in points] == STEPS
    served = np.array([point.value for point in points])
    assert served.tobytes() == np.array(VALUES, np.float32).astype(np.float64).tobytes()


def test_wall_times_are_those_of_writing(tensorboard: TensorBoardServer) -> None:
    """A point's wall time lies between the moments before and after it was added, in order."""
    folder = tensorboard.new_run("times")
    before = time.time()
    with SummaryWriter(folder) as writer:
        for step in range(50):
            writer.add_scalar("value", step, step)
    after = time.time()
    tensorboard.reload()
    times = [point.wall_time for point in tensorboard.scalars(folder.name, "value")]
    assert len(times) == 50
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= after


def test_points_appear_while_the_writer_is_open(tensorboard: TensorBoardServer) -> None:
    """What was added is shown without a flush or a close, and what is added later follows."""
    folder = tensorboard.new_run("open")
    with SummaryWriter(folder) as writer:
        for last in (1, 2, 3):
            writer.add_scalar("value", last / 2, last)
            tensorboard.reload()
            points = tensorboard.scalars(folder.name, "value")
            assert [(point.step, point.value) for point in points] == [
                (step, step / 2) for step in range(1, last + 1)
            ]


def test_the_images_page_shows_every_photograph(
    page_server: TensorBoardServer, browser: Browser, photographs: list[Pixels]
) -> None:
    """Chromium loads every picture on the Images page, in its size and with its exact colours."""
    sizes = [(picture.shape[1], picture.shape[0]) for picture in photographs]
    browser.open_dashboard(page_server.url, "images")
    browser.wait_for(
        lambda: [(i.natural_width, i.natural_height) for i in browser.images()] == sizes,
        f"{len(sizes)} loaded pictures of the sizes written",
    )
    browser.show_all()
    browser.screenshot(f"images-{page_server.loader}")
    assert all(image.complete and image.visible for image in browser.images())
    drawn = browser.pixel_digests()
    problems = [said for said in browser.console() if said.startswith("SEVERE")]
    opaque = {number: p for number, p in enumerate(photographs) if p.shape[2:] != (4,)}
    assert {number: drawn[number] for number in opaque} == {
        number: rgba_digest(picture) for number, picture in opaque.items()
    }
    assert problems == []


def test_the_time_series_page_shows_curves_and_pictures(
    page_server: TensorBoardServer, browser: Browser, photographs: list[Pixels]
) -> None:
    """The page that TensorBoard opens with has the curve and loads every picture."""
    sizes = sorted((picture.shape[1], picture.shape[0]) for picture in photographs)
    browser.open_dashboard(page_server.url, "timeseries", height=5000)
    browser.wait_for(
        lambda: sorted((i.natural_width, i.natural_height) for i in browser.images()) == sizes,
        f"{len(sizes)} loaded pictures of the sizes written",
    )
    browser.wait_for(lambda: browser.texts("scalar-card"), "the curve")
    browser.show_all()
    browser.screenshot(f"timeseries-{page_server.loader}")
    (card,) = browser.texts("scalar-card")
    problems = [said for said in browser.console() if said.startswith("SEVERE")]
    assert "loss/train" in "".join(card.split())  # The page breaks the tag at its slash.
    assert problems == []


def rgba_digest(picture: Pixels) -> str:
    """The SHA-256 of an opaque picture's pixels as a canvas has them."""
    rgb = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    alpha = np.full_like(rgb[:, :, :1], 255)
    return hashlib.sha256(np.dstack([rgb, alpha]).tobytes()).hexdigest()


def assert_same_pictures(served: Mapping[int, Any], written: Mapping[int, Pixels]) -> None:
    assert served.keys() == written.keys()
    for step, picture in written.items():
        assert_same_pixels(served[step], picture, f"step {step}")


def assert_same_pixels(served: npt.NDArray[Any], written: Pixels, which: str) -> None:
    assert (served.shape, served.dtype) == (written.shape, written.dtype), which
    np.testing.assert_array_equal(served, written, which)
