"""`vendor`: what is copied works under any name, anywhere, and is no more than is needed."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipapp
import zipfile
from pathlib import Path

import pytest

import tfevents_lite
from tfevents_lite.cli import main, vendor
from tfevents_lite.cli.vendor import strip

from .. import reference_arrays, reference_run
from ..test_layering import imports_of

TESTS = Path(__file__).parent.parent
PACKAGE = Path(tfevents_lite.__file__).parent

# A PNG of 2×2 grey pixels, as far as its header says.
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0"

LOG_LIGHT = f"""
import {{name}} as tfe
with tfe.SummaryWriter({{folder!r}}, clock=lambda: 1.5, hostname="host", pid=1) as writer:
    writer.add_scalar("loss", 0.5, 1)
    writer.add_scalars("both", {{{{"a": 1.0, "b": 2}}}}, 1)
    writer.add_scalar("new", 0.5, 1, new_style=True)
    writer.add_text("text", "words", 1)
    writer.add_hparams({{{{"lr": 0.1, "net": "small", "deep": True}}}}, {{{{"score": 1.0}}}})
    writer.add_custom_scalars({{{{"page": {{{{"chart": ["Multiline", ["loss"]]}}}}}}}})
    writer.add_image("image", {PNG!r}, 1)
    path = writer.file_writer.file.path
assert sum(1 for _ in tfe.read_events(path)) > 5
"""


def run(code: str, folder: Path, *flags: str) -> str:
    """Run code in a fresh interpreter that looks for modules in `folder`, then where they are."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_bare(code: str, folder: Path) -> str:
    """Run code without any installed package: what it imports is Python's or in `folder`."""
    return run(f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}", folder, "-I", "-S")


def contents(folder: Path) -> dict[str, bytes]:
    """The files in a folder and beneath."""
    files = filter(Path.is_file, folder.rglob("*"))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, bytes]:
    """What the package itself writes, by its files' names."""
    folder = tmp_path / "expected"
    exec(LOG_LIGHT.format(name="tfevents_lite", folder=str(folder)), {})
    return contents(folder)


@pytest.mark.parametrize("options", [[], ["--strip"]], ids=["as it is", "stripped"])
def test_the_standard_part_needs_nothing_else(
    options: list[str], tmp_path: Path, expected: dict[str, bytes]
) -> None:
    """The standard part writes the same bytes, within a package, where nothing is installed."""
    folder = tmp_path / "app" / "vendor"
    assert main(["vendor", "-o", str(folder), "--name", "ev", "--only", "standard", *options]) == 0
    for package in ("app", "app/vendor"):
        (tmp_path / package / "__init__.py").touch()
    code = LOG_LIGHT.format(name="app.vendor.ev", folder="run")
    loaded = run_bare(code + "print(*sys.modules)", tmp_path).split()
    assert contents(tmp_path / "run") == expected
    assert not {"numpy", "crcmod", "tfevents_lite", "zlib", "threading"} & set(loaded)
    copied = {path for path in contents(tmp_path / "app/vendor/ev") if path.endswith(".py")}
    assert copied == set(vendor.files_of("standard"))
    assert not any(path.startswith(("png/", "cli/", "arrays")) for path in copied)


@pytest.mark.parametrize("options", [[], ["--strip"]], ids=["as it is", "stripped"])
def test_scalars_are_a_few_files(options: list[str], tmp_path: Path) -> None:
    """The part for scalars is ScalarWriter: the package's bytes, where nothing is installed."""
    code = """
import {name} as tfe
with tfe.ScalarWriter({folder!r}, clock=lambda: 1.5, hostname="host", pid=1) as writer:
    writer.add_scalar("loss", 0.5, 1)
    writer.add_scalar("loss", 0.25, 2)
"""
    exec(code.format(name="tfevents_lite", folder=str(tmp_path / "expected")), {})
    main(["vendor", "-o", str(tmp_path), "--name", "ev", "--only", "scalars", *options])
    run_bare(code.format(name="ev", folder="run"), tmp_path)
    assert contents(tmp_path / "run") == contents(tmp_path / "expected")
    assert len(vendor.files_of("scalars")) <= 25


def test_what_is_not_copied_is_named(tmp_path: Path) -> None:
    """A kind that was left out raises ModuleNotFoundError with the name of what is missing."""
    main(["vendor", "-o", str(tmp_path), "--name", "ev", "--only", "standard"])
    code = """
import ev
try:
    ev.SummaryWriter("run").add_histogram("h", [1.0])
except ModuleNotFoundError as error:
    print(error)
try:
    from ev import read_scalars
except ModuleNotFoundError as error:
    print(error)
"""
    made = "is not in this copy, which `tfevents-lite vendor --only standard` made"
    assert run_bare(code, tmp_path).splitlines() == [
        f"ev.summary.histogram_summary {made}",
        f"ev.reading.scalar_reader {made}",
    ]


@pytest.mark.parametrize("part", vendor.PARTS)
@pytest.mark.parametrize("options", [[], ["--strip"]], ids=["as it is", "stripped"])
@pytest.mark.slow
def test_a_part_names_what_it_holds(part: str, options: list[str], tmp_path: Path) -> None:
    """All of a copy's modules can be imported, `*` too, and what dir() lists is there."""
    main(["vendor", "-o", str(tmp_path), "--name", "ev", "--only", part, *options])
    modules = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in vendor.files_of(part)
        if path != "__init__.py"
    ]
    code = f"""
import sys, importlib
sys.path.insert(0, {str(tmp_path)!r})
sys.modules["tfevents_lite"] = None
import ev
from ev import *
for name in dir(ev):
    getattr(ev, name)
for name in {modules!r}:
    importlib.import_module("ev." + name)
if {part!r} != "scalars":
    for name in dir(ev.summary):
        getattr(ev.summary, name)
print(*dir(ev))
"""
    names = run(code, tmp_path, *([] if part == "images" else ["-I", "-S"])).split()
    assert "ScalarWriter" in names
    assert ("SummaryWriter" in names) is (part != "scalars")
    assert "read_scalars" not in names


def test_each_list_is_of_what_is_there() -> None:
    """Each entry of a part's list is a module or a folder of the package, listed once."""
    for part, listed in vendor.PARTS.items():
        entries = listed.split()
        assert len(set(entries)) == len(entries), part
        for entry in entries:
            assert (PACKAGE / entry).is_dir() or (PACKAGE / f"{entry}.py").is_file(), entry


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_copy_is_whole_or_not_there(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stops a copy half way leaves nothing of it."""

    def fail(source: str, target: str) -> None:
        raise error

    monkeypatch.setattr(os, "rename", fail)
    assert main(["vendor", "-o", str(tmp_path), "--name", "ev"]) != 0
    assert list(tmp_path.iterdir()) == []


def test_images_draw_arrays(tmp_path: Path) -> None:
    """The part for images draws arrays as the package does, beside an installed copy."""
    main(["vendor", "-o", str(tmp_path), "--name", "pictures", "--only", "images"])
    code = """
import numpy as np
import pictures, tfevents_lite
for tfe in (pictures, tfevents_lite):
    writer = tfe.SummaryWriter(tfe.__name__, clock=lambda: 1.5, hostname="host", pid=1)
    writer.add_image("one", np.ones((3, 4, 5)), 1)
    writer.add_images("many", np.ones((3, 1, 4, 5)), 1)
    writer.image_summary("each", [np.eye(5) > 0, np.arange(12.0).reshape(3, 4)], 1)
    writer.close()
assert pictures.SummaryWriter is not tfevents_lite.SummaryWriter
"""
    run(f"import sys; sys.path.append({str(PACKAGE.parent)!r})" + code, tmp_path)
    files = contents(tmp_path / "pictures")
    written = {name: data for name, data in files.items() if name.startswith("events")}
    assert written == contents(tmp_path / "tfevents_lite")
    assert len(written) == 1


def test_every_part_is_smaller_than_the_next() -> None:
    """Scalars are part of what is standard, that of images, and images of all."""
    parts = [set(vendor.files_of(part)) for part in (*vendor.PARTS, "all")]
    scalars, standard, images, everything = parts
    assert scalars < standard < images < everything
    assert everything == {path for path in contents(PACKAGE) if path.endswith(".py")}


@pytest.mark.slow
def test_in_a_zip(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """A copy in a zip file is imported from there, and in a zipapp."""
    main(["vendor", "-o", str(tmp_path / "app"), "--name", "ev", "--only", "standard"])
    code = LOG_LIGHT.format(name="ev", folder="run")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        for path, data in contents(tmp_path / "app").items():
            archive.writestr(path, data)
    run_bare(f"sys.path[0] = {str(tmp_path / 'app.zip')!r}\n{code}", tmp_path)
    assert contents(tmp_path / "run") == expected
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "app" / "__main__.py").write_text(code)
    zipapp.create_archive(tmp_path / "app", tmp_path / "app.pyz")
    shutil.rmtree(tmp_path / "app")
    subprocess.run([sys.executable, "-I", "-S", "app.pyz"], cwd=tmp_path, check=True)
    assert contents(tmp_path / "run") == expected


# Those that need no judge, and ask for nothing by the name of the package.
OWN_TESTS = (
    "test_message", "test_names", "test_wire", "test_event_file", "test_arrays",
    "png/test_png_codes", "png/test_png_deflate", "png/test_png_filters", "cli/test_demo",
    "faulty_system",
)  # fmt: skip


@pytest.mark.parametrize("options", [[], ["--strip"]], ids=["as it is", "stripped"])
@pytest.mark.slow
def test_own_tests_pass_for_a_copy(options: list[str], tmp_path: Path) -> None:
    """The package's own tests, with the name changed, pass for a copy within another package."""
    main(["vendor", "-o", str(tmp_path / "app"), "--name", "ev", *options])
    (tmp_path / "app" / "__init__.py").touch()
    for name in OWN_TESTS:
        text = (TESTS / f"{name}.py").read_text("utf-8")
        text = text.replace("import tfevents_lite as", "import app.ev as")
        text = text.replace("from tfevents_lite", "from app.ev").replace(
            '"-m", "tfevents_lite"', '"-m", "app.ev"'
        )
        path = tmp_path / "tests" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        (path.parent / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


@pytest.mark.slow
def test_stripped_writes_the_same(tmp_path: Path) -> None:
    """A stripped copy of the package's own name writes the reference runs, byte for byte."""
    main(["vendor", "-o", str(tmp_path / "app"), "--strip"])
    there = f"import sys; sys.path[:0] = [{str(tmp_path / 'app')!r}, {str(TESTS)!r}]\n"
    code = there + "import reference_run; reference_run.write_run('run')"
    run(code, tmp_path, "-B", "-I", "-S")
    (data,) = contents(tmp_path / "run").values()
    assert hashlib.sha256(data).hexdigest() == reference_run.SHA256
    code = there + "import reference_arrays, tfevents_lite\nprint(tfevents_lite.__file__)\n"
    for name in reference_arrays.RUNS:
        reference_arrays.write_run(str(tmp_path / "ours" / name), name, "<")
        code += f"reference_arrays.write_run('theirs/{name}', {name!r}, '<')\n"
    assert str(tmp_path / "app") in run(code, tmp_path, "-B")
    assert len(contents(tmp_path / "ours")) > 10
    assert contents(tmp_path / "theirs") == contents(tmp_path / "ours")


@pytest.mark.slow
def test_stripped_is_less_of_the_same(tmp_path: Path) -> None:
    """Each stripped module imports and defines what the module does; no text is left."""

    def facts(tree: ast.Module) -> list[str]:
        kinds = (ast.FunctionDef, ast.ClassDef)
        return [node.name for node in ast.walk(tree) if isinstance(node, kinds)]

    def strings(tree: ast.Module) -> set[str]:
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        return {value for value in constants if isinstance(value, str)}

    main(["vendor", "-o", str(tmp_path), "--name", "ev", "--strip"])
    before = after = 0
    for path in vendor.files_of("all"):
        original, copy = PACKAGE / path, tmp_path / "ev" / path
        assert imports_of(copy) == [found for found in imports_of(original) if not found[2]]
        text = copy.read_text("utf-8")
        tree = ast.parse(text)
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
        assert not any(map(ast.get_docstring, nodes)), path
        assert "TYPE_CHECKING:" not in text
        whole = ast.parse(original.read_text("utf-8"))
        assert strings(tree) <= strings(whole), path
        hidden = [n for n in ast.walk(whole) if isinstance(n, ast.If) and "TYPE_CHECKING" in
                  ast.unparse(n.test)]  # fmt: skip
        if not hidden:
            assert facts(tree) == facts(whole)
        before += original.stat().st_size
        after += copy.stat().st_size
    assert after < 0.75 * before


@pytest.mark.parametrize(
    ("source", "stripped"),
    [
        ("# Why.\nx: int = 1\n\"What it is.\"\n", "x = 1\n"),
        ("x: int\n", "\n"),
        ("class A:\n    'Text.'\n", "class A:\n pass\n"),
        ("class A:\n    x: int\n    y = 2\n", "class A:\n x: int\n y = 2\n"),
        ("class A(NamedTuple):\n    x: int = 1\n", "class A(NamedTuple):\n x: int = 1\n"),
        ("def f(a: int, *b: int) -> str:\n    'Text.'\n", "def f(a, *b):\n pass\n"),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b\n", "import b\n"),
        ("if x:\n    y: int\n", "if x:\n pass\n"),
        ("x = f\"{a['b']} is '{c}'\"\n", "x = (f\"{a['b']} is '{c}'\")\n"),
    ],
)  # fmt: skip
def test_strip(source: str, stripped: str) -> None:
    """What only readers need is gone; f-strings stay as they are, for any Python to read."""
    assert strip(source) == stripped


def test_licence_and_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy has the licence, and one line that says where it is from; the report is true."""
    licence = next(
        path for path in (PACKAGE / "LICENSE", PACKAGE.parent / "LICENSE") if path.exists()
    )
    assert (
        main(["vendor", "-o", str(tmp_path), "--name", "ev", "--only", "standard", "--json"]) == 0
    )
    report = json.loads(capsys.readouterr().out)
    files = contents(tmp_path / "ev")
    assert files.pop("LICENSE") == licence.read_bytes()
    version = tfevents_lite.__version__
    line = f"tfevents-lite {version} (standard), copied with `tfevents-lite vendor`; MIT licence\n"
    assert files.pop("ORIGIN").decode() == line
    assert report == {
        "output": str(tmp_path / "ev"),
        "part": "standard",
        "stripped": False,
        "files": len(files),
        "bytes": sum(map(len, files.values())),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "a-b"], "--name must be a name that can be imported, got 'a-b'"),
        (["--name", "class"], "--name must be a name that can be imported, got 'class'"),
        (["--name", "../up"], "--name must be a name that can be imported, got '../up'"),
        (["--name", "there"], "already exists: remove it first"),
    ],
)
def test_refusals(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be done is said in one line, and nothing is written."""
    (tmp_path / "there").touch()
    assert main(["vendor", "-o", str(tmp_path), *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("tfevents-lite: ")
    assert printed.err.endswith(f"{message}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
