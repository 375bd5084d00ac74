"""Makes a module's source as small as it gets and does the same: for copies where space is short.

What only readers and type checkers need is left out: comments, docstrings, annotations, and what is
for `TYPE_CHECKING`. This module knows Python's syntax, and no file.
"""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What makes a class of its annotations.
_MADE_OF_ANNOTATIONS = {"NamedTuple", "TypedDict", "dataclass", "dataclasses"}


def strip(source: str) -> str:
    """The source without what is of no use to the interpreter.

    >>> strip("x: int = 1  # Or more.").split()
    ['x', '=', '1']
    """
    tree = _Stripper(source).visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Stripper(ast.NodeTransformer):
    def __init__(self, source: str) -> None:
        self._source = source

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
        # As it stands, since what Python 3.12 makes of it no earlier one reads.
        return ast.Name(f"({ast.get_source_segment(self._source, node)})")

    def visit_Expr(self, node: ast.Expr) -> Any:
        # A docstring, or a string behind a constant, which says what that is.
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        return node.value and ast.Assign([node.target], node.value, lineno=node.lineno)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        kept = []
        if any(_name(base) in _MADE_OF_ANNOTATIONS for base in [*node.bases, *node.decorator_list]):
            kept = [statement for statement in node.body if isinstance(statement, ast.AnnAssign)]
            node.body = [statement for statement in node.body if statement not in kept]
        super().generic_visit(node)
        node.body = [*kept, *node.body] or [ast.Pass()]
        return node


def _name(node: ast.AST) -> str:
    """The last part of a name, be it called or not."""
    if isinstance(node, ast.Call):
        node = node.func
    return getattr(node, "attr", getattr(node, "id", ""))
