"""Nothing depends on this machine's byte order or word size.

`.ci/foreign` runs on machines of other kinds; the tests here need none.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite.summary import tensor

from . import reference_arrays

PACKAGE = Path(tfe.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

STRUCT_FUNCTIONS = {
    "Struct", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "calcsize",
}  # fmt: skip

# Codes of `array` whose size C leaves open: each use, and why it is right.
NATIVE_ARRAYS = {
    ("records/crc32c.py", "I"): "crcmod's function reads the table as C does, in this process"
}
OPEN_SIZES = set("ilILhHu")

# Where NumPy looks at memory as numbers in the machine's order: each use, and why it is right.
NATIVE_VIEWS = {
    "reading/scalar_reader.py": "what it looks at are arrays of this process, filled from floats"
}


@pytest.mark.parametrize("name", reference_arrays.RUNS)
def test_arrays_of_both_orders(name: str, tmp_path: Path) -> None:
    """Each kind gives the same bytes for `>` arrays as for `<` ones, of every type."""
    written = []
    for order in reference_arrays.ORDERS:
        folder = str(tmp_path / ("little" if order == "<" else "big"))
        reference_arrays.write_run(folder, name, order)
        written.append(reference_arrays.contents(folder))
    little, big = written
    assert len(little) > 70
    assert [key for key in little if little[key] != big.get(key)] == []


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    """Two runs that differ in one pixel or one value are found to differ."""
    for folder, number in (("a", 0), ("b", 1)):
        with tfe.SummaryWriter(tmp_path / folder, hostname="h", pid=1, clock=lambda: 1.0) as writer:
            writer.add_scalar("same", 1.0, 1)
            writer.add_scalar("other", number, 1)
            writer.add_image("picture", np.full((4, 4), number / 2), 1, dataformats="HW")
    one, other = str(tmp_path / "a"), str(tmp_path / "b")
    found = [key.split()[1] for key in reference_arrays.differences(one, other)]
    assert found == ["other", "picture"]
    assert reference_arrays.differences(one, one) == []


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a module, with the last part of what is called."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            yield name, node


def text_of(node: ast.AST) -> str | None:
    """How a string begins, in so far as the source says it."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def is_of_struct(node: ast.Call) -> bool:
    """Whether a function that is called may be the module struct's, by its name and its place."""
    function = node.func
    owner = getattr(function, "value", None)
    return isinstance(function, ast.Name) or getattr(owner, "id", "") == "struct"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_formats_name_their_order(path: Path) -> None:
    """Each format given to `struct` begins with < or >, be it there or as an argument."""
    for name, node in calls(path):
        if name in STRUCT_FUNCTIONS and is_of_struct(node) and node.args:
            text = text_of(node.args[0])
            # Functions of ours have these names too; they take no text first.
            assert text is None or text[:1] in "<>", f"line {node.lineno}: {text!r}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_sizes_that_are_left_open(path: Path) -> None:
    """`array` holds no C int or long, and bytes become no numbers in the machine's order."""
    module = path.relative_to(PACKAGE).as_posix()
    for name, node in calls(path):
        code = text_of(node.args[0]) if node.args else None
        if name == "array" and isinstance(node.func, ast.Name) and code:
            assert code not in OPEN_SIZES or (module, code) in NATIVE_ARRAYS, code
        is_xml = ast.unparse(node.func) == "ElementTree.fromstring"
        if name in ("frombuffer", "fromstring", "fromfile") and not is_xml:
            kind = ast.unparse(node.args[1]) if len(node.args) > 1 else "float64"
            fixed = kind == "np.uint8" or kind.strip("'\"")[:1] in "<>"
            assert fixed or module in NATIVE_VIEWS, f"line {node.lineno}: {kind}"
        if name == "dtype" and code:
            assert code[:1] in "<>|", f"line {node.lineno}: {code!r}"


def test_the_exceptions_are_there() -> None:
    """The listed exceptions are still in the code."""
    for module, code in NATIVE_ARRAYS:
        assert f'array("{code}"' in (PACKAGE / module).read_text("utf-8")
    for module in NATIVE_VIEWS:
        assert "np.frombuffer(" in (PACKAGE / module).read_text("utf-8")


@pytest.mark.parametrize("format", ["=I", "I", "@q", "!"])
def test_a_wrong_format_would_be_seen(format: str, tmp_path: Path) -> None:
    """The check of formats finds one that leaves the order to the machine."""
    path = tmp_path / "module.py"
    path.write_text(f"import struct\nstruct.Struct({format!r})\n")
    with pytest.raises(AssertionError):
        test_formats_name_their_order(path)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("code", ["<i2", ">f8", "<u8"])
def test_what_looks_at_the_order(order: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tensor with an order of its own is encoded the same if Python says another of itself."""
    array = np.arange(6).astype(code)
    expected = tensor("t", array)
    monkeypatch.setattr(sys, "byteorder", order)
    assert tensor("t", array) == expected
    assert expected.value[0].tensor.tensor_content == np.arange(6).astype("<" + code[1:]).tobytes()
