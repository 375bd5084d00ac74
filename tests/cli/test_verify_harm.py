"""`verify` tells what is whole and yet may stop TensorBoard; `repair` leaves it out."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tfevents_lite import Event, FileWriter, Summary, SummaryWriter, read_events, tfrecord
from tfevents_lite.reading import recovery
from tfevents_lite.reading.recovery import examine

from ..gallery import write_gallery
from ..oracles.tensorboard import LOADERS, Loader, TensorBoardError, TensorBoardServer
from ..repairing import repair
from ..test_guard import HARMFUL
from .conftest import Cli, write_foreign

IMAGE = Summary.Value(tag="loss", image=Summary.Image(encoded_image_string=b"1"))


def of(*values: Summary.Value, **fields: Any) -> bytes:
    """A record of an event of some values."""
    fields = {"wall_time": 1.0, "step": 1, **fields}
    event = Event(summary=Summary(value=list(values)), **fields)
    return tfrecord.frame(event.SerializeToString())


HARMS = {name: (of(make()), says) for name, (make, says) in HARMFUL.items()}
HARMS["a time that is no number"] = (of(wall_time=math.nan), "wall_time must be finite, got nan")
HARMS["another kind"] = (of(IMAGE), "'loss' holds scalars already, and can't hold images")


def write_run(folder: Path, *records: bytes) -> Path:
    """Two scalars, records that are not checked, and two more scalars."""
    with FileWriter(folder) as writer:
        for step in range(4):
            for record in records if step == 2 else ():
                writer.file.write_record(record)
            writer.add_summary(Summary(value=[Summary.Value(tag="loss", simple_value=1)]), step)
    return Path(writer.file.path)


@pytest.mark.parametrize("case", HARMS)
def test_what_is_whole_but_harmful(case: str, tmp_path: Path, cli: Cli) -> None:
    """It is told with its offset, reason and an exit status of its own; repair leaves it out."""
    record, says = HARMS[case]
    path = write_run(tmp_path / "run", record)
    begin = path.read_bytes().index(record)
    said = cli("verify", path, status=5)
    assert f"{path}: harmful, 5 events and 1 harmful" in said
    assert f"  bytes {begin} to {begin + len(record)}: TensorBoard may not load this: " in said
    found = json.loads(cli("verify", "--json", path, status=5))
    assert (found["state"], found["events"], found["harm_count"]) == ("harmful", 5, 1)
    assert (found["damages"], found["lost_bytes"]) == ([], 0)
    (harm,) = examine(str(path)).harms
    assert (harm.offset, harm.end, harm.kind) == (begin, begin + len(record), "harmful")
    with pytest.raises(ValueError, match=says):
        raise ValueError(harm.reason)
    assert "lossy: 5 events written" in cli("repair", path, "-o", tmp_path / "out", status=3)
    cli("verify", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == path.read_bytes().replace(record, b"")


def test_harm_damage_and_torn_tails(tmp_path: Path, cli: Cli) -> None:
    """Damage is worse than harm, harm than a torn tail: in a file, and among files."""
    record, _ = HARMS["a ragged histogram"]
    path = write_run(tmp_path / "run" / "harmful", record)
    torn = write_run(tmp_path / "run" / "torn")
    torn.write_bytes(torn.read_bytes()[:-3])
    cli("verify", torn, status=3)
    cli("verify", tmp_path, status=5)
    path.write_bytes(path.read_bytes()[:-3])
    assert "harmful, 4 events and 1 harmful" in cli("verify", path, status=5)
    path.write_bytes(path.read_bytes().replace(record, b"\x01" + record))
    assert "damaged, 4 events and 1 harmful" in cli("verify", path, status=4)
    cli("verify", tmp_path, status=4)


def test_nothing_but_harm(tmp_path: Path, cli: Cli) -> None:
    """A file of nothing that TensorBoard would load is harmful, and no new one is made of it."""
    path = tmp_path / "x.tfevents"
    path.write_bytes(HARMS["no value"][0])
    cli("verify", path, status=5)
    cli("repair", path, "-o", tmp_path / "out", status=1)
    assert not (tmp_path / "out").exists()


def test_kinds_are_a_runs(tmp_path: Path, cli: Cli) -> None:
    """A tag that changes its kind from one file of a run to the next is told; of other runs not."""
    write_run(tmp_path / "a")
    with FileWriter(tmp_path / "b") as writer:
        writer.add_summary(Summary(value=[IMAGE]))
    cli("verify", tmp_path)
    with FileWriter(tmp_path / "a") as writer:
        writer.add_summary(Summary(value=[IMAGE]))
    assert f"{writer.file.path}: harmful, 1 events" in cli("verify", tmp_path, status=5)


def test_what_does_no_harm(tmp_path: Path, cli: Cli) -> None:
    """Files of TensorFlow's, whose tags say their plugin once, and MetaGraphDefs are intact."""
    write_foreign(tmp_path / "foreign")
    meta = tfrecord.frame(Event(wall_time=1.0, meta_graph_def=b"\x0a\x00").SerializeToString())
    write_run(tmp_path / "meta", meta)
    assert cli("verify", tmp_path).count(": intact, ") == 2


def test_a_tag_that_is_not_utf_8(tmp_path: Path, cli: Cli) -> None:
    """No protobuf parser takes it for an event, so it is damage."""
    path = write_run(tmp_path / "run", of(Summary.Value(tag="\x7f")).replace(b"\x7f", b"\xff"))
    bad = tfrecord.frame(b"\x2a\x05\x0a\x03\x0a\x01\xff")
    path.write_bytes(path.read_bytes() + bad)
    assert "a record is no Event: a string is not UTF-8" in cli("verify", path, status=4)


def test_much_harm_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is wrong the first so many are remembered, and all are counted."""
    monkeypatch.setattr(recovery, "_MOST_TOLD", 3)
    monkeypatch.setattr(recovery, "_MOST_TAGS", 2)
    record, _ = HARMS["no value"]
    path = tmp_path / "x.tfevents"
    good = [of(Summary.Value(tag=tag, simple_value=1)) for tag in "abcd"]
    path.write_bytes(b"".join(good) + (record + b"\xff" * 20 + good[0]) * 5)
    findings = examine(str(path))
    assert (len(findings.harms), findings.harm_count) == (3, 5)
    assert (len(findings.damages), findings.damage_count, findings.lost_bytes) == (3, 5, 100)
    assert (findings.state, findings.events) == ("damaged", 9)
    assert repair(str(path), str(tmp_path / "out")).events == 9


@pytest.mark.parametrize("loader", LOADERS)
def test_tensorboard_agrees(loader: Loader, tmp_path: Path) -> None:
    """What verify tells does stop a loader; what it calls intact after a repair, both load."""
    stops = {
        "a ragged histogram": "slow", "sound with no clips": "slow",
        "a field of another type": "fast", "a time that is no number": "fast",
    }  # fmt: skip
    for number, case in enumerate(stops):
        path = write_run(tmp_path / "bad" / str(number) / "run", HARMS[case][0])
        assert examine(str(path)).state == "harmful"
        new = tmp_path / "good" / str(number) / path.name
        new.parent.mkdir(parents=True)
        repair(str(path), str(new))
        assert examine(str(new)).state == "intact"
        if stops[case] == loader:
            shown: list[int] = []
            # The oracle may tell, as an error, that the reloader's thread has died.
            with suppress(TensorBoardError), TensorBoardServer(path.parents[1], loader) as server:
                shown = [point.step for point in server.scalars("run", "loss")]
            assert 3 not in shown, case
    with TensorBoardServer(tmp_path / "good", loader) as server:
        for number in range(len(stops)):
            steps = [point.step for point in server.scalars(str(number), "loss")]
            assert steps == [0, 1, 2, 3]


def test_what_this_package_writes_is_intact(tmp_path: Path, cli: Cli) -> None:
    """The gallery, with every kind of value, is neither damaged nor harmful."""
    write_gallery(str(tmp_path / "gallery"))
    assert "harmful" not in cli("verify", tmp_path / "gallery")
    with SummaryWriter(tmp_path / "hparams") as writer:
        writer.add_hparams({"lr": 0.1}, {"loss": 1.0})
        file = writer.file_writer.file
    cli("verify", tmp_path / "hparams")
    assert list(read_events(file.path))
