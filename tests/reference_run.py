"""A small run of what needs the standard library alone, written the same by every interpreter.

A program of its own: `python reference_run.py FOLDER`. It runs where no test runner does.
"""

from __future__ import annotations

import sys
from itertools import count

import tfevents_lite as tfe

# A PNG of 2×2 grey pixels, as far as its header says.
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0"

# What the run's only file holds.
SHA256 = "5bfb792ab4b1ae968e7b9de93ac35f4e6edb0e5c29780a705c95328da1cdc7cb"


def write_run(folder: str) -> None:
    """Write scalars, text, hyperparameters, a layout and an image file, at given times."""
    ticks = count(1)
    writer = tfe.SummaryWriter(folder, clock=lambda: 1.5 * next(ticks), hostname="host", pid=1)
    for step in range(100):
        writer.add_scalar("loss", 1 / (step + 1), step)
    writer.add_scalar("new", 0.1, 1, new_style=True)
    writer.add_text("text", "wörds", 3)
    writer.add_text("rows", ["a", "b"], 3)
    writer.add_hparams({"lr": 0.1, "net": "x", "deep": True}, {"score": 1.0})
    writer.add_custom_scalars({"c": {"chart": ["Multiline", ["a"]]}})
    writer.add_image("img", PNG, 1)
    writer.close()


if __name__ == "__main__":
    write_run(sys.argv[1])
