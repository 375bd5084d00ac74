"""`micro.EventWriter` on MicroPython itself: the same bytes, in little memory, on boards' cards.

`.ci/micropython` installs the interpreters and runs these tests; without it they are skipped.
"""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from . import board_program
from .expected import events, only_file, whole_part, write_reference
from .interpreters import SOURCE, compile_mpy, float32, run, run_unix, run_wasm, unix

Command = Callable[[], "list[str | Path]"]

SCALARS = 10_000
STEPS = 40  # As in board_power, which only MicroPython can import.

DRAWN = "picture = board_program.Picture()"


def program(picture: str, folder: Path | str, scalars: int = SCALARS) -> str:
    """A program that logs what `board_program` does."""
    return f"""
from micro import EventWriter
import board_program
{picture}
board_program.log(EventWriter, {str(folder)!r}, {scalars}, picture)
"""


# What firmware has from its display or camera.
BUFFER = """
drawn = board_program.Picture()
picture = bytearray(len(drawn))
for i in range(len(picture)):
    picture[i] = drawn[i]
"""


def check(folder: Path, scalars: int = SCALARS) -> None:
    """The file in a folder is SummaryWriter's, and its PNG has the pixels."""
    ours = only_file(folder)
    data = ours.read_bytes()
    png = events(data)[-1].summary.value[0].image.encoded_image_string
    assert data == write_reference(folder.parent / "reference", scalars, png)
    assert ours.name == only_file(folder.parent / "reference").name
    check_pixels(folder.parent, png)


def check_pixels(folder: Path, data: bytes) -> None:
    picture = board_program.Picture()
    size = (board_program.WIDTH, board_program.HEIGHT)
    check_png(folder, data, size, picture[0 : len(picture)])


def check_png(folder: Path, data: bytes, size: tuple[int, int], pixels: bytes) -> None:
    """Pillow finds these pixels in a PNG, and no chunk whose checksum is wrong."""
    from PIL import Image

    path = folder / "picture.png"
    path.write_bytes(data)
    with Image.open(path) as image:
        image.verify()
    with Image.open(path) as image:
        assert (image.size, image.mode) == (size, "RGB")
        assert image.tobytes() == pixels


@pytest.mark.parametrize("command", [unix, float32], ids=["double", "float"])
def test_the_source_in_64_kilobytes(tmp_path: Path, command: Command) -> None:
    """The unix port writes SummaryWriter's bytes in a heap of 64 kB, compiling the source there,
    with floats of 64 and of 32 bits."""
    run_unix(command(), "64k", program(DRAWN, tmp_path / "run"), tmp_path)
    check(tmp_path / "run")


@pytest.mark.parametrize("command", [unix, float32], ids=["double", "float"])
def test_compiled_beside_a_picture_in_48_kilobytes(tmp_path: Path, command: Command) -> None:
    """What mpy-cross makes of it runs beside a buffer of 64×48 RGB pixels in a heap of 48 kB."""
    module = compile_mpy(tmp_path / "compiled")
    run_unix(command(), "48k", program(BUFFER, tmp_path / "run"), tmp_path, module=module)
    check(tmp_path / "run")


def test_webassembly(tmp_path: Path) -> None:
    """MicroPython 1.27 for WebAssembly, whose words have 32 bits, writes the same."""
    run_wasm("newest", 1 << 18, program(BUFFER, "/run"), tmp_path)
    check(tmp_path / "run")


def test_the_oldest_micropython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MicroPython 1.20 writes the same. That of npm collects no garbage, so there is less of it."""
    smaller = "board_program.WIDTH, board_program.HEIGHT = 16, 12\n"
    run_wasm("oldest", 10 << 20, program(smaller + BUFFER, "/run", 50), tmp_path)
    monkeypatch.setattr(board_program, "WIDTH", 16)
    monkeypatch.setattr(board_program, "HEIGHT", 12)
    check(tmp_path / "run", 50)


@pytest.mark.parametrize("name", ["python3.6", "python3.7", "python3.8", "python3.13", "pypy3"])
def test_other_pythons(tmp_path: Path, name: str) -> None:
    """Debian's PyPy, and other versions of CPython that this machine has, write the same."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{name.removeprefix('python')}.*/bin/python"))
    found = str(pyenv[-1]) if pyenv else shutil.which(name)
    command = unix(name) if name == "pypy3" else [found] if found else []
    if not command or subprocess.run([*command, "-c", ""], capture_output=True).returncode:
        assert name != "pypy3"
        pytest.skip(f"{name} is not on this machine")
    paths = [str(SOURCE.parent), str(Path(__file__).parent)]
    code = f"import sys\nsys.path.extend({paths!r})\n{program(BUFFER, tmp_path / 'run', 500)}"
    run([*command, "-B", "-I", "-S", "-c", code], tmp_path)
    check(tmp_path / "run", 500)


ALLOCATED = """
import gc, os
from micro import EventWriter
try:
    os.mkdir("/run")
except OSError:
    pass
seconds = 1700000000
writer = EventWriter({folder!r}, clock=lambda: (seconds, 123))
def allocated(step):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    writer.scalar("train/loss", 0.5, step)
    after = gc.mem_alloc()
    gc.enable()
    return after - before
allocated(100000)
print(allocated(100001))
"""


def test_a_scalar_allocates_little(tmp_path: Path) -> None:
    """A scalar allocates at most 750 bytes where words have 32 bits, and 1,400 with 64."""
    printed = run_wasm("newest", 1 << 18, ALLOCATED.format(folder="/run"), tmp_path)
    assert 100 < int(printed) <= 750
    printed = run_unix(unix(), "64k", ALLOCATED.format(folder=str(tmp_path / "x")), tmp_path)
    assert 100 < int(printed) <= 1400


def test_the_machines_clock(tmp_path: Path) -> None:
    """Without a clock MicroPython's own counts, to the millisecond, even with floats of 32 bits."""
    for command in (unix, float32):
        folder = tmp_path / command.__name__
        code = f"""
import time
from micro import EventWriter
before = time.time_ns()
with EventWriter({str(folder)!r}) as writer:
    for step in range(50):
        writer.scalar("a", 1, step)
print(before // 1000000, time.time_ns() // 1000000)
"""
        before, after = map(int, run_unix(command(), "64k", code, tmp_path).split())
        times = [event.wall_time for event in events(only_file(folder).read_bytes())]
        assert times == sorted(times)
        assert before / 1000 <= times[0] <= times[-1] <= after / 1000
        assert {round(1000 * time) / 1000 for time in times} == set(times)


def test_images_without_binascii(tmp_path: Path) -> None:
    """A board without the module binascii writes images, too."""
    code = f"""
import sys
sys.modules["binascii"] = None
from micro import EventWriter
with EventWriter({str(tmp_path / "run")!r}) as writer:
    writer.image("i", bytes(12), 2, 2, 3, 2)
"""
    run_unix(unix(), "64k", code, tmp_path)
    image = events(only_file(tmp_path / "run").read_bytes())[1].summary.value[0].image
    check_png(tmp_path, image.encoded_image_string, (2, 2), bytes(12))


# Cards.


def survivors(folder: Path) -> tuple[list[int], list[list[int]]]:
    """The steps that must be in a folder, and those of the whole records of each of its files."""
    acknowledged = list(map(int, (folder / "acknowledged").read_text().split()))
    files = sorted(path for path in folder.iterdir() if path.name != "acknowledged")
    found = [
        [e.step for e in events(whole_part(path.read_bytes())) if e.HasField("summary")]
        for path in files
    ]
    return acknowledged, found


@pytest.mark.parametrize("every", [1, 1000], ids=["each call", "flush()"])
@pytest.mark.parametrize("system", ["VfsLfs2", "VfsFat"])
def test_power_cuts(tmp_path: Path, system: str, every: int) -> None:
    """Whichever write to a card is its last: it can be mounted, all that was flushed is there, in
    order, and nothing that was never logged; the next start writes a file that sorts after."""
    code = f"import board_power; board_power.run({system!r}, {every}, {str(tmp_path)!r})"
    # What is collected of a dead card's file fails once more, and says so.
    cuts = int(run_unix(unix(), "16m", code, tmp_path).split()[-1])
    assert cuts > 30
    torn = 0
    for at in range(1, cuts + 1):
        acknowledged, found = survivors(tmp_path / f"cut{at}")
        flat = list(itertools.chain(*found))
        assert flat == list(range(len(flat)))
        assert len(flat) >= len(acknowledged)
        torn += len(flat) > len(acknowledged)
        acknowledged, found = survivors(tmp_path / f"next{at}")
        assert found[-1] == [100, 101, 102, 103]
        assert list(itertools.chain(*found[:-1])) == flat
    assert acknowledged == [*range(STEPS), 100, 101, 102, 103]
    print(f"{system}: {cuts} cuts")


@pytest.mark.parametrize("system", ["VfsLfs2", "VfsFat"])
def test_full_and_removed_cards(tmp_path: Path, system: str) -> None:
    """A full card and a removed one raise OSError; with room, or with another card, the next call
    goes on in a new file; all acknowledged records are there, and no file is empty."""
    code = f"import board_power; board_power.fill({system!r}, {str(tmp_path)!r})"
    run_unix(unix(), "16m", code, tmp_path)
    for name in ("full", "another"):
        acknowledged, found = survivors(tmp_path / name)
        flat = list(itertools.chain(*found))
        assert set(acknowledged) <= set(flat)
        assert flat == sorted(set(flat))
        assert all(found)


@pytest.mark.parametrize("system", ["VfsLfs2", "VfsFat"])
def test_a_bounded_folder(tmp_path: Path, system: str) -> None:
    """With max_bytes a card never fills up, and holds the newest records, over many starts."""
    code = f"import board_power; board_power.bound({system!r}, {str(tmp_path)!r})"
    run_unix(unix(), "16m", code, tmp_path)
    acknowledged, found = survivors(tmp_path / "bound")
    flat = list(itertools.chain(*found))
    assert flat == list(range(flat[0], acknowledged[-1] + 1))
    sizes = [path.stat().st_size for path in (tmp_path / "bound").glob("events*")]
    assert 10_000 < sum(size + 4096 for size in sizes) <= 40_000


def test_the_compiled_size(tmp_path: Path) -> None:
    """mpy-cross compiles it to at most 5 kB."""
    size = compile_mpy(tmp_path / "compiled").stat().st_size
    print(f"micro.mpy: {size:,} bytes")
    assert size <= 5000
    assert re.fullmatch(r"[\x00-\x7f]*", SOURCE.read_text("utf-8"))
