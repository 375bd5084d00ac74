"""CRC-32C of data of many sizes: ours, crcmod's C extension and its pure Python, and hardware's."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .harness import OURS, Contestant, Row, compare

# By size in bytes, how many times as fast as crcmod's C extension is wanted.
TARGETS = {
    40: 1.0,
    1_000: 1.0,
    10_000: 1.0,
    12_000: 1.0,
    20_000: 1.5,
    100_000: 1.0,
    1_000_000: 10.0,
    10_000_000: 1.0,
}
TARGETS_IN_PYTHON = {100_000: 50.0}


def run(scale: float) -> list[Row]:
    """A row for each size; `scale` multiplies how often each is done."""
    rows = [
        compare(
            f"CRC-32C of {size:,} bytes",
            [ours(size, scale), crcmod(size, scale), google(size, scale)],
            per=repeats(size, scale),
            targets={"crcmod in C": target},
            rounds=15,
        )
        for size, target in TARGETS.items()
    ]
    rows += [
        compare(
            f"CRC-32C of {size:,} bytes, without a C extension",
            [ours(size, scale, compiled=False), crcmod(size, scale, compiled=False)],
            per=repeats(size, scale / 10),
            targets={"crcmod in Python": target},
        )
        for size, target in TARGETS_IN_PYTHON.items()
    ]
    return rows


def repeats(size: int, scale: float) -> int:
    return max(int(4e7 * scale / (size + 400)), 1)


def timed(function: Callable[[bytes], int], size: int, number: int) -> Callable[[], object]:
    """A call that does the checksum so many times, after one that is compared with the truth."""
    data = random.Random(size).randbytes(size)
    if function(data) != reference(data):
        raise RuntimeError("the checksum is wrong")

    def call() -> None:
        for _ in range(number):
            function(data)

    return call


def reference(data: bytes) -> int:
    from crcmod.predefined import mkCrcFun

    return int(mkCrcFun("crc-32c")(data))


def ours(size: int, scale: float, compiled: bool = True) -> Contestant:
    def prepare() -> Callable[[], object]:
        import numpy

        from tfevents_lite import crc32c

        assert numpy  # Folding is for where it is loaded, as it is wherever images are.
        crc32c.crc32c(b"")
        if compiled:
            return timed(crc32c.crc32c, size, repeats(size, scale))

        # As it is where crcmod has no C extension.
        in_python = {
            "_update": crc32c._update_by_table,
            "_table": crc32c._make_table(),
            "_is_compiled": False,
            "_fold_from": crc32c._FOLD_FROM_IN_PYTHON,
        }
        here = {name: getattr(crc32c, name) for name in in_python}

        def pretend(state: dict[str, Any]) -> None:
            for name, value in state.items():
                setattr(crc32c, name, value)

        pretend(in_python)
        call = timed(crc32c.crc32c, size, repeats(size, scale / 10))
        pretend(here)

        def pretending() -> None:
            pretend(in_python)
            try:
                call()
            finally:
                pretend(here)

        return pretending

    return Contestant(OURS, prepare)


def crcmod(size: int, scale: float, compiled: bool = True) -> Contestant:
    def prepare() -> Callable[[], object]:
        from crcmod import _crcfunpy
        from crcmod.predefined import mkCrcFun

        if compiled:
            return timed(mkCrcFun("crc-32c"), size, repeats(size, scale))
        table = table_of_crc32c()

        def in_python(data: bytes) -> int:
            return int(_crcfunpy._crc32r(data, 0xFFFFFFFF, table)) ^ 0xFFFFFFFF

        return timed(in_python, size, repeats(size, scale / 10))

    return Contestant("crcmod in C" if compiled else "crcmod in Python", prepare, "crcmod")


def table_of_crc32c() -> Any:
    from crcmod.predefined import PredefinedCrc

    return PredefinedCrc("crc-32c").table


def google(size: int, scale: float) -> Contestant:
    def prepare() -> Callable[[], object]:
        import google_crc32c

        return timed(google_crc32c.value, size, repeats(size, scale))

    return Contestant("google-crc32c (hardware)", prepare, "google-crc32c")
