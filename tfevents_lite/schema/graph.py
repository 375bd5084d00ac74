"""The messages of `proto/graph.proto`: graphs of operations, and statistics of running them."""

from __future__ import annotations

from ..wire.message import (
    Message,
    RepeatedField,
    bool_,
    bytes_,
    enum,
    float_,
    int32,
    int64,
    map_,
    message,
    string,
    uint32,
    uint64,
)
from .tensor import DataType, TensorProto, TensorShapeProto


class VersionDef(Message):
    """Which programs can read a graph."""

    producer: int = int32(1)
    min_consumer: int = int32(2)
    bad_consumers: RepeatedField[int] = int32(3, repeated=True)


class AttrValue(Message):
    """The value of an attribute of a node."""

    class ListValue(Message):
        """Many values of one type."""

        s: RepeatedField[bytes] = bytes_(2, repeated=True)
        i: RepeatedField[int] = int64(3, repeated=True)
        f: RepeatedField[float] = float_(4, repeated=True)
        b: RepeatedField[bool] = bool_(5, repeated=True)
        type: RepeatedField[int] = enum(6, DataType, repeated=True)
        shape: RepeatedField[TensorShapeProto] = message(7, lambda: TensorShapeProto, repeated=True)
        tensor: RepeatedField[TensorProto] = message(8, lambda: TensorProto, repeated=True)
        func: RepeatedField[NameAttrList] = message(9, lambda: NameAttrList, repeated=True)

    list: ListValue = message(1, lambda: AttrValue.ListValue, oneof="value")
    s: bytes = bytes_(2, oneof="value")
    i: int = int64(3, oneof="value")
    f: float = float_(4, oneof="value")
    b: bool = bool_(5, oneof="value")
    type: int = enum(6, DataType, oneof="value")
    shape: TensorShapeProto = message(7, lambda: TensorShapeProto, oneof="value")
    tensor: TensorProto = message(8, lambda: TensorProto, oneof="value")
    placeholder: str = string(9, oneof="value")
    func: NameAttrList = message(10, lambda: NameAttrList, oneof="value")


class NameAttrList(Message):
    """A function by its name, and the attributes it is called with."""

    class AttrEntry(Message):
        """One attribute."""

        key: str = string(1)
        value: AttrValue = message(2, lambda: AttrValue)

    name: str = string(1)
    attr: dict[str, AttrValue] = map_(2, lambda: NameAttrList.AttrEntry)


class NodeDef(Message):
    """One operation. `name` is a path whose parts TensorBoard folds.

    An input is a node's name, with ":K" for its output K, or "^" and a node's name for one that
    only has to run before.
    """

    class AttrEntry(Message):
        """One attribute."""

        key: str = string(1)
        value: AttrValue = message(2, lambda: AttrValue)

    name: str = string(1)
    op: str = string(2)
    input: RepeatedField[str] = string(3, repeated=True)
    device: str = string(4)
    attr: dict[str, AttrValue] = map_(5, lambda: NodeDef.AttrEntry)


class GraphDef(Message):
    """A graph: its edges are the nodes' inputs."""

    node: RepeatedField[NodeDef] = message(1, lambda: NodeDef, repeated=True)
    version: int = int32(3)
    versions: VersionDef = message(4, lambda: VersionDef)


class AllocatorMemoryUsed(Message):
    """How much memory of an allocator was in use."""

    allocator_name: str = string(1)
    total_bytes: int = int64(2)
    peak_bytes: int = int64(3)
    live_bytes: int = int64(4)
    allocator_bytes_in_use: int = int64(5)


class AllocationDescription(Message):
    """A tensor's memory."""

    requested_bytes: int = int64(1)
    allocated_bytes: int = int64(2)
    allocator_name: str = string(3)
    allocation_id: int = int64(4)
    has_single_reference: bool = bool_(5)
    ptr: int = uint64(6)


class TensorDescription(Message):
    """A tensor without its values."""

    dtype: int = enum(1, DataType)
    shape: TensorShapeProto = message(2, lambda: TensorShapeProto)
    allocation_description: AllocationDescription = message(4, lambda: AllocationDescription)


class NodeOutput(Message):
    """Output number `slot` of a node."""

    slot: int = int32(1)
    tensor_description: TensorDescription = message(3, lambda: TensorDescription)


class NodeExecStats(Message):
    """One run of one node: microseconds, those named rel counted from `all_start_micros`."""

    node_name: str = string(1)
    all_start_micros: int = int64(2)
    op_start_rel_micros: int = int64(3)
    op_end_rel_micros: int = int64(4)
    all_end_rel_micros: int = int64(5)
    memory: RepeatedField[AllocatorMemoryUsed] = message(
        6, lambda: AllocatorMemoryUsed, repeated=True
    )
    output: RepeatedField[NodeOutput] = message(7, lambda: NodeOutput, repeated=True)
    timeline_label: str = string(8)
    scheduled_micros: int = int64(9)
    thread_id: int = uint32(10)


class DeviceStepStats(Message):
    """What ran on one device."""

    device: str = string(1)
    node_stats: RepeatedField[NodeExecStats] = message(2, lambda: NodeExecStats, repeated=True)


class StepStats(Message):
    """What ran in one step."""

    dev_stats: RepeatedField[DeviceStepStats] = message(1, lambda: DeviceStepStats, repeated=True)


class RunMetadata(Message):
    """Statistics of one run of a graph."""

    step_stats: StepStats = message(1, lambda: StepStats)
