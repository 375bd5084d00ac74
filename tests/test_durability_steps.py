"""A signal handler may log, raise, or do both, at each step of a call: nothing is lost or leaked.

A trace function stands for the handler: it is called before each line of `files`, as a handler may
be, within the call that it interrupts. So every step has its turn, one in each run of a scenario.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import tfevents_lite
from tfevents_lite import read_events
from tfevents_lite.files.options import Options
from tfevents_lite.files.runs import Runs
from tfevents_lite.files.system import System

FILES = os.path.join(os.path.dirname(tfevents_lite.__file__), "files") + os.sep

# The events of the handler, which are acknowledged where its call returns.
BY_HANDLER = 100


def event(step: int) -> bytes:
    """An event of this step, with a summary of no values."""
    return b"\x10" + bytes([step]) + b"\x2a\x00"


class Stop(Exception):
    """What a handler raises."""


class Interruption:
    """Calls `handler` before the line of this number, counted from 0, while it is active."""

    def __init__(self, number: int, handler: Callable[[], None]) -> None:
        self.count = 0
        self.where = ""
        self._number = number
        self._handler = handler

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(FILES):
            return None
        caller = frame.f_back.f_code.co_name if frame.f_back is not None else ""
        if "__del__" in (frame.f_code.co_name, caller):
            return None  # Python drops what is raised there.
        if event == "line":
            number, self.count = self.count, self.count + 1
            if number == self._number:
                self.where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
                self._handler()
        return self._trace

    def __enter__(self) -> Interruption:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace(None)


class QuickSystem(System):
    """Does not wait for a device."""

    def sync(self, fd: int) -> None:
        os.fstat(fd)


OPTIONS: dict[str, dict[str, Any]] = {
    "through": {},
    "buffered": {"buffer_bytes": 200},
    "rotated": {"max_file_bytes": 256},
    "bounded": {"max_total_bytes": 1024, "buffer_bytes": 150},
    "synced": {"durability": "fsync", "system": QuickSystem()},
    "parked": {"max_open_files": 1},
}
HANDLERS = ["logs", "raises", "logs and raises", "flushes", "closes"]


class Scenario:
    """Logs a little in every way, with a handler at one step; knows what has to be there."""

    def __init__(self, folder: Path, options: dict[str, Any], handler: str, number: int) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.acknowledged: list[int] = []
        self.tried = 0
        self.handler = handler
        self.options = {"on_file_closed": self.told.append, "reopens": True, **options}
        self.runs: Runs | None = None
        self.interruption = Interruption(number, self.handle)

    def handle(self) -> None:
        if self.runs is not None:
            if "logs" in self.handler or self.handler == "flushes":
                self.runs.main.write(event(BY_HANDLER))
                self.acknowledged.append(BY_HANDLER)
            if self.handler == "flushes":
                self.runs.main.flush()
            if self.handler == "closes":
                self.runs.each(lambda run: run.close())
        if "raises" in self.handler:
            raise Stop

    def call(self, function: Callable[..., object], *arguments: Any) -> bool:
        try:
            with self.interruption:
                function(*arguments)
        except Stop:
            return False
        return True

    def add(self, count: int, sub: str = "") -> None:
        assert self.runs is not None
        for _ in range(count):
            step, self.tried = self.tried, self.tried + 1
            run = self.runs.sub_run(sub) if sub else self.runs.main
            if self.call(run.write, event(step)):
                self.acknowledged.append(step)

    def run(self) -> None:
        self.runs = Runs(str(self.folder), Options(**self.options))
        self.call(self.runs.main.open)
        self.add(3)
        self.add(1, "sub")
        self.add(6)
        self.call(self.runs.main.flush)
        self.add(4)
        self.add(1, "sub")
        self.call(self.runs.each, lambda run: run.close())
        self.runs.each(lambda run: run.close())

    def check(self) -> None:
        """Everything is there once, and nothing is left open, untold or empty."""
        steps, paths = [], sorted(self.folder.rglob("*tfevents*"))
        for path in paths:
            events = list(read_events(path))
            assert events, "an empty file"
            steps += [event.step for event in events if event.HasField("summary")]
        assert len(steps) == len(set(steps)), "twice"
        if "max_total_bytes" not in self.options:
            assert set(self.acknowledged) <= set(steps), "lost"
            assert sorted(self.told) == [str(path) for path in paths]
        else:
            assert sum(path.stat().st_size for path in paths) <= 1024
            assert len(set(steps) & set(self.acknowledged)) >= 4
            assert {str(path) for path in paths} <= set(self.told)
        assert len(set(self.told)) == len(self.told), "told twice"


def descriptors() -> int:
    """How many descriptors are open."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("mode", OPTIONS)
def test_a_handler_at_each_step(tmp_path: Path, mode: str, handler: str) -> None:
    """Wherever a handler comes, what was acknowledged is there once, and no descriptor is left.

    With EVERY=1 in the environment, each step has its turn; else some, others for each handler.
    """
    every = int(os.environ.get("EVERY", 29))
    number = HANDLERS.index(handler) % every
    before = descriptors()
    while True:
        scenario = Scenario(tmp_path / str(number), OPTIONS[mode], handler, number)
        scenario.run()
        try:
            scenario.check()
        except AssertionError as error:
            where = scenario.interruption.where
            raise AssertionError(f"at step {number}, {where}: {error}") from error
        scenario.runs = None
        if scenario.interruption.count <= number:
            break
        number += every
    gc.collect()
    assert descriptors() <= before
    assert number > 500
