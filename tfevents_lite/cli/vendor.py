"""`vendor`: copy the package, or a part of it, into another project.

What a part needs is read off the imports of its modules, so that it can't be forgotten here.
"""

from __future__ import annotations

import ast
import os
from keyword import iskeyword

from .output import CommandError, file_name, to_json
from .sources import add_json
from .strip import strip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The modules that a part begins with. What they import comes along, but for what a method of the
# writer imports when it is called, if that needs NumPy.
PARTS = {
    "scalars": ["writers.scalar_writer"],
    "standard": ["writers.scalar_writer", "writers.summary_writer", "reading.event_reader"],
    "images": [
        "writers.scalar_writer",
        "writers.summary_writer",
        "reading.event_reader",
        "png",
        "summary.image_summary",
    ],
}
METHODS = "writers."
# What a part's own calls never come to import: ScalarWriter writes no messages.
UNUSED = {"scalars": {"summary.guard", "schema.event"}}

ORIGIN = "ORIGIN"
LICENSE = """\
MIT License

Copyright (c) 2026 The tfevents-lite authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def add_parser(commands: Any) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "vendor",
        help="copy the package, or a part of it, into another project",
        description="Copies the package into a folder of another project, where it works under any "
        "name and needs no installing. `scalars` is ScalarWriter alone, in few files; `standard` "
        "is what needs the standard library alone: SummaryWriter with scalars, text, "
        "hyperparameters, layouts and image files, and reading; `images` draws arrays too, with "
        "NumPy. --strip leaves out what only readers need: comments, docstrings and annotations. "
        "Exit status: 0 if it was copied, 1 if not, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite vendor src/app/vendor --name events --only scalars",
    )
    parser.add_argument(
        "folder", metavar="DEST", type=file_name, help="the folder to put the copy into"
    )
    parser.add_argument(
        "--name", default="tfevents_lite", help="what the copy is called (default: %(default)s)"
    )
    parser.add_argument(
        "--only", choices=[*PARTS, "all"], default="all", help="which part (default: %(default)s)"
    )
    parser.add_argument(
        "--strip", action="store_true", help="without comments, docstrings and annotations"
    )
    add_json(parser, "report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy and report."""
    if not options.name.isidentifier() or iskeyword(options.name):
        raise CommandError(f"--name must be a name that can be imported, got {options.name!r}")
    target = os.path.join(options.folder, options.name)
    if os.path.lexists(target):
        raise CommandError(f"{target} is there already: remove it first")
    sources = {path: _read(path) for path in files_of(options.only)}
    if options.strip:
        sources = {path: strip(data.decode()).encode() for path, data in sources.items()}
    size = 0
    for path, data in sources.items():
        size += _write(os.path.join(target, *path.split("/")), data)
    _write(os.path.join(target, "LICENSE"), LICENSE.encode())
    _write(os.path.join(target, ORIGIN), origin(options.only, options.strip).encode())
    if options.json:
        report = {
            "folder": target,
            "part": options.only,
            "stripped": options.strip,
            "files": len(sources),
            "bytes": size,
        }
        print(to_json(report))
    else:
        print(f"{target}: {len(sources)} files of Python, {size:,} bytes, with {ORIGIN}, LICENSE")
    return 0


def origin(part: str, stripped: bool = False) -> str:
    """The one line that says where a copy is from."""
    from .. import __version__

    what = f"{part}, stripped" if stripped else part
    return (
        f"tfevents-lite {__version__} ({what}), copied with `tfevents-lite vendor`; MIT licence\n"
    )


def files_of(part: str) -> list[str]:
    """The paths of a part's files in the package, with `/`, in order."""
    modules = {_module_of(path): path for path in _walk()}
    if part == "all":
        return sorted(modules.values())
    imports = {module: _imports(path, modules) for module, path in modules.items()}
    heavy = {module for module in modules if _needs_numpy(module, imports)}
    needed: set[str] = set()
    waiting = [*PARTS[part]]
    while waiting:
        module = waiting.pop()
        if module not in needed and module in modules:
            needed.add(module)
            for name, late in imports[module].items():
                is_uncalled = module.startswith(METHODS) and name in heavy
                if not (late and (is_uncalled or name in UNUSED.get(part, ()))):
                    waiting += _with_parents(name)
            waiting += _with_parents(module)
    return sorted(modules[name] for name in needed)


def _walk() -> Iterator[str]:
    for folder, folders, names in os.walk(PACKAGE):
        folders.sort()
        for name in names:
            if name.endswith(".py"):
                path = os.path.relpath(os.path.join(folder, name), PACKAGE)
                yield path.replace(os.sep, "/")


def _module_of(path: str) -> str:
    """The name of a file's module within the package, "" for the package itself."""
    return path.removesuffix(".py").removesuffix("__init__").rstrip("/").replace("/", ".")


def _with_parents(module: str) -> list[str]:
    """A module and the packages that it is in: `summary.font`, `summary` and ``."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(len(parts) + 1)]


def _imports(path: str, modules: dict[str, str]) -> dict[str, bool]:
    """What a module imports, of this package and NumPy: {name: whether only when it is called}."""
    found: dict[str, bool] = {}

    def visit(node: ast.AST, late: bool) -> None:
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            return
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name == "numpy"]
        elif isinstance(node, ast.ImportFrom) and node.level:
            parents = path.split("/")[: -node.level]
            base = ".".join([*parents, *(node.module.split(".") if node.module else [])])
            inner = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            names = [name if name in modules else base for name in inner]
        for name in names:
            found[name] = found.get(name, True) and late
        late = late or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.iter_child_nodes(node):
            visit(child, late)

    visit(ast.parse(_read(path)), False)
    return found


def _needs_numpy(module: str, imports: dict[str, dict[str, bool]]) -> bool:
    """Whether importing a module imports NumPy."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [inner for inner, late in imports.get(name, {}).items() if not late]
    return "numpy" in seen


def _read(path: str) -> bytes:
    with open(os.path.join(PACKAGE, *path.split("/")), "rb") as file:
        return file.read()


def _write(path: str, data: bytes) -> int:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        return file.write(data)
