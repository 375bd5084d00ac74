"""Graphs of models: nodes, TensorFlow's graphs, torch's modules, ONNX's and OpenVINO's files.

No framework is imported, and no package of onnx or openvino needed; torch's modules are read by
`torch_graph`.

ONNX is read from the protobuf wire. The field numbers are those of
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, messages ModelProto, GraphProto, NodeProto,
AttributeProto, TensorProto, ValueInfoProto and TypeProto; weights are skipped, not copied. The
elements of OpenVINO's XML are named in
https://docs.openvino.ai/2024/documentation/openvino-ir-format.html.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..inputs.checks import shown
from ..inputs.user_file import read_file
from ..schema.graph import AttrValue, GraphDef
from ..schema.tensor import DataType
from ..wire import wire_format
from .graph_summary import Node, UniqueNames, graph

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    Fields = dict[int, list[Any]]

# By TensorProto.DataType.
_DATA_TYPES = {
    1: DataType.DT_FLOAT, 2: DataType.DT_UINT8, 3: DataType.DT_INT8, 4: DataType.DT_UINT16,
    5: DataType.DT_INT16, 6: DataType.DT_INT32, 7: DataType.DT_INT64, 8: DataType.DT_STRING,
    9: DataType.DT_BOOL, 10: DataType.DT_HALF, 11: DataType.DT_DOUBLE, 12: DataType.DT_UINT32,
    13: DataType.DT_UINT64, 14: DataType.DT_COMPLEX64, 15: DataType.DT_COMPLEX128,
    16: DataType.DT_BFLOAT16,
}  # fmt: skip


def to_graph_def(model: Any, example: Any = None, strict: bool = True) -> GraphDef:
    """The graph of whatever has one.

    `model` is a list of nodes (see `graph`), a GraphDef or the bytes of one, TensorFlow's Graph, an
    ONNX model (its file's path or bytes), OpenVINO's XML file (its path), or a torch module, which
    is then run with the `example`, its inputs, if there is one. Raises TypeError or ValueError.
    """
    if isinstance(model, GraphDef):
        return model
    if callable(getattr(model, "as_graph_def", None)):
        model = model.as_graph_def()
    if callable(getattr(model, "SerializeToString", None)):
        model = model.SerializeToString()
    if isinstance(model, (str, os.PathLike)):
        if os.fspath(model).endswith(".xml"):
            return openvino_graph(model)
        model = read_file(model)
    if isinstance(model, (bytes, bytearray, memoryview)):
        if is_onnx(model):
            return onnx_graph(model)
        try:
            return GraphDef.FromString(bytes(model))
        except ValueError as error:
            raise ValueError(f"model must be an ONNX model or a GraphDef: {error}") from None
    if callable(getattr(model, "named_modules", None)):
        from .torch_graph import torch_nodes

        model = torch_nodes(model, example, strict)
    return graph(model)


def onnx_graph(model: Any) -> GraphDef:
    """The graph of an ONNX model, given as its file's path or bytes.

    Inputs, weights and outputs are nodes of their own, and what is in an If or a Loop is in a box
    of its name. Nodes without a name are called by what they do. Raises ValueError for what is no
    ONNX model, OSError for a file that can't be read.
    """
    if isinstance(model, (str, os.PathLike)):
        model = read_file(model)
    if not isinstance(model, (bytes, bytearray, memoryview)):
        raise TypeError(f"model must be an ONNX file's path or bytes, got {shown(model)}")
    if not is_onnx(model):
        raise ValueError(f"model must be an ONNX model, got bytes that begin {bytes(model[:8])!r}")
    reader = _Reader()
    reader.read_graph(_fields(_fields(memoryview(model))[7][0]), "", {})
    return graph(reader.nodes)


def is_onnx(data: bytes | bytearray | memoryview) -> bool:
    """Whether bytes are an ONNX ModelProto: it has an integer, ir_version, where a GraphDef has its
    nodes, and it has a graph.
    """
    try:
        fields = _fields(memoryview(data))
        return isinstance(fields.get(1, [b""])[0], int) and not isinstance(fields[7][0], int)
    except (wire_format.DecodeError, KeyError, IndexError):
        return False


def _fields(data: Any) -> Fields:
    """What a message holds by field number: integers, and views of bytes, which copy nothing."""
    fields: Fields = {}
    for number, _, value, _ in wire_format.decode_fields(data):
        fields.setdefault(number, []).append(value)
    return fields


def _texts(fields: Fields, number: int) -> list[str]:
    return [str(bytes(value), "utf-8", "replace") for value in fields.get(number, [])]


def _text(fields: Fields, number: int) -> str:
    return "".join(_texts(fields, number)[-1:])


def _integers(fields: Fields, number: int) -> list[int]:
    """Repeated int64, packed or not."""
    integers: list[int] = []
    for value in fields.get(number, []):
        if isinstance(value, int):
            integers.append(wire_format.to_signed(value))
            continue
        at = 0
        while at < len(value):
            integer, at = wire_format.decode_varint(value, at)
            integers.append(wire_format.to_signed(integer))
    return integers


def _floats(fields: Fields, number: int) -> list[float]:
    """Repeated float, packed or not."""
    data = b"".join(bytes(value) for value in fields.get(number, []))
    return [wire_format.unpack_float(data[at : at + 4])[0] for at in range(0, len(data) - 3, 4)]


class _Reader:
    """Reads a graph and the graphs within its nodes."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._names = UniqueNames()

    def read_graph(self, fields: Fields, scope: str, outer: dict[str, str]) -> None:
        """Add a graph's nodes. `outer` has what can be used within it: the input for each value."""
        known = {_text(info, 1): info for info in map(_fields, _all(fields, 11, 12, 13))}
        sources = dict(outer)
        weights = [_fields(tensor) for tensor in fields.get(5, [])]
        for tensor in weights:
            name = _text(tensor, 8)
            sizes, data_type = _integers(tensor, 1), sum(_integers(tensor, 2))
            sources[name] = self._add(
                scope, name, "Const", [], {"dtype": _type(data_type)}, [sizes]
            )
        for info in map(_fields, fields.get(11, [])):
            name = _text(info, 1)
            if name not in sources or name in outer:
                shape, data_type = _type_of(info)
                sources[name] = self._add(
                    scope, name, "Placeholder", [], {"dtype": _type(data_type)}, [shape]
                )
        nodes = [_fields(node) for node in fields.get(1, [])]
        names = [
            self._names.add(scope + (_text(node, 3) or _text(node, 4) or "node")) for node in nodes
        ]
        for node, name in zip(nodes, names):
            for index, output in enumerate(_texts(node, 2)):
                sources[output] = f"{name}:{index}" if index else name
        for node, name in zip(nodes, names):
            self._read_node(node, name, sources, known)
        for info in map(_fields, fields.get(12, [])):
            name = _text(info, 1)
            inputs = [sources[name]] if name in sources else []
            self._add(scope, name, "Output", inputs, {}, [_type_of(info)[0]])

    def _read_node(
        self, node: Fields, name: str, sources: dict[str, str], known: dict[str, Fields]
    ) -> None:
        attributes: dict[str, Any] = {}
        domain = _text(node, 7)
        if domain:
            attributes["domain"] = domain
        for attribute in map(_fields, node.get(5, [])):
            key = _text(attribute, 1)
            subgraphs = _all(attribute, 6, 11)
            for index, subgraph in enumerate(subgraphs):
                scope = f"{name}/{key}_{index}/" if index else f"{name}/{key}/"
                self.read_graph(_fields(subgraph), scope, sources)
            if not subgraphs:
                attributes[key] = _value_of(attribute)
        self.nodes.append(
            Node(
                name,
                _text(node, 4),
                # An input without a name is one that is left out.
                [sources[value] for value in _texts(node, 1) if value in sources],
                attributes,
                output_shapes=[
                    _type_of(known[value])[0] if value in known else None
                    for value in _texts(node, 2)
                ],
            )
        )

    def _add(
        self, scope: str, name: str, op: str, inputs: list[str], attributes: Any, shapes: Any
    ) -> str:
        unique = self._names.add(scope + name)
        self.nodes.append(Node(unique, op, inputs, attributes, output_shapes=shapes))
        return unique


def _all(fields: Fields, *numbers: int) -> list[Any]:
    return [value for number in numbers for value in fields.get(number, [])]


def _type(data_type: int) -> AttrValue:
    return AttrValue(type=_DATA_TYPES.get(data_type, DataType.DT_INVALID))


def _type_of(info: Fields) -> tuple[list[int | None] | None, int]:
    """The shape and the data type of a ValueInfoProto, None and 0 where it has none."""
    for value_type in map(_fields, info.get(2, [])):
        for tensor in map(_fields, value_type.get(1, [])):
            data_type = sum(_integers(tensor, 1))
            for shape in map(_fields, tensor.get(2, [])):
                sizes = [_integers(_fields(dim), 1) for dim in shape.get(1, [])]
                return [size[-1] if size else None for size in sizes], data_type
            return None, data_type
    return None, 0


def _value_of(attribute: Fields) -> Any:
    """What an AttributeProto holds, by its type, or by what is there if it has none."""
    tensors = [_fields(tensor) for tensor in _all(attribute, 5, 10)]
    if tensors:
        return ", ".join(f"tensor {_integers(tensor, 1)}" for tensor in tensors)
    lists: list[list[Any]] = [
        *(_floats(attribute, 7), _integers(attribute, 8), _texts(attribute, 9))
    ]
    by_type: dict[int, list[Any]] = {
        1: _floats(attribute, 2) or [0.0],
        2: _integers(attribute, 3) or [0],
        3: _texts(attribute, 4) or [""],
    }
    type_number = sum(_integers(attribute, 20))
    if type_number in by_type:
        return by_type[type_number][-1]
    return next(filter(None, lists), [])


def openvino_graph(path: str | os.PathLike[str]) -> GraphDef:
    """The graph of an OpenVINO model, given as the path of its XML file.

    Raises ValueError for what is no such file, OSError for one that can't be read.
    """
    from xml.etree import ElementTree

    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"xmlname must be an OpenVINO XML file's path, got {shown(path)}")
    try:
        net = ElementTree.fromstring(read_file(path))
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} must be an OpenVINO model's XML file: {error}") from None
    layers = net.findall("./layers/layer")
    if net.tag != "net" or not layers:
        raise ValueError(f"{path} must be an OpenVINO model's XML file, it is a <{net.tag}>")
    unique = UniqueNames()
    names = {layer.get("id"): unique.add(layer.get("name") or "layer") for layer in layers}
    outputs = {
        (layer.get("id"), port.get("id")): index
        for layer in layers
        for index, port in enumerate(layer.findall("./output/port"))
    }
    inputs: dict[str | None, list[tuple[int, str]]] = {}
    for edge in net.findall("./edges/edge"):
        source = edge.get("from-layer")
        if source not in names or edge.get("to-layer") not in names:
            raise ValueError(f"{path} has an edge between layers that it has not: {edge.attrib}")
        index = outputs.get((source, edge.get("from-port")), 0)
        name = f"{names[source]}:{index}" if index else names[source]
        inputs.setdefault(edge.get("to-layer"), []).append((int(edge.get("to-port") or 0), name))
    return graph(
        Node(
            names[layer.get("id")],
            layer.get("type") or "",
            [name for _, name in sorted(inputs.get(layer.get("id"), []))],
            _layer_attributes(layer),
            output_shapes=[_port_shape(port) for port in layer.findall("./output/port")],
        )
        for layer in layers
    )


def _layer_attributes(layer: Element) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for data in layer.findall("./data"):
        attributes.update(data.attrib)
    for port in layer.findall("./output/port"):
        if port.get("precision"):
            attributes.setdefault("precision", port.get("precision"))
    return attributes


def _port_shape(port: Element) -> list[int | None]:
    sizes = [(dim.text or "").strip() for dim in port.findall("./dim")]
    return [int(size) if size.isdecimal() else None for size in sizes]
