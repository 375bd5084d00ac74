"""From a fresh interpreter to something on disk: seconds, and memory at its highest."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .harness import OURS, Contestant, Row, compare, progress, rotated
from .peers import PEERS

LOG_SCALAR = "; w.add_scalar('a', 1.0, 1); w.close()"
LOG_IMAGE = "; import numpy; w.add_image('a', numpy.zeros((1, 28, 28)), 1); w.close()"
# tensorboardX imports torch where it finds it, which is not its own cost: it is not to find it.
WITHOUT_TORCH = "import sys; sys.modules['torch'] = None; "
WRITERS = {
    OURS: "import tfevents_lite; w = tfevents_lite.SummaryWriter('run')",
    "tensorboardX": WITHOUT_TORCH + "import tensorboardX; w = tensorboardX.SummaryWriter('run')",
    "torch": "from torch.utils.tensorboard import SummaryWriter; w = SummaryWriter('run')",
}
SCALAR = {name: code + LOG_SCALAR for name, code in WRITERS.items()}
SCALAR["bare python"] = "pass"
IMAGE = {name: code + LOG_IMAGE for name, code in WRITERS.items()}
IMAGE["import numpy"] = "import numpy"

NOTE = "tensorboardX does not see torch"

# A child tells its peak memory as it ends, in MiB. Linux's VmHWM, where there is one: ru_maxrss
# counts the parent's memory too, from between fork and exec.
MEMORY = """
import json, resource, sys
try:
    lines = open("/proc/self/status").read().split()
    print(int(lines[lines.index("VmHWM:") + 1]) / 1024)
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / 1024 / (1024 if sys.platform == "darwin" else 1))
"""


def run(scale: float) -> list[Row]:
    """Wall time and peak memory of whole processes."""
    rounds = max(int(20 * scale), 2)
    return [
        starts("fresh interpreter to one scalar on disk", SCALAR, {"bare python": 1 / 3}, rounds),
        starts(
            "fresh interpreter to one 28×28 image on disk", IMAGE, {"import numpy": 1 / 1.3}, rounds
        ),
        memory("peak memory after one scalar", SCALAR, rounds),
        memory("peak memory after one 28×28 image", IMAGE, rounds),
    ]


def start(code: str) -> str:
    """Run code in a fresh interpreter, in a new folder, and return what it prints.

    A writer must leave an event file there.
    """
    # Installed packages come compiled: ours must be let keep what is compiled, too.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        if "SummaryWriter" in code and not any(
            path.stat().st_size > 40 for path in Path(folder).glob("run/*tfevents*")
        ):
            raise RuntimeError(f"nothing is on disk: {done.stderr[-300:]}")
    return done.stdout


def starts(work: str, codes: dict[str, str], targets: dict[str, float], rounds: int) -> Row:
    def contestant(name: str, code: str) -> Contestant:
        def prepare() -> Callable[[], object]:
            return lambda: start(code)

        return Contestant(name, prepare, PEERS.get(name))

    contestants = [contestant(name, code) for name, code in codes.items()]
    return compare(work, contestants, rounds=rounds, targets=targets, note=NOTE)


def memory(work: str, codes: dict[str, str], rounds: int) -> Row:
    row = Row(work, {}, unit="MiB", note=f"whole process, at its highest; {NOTE}")
    for number in range(min(rounds, 3)):
        for name, code in rotated(list(codes.items()), number):
            if Contestant(name, lambda: lambda: None, PEERS.get(name)).is_missing:
                if name not in row.missing:
                    row.missing.append(name)
                continue
            progress(f"{work}: {name}")
            row.samples.setdefault(name, []).append(float(start(code + MEMORY)))
    progress("")
    return row
