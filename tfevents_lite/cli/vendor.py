"""`vendor`: copy the package, or a part of it, into another project."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from keyword import iskeyword

from ..summary.kinds import KINDS
from .output import CommandError, file_name, to_json
from .sources import add_json
from .strip import strip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What each part holds: modules of the package, and folders with all of their modules. A part
# includes the one before it.
PARTS = {
    # ScalarWriter, with every promise of files/.
    "scalars": """
        __init__ files inputs/__init__ inputs/caller inputs/checks inputs/names
        records/__init__ records/crc32c records/scalar_record records/tfrecord
        wire/__init__ wire/wire_format writers/__init__ writers/scalar_writer
    """,
    # What needs the standard library alone: SummaryWriter and FileWriter, reading events.
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

# The part that is one file, which imports nothing of the others.
MICRO = "micro"

# At the end of a copy's `__init__`: the last place to look for a module, which says that it was
# left out.
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
        description="Copies the package into a folder of another project, where it works under any "
        "name without being installed. `micro` is one file for MicroPython, DEST/micro.py; "
        "`scalars` is ScalarWriter alone, in few files; `standard` "
        "is what needs only the standard library: SummaryWriter with scalars, text, "
        "hyperparameters, layouts and image files, and reading; `images` also draws arrays, with "
        "NumPy. --strip leaves out comments, docstrings and annotations. "
        "Exit status: 0 if it was copied, 1 if not, 2 for wrong arguments.",
        epilog="example:\n  tfevents-lite vendor src/app/vendor --name events --only scalars",
    )
    parser.add_argument(
        "folder", metavar="DEST", type=file_name, help="the folder to put the copy into"
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
        "--strip", action="store_true", help="leave out comments, docstrings and annotations"
    )
    add_json(parser, "report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy and report."""
    is_micro = options.only == MICRO
    name = (MICRO if is_micro else "tfevents_lite") if options.name is None else options.name
    if not name.isidentifier() or iskeyword(name):
        raise CommandError(f"--name must be a name that can be imported, got {name!r}")
    target = os.path.join(options.folder, f"{name}.py" if is_micro else name)
    if os.path.lexists(target):
        raise CommandError(f"{target} already exists: remove it first")
    sources = sources_of(options.only)
    if options.strip:
        sources = {path: strip(source) for path, source in sources.items()}
    line = origin(options.only, options.strip)
    if is_micro:
        os.makedirs(options.folder, exist_ok=True)
        with open(target, "x", encoding="utf-8", newline="") as file:
            file.write(f"# {line}{sources['micro.py']}")
    else:
        _write_folder(target, {**sources, "LICENSE": _license(), "ORIGIN": line})
    size = sum(len(source.encode()) for source in sources.values())
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
        files = "one file" if is_micro else f"{len(sources)} files"
        others = "" if is_micro else ", with ORIGIN and LICENSE"
        print(f"{target}: {files} of Python, {size:,} bytes{others}")
    return 0


def origin(part: str, stripped: bool = False) -> str:
    """The one line that says where a copy is from."""
    from .. import __version__

    what = f"{part}, stripped" if stripped else part
    return (
        f"tfevents-lite {__version__} ({what}), copied with `tfevents-lite vendor`; MIT licence\n"
    )


def files_of(part: str) -> list[str]:
    """The paths of a part's files in the package, with `/`, sorted."""
    everything = [
        os.path.relpath(os.path.join(folder, name), PACKAGE).replace(os.sep, "/")
        for folder, _, names in os.walk(PACKAGE)
        for name in names
        if name.endswith(".py")
    ]
    if part == "all":
        return sorted(everything)
    if part == MICRO:
        return ["micro.py"]
    listed = " ".join(PARTS[name] for name in list(PARTS)[: list(PARTS).index(part) + 1]).split()
    return sorted(
        path
        for path in everything
        if path.removesuffix(".py") in listed or path.rpartition("/")[0] in listed
    )


def sources_of(part: str) -> dict[str, str]:
    """A part's modules: {path: source}, in which `__init__` names what the part holds."""
    files = files_of(part)
    sources = {path: _read(os.path.join(PACKAGE, *path.split("/"))) for path in files}
    if part not in ("all", MICRO):
        for path in ("__init__.py", "summary/__init__.py"):
            if path in sources:
                sources[path] = _without_left_out(sources[path], path, set(files))
        sources["__init__.py"] += _LEFT_OUT.replace("PART", part)
    return sources


def _without_left_out(source: str, path: str, files: set[str]) -> str:
    """An `__init__` whose table of names, and imports for type checkers, have only what is there.

    A name that is left out stays known, so that using it raises an error that says so.
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
    for folder in (PACKAGE, os.path.dirname(PACKAGE)):
        with suppress(FileNotFoundError):
            return _read(os.path.join(folder, "LICENSE"))
    raise CommandError(f"there is no LICENSE in {PACKAGE} to copy")


def _read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def _write_folder(target: str, files: dict[str, str]) -> None:
    """Make a folder of text files: whole, or not at all."""
    part = f"{target}.part"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.mkdir(part)
    except FileExistsError as error:
        raise CommandError(f"{part} already exists: remove it first") from error
    try:
        for path, text in files.items():
            name = os.path.join(part, *path.split("/"))
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        os.rename(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
