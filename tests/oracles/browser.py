"""The oracle for what a person sees: headless Chromium on TensorBoard's pages.

`Browser` opens a page, finds what is on it through the shadow roots of TensorBoard's web
components, and keeps screenshots as test artefacts. It drives Debian's chromium and chromium-driver
through selenium. It knows TensorBoard's pages and nothing of this package.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")

PROGRAMS = ("chromium", "chromedriver")
INSTALL = "apt-get install chromium chromium-driver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
)

# Collects the elements that match a selector in the document and in every shadow root below it.
FIND_DEEP = """
    const found = [];
    const visit = root => {
        found.push(...root.querySelectorAll(arguments[0]));
        for (const element of root.querySelectorAll('*'))
            if (element.shadowRoot) visit(element.shadowRoot);
    };
    visit(document);
"""


# TensorBoard's own settings, set before the page's scripts run: all cards of a group on one page.
SETTINGS = """
    if (location.protocol.startsWith('http'))
        localStorage.setItem('_tb_global_settings', JSON.stringify({paginationSize: 1000}));
"""

# What heads a group of cards: the first on the Time Series page, the second on the others.
GROUPS = "button.group-toolbar, button.heading"
# Opens the groups that are closed, and returns how many groups there are.
OPEN_GROUPS = """
    for (const group of found) {
        const arrow = group.querySelector('mat-icon');
        const open = arrow
            ? arrow.getAttribute('svgicon').startsWith('expand_less')
            : group.hasAttribute('open-button');
        if (!open) group.click();
    }
    return found.length;
"""

# How many pixels of the page's tallest scrolled part do not fit.
OVERFLOW = """
    const scrolled = found.filter(
        element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowY));
    return Math.max(0, ...scrolled.map(element => element.scrollHeight - element.clientHeight));
"""
LARGEST_HEIGHT = 12_000


class ShownImage(NamedTuple):
    """An image on the page; natural sizes are 0 until it has been loaded and decoded."""

    source: str
    complete: bool
    natural_width: int
    natural_height: int
    visible: bool


def missing_programs() -> list[str]:
    """Those of Chromium's programs that are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def artifact_folder() -> Path:
    """Where screenshots are kept: test-artifacts/ beside tests/, or TFE_TEST_ARTIFACTS."""
    folder = os.environ.get("TFE_TEST_ARTIFACTS") or Path(__file__).parents[2] / "test-artifacts"
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


class Browser:
    """A headless Chromium with a fresh profile, while the `with` block lasts."""

    def __enter__(self) -> Browser:
        missing = missing_programs()
        if missing:
            raise RuntimeError(f"{' and '.join(missing)} not found; install with: {INSTALL}")
        self._profile = tempfile.mkdtemp(prefix="browser-oracle-")
        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for flag in (*FLAGS, f"--user-data-dir={self._profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        try:
            # With both paths given, selenium looks for no driver of its own.
            service = Service(executable_path=str(shutil.which("chromedriver")))
            self._driver = webdriver.Chrome(options=options, service=service)
        except BaseException:
            self._remove_profile()
            raise
        self._command("Page.addScriptToEvaluateOnNewDocument", source=SETTINGS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._driver.quit()
        self._remove_profile()

    def _remove_profile(self) -> None:
        # Chromium's helpers can still write while the folder is being removed.
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, url: str, *, width: int = 1600, height: int = 1200) -> None:
        """Load a page afresh in a window of the given size."""
        self._resize(width, height)
        self._driver.get("about:blank")  # Going from #images to #scalars alone loads nothing.
        self._driver.get(url)

    def open_dashboard(self, url: str, name: str, *, width: int = 1600, height: int = 1200) -> None:
        """Load TensorBoard's page `name` (images, scalars, timeseries, …) and open all its groups.

        `url` is the server's. Cards may still be loading: wait for what the test wants to see.
        """
        self.open(f"{url}#{name}", width=width, height=height)
        self.wait_for(lambda: self._count(GROUPS), f"a group of cards on the page {name}")
        self.script(FIND_DEEP + OPEN_GROUPS, GROUPS)

    def _count(self, selector: str) -> int:
        count: int = self.script(FIND_DEEP + "return found.length;", selector)
        return count

    def _resize(self, width: int, height: int) -> None:
        # Unlike the window's size, this is the page's, and knows no limit of a screen.
        self._size = (width, height)
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _command(self, name: str, **parameters: object) -> None:
        self._driver.execute_cdp_cmd(name, parameters)

    def script(self, source: str, *arguments: object) -> Any:
        """What the JavaScript function body `source` returns on the page."""
        return self._driver.execute_script(source, *arguments)

    def wait_for(self, predicate: Callable[[], T], what: str, timeout: float = 30) -> T:
        """Ask `predicate` until its answer is true, and return that answer."""

        def message() -> str:
            path = self.screenshot("failure")
            said = "\n".join(self.console())
            return f"waited {timeout} seconds for {what}; see {path}\nThe console says:\n{said}"

        wait = WebDriverWait(self._driver, timeout, poll_frequency=0.1)
        try:
            return wait.until(lambda _: predicate())
        except Exception as error:
            raise AssertionError(message()) from error

    def images(self) -> list[ShownImage]:
        """Every image on the page that has a source, in document order."""
        source = """
            return found.filter(image => image.src).map(image => [
                image.src, image.complete, image.naturalWidth, image.naturalHeight,
                image.checkVisibility()]);
        """
        return [ShownImage(*fields) for fields in self.script(FIND_DEEP + source, "img")]

    def pixel_digests(self) -> list[str]:
        """For each of `images()` the SHA-256 of its RGBA bytes as Chromium draws it.

        Exact for opaque images only: a canvas multiplies colours by alpha and rounds them.
        """
        source = """
            const done = arguments[arguments.length - 1];
            Promise.all(found.filter(image => image.src).map(async image => {
                const canvas = document.createElement('canvas');
                canvas.width = image.naturalWidth;
                canvas.height = image.naturalHeight;
                const context = canvas.getContext('2d');
                context.drawImage(image, 0, 0);
                const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
                const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
                return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
            })).then(done);
        """
        self._driver.set_script_timeout(60)
        digests: list[str] = self._driver.execute_async_script(FIND_DEEP + source, "img")
        return digests

    def texts(self, selector: str) -> list[str]:
        """The visible text of every element that matches."""
        source = "return found.map(element => element.innerText.trim());"
        texts: list[str] = self.script(FIND_DEEP + source, selector)
        return texts

    def console(self) -> list[str]:
        """The page's warnings and errors since the last call."""
        driver: Any = self._driver  # selenium gives get_log no types.
        entries: list[dict[str, Any]] = driver.get_log("browser")
        return [f"{entry['level']}: {entry['message']}" for entry in entries]

    def show_all(self) -> None:
        """Make the window as tall as what the page scrolls, so that nothing is out of sight."""
        width, height = self._size
        while height < LARGEST_HEIGHT:
            overflow = int(self.script(FIND_DEEP + OVERFLOW, "*"))
            if overflow == 0:
                return
            height = min(height + overflow, LARGEST_HEIGHT)
            self._resize(width, height)
            time.sleep(0.5)  # Cards that came into sight fill, and some grow as they do.

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the window as a test artefact called `name`.png."""
        path = artifact_folder() / f"{name}.png"
        path.write_bytes(self._driver.get_screenshot_as_png())
        return path
