"""`show`: curves as a plot in the terminal, a table or a picture; images as files."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from array import array

from ..inputs.names import safe_part
from ..reading.image_reader import StoredImage, images_of
from .output import CommandError, counted, file_name, new_file, printable, table, to_json
from .sources import EXIT_STATUS, Sources, add_arguments, add_json, is_wanted, rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    Series = tuple[array[int], array[float]]

_BARS = "▁▂▃▄▅▆▇█"
_TREND_WIDTH = 24
_PLOT_HEIGHT = 20

# Of a picture of curves: a chart's width and height in inches, and what fits into one.
_CHART_SIZE = (5.6, 3.2)
_MOST_CHARTS = 40
_MOST_RUNS_NAMED = 10
_MOST_TAGS_NAMED = 10


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "show",
        help="curves in the terminal or as a picture; images as files",
        description="Shows the scalars of runs: as a table of first, last, smallest and largest "
        "values with a trend, and on a terminal, if plotext is installed (pip install "
        "'tfevents-lite[terminal]'), as a plot a tag. --png draws them into a picture instead, "
        "with matplotlib (pip install 'tfevents-lite[plot]'). --images extracts the images to "
        "DIR/RUN/TAG/STEP_SAMPLE.png; characters of a run's or a tag's name that could lead "
        "elsewhere are escaped as %XX. Curves are read whole: 16 bytes a point; images one at a "
        "time. " + EXIT_STATUS,
        epilog="examples:\n  tfevents-lite show runs --tag 'loss*' --png loss.png\n"
        "  tfevents-lite show runs --images pictures",
    )
    add_arguments(parser)
    parser.add_argument("--table", action="store_true", help="only the table, no plot")
    parser.add_argument(
        "--png", metavar="FILE", type=file_name, help="draw the curves, a chart a tag"
    )
    parser.add_argument("--images", metavar="DIR", type=file_name, help="extract the images")
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    add_json(parser, "one JSON object a line and curve, with all points; or an image extracted")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Extract images, or read curves and show them."""
    if options.png is not None and not options.png.lower().endswith(".png"):
        raise CommandError(f"--png must name a file that ends in .png, got {options.png!r}")
    with Sources(options.paths) as sources:
        if options.images is not None:
            _extract(sources, options)
            if options.png is None:
                return sources.status
        known: set[str] = set()
        curves = _read(sources, options.tag, known)
        sources.progress.clear()
        if options.png is not None:
            _draw(curves, options)
        elif options.json:
            for (name, tag), (steps, values) in curves.items():
                line = {"run": name, "tag": tag, "step": list(steps), "value": list(values)}
                print(to_json(line))
        elif curves:
            _print(curves, plots=not options.table and sys.stdout.isatty())
        elif options.tag:
            raise CommandError(f"no scalar's tag matches {', '.join(options.tag)}; {_some(known)}")
        else:
            print("no scalars")
    return sources.status


def _some(tags: set[str]) -> str:
    """Which tags there are, in one line."""
    named = ", ".join(map(printable, sorted(tags)[:_MOST_TAGS_NAMED]))
    more = f" and {len(tags) - _MOST_TAGS_NAMED} more" if len(tags) > _MOST_TAGS_NAMED else ""
    return f"there are {named}{more}" if tags else "there are no scalars"


def _read(
    sources: Sources, tags: list[str] | None, known: set[str]
) -> dict[tuple[str, str], Series]:
    """Steps and values by run and tag, sorted by tag. All tags of scalars are added to `known`."""
    curves: dict[tuple[str, str], Series] = {}
    for name, reader in sources.readers():
        for value in reader.values():
            if value.number is not None:
                known.add(value.tag)
                if not is_wanted(value.tag, tags):
                    continue
                key = name, value.tag
                if key not in curves:
                    curves[key] = array("q"), array("d")
                curves[key][0].append(value.step)
                curves[key][1].append(value.number)
    return {key: curves[key] for key in sorted(curves, key=lambda key: (key[1], key[0]))}


def _by_tag(curves: dict[tuple[str, str], Series]) -> dict[str, dict[str, Series]]:
    tags: dict[str, dict[str, Series]] = {}
    for (name, tag), series in curves.items():
        tags.setdefault(tag, {})[name] = series
    return tags


def _print(curves: dict[tuple[str, str], Series], plots: bool) -> None:
    if plots:
        for tag, series in _by_tag(curves).items():
            plot = _plot(tag, series)
            if plot is None:
                break
            print(plot)
    # Bars in a code page that lacks them would be question marks.
    bars = _BARS if "utf" in (sys.stdout.encoding or "").lower() else ""
    rows = []
    for (name, tag), (steps, values) in curves.items():
        finite = [value for value in values if value - value == 0]
        ends = [min(finite), max(finite)] if finite else [float("nan")] * 2
        numbers = [*map(rounded, (values[0], values[-1], *ends))]
        trend = _trend(values, bars)
        rows.append([tag, name, f"{len(steps):,}", str(steps[-1]), *numbers, trend])
    headings = ["tag", "run", " points", " last step", " first", " last", " min", " max", "trend"]
    print(table(headings, rows))


def _trend(values: array[float], bars: str) -> str:
    """A line of bars, as high as the means of parts of the values."""
    if not bars:
        return ""
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


def _plot(tag: str, series: dict[str, Series]) -> str | None:
    """One tag's curves as text, None without plotext 6."""
    try:
        import plotext

        figure = plotext.figure
    except (ImportError, AttributeError):
        return None
    size = shutil.get_terminal_size()
    figure.clear()
    figure.plot_size(size.columns, min(_PLOT_HEIGHT, max(size.lines - 2, 8)))
    figure.title(printable(tag))
    drawn = False
    for name, (steps, values) in series.items():
        pairs = [pair for pair in zip(steps, values) if pair[1] - pair[1] == 0]
        if pairs:
            drawn = True
            x, y = zip(*pairs)
            signal = figure.signal(list(x), list(y))
            signal.lines(True)
            signal.label(printable(name))
            figure.draw(signal)
    return str(figure.build().string()) if drawn else f"{printable(tag)}: no finite value"


def _draw(curves: dict[tuple[str, str], Series], options: argparse.Namespace) -> None:
    """Draw the curves with matplotlib: a chart a tag, two in a row, a line a run."""
    if not curves:
        raise CommandError("there are no scalars to draw")
    tags = _by_tag(curves)
    drawn = dict(list(tags.items())[:_MOST_CHARTS])
    columns = min(2, len(drawn))
    rows = -(-len(drawn) // columns)
    figure = _figure((_CHART_SIZE[0] * columns, _CHART_SIZE[1] * rows))
    for number, (tag, series) in enumerate(drawn.items(), 1):
        axes = figure.add_subplot(rows, columns, number)
        # What a tag holds between two dollars is not for matplotlib to interpret.
        axes.set_title(printable(tag), parse_math=False)
        axes.grid(alpha=0.3)
        lines = []
        for steps, values in series.values():
            # Beyond this an axis cannot be laid out in double precision; NaN leaves a gap.
            drawable = [value if abs(value) < 1e300 else float("nan") for value in values]
            lines += axes.plot(list(map(float, steps)), drawable, marker="." * (len(steps) == 1))
        names = list(map(printable, series))[:_MOST_RUNS_NAMED]
        legend = axes.legend(lines[: len(names)], names, fontsize="small")
        for text in legend.get_texts():
            text.set_parse_math(False)
    with new_file(options.png, force=options.force, text=False) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of characters that its font lacks.
        figure.savefig(file, format="png")
    if options.json:
        print(to_json({"output": options.png, "tags": len(tags), "drawn": len(drawn)}))
    else:
        left_out = f" (of {len(tags)}; choose with --tag)" if len(drawn) < len(tags) else ""
        print(f"wrote {counted(len(drawn), 'chart')}{left_out} to {options.png}")


def _figure(size: tuple[float, float]) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        hint = "--png needs matplotlib: pip install 'tfevents-lite[plot]'"
        raise CommandError(hint) from error
    return Figure(figsize=size, dpi=100, layout="constrained")


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
                        print(to_json({**found, "sample": sample, "output": path}))
    if not options.json:
        sources.progress.clear()
        print(f"wrote {counted(count, 'image')} to {options.images}")


def _write_image(
    image: StoredImage, options: argparse.Namespace, taken: dict[tuple[str, int], int]
) -> str:
    """Write to a file whose name none of the image's names can lead out of the folder."""
    parts = []
    for name in (*image.run.split("/"), *image.tag.split("/")):
        if name not in ("", "."):
            try:
                parts.append(safe_part(name, "a run's or a tag's name"))
            except ValueError as error:
                raise CommandError(str(error)) from error
    folder = os.path.join(options.images, *parts)
    os.makedirs(folder, exist_ok=True)
    # A tag may have several values at one step, and two tags one folder.
    index = max(image.sample, taken.get((folder, image.step), 0))
    taken[folder, image.step] = index + 1
    path = os.path.join(folder, f"{image.step}_{index}.{image.extension}")
    with open(path, "wb" if options.force else "xb") as file:
        file.write(image.data)
    return path
