"""`SummaryWriter`: torch's and tensorboardX's writer, a method for each kind of value.

Names, order and defaults of arguments are those of torch.utils.tensorboard. A method asks `summary`
for the bytes of a value, and gives them to the writer's EventLog with a step and a time. How a
value is encoded is `summary`'s business; how bytes reach the disk is that of `files`.

No method calls one that a subclass may define: what methods share begins with two underscores.
"""

from __future__ import annotations

import os
import time
from math import inf

from ..files.system import get_hostname, get_pid
from ..inputs.checks import encode_tag, to_float, to_number, to_wall_time
from ..inputs.names import safe_name, safe_part
from ..records.scalar_record import MAX_FLOAT, scalar_event, scalar_record, scalars_event
from ..schema.event import Event, TaggedRunMetadata
from . import kinds
from .event_log import EventLog
from .file_writer import FileWriter, LogWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Literal

    from typing_extensions import Unpack

    from ..files.options import WriterOptions
    from ..inputs.arrays import Scale
    from ..schema.plugins import Layout
    from .file_writer import StrPath


class SummaryWriter(LogWriter):
    """Logs values to a new event file in `log_dir`, as torch.utils.tensorboard.SummaryWriter does.

    Each `add_*` takes a `global_step` (0 if None; `int()` of what is not an integer) and a
    `walltime` (seconds since 1970, the time now if None). When it returns, the event is with the
    operating system: a process that is killed then loses nothing. Any number of threads may log.
    The writer can be pickled, and used by a forked child: either gets a file of its own.

    Each raises TypeError or ValueError, naming the tag and the argument, for a value that can't be
    written; nothing is written then. OSError means that the system refused to write.

    Where:
      log_dir (or logdir)  The folder. None or "": `runs/DATE_TIME_HOST` followed by `comment`.
      filename_suffix=""   The end of the event file's name.
      write_to_disk=True   False: everything is checked, and nothing is written.

    After a restart:
      purge_step=None      TensorBoard drops what earlier files hold from this step on.
      resume=False         Go on with the run in the folder: `last_step` is then the last step that
                           it logged, and TensorBoard drops nothing and shows nothing twice.

    When and how:
      durability="write"   "write": a killed process loses nothing. "fsync": nor does a power cut.
      buffer_bytes=0       Hold up to so many bytes back, for fewer writes, until flush(), close(),
                           exit, or the first call after `flush_secs`.
      flush_secs=120       See buffer_bytes. `max_queue` is accepted for compatibility.
      on_error="raise"     "raise": OSError when nothing can be written. "warn": a warning.
      max_pending_bytes=4194304  How much waits for a full disk; what is beyond is lost, and counted
                           in `dropped`.
      max_file_bytes=None  Begin a new file before one grows larger.
      max_total_bytes=None Remove the writer's oldest files before all grow larger.
      max_open_files=32    How many files of sub-runs are open at a time.
      on_file_closed=None  Called with the path of each file that will not grow any more.
      reopens=True         What is logged after close() goes to a new file. False: it is refused.
      profile=None         "edge": buffer_bytes=4096, on_error="warn", max_pending_bytes=65536,
                           max_total_bytes=16777216, max_open_files=4, for small devices.

    At a URL, such as s3://bucket/run, for which fsspec has to be installed:
      flush_secs=120       Send what was logged so often, and in flush() and close(). `pending` is
                           how many bytes wait.
      spool=None           The folder in which events wait; the user's own by default.
      max_spool_bytes=1073741824  What waits at most; beyond that it is as if the disk were full.
      ship_timeout=60      How many seconds close() tries to send what is left.

    For reproducible files:
      clock=time.time      What tells the time, in seconds since 1970.
      hostname=None        The machine's name in the file's name, and `pid` the process's.
      system=None          What opens and writes files, for tests.
    """

    log_dir: StrPath
    logdir: StrPath
    purge_step: int | None
    max_queue: int
    flush_secs: float
    filename_suffix: str

    def __init__(
        self,
        log_dir: StrPath | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        write_to_disk: bool = True,
        *,
        logdir: StrPath | None = None,
        resume: bool = False,
        **options: Unpack[WriterOptions],
    ) -> None:
        folder = log_dir or logdir
        if log_dir and logdir and os.fspath(log_dir) != os.fspath(logdir):
            raise TypeError(
                f"log_dir and logdir are names of one argument: got {log_dir!r:.80} and "
                f"{logdir!r:.80}, pass one of them"
            )
        to_number("max_queue", max_queue)
        if not folder:
            now = options.get("clock", time.time)()
            date = time.strftime("%b%d_%H-%M-%S", time.localtime(now))
            host = options.get("hostname") or get_hostname()
            folder = os.path.join("runs", safe_name(f"{date}_{host}{comment}", "comment"))
        if not write_to_disk:
            from ..files.no_disk import NoDisk

            options["system"] = NoDisk()
        given = {
            "flush_secs": flush_secs,
            "filename_suffix": filename_suffix,
            "reopens": True,  # As torch's and tensorboardX's do.
            **options,
        }
        self._event_log = EventLog(folder, purge_step, resume, given)
        # As torch's and tensorboardX's have them; nothing here depends on them. Not by assignment,
        # which a subclass may have made impossible.
        vars(self).update(
            log_dir=folder, logdir=folder,
            purge_step=purge_step, max_queue=max_queue, flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )  # fmt: skip
        self.__file_writer = FileWriter.of_run(self._event_log)
        self.__session_pid: int | None = None  # The process that began a session, if one did.
        self.__sub_sessions = 0
        self.__failed = self.__closed = False
        self.__layout: Layout | None = None
        self.__charts: dict[str, list[str]] = {}

    # The writer itself.

    @property
    def file_writer(self) -> FileWriter:
        """The FileWriter of this run. As torch's, it is None from close() until the next event."""
        if self.__closed and self._event_log.runs.main.closed:
            return None  # type: ignore[return-value] # Nearly all callers know that it is open.
        return self.__file_writer

    @file_writer.setter
    def file_writer(self, writer: FileWriter) -> None:
        self.__file_writer = writer

    @property
    def pending(self) -> int:
        """How many bytes of a run at a URL wait to be sent; 0 for a local run."""
        return self._event_log.pending

    @property
    def all_writers(self) -> dict[str, FileWriter]:
        """The FileWriter of each folder: of this run, and of the sub-runs of `add_scalars`."""
        runs = self._event_log.runs
        return {
            self._event_log.as_given(run): FileWriter.of_run(self._event_log, name)
            for name, run in runs.named().items()
        }

    @property
    def default_bins(self) -> list[float]:
        """The edges of the histograms of `add_histogram`, as torch's writer has them."""
        edges: list[float] = kinds.histogram_summary.exponential_edges().tolist()
        return edges

    def _get_file_writer(self) -> FileWriter:
        """The FileWriter of this run, open: after close(), in a new file."""
        self._event_log.reopen()
        return self.__file_writer

    def close(self) -> None:
        """Write what is held back and close the files. Closing them again does nothing.

        A session of `add_hparams` ends: in success, unless an exception left the `with` block.
        """
        self.__closed = True
        try:
            if self.__session_pid == get_pid():  # A forked child's parent ends its own.
                self.__session_pid = None
                now = self._event_log.clock()
                end = kinds.hparams_summary.encode_session_end(not self.__failed, now)
                self._event_log.write_values("hparams", end, 0, now)
        finally:
            self._event_log.close()

    def __exit__(self, kind: object = None, *exception: object) -> None:
        self.__failed = kind is not None
        self.close()

    # Scalars.

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
        *,
        display_name: str = "",
        summary_description: str = "",
        step: None = None,
    ) -> None:
        """Log one number: of any type, or an array or tensor of one element.

        It is kept as a 32-bit float. A value beyond is shown as an infinity, with one warning for
        the tag. A step that is not larger than the tag's last one is warned of once, unless the
        value is the same: TensorBoard drops points there.

        With `new_style` it is written as a tensor, as TensorFlow 2 does; `double_precision` then
        keeps all digits as well, for other readers than TensorBoard. A `display_name`, and a
        `summary_description` in markdown, are shown with the chart.
        """
        if step is not None:
            raise TypeError(f"the step of {tag!r} must be given as global_step, not as step")
        log = self._event_log
        value = scalar_value if type(scalar_value) is float else to_float(tag, scalar_value)
        number = global_step if type(global_step) is int else log.step_of(global_step, tag)
        wall_time = log.clock() if walltime is None else to_wall_time(walltime)
        if new_style or display_name or summary_description:
            style = (new_style, double_precision, display_name, summary_description)
            return self.__add_styled_scalar(tag, value, number, wall_time, *style)
        try:
            record = scalar_record(tag, value, number, wall_time)
        except OverflowError:
            self.__note_range(tag, value)
            record = scalar_record(tag, inf if value > 0 else -inf, number, wall_time)
        # A known tag at a step after its last needs no call.
        last = log.tags.scalars.get(tag)
        if last is not None and number > last[0]:
            last[0] = number
            last[1] = value
        else:
            log.tags.note("scalars", tag, number, value)
        return log.write_record(record)

    def __add_styled_scalar(
        self, tag: str, value: float, step: int, wall_time: float,
        new_style: bool, double_precision: bool, name: str, description: str,
    ) -> None:  # fmt: skip
        """Log a scalar that is a tensor, or has a name or a description."""
        if isinstance(new_style, str):  # tensorboardX has the name and the description here.
            name, description = new_style, double_precision or ""
            new_style = double_precision = False
        if not -MAX_FLOAT < value < MAX_FLOAT:
            self.__note_range(tag, value)
        if double_precision or name or description:
            made = kinds.scalar_summary.encode_scalar(
                tag, value, new_style=new_style, double_precision=double_precision,
                display_name=name, summary_description=description,
            )  # fmt: skip
        else:
            made = kinds.scalar_summary.encode_tensor_scalar(tag, value)
        self._event_log.add("scalars", tag, made, step, wall_time)

    def __note_range(self, tag: str, value: float) -> None:
        """Warn of a value that a 32-bit float can't hold."""
        if MAX_FLOAT <= abs(value) < inf:
            self._event_log.tags.warn_once(
                "range",
                tag,
                f"value of {tag!r} is beyond a 32-bit float's range and shown as infinite: {value}",
            )

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
        *,
        layout: Literal["overlay", "custom"] = "overlay",
    ) -> None:
        """Log several numbers, {key: number}, to be shown as curves in one chart.

        With `layout="overlay"`, as in torch, each key is a run of its own, `main_tag_key` with `_`
        for the slashes of `main_tag`, in which the tag is `main_tag`. With `"custom"` they are
        `main_tag/key` in this run, with a chart of them all on the page of custom scalars.
        """
        if layout not in ("overlay", "custom"):
            raise ValueError(f"layout must be 'overlay' or 'custom', got {layout!r}")
        log = self._event_log
        encode_tag(main_tag)
        if layout == "custom":
            custom = _to_floats(main_tag, tag_scalar_dict, f"{main_tag}/")
            self.__add_scalar_dict(custom, global_step, walltime)
            self.__chart_together(main_tag, list(custom))
            return
        step, wall_time = log.step_of(global_step, main_tag), log.time_of(walltime)
        numbers = _to_floats(main_tag, tag_scalar_dict, main_tag.replace("/", "_") + "_")
        runs = {name: log.runs.sub_run(name) for name in numbers}  # Names are checked first.
        for run in runs.values():
            log.tags_of(run).claim_all("scalars", [main_tag])
        for name, value in numbers.items():
            run = runs[name]
            tags = log.tags_of(run)
            if not run.path:
                run.open()  # A buffer would hold it back, and the export could not tell its files.
            self.__note_range(name, value)
            tags.note("scalars", main_tag, step, value)
            run.write(scalar_event(main_tag, value, step, wall_time))
            tags.exports.setdefault(main_tag, [run.path, 0])

    def add_scalar_dict(
        self, values: Mapping[str, Any], global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log the numbers of many tags at one step, as one event: {tag: number}."""
        self.__add_scalar_dict(_to_floats("values", values), global_step, walltime)

    def __add_scalar_dict(
        self, numbers: dict[str, float], global_step: Any, walltime: float | None
    ) -> None:
        log = self._event_log
        step, wall_time = log.step_of(global_step), log.time_of(walltime)
        if not numbers:
            return
        payload, tags = scalars_event(numbers, step, wall_time), log.tags
        tags.claim_all("scalars", [tag for tag in numbers if tag not in tags.scalars])
        for tag, value in numbers.items():
            if not -MAX_FLOAT < value < MAX_FLOAT:
                self.__note_range(tag, value)
            last = tags.scalars.get(tag)
            if last is None or step <= last[0]:
                tags.note("scalars", tag, step, value)
            else:
                last[:] = step, value
        log.runs.main.write(payload)

    def add_scalar_series(self, tag: str, values: Any, steps: Any, walltimes: Any = None) -> None:
        """Log a whole curve: lists or arrays of equally many values, steps and times.

        Without `walltimes` all points have the time now. The events are those of add_scalar.
        """
        from ..records import scalar_series as series
        from ..records.record_rows import frame_rows

        log = self._event_log
        numbers, points, times = series.to_series(tag, values, steps, walltimes, log.clock)
        if not len(points):
            return
        log.tags.claim_all("scalars", [tag])
        self.__note_range(tag, float(abs(numbers[abs(numbers) < inf]).max(initial=0)))
        for index in series.disorder(points):
            log.tags.note("scalars", tag, int(points[index]), float(numbers[index]))
        for begin in range(0, len(points), series.BLOCK):
            part = slice(begin, begin + series.BLOCK)
            rows = series.series_events(tag, numbers[part], points[part], times[part])
            records = b"".join(map(frame_rows, rows))
            log.runs.main.write_framed(records, len(points[part]))

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Write what `add_scalars` has logged since the last export to a JSON file.

        It holds {run's folder: [[time in seconds, step, value], ...]}, as tensorboardX's does. The
        values are read back from the event files, so they take no memory until then.
        """
        import json

        log = self._event_log
        curves: dict[str, list[list[Any]]] = {}
        exported: list[tuple[list[Any], int]] = []
        with log.lock:
            log.flush(False)
            for run in log.runs:
                for tag, export in list(log.tags_of(run).exports.items()):
                    first, count = export
                    points = _points_in(run.folder, first or run.path, tag)[count:]
                    exported.append((export, count + len(points)))
                    if points:
                        curves.setdefault(run.folder, []).extend(points)
            with open(path, "w", encoding="ascii") as file:
                json.dump(curves, file)
            for export, count in exported:  # Only now: what was not written is not exported.
                export[1] = count

    # Charts of several scalars.

    def add_custom_scalars(self, layout: Any) -> None:
        """Put scalars together in charts: {category: {chart: ["Multiline" or "Margin", tags]}}.

        The tags of a multiline chart are regular expressions, matched from a tag's beginning. Those
        of a margin chart are three for each curve: its value, its lower and its upper edge. Charts
        of several calls add up; one of the same category and title is replaced.
        """
        self.__add_layout(layout)

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Put scalars into one chart with a curve each. Tags are regular expressions."""
        self.__add_layout({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Put three scalars into one chart: a value, and the lower and upper edge of its band."""
        self.__add_layout({category: {title: ["Margin", tags]}})

    def __add_layout(self, layout: Any) -> None:
        custom = kinds.custom_scalars_summary
        more = custom.to_layout(layout)
        with self._event_log.lock:
            merged = more if self.__layout is None else custom.merge_layout(self.__layout, more)
            self._event_log.tags.forget(custom.TAG)  # A later layout takes the earlier one's place.
            self._event_log.add_all(custom.PLUGIN, custom.encode_custom_scalars(merged), None, None)
            self.__layout = merged

    def __chart_together(self, title: str, tags: Sequence[str]) -> None:
        """Show the curves of tags in one chart, which grows if there are more."""
        with self._event_log.lock:
            known = self.__charts.setdefault(title, [])
            new = [tag for tag in tags if tag not in known]
            if new:
                import re

                known.extend(new)
                category, _, name = title.rpartition("/")
                patterns = [f"{re.escape(tag)}$" for tag in known]
                self.__add_layout({category or "default": {name: ["Multiline", patterns]}})

    # Numbers and text.

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log how the numbers of an array of any shape and type are distributed.

        `bins` is "tensorflow" (each bin 10 % wider than the one before, from 1e-12 to 1e20, on both
        sides of 0), a rule of numpy.histogram_bin_edges ("auto", "doane", "fd", "scott", "sturges",
        …), a number of bins, or their edges. Bins include their left edge, the last one also its
        right one. Empty bins at both ends are left out, and neighbours are merged until there are
        at most `max_bins`. NaN, infinities and, unless edges are given, values beyond ±1e20 are in
        no bin; one warning says how many they are.
        """
        home = kinds.histogram_summary
        made = home.encode_histogram(tag, values, bins, max_bins)
        self._event_log.add(home.PLUGIN, tag, made, global_step, walltime)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that is counted already.

        `bucket_limits` are the right edges of the buckets, ascending, and `bucket_counts` how many
        values are in each. A bucket's left edge is the right one of the bucket before; the first
        one's is `min`. Outer edges beyond `min` and `max`, such as infinity, are replaced by these.
        """
        home = kinds.histogram_summary
        made = home.encode_histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts
        )
        self._event_log.add(home.PLUGIN, tag, made, global_step, walltime)

    def add_text(
        self,
        tag: str,
        text_string: Any,
        global_step: Any = None,
        walltime: float | None = None,
        *,
        raw: bool = False,
    ) -> None:
        """Log a string, a list of strings, or a list of rows of strings, shown as a table.

        Strings are markdown, or with `raw` shown as they are: as a block of code, in which nothing
        has a meaning. As by torch and tensorboardX, they are stored under `tag/text_summary`.
        """
        home = kinds.text_summary
        made = home.encode_text(tag, text_string, raw=raw)
        step = self._event_log.step_of(
            global_step, tag
        )  # Its errors name the tag without the suffix.
        self._event_log.add(home.PLUGIN, tag + home.SUFFIX, made, step, walltime)

    def add_tensor(
        self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log an array of numbers or strings, of any shape, for programs to read.

        bool, integers of 8 to 64 bits, half, float, double and complex numbers keep their type;
        bfloat16 becomes float, long double becomes double. Strings are kept in UTF-8, bytes as they
        are. No page of TensorBoard shows them.
        """
        home = kinds.tensor_summary
        self._event_log.add(
            home.PLUGIN, tag, home.encode_tensor(tag, tensor), global_step, walltime
        )

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
        *,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Log the precision-recall curve of predictions in 0..1, or one for each class.

        `labels` are bool or 0..1, of the shape of `predictions`; `weights` says how much each
        counts: one number, or as many. Thresholds divide 0..1 evenly. Predictions beyond 0..1 count
        as 0 or 1, NaN not at all, with a warning.

        For predictions of several classes, N×C, with the number of each one's class as `labels`,
        there is a curve for each class under `tag/0`, `tag/1`, …, or with `class_names` under
        `tag/` and its name. With `class_names`, `labels` may be N×C, too.
        """
        home = kinds.pr_curve_summary
        made = home.encode_pr_curve(
            tag, labels, predictions, num_thresholds, weights, class_names=class_names
        )
        self._event_log.add_all(home.PLUGIN, made, global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve that is computed already.

        Each argument is a list of numbers, one for each threshold, from 0 to 1. `num_thresholds`
        and `weights` have no meaning: they are there for compatibility.
        """
        home = kinds.pr_curve_summary
        made = home.encode_pr_curve_raw(
            tag, true_positive_counts, false_positive_counts, true_negative_counts,
            false_negative_counts, precision, recall,
        )  # fmt: skip
        self._event_log.add(home.PLUGIN, tag, made, global_step, walltime)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: dict[str, Any] | None = None,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log meshes or point clouds: `vertices` are B×N×3 numbers, or N×3.

        `colors`, of the same shape, are integers in 0..255, or floats in 0..1; where any float is
        greater, all are in 0..255. `faces` are B×M×3 indices of vertices. `config_dict` has
        THREE.js's classes and settings ("camera", "lights", "material").
        """
        home = kinds.mesh_summary
        made = home.encode_mesh(tag, vertices, colors, faces, config_dict)
        self._event_log.add_all(home.PLUGIN, made, global_step, walltime)

    # Pictures and sound.

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log one image, as a PNG.

        `dataformats` names the axes of `img_tensor`: "CHW", "HWC", "HW", or these letters in any
        order; C is 1, 2 (grey and alpha), 3 or 4. With an N, the images are a grid, as by
        `add_images`. uint8 and uint16 are taken as they are, bool becomes 0 and 255. Other types
        are expected in [0, 1] and scaled to 0..255, clipped beyond and rounded; NaN becomes 0, with
        a warning.

        A PNG, JPEG, GIF or BMP file is taken as it is, and `dataformats` does not matter: its
        bytes, its path, or something that has itself as PNG (`_repr_png_`), such as a Pillow image.
        """
        files = kinds.image_file_summary
        encode_tag(tag)
        file = files.file_in(tag, img_tensor)
        if file is not None:
            made = files.encode_file(tag, file)
        else:  # Only pixels need NumPy.
            made = kinds.image_summary.encode_image(tag, img_tensor, dataformats)
        self._event_log.add("images", tag, made, global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
        *,
        as_grid: bool = True,
    ) -> None:
        """Log many images of one size as a grid of eight a row. Values are those of `add_image`.

        `img_tensor` may be a list of images too, with `dataformats` naming the axes of each or of
        all. With `as_grid=False` the images stay images of their own, which TensorBoard shows side
        by side under the tag, and may be image files and of different sizes.
        """
        made = kinds.image_summary.encode_images(tag, img_tensor, dataformats, as_grid=as_grid)
        self._event_log.add("images", tag, made, global_step, walltime)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
    ) -> None:
        """Log an image with boxes on it, each with a label if `labels` are given.

        `img_tensor` and `dataformats` are those of `add_image`, but no image files. `box_tensor` is
        N×4: xmin, ymin, xmax, ymax in pixels, the last ones included; what lies outside is not
        drawn. `rescale` makes the whole picture larger or smaller. Labels of another number than
        the boxes' are left out, with a warning.
        """
        made = kinds.image_summary.encode_image_with_boxes(
            tag, img_tensor, box_tensor, rescale, dataformats, labels
        )
        self._event_log.add("images", tag, made, global_step, walltime)

    def image_summary(
        self,
        tag: str,
        images: Iterable[Any],
        step: Any = None,
        walltime: float | None = None,
        *,
        max_outputs: int | None = None,
        scale: Scale = "minmax",
        bit_depth: int = 8,
    ) -> None:
        """Log a list of images under `tag/0`, `tag/1`, …, `max_outputs` of them at most.

        Each is H×W, H×W×1, H×W×2 (grey and alpha), H×W×3 or H×W×4, or 3×H×W or 4×H×W where its last
        axis can't hold channels; shapes and types may differ from image to image. uint8 is taken as
        it is, bool becomes 0 and 255. Other types are scaled from the least and greatest finite
        number of the image to 0..255, or from [0, 1] with `scale="unit"`, or from
        `scale=(low, high)`, clipped beyond and rounded. NaN becomes 0, with a warning. With
        `bit_depth=16`, uint16 is taken as it is, and others but uint8 are scaled to 0..65535.
        """
        made = kinds.image_summary.encode_image_summary(
            tag, images, max_outputs=max_outputs, scale=scale, bit_depth=bit_depth
        )
        self._event_log.add_all("images", made, step, walltime)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log a matplotlib figure, or a list of them as a grid.

        Anything with a `figure` (axes, seaborn's grids) will do. Where a figure is transparent, so
        is the image. Figures in a grid may have different sizes: what is left over is transparent.
        With `close`, figures that pyplot keeps are closed, even if they can't be drawn.
        """
        made = kinds.image_summary.encode_figure(tag, figure, close)
        self._event_log.add("images", tag, made, global_step, walltime)

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: Any = None,
        fps: float = 4,
        walltime: float | None = None,
        dataformats: str = "NTCHW",
    ) -> None:
        """Log videos of one size side by side, as one animated PNG that repeats for ever.

        `dataformats` names the axes of `vid_tensor`: N videos of T frames of C×H×W, in any order; N
        may be missing. Values are those of `add_image`, and so are image files, such as a GIF.
        `fps` is in frames a second, above 0.
        """
        made = kinds.image_summary.encode_video(tag, vid_tensor, fps, dataformats)
        self._event_log.add("images", tag, made, global_step, walltime)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a sound, as a WAV file: L samples of one channel (L, 1×L, L×1) or more (L×C, C×L).

        Floats are from -1 to 1, and become 16 bits, clipped and rounded, with a warning for what is
        beyond or NaN, which becomes 0. Integers of 8, 16 and 32 bits are taken as they are, uint8
        being silent at 128 as in WAV files; others must be within 16 bits. A WAV file in bytes is
        passed through. `sample_rate` is in Hz.
        """
        made = kinds.audio_summary.encode_audio(tag, snd_tensor, sample_rate)
        self._event_log.add("audio", tag, made, global_step, walltime)

    # What a model is.

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Log a graph. TensorBoard shows one a run.

        `model` is a list of nodes (see summary.graph), a GraphDef or the bytes of one, TensorFlow's
        Graph, an ONNX model (its file's path or bytes), OpenVINO's XML file (its path), or a torch
        module, which is then run with `input_to_model`, its input or a tuple of them, if it is
        given. `verbose` prints the graph; `use_strict_trace` is torch.jit.trace's `strict`.
        """
        graph = kinds.graph_models.to_graph_def(model, input_to_model, use_strict_trace)
        if verbose:
            print(graph)
        self._event_log.add_event(Event(graph_def=graph.SerializeToString()))

    def add_onnx_graph(
        self,
        prototxt: str | os.PathLike[str] | bytes | None = None,
        *,
        onnx_model_file: str | os.PathLike[str] | bytes | None = None,
    ) -> None:
        """Log the graph of an ONNX model, its file's path or bytes. Needs the package `onnx`.

        `prototxt` is torch's name for the model, `onnx_model_file` tensorboardX's.
        """
        model = onnx_model_file if prototxt is None else prototxt
        graph = kinds.graph_models.onnx_graph(model)
        self._event_log.add_event(Event(graph_def=graph.SerializeToString()))

    def add_openvino_graph(self, xmlname: str | os.PathLike[str]) -> None:
        """Log the graph of an OpenVINO model, given as the path of its XML file."""
        graph = kinds.graph_models.openvino_graph(xmlname)
        self._event_log.add_event(Event(graph_def=graph.SerializeToString()))

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log what running the graph took, for the Graphs page, which offers it under its tag.

        `run_metadata` is a RunMetadata, its bytes, or a list of NodeStats (see summary.NodeStats):
        each node's start and duration in microseconds, and its memory in bytes.
        """
        data = kinds.graph_summary.to_run_metadata(run_metadata)
        tagged = TaggedRunMetadata(tag=tag, run_metadata=data)
        self._event_log.add_event(Event(tagged_run_metadata=tagged), global_step, walltime)

    def add_embedding(
        self,
        mat: Any,
        metadata: Sequence[Any] | None = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: Sequence[str] | None = None,
        *,
        dataformats: str = "NCHW",
    ) -> None:
        """Write N points of D dimensions, N×D numbers `mat`, for the Projector page.

        `metadata` has a label for each point, or a list of several, one a column, which the strings
        of `metadata_header` name. `label_img` has a picture for each point, on axes that
        `dataformats` names, with values as for `add_image`. What is no finite number becomes 0,
        with a warning. A run can have several embeddings, by tag and step; one of the same tag and
        step is replaced.
        """
        from ..files.assets import update_asset, write_asset

        home, log = kinds.embedding_summary, self._event_log
        step = log.step_of(global_step, tag)
        folder = f"{step:05d}/{safe_part(tag, 'tag')}"
        made = home.embedding(
            mat, metadata, label_img, step, tag, metadata_header,
            folder=folder, dataformats=dataformats,
        )  # fmt: skip
        if not log.runs.options.system.keeps_files:
            return
        # In a forked child, too: its own folder may have no event file, without which TensorBoard
        # does not look for embeddings.
        with log.lock:
            for name, data in made.files.items():
                write_asset(log.folder, f"{folder}/{name}", data)
            update_asset(
                log.folder, home.CONFIG_FILE, lambda text: home.add_to_config(text, made.info)
            )

    # What a run is.

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any] | Sequence[str],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | str | None = None,
        run_name: Any = None,
        global_step: Any = None,
        *,
        name: str | None = None,
        hparam_domain_interval: Mapping[str, tuple[float, float]] | None = None,
        group_name: str = "",
    ) -> None:
        """Log the hyperparameters of this run, and which of its scalars are metrics.

        A hyperparameter is a bool, a number, a string, or a list, function or other object, which
        is shown as a string; one that is None is left out. Metrics are {tag: number}, logged as
        scalars, at `global_step` or after the tag's last step; those that are None, or of a list of
        tags, are for later. A domain says which values a hyperparameter may have: a list of them,
        or (low, high). Sessions of one `group_name` are shown as one row.

        The session ends when the writer is closed. With a `run_name` (tensorboardX's `name`), and
        where this run has hyperparameters already, they are those of a sub-run, which ends at once.
        """
        home, log = kinds.hparams_summary, self._event_log
        if isinstance(hparam_domain_discrete, str):  # tensorboardX has the name here, a step next.
            name, hparam_domain_discrete = hparam_domain_discrete, None
            run_name, global_step = None, global_step if run_name is None else run_name
        now, step = log.clock(), log.step_of(global_step)
        made = home.encode_hparams(
            hparam_dict, metric_dict, hparam_domain_discrete, start_time_secs=now,
            hparam_domain_interval=hparam_domain_interval, group_name=group_name,
        )  # fmt: skip
        metrics = home.to_metrics(metric_dict)
        with log.lock:
            is_apart = run_name or name or self.__session_pid is not None
            if is_apart:
                self.__sub_sessions += 1
            else:
                self.__session_pid = get_pid()
        if not is_apart:
            log.write_values("hparams", made, step, now)
            for tag, value in metrics.items():
                last = log.tags.scalars.get(tag) if global_step is None else None
                self.__add_scalar_dict({tag: value}, last[0] + 1 if last else step, now)
            return
        run = log.runs.sub_run(run_name or name or f"hparams-{now:.3f}-{self.__sub_sessions}")
        scalars = {tag: kinds.scalar_summary.encode_scalar(tag, metrics[tag]) for tag in metrics}
        log.write_values("hparams", made, step, now, run)
        log.write_values("scalars", scalars, step, now, run)
        log.write_values("hparams", home.encode_session_end(True, now), step, now, run)


def _to_floats(what: str, values: Any, prefix: str = "") -> dict[str, float]:
    """The numbers of a dictionary, by their tags after a prefix."""
    if not hasattr(values, "items"):
        raise TypeError(f"{what} must be a dictionary of tags and numbers, got {values!r:.80}")
    if prefix:
        for key in values:
            if not isinstance(key, str):
                raise TypeError(f"keys of {what!r} must be strings, got {key!r:.80}")
        values = {prefix + key: value for key, value in values.items()}
    return {
        tag: value if type(value) is float else to_float(tag, value)
        for tag, value in values.items()
    }


def _points_in(folder: str, first: str, tag: str) -> list[list[Any]]:
    """The [time, step, value] of a tag's scalars in a folder's event files from one file on."""
    from ..reading.event_reader import read_events
    from ..reading.resume import event_files

    return [
        [event.wall_time, event.step, value.simple_value]
        for path, _ in event_files(folder)
        if path >= first
        for event in read_events(path, on_error="stop")
        for value in event.summary.value
        if value.tag == tag
    ]
