"""What TensorBoard does with files, as `proto/README.md` says: held against both of its loaders."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import (
    DataType,
    Event,
    SessionLog,
    Summary,
    SummaryMetadata,
    TensorProto,
    TensorShapeProto,
    tfrecord,
)

from .oracles.tensorboard import LOADERS, Loader, TensorBoardError, TensorBoardServer

pytestmark = pytest.mark.server


def payload(step: int, wall_time: float = 1.0, extra: bytes = b"", *, value: float = 0.5) -> bytes:
    """An event of one scalar, with bytes of our choice after it."""
    event = Event(wall_time=wall_time, step=step)
    event.summary.value.add(tag="loss", simple_value=value)
    return event.SerializeToString() + extra


def record(step: int, wall_time: float = 1.0, extra: bytes = b"") -> bytes:
    return tfrecord.frame(payload(step, wall_time, extra))


def tensor(step: int, dtype: str, **fields: Any) -> bytes:
    """An event of one number as a tensor."""
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = SummaryMetadata(plugin_data=plugin, data_class=1)
    made = TensorProto(dtype=DataType.Value(dtype), tensor_shape=TensorShapeProto(), **fields)
    value = Summary.Value(tag="loss", tensor=made, metadata=metadata)
    return tfrecord.frame(Event(step=step, summary=Summary(value=[value])).SerializeToString())


def start(step: int) -> bytes:
    log = SessionLog(status=SessionLog.START)
    return tfrecord.frame(Event(wall_time=1, step=step, session_log=log).SerializeToString())


def wrong_length(data: bytes) -> bytes:
    return data[:8] + struct.pack("<I", 12345) + data[12:]


# By case: a file, and the steps that the fast and the slow loader show of its scalar. None: the
# loader's thread dies, and nothing is read any more, from any run.
CASES: dict[str, tuple[Callable[[], bytes], list[int], list[int] | None]] = {
    "whole": (lambda: record(0) + record(1), [0, 1], [0, 1]),
    "torn": (lambda: record(0) + record(1)[:-5], [0], [0]),
    "wrong length": (lambda: record(0) + wrong_length(record(1)) + record(2), [0], [0]),
    "zeros": (lambda: record(0) + bytes(100) + record(2), [0], [0]),
    "a step again": (lambda: record(0) + record(1) + record(1), [0, 1], [0, 1, 1]),
    "a step back": (lambda: record(0) + record(5) + record(3), [0, 3], [0, 5, 3]),
    "no time": (lambda: record(0) + record(1, float("nan")) + record(2), [0], [0, 1, 2]),
    "no event": (lambda: record(0) + tfrecord.frame(b"\x0a\xff") + record(2), [0], None),
    "no UTF-8": (
        lambda: record(0) + record(1, extra=b"\x2a\x05\x0a\x03\x0a\x01\xff") + record(2),
        [0],
        None,
    ),
    "a start": (lambda: record(0) + record(1) + start(1) + record(2), [0, 1, 2], [0, 1, 2]),
    "two starts": (lambda: record(0) + record(1) + start(1) * 2 + record(2), [0, 1, 2], [0, 2]),
    "a group": (lambda: record(0) + record(1, extra=b"\xf3\x06\xf4\x06"), [0, 1], [0, 1]),
    "a tag of six bytes": (
        lambda: record(0) + record(1, extra=bytes.fromhex("f8868080800001")) + record(2),
        [0, 1, 2],
        None,
    ),
    "65 bits": (
        lambda: record(0) + record(1, extra=b"\xf8\x06" + b"\xff" * 9 + b"\x02") + record(2),
        [0],
        [0, 1, 2],
    ),
    "a broken variant": (
        lambda: (
            record(0) + record(1, extra=b"\x2a\x08\x0a\x06\x42\x04\x7a\x02\xff\xff") + record(2)
        ),
        [0],
        None,
    ),
    "floats as tensors": (lambda: tensor(0, "DT_FLOAT", float_val=[1]), [0], [0]),
    "doubles as tensors": (lambda: tensor(0, "DT_DOUBLE", double_val=[1]), [], [0]),
    "halves as tensors": (lambda: tensor(0, "DT_HALF", half_val=[15360]), [], [0]),
    "integers as tensors": (lambda: tensor(0, "DT_INT32", int_val=[1]), [], [0]),
}


SHOWN = [
    (loader, case, steps)
    for case, (_, fast, slow) in CASES.items()
    for loader, steps in (("fast", fast), ("slow", slow))
    if steps is not None
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Loader, TensorBoardServer]]:
    """TensorBoard with each loader, on a run for each case that does not stop it."""
    with ExitStack() as stack:
        started: dict[Loader, TensorBoardServer] = {}
        for loader in LOADERS:
            root = tmp_path_factory.mktemp(loader)
            for _, case, _ in (shown for shown in SHOWN if shown[0] == loader):
                write(root / case, CASES[case][0]())
            started[loader] = stack.enter_context(TensorBoardServer(root, loader))
        yield started


def write(run: Path, data: bytes) -> Path:
    """An event file: its version, which the Python loader looks at, and more."""
    run.mkdir(parents=True)
    path = run / "events.out.tfevents.0000000001.host"
    version = Event(wall_time=1, file_version="brain.Event:2")
    path.write_bytes(tfrecord.frame(version.SerializeToString()) + data)
    return path


@pytest.mark.parametrize(("loader", "case", "steps"), SHOWN)
def test_what_is_shown_of_a_file(
    loader: Loader, case: str, steps: list[int], servers: dict[Loader, TensorBoardServer]
) -> None:
    """Each loader shows these steps of a file, and no others."""
    tags = servers[loader].tags("scalars").get(case, {})
    found = servers[loader].scalars(case, "loss") if "loss" in tags else []
    assert [point.step for point in found] == steps


@pytest.mark.parametrize("case", [name for name, (*_, slow) in CASES.items() if slow is None])
def test_what_ends_the_python_loader(case: str, tmp_path: Path) -> None:
    """One such record stops the thread that reads all runs."""
    write(tmp_path / "run", CASES[case][0]())
    with (
        pytest.raises(TensorBoardError, match="reload thread died"),
        TensorBoardServer(tmp_path, "slow"),
    ):
        pass


@pytest.mark.parametrize("loader", LOADERS)
def test_a_file_that_grows_while_there_is_a_later_one(loader: Loader, tmp_path: Path) -> None:
    """The fast loader reads what is added to the earlier file, the slow one does not."""
    path = write(tmp_path / "run", record(0))
    later = path.with_name("events.out.tfevents.0000000002.host")
    later.write_bytes(record(1))
    with TensorBoardServer(tmp_path, loader) as server:
        with path.open("ab") as file:
            file.write(record(2))
        with later.open("ab") as file:
            file.write(record(3))
        server.reload()
        steps = {point.step for point in server.scalars("run", "loss")}
        assert steps - {0, 1} == ({2, 3} if loader == "fast" else {3})


@pytest.mark.parametrize("loader", LOADERS)
def test_a_torn_record_may_be_completed_but_not_followed(loader: Loader, tmp_path: Path) -> None:
    """A file whose last record is completed is read on; one that goes on without that is lost."""
    whole = record(0) + record(1)
    completed = write(tmp_path / "completed", whole[:-5])
    followed = write(tmp_path / "followed", whole[:-5])
    with TensorBoardServer(tmp_path, loader) as server:
        for path, more in ((completed, whole[-5:]), (followed, record(2))):
            with path.open("ab") as file:
                file.write(more + record(3))
        server.reload()
        assert [point.step for point in server.scalars("completed", "loss")] == [0, 1, 3]
        steps = [point.step for point in server.scalars("followed", "loss")]
        # The fast loader takes the first bytes of what follows for the end of the torn record.
        assert steps[0] == 0
        assert 3 not in steps
