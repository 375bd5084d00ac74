"""Draws results as the README shows them: bars on a logarithmic scale, and the study of scaling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .harness import OURS

COLORS = {OURS: "#e8710a", "tensorboardX": "#4c78a8", "torch": "#b0413e"}
OTHER = "#9aa0a6"


def draw(results: dict[str, Any], folder: Path) -> None:
    """Write `costs.png` and `scaling.png`; without matplotlib, say that they were not drawn."""
    try:
        import matplotlib
    except ImportError:
        print("no pictures drawn: matplotlib is not installed")
        return
    matplotlib.use("agg")
    rows = [
        row
        for name in ("scalars", "startup", "kinds")
        for row in results.get(name, {}).get("rows", [])
        if row["unit"] == "s" and len(row["medians"]) > 1
    ]
    if rows:
        _bars(rows, folder / "costs.png")
    if "scaling" in results:
        _lines(results["scaling"]["rows"], folder / "scaling.png")


def _bars(rows: list[dict[str, Any]], path: Path) -> None:
    """How many times our time each contestant takes, a group of bars for each piece of work."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.62 * len(rows) + 1))
    for index, row in enumerate(rows):
        names = [name for name in row["medians"] if name != OURS]
        for place, name in enumerate(names):
            ratio = row["ratios"][name]
            height = 0.8 / len(names)
            y = -index + 0.4 - (place + 0.5) * height
            color = COLORS.get(name, OTHER)
            axes.barh(y, ratio - 1, height * 0.9, left=1, color=color)
            axes.text(max(ratio, 1) * 1.06, y, f"{name} {ratio:.3g}×", va="center", fontsize=7)
    axes.axvline(1, color=COLORS[OURS], linewidth=2)
    axes.set_xscale("log")
    axes.set_yticks(
        [-index for index in range(len(rows))], [row["work"] for row in rows], fontsize=8
    )
    axes.set_xlabel(f"time, as a multiple of {OURS}'s (the line)")
    axes.margins(x=0.2, y=0.01)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def _lines(rows: list[dict[str, Any]], path: Path) -> None:
    """Nanoseconds of one, by how many there are."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    series: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        what, _, number = row["work"].removeprefix("one ").partition(" of ")
        point = int(number.replace(",", "")), row["medians"][OURS] * 1e9
        series.setdefault(what, []).append(point)
    for what, points in series.items():
        axes.plot(*zip(*points), marker="o", label=what)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("how many")
    axes.set_ylabel("nanoseconds each")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)
