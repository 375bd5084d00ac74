"""Nothing is lost, written twice or hung by forks, spawns, pickles, threads, signals and exits.

Each case is a script in a process of its own, with a time limit: what hangs fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tfevents_lite import read_events

ROOT = Path(__file__).parents[1]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")


def run_script(folder: Path, code: str, *, expect: int | None = 0) -> str:
    """Run code as a file, which multiprocessing's spawn imports again, with `run` as its folder."""
    script = folder / "script.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", str(script)],
        cwd=folder, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if expect is not None:
        assert done.returncode == expect, done.stderr
    return done.stdout


def runs_of(folder: Path) -> dict[str, list[int]]:
    """The steps of each run, read strictly; a process's number is replaced by a star."""
    runs: dict[str, list[int]] = {}
    for path in sorted(folder.rglob("*tfevents*")):
        name = path.parent.relative_to(folder).as_posix()
        if "process-" in name:
            name = name[: name.index("process-")] + "process-*"
        runs.setdefault(name, [])
        runs[name] += [event.step for event in read_events(path) if event.HasField("summary")]
    return {name: sorted(steps) for name, steps in runs.items()}


FORKS = {
    # What the parent does besides, and what the child does.
    "from the main thread": "pass",
    "while a thread logs": """
thread = threading.Thread(target=lambda: [writer.add_scalar("thread", 1, s) for s in range(2000)])
thread.start()
""",
    "while a thread holds the lock": """
lock = writer.file_writer.file._turn.lock
taken, done = threading.Event(), threading.Event()
def hold():
    with lock:
        taken.set()
        done.wait()
thread = threading.Thread(target=hold)
thread.start()
taken.wait()
""",
}


@needs_fork
@pytest.mark.parametrize("options", ["", ", buffer_bytes=10_000", ", max_file_bytes=500"])
@pytest.mark.parametrize("case", FORKS)
def test_fork(tmp_path: Path, case: str, options: str) -> None:
    """Children that log get a run of their own each, those that don't get none; nothing twice."""
    code = f"""
import os, sys, threading
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run"{options})
sub = writer.file_writer.sub_run("sub").file
for step in range(5):
    writer.add_scalar("loss", 0.5, step)
sub.write(b"\\x10\\x07\\x2a\\x00")
thread = done = None
{FORKS[case]}
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        if number:
            for step in range(100 * number, 100 * number + 5):
                writer.add_scalar("child", 0.5, step)
            writer.file_writer.sub_run("sub").file.write(b"\\x10\\x08\\x2a\\x00")
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
if done: done.set()
if thread: thread.join()
for step in range(5, 10):
    writer.add_scalar("loss", 0.5, step)
writer.close()
"""
    run_script(tmp_path, code)
    runs = runs_of(tmp_path / "run")
    logged = sorted([*range(10), *(range(2000) if "a thread logs" in case else [])])
    assert runs == {
        ".": logged,
        "process-*": [*range(100, 105), *range(200, 205)],
        "sub": [7],
        "sub/process-*": [8, 8],
    }
    assert len(list((tmp_path / "run").glob("process-*"))) == 2


@needs_fork
def test_fork_from_a_thread_and_again_in_the_child(tmp_path: Path) -> None:
    """A thread's child, and that child's child, log to runs of their own beside each other."""
    code = """
import os, threading
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run")
def work():
    writer.add_scalar("thread", 1, 1)
    child = os.fork()
    if child == 0:
        writer.add_scalar("child", 1, 2)
        grandchild = os.fork()
        writer.add_scalar("either", 1, 3 if grandchild else 4)
        if grandchild:
            assert os.waitpid(grandchild, 0)[1] == 0
        writer.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
thread = threading.Thread(target=work)
thread.start()
thread.join()
writer.add_scalar("main", 1, 5)
"""
    run_script(tmp_path, code)
    assert runs_of(tmp_path / "run") == {".": [1, 5], "process-*": [2, 3, 4]}
    assert len(list((tmp_path / "run").iterdir())) == 3


@needs_fork
def test_a_forked_child_knows_what_its_tags_hold(tmp_path: Path) -> None:
    """What a tag held before the fork it holds behind it: TensorBoard takes one kind a tag."""
    code = """
import os
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run")
writer.add_scalar("loss", 1, 1)
writer.add_tensor("note", "a", 1)
child = os.fork()
if child == 0:
    log_tensor, log_scalar = writer.add_tensor, writer.add_scalar
    for refused in (lambda: log_tensor("loss", "b", 2), lambda: log_scalar("note", 1)):
        try:
            refused()
        except ValueError as error:
            assert "already" in str(error)
        else:
            os._exit(1)
    writer.add_scalar("loss", 1, 3)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    run_script(tmp_path, code)
    assert runs_of(tmp_path / "run") == {".": [1, 1], "process-*": [3]}


@pytest.mark.parametrize("options", ["", ", buffer_bytes=100_000"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path: Path, method: str, options: str) -> None:
    """A writer that is inherited by, or sent to, another process logs to a run of its own there."""
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("this system can't fork")
    code = f"""
import multiprocessing
from tfevents_lite import SummaryWriter
def work(writer, first):
    for step in range(first, first + 10):
        writer.add_scalar("loss", 0.5, step)
def idle(writer):
    pass
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    writer = SummaryWriter("run"{options})
    writer.add_scalar("loss", 0.5, 1)
    children = [context.Process(target=work, args=(writer, first)) for first in (100, 200)]
    children.append(context.Process(target=idle, args=(writer,)))
    for child in children: child.start()
    for child in children: child.join(30)
    assert [child.exitcode for child in children] == [0, 0, 0]
    writer.add_scalar("loss", 0.5, 2)
"""
    run_script(tmp_path, code)
    assert runs_of(tmp_path / "run") == {
        ".": [1, 2],
        "process-*": [*range(100, 110), *range(200, 210)],
    }
    assert len(list((tmp_path / "run").glob("process-*"))) == 2


@needs_fork
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_pool(tmp_path: Path, method: str) -> None:
    """Tasks of a pool log through a writer that is a global or an argument; none is lost."""
    code = f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from tfevents_lite import SummaryWriter
def work(writer, step):
    writer.add_scalar("loss", 0.5, step)
    return step
if __name__ == "__main__":
    writer = SummaryWriter("run")
    context = multiprocessing.get_context("{method}")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(work, [writer] * 20, range(20))) == list(range(20))
    writer.add_scalar("loss", 0.5, 99)
"""
    run_script(tmp_path, code)
    assert runs_of(tmp_path / "run") == {".": [99], "process-*": list(range(20))}


def test_pickling(tmp_path: Path) -> None:
    """A pickled writer logs to a new file of the same run: in another process, and in this one."""
    code = """
import pickle, subprocess, sys
from tfevents_lite import SummaryWriter
if len(sys.argv) == 1:
    writer = SummaryWriter("run", max_file_bytes=100_000)
    writer.add_scalar("loss", 0.5, 1)
    copy = pickle.loads(pickle.dumps(writer))
    copy.add_scalar("loss", 0.5, 2)
    copy.add_image("picture", __import__("numpy").zeros((1, 2, 2)), 2)
    copy.close()
    pickle.loads(pickle.dumps(writer))  # Logs nothing, leaves nothing.
    open("pickle", "wb").write(pickle.dumps(writer))
else:
    writer = pickle.load(open("pickle", "rb"))
    writer.add_scalar("loss", 0.5, 3)
"""
    run_script(tmp_path, code)
    # Not a child of the process that pickled: it goes on with the run, as after a restart.
    subprocess.run(
        [sys.executable, tmp_path / "script.py", "again"],
        cwd=tmp_path, check=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert runs_of(tmp_path / "run") == {".": [1, 2, 2, 3]}
    assert len(list((tmp_path / "run").iterdir())) == 3


@pytest.mark.parametrize("options", ["", "buffer_bytes=5000", "max_file_bytes=5000"])
def test_sixteen_threads(tmp_path: Path, options: str) -> None:
    """Of 16 threads that log to one writer and its sub-runs, no event is lost or torn."""
    code = f"""
import sys, threading
from tfevents_lite import SummaryWriter
sys.setswitchinterval(1e-5)
writer = SummaryWriter("run", {options})
def work(number):
    for step in range(500):
        writer.add_scalar(f"tag{{number}}", 0.5, number * 500 + step)
        if step % 10 == 0:
            sub = writer.file_writer.sub_run(f"sub{{number % 4}}").file
            sub.write(b"\\x10" + bytes([step // 10]) + b"\\x2a\\x00")
threads = [threading.Thread(target=work, args=[number]) for number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    run_script(tmp_path, code)
    subs = {f"sub{number}": sorted(list(range(50)) * 4) for number in range(4)}
    assert runs_of(tmp_path / "run") == {".": list(range(8000)), **subs}


EXITS = {
    # How a process ends, and its status.
    "returning": ("pass", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "sys.exit in a thread": ("""
thread = threading.Thread(target=lambda: (writer.add_scalar("loss", 0.5, 10), sys.exit(4)))
thread.start()
thread.join()""", 0),
    "an exception": ("raise KeyError", 1),
    "os._exit": ("os._exit(5)", 5),
    "SIGTERM": ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -15),
    "SIGKILL": ("os.kill(os.getpid(), signal.SIGKILL); time.sleep(60)", -9),
    "SIGINT": ("""
try:
    os.kill(os.getpid(), signal.SIGINT); time.sleep(60)
except KeyboardInterrupt:
    writer.add_scalar("loss", 0.5, 10)""", 0),
    "abort": ("os.abort()", -6),
}  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="the signals are POSIX's")
@pytest.mark.parametrize("case", EXITS)
@pytest.mark.slow
def test_exits_without_close(tmp_path: Path, case: str) -> None:
    """However a process ends, what was logged is there, without close() and without flush()."""
    how, status = EXITS[case]
    code = f"""
import os, signal, sys, threading, time
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run")
for step in range(10):
    writer.add_scalar("loss", 0.5, step)
{how}
"""
    run_script(tmp_path, code, expect=status)
    count = 11 if "KeyboardInterrupt" in how or "thread" in how else 10
    assert runs_of(tmp_path / "run") == {".": list(range(count))}


@pytest.mark.parametrize("case", ["returning", "sys.exit", "an exception", "SIGINT"])
@pytest.mark.slow
def test_exits_with_a_buffer(tmp_path: Path, case: str) -> None:
    """Where the interpreter ends by itself, what was held back is written as well."""
    how, status = EXITS[case]
    code = f"""
import os, signal, sys, threading, time
from tfevents_lite import SummaryWriter
writer = SummaryWriter("run", buffer_bytes=100_000)
for step in range(10):
    writer.add_scalar("loss", 0.5, step)
{how}
"""
    run_script(tmp_path, code, expect=status)
    assert runs_of(tmp_path / "run")["."][:10] == list(range(10))


@needs_fork
def test_names_sort_by_creation_across_processes(tmp_path: Path) -> None:
    """Of writers in eight processes within one second, each has its file, in order of creation."""
    code = """
import json, os, sys, time
from tfevents_lite import SummaryWriter
children, pipes = [], []
for number in range(8):
    reader, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        made = []
        for _ in range(12):
            begin = time.monotonic_ns()
            writer = SummaryWriter("run", clock=lambda: 1000.0, hostname="host")
            end, path = time.monotonic_ns(), writer.file_writer.file.path
            made.append((begin, end, os.path.basename(path)))
            writer.add_scalar("loss", 0.5, 1)
        os.write(pipe, json.dumps(made).encode())
        os._exit(0)
    os.close(pipe)
    children.append(child)
    pipes.append(reader)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
print(json.dumps([made for pipe in pipes for made in json.loads(os.read(pipe, 1 << 16))]))
"""
    made = json.loads(run_script(tmp_path, code))
    names = [name for _, _, name in made]
    assert sorted(names) == sorted(os.listdir(tmp_path / "run"))
    assert len(set(names)) == 96
    for _, end, name in made:
        for begin, _, later in made:
            assert end > begin or name < later
    assert runs_of(tmp_path / "run") == {".": [1] * 96}
