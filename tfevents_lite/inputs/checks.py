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


class NotANumberError(TypeError, NotImplementedError):
    """A value that is not one number.

    torch and tensorboardX raise NotImplementedError here, which loggers catch to skip the value.
    """


def shown(value: Any) -> str:
    """A value for an error message: its `repr`, cut short, also of one that holds itself.

    >>> shown(list(range(1000)))
    '[0, 1, 2, 3, 4, 5, ...]'
    """
    from reprlib import Repr

    short = Repr()
    short.maxother = short.maxstring = short.maxlong = 80
    return short.repr(value)[:80]


# The most elements of a sequence that is no array, and of an array that takes less memory than its
# elements would, such as one made by numpy.broadcast_to: converting these takes the memory.
MAX_VIRTUAL = 1 << 28
# NumPy's bound for axes, before version 2.
_MAX_NESTING = 32


def check_nesting(value: Any) -> None:
    """Raise ValueError for lists within lists that hold themselves, or too many items."""
    count, item = 1, value
    for _ in range(_MAX_NESTING + 1):
        if not hasattr(type(item), "__getitem__") or not hasattr(type(item), "__len__"):
            return
        if isinstance(item, (str, bytes, dict)) or hasattr(item, "__array__"):
            return
        count *= len(item)
        if count > MAX_VIRTUAL and not isinstance(item, (bytearray, memoryview)):
            raise ValueError(f"it has {count:,} items or more: too many for a list")
        if not count:
            return
        item = item[0]
    raise ValueError(f"it is nested more than {_MAX_NESTING} deep, or holds itself")


def is_masked(value: Any) -> bool:
    """Whether NumPy's masked arrays hide a single number: `numpy.ma.masked`, or an array of one."""
    mask = getattr(value, "mask", False)  # pandas has a method of this name.
    return not callable(mask) and getattr(mask, "size", 1) == 1 and bool(mask)


def encode_tag(tag: Any) -> bytes:
    """A tag in UTF-8, verbatim. Raises TypeError or ValueError for what can't be one."""
    if not isinstance(tag, str):
        raise TypeError(f"tag must be a string, got {shown(tag)}")
    try:
        encoded = tag.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"tag must be valid Unicode, got {shown(tag)}: {error}") from None
    if len(encoded) > MAX_TAG_BYTES:
        raise ValueError(
            f"tag must have at most {MAX_TAG_BYTES} bytes, {tag[:40]!r}… has {len(encoded)}"
        )
    return encoded


def to_float(tag: str, value: Any) -> float:
    """One number as a float, from an array or tensor of one element, too; NaN if it is masked.

    Raises TypeError or ValueError that names the tag.
    """
    number = value
    for _ in range(_MAX_NESTING):
        if not isinstance(number, (list, tuple)) or len(number) != 1:
            break
        number = number[0]
    try:
        if is_masked(number):
            return float("nan")
        is_time = getattr(getattr(number, "dtype", None), "kind", "") in _TIMES
        number = number.item() if hasattr(number, "item") and not is_time else number
        if not is_time and not isinstance(number, (str, bytes, bytearray)):
            return float(number)
    except OverflowError:
        raise ValueError(f"value of {tag!r} is beyond a double's range: {shown(value)}") from None
    except (TypeError, ValueError, RuntimeError):
        shape = getattr(value, "shape", None)
        what = f"shape {tuple(shape)}" if shape is not None else shown(value)
        raise NotANumberError(f"value of {tag!r} must be one number, got {what}") from None
    raise NotANumberError(f"value of {tag!r} must be a number, got {shown(value)}")


def to_number(what: str, value: Any) -> float:
    """An option as a float. Raises TypeError that says what it is an option of."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{what} must be a number, got {shown(value)}") from None


def to_count(what: str, value: Any, least: int, most: int | None = None) -> int:
    """An option as an integer from `least` to `most`. Raises TypeError or ValueError."""
    try:
        if isinstance(value, bool):
            raise TypeError
        count = int(value.__index__())
    except (AttributeError, TypeError):
        raise TypeError(f"{what} must be an integer, got {shown(value)}") from None
    if count < least or (most is not None and count > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        raise ValueError(f"{what} must be {bounds}, got {count}")
    return count


# NumPy's kinds of dates and durations, which `item` makes numbers of.
_TIMES = ("m", "M")


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
        raise TypeError(f"global_step{of_tag} must be an integer, got {shown(step)}") from None
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
        raise TypeError(f"walltime must be in seconds since 1970, got {shown(walltime)}") from None
    if seconds - seconds != 0:
        # A time that is no number stops TensorBoard's loader for good.
        raise ValueError(f"walltime must be finite, got {seconds}")
    return seconds
