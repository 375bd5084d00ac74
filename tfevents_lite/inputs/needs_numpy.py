"""NumPy, for modules that can't do without: `from .needs_numpy import np`.

Where it is not installed, the error names the call that wanted it. This module knows nothing else.
"""

from __future__ import annotations

import sys

try:
    import numpy as np
except ModuleNotFoundError as error:
    if error.name != "numpy":
        raise

    def _call() -> str:
        """The function of this package that was called from outside."""
        package = __name__.rpartition(".inputs.")[0]
        frame, found = sys._getframe(), __name__
        while frame.f_back is not None:
            module = frame.f_globals.get("__name__", "")
            if module == package or module.startswith(package + "."):
                found = frame.f_code.co_name
                if found == "<module>":
                    found = module
                elif found == "__getattr__":  # Of a package whose names are imported when used.
                    found = frame.f_locals["name"]
            elif "importlib" not in module:
                break
            frame = frame.f_back
        return found

    raise ImportError(f"{_call()} needs NumPy: pip install numpy", name="numpy") from None

__all__ = ["np"]
