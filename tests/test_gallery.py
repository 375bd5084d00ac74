"""The gallery of every kind, page by page in a browser: what a person sees of each.

Screenshots are kept as artefacts, gallery-PAGE.png.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tfevents_lite as tfe

from .gallery import RUNS, write_gallery
from .oracles.browser import FIND_DEEP, Browser
from .oracles.tensorboard import TensorBoardServer

pytestmark = pytest.mark.slow

COUNT = FIND_DEEP + "return found.length;"
# Unfold every box of a graph that is shown folded.
UNFOLD = """
    for (const box of found) box.dispatchEvent(new MouseEvent('dblclick', {bubbles: true}));
    return found.length;
"""
FIT = """
    const buttons = found.filter(button => button.innerText.trim() === 'Fit to screen');
    buttons.forEach(button => button.click());
    return buttons.length;
"""
ZOOM = "return found.map(root => root.getAttribute('transform'));"
# The projector is a page in a page in a page.
PROJECTOR = """
    let page = document;
    for (let frame; (frame = page.querySelector('iframe')); ) page = frame.contentDocument;
    const texts = [];
    const visit = root => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) visit(element.shadowRoot);
            if (element.className === 'numDataPoints') texts.push(element.innerText);
        }
    };
    visit(page);
    return texts;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoardServer]:
    """TensorBoard as a plain `tensorboard --logdir` starts it, on a gallery of its own."""
    folder = tmp_path_factory.mktemp("gallery")
    write_gallery(str(folder))
    with TensorBoardServer(folder, "fast") as running:
        yield running


def count(browser: Browser, selector: str) -> int:
    number: int = browser.script(COUNT, selector)
    return number


def shows(browser: Browser, selector: str, number: int) -> None:
    """Wait until so many elements are on the page."""
    browser.wait_for(lambda: count(browser, selector) == number, f"{number} × {selector}")


def keep(browser: Browser, page: str) -> None:
    """Keep a picture of the page once it has settled; it must not have complained."""
    browser.wait_for(stable(browser, "*"), "the page to settle")
    browser.screenshot(f"gallery-{page}")
    assert [said for said in browser.console() if said.startswith("SEVERE")] == []


# Of each page that has cards: a card's element, how many there are, and what is drawn in each.
CARDS = {
    "scalars": ("tf-scalar-card", 8, ".plottable"),
    "distributions": ("tf-distribution-loader", 6, "vz-distribution-chart"),
    "histograms": ("tf-histogram-loader", 6, "vz-histogram-timeseries"),
    "text": ("tf-text-loader", 3, "tf-text-loader"),
    "pr_curves": ("tf-pr-curve-card", 1, ".plottable"),
    "audio": ("tf-audio-loader", 2, "audio"),
    "mesh": ("tf-mesh-loader", 4, "canvas"),
}


@pytest.mark.parametrize("page", CARDS)
def test_cards_are_shown(page: str, server: TensorBoardServer, browser: Browser) -> None:
    """Each tag and run has its card, the page says nothing of errors, and a picture is kept."""
    selector, number, drawn = CARDS[page]
    browser.open_dashboard(server.url, page)
    shows(browser, selector, number)
    browser.wait_for(lambda: count(browser, drawn) >= number, f"{number} × {drawn}")
    if page == "audio":
        lengths = FIND_DEEP + "return found.map(player => player.duration);"
        browser.wait_for(lambda: browser.script(lengths, "audio") == [2, 2], "two sounds of 2 s")
    if page == "text":
        browser.wait_for(lambda: "A network of three layers:" in browser.texts("p"), "the text")
    keep(browser, page)


def test_time_series(server: TensorBoardServer, browser: Browser) -> None:
    """The page that TensorBoard opens with has curves, histograms and images of all runs."""
    browser.open_dashboard(server.url, "timeseries", height=6000)
    shows(browser, "scalar-card", 8)
    shows(browser, "histogram-card", 6)
    browser.wait_for(
        lambda: browser.images() and all(i.natural_width for i in browser.images()), "the images"
    )
    keep(browser, "timeseries")


def test_images(server: TensorBoardServer, browser: Browser) -> None:
    """Every picture is decoded: of boxes, grids, lists, figures, samples and videos."""
    browser.open_dashboard(server.url, "images")
    browser.wait_for(lambda: len(browser.images()) == 12, "12 images")
    browser.wait_for(lambda: all(i.natural_width for i in browser.images()), "decoded images")
    browser.show_all()
    keep(browser, "images")


def test_graphs(server: TensorBoardServer, browser: Browser) -> None:
    """The graph's boxes unfold to all of its nodes."""
    browser.open(f"{server.url}#graphs&run=run-1")
    browser.wait_for(lambda: count(browser, "g.node") >= 3, "the folded graph")
    folded = "g.node.meta:not(.expanded) > g.nodeshape"
    while browser.script(FIND_DEEP + UNFOLD, folded):
        left = folded  # Layout takes a moment; what is unfolded shows the next level's boxes.
        browser.wait_for(stable(browser, left), "the unfolded boxes")
    names = FIND_DEEP + "return found.map(node => node.getAttribute('data-name'));"
    shown = set(browser.script(names, "g.node.op"))
    (path,) = (server.logdir / "run-1").glob("events*")
    graph = next(event.graph_def for event in tfe.read_events(path) if event.graph_def)
    assert shown == {node.name for node in tfe.summary.to_graph_def(graph).node}
    assert browser.script(FIND_DEEP + FIT, "paper-button") == 1
    browser.wait_for(
        settled(lambda: browser.script(FIND_DEEP + ZOOM, "g#root")), "the graph to fit"
    )
    keep(browser, "graphs")


def stable(browser: Browser, selector: str) -> Callable[[], bool]:
    """A predicate: whether the number of such elements changes no more."""
    return settled(lambda: count(browser, selector))


def settled(ask: Callable[[], object]) -> Callable[[], bool]:
    """A predicate: whether the last five answers are the same."""
    seen: list[object] = []

    def same() -> bool:
        seen.append(ask())
        return len(seen) >= 5 and all(answer == seen[-1] for answer in seen[-5:])

    return same


def test_graph_statistics(server: TensorBoardServer, browser: Browser) -> None:
    """The run metadata can be chosen beside the graph."""
    browser.open(f"{server.url}#graphs&run=run-1")
    browser.wait_for(lambda: "Tag\n(2)" in browser.texts(".title"), "two tags")


def test_hparams(server: TensorBoardServer, browser: Browser) -> None:
    """Each run is a row, with its hyperparameters and its metrics."""
    browser.open(f"{server.url}#hparams")

    def cells() -> set[str]:
        return set(browser.texts("vaadin-grid-cell-content"))

    browser.wait_for(lambda: set(RUNS) <= cells(), "three rows")
    assert {"learning rate", "optimizer", "accuracy/test", "adam", "sgd", "64.000"} <= cells()
    keep(browser, "hparams")


def test_custom_scalars(server: TensorBoardServer, browser: Browser) -> None:
    """The layout's charts are there: two of many lines, one with a margin."""
    browser.open(f"{server.url}#custom_scalars")
    shows(browser, "tf-custom-scalar-multi-line-chart-card", 2)
    shows(browser, "tf-custom-scalar-margin-chart-card", 1)
    browser.wait_for(lambda: count(browser, ".plottable") >= 3, "three charts")
    keep(browser, "custom_scalars")


def test_projector(server: TensorBoardServer, browser: Browser) -> None:
    """The projector has loaded all points."""
    browser.open(f"{server.url}#projector")
    browser.wait_for(lambda: browser.script(PROJECTOR) == ["300"], "300 points")
    browser.wait_for(stable(browser, "iframe"), "the points to be drawn")
    keep(browser, "projector")


def test_the_gallery_is_the_same_each_time(tmp_path: Path) -> None:
    """Nothing in it is random but the times: two galleries have the same summaries."""

    def summaries(folder: Path) -> list[tuple[int, tfe.Summary]]:
        write_gallery(str(folder))
        return [
            (event.step, event.summary)
            for path in sorted(folder.glob("run-*/events*"))
            for event in tfe.read_events(path)
            if event.HasField("summary")
            and not event.summary.value[0].tag.startswith("_hparams_/")  # These hold times.
        ]

    assert summaries(tmp_path / "a") == summaries(tmp_path / "b")
