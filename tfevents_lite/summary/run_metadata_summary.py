"""What running a graph took: times and memory of its nodes, which the Graphs page colours by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..schema.graph import (
    AllocatorMemoryUsed,
    DeviceStepStats,
    NodeExecStats,
    NodeOutput,
    RunMetadata,
    StepStats,
    TensorDescription,
)
from ..schema.tensor import TensorShapeProto
from .graph_nodes import from_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class NodeStats(NamedTuple):
    """One run of the graph's node `name`: times in microseconds, memory in bytes."""

    name: str
    start_micros: int
    duration_micros: int
    memory_bytes: int = 0
    device: str = "/device:CPU:0"
    output_shapes: Sequence[Sequence[int]] = ()


def run_metadata(stats: Iterable[Any]) -> RunMetadata:
    """Step statistics from NodeStats, or their fields in tuples or dicts.

    Raises TypeError or ValueError that names the node.

    >>> run_metadata([NodeStats("net/add", 0, 25)]).step_stats.dev_stats[0].device
    '/device:CPU:0'
    """
    devices: dict[str, DeviceStepStats] = {}
    for index, given in enumerate(stats):
        made = from_fields(NodeStats, given, f"statistics {index}")
        try:
            device = devices.setdefault(made.device, DeviceStepStats(device=made.device))
            device.node_stats.append(_to_exec_stats(made))
        except (TypeError, ValueError, OverflowError) as error:
            refused = TypeError if isinstance(error, TypeError) else ValueError
            raise refused(f"statistics of {made.name!r:.80} can't be shown: {error}") from error
    return RunMetadata(step_stats=StepStats(dev_stats=devices.values()))


def _to_exec_stats(stats: NodeStats) -> NodeExecStats:
    start, duration = int(stats.start_micros), int(stats.duration_micros)
    if start < 0 or duration < 0 or stats.memory_bytes < 0:
        raise ValueError(f"times and memory must not be negative, got {tuple(stats)}")
    memory = []
    if stats.memory_bytes:
        size = int(stats.memory_bytes)
        memory.append(AllocatorMemoryUsed(allocator_name="", total_bytes=size, peak_bytes=size))
    return NodeExecStats(
        node_name=stats.name,
        all_start_micros=start,
        op_end_rel_micros=duration,
        all_end_rel_micros=duration,
        memory=memory,
        output=[
            NodeOutput(
                slot=slot,
                tensor_description=TensorDescription(
                    shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in shape])
                ),
            )
            for slot, shape in enumerate(stats.output_shapes)
        ],
    )


def to_run_metadata(value: Any) -> bytes:
    """The bytes of a RunMetadata: a message of any make, its bytes, or NodeStats in a list."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        try:
            return RunMetadata.FromString(bytes(value)).SerializeToString()
        except ValueError as error:
            raise ValueError(f"run_metadata must be a RunMetadata: {error}") from None
    if callable(getattr(value, "SerializeToString", None)):
        encoded: bytes = value.SerializeToString()
        return encoded
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"run_metadata must be a RunMetadata or NodeStats, got {value!r:.80}")
    return run_metadata(value).SerializeToString()
