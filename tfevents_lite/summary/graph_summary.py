"""Graphs: operations and the tensors that flow between them, and what running them took.

A graph is TensorFlow's GraphDef, made of nodes; TensorBoard's Graphs page colours it by the times
and the memory in a RunMetadata. This module knows nodes; which models they are taken from is
`graph_models`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..inputs.checks import shown
from ..schema.graph import (
    AllocatorMemoryUsed,
    AttrValue,
    DeviceStepStats,
    GraphDef,
    NodeDef,
    NodeExecStats,
    NodeOutput,
    RunMetadata,
    StepStats,
    TensorDescription,
    VersionDef,
)
from ..schema.tensor import TensorShapeProto

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Named = TypeVar("Named", bound=tuple[Any, ...])

# The version of GraphDef that TensorBoard's page, and torch's graphs, are made for.
_PRODUCER = 22


class Node(NamedTuple):
    """One operation of a graph.

    `name` is a path: TensorBoard folds what is before each `/` into one box. `inputs` are names of
    other nodes, `name:1` being the second output, `^name` one that only has to run before.
    `attributes` are shown in the node's card, `output_shapes` (a shape, or None, an output; a size
    may be None) at the arrows that leave it. `device` colours it.
    """

    name: str
    op: str = ""
    inputs: Sequence[str] = ()
    attributes: Mapping[str, Any] = {}
    device: str = ""
    output_shapes: Sequence[Sequence[int | None] | None] = ()


def graph(nodes: Iterable[Any]) -> GraphDef:
    """A graph from its nodes, in any order: each a Node, its fields in a tuple or a dict.

    Raises TypeError or ValueError for a name that is missing or given twice, and for inputs that
    are no nodes.

    >>> graph([Node("x", "Input"), Node("net/add", "Add", ["x", "x"])]).node[1].input
    ['x', 'x']
    """
    if isinstance(nodes, (str, bytes)) or not hasattr(nodes, "__iter__"):
        raise TypeError(f"model must have a graph, or be a list of its nodes, got {shown(nodes)}")
    definitions = [_to_node_def(index, node) for index, node in enumerate(nodes)]
    if not definitions:
        raise ValueError("a graph must have at least one node, got none")
    names: set[str] = set()
    for definition in definitions:
        if definition.name in names:
            raise ValueError(f"graph node {definition.name!r} is given twice")
        names.add(definition.name)
    for definition in definitions:
        for name in definition.input:
            if name not in names and _node_of(name) not in names:
                raise ValueError(f"input {name!r} of graph node {definition.name!r} is no node")
    return GraphDef(node=definitions, versions=VersionDef(producer=_PRODUCER))


def _node_of(name: str) -> str:
    """The node that an input's name refers to."""
    base, colon, output = name.rpartition(":")
    return (base if colon and output.isdecimal() else name).removeprefix("^")


def from_fields(kind: type[Named], given: Any, what: str) -> Named:
    """A named tuple from one, or from its fields in a tuple or dict. Raises TypeError."""
    try:
        if isinstance(given, (str, bytes)):
            raise TypeError("a string has no fields")
        return kind(**given) if hasattr(given, "keys") else kind(*given)
    except TypeError as error:
        raise TypeError(
            f"{what} must be a {kind.__name__}, or its fields in a tuple or dict, "
            f"got {shown(given)}: {error}"
        ) from None


def _to_node_def(index: int, node: Any) -> NodeDef:
    if isinstance(node, NodeDef):
        return node
    made = from_fields(Node, node, f"graph node {index}")
    if not isinstance(made.name, str) or not made.name:
        raise TypeError(f"name of graph node {index} must be a string, got {shown(made.name)}")
    try:
        return _encode_node(made)
    except (TypeError, ValueError) as error:
        raise type(error)(f"graph node {made.name!r} can't be shown: {error}") from error


def _encode_node(node: Node) -> NodeDef:
    if isinstance(node.inputs, str):
        raise TypeError(f"inputs must be a list of names, got {shown(node.inputs)}")
    attributes = {str(key): _to_attribute(value) for key, value in dict(node.attributes).items()}
    shapes = [_to_shape(shape) for shape in node.output_shapes]
    if shapes:
        attributes["_output_shapes"] = AttrValue(list=AttrValue.ListValue(shape=shapes))
    return NodeDef(
        name=node.name, op=node.op, input=node.inputs, device=node.device, attr=attributes
    )


def _to_shape(shape: Sequence[int | None] | None) -> TensorShapeProto:
    if shape is None:
        return TensorShapeProto(unknown_rank=True)
    return TensorShapeProto(
        dim=[TensorShapeProto.Dim(size=-1 if size is None else size) for size in shape]
    )


def _to_attribute(value: Any) -> AttrValue:
    """A value as an attribute: a number, string, bool, or list of one of these; or its `str`."""
    if isinstance(value, AttrValue):
        return value
    attribute = AttrValue()
    if isinstance(value, (list, tuple)):
        kinds = {_kind_of(item) for item in value}
        kind = next(iter(kinds)) if len(kinds) == 1 else "f" if kinds == {"i", "f"} else "s"
        attribute.list.SetInParent()
        setattr(attribute.list, kind, [_encode(item) if kind == "s" else item for item in value])
    else:
        kind = _kind_of(value)
        setattr(attribute, kind, _encode(value) if kind == "s" else value)
    return attribute


def _kind_of(value: Any) -> str:
    """The field of AttrValue for a value."""
    if isinstance(value, bool):
        return "b"
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return "i"
    return "f" if isinstance(value, float) else "s"


def _encode(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "backslashreplace")


class UniqueNames:
    """Gives each node of a model a unique name: its own, with a number if that is taken.

    >>> names = UniqueNames()
    >>> names.add("add"), names.add("add"), names.add("/fc/Gemm")
    ('add', 'add_1', 'fc/Gemm')
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, wanted: str) -> str:
        """Return `wanted` if it is free, or else with a number; without empty parts."""
        base = "/".join(part for part in wanted.split("/") if part) or "unnamed"
        name = base
        while name in self._counts:
            self._counts[base] += 1
            name = f"{base}_{self._counts[base]}"
        self._counts[name] = 0
        return name


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
            raise refused(f"statistics of {shown(made.name)} can't be shown: {error}") from error
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
        raise TypeError(f"run_metadata must be a RunMetadata or NodeStats, got {shown(value)}")
    return run_metadata(value).SerializeToString()
