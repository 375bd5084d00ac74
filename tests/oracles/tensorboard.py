"""The oracle for what TensorBoard shows: the real one, as a subprocess, asked over its HTTP API.

`TensorBoardServer` starts TensorBoard on a folder with one of its two loaders: "fast" is the Rust
data server that a plain `tensorboard --logdir` uses, "slow" is the Python one. It knows the routes
of TensorBoard's plugins and nothing of this package: what it returns is for a test to compare.

Load cycles are counted in TensorBoard's own log, so `reload()` returns when everything written
before it was called has been read, and a test can also say what must *not* be shown.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, TypeVar, get_args
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np
from PIL import Image

Loader = Literal["fast", "slow"]
LOADERS: tuple[Loader, ...] = get_args(Loader)
T = TypeVar("T")

# Enough to keep every point. Zero means "all" to the loaders but "none" to the routes that answer.
POINTS_KEPT = 1_000_000
SAMPLED_PLUGINS = (
    "audio",
    "custom_scalars",
    "histograms",
    "images",
    "mesh",
    "pr_curves",
    "scalars",
    "text",
)


class LogLines(NamedTuple):
    """What a loader writes to the log around a load cycle, and how often a cycle starts."""

    start: str
    end: str
    interval_seconds: float


LOG_LINES: dict[Loader, LogLines] = {
    # The data server takes whole seconds, and zero would be a loop without any sleep.
    "fast": LogLines("] Starting load cycle", "] Finished load cycle", 1),
    "slow": LogLines(
        "] TensorBoard reload process beginning", "] TensorBoard done reloading", 0.25
    ),
}
NOISE = " timing.py:"  # How long each call of a data provider took.
RELOADER_DIED = "Exception in thread Reloader"


class TensorBoardError(AssertionError):
    """TensorBoard died, refused a request or did not get ready; ends with the end of its log."""


class Response(NamedTuple):
    content_type: str
    body: bytes


class ScalarPoint(NamedTuple):
    wall_time: float
    step: int
    value: float


class HistogramPoint(NamedTuple):
    wall_time: float
    step: int
    buckets: list[tuple[float, float, float]]  # left edge, right edge, count


class TextPoint(NamedTuple):
    wall_time: float
    step: int
    html: str


class Blob(NamedTuple):
    """One image or one audio clip: sample number `sample` of the record at `step`."""

    wall_time: float
    step: int
    sample: int
    content_type: str
    data: bytes

    def pixels(self, channels: int = 3) -> np.ndarray[Any, Any]:
        """The image as Pillow decodes it, whether it is stored with a palette or without."""
        with Image.open(io.BytesIO(self.data)) as image:
            return np.asarray(image.convert(["L", "LA", "RGB", "RGBA"][channels - 1]))


class TensorBoardServer:
    """A real TensorBoard serving `logdir` while the `with` block lasts.

    On entry everything that was in `logdir` has been loaded. After writing more, call `reload()`.
    A file that can stop a loader for good (see RELOADER_DIED) needs a server of its own.
    """

    url: str

    def __init__(self, logdir: str | Path, loader: Loader) -> None:
        # Absolute, as the subprocess has another current folder; or a URL.
        self.logdir: Any = logdir if "://" in str(logdir) else Path(logdir).absolute()
        self.loader = loader
        self._lines = LOG_LINES[loader]
        self._opener = build_opener(ProxyHandler({}))  # Never through a proxy of the environment.

    def __enter__(self) -> TensorBoardServer:
        self._scratch = tempfile.TemporaryDirectory(prefix="tensorboard-oracle-")
        scratch = Path(self._scratch.name)
        self._log_path = scratch / "log"
        command = [
            *(sys.executable, "-m", "tensorboard.main"),
            *("--logdir", str(self.logdir)),
            *("--host", "127.0.0.1", "--port", "0"),
            *("--load_fast", "true" if self.loader == "fast" else "false"),
            *("--reload_interval", str(self._lines.interval_seconds)),
            *("--samples_per_plugin", ",".join(f"{p}={POINTS_KEPT}" for p in SAMPLED_PLUGINS)),
            *("--verbosity", "0"),  # The level at which load cycles are logged.
        ]
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=scratch,  # A copy of a package in the current folder must not be imported.
                env={**os.environ, "TMPDIR": str(scratch)},
            )
        try:
            self.url = self._await(self._announced_url, 60, "TensorBoard to print its address")
            self._await(lambda: self._count(self._lines.end) >= 1, 60, "the first load cycle")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._opener.close()
        self._scratch.cleanup()

    # Waiting and the log

    def log(self) -> str:
        """Everything TensorBoard and its data server have printed."""
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    def reload(self, timeout: float = 30) -> None:
        """Return when a load cycle that began after this call has ended."""
        cycle = self._count(self._lines.start) + 1
        self._await(lambda: self._count(self._lines.end) >= cycle, timeout, "a load cycle")

    def wait_for(self, predicate: Callable[[], T], timeout: float = 30) -> T:
        """Ask `predicate` until its answer is true, and return that answer."""
        return self._await(predicate, timeout, "what the test waits for")

    def new_run(self, prefix: str = "run") -> Path:
        """Make a folder in `logdir` for a run; the folder's name is the run's."""
        return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.logdir))

    def _count(self, line: str) -> int:
        return self.log().count(line)

    def _announced_url(self) -> str | None:
        found = re.search(r"^TensorBoard \S+ at (http://\S+/) ", self.log(), re.MULTILINE)
        return found and found.group(1)

    def _await(self, predicate: Callable[[], T | None], timeout: float, what: str) -> T:
        deadline = time.monotonic() + timeout
        while True:
            if self._process.poll() is not None:
                raise self._error(f"TensorBoard ended with status {self._process.returncode}")
            answer = predicate()
            if answer:
                return answer
            if RELOADER_DIED in self.log():
                time.sleep(0.5)  # Its traceback is still being written.
                raise self._error("TensorBoard's reload thread died")
            if time.monotonic() > deadline:
                raise self._error(f"waited {timeout} seconds for {what}")
            time.sleep(0.02)

    def _error(self, message: str) -> TensorBoardError:
        lines = [line for line in self.log().splitlines() if NOISE not in line]
        tail = "\n".join(lines[-40:])
        return TensorBoardError(f"{self.loader} loader: {message}\nIts log ends:\n{tail}")

    # Requests

    def get(self, path: str, /, **params: str | int) -> Response:
        """The answer to a GET of `path`, which is relative to the server's address."""
        query = "?" + urlencode(params) if params else ""
        return self._request(Request(self.url + path.lstrip("/") + query))

    def get_json(self, path: str, /, **params: str | int) -> Any:
        """The same, parsed. TensorBoard spells NaN and the infinities as strings."""
        return json.loads(self.get(path, **params).body)

    def post_json(self, path: str, body: object) -> Any:
        """The parsed answer to a POST of `body` as JSON."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return json.loads(self._request(Request(self.url + path.lstrip("/"), data, headers)).body)

    def _request(self, request: Request) -> Response:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Response(answer.headers["Content-Type"], answer.read())
        except HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")
            asked = f"{request.get_method()} {request.full_url}"
            raise self._error(f"{asked}: {error.code} {error.reason}\n{said}") from error

    # What every plugin has

    def runs(self) -> list[str]:
        """The runs' names by start time; the run of files in `logdir` itself is "."."""
        runs: list[str] = self.get_json("data/runs")
        return runs

    def tags(self, plugin: str) -> dict[str, dict[str, Any]]:
        """For every run with data of `plugin`: what it says of each tag (displayName, …).

        Text has nothing to say but the tags' names, and gets an empty dict for each.
        """
        runs: dict[str, Any] = self.get_json(f"data/plugin/{plugin}/tags")
        return {
            run: {tag: {} for tag in tags} if isinstance(tags, list) else tags
            for run, tags in runs.items()
        }

    # One method per kind of data

    def scalars(self, run: str, tag: str) -> list[ScalarPoint]:
        points = self.get_json("data/plugin/scalars/scalars", run=run, tag=tag)
        return [ScalarPoint(wall, step, float(value)) for wall, step, value in points]

    def histograms(self, run: str, tag: str) -> list[HistogramPoint]:
        points = self.get_json("data/plugin/histograms/histograms", run=run, tag=tag)
        return [
            HistogramPoint(wall, step, [(float(a), float(b), float(n)) for a, b, n in buckets])
            for wall, step, buckets in points
        ]

    def images(self, run: str, tag: str) -> list[Blob]:
        """Every image of the tag, by step and then by its number in the record."""
        return self._blobs("images", "images", "individualImage", run, tag)

    def audio(self, run: str, tag: str) -> list[Blob]:
        """Every clip of the tag, by step and then by its number in the record."""
        return self._blobs("audio", "audio", "individualAudio", run, tag)

    def _blobs(self, plugin: str, index: str, one: str, run: str, tag: str) -> list[Blob]:
        samples: int = self.tags(plugin)[run][tag]["samples"]
        route = f"data/plugin/{plugin}/"
        blobs: list[Blob] = []
        for sample in range(samples):
            for entry in self.get_json(route + index, run=run, tag=tag, sample=sample):
                answer = self.get(f"{route}{one}?{entry['query']}")
                blobs.append(Blob(entry["wall_time"], entry["step"], sample, *answer))
        return sorted(blobs, key=lambda blob: (blob.step, blob.sample))

    def text(self, run: str, tag: str) -> list[TextPoint]:
        points = self.get_json("data/plugin/text/text", run=run, tag=tag)
        return [TextPoint(p["wall_time"], p["step"], p["text"]) for p in points]

    def pr_curves(self, run: str, tag: str) -> list[dict[str, Any]]:
        """By step: wall_time, step, precision, recall, thresholds, true_positives, …."""
        runs = self.get_json("data/plugin/pr_curves/pr_curves", run=run, tag=tag)
        points: list[dict[str, Any]] = runs[run]
        return points

    def meshes(self, run: str, tag: str) -> list[dict[str, Any]]:
        """One entry per step and part: wall_time, step, content_type, components, data_shape."""
        entries: list[dict[str, Any]] = self.get_json("data/plugin/mesh/meshes", run=run, tag=tag)
        return entries

    def mesh_data(
        self,
        run: str,
        tag: str,
        content_type: Literal["VERTEX", "FACE", "COLOR"],
        step: int,
        sample: int = 0,
    ) -> np.ndarray[Any, Any]:
        """The flat values of one part of one mesh."""
        dtype = {"VERTEX": "<f4", "FACE": "<i4", "COLOR": "u1"}[content_type]
        path = "data/plugin/mesh/data"
        asked = {"content_type": content_type, "step": step, "sample": sample}
        return np.frombuffer(self.get(path, run=run, tag=tag, **asked).body, dtype)

    def custom_scalars_layout(self) -> dict[str, Any]:
        """The layouts of all runs, merged, as JSON of the Layout message."""
        layout: dict[str, Any] = self.get_json("data/plugin/custom_scalars/layout")
        return layout

    def custom_scalars(self, run: str, tag_pattern: str) -> dict[str, list[ScalarPoint]]:
        """The points of the run's scalar tags that match a regular expression, by tag."""
        path = "data/plugin/custom_scalars/scalars"
        answer = self.get_json(path, run=run, tag=tag_pattern)
        if not answer["regex_valid"]:
            raise ValueError(f"TensorBoard does not take {tag_pattern!r} as a regular expression")
        return {
            tag: [ScalarPoint(wall, step, float(value)) for wall, step, value in points]
            for tag, points in answer["tag_to_events"].items()
        }

    def hparams_experiment(self) -> dict[str, Any]:
        """The hyperparameters and metrics of all runs, as JSON of the Experiment message."""
        experiment: dict[str, Any] = self.post_json(
            "data/plugin/hparams/experiment", {"hparamsLimit": 0}
        )
        return experiment

    def hparams_session_groups(self, metrics: list[dict[str, str]] | None = None) -> Any:
        """The rows of the hparams table; `metrics` are names: {"group": …, "tag": …}."""
        hparams = self.hparams_experiment().get("hparamInfos", [])
        request = {
            "allowedStatuses": [
                "STATUS_UNKNOWN",
                "STATUS_SUCCESS",
                "STATUS_FAILURE",
                "STATUS_RUNNING",
            ],
            "colParams": [
                *({"hparam": info["name"], "includeInResult": True} for info in hparams),
                *({"metric": name, "includeInResult": True} for name in metrics or []),
            ],
            "startIndex": 0,
            "sliceSize": POINTS_KEPT,
        }
        return self.post_json("data/plugin/hparams/session_groups", request)["sessionGroups"]

    def graph_info(self) -> dict[str, Any]:
        """For every run: whether it has a graph, and per tag what was recorded with it."""
        info: dict[str, Any] = self.get_json("data/plugin/graphs/info")
        return info

    def graph(self, run: str) -> str:
        """The run's GraphDef as protobuf text."""
        answer = self.get("data/plugin/graphs/graph", run=run, conceptual="false")
        return answer.body.decode()
