"""Graphs of nodes: operations and what flows between them, as TensorFlow's GraphDef."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..schema.graph import AttrValue, GraphDef, NodeDef, VersionDef
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
        raise TypeError(f"model must have a graph, or be a list of its nodes, got {nodes!r:.80}")
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
            f"got {given!r:.80}: {error}"
        ) from None


def _to_node_def(index: int, node: Any) -> NodeDef:
    if isinstance(node, NodeDef):
        return node
    made = from_fields(Node, node, f"graph node {index}")
    if not isinstance(made.name, str) or not made.name:
        raise TypeError(f"name of graph node {index} must be a string, got {made.name!r:.80}")
    try:
        return _encode_node(made)
    except (TypeError, ValueError) as error:
        raise type(error)(f"graph node {made.name!r} can't be shown: {error}") from error


def _encode_node(node: Node) -> NodeDef:
    if isinstance(node.inputs, str):
        raise TypeError(f"inputs must be a list of names, got {node.inputs!r:.80}")
    attributes = [
        NodeDef.AttrEntry(key=str(key), value=_to_attribute(value))
        for key, value in sorted(dict(node.attributes).items())
    ]
    shapes = [_to_shape(shape) for shape in node.output_shapes]
    if shapes:
        value = AttrValue(list=AttrValue.ListValue(shape=shapes))
        attributes.append(NodeDef.AttrEntry(key="_output_shapes", value=value))
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
