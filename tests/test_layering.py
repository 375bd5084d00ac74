"""The house's walls: who may import whom, what is never imported, and that a copy works."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tfevents_lite

PACKAGE = Path(tfevents_lite.__file__).parent

# What the modules of each folder may import from the other folders, lowest layer first. What lies
# at the top of the package, and `cli`, may import everything.
LAYERS: dict[str, set[str]] = {
    "wire": set(),
    "inputs": set(),
    "schema": {"wire"},
    "records": {"wire", "inputs"},
    "png": set(),
    "summary": {"wire", "inputs", "schema", "records", "png"},
    "files": {"wire", "inputs", "records"},
    "remote": {"inputs", "records", "files"},
    "reading": {"wire", "inputs", "schema", "records", "summary", "files", "remote"},
    "writers": {"wire", "inputs", "schema", "records", "summary", "files", "reading", "remote"},
}
TOP = {"", "cli"}

# zlib and what needs it, and the packages that this one replaces.
BANNED = {"zlib", "gzip", "zipfile", "PIL", "google", "torch", "tensorflow", "tensorboard"}
THIRD_PARTY = {"numpy", "crcmod"}

MODULES = sorted(PACKAGE.rglob("*.py"))


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


def folder_of(module: str) -> str:
    return module.partition(".")[0] if "." in module or module in LAYERS | {"cli": 0} else ""


def name_of(path: Path) -> str:
    """A module's name within the package: "" for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(path: Path) -> set[str]:
    """The modules of the package that a module imports, for type checkers alone included."""
    known = {name_of(module) for module in MODULES}
    found = set()
    folder = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            for alias in node.names:
                inner = ".".join(part for part in (*base, alias.name) if part)
                outer = ".".join(part for part in base if part)
                found.add(inner if inner in known else outer)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    """A module imports from its own folder and from the layers below it, relatively."""
    folder = folder_of(name_of(path))
    if folder in TOP:
        return
    for target in targets(path):
        assert folder_of(target) in LAYERS[folder] | {folder}, f"{path.name} imports {target}"


def test_the_layers_are_in_order() -> None:
    """Each folder stands above all it may import, and each row has its folder."""
    below: set[str] = set()
    for folder, may_import in LAYERS.items():
        assert may_import <= below, folder
        below.add(folder)
    assert below | TOP == {folder_of(name_of(path)) for path in MODULES}


def test_no_circle_of_imports() -> None:
    """No module imports itself by way of others, for type checkers alone included."""
    # A folder's or the package's own __init__ gives names out; it does not take part.
    graph = {name_of(path): targets(path) for path in MODULES if path.name != "__init__.py"}
    while graph:
        free = [name for name, needs in graph.items() if not needs & graph.keys()]
        assert free, f"a circle among {sorted(graph)}"
        for name in free:
            del graph[name]


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
OPTIONAL = {"dask", "distributed", "fsspec", "pandas", "matplotlib", "onnx", "plotext", "pyarrow"}


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
assert main(["demo", "-o", "demo"]) == 0
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
