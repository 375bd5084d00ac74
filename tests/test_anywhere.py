"""The package where much is missing: NumPy, crcmod, zlib, threads, fork, a home, a real machine."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tfevents_lite as tfe

from . import reference_run
from .machine import BOUND, bounded, install_from_npm

ROOT = Path(__file__).parent.parent


def run_without(blocked: tuple[str, ...], code: str, folder: Path) -> str:
    """Run code where some modules can't be imported, as where they are not installed."""
    start = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
for name in {blocked!r}:
    sys.modules.pop(name, None)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", start + code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sha256(folder: Path) -> str:
    """The checksum of a run's only file."""
    (file,) = folder.iterdir()
    return hashlib.sha256(file.read_bytes()).hexdigest()


REFERENCE = f"""
sys.path.insert(0, {str(ROOT / "tests")!r})
from reference_run import write_run
write_run("run")
"""


@pytest.mark.parametrize(
    "blocked",
    [
        ("numpy",),
        ("crcmod",),
        ("zlib", "gzip", "zipfile"),
        ("socket", "_socket", "select"),
        ("threading", "multiprocessing", "concurrent"),
        ("fcntl", "signal", "_signal", "subprocess", "_posixsubprocess"),
        ("numpy", "crcmod", "zlib", "gzip", "socket", "_socket", "threading", "logging"),
    ],
    ids="-".join,
)
def test_modules_that_are_missing(blocked: tuple[str, ...], tmp_path: Path) -> None:
    """Scalars, text, hyperparameters, layouts and image files are the same bytes without them."""
    run_without(blocked, REFERENCE, tmp_path)
    assert sha256(tmp_path / "run") == reference_run.SHA256


# Calls to the system that some machine or other does without, in Python's own words.
CALLS = [
    name
    for name in (
        "fork", "forkpty", "register_at_fork", "getpid", "getppid", "uname", "pipe", "kill",
        "fsync", "dup", "chmod", "umask", "link", "symlink", "getuid", "geteuid", "getlogin",
    )
    if hasattr(os, name)
]  # fmt: skip


@pytest.mark.parametrize("names", [*([name] for name in CALLS), CALLS], ids=lambda n: "-".join(n))
def test_calls_that_are_missing(names: list[str], tmp_path: Path) -> None:
    """A system that lacks a call, and one without any of them and a home, is no obstacle."""
    code = f"""
import os
for name in {names!r}:
    delattr(os, name)
os.environ.clear()
"""
    run_without((), code + REFERENCE, tmp_path)
    assert sha256(tmp_path / "run") == reference_run.SHA256


def test_what_is_not_given_is_found_without_them(tmp_path: Path) -> None:
    """Host name, clock and folder have defaults where neither sockets, threads nor fork are."""
    code = f"""
import os
for name in {[name for name in CALLS if name != "getpid"]!r}:
    delattr(os, name)
os.environ.clear()
import tfevents_lite as tfe
with tfe.SummaryWriter() as writer:
    writer.add_scalar("loss", 0.5, 1)
    writer.add_scalars("both", {{"a": 1.0}}, 1)
    path = writer.file_writer.file.path
print(path, [value.tag for event in tfe.read_events(path) for value in event.summary.value])
"""
    blocked = ("socket", "_socket", "threading", "multiprocessing", "zlib", "numpy")
    path, tags = run_without(blocked, code, tmp_path).split(maxsplit=1)
    assert path.startswith("runs" + os.sep)
    assert tags == "['loss']\n"


@bounded
def test_a_read_only_home(tmp_path: Path) -> None:
    """Nothing but the run's folder need be writable: neither home, temporary nor current folder."""
    shut, run = tmp_path / "shut", tmp_path / "run"
    shut.mkdir()
    run.mkdir()
    shut.chmod(0o555)
    code = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
try:
    open("file", "w")
except PermissionError:
    print("shut")
from reference_run import write_run
write_run({str(run)!r})
import tfevents_lite as tfe
try:
    tfe.SummaryWriter("here").add_scalar("loss", 0.5, 1)
except PermissionError as error:
    print(error.filename)
"""
    homes = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(shut))
    done = subprocess.run(
        [*BOUND, sys.executable, "-B", "-c", code],
        cwd=shut, env={**os.environ, **homes}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stderr, done.stdout.split()) == ("", ["shut", "here"])
    assert sha256(run) == reference_run.SHA256
    assert not list(shut.iterdir())


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="CPython's audit events are asked")
def test_nothing_is_written_but_the_run(tmp_path: Path) -> None:
    """No file is opened for writing outside the run's folder: a home may be read-only."""
    code = f"""
import os
opened = []
def note(event, arguments):
    if event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        opened.append(os.path.dirname(arguments[0]))
    elif event in ("os.mkdir", "os.rename", "os.remove"):
        opened.append(arguments[0])
sys.addaudithook(note)
{REFERENCE}
print(*opened)
"""
    assert run_without((), code, tmp_path).split() == ["run", "run"]


# What needs NumPy: how it is called, by the name that its error has. `w` is a SummaryWriter, `g` a
# GlobalSummaryWriter.
NEEDS_NUMPY = {
    "SummaryWriter": {
        "add_histogram": "w.add_histogram('t', [1.0, 2.0], 1)",
        "add_histogram_raw": "w.add_histogram_raw('t', 0, 1, 1, 1, 1, [1], [1], 1)",
        "add_image": "w.add_image('t', [[0.0]], 1, dataformats='HW')",
        "add_images": "w.add_images('t', [[[0.0]]], 1, dataformats='NHW')",
        "image_summary": "w.image_summary('t', [[[0.0]]], 1)",
        "add_image_with_boxes": "w.add_image_with_boxes('t', [[[0.0]]], [[0, 0, 1, 1]], 1)",
        "add_figure": "w.add_figure('t', None, 1)",
        "add_video": "w.add_video('t', [[[[[0.0]]]]], 1)",
        "add_audio": "w.add_audio('t', [0.0], 1)",
        "add_tensor": "w.add_tensor('t', [1.0], 1)",
        "add_pr_curve": "w.add_pr_curve('t', [1], [0.5], 1)",
        "add_pr_curve_raw": "w.add_pr_curve_raw('t', *[[1]] * 6, 1)",
        "add_mesh": "w.add_mesh('t', [[[1.0, 2.0, 3.0]]])",
        "add_embedding": "w.add_embedding([[1.0]])",
        "add_scalar_series": "w.add_scalar_series('t', [1.0], [1])",
    },
    "GlobalSummaryWriter": {"add_image": "g.add_image('t', [[0.0]], dataformats='HW')"},
    "tfevents_lite": {
        "image_summary": "tfe.image_summary('t', [])",
        "png": "tfe.png.encode([])",
        "read_scalars": "tfe.read_scalars('run')",
    },
    "tfevents_lite.summary": {
        name: f"summary.{name}()"
        for name in (
            "audio", "embedding", "figure", "histogram", "histogram_raw", "image",
            "image_with_boxes", "images", "mesh", "pr_curve", "pr_curve_raw", "tensor", "video",
        )
    },
    "tfevents_lite.v2": {
        "image": "v2.image('t', [[[[0.0]]]], 1)",
        "histogram": "v2.histogram('t', [1.0], 1)",
        "audio": "v2.audio('t', [[[0.0]]], 44100, 1)",
        "write": "v2.write('t', [1.0], 1)",
    },
}  # fmt: skip

# What works without, and how it is called so that it does its work.
NEEDS_NONE = {
    "SummaryWriter": {
        "add_scalar": "w.add_scalar('s', 1, 1)",
        "add_scalars": "w.add_scalars('ss', {'a': 1}, 1)",
        "add_scalar_dict": "w.add_scalar_dict({'a': 1}, 1)",
        "export_scalars_to_json": "w.export_scalars_to_json('all.json')",
        "add_text": "w.add_text('text', 'x', 1)",
        "add_hparams": "w.add_hparams({'lr': 0.1}, {'m': 1.0})",
        "add_session_log": "w.add_session_log(tfe.SessionLog(status=1), 1)",
        "add_custom_scalars": "w.add_custom_scalars({'a': {'b': ['Multiline', ['s']]}})",
        "add_custom_scalars_multilinechart": "w.add_custom_scalars_multilinechart(['s'])",
        "add_custom_scalars_marginchart": "w.add_custom_scalars_marginchart(['s', 's', 's'])",
        "add_graph": "w.add_graph([summary.Node('a', 'Op')])",
        "add_run_metadata": "w.add_run_metadata([summary.NodeStats('a', 0, 1)], 'm', 1)",
        "add_summary": "w.add_summary(tfe.Summary(), 1)",
        "get_logdir": "w.get_logdir()",
        "use_metadata": "w.use_metadata(global_step=1)",
        "flush": "w.flush()",
        "close": "w.close()",
        "last_step": "w.last_step",
        "dropped": "w.dropped",
        # Of files that it is given; see the tests of graphs.
        "add_onnx_graph": "summary.onnx_graph",
        "add_openvino_graph": "summary.openvino_graph",
    },
    "GlobalSummaryWriter": {
        "add_scalar": "g.add_scalar('s', 1)",
        "add_text": "g.add_text('text', 'x')",
        "getSummaryWriter": "tfe.GlobalSummaryWriter.getSummaryWriter",
        "file_writer": "g.file_writer",
        "flush": "g.flush()",
        "close": "g.close()",
    },
    "tfevents_lite.summary": {
        "Node": "summary.Node('a', 'Op')",
        "NodeStats": "summary.NodeStats('a', 0, 1)",
        "custom_scalars": "summary.custom_scalars({'a': {'b': ['Multiline', ['s']]}})",
        "graph": "summary.graph",
        "hparams": "summary.hparams({}, {})",
        "onnx_graph": "summary.onnx_graph",
        "openvino_graph": "summary.openvino_graph",
        "run_metadata": "summary.run_metadata",
        "scalar": "summary.scalar('s', 1)",
        "session_end": "summary.session_end",
        "text": "summary.text('t', 'x')",
        "to_graph_def": "summary.to_graph_def([summary.Node('a', 'Op')])",
        "to_run_metadata": "summary.to_run_metadata([summary.NodeStats('a', 0, 1)])",
    },
    "tfevents_lite.v2": {
        "scalar": "v2.scalar('t', 1, 1)",
        "text": "v2.text('text', 'x', 1)",
        "graph": "v2.graph([summary.Node('a', 'Op')])",
        "create_file_writer": "v2.create_file_writer('v2')",
        "create_noop_writer": "v2.create_noop_writer()",
        "experimental": "v2.experimental",
        "flush": "v2.flush()",
        "record_if": "v2.record_if(True)",
        "should_record_summaries": "v2.should_record_summaries()",
        "SummaryWriter": "v2.SummaryWriter",
    },
}

SET_UP = """
import tfevents_lite as tfe
from tfevents_lite import summary, v2
w = tfe.SummaryWriter("run", clock=lambda: 1.5)
g = tfe.GlobalSummaryWriter("global", clock=lambda: 1.5)
v2.create_file_writer("v2").set_as_default()
"""


def public_names(of: str) -> set[str]:
    """What a module or a class has for its users."""
    if of.startswith("tfevents_lite"):
        found: list[str] = importlib.import_module(of).__all__
        return set(found)
    return {name for name in dir(getattr(tfe, of)) if name[0] != "_"}


@pytest.mark.parametrize("of", NEEDS_NUMPY)
def test_all_names_are_told_apart(of: str) -> None:
    """Each public name is known to need NumPy or not, or is a message or a module."""
    known = {*NEEDS_NUMPY[of], *NEEDS_NONE.get(of, {})}
    found = public_names(of)
    if of == "tfevents_lite":
        assert known < found
    else:
        assert known == found


@pytest.mark.parametrize("of", NEEDS_NUMPY)
def test_what_needs_numpy_says_so(of: str, tmp_path: Path) -> None:
    """A call that needs NumPy says so in one line that names it, and writes nothing."""
    code = f"""{SET_UP}
import os
def size():
    return sum(os.path.getsize(os.path.join(at, f)) for at, _, files in os.walk(".") for f in files)
before = size()
for name, call in {NEEDS_NUMPY[of]!r}.items():
    for _ in range(2):
        try:
            eval(call)
        except ImportError as error:
            assert str(error) == name + " needs NumPy: pip install numpy", error
            assert error.name == "numpy"
        else:
            raise AssertionError(name + " was done")
assert size() == before
print("all")
"""
    assert run_without(("numpy",), code, tmp_path) == "all\n"


@pytest.mark.parametrize("of", NEEDS_NONE)
def test_what_needs_no_numpy(of: str, tmp_path: Path) -> None:
    """All other calls do their work where there is none."""
    code = f"{SET_UP}\nfor call in {[*NEEDS_NONE[of].values()]!r}: eval(call)\nprint('all')"
    assert run_without(("numpy",), code, tmp_path) == "all\n"


def test_what_numpy_lacks_is_not_numpy(tmp_path: Path) -> None:
    """A NumPy that can't be imported as it lacks something itself is not said to be missing."""
    (tmp_path / "numpy.py").write_text("import surely_not_there\n")
    code = f"{SET_UP}\ntry: w.add_histogram('t', [1.0])\nexcept ImportError as e: print(e)"
    assert "surely_not_there" in run_without((), f"sys.path.insert(0, '.')\n{code}", tmp_path)


def test_reading_and_checking_need_no_numpy(tmp_path: Path) -> None:
    """Events are read, and files verified and repaired, without NumPy and crcmod."""
    code = f"""{REFERENCE}
import os
import tfevents_lite as tfe
from tfevents_lite.cli import main
(name,) = os.listdir("run")
path = "run/" + name
print(sum(1 for _ in tfe.read_events(path)))
assert main(["verify", path]) == 0
assert main(["repair", path, "again"]) == 0
assert open(path, "rb").read() == open("again", "rb").read()
"""
    lines = run_without(("numpy", "crcmod"), code, tmp_path).splitlines()
    assert int(lines[0]) > 100
    assert "lossless" in lines[-1]


def test_the_command_line_says_what_is_missing(tmp_path: Path) -> None:
    """A command that needs NumPy says so in one line, without a traceback."""
    code = """
from tfevents_lite.cli import main
sys.stderr = sys.stdout
print(main(["demo", "demo"]))
"""
    lines = run_without(("numpy",), code, tmp_path).splitlines()
    assert lines == ["tfevents-lite: demo needs NumPy: pip install numpy", "1"]


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the npm package `pyodide`: CPython, compiled to WebAssembly."""
    return install_from_npm("pyodide", tmp_path_factory.mktemp("pyodide"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"the wheel could not be built: {done.stderr[-200:]}")
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    """In the wheel are the modules, the mark of their types, and less than 20 kB about them."""
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    about = {name for name in sizes if ".dist-info/" in name}
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tfevents_lite").rglob("*.py")}
    assert sizes.keys() - about == {*ours, "tfevents_lite/py.typed"}
    names = {name.partition("/")[2] for name in about}
    assert names == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert sum(sizes[name] for name in about) < 20_000
    print(f"{wheel.name}: {wheel.stat().st_size:,} bytes")


def test_webassembly(pyodide: Path, wheel: Path, tmp_path: Path) -> None:
    """In WebAssembly – 32 bits, no threads – the wheel writes the bytes that CPython writes."""
    program = ROOT / "tests" / "reference_run.py"
    done = subprocess.run(
        ["node", ROOT / "tests" / "pyodide_run.mjs", pyodide, wheel, program, tmp_path / "file"],
        capture_output=True,
        text=True,
        timeout=120,
        env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    version = tuple(found["python"])
    print("in WebAssembly: CPython", *version)
    assert version >= (3, 14)
    assert found["platform"] == "emscripten"
    assert found["maxsize"] == 2**31 - 1
    assert not found["threads"]
    assert not found["numpy"]
    assert found["from_wheel"]
    data = (tmp_path / "file").read_bytes()
    assert hashlib.sha256(data).hexdigest() == reference_run.SHA256
