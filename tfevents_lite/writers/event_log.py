"""`EventLog`: checks the steps, times and tags of events, and writes them to a writer's runs.

SummaryWriter and FileWriter share one, so that whichever is called, steps, times and kinds are
known to both. This module knows events and runs; it knows no kind of value and no plugin.
"""

from __future__ import annotations

import os
import time
from _thread import RLock

from ..files.options import Options, with_profile
from ..files.runs import Runs, absolute, is_child_of, is_in_use, is_spawning
from ..files.system import get_pid, is_older
from ..inputs.caller import warn
from ..inputs.checks import MAX_STEP, cast_step, encode_tag, to_wall_time
from ..inputs.names import local_folder, url_of
from ..records.scalar_record import scalar_record
from ..records.tfrecord import frame
from ..schema.event import Event, SessionLog
from ..schema.summary import Summary, only_scalar
from ..summary.encoding import encode_event
from ..summary.guard import check_event
from .tag_history import TagHistory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from ..files.run_log import RunLog
    from ..remote.shipping import Shipper
    from ..wire.message import Message

    Kind = TypeVar("Kind", bound=Message)


# When this process began to use the package: files that are older are another process's. Those with
# its number in their names may be its own, or those of one that had the number before: as file
# systems may tell times less exactly, they have to be two seconds older.
_BEGAN = time.time()
_warned_of: set[str] = set()
# The options that only a run at a URL has.
_REMOTE_OPTIONS = {"spool", "max_spool_bytes", "ship_timeout"}


class EventLog:
    """Checks the events of one writer and writes them to its runs.

    Attributes: `runs`, the files; `folder`, theirs; `tags`, what is known of the main run's tags;
    `last_step`, with `resume` the last step logged before; `step` and `clock`, the defaults for
    events that have no step or no time.
    """

    last_step: int | None = None
    step: int | None = None

    def __init__(
        self,
        folder: str | os.PathLike[str],
        purge_step: Any,
        resume: bool,
        options: Mapping[str, Any],
    ) -> None:
        self._options = with_profile({**options})
        url = url_of(folder)
        self._remote = _remote(url, self._options)
        self._given = url or local_folder(folder)
        self.folder = absolute(self._given) if self._remote is None else self._remote.folder
        checked = Options(**self._options)
        self._purge_step = None if purge_step is None else cast_step(purge_step)[0]
        self._histories: dict[str, TagHistory] = {}
        earlier: list[tuple[str, int]] = []
        if resume:
            earlier = self._look_back()
        elif self._purge_step is None:
            self._warn_of_others(checked)
        self._start(Runs(self.folder, checked, self._purge(checked)))
        self.runs.storage.adopt(earlier)
        self.runs.main.open()

    def _look_back(self) -> list[tuple[str, int]]:
        """Learn what an earlier writer logged in the folder; return the files that it left."""
        from ..reading.resume import event_files, look_back

        folder = os.path.normpath(self.folder)  # As runs are looked up by.
        place = folder if self._remote is None else self._remote.earlier_files()
        self.last_step, kinds, steps = look_back(place)
        for run, kinds_of_run in kinds.items():
            history = TagHistory(kinds_of_run, steps.get(run))
            self._histories[folder + run[len(place) :]] = history
        last = self.last_step
        if self._purge_step is None and last is not None and last < MAX_STEP:
            self._purge_step = last + 1
        if self._purge_step is not None:
            for history in self._histories.values():
                history.purge(self._purge_step)
        return event_files(self.folder)

    def _warn_of_others(self, options: Options) -> None:
        """Warn, once a folder, if TensorBoard will take another writer's files for this one's."""
        folder = os.path.normpath(self.folder)
        if folder in _warned_of or not options.system.keeps_files:
            return
        if is_in_use(folder):
            found = "has another writer that is open: TensorBoard may miss what that one writes,"
            advice = "Close that writer first"
        else:
            name = self._earlier_file(options)
            if not name:
                return
            found = f"holds event files of an earlier run, as {name!r}: TensorBoard"
            advice = "Pass resume=True to go on with that run"
        _warned_of.add(folder)
        warn(
            f"{folder!r} {found} shows both writers' files as one run, and discards points "
            f"whose steps the new file repeats. {advice}, or use a new folder"
        )

    def _earlier_file(self, options: Options) -> str:
        """The name of an event file in the folder from before this process began, "" for none."""
        try:
            names = options.system.list_folder(self.folder)
        except OSError:
            return ""
        pid = f".{get_pid() if options.pid is None else options.pid}."
        for name in names:
            began = _BEGAN - (2 if pid in f"{name}." else 0)
            if "tfevents" in name and is_older(os.path.join(self.folder, name), began):
                return name
        return ""

    def _purge(self, options: Options) -> list[bytes]:
        """What a file begins with to have TensorBoard drop earlier files' points from a step on.

        Twice: its Python loader takes the first START of a run for its beginning, and purges at
        those after it alone.
        """
        if self._purge_step is None:
            return []
        start = SessionLog(status=SessionLog.START)
        event = Event(wall_time=options.clock(), step=self._purge_step, session_log=start)
        return [event.SerializeToString()] * 2

    def _start(self, runs: Runs) -> None:
        self.runs = runs
        if self._remote is not None:
            self._remote.attach(runs)
        self.clock = runs.options.clock
        self._tags_of: dict[RunLog, TagHistory] = {}
        self.tags = self.tags_of(runs.main)
        self.write_record = runs.main.write_record
        self._locks: dict[int, RLock] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {
            "_given": self._given,
            "folder": self.folder,
            "last_step": self.last_step,
            "_options": self._options,
            "_purge_step": self._purge_step,
            "_histories": self._histories,
            "_remote": self._remote,
            "_origin": (get_pid(), is_spawning()),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        pid, spawning = state.pop("_origin")
        vars(self).update(state)
        guest = spawning or is_child_of(pid)
        self._start(Runs(self.folder, Options(**self._options), guest=guest))

    @property
    def lock(self) -> RLock:
        """For methods of which each call has to count, from however many threads."""
        # By process, as a forked child may inherit a lock that another thread held.
        return self._locks.setdefault(get_pid(), RLock())

    def as_given(self, run: RunLog) -> str:
        """The folder of a run, beginning as the writer's was given."""
        return self._given + run.folder[len(self.folder) :]

    def run(self, name: str) -> RunLog:
        """The main run for "", else a sub-run."""
        return self.runs.sub_run(name) if name else self.runs.main

    def tags_of(self, run: RunLog) -> TagHistory:
        """What is known of a run's tags. Names that differ may lead to one folder."""
        known = self._tags_of.get(run)
        if known is None:
            folder = os.path.normpath(run.folder)
            known = self._tags_of[run] = self._histories.setdefault(folder, TagHistory())
        return known

    # Steps and times.

    def step_of(self, step: Any, tag: str | None = None) -> int:
        """A step that was given, or the default one, as an integer."""
        if type(step) is int and -MAX_STEP <= step <= MAX_STEP:
            return step
        number, is_whole = cast_step(self.step if step is None else step, tag)
        if not is_whole:
            self.tags.warn_once(
                "fraction",
                "",
                f"global_step must be an integer: {step!r:.80} is taken for {number}",
            )
        return number

    def time_of(self, walltime: Any) -> float:
        """A time that was given, or the time now."""
        return self.clock() if walltime is None else to_wall_time(walltime)

    # Writing.

    def add(
        self, kind: str, tag: str, value: bytes, global_step: Any, walltime: float | None
    ) -> None:
        """Write a value of a kind, as the bytes that `summary` made of it."""
        step, wall_time = self.step_of(global_step, tag), self.time_of(walltime)
        payload = encode_event(value, step, wall_time)
        self.tags.note(kind, tag, step, hash(value))
        self.write_record(frame(payload))

    def add_all(
        self, kind: str, values: Mapping[str, bytes], global_step: Any, walltime: float | None
    ) -> None:
        """Write values of one kind as one event: by tag, the bytes that `summary` made of each."""
        step = self.step_of(global_step, next(iter(values), None))
        payload = encode_event(b"".join(values.values()), step, self.time_of(walltime))
        self.tags.claim_all(kind, values)
        for tag, value in values.items():
            self.tags.note(kind, tag, step, hash(value))
        self.write_record(frame(payload))

    def write_values(
        self,
        kind: str,
        values: Mapping[str, bytes],
        step: int,
        wall_time: float,
        run: RunLog | None = None,
    ) -> None:
        """As `add_all`, to a run, and without noting steps: for values that belong to none."""
        log = run or self.runs.main
        self.tags_of(log).claim_all(kind, values)
        if values:
            log.write(encode_event(b"".join(values.values()), step, wall_time))

    def add_summary(
        self, summary: Any, global_step: Any, walltime: float | None, run: RunLog | None = None
    ) -> None:
        """Write a Summary to a run, the main one if none is given, and note its tags' steps."""
        log, made = run or self.runs.main, to_ours(Summary, summary, "summary")
        step, wall_time = self.step_of(global_step), self.time_of(walltime)
        tags, scalar = self.tags_of(log), only_scalar(made)
        if scalar is not None:  # Nearly all are: this is much faster.
            record = scalar_record(*scalar, step, wall_time)
            tags.note("scalars", scalar[0], step, scalar[1])
            log.write_record(record)
            return
        for value in made.value:
            encode_tag(value.tag)
        event = Event(wall_time=wall_time, step=step, summary=made)
        payload = self._checked(event, log)
        for value in made.value:
            kind = tags.kinds.get(value.tag, "")
            if kind != "hparams":
                tags.note(kind, value.tag, step, hash(value.SerializeToString()))
        log.write(payload)

    def add_event(
        self,
        event: Event,
        global_step: Any = None,
        walltime: float | None = None,
        run: RunLog | None = None,
    ) -> None:
        """Give an event of the package's own a step and a time, and write it."""
        event.step, event.wall_time = self.step_of(global_step), self.time_of(walltime)
        self.write_event(event, run)

    def write_event(self, event: Event, run: RunLog | None = None) -> None:
        """Write an event to a run, the main one if none is given.

        Raises TypeError or ValueError for one that TensorBoard can't load.
        """
        log = run or self.runs.main
        log.write(self._checked(event, log))

    def _checked(self, event: Event, log: RunLog) -> bytes:
        check_event(event, self.tags_of(log).kinds)
        return event.SerializeToString()

    # Life.

    def flush(self, sync: bool) -> None:
        """Return when all events are with the operating system, with `sync` on the device."""
        self.runs.each(lambda log: log.flush(sync))
        if self._remote is not None:
            self._remote.flush()

    def close(self) -> None:
        """Write what is held back and close the files."""
        try:
            self.runs.each(lambda log: log.close())
        finally:
            if self._remote is not None:
                self._remote.close()

    @property
    def pending(self) -> int:
        """How many bytes of a remote run wait to be sent; 0 for a local one."""
        return 0 if self._remote is None else self._remote.pending

    def reopen(self) -> None:
        """After `close`, go on in new files. Does nothing if nothing is closed."""
        if self.runs.main.closed:
            self.runs.each(lambda log: log.reopen())
            self.runs.main.open()

    @property
    def dropped(self) -> int:
        """How many events were lost because a disk was full for too long, sub-runs included."""
        return sum(log.dropped for log in self.runs)


class Defaults:
    """Within a `with` block, a log has a default step, a default time or both."""

    def __init__(self, writer: Any, log: EventLog, step: Any, walltime: float | None) -> None:
        if step is None and walltime is None:
            raise ValueError("use_metadata must be given a global_step or a walltime, got neither")
        self._writer = writer
        self._log = log
        self._step = None if step is None else log.step_of(step)
        self._time = None if walltime is None else to_wall_time(walltime)
        self._before: list[Any] = []

    def __enter__(self) -> Any:
        log, wall_time = self._log, self._time
        self._before.append((log.step, log.clock))
        if self._step is not None:
            log.step = self._step
        if wall_time is not None:
            log.clock = lambda: wall_time
        return self._writer

    def __exit__(self, *exception: object) -> None:
        self._log.step, self._log.clock = self._before.pop()


def _remote(url: str, options: dict[str, Any]) -> Shipper | None:
    """What sends a run to its URL, None for a local run; takes its own options from the others."""
    own = {name: options.pop(name) for name in _REMOTE_OPTIONS & options.keys()}
    if not url:
        if own:
            raise TypeError(
                f"{next(iter(own))} is for a run at a URL, and log_dir is a local folder"
            )
        return None
    if "system" in options:
        if not options["system"].keeps_files:  # Nothing is written, here or there.
            return None
        raise ValueError("system is for a local folder, and log_dir is a URL")
    if options.get("max_total_bytes") is not None:
        raise ValueError("max_total_bytes bounds a local folder: use max_spool_bytes for a URL")
    from ..remote.shipping import Shipper

    flush_secs = options.get("flush_secs", 120)
    warns = options.get("on_error") == "warn"
    shipper = Shipper(url, flush_secs=flush_secs, warns=warns, **own)
    options["system"] = shipper.system
    options["filename_suffix"] = f"{options.get('filename_suffix') or ''}{shipper.suffix}"
    return shipper


def to_ours(kind: type[Kind], message: Any, name: str) -> Kind:
    """A message of this package's, from one, from protobuf's or from the bytes of one."""
    if isinstance(message, kind):
        return message
    what = f"{'an' if kind is Event else 'a'} {kind.__name__} or bytes of one"
    data = encoded(message, name, what)
    try:
        return kind.FromString(data)
    except ValueError as error:
        raise ValueError(f"{name} must be {what}: {error}") from error


def encoded(message: Any, name: str, what: str = "a message or its bytes") -> bytes:
    """The bytes of a message of this package's or of protobuf's."""
    encode = getattr(message, "SerializeToString", None)
    if encode is None and not isinstance(message, bytes):
        raise TypeError(f"{name} must be {what}, got {message!r:.80}")
    data: bytes = message if encode is None else encode()
    return data
