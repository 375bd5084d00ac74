"""The modules of `summary`, each imported when a method first needs it: scalars need none.

    from . import kinds

    kinds.text_summary.encode_text(tag, "words")  # Imports summary.text_summary, the first time.

This module knows their names and nothing of what is in them.
"""

from __future__ import annotations

import atexit
import sys

from ..files.runs import any_left
from ..inputs.caller import get_ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..summary import audio_summary as audio_summary
    from ..summary import custom_scalars_summary as custom_scalars_summary
    from ..summary import embedding_summary as embedding_summary
    from ..summary import graph_models as graph_models
    from ..summary import graph_summary as graph_summary
    from ..summary import histogram_summary as histogram_summary
    from ..summary import hparams_summary as hparams_summary
    from ..summary import image_file_summary as image_file_summary
    from ..summary import image_summary as image_summary
    from ..summary import mesh_summary as mesh_summary
    from ..summary import pr_curve_summary as pr_curve_summary
    from ..summary import scalar_summary as scalar_summary
    from ..summary import tensor_summary as tensor_summary
    from ..summary import text_summary as text_summary

_SUMMARY = __name__.rpartition(".writers.")[0] + ".summary"

# What may be logged for the first time while the interpreter exits, when nothing can be imported.
_WITHOUT_NUMPY = ("text", "hparams", "custom_scalars", "image_file", "scalar")
_WITH_NUMPY = ("image", "histogram", "audio", "tensor", "pr_curve", "mesh")


def __getattr__(name: str) -> Any:
    if not name.endswith("_summary") and name != "graph_models":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = __import__(f"{_SUMMARY}.{name}", fromlist=["*"])
    except ImportError:
        if sys.meta_path is None:
            what = name.partition("_summary")[0]
            raise RuntimeError(
                f"the first {what} can't be logged while the interpreter exits, as nothing can be "
                "imported any more: log one earlier"
            ) from None
        raise
    return globals().setdefault(name, home)


def _import_in_time() -> None:
    """Import what a `__del__` that logs may need, if a writer is left at exit."""
    if any_left():
        get_ready()
        needs_numpy = "numpy" in sys.modules or _has_finalizers()
        for kind in (*_WITHOUT_NUMPY, *(_WITH_NUMPY if needs_numpy else ())):
            try:  # noqa: SIM105 # Importing contextlib takes longer.
                __getattr__(f"{kind}_summary")
            except ImportError:
                pass  # A copy may be without it.
        if "image_summary" in globals():  # NumPy imports parts of itself when they are first used.
            numbers = [[0.0, 0.5]]
            image_summary.encode_image("tag", numbers, "HW")
            if "histogram_summary" in globals():
                histogram_summary.encode_histogram("tag", numbers)


def _has_finalizers() -> bool:
    """Whether any object of the program has a `__del__`, which might log an array."""
    import gc

    function, ours = type(_has_finalizers), __name__.partition(".writers.")[0]
    return any(
        type(getattr(kind, "__del__", None)) is function
        and not kind.__module__.startswith((ours, "importlib", "tempfile"))
        for kind in set(map(type, gc.get_objects()))
    )


atexit.register(_import_in_time)
