"""The invariant of `fuzz_reader`, for files that atheris makes from which lines they reach.

Run as a module where atheris is installed, with libFuzzer's options:

    python -m tests.fuzz.fuzz_atheris -max_total_time=60

The first byte of an input says whether the rest is a file as it is, or the payload of a record
whose checksums are right, which is what gets to the messages.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz until told to stop."""
    import atheris

    with atheris.instrument_imports(include=["tfevents_lite"]):
        from tfevents_lite import tfrecord

        from .fuzz_reader import check, check_memory, seed_files

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus"
        corpus.mkdir()
        for number, data in enumerate(seed_files(folder / "seeds")):
            (corpus / f"file {number}").write_bytes(b"\0" + data)
            (corpus / f"payload {number}").write_bytes(b"\1" + data[12:-4])

        inputs = itertools.count(1)

        def one_input(data: bytes) -> None:
            file = tfrecord.frame(data[1:]) if data[:1] == b"\1" else data[1:]
            check(folder / "fuzzed", file)
            if next(inputs) % 50 == 0:
                # The frames of instrumented functions are several times as large.
                check_memory(folder / "fuzzed", constant=500_000)

        atheris.Setup([*sys.argv, str(corpus)], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
