"""Warnings that point at the line which called this package, however deep within it they arise."""

from __future__ import annotations


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the nearest line that is not this package's."""
    import sys
    import warnings

    package = __name__.rpartition(".inputs.")[0]
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None and _is_within(frame.f_globals.get("__name__", ""), package):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def _is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")
