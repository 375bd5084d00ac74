"""Tags, numbers, steps and times as users give them, checked: what an event may hold.

This module knows strings and numbers; it knows no message and no writer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_STEP = (1 << 63) - 1

# TensorBoard's page asks for a tag in the query of a URL, of 65,536 bytes at most, in which a byte
# can take three.
MAX_TAG_BYTES = 10_000


def encode_tag(tag: Any) -> bytes:
    """A tag in UTF-8, verbatim. Raises TypeError or ValueError for what can't be one."""
    if not isinstance(tag, str):
        raise TypeError(f"tag must be a string, got {tag!r:.80}")
    try:
        encoded = tag.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"tag must be valid Unicode, got {tag!r:.80}: {error}") from None
    if len(encoded) > MAX_TAG_BYTES:
        raise ValueError(
            f"tag must have at most {MAX_TAG_BYTES} bytes, {tag[:40]!r}… has {len(encoded)}"
        )
    return encoded


def to_float(tag: str, value: Any) -> float:
    """One number as a float, from whatever holds it; raises TypeError or ValueError."""
    while isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"value of {tag!r} must be a number, got {value!r:.80}")
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except OverflowError:
        raise ValueError(f"value of {tag!r} is beyond a double's range: {value!r:.80}") from None
    except (TypeError, ValueError, RuntimeError):
        shape = getattr(value, "shape", None)
        what = f"shape {tuple(shape)}" if shape is not None else f"{value!r:.80}"
        raise TypeError(f"value of {tag!r} must be one number, got {what}") from None


def to_step(step: Any, tag: str | None = None) -> int:
    """A step as an integer, from whatever holds one; None is 0. Raises TypeError or ValueError."""
    of_tag = "" if tag is None else f" of {tag!r}"
    if step is None:
        return 0
    try:
        # An array or tensor of one element; a bool is most likely an argument in the wrong place.
        number = step.numpy() if hasattr(step, "assign_add") else step  # TensorFlow's Variable.
        number = number.item() if hasattr(number, "item") else number
        if isinstance(number, bool):
            raise TypeError
        integer = int(number.__index__())
    except (AttributeError, TypeError, ValueError, RuntimeError):
        raise TypeError(f"global_step{of_tag} must be an integer, got {step!r:.80}") from None
    if not -MAX_STEP - 1 <= integer <= MAX_STEP:
        raise ValueError(f"global_step{of_tag} must be within 64 bits, got {integer}")
    return integer


def cast_step(step: Any, tag: str | None = None) -> tuple[int, bool]:
    """`int(step)`, as torch and tensorboardX take steps, and whether nothing was cut off.

    Raises TypeError or ValueError for what `int` does not take.

    >>> cast_step(2.0), cast_step("9"), cast_step(2.5)
    ((2, True), (9, True), (2, False))
    """
    try:
        return to_step(step, tag), True
    except TypeError as refused:
        try:
            number = step.item() if hasattr(step, "item") else step
            integer = int(number)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            raise refused from None
    return to_step(integer, tag), isinstance(number, (str, bytes)) or bool(number == integer)


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
