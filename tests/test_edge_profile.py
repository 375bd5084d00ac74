"""`profile="edge"`: one word for bounded storage, small buffers, and never stopping a program."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tfevents_lite import FileWriter, SummaryWriter, read_events

from .faulty_system import FullDisk

# Of every file: the record of its version.
OVERHEAD = 200


def size_of(folder: Path) -> int:
    """How many bytes are in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_edge_holds_a_page_back(tmp_path: Path) -> None:
    """Events go out by pages of 4 KB; `flush` and `close` write what is left."""
    writer = SummaryWriter(tmp_path, profile="edge")
    for step in range(20):
        writer.add_scalar("loss", 0.5, step)
    assert size_of(tmp_path) < OVERHEAD
    for step in range(20, 200):
        writer.add_scalar("loss", 0.5, step)
    assert size_of(tmp_path) > 4096
    writer.close()
    (path,) = tmp_path.iterdir()
    assert len(list(read_events(path))) == 201


def test_edge_is_bounded(tmp_path: Path) -> None:
    """Files are rotated, and the oldest removed, before there are more than 16 MB of them."""
    with SummaryWriter(tmp_path, profile="edge") as writer:
        for step in range(40):
            writer.add_text("noise", "x" * 1_000_000, step)
            assert size_of(tmp_path) <= 1 << 24
    assert size_of(tmp_path) > 1 << 23
    assert len(list(tmp_path.iterdir())) > 3


def test_edge_survives_a_full_disk(tmp_path: Path) -> None:
    """A full disk is warned of once, and what is dropped is counted; then logging goes on."""
    system = FullDisk()
    writer = SummaryWriter(tmp_path, profile="edge", system=system)
    system.full = True
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(5000):
            writer.add_scalar("loss", 0.5, step)
    (warning,) = caught
    assert "No space left" in str(warning.message)
    assert 0 < writer.dropped < 5000
    system.full = False
    writer.add_scalar("loss", 0.5, 5000)
    writer.close()
    (path,) = tmp_path.iterdir()
    assert len(list(read_events(path))) == 1 + 5001 - writer.dropped


def test_what_is_given_wins(tmp_path: Path) -> None:
    """An option that is given is not the profile's; profile=None is no profile."""
    for options in ({"profile": "edge", "buffer_bytes": 0}, {"profile": None}):
        with FileWriter(tmp_path, **options) as writer:
            before = writer.file.bytes
            writer.add_summary(b"")
            assert writer.file.bytes > before


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    """Another word is a ValueError that says which there are, before anything is written."""
    with pytest.raises(ValueError, match="profile must be 'edge' or None, got 'tiny'"):
        SummaryWriter(tmp_path / "run", profile="tiny")  # type: ignore[arg-type] # That is the test.
    assert not (tmp_path / "run").exists()
