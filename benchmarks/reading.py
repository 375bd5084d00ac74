"""Reading scalars back into columns, against TensorBoard's own EventAccumulator."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

from .harness import OURS, Contestant, Row, compare


def run(scale: float) -> list[Row]:
    """One row: a run of a million scalars under ten tags."""
    count = max(int(1_000_000 * scale), 1000)
    folder = tempfile.mkdtemp(prefix="bench-")
    from tfevents_lite import SummaryWriter

    with SummaryWriter(folder, buffer_bytes=1 << 16) as writer:
        for step in range(count // 10):
            for tag in range(10):
                writer.add_scalar(f"tag {tag}", step / count, step)

    def ours() -> Callable[[], object]:
        from tfevents_lite import read_scalars

        def call() -> None:
            columns = read_scalars(folder)["."]
            if sum(column.step.size for column in columns.values()) != count:
                raise RuntimeError("points are missing")

        return call

    def accumulator() -> Callable[[], object]:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        def call() -> None:
            reader = EventAccumulator(folder, size_guidance={"scalars": 0})
            reader.Reload()
            if sum(len(reader.Scalars(tag)) for tag in reader.Tags()["scalars"]) != count:
                raise RuntimeError("points are missing")

        return call

    contestants = [
        Contestant(OURS, ours),
        Contestant("EventAccumulator", accumulator, "tensorboard"),
    ]
    targets = {"EventAccumulator": 5.0}
    work = f"reading {count:,} scalars back, per scalar"
    return [compare(work, contestants, per=count, rounds=2, targets=targets)]
