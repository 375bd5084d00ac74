"""The writers that are compared: ours, tensorboardX's and torch's, each in a folder of its own.

All three take the same calls; what differs is how to open one and how to know that all is on disk.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .harness import OURS, Contestant

PEERS = {"tensorboardX": "tensorboardX", "torch": "torch"}
PACKAGES = ["numpy", "crcmod", "tensorboardX", "torch", "tensorboard", "google-crc32c", "pillow"]


def open_writer(name: str, **options: Any) -> Any:
    """A writer of that package in a new folder."""
    folder = tempfile.mkdtemp(prefix="bench-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "tensorboardX":
            import tensorboardX

            return tensorboardX.SummaryWriter(folder, **options)
        if name == "torch":
            from torch.utils.tensorboard import SummaryWriter

            return SummaryWriter(folder, **options)
    import tfevents_lite

    return tfevents_lite.SummaryWriter(folder, **options)


def size_on_disk(writer: Any) -> int:
    """The bytes of all files of a writer."""
    folder = getattr(writer, "log_dir", None) or writer.logdir
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def writers(
    work: Callable[[Any], object], *, among: Sequence[str] = (OURS, *PEERS), **ours: Any
) -> list[Contestant]:
    """Contestants that do `work` with their writer and then wait until it is on disk."""

    def contestant(name: str) -> Contestant:
        def prepare() -> Callable[[], object]:
            writer = open_writer(name, **(ours if name == OURS else {}))
            last = size_on_disk(writer)

            def call() -> None:
                nonlocal last
                work(writer)
                writer.flush()
                size = size_on_disk(writer)
                if size <= last:
                    raise RuntimeError(f"{name} has written nothing")
                last = size

            return call

        return Contestant(name, prepare, PEERS.get(name))

    return [contestant(name) for name in among]
