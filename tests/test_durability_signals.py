"""Signals' handlers may log, flush and raise, whatever they interrupt: nothing hangs or is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .test_durability_processes import run_script, runs_of

pytestmark = pytest.mark.slow


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer signals")
@pytest.mark.parametrize("options", ["", "buffer_bytes=500", "max_file_bytes=2000"])
def test_a_signal_handler_may_log(tmp_path: Path, options: str) -> None:
    """A handler that logs whenever it interrupts never hangs, and nothing is lost or twice."""
    code = f"""
import signal
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run", {options})
handled = 0
def handle(number, frame):
    global handled
    writer.add_scalar("handler", 0.5, 1_000_000 + handled)
    handled += 1
    if handled % 100 == 0:
        writer.flush()
    signal.setitimer(signal.ITIMER_REAL, 0.0002)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0002)
step = 0
while handled < 1000:
    writer.add_scalar("loss", 0.5, step)
    step += 1
signal.setitimer(signal.ITIMER_REAL, 0)
writer.close()
print(step, handled)
"""
    step, handled = map(int, run_script(tmp_path, code).split())
    (steps,) = runs_of(tmp_path / "run").values()
    expected = [*range(step), *range(1_000_000, 1_000_000 + handled)]
    assert steps == expected
    if "max" not in options:
        assert len(list((tmp_path / "run").iterdir())) == 1  # A flush amid a write begins no file.


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer signals")
def test_a_signal_handler_may_raise(tmp_path: Path) -> None:
    """Exceptions out of handlers, at whatever moment, tear no record and stop nothing."""
    code = """
import os, signal
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run")
class Stop(Exception): pass
def handle(number, frame):
    raise Stop
signal.signal(signal.SIGALRM, handle)
stops = step = 0
acknowledged = []
while stops < 300:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002)
        while True:
            step += 1
            writer.add_scalar("loss", 0.5, step)
            acknowledged.append(step)
    except Stop:
        stops += 1
        file = writer.file_writer.file._file
        assert file is None or file.size == os.path.getsize(file.path)
writer.close()
print(*acknowledged)
"""
    acknowledged = list(map(int, run_script(tmp_path, code).split()))
    (steps,) = runs_of(tmp_path / "run").values()
    assert set(acknowledged) <= set(steps)
    assert len(steps) == len(set(steps))
