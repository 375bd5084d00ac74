"""Warnings that point at the line which called this package, however deep within it they arise."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# By writer, the warnings that were issued for it and are not to be repeated.
_issued: Any = None


# Python's module, which is not imported before it is needed.
_warnings: Any = None


def get_ready() -> None:
    """Import what a warning needs, as nothing can be imported late in the interpreter's exit."""
    global _warnings
    import warnings

    _warnings = warnings


def warn(
    message: str, category: type[Warning] = UserWarning, *, once: tuple[str, str] | None = None
) -> None:
    """Issue a warning at the nearest line that is not this package's.

    With `once`, what the warning is about and the tag, a writer issues it a single time. Outside of
    a writer's methods, that is left to Python's own filters.
    """
    if _warnings is None:
        get_ready()
    package = __name__.rpartition(".inputs.")[0]
    level, writer = 1, None
    frame = sys._getframe()
    while frame.f_back is not None and _is_within(frame.f_globals.get("__name__", ""), package):
        writer = frame.f_locals.get("self", writer)
        frame = frame.f_back
        level += 1
    if once is None or writer is None or _is_first(writer, once):
        _warnings.warn(message, category, stacklevel=level)


def _is_first(writer: Any, once: tuple[str, str]) -> bool:
    """Whether a writer has not issued a warning before; from now on it has."""
    global _issued
    if _issued is None:
        from weakref import WeakKeyDictionary

        _issued = WeakKeyDictionary()
    issued = _issued.setdefault(writer, set())
    is_first = once not in issued
    issued.add(once)
    return is_first


def _is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")
