"""Fixtures that every test can ask for: TensorBoard with each of its loaders, and a browser.

Both are started when the first test asks and kept for the session, in each process of pytest-xdist.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .oracles.browser import INSTALL, Browser, missing_programs
from .oracles.tensorboard import LOADERS, Loader, TensorBoardServer

# Fixtures that start a program which stays: TensorBoard or a browser.
SERVERS = {"browser", "server", "shared_tensorboard", "tensorboard"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask for a server, so that `-m "not server"` leaves them out."""
    for item in items:
        if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("server")


@pytest.fixture(scope="session")
def tensorboard_logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared servers, for a run that is written once and shown by both."""
    return tmp_path_factory.mktemp("tensorboard")


@pytest.fixture(scope="session")
def shared_tensorboard(
    tensorboard_logdir: Path,
) -> Iterator[Callable[[Loader], TensorBoardServer]]:
    """Give the session's one server with a loader, started on first use."""
    servers: dict[Loader, TensorBoardServer] = {}
    with ExitStack() as stack:

        def server(loader: Loader) -> TensorBoardServer:
            if loader not in servers:
                servers[loader] = stack.enter_context(TensorBoardServer(tensorboard_logdir, loader))
            return servers[loader]

        yield server


@pytest.fixture(params=LOADERS)
def tensorboard(
    request: pytest.FixtureRequest, shared_tensorboard: Callable[[Loader], TensorBoardServer]
) -> TensorBoardServer:
    """A running TensorBoard, once with each loader.

    Write runs into `tensorboard.new_run()`, call `tensorboard.reload()` and ask. Other tests' runs
    are there too: hyperparameters, custom scalars, damaged files and pages in the browser need a
    `TensorBoardServer` of their own.
    """
    return shared_tensorboard(request.param)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Only a developer's machine may do without; CI may not."""
    missing = missing_programs()
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{' and '.join(missing)} not found; install with: {INSTALL}")
    with Browser() as running:
        yield running
