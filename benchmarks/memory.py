"""Whether memory stays flat over millions of scalars and thousands of images."""

from __future__ import annotations

import subprocess
import sys

from .harness import OURS, Row, progress

# Resident memory is read after a tenth of the work, when all caches are full, and at its end.
CODE = """
import sys
from pathlib import Path
import tempfile, numpy
import tfevents_lite

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

with tempfile.TemporaryDirectory() as folder:
    writer = tfevents_lite.SummaryWriter(folder, max_file_bytes=1 << 24, max_total_bytes=1 << 26)
    count = int(sys.argv[2])
    picture = numpy.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(numpy.uint8)
    work = {
        "scalars": lambda step: writer.add_scalar(f"tag {step % 100}", 0.5, step),
        "images": lambda step: writer.add_image("picture", picture, step, dataformats="HWC"),
    }[sys.argv[1]]
    for step in range(count):
        if step == count // 10:
            before = resident()
        work(step)
    print(resident() - before)
    writer.close()
"""


def run(scale: float) -> list[Row]:
    """A row for scalars and one for images: MiB grown over the last nine tenths."""
    rows = []
    for kind, number in (("scalars", 10_000_000), ("images", 10_000)):
        count = max(int(number * scale), 100)
        row = Row(f"growth of memory over {count:,} {kind}", {}, unit="MiB", note="wanted: ≤ 2")
        if sys.platform == "linux":
            progress(row.work)
            command = [sys.executable, "-W", "error", "-c", CODE, kind, str(count)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            row.samples[OURS] = [float(done.stdout)] * 2
        else:
            row.missing.append(OURS)
        rows.append(row)
    progress("")
    return rows
