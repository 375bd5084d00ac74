"""Files of remote runs: what is written is sent, once and whole, whatever fails meanwhile.

The place is fsspec's own, in memory; what a real object store does is in test_object_store.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main
from tfevents_lite.remote.urls import Place

pytestmark = pytest.mark.slow

URL = "memory://bucket/run"


@pytest.fixture(autouse=True)
def memory() -> Iterator[Any]:
    """The file system in memory, empty before and after."""
    system = fsspec.filesystem("memory")
    for _ in range(2):
        if system.exists("/bucket"):
            system.rm("/bucket", recursive=True)
        if _ == 0:
            yield system


@pytest.fixture
def spool(tmp_path: Path) -> str:
    return str(tmp_path / "spool")


def points(url: str = URL) -> dict[str, dict[str, list[int]]]:
    """The steps of each run and tag at a URL."""
    return {
        run: {tag: series.step.tolist() for tag, series in tags.items()}
        for run, tags in tfe.read_scalars(url).items()
    }


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_empty(spool: str) -> bool:
    """Whether a spool holds no file, once forgotten writers are collected."""
    gc.collect()
    return not any(path.is_file() for path in Path(spool).rglob("*"))


def is_held(lock: Path) -> bool:
    """Whether somebody holds the lock of a session, once forgotten writers are collected."""
    import fcntl

    gc.collect()
    with lock.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_flush_returns_when_all_has_arrived(memory: Any, spool: str) -> None:
    """After each flush the points are there, in files that sort by creation and never change."""
    with tfe.SummaryWriter(URL, spool=spool) as writer:
        assert writer.log_dir == URL
        seen: dict[str, bytes] = {}
        for begin in range(0, 30, 10):
            for step in range(begin, begin + 10):
                writer.add_scalar("loss", step / 10, step)
            assert writer.pending > 0
            writer.flush()
            assert writer.pending == 0
            assert points() == {".": {"loss": list(range(begin + 10))}}
            files = {path: memory.cat_file(path) for path in memory.find("/bucket")}
            assert list(files)[: len(seen)] == list(seen)
            assert {path: files[path] for path in seen} == seen
            seen = files
        assert len(seen) == 3
    assert list(memory.find("/bucket")) == list(seen)
    del writer
    wait_for(lambda: is_empty(spool))


def test_what_is_sent_is_hardly_more_than_what_is_logged(memory: Any, spool: str) -> None:
    """Over a run of many segments, at most 1.1 times the bytes of a local run are sent."""
    sent: list[int] = []
    put = Place.put

    def counted(self: Place, local: str, name: str) -> None:
        sent.append(os.path.getsize(local))
        put(self, local, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Place, "put", counted)
        with tfe.SummaryWriter(URL, spool=spool, max_file_bytes=8192) as writer:
            for step in range(5000):
                writer.add_scalar("loss", step, step)
    with tfe.SummaryWriter(f"{spool}/local") as writer:
        for step in range(5000):
            writer.add_scalar("loss", step, step)
        local = writer.file_writer.file.bytes
    assert len(sent) > 10
    assert sum(sent) <= 1.1 * local
    assert points() == {".": {"loss": list(range(5000))}}


def test_points_appear_within_flush_secs(spool: str) -> None:
    """Without a call, a file is ended and sent every `flush_secs`."""
    with tfe.SummaryWriter(URL, spool=spool, flush_secs=0.2) as writer:
        writer.add_scalar("loss", 1, 1)
        wait_for(lambda: points() == {".": {"loss": [1]}})
        writer.add_scalar("loss", 1, 2)
        wait_for(lambda: points() == {".": {"loss": [1, 2]}})


def test_all_that_belongs_to_a_run_is_there(memory: Any, spool: str) -> None:
    """Sub-runs, hyperparameters and the projector's files are sent as they lie in the folder."""
    with tfe.SummaryWriter(URL, spool=spool) as writer:
        writer.add_scalars("main", {"a": 1.0, "b": 2.0}, 1)
        writer.add_hparams({"lr": 0.1}, {"score": 1.0})
        writer.add_hparams({"lr": 0.2}, {"score": 2.0}, run_name="second")
        writer.add_embedding([[1.0, 2.0], [3.0, 4.0]], ["x", "y"])
    names = {path.partition("/bucket/run/")[2] for path in memory.find("/bucket")}
    assert {"projector_config.pbtxt", "00000/default/tensors.tsv"} < names
    assert points() == {".": {"score": [0]}, "main_a": {"main": [1]}, "main_b": {"main": [1]},
                        "second": {"score": [0]}}  # fmt: skip


class Outage:
    """Makes all that is sent fail while it lasts."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.lasts = True
        self.tries = 0
        put = Place.put

        def fail(place: Place, local: str, name: str) -> None:
            self.tries += 1
            if self.lasts:
                raise OSError(None, "ConnectionError: no route", f"{place.url}/{name}")
            put(place, local, name)

        patch.setattr(Place, "put", fail)


def test_an_outage_stops_nothing(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logging goes on, flush raises, `pending` grows; after the outage everything arrives."""
    outage = Outage(monkeypatch)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        writer = tfe.SummaryWriter(URL, spool=spool, flush_secs=0.05)
        for step in range(50):
            writer.add_scalar("loss", step, step)
            time.sleep(0.005)
        with pytest.raises(OSError, match=r"no route: [\d,]+ bytes wait in .*spool") as raised:
            writer.flush()
        assert raised.value.filename.startswith("memory://bucket/run/events")
        wait_for(lambda: outage.tries >= 3)
        assert writer.pending > 50 * 40
        outage.lasts = False
        writer.close()
    assert ["no route" in str(warning.message) for warning in warned] == [True]
    assert points() == {".": {"loss": list(range(50))}}


def test_close_gives_up_in_time(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `ship_timeout`, close raises, or warns if it was asked to; the next writer sends it."""
    outage = Outage(monkeypatch)
    writer = tfe.SummaryWriter(URL, spool=spool, ship_timeout=0)
    writer.add_scalar("loss", 0.5, 1)
    with pytest.raises(OSError, match="tfevents-lite ship") as raised:
        writer.close()
    warns = tfe.SummaryWriter(URL, spool=spool, ship_timeout=0, on_error="warn")
    warns.add_scalar("loss", 0.5, 2)
    with pytest.warns(RuntimeWarning, match="no route"):
        warns.close()
    del writer, warns, raised
    wait_for(lambda: not any(map(is_held, Path(spool).rglob(".lock"))))
    outage.lasts = False
    with tfe.SummaryWriter(URL, spool=spool) as third:
        third.add_scalar("loss", 0.5, 3)
    assert points() == {".": {"loss": [1, 2, 3]}}


def test_a_full_spool_is_a_full_disk(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond `max_spool_bytes` a call raises; when there is room again, logging goes on."""
    outage = Outage(monkeypatch)
    options: dict[str, Any] = {"max_spool_bytes": 2000, "max_pending_bytes": 0}
    writer = tfe.SummaryWriter(URL, spool=spool, **options)
    kept, told = 0, ""
    while not told and kept < 60:
        try:
            writer.add_scalar("loss", kept, kept)
            kept += 1
        except OSError as error:
            told = str(error)
    assert "the spool is full: max_spool_bytes=2000" in told
    assert kept > 20
    outage.lasts = False
    writer.flush()
    writer.add_scalar("loss", 100, 100)
    writer.close()
    assert points() == {".": {"loss": [*range(kept), 100]}}


def test_resume_knows_the_last_step(spool: str) -> None:
    """With resume, `last_step` is from the files at the URL, and tags keep their kinds."""
    with tfe.SummaryWriter(URL, spool=spool) as writer:
        writer.add_scalar("loss", 0.5, 7)
    with tfe.SummaryWriter(URL, spool=spool, resume=True) as writer:
        assert writer.last_step == 7
        with pytest.raises(ValueError, match="holds scalars already"):
            writer.add_image("loss", [[0.0]], 8, dataformats="HW")
        writer.add_scalar("loss", 0.5, 8)
    assert points() == {".": {"loss": [7, 8]}}


KILLED = """
import sys, os, signal
import tfevents_lite as tfe
writer = tfe.SummaryWriter(sys.argv[1], spool=sys.argv[2], max_file_bytes=2000)
for step in range(200):
    writer.add_scalar("loss", step, step)
    print(step, flush=True)
sys.stdin.read()
"""


def test_a_killed_process_loses_nothing(tmp_path: Path, spool: str) -> None:
    """What a killed process acknowledged is sent by the next writer, or by the command."""
    url = f"local://{tmp_path}/there"
    for turn in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, f"{url}/{turn}", spool],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            acknowledged = [process.stdout.readline() for _ in range(150)]
            process.kill()
            acknowledged += process.stdout.read().split()
        last = int(acknowledged[-1])
        if turn:
            assert main(["ship", spool]) == 0
        else:
            tfe.SummaryWriter(f"{url}/{turn}", spool=spool).close()
            gc.collect()
        found = points(f"{url}/{turn}")["."]["loss"]
        assert found[: last + 1] == list(range(last + 1))
    assert is_empty(spool)


def test_a_torn_record_is_not_sent(tmp_path: Path, spool: str) -> None:
    """Of a file that ends within a record, all records before it are sent."""
    writer = tfe.SummaryWriter(URL, spool=spool)
    for step in range(3):
        writer.add_scalar("loss", step, step)
    path = Path(writer.file_writer.file.path)
    session = next(iter(Path(spool).rglob(".lock"))).parent
    dead = session.with_name("0-1")
    dead.mkdir()
    (dead / ".lock").touch()
    (dead / path.name).write_bytes(path.read_bytes()[:-5])
    assert main(["ship", spool]) == 0
    assert not dead.exists()
    assert points() == {".": {"loss": [0, 1]}}
    writer.close()


def child(writer: Any) -> None:
    writer.add_scalar("loss", 1, 1)
    writer.flush()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_sends_its_own(tmp_path: Path, spool: str) -> None:
    """A forked child's events go to a run of its own, sent by the child; the parent's are not."""
    url = f"local://{tmp_path}/there"
    with tfe.SummaryWriter(url, spool=spool) as writer:
        writer.add_scalar("loss", 0, 0)
        process = multiprocessing.get_context("fork").Process(target=child, args=(writer,))
        process.start()
        process.join()
        assert process.exitcode == 0
        assert points(url) == {f"process-{process.pid}": {"loss": [1]}}
    assert points(url)["."] == {"loss": [0]}


def test_no_threads_are_needed(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, flush and close send."""
    import threading

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with tfe.SummaryWriter(URL, spool=spool) as writer:
        writer.add_scalar("loss", 0, 0)
        writer.flush()
        assert points() == {".": {"loss": [0]}}
        writer.add_scalar("loss", 0, 1)
    assert points() == {".": {"loss": [0, 1]}}


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("s4://bucket/run", ValueError, "no scheme that fsspec knows"),
        ("abfs://bucket/run", ImportError, "'abfs://bucket/run' needs another package: .*adlfs"),
    ],
)
def test_urls_that_cannot_be_written(
    url: str, error: type[Exception], message: str, spool: str
) -> None:
    """An unknown scheme, and a missing driver, are refused with what to do; nothing is left."""
    with pytest.raises(error, match=message):
        tfe.SummaryWriter(url, spool=spool)
    assert not Path(spool).exists()


def test_without_fsspec(spool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fsspec the error says what to install."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImportError, match=r"pip install 'tfevents-lite\[remote\]'"):
        tfe.SummaryWriter(URL, spool=spool)


def test_readers_and_commands_take_urls(
    memory: Any, spool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is at a URL, a folder or one file, is read as what is in a folder."""
    for place, options in ((URL, {"spool": spool}), (str(tmp_path / "run"), {})):
        with tfe.SummaryWriter(place, clock=lambda: 7.5, **options) as writer:  # type: ignore[arg-type] # mypy can't tell the dictionaries apart.
            writer.add_scalar("loss", 0.5, 3)
            writer.add_image("dot", [[1.0]], 3, dataformats="HW")
    (path,) = memory.find("/bucket")
    url = f"memory://{path[1:]}"
    local = next((tmp_path / "run").iterdir())
    assert list(tfe.read_events(url)) == list(tfe.read_events(local))
    assert [i.data for i in tfe.read_images(URL)] == [i.data for i in tfe.read_images(local)]
    for command in (["inspect"], ["show"], ["export"], ["verify"]):
        printed = []
        for place in (URL, str(tmp_path / "run")):
            assert main([*command, place]) == 0
            printed.append(capsys.readouterr().out)
        if command != ["verify"]:  # It prints paths.
            assert printed[0] == printed[1]


def test_options_of_the_other_kind(spool: str, tmp_path: Path) -> None:
    """Options for URLs are refused for a folder, and the other way round."""
    with pytest.raises(TypeError, match="spool is for a run at a URL"):
        tfe.SummaryWriter(str(tmp_path / "run"), spool=spool)
    with pytest.raises(ValueError, match="max_spool_bytes"):
        tfe.SummaryWriter(URL, spool=spool, max_total_bytes=1 << 20)


def test_local_folders_load_nothing_of_it(tmp_path: Path) -> None:
    """A local run imports neither this part of the package nor threading."""
    code = f"""
import sys, tfevents_lite as tfe
tfe.SummaryWriter({str(tmp_path / "run")!r}).add_scalar("loss", 1, 1)
print([name for name in sys.modules if ".remote" in name or name in ("threading", "fsspec")])
"""
    env = {**os.environ, "PYTHONPATH": str(Path(tfe.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert done.stdout == "[]\n", done.stderr


def test_nothing_is_written_where_nothing_is_to_be(memory: Any, spool: str) -> None:
    """With write_to_disk=False, a run at a URL is checked, and neither spooled nor sent."""
    with tfe.SummaryWriter(URL, spool=spool, write_to_disk=False) as writer:
        writer.add_scalar("loss", 0.5, 1)
    assert not Path(spool).exists()
    assert memory.find("/bucket") == []
