"""`show`: curves as a plot in the terminal, a table or a picture; images as files."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import warnings
from array import array
from itertools import cycle
from typing import Any

from ..inputs.names import safe_part
from ..reading.image_reader import StoredImage, images_of
from .output import (
    CommandError,
    Draft,
    add_output,
    counted,
    is_unicode,
    printable,
    report,
    say,
    shortened,
    table,
    to_json,
)
from .sources import EXIT_STATUS, Sources, add_paths, is_wanted, rounded

Series = tuple[Any, Any]  # Steps, an array of int64, and values, one of float64.

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = ".:-=+*#@"
_TREND_WIDTH = 16
_PLOT_HEIGHT = 20
# Of the 256 colours of terminals, some that can be told from black and from white.
_COLOURS = (33, 166, 35, 170, 37, 136)
_MARKERS = "*o+x#@"
_TO_ASCII = str.maketrans("─│┌┐└┘├┤┬┴┼", "-|+++++++++")

# An axis to larger values cannot be laid out in double precision.
_MOST_DRAWN = 1e300

# Of a picture of curves: a chart's width and height in inches, and what fits into one.
_CHART_SIZE = (5.6, 3.2)
_MOST_CHARTS = 40
_MOST_NAMED = 10


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "show",
        help="curves in the terminal or as a picture; images as files",
        description="Shows the scalars of runs as a table of first, last, smallest and largest "
        "values with a trend, and on a terminal, if plotext is installed (pip install "
        "'tfevents-lite[terminal]'), as a plot of each tag. NO_COLOR is obeyed. On a narrow "
        "terminal, long names are shortened and columns left out. "
        "--png draws the curves with matplotlib (pip install 'tfevents-lite[plot]') into the file "
        "OUTPUT instead. --images extracts images to OUTPUT/RUN/TAG/STEP_SAMPLE.png; characters in "
        "the name of a run or a tag that could lead elsewhere are escaped as %XX. Curves are held "
        "in memory, at 16 bytes a point; images one at a time. " + EXIT_STATUS,
        epilog="examples:\n  tfevents-lite show runs --tag 'loss*' --png -o loss.png\n"
        "  tfevents-lite show runs --images -o pictures",
    )
    add_paths(parser, tags=True)
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--table", action="store_true", help="only the table, no plot")
    kinds.add_argument("--png", action="store_true", help="draw the curves, a chart for each tag")
    kinds.add_argument("--images", action="store_true", help="extract the images")
    add_output(
        parser,
        "the PNG file to draw, or the folder for images",
        json="one JSON object a line and curve, with all points, or a line and image extracted",
        force=True,
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Extract images, or read curves and show them."""
    if bool(options.output) != (options.png or options.images):
        raise CommandError("--png and --images need -o OUTPUT, and it goes with one of them")
    if options.png and not options.output.lower().endswith(".png"):
        raise CommandError(f"--png needs an output that ends in .png, got {options.output!r}")
    sources = Sources(options.paths)
    if options.images:
        _extract(sources, options)
        return sources.status
    known: set[str] = set()
    curves = _read(sources, options.tag, known)
    if options.tag and not curves:
        raise CommandError(f"no scalar's tag matches {', '.join(options.tag)}; {_some(known)}")
    if options.png:
        _draw(curves, options)
    elif options.json:
        for tag, runs in curves.items():
            for name, (steps, values) in runs.items():
                line = {"run": name, "tag": tag, "step": list(steps), "value": list(values)}
                say(to_json(line))
    elif curves:
        _print(curves, plots=not options.table and sys.stdout.isatty())
    else:
        say("no scalars")
    return sources.status


def _some(tags: set[str]) -> str:
    """Which tags there are, in one line."""
    named = ", ".join(sorted(tags)[:_MOST_NAMED])
    more = f" and {len(tags) - _MOST_NAMED} more" if len(tags) > _MOST_NAMED else ""
    return f"there are {named or 'no scalars'}{more}"


def _read(
    sources: Sources, patterns: list[str] | None, known: set[str]
) -> dict[str, dict[str, Series]]:
    """Steps and values by tag and run, both sorted. All tags of scalars are added to `known`."""
    curves: dict[str, dict[str, Series]] = {}
    for name, reader in sources.readers():
        for value in reader.values():
            if value.number is not None:
                known.add(value.tag)
                if is_wanted(value.tag, patterns):
                    runs = curves.setdefault(value.tag, {})
                    if name not in runs:
                        runs[name] = array("q"), array("d")
                    runs[name][0].append(value.step)
                    runs[name][1].append(value.number)
    return {tag: dict(sorted(curves[tag].items())) for tag in sorted(curves)}


def _print(curves: dict[str, dict[str, Series]], plots: bool) -> None:
    for tag, runs in curves.items() if plots else ():
        plot = _plot(tag, runs)
        if plot is None:
            break
        say(plot + "\n")
    rows = []
    for tag, runs in curves.items():
        for name, (steps, values) in runs.items():
            finite = [value for value in values if value - value == 0]
            ends = [min(finite), max(finite)] if finite else [math.nan] * 2
            numbers = [*map(rounded, (values[0], values[-1], *ends))]
            rows.append([tag, name, f"{len(steps):,}", str(steps[-1]), *numbers, _trend(values)])
    headings = ["tag", "run", " points", " last step", " first", " last", " min", " max", "trend"]
    for line in table(headings, rows, drop=(2, 6, 7, 4, 3)):
        say(line)


def _trend(values: array[float]) -> str:
    """A line of bars, as high as the means of parts of the values."""
    bars = _BARS if is_unicode() else _ASCII_BARS
    count = min(len(values), _TREND_WIDTH)
    parts = [
        values[len(values) * i // count : len(values) * (i + 1) // count] for i in range(count)
    ]
    means = [sum(part) / len(part) for part in parts]
    finite = [mean for mean in means if mean - mean == 0]
    low = min(finite, default=0.0)
    # Half of each, as the difference of two may be infinite.
    height = max(finite, default=0.0) / 2 - low / 2
    return "".join(
        " " if mean - mean else bars[round((mean / 2 - low / 2) / height * 7) if height else 0]
        for mean in means
    )


def _plot(tag: str, runs: dict[str, Series]) -> str | None:
    """One tag's curves as text with the runs' names below, None without plotext 6."""
    try:
        import plotext

        figure = plotext.figure
    except (ImportError, AttributeError):
        return None
    size = shutil.get_terminal_size()
    has_colours = not os.environ.get("NO_COLOR")
    figure.clear()
    figure.theme("simple")  # On the terminal's own background.
    figure.plot_size(size.columns, min(_PLOT_HEIGHT, max(size.lines - 4, 8)))
    figure.title(shortened(printable(tag), size.columns))
    points = []
    legend, width = "", 0
    for (name, series), colour, marker in zip(runs.items(), cycle(_COLOURS), cycle(_MARKERS)):
        pairs = [pair for pair in zip(*series) if abs(pair[1]) < _MOST_DRAWN]
        if not pairs:
            continue
        points += pairs
        kind = "hd" if has_colours and is_unicode() else marker
        signal = figure.signal(*map(list, zip(*pairs)), marker=plotext.marker(kind, colour))
        signal.lines(True)
        figure.draw(signal)
        entry = shortened(printable(name), size.columns - 4)
        if width + len(entry) + 4 > size.columns:
            legend, width = legend + "\n", 0
        width += len(entry) + 4
        mark = "■" if kind == "hd" else marker
        mark = f"\x1b[38;5;{colour}m{mark}\x1b[0m" if has_colours else mark
        legend += f"  {mark} {entry}"
    if not points:
        return f"{printable(tag)}: no value to draw"
    steps, values = zip(*points)
    most_steps = min(size.columns // 12, max(steps) - min(steps)) or 1
    for axis, numbers, most in (("x", steps, most_steps), ("y", values, 5)):
        ticks = round_ticks(min(numbers), max(numbers), most)
        ruler = figure.ruler(axis)
        ruler.lim(min(numbers), max(numbers))
        ruler.ticks(ticks, [f"{tick:.9g}" for tick in ticks])
    text = str(figure.build().string(not has_colours)).rstrip("\n")
    if not is_unicode():
        text = text.translate(_TO_ASCII)
    return f"{text}\n{legend}"


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """The multiples of 1, 2 or 5 times a power of ten in a range: at most `most` + 1 of them.

    >>> round_ticks(0.1, 2.4, 5), round_ticks(0, 1236, 6)
    ([0.5, 1.0, 1.5, 2.0], [0.0, 500.0, 1000.0])
    """
    least = high / most - low / most
    if least < 1e-300:
        return [low]
    power = 10.0 ** math.floor(math.log10(least))
    unit = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    return [unit * n for n in range(math.ceil(low / unit), math.floor(high / unit) + 1)]


def _draw(curves: dict[str, dict[str, Series]], options: argparse.Namespace) -> None:
    """Draw the curves with matplotlib: a chart for each tag, two in a row, a line for each run."""
    if not curves:
        raise CommandError("there are no scalars to draw")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        hint = "--png needs matplotlib: pip install 'tfevents-lite[plot]'"
        raise CommandError(hint) from error
    drawn = list(curves.items())[:_MOST_CHARTS]
    columns = min(2, len(drawn))
    rows = -(-len(drawn) // columns)
    size = _CHART_SIZE[0] * columns, _CHART_SIZE[1] * rows
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    for number, (tag, runs) in enumerate(drawn, 1):
        axes = figure.add_subplot(rows, columns, number)
        # Text between two dollars is not a formula here.
        axes.set_title(printable(tag), parse_math=False)
        axes.grid(alpha=0.3)
        lines = []
        for steps, values in runs.values():
            # NaN leaves a gap.
            drawable = [value if abs(value) < _MOST_DRAWN else math.nan for value in values]
            lines += axes.plot(list(map(float, steps)), drawable, marker="." * (len(steps) == 1))
        names = list(map(printable, runs))[:_MOST_NAMED]
        legend = axes.legend(lines[: len(names)], names, fontsize="small")
        for text in legend.get_texts():
            text.set_parse_math(False)
    with Draft(options.output, force=options.force) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Its font may lack characters.
        figure.savefig(file, format="png")
    left_out = f" (of {len(curves)}; choose with --tag)" if len(drawn) < len(curves) else ""
    report(
        options,
        f"wrote {counted(len(drawn), 'chart')}{left_out} to {options.output}",
        {"output": options.output, "tags": len(curves), "drawn": len(drawn)},
    )


def _extract(sources: Sources, options: argparse.Namespace) -> None:
    taken: dict[tuple[str, int], int] = {}
    count = 0
    for name, reader in sources.readers():
        for value in reader.values():
            if value.kind == "image" and value.message and is_wanted(value.tag, options.tag):
                for sample, image in enumerate(images_of(value.message)):
                    at = name, value.tag, value.step, value.wall_time
                    path = _write_image(StoredImage(*at, sample, *image), options, taken)
                    count += 1
                    if options.json:
                        found = {"run": name, "tag": value.tag, "step": value.step}
                        say(to_json({**found, "sample": sample, "output": path}))
    if not options.json:
        say(f"wrote {counted(count, 'image')} to {printable(options.output)}")


def _write_image(
    image: StoredImage, options: argparse.Namespace, taken: dict[tuple[str, int], int]
) -> str:
    """Write an image to a file within the output folder, whatever its run and tag are called."""
    parts = []
    for name in (*image.run.split("/"), *image.tag.split("/")):
        if name not in ("", "."):
            try:
                parts.append(safe_part(name, "a run's or a tag's name"))
            except ValueError as error:
                raise CommandError(str(error)) from error
    folder = os.path.join(options.output, *parts)
    os.makedirs(folder, exist_ok=True)
    # A tag may have several values at one step, and two tags one folder.
    index = max(image.sample, taken.get((folder, image.step), 0))
    taken[folder, image.step] = index + 1
    path = os.path.join(folder, f"{image.step}_{index}.{image.extension}")
    with open(path, "wb" if options.force else "xb") as file:
        file.write(image.data)
    return path
