"""The least that logs scalars: SummaryWriter's files, with a third of its code."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import ScalarWriter, SummaryWriter
from tfevents_lite.files.event_file import version_event
from tfevents_lite.schema.event import Event, SourceMetadata

from .test_event_file import steps_of

VALUES: list[tuple[Any, Any, float | None]] = [
    (0.5, 0, None),
    (1, 5, None),
    (math.nan, 127, 2.5),
    (-math.inf, 128, 0.0),
    (1e300, 1 << 40, None),
    ([3], None, None),
]


@pytest.mark.filterwarnings("ignore:value of", "ignore:step")
def test_the_files_are_those_of_summary_writer(tmp_path: Path) -> None:
    """Whatever is logged, the bytes are those of SummaryWriter.add_scalar."""
    given: dict[str, Any] = {"clock": lambda: 1.5, "hostname": "host", "pid": 1}
    with ScalarWriter(tmp_path / "a", **given) as small:
        for value, step, walltime in VALUES:
            small.add_scalar("loss/é", value, step, walltime)
    with SummaryWriter(tmp_path / "b", **given) as large:
        for value, step, walltime in VALUES:
            large.add_scalar("loss/é", value, step, walltime)
    (ours,), (theirs,) = (tmp_path / "a").iterdir(), (tmp_path / "b").iterdir()
    assert ours.name == theirs.name
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("wall_time", [0.0, 1.5])
def test_the_first_event_is_the_messages(wall_time: float) -> None:
    """The event that files begin with, made by hand, is what its message encodes to."""
    assert (
        version_event(wall_time)
        == Event(
            wall_time=wall_time,
            file_version="brain.Event:2",
            source_metadata=SourceMetadata(writer="tfevents-lite"),
        ).SerializeToString()
    )


def test_it_needs_no_message(tmp_path: Path) -> None:
    """Neither messages nor other kinds are imported, nor anything but the standard library."""
    code = """
import sys
from tfevents_lite import ScalarWriter
with ScalarWriter("run", profile="edge") as writer:
    writer.add_scalar("loss", 0.5, 1)
ours = {name.partition(".")[2] for name in sys.modules if name.startswith("tfevents_lite.")}
assert not {"message", "schema", "summary", "writer", "guard", "reading"} & ours, ours
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("loss", "0.5"), TypeError, "value of 'loss' must be a number, got '0.5'"),
        (("loss", [1, 2]), TypeError, r"value of 'loss' must be one number, got \[1, 2\]"),
        (("loss", 1, "half"), TypeError, "global_step of 'loss' must be an integer, got 'half'"),
        (("loss", 1, 1 << 63), ValueError, "global_step of 'loss' must be within 64 bits"),
        (("loss", 1, 1, math.nan), ValueError, "walltime must be finite, got nan"),
        ((5, 1, 1), TypeError, "tag must be a string, got 5"),
        (("\ud800", 1, 1), ValueError, "tag must be valid Unicode"),
    ],
)
def test_bad_input_is_refused(
    tmp_path: Path, arguments: Any, error: type[Exception], message: str
) -> None:
    """What can't be logged is refused by name, and leaves nothing behind."""
    with ScalarWriter(tmp_path) as writer:
        with pytest.raises(error, match=message):
            writer.add_scalar(*arguments)
        writer.add_scalar("loss", 1, 7)
    assert steps_of(tmp_path) == [7]


def test_its_options_are_those_of_files(tmp_path: Path) -> None:
    """Bounded files, held-back bytes and a new file behind close() work as in SummaryWriter."""
    with ScalarWriter(tmp_path, max_file_bytes=300, buffer_bytes=100) as writer:
        for step in range(20):
            writer.add_scalar("loss", 0.5, step)
        assert "events" in repr(writer)
        assert writer.dropped == 0
    assert len(list(tmp_path.iterdir())) > 2
    assert steps_of(tmp_path) == list(range(20))
    writer.add_scalar("loss", 0.5, 20)
    writer.flush(sync=True)
    assert steps_of(tmp_path) == list(range(21))
    with pytest.raises(ValueError, match="durability must be"):
        ScalarWriter(tmp_path, durability="best")  # type: ignore[arg-type] # Is refused.
