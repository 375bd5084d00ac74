"""The package where much is missing: NumPy, crcmod, zlib, threads, fork, a home, a real machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from . import reference_run
from .machine import BOUND, bounded, install_from_npm

pytestmark = pytest.mark.slow

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
for name in {CALLS!r}:
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
    assert path.startswith(os.path.join(os.path.realpath(tmp_path), "runs", ""))
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
    assert (done.stderr, done.stdout.split()) == ("", ["shut", str(shut / "here")])
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
    assert set(run_without((), code, tmp_path).split()) == {str(tmp_path / "run")}


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
assert main(["repair", path, "-o", "again"]) == 0
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
print(main(["demo", "-o", "demo"]))
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
    """The wheel holds the modules, the mark of their types, the licence and 30 kB about them."""
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    about = {name for name in sizes if ".dist-info/" in name}
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tfevents_lite").rglob("*.py")}
    assert sizes.keys() - about == {*ours, "tfevents_lite/py.typed", "tfevents_lite/LICENSE"}
    names = {name.partition("/")[2] for name in about}
    assert names == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert sum(sizes[name] for name in about) < 30_000
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
