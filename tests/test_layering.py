"""The house's walls: who may import whom, what is never imported, and that a copy works."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import tfevents_lite

PACKAGE = Path(tfevents_lite.__file__).parent

# Folders whose modules are rooms of their own, as one stands on the other.
WINGS = {"files", "reading"}

# What each room may import at run time, besides itself and the standard library; README,
# "Architecture", says why. A room is a module, or a folder with all that is in it.
ROOMS: dict[str, set[str]] = {
    # Bytes.
    "wire": set(),
    "crc32c_folding": set(),
    "crc32c": {"crc32c_folding"},
    "file_view": set(),
    "tfrecord": {"crc32c", "file_view"},
    "needs_numpy": set(),
    "record_rows": {"crc32c", "tfrecord", "needs_numpy"},
    # Messages.
    "field_types": {"wire"},
    "fields": {"wire", "field_types"},
    "message": {"wire", "fields"},
    "schema": {"message", "fields"},
    # Values.
    "png": set(),
    "arrays": {"needs_numpy"},
    "checks": set(),
    "caller": set(),
    "names": set(),
    "scalar_record": {"checks", "tfrecord", "crc32c", "wire"},
    "summary": {
        "caller",
        "schema",
        "png",
        "arrays",
        "wire",
        "checks",
        "names",
        "needs_numpy",
        "scalar_record",
    },
    # Files.
    "files.system": set(),
    "files.no_disk": {"files.system"},
    "files.options": {"names", "checks", "files.system"},
    "files.storage": {"caller"},
    "guard": {"fields", "message", "schema", "wire"},
    "files.event_file": {"files.system", "tfrecord", "wire"},
    "files.file_sequence": {"files.event_file", "schema"},
    "files.lock": set(),
    "files.run_log": {"files.file_sequence", "files.lock", "guard", "tfrecord"},
    "files.runs": {"names", "files.run_log", "files.storage", "files.system"},
    "reading.event_reader": {"tfrecord", "schema", "wire"},
    "reading.recovery": {"files.event_file", "guard", "reading.event_reader", "tfrecord"},
    "reading.value_reader": {"schema", "tfrecord", "wire"},
    "reading.scalar_reader": {"schema", "tfrecord", "reading.value_reader", "wire"},
    "reading.image_reader": {"schema", "reading.value_reader"},
    "reading.resume": {"guard", "reading.value_reader", "schema"},
    "assets": {"files.system"},
    # Writers.
    "file_writer": {
        "files.system",
        "files.options",
        "reading.resume",
        "files.runs",
        "schema",
        "checks",
    },
    "scalar_writer": {"checks", "files.options", "files.runs", "scalar_record"},
    "methods": {
        "caller",
        "assets",
        "reading.event_reader",
        "guard",
        "names",
        "record_rows",
        "scalar_record",
        "schema",
        "checks",
        "summary",
    },
    "writer": {
        "file_writer",
        "methods",
        "guard",
        "names",
        "files.no_disk",
        "schema",
        "checks",
        "summary",
        "files.system",
    },
    "global_writer": {"files.system", "writer"},
    "v2": {"writer", "schema", "summary"},
}
TOP = {"__init__", "__main__", "cli", *(f"{wing}.__init__" for wing in WINGS)}

# zlib and what needs it, and the packages that this one replaces.
BANNED = {"zlib", "gzip", "zipfile", "PIL", "google", "torch", "tensorflow", "tensorboard"}
THIRD_PARTY = {"numpy", "crcmod"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return as_room(path.relative_to(PACKAGE).with_suffix("").parts)


def as_room(parts: Sequence[str]) -> str:
    return ".".join(parts[: 2 if parts[0] in WINGS else 1])


def imports_of(path: Path) -> list[tuple[int, str, bool]]:
    """What a module imports: how many dots, which name, and whether type checkers alone see it."""
    found: list[tuple[int, str, bool]] = []

    def visit(node: ast.AST, typing_only: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((0, alias.name, typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                found.append((node.level, node.module, typing_only))
            else:
                found.extend((node.level, alias.name, typing_only) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            guarded = (
                isinstance(node, ast.If)
                and isinstance(node.test, ast.Name)
                and node.test.id == "TYPE_CHECKING"
                and child in node.body
            )
            visit(child, typing_only or guarded)

    visit(ast.parse(path.read_text("utf-8")), False)
    return found


def target_room(path: Path, dots: int, name: str) -> str:
    """The room that a relative import leads to."""
    folder = path.relative_to(PACKAGE).parts[:-1]
    parts = [*folder[: len(folder) - dots + 1], *name.split(".")]
    return as_room(parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    """A module imports only the rooms below its own, and relatively."""
    room = room_of(path)
    if room in TOP:
        return
    assert room in ROOMS, f"{room} has no row in the table of rooms"
    for dots, name, typing_only in imports_of(path):
        if dots and not typing_only:
            target = target_room(path, dots, name)
            assert target in ROOMS[room] | {room}, f"{path.name} imports {target}"


def test_the_table_of_rooms_has_no_circle_and_no_ghost() -> None:
    """Each room stands above all it may import, and each row has its module."""
    floors: dict[str, int] = {}
    while len(floors) < len(ROOMS):
        ready = [r for r, below in ROOMS.items() if r not in floors and below <= floors.keys()]
        assert ready, "a circle"
        floors.update(dict.fromkeys(ready, len(floors)))
    assert set(ROOMS) | TOP == {room_of(path) for path in MODULES}


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names is new in 3.10")
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_banned_is_imported(path: Path) -> None:
    """No module imports zlib, the packages we replace, or ourselves by name."""
    for dots, name, typing_only in imports_of(path):
        top = name.partition(".")[0]
        if not dots:
            assert top not in BANNED | {"tfevents_lite"}
            known = top in sys.stdlib_module_names or top in THIRD_PARTY
            assert known or typing_only or top in OPTIONAL


# Found when used, with an error that says what to install.
OPTIONAL = {"pandas", "matplotlib", "plotext", "pyarrow"}


def run(code: str, folder: Path, *blocked: str) -> str:
    """Run code in a fresh interpreter in which some packages can't be imported."""
    block = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n" if blocked else ""
    done = subprocess.run(
        [sys.executable, "-c", block + code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_is_light(tmp_path: Path) -> None:
    """Importing the package, and writing a scalar, loads neither NumPy nor threading nor typing."""
    heavy = ("numpy", "threading", "typing", "dataclasses", "enum", "socket", "logging")
    code = f"""
import sys
bare = set(sys.modules)
import tfevents_lite
assert "crcmod" not in sys.modules
writer = tfevents_lite.SummaryWriter("run")
writer.add_scalar("a", 0.5, 1)
writer.close()
print(sorted((set(sys.modules) - bare) & set({heavy!r})))
"""
    assert run(code, tmp_path) == "[]\n"


WRITE_EVERYTHING = """
import {name} as tfe
import numpy as np
writer = tfe.SummaryWriter("run", clock=lambda: 1.0, hostname="host", pid=1)
writer.add_scalar("a", 0.5, 1)
pictures = [np.arange(12.0).reshape(3, 4), np.eye(5) > 0, np.zeros((8, 8, 3), np.uint8)]
writer.image_summary("pictures", pictures, 1)
writer.add_image("image", np.ones((3, 4, 5)), 1)
writer.add_images("images", np.ones((3, 1, 4, 5)), 1)
writer.close()
tfe.FileWriter("run", clock=lambda: 2.0, hostname="host", pid=1).add_summary(
    tfe.Summary(value=[tfe.Summary.Value(tag="a", simple_value=1)]), 3
)
from {name}.cli import main
assert main(["demo", "demo"]) == 0
"""


def test_writing_needs_no_zlib_pillow_or_protobuf(tmp_path: Path) -> None:
    """Everything is written in a process where zlib, PIL and google can't be imported."""
    code = WRITE_EVERYTHING.format(name="tfevents_lite")
    blocked = ("zlib", "PIL", "google", "gzip", "tensorboard", "torch", "tensorflow")
    assert "all there" in run(code, tmp_path, *blocked)


def test_a_copy_under_another_name_works(tmp_path: Path) -> None:
    """The folder, copied under another name into another package, writes the same files."""
    inner = tmp_path / "project" / "vendor"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").touch()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, inner / "events", ignore=ignore)
    (tmp_path / "ours").mkdir()
    run(WRITE_EVERYTHING.format(name="tfevents_lite"), tmp_path / "ours")
    apart = "import sys; assert 'tfevents_lite' not in sys.modules"
    run(WRITE_EVERYTHING.format(name="project.vendor.events") + apart, tmp_path)
    files = sorted((tmp_path / "ours" / "run").iterdir())
    assert len(files) == 2
    for file in files:
        assert file.read_bytes() == (tmp_path / "run" / file.name).read_bytes()


def test_every_public_name_is_there() -> None:
    """What the package lists, it has; what it has not, it says."""
    for name in tfevents_lite.__all__:
        assert getattr(tfevents_lite, name) is not None
    for name in tfevents_lite.summary.__all__:
        assert callable(getattr(tfevents_lite.summary, name))
    assert dir(tfevents_lite) == sorted(tfevents_lite.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tfevents_lite.nothing  # noqa: B018 # Reading it is the test.
