"""The package where much is missing: NumPy, crcmod, zlib, threads, fork, a home, a real machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import reference_run

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


def test_calls_that_are_missing(tmp_path: Path) -> None:
    """A system without fork, process numbers, machine names and a home is no obstacle."""
    code = """
import os
for name in ("fork", "forkpty", "register_at_fork", "getppid", "uname", "pipe", "kill"):
    delattr(os, name)
os.environ.clear()
"""
    run_without((), code + REFERENCE, tmp_path)
    assert sha256(tmp_path / "run") == reference_run.SHA256


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


def test_what_needs_numpy_says_so(tmp_path: Path) -> None:
    """A call that needs NumPy raises an error that names it, and writes nothing."""
    code = """
import tfevents_lite as tfe
writer = tfe.SummaryWriter("run")
before = writer.file_writer.file.bytes
calls = {
    "histogram": lambda: writer.add_histogram("h", [1.0, 2.0], 1),
    "image": lambda: writer.add_image("i", [[0.0]], 1, dataformats="HW"),
    "images": lambda: writer.image_summary("i", [[[0.0]]], 1),
    "audio": lambda: writer.add_audio("a", [0.0], 1),
    "tensor": lambda: writer.add_tensor("t", [1.0], 1),
    "curve": lambda: writer.add_pr_curve("p", [1], [0.5], 1),
    "mesh": lambda: writer.add_mesh("m", [[[1.0, 2.0, 3.0]]]),
    "embedding": lambda: writer.add_embedding([[1.0]]),
    "series": lambda: writer.add_scalar_series("s", [1.0], [1]),
}
for name, call in calls.items():
    try:
        call()
    except ModuleNotFoundError as error:
        assert "numpy" in str(error) and chr(10) not in str(error), error
        print(name)
assert writer.file_writer.file.bytes == before
"""
    names = "histogram image images audio tensor curve mesh embedding series"
    assert run_without(("numpy",), code, tmp_path).split() == names.split()


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
    assert lines == ["tfevents-lite: No module named 'numpy'", "1"]


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the npm package `pyodide`: CPython, compiled to WebAssembly."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    folder = tmp_path_factory.mktemp("pyodide")
    (folder / "package.json").write_text("{}")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "pyodide"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("npm gave no answer for two minutes")
    if done.returncode:
        pytest.skip(f"npm could not install pyodide: {done.stderr[-200:]}")
    return folder


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
    assert found["platform"] == "emscripten"
    assert found["maxsize"] == 2**31 - 1
    assert not found["threads"]
    assert not found["numpy"]
    assert found["from_wheel"]
    data = (tmp_path / "file").read_bytes()
    assert hashlib.sha256(data).hexdigest() == reference_run.SHA256
