"""What can be logged: one file per kind, each a pure function from a value to a Summary.

Names are resolved when first used, so that a scalar does not load what an image needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .image_summary import image as image
    from .image_summary import images as images
    from .scalar_summary import scalar as scalar

_HOMES = {
    "image": "image_summary",
    "images": "image_summary",
    "scalar": "scalar_summary",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = __import__(f"{__name__}.{_HOMES[name]}", fromlist=[name])
    return globals().setdefault(name, getattr(home, name))


def __dir__() -> list[str]:
    return __all__
