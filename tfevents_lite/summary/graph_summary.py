"""Graphs: operations, the tensors that flow between them, and what running them took.

A graph is TensorFlow's GraphDef, a list of nodes. A RunMetadata has their times and memory, by
which TensorBoard's Graphs page colours them. This module does not know the models of any framework:
`graph_models` reads those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..inputs.checks import shown
from ..schema.graph import (
    AttrValue,
    DeviceStepStats,
    GraphDef,
    NodeDef,
    NodeExecStats,
    RunMetadata,
    StepStats,
    VersionDef,
)

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

    Raises TypeError or ValueError for a name that is missing or given twice, and for an input that
    is no node.

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
            node, _, output = name.rpartition(":")
            node = (node if output.isdecimal() else name).removeprefix("^")
            if node not in names and name not in names:
                raise ValueError(f"input {name!r} of graph node {definition.name!r} is no node")
    return GraphDef(node=definitions, versions=VersionDef(producer=_PRODUCER))


def _from_fields(kind: type[Named], given: Any, what: str) -> Named:
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


def _to_node_def(index: int, given: Any) -> NodeDef:
    if isinstance(given, NodeDef):
        return given
    node = _from_fields(Node, given, f"graph node {index}")
    if not isinstance(node.name, str) or not node.name:
        raise TypeError(f"name of graph node {index} must be a string, got {shown(node.name)}")
    try:
        if isinstance(node.inputs, str):
            raise TypeError(f"inputs must be a list of names, got {shown(node.inputs)}")
        attributes = {
            str(key): _to_attribute(value) for key, value in dict(node.attributes).items()
        }
        shapes = [_to_shape(shape) for shape in node.output_shapes]
        if shapes:
            attributes["_output_shapes"] = AttrValue(list=AttrValue.ListValue(shape=shapes))
        return NodeDef(
            name=node.name, op=node.op, input=node.inputs, device=node.device, attr=attributes
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"graph node {node.name!r} can't be shown: {error}") from error


def _to_shape(shape: Sequence[int | None] | None) -> Any:
    if shape is None:
        return {"unknown_rank": True}
    return {"dim": [{"size": -1 if size is None else size} for size in shape]}


def _to_attribute(value: Any) -> AttrValue:
    """A value as an attribute: a number, string, bool, or list of one of these; or its `str`."""
    if isinstance(value, AttrValue):
        return value
    items = value if isinstance(value, (list, tuple)) else [value]
    kinds = set(map(_field_of, items))
    kind = kinds.pop() if len(kinds) == 1 else "f" if kinds == {"i", "f"} else "s"
    found: list[Any] = [_encode(item) for item in items] if kind == "s" else list(items)
    if items is value:
        return AttrValue(list=AttrValue.ListValue(**{kind: found}))
    return AttrValue(**{kind: found[0]})


def _field_of(value: Any) -> str:
    """The field of AttrValue that holds a value."""
    if isinstance(value, bool):
        return "b"
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return "i"
    return "f" if isinstance(value, float) else "s"


def _encode(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "backslashreplace")


def unique_name(wanted: str, taken: dict[str, int]) -> str:
    """A name that no node has yet: the wanted one, without empty parts, or with a number.

    `taken` counts the names that were given out.

    >>> taken = {}
    >>> unique_name("add", taken), unique_name("add", taken), unique_name("/fc/Gemm", taken)
    ('add', 'add_1', 'fc/Gemm')
    """
    base = name = "/".join(filter(None, wanted.split("/"))) or "unnamed"
    while name in taken:
        taken[base] += 1
        name = f"{base}_{taken[base]}"
    taken[name] = 0
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
        node = _from_fields(NodeStats, given, f"statistics {index}")
        try:
            device = devices.setdefault(node.device, DeviceStepStats(device=node.device))
            device.node_stats.append(_to_exec_stats(node))
        except (TypeError, ValueError, OverflowError) as error:
            refused = TypeError if isinstance(error, TypeError) else ValueError
            raise refused(f"statistics of {shown(node.name)} can't be shown: {error}") from error
    return RunMetadata(step_stats=StepStats(dev_stats=devices.values()))


def _to_exec_stats(stats: NodeStats) -> NodeExecStats:
    start, duration, size = map(int, stats[1:4])
    if min(start, duration, size) < 0:
        raise ValueError(f"times and memory must not be negative, got {tuple(stats)}")
    memory: Any = {"allocator_name": "", "total_bytes": size, "peak_bytes": size}
    output: list[Any] = [
        {"slot": slot, "tensor_description": {"shape": _to_shape(shape)}}
        for slot, shape in enumerate(stats.output_shapes)
    ]
    return NodeExecStats(
        node_name=stats.name,
        all_start_micros=start,
        op_end_rel_micros=duration,
        all_end_rel_micros=duration,
        memory=[memory] if size else [],
        output=output,
    )


def to_run_metadata(value: Any) -> bytes:
    """The bytes of a RunMetadata: a message of any make, its bytes, or NodeStats in a list."""
    if callable(getattr(value, "SerializeToString", None)):
        encoded: bytes = value.SerializeToString()
        return encoded
    if isinstance(value, (bytes, bytearray, memoryview)):
        try:
            return RunMetadata.FromString(bytes(value)).SerializeToString()
        except ValueError as error:
            raise ValueError(f"run_metadata must be a RunMetadata: {error}") from None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"run_metadata must be a RunMetadata or NodeStats, got {shown(value)}")
    return run_metadata(value).SerializeToString()
