"""A whole curve of scalars at once: many events of one tag as the rows of byte arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.checks import shown
from ..inputs.needs_numpy import np
from ..wire import wire_format
from .scalar_record import event_head, scalar_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

# From these steps on a varint takes another byte, the tenth being the negative ones'; none for 0.
_LONGER_FROM = np.array([1] + [1 << 7 * k for k in range(1, 10)], np.uint64)

# So many points are made and written at once.
BLOCK = 1 << 12

# With more runs of equal length than this, steps jump about, and rows are made one by one.
_MANY_RUNS = 64


def to_series(
    tag: str, values: Any, steps: Any, walltimes: Any, clock: Callable[[], float]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """A curve's values as float64, its steps as int64 and its times as float64, of one length.

    Raises TypeError or ValueError that names the tag and the argument.
    """
    numbers = _to_vector(tag, "values", values, "buif")
    points = _to_vector(tag, "steps", steps, "ui")
    if points.dtype == np.uint64 and points.size and int(points.max()) >= 1 << 63:
        raise ValueError(f"steps of {tag!r} must be within 64 bits, got {points.max()}")
    if walltimes is None:
        times = np.full(len(points), clock())
    else:
        times = _to_vector(tag, "walltimes", walltimes, "uif").astype(np.float64)
    wrong = times[~np.isfinite(times)]
    if len(wrong):
        raise ValueError(f"walltimes of {tag!r} must be finite, got {wrong[0]}")
    if not len(numbers) == len(points) == len(times):
        raise ValueError(
            f"values, steps and walltimes of {tag!r} must be equally many, "
            f"got {len(numbers)}, {len(points)} and {len(times)}"
        )
    return numbers.astype(np.float64), points.astype(np.int64), times


def disorder(steps: NDArray[Any]) -> list[int]:
    """Indices of the first step, the last, and between them the first that does not increase."""
    backward = np.flatnonzero(steps[1:] <= steps[:-1])[:1]
    indices = {0, len(steps) - 1, *backward.tolist(), *(backward + 1).tolist()}
    return sorted(indices)


def _to_vector(tag: str, name: str, value: Any, kinds: str) -> NDArray[Any]:
    try:
        array = arrays.to_array(value)
    except (TypeError, ValueError):
        array = np.array(None)
    if array.ndim == 1 and array.size == 0:
        array = array.astype(np.int64)  # An empty list is one of floats to NumPy.
    if array.ndim != 1 or array.dtype.kind not in kinds:
        what = "integers" if "f" not in kinds else "numbers"
        found = f"{array.dtype} of shape {array.shape}" if array.dtype != object else shown(value)
        raise TypeError(f"{name} of {tag!r} must be a list of {what}, got {found:.80}")
    return array


def series_events(
    tag: str, values: NDArray[Any], steps: NDArray[Any], walltimes: NDArray[Any]
) -> Iterator[NDArray[np.uint8]]:
    """The bytes of scalar_event for each point, as arrays of equally long rows, in order."""
    unsigned = steps.astype(np.uint64)
    step_sizes = np.searchsorted(_LONGER_FROM, unsigned, side="right")
    timed = walltimes != 0
    bounds = np.flatnonzero((np.diff(step_sizes) != 0) | (np.diff(timed) != 0)) + 1
    if len(bounds) > _MANY_RUNS:
        points = zip(values.tolist(), steps.tolist(), walltimes.tolist())
        for value, step, walltime in points:
            event = scalar_event(tag, value, step, walltime)
            yield np.frombuffer(event, np.uint8)[np.newaxis]
        return
    head = np.frombuffer(event_head(tag), np.uint8)
    with np.errstate(over="ignore"):
        floats = values.astype("<f4")
    for begin, end in zip([0, *bounds.tolist()], [*bounds.tolist(), len(values)]):
        if begin < end:
            points_of = slice(begin, end)
            yield _make_rows(
                head, floats[points_of], unsigned[points_of], int(step_sizes[begin]),
                walltimes[points_of] if timed[begin] else None,
            )  # fmt: skip


def _make_rows(
    head: NDArray[np.uint8],
    floats: NDArray[Any],
    steps: NDArray[Any],
    step_size: int,
    walltimes: NDArray[Any] | None,
) -> NDArray[np.uint8]:
    """Rows of events that have a time or not, and steps of the same number of bytes."""
    time_size = 9 if walltimes is not None else 0
    at_step = time_size + (1 if step_size else 0)
    at_head = at_step + step_size
    rows = np.empty((len(floats), at_head + len(head) + 4), np.uint8)
    if walltimes is not None:
        rows[:, 0] = 1 << 3 | wire_format.I64
        rows[:, 1:9] = walltimes.astype("<f8").view(np.uint8).reshape(-1, 8)
    if step_size:
        rows[:, time_size] = 2 << 3 | wire_format.VARINT
    for index in range(step_size):
        more = np.uint64(128 if index < step_size - 1 else 0)
        rows[:, at_step + index] = steps >> np.uint64(7 * index) & np.uint64(127) | more
    rows[:, at_head:-4] = head
    rows[:, -4:] = floats.view(np.uint8).reshape(-1, 4)
    return rows
