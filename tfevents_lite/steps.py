"""Steps and times as users give them, checked: what an event's `step` and `wall_time` may hold.

This module knows numbers; it knows no writer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_STEP = (1 << 63) - 1


def to_step(step: Any, tag: str | None = None) -> int:
    """A step as an integer, from whatever holds one; None is 0. Raises TypeError or ValueError."""
    of_tag = "" if tag is None else f" of {tag!r}"
    if step is None:
        return 0
    try:
        # An array or tensor of one element; a bool is most likely an argument in the wrong place.
        number = step.item() if hasattr(step, "item") else step
        if isinstance(number, bool):
            raise TypeError
        integer = int(number.__index__())
    except (AttributeError, TypeError, ValueError, RuntimeError):
        raise TypeError(f"global_step{of_tag} must be an integer, got {step!r:.80}") from None
    if not -MAX_STEP - 1 <= integer <= MAX_STEP:
        raise ValueError(f"global_step{of_tag} must be within 64 bits, got {integer}")
    return integer


def to_wall_time(walltime: Any) -> float:
    """A time in seconds since 1970 as a finite float. Raises TypeError or ValueError."""
    try:
        if isinstance(walltime, (str, bytes)):
            raise TypeError
        seconds = float(walltime)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"walltime must be in seconds since 1970, got {walltime!r:.80}") from None
    if seconds - seconds != 0:
        # A time that is no number stops TensorBoard's loader for good.
        raise ValueError(f"walltime must be finite, got {seconds}")
    return seconds
