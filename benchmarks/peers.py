"""The writers that are compared: ours, tensorboardX's and torch's, each in a folder of its own.

All three take the same calls; what differs is how to open one and how to know that all is on disk.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .harness import OURS, Contestant, when_done

PEERS = {"tensorboardX": "tensorboardX", "torch": "torch"}
PACKAGES = ["numpy", "crcmod", "tensorboardX", "torch", "tensorboard", "google-crc32c", "pillow"]

# For how many seconds a writer may keep back what it was told to flush.
PATIENCE = 60


@contextmanager
def importing() -> Iterator[None]:
    """What a peer's import warns of is not about us."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_writer(name: str, **options: Any) -> Any:
    """A writer of that package in a new folder; both are gone when the row is done."""
    folder = new_folder()
    if name == OURS:
        import tfevents_lite

        writer = tfevents_lite.SummaryWriter(folder, **options)
    else:
        with importing():
            if name == "tensorboardX":
                from tensorboardX import SummaryWriter
            else:
                from torch.utils.tensorboard import SummaryWriter
            writer = SummaryWriter(folder, **options)
    when_done(writer.close)
    return writer


def new_folder() -> str:
    """A folder that lasts as long as the row that is being measured."""
    folder = tempfile.mkdtemp(prefix="bench-")
    when_done(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def files(writer: Any) -> list[Path]:
    """All files of a writer."""
    folder = getattr(writer, "log_dir", None) or writer.logdir
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def size_on_disk(writer: Any) -> int:
    """The bytes of all files of a writer."""
    return sum(path.stat().st_size for path in files(writer))


def values_on_disk(writer: Any) -> int:
    """How many values all event files of a writer hold, but for a record that is unfinished."""
    from tfevents_lite import read_events

    return sum(
        len(event.summary.value)
        for path in files(writer)
        if "tfevents" in path.name
        for event in read_events(path, on_error="stop")
        if event.summary is not None
    )


def writers(
    work: Callable[[Any], object],
    *,
    values: int | None = None,
    among: Sequence[str] = (OURS, *PEERS),
    **ours: Any,
) -> list[Contestant]:
    """Contestants that do `work` with their writer and then wait until it is on disk.

    The first time, not timed, it is read back whether that are as many values as it should be. Each
    time, a call ends when the files have grown as they did then: steps rise, so they never grow
    less, and tensorboardX's flush() does not wait for its queue.
    """

    def contestant(name: str) -> Contestant:
        def prepare() -> Callable[[], object]:
            writer = open_writer(name, **(ours if name == OURS else {}))
            writer.flush()
            before = size_on_disk(writer)
            work(writer)
            growth = settle(writer, values) - before

            def call() -> None:
                wanted = size_on_disk(writer) + growth
                work(writer)
                deadline = time.monotonic() + PATIENCE
                writer.flush()
                while size_on_disk(writer) < wanted:
                    writer.flush()
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"{name} has not written {growth:,} bytes")

            return call

        return Contestant(name, prepare, PEERS.get(name))

    return [contestant(name) for name in among]


def settle(writer: Any, values: int | None = None) -> int:
    """The bytes on disk, when there are so many values, and when they grow no more."""
    deadline = time.monotonic() + PATIENCE
    size = -1
    while size != (size := size_on_disk(writer)):
        writer.flush()
        time.sleep(0.1)
    if values is not None:
        while (found := values_on_disk(writer)) != values:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{found:,} values have been logged, not {values:,}")
            writer.flush()
            time.sleep(0.1)
    return size_on_disk(writer)
