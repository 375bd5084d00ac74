"""`vendor`: copy the package, or a part of it, into another project."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
from collections.abc import Set
from keyword import iskeyword
from pathlib import Path
from typing import Any

from .. import __version__
from ..summary.kinds import KINDS
from .output import CommandError, add_output, counted, report

PACKAGE = Path(__file__).resolve().parent.parent

# The parts: modules, and folders with all their modules. Each includes the part before it.
PARTS = {
    # ScalarWriter.
    "scalars": """
        __init__ files inputs/__init__ inputs/caller inputs/checks inputs/names
        records/__init__ records/crc32c records/scalar_record records/tfrecord
        wire/__init__ wire/wire_format writers/__init__ writers/scalar_writer
    """,
    # What needs only the standard library: SummaryWriter and FileWriter, reading events.
    "standard": """
        reading/__init__ reading/event_reader reading/folders reading/resume reading/run_reader
        reading/value_reader records/file_view
        schema/__init__ schema/event schema/plugins schema/summary schema/tensor
        summary/__init__ summary/custom_scalars_summary summary/encoding summary/guard
        summary/hparams_summary summary/image_file_summary summary/kinds summary/scalar_summary
        summary/text_summary wire writers inputs/user_file
    """,
    # Arrays as images, with NumPy.
    "images": "inputs png summary/boxes summary/image_summary",
}

# A part that is one file, and imports nothing of the others.
MICRO = "micro"

# Appended to a copy's `__init__`: modules that are not found elsewhere are looked for here.
_LEFT_OUT = '''

class _LeftOut:
    """Raises an error that names a module which this copy lacks."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith(__name__ + "."):
            made = "which `tfevents-lite vendor --only PART` made"
            message = f"{name} is not in this copy, {made}"
            raise ModuleNotFoundError(message, name=name)


__import__("sys").meta_path.append(_LeftOut)
'''


def add_parser(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "vendor",
        help="copy the package, or a part of it, into another project",
        description="Copies the package into the folder OUTPUT of another project, where it works "
        "under any name without being installed. `micro` is one file for MicroPython, "
        "OUTPUT/micro.py; `scalars` is ScalarWriter alone, in few files; `standard` is what needs "
        "only the standard library: SummaryWriter with scalars, text, hyperparameters, layouts and "
        "image files, and reading; `images` adds arrays as images, with NumPy. --strip removes "
        "comments, docstrings and annotations. "
        "Exit status: 0 if it was copied, 1 if not, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite vendor -o src/app/vendor --name events --only scalars",
    )
    parser.add_argument(
        "--name", help="the name of the copy (default: tfevents_lite, or micro for that part)"
    )
    parser.add_argument(
        "--only",
        choices=[MICRO, *PARTS, "all"],
        default="all",
        help="which part (default: %(default)s)",
    )
    parser.add_argument(
        "--strip", action="store_true", help="remove comments, docstrings and annotations"
    )
    add_output(parser, "the folder to put the copy into", required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy and report."""
    is_micro = options.only == MICRO
    name = (MICRO if is_micro else "tfevents_lite") if options.name is None else options.name
    if not name.isidentifier() or iskeyword(name):
        raise CommandError(f"--name must be a name that can be imported, got {name!r}")
    target = Path(options.output, f"{name}.py" if is_micro else name)
    if os.path.lexists(target):
        raise CommandError(f"{target} already exists: remove it first")
    sources = sources_of(options.only)
    if options.strip:
        sources = {path: strip(source) for path, source in sources.items()}
    part = f"{options.only}, stripped" if options.strip else options.only
    copied = "copied with `tfevents-lite vendor`; MIT licence"
    origin = f"tfevents-lite {__version__} ({part}), {copied}\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_micro:
        with target.open("xb") as file:
            file.write(f"# {origin}{sources['micro.py']}".encode())
    else:
        _write_folder(target, {**sources, "LICENSE": _license(), "ORIGIN": origin})
    facts = {
        "output": str(target),
        "part": options.only,
        "stripped": options.strip,
        "files": len(sources),
        "bytes": sum(len(source.encode()) for source in sources.values()),
    }
    held = f"{counted(len(sources), 'file')} of Python, {counted(facts['bytes'], 'byte')}"
    others = "" if is_micro else ", with ORIGIN and LICENSE"
    report(options, f"wrote {held}, to {target}{others}", facts)
    return 0


def files_of(part: str) -> list[str]:
    """The paths of a part's files in the package, with `/`, sorted."""
    if part == MICRO:
        return ["micro.py"]
    everything = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    if part == "all":
        return everything
    listed = " ".join(PARTS[name] for name in list(PARTS)[: list(PARTS).index(part) + 1]).split()
    return [
        path
        for path in everything
        if path.removesuffix(".py") in listed or path.rpartition("/")[0] in listed
    ]


def sources_of(part: str) -> dict[str, str]:
    """A part's modules: {path: source}, in which `__init__` names what the part holds."""
    sources = {path: _read(PACKAGE / path) for path in files_of(part)}
    if part not in ("all", MICRO):
        for path in {"__init__.py", "summary/__init__.py"} & sources.keys():
            sources[path] = _without_left_out(sources[path], path, sources.keys())
        sources["__init__.py"] += _LEFT_OUT.replace("PART", part)
    return sources


def _without_left_out(source: str, path: str, files: Set[str]) -> str:
    """An `__init__` without the names of modules that are not in the copy.

    They are added to `_LEFT_OUT`, so that using one raises an error that says so.
    """
    folder = path.removesuffix("__init__.py")

    def is_copied(module: str) -> bool:
        base = folder + module.replace(".", "/")
        return not {f"{base}.py", f"{base}/__init__.py"}.isdisjoint(files)

    lines, missing = [], []
    for line in source.splitlines():
        imported = re.match(r"    from \.([\w.]*) import (\w+) as \w+$", line)
        listed = re.match(r'    "(\w+)": "([\w.]+)",$', line)
        if listed and not is_copied(listed[2]):
            missing.append(listed[1])
        if not imported or is_copied(imported[1] or imported[2]):
            lines.append(line)
    if folder:
        kinds = [kind for kind in KINDS.values() if not is_copied(f"{kind.name}_summary")]
        missing += [name for kind in kinds for name in kind.functions]
    named = ", ".join(f'"{name}"' for name in missing)
    text = "\n".join(lines) + "\n"
    return text.replace("_LEFT_OUT: set[str] = set()", f"_LEFT_OUT: set[str] = {{{named}}}")


def _license() -> str:
    """The text of LICENSE, which is beside the modules once installed or copied."""
    for folder in (PACKAGE, PACKAGE.parent):
        if (folder / "LICENSE").exists():
            return _read(folder / "LICENSE")
    raise CommandError(f"there is no LICENSE in {PACKAGE} to copy")


def _read(path: Path) -> str:
    return path.read_bytes().decode()


def _write_folder(target: Path, files: dict[str, str]) -> None:
    """Make a folder of text files: whole, or not at all."""
    part = target.with_name(f"{target.name}.part")
    try:
        part.mkdir()
    except FileExistsError as error:
        raise CommandError(f"{part} already exists: remove it first") from error
    try:
        for path, text in files.items():
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).write_bytes(text.encode())
        os.rename(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def strip(source: str) -> str:
    """The source without what only readers and type checkers need.

    >>> strip("x: int = 1  # Or more.").split()
    ['x', '=', '1']
    """
    tree = _Stripper(source).visit(ast.parse(source))
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return re.sub("(?m)^(?:    )+", lambda spaces: " " * (len(spaces[0]) // 4), text)


class _Stripper(ast.NodeTransformer):
    def __init__(self, source: str) -> None:
        self._source = source
        self._fields: set[ast.AST] = set()

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]  # type: ignore[attr-defined] # It has one.
        return node

    def visit_If(self, node: ast.If) -> Any:
        if getattr(node.test, "id", "") != "TYPE_CHECKING":
            return self.generic_visit(node)
        return [self.visit(statement) for statement in node.orelse]

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        # Unchanged, since earlier Pythons can't read what Python 3.12 makes of it.
        return ast.Name(f"({ast.get_source_segment(self._source, node)})")

    def visit_Expr(self, node: ast.Expr) -> Any:
        # A docstring, of a constant, too.
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self._fields.update(node.body)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        if node in self._fields:  # A NamedTuple is made of them.
            return node
        return node.value and ast.Assign([node.target], node.value, lineno=node.lineno)
