"""Graphs of models: nodes, TensorFlow's graphs, torch's modules, ONNX's and OpenVINO's files.

ONNX models are read with the package `onnx`, imported when there is one to read; `torch_graph`
reads torch's modules. The elements of OpenVINO's XML are named in
https://docs.openvino.ai/2024/documentation/openvino-ir-format.html.
"""

from __future__ import annotations

import os
from typing import Any

from ..inputs.checks import shown
from ..inputs.user_file import read_file
from ..schema.graph import AttrValue, GraphDef
from ..schema.tensor import DataType
from .graph_summary import Node, graph, unique_name

# By ONNX's TensorProto.DataType.
_DATA_TYPES = {
    1: DataType.DT_FLOAT, 2: DataType.DT_UINT8, 3: DataType.DT_INT8, 4: DataType.DT_UINT16,
    5: DataType.DT_INT16, 6: DataType.DT_INT32, 7: DataType.DT_INT64, 8: DataType.DT_STRING,
    9: DataType.DT_BOOL, 10: DataType.DT_HALF, 11: DataType.DT_DOUBLE, 12: DataType.DT_UINT32,
    13: DataType.DT_UINT64, 14: DataType.DT_COMPLEX64, 15: DataType.DT_COMPLEX128,
    16: DataType.DT_BFLOAT16,
}  # fmt: skip


def to_graph_def(model: Any, example: Any = None, strict: bool = True) -> GraphDef:
    """Convert a model to a GraphDef.

    `model` is a list of nodes (see `graph`), a GraphDef or the bytes of one, TensorFlow's Graph, an
    ONNX model (its file's path or bytes), OpenVINO's XML file (its path), or a torch module, which
    is then run with `example`, its inputs, if that is given. Raises TypeError or ValueError.
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
        # ONNX's ModelProto begins with an integer, its ir_version; a GraphDef has none there.
        if model[:1] == b"\x08":
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
    """The graph of an ONNX model, given as its file's path or bytes. Needs the package `onnx`.

    Inputs, weights and outputs are nodes, too. The nodes of an If or a Loop are in a box of its
    name. A node without a name has that of its operation. Raises ValueError for what is no ONNX
    model, OSError for a file that can't be read, ImportError without the package.
    """
    if isinstance(model, (str, os.PathLike)):
        model = read_file(model)
    if not isinstance(model, (bytes, bytearray, memoryview)):
        raise TypeError(f"model must be an ONNX file's path or bytes, got {shown(model)}")
    try:
        from onnx import ModelProto
    except ImportError:
        raise ImportError("an ONNX model needs onnx: pip install onnx", name="onnx") from None
    problem = ""
    try:
        parsed = ModelProto.FromString(bytes(model))
    except Exception as error:  # protobuf's DecodeError.
        parsed, problem = ModelProto(), f": {error}"
    if not parsed.HasField("graph"):
        begin = bytes(model[:8])
        raise ValueError(f"model must be an ONNX model, got bytes that begin {begin!r}{problem}")
    return graph(_onnx_nodes(parsed.graph, "", {}, {}))


def _onnx_nodes(
    onnx_graph: Any, scope: str, outer: dict[str, str], taken: dict[str, int]
) -> list[Node]:
    """The nodes of an ONNX graph and of the graphs within its nodes.

    `outer` has what can be used within it: the input for each value's name.
    """
    nodes: list[Node] = []
    sources = dict(outer)
    infos = [*onnx_graph.input, *onnx_graph.output, *onnx_graph.value_info]
    shapes = {info.name: _onnx_shape(info.type.tensor_type) for info in infos}

    def add(name: str, op: str, inputs: list[str], shape: Any, data_type: int) -> None:
        """Add a node that stands for one value."""
        unique = unique_name(scope + name, taken)
        dtype = AttrValue(type=_DATA_TYPES.get(data_type, DataType.DT_INVALID))
        nodes.append(Node(unique, op, inputs, {"dtype": dtype}, output_shapes=[shape]))
        sources[name] = unique

    for tensor in onnx_graph.initializer:
        add(tensor.name, "Const", [], list(tensor.dims), tensor.data_type)
    weights = {tensor.name for tensor in onnx_graph.initializer}
    for info in onnx_graph.input:
        if info.name not in weights:  # Old models list their weights as inputs, too.
            kind = info.type.tensor_type.elem_type
            add(info.name, "Placeholder", [], shapes[info.name], kind)
    names = [unique_name(scope + (n.name or n.op_type or "node"), taken) for n in onnx_graph.node]
    for node, name in zip(onnx_graph.node, names):
        for index, output in enumerate(node.output):
            sources[output] = f"{name}:{index}" if index else name
    for node, name in zip(onnx_graph.node, names):
        attributes: dict[str, Any] = {"domain": node.domain} if node.domain else {}
        for attribute in node.attribute:
            subgraphs = [attribute.g] if attribute.HasField("g") else attribute.graphs
            for index, subgraph in enumerate(subgraphs):
                box = f"{name}/{attribute.name}_{index}/" if index else f"{name}/{attribute.name}/"
                nodes += _onnx_nodes(subgraph, box, sources, taken)
            if not subgraphs:
                attributes[attribute.name] = _onnx_value(attribute)
        # An input without a name is one that is left out.
        inputs = [sources[value] for value in node.input if value in sources]
        output_shapes = [shapes.get(value) for value in node.output]
        nodes.append(Node(name, node.op_type, inputs, attributes, output_shapes=output_shapes))
    for info in onnx_graph.output:
        inputs = [sources[info.name]] if info.name in sources else []
        add(info.name, "Output", inputs, shapes[info.name], info.type.tensor_type.elem_type)
    return nodes


def _onnx_shape(tensor_type: Any) -> list[int | None] | None:
    if not tensor_type.HasField("shape"):
        return None
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor_type.shape.dim]


def _onnx_value(attribute: Any) -> Any:
    """What an AttributeProto holds; of tensors, their shapes."""
    from onnx.helper import get_attribute_value

    value = get_attribute_value(attribute)
    tensors = value if isinstance(value, list) else [value]
    if tensors and hasattr(tensors[0], "dims"):
        return ", ".join(f"tensor {list(tensor.dims)}" for tensor in tensors)
    return value


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
    layers = {layer.get("id"): layer for layer in net.findall("./layers/layer")}
    if net.tag != "net" or not layers:
        raise ValueError(f"{path} must be an OpenVINO model's XML file, it is a <{net.tag}>")
    taken: dict[str, int] = {}
    names = {key: unique_name(layer.get("name") or "layer", taken) for key, layer in layers.items()}
    inputs: dict[str | None, list[tuple[int, str]]] = {key: [] for key in layers}
    for edge in net.findall("./edges/edge"):
        source, target = edge.get("from-layer"), edge.get("to-layer")
        if source not in layers or target not in layers:
            raise ValueError(f"{path} has an edge of a layer that it does not have: {edge.attrib}")
        outputs = [port.get("id") for port in layers[source].findall("./output/port")]
        output = edge.get("from-port")
        index = outputs.index(output) if output in outputs else 0
        name = f"{names[source]}:{index}" if index else names[source]
        inputs[target].append((int(edge.get("to-port") or 0), name))
    nodes = []
    for key, layer in layers.items():
        attributes = {name: text for data in layer.findall("./data") for name, text in data.items()}
        ports = layer.findall("./output/port")
        for precision in filter(None, [port.get("precision") for port in ports]):
            attributes.setdefault("precision", precision)
        shapes = [[_openvino_size(dim.text) for dim in port.findall("./dim")] for port in ports]
        sources = [name for _, name in sorted(inputs[key])]
        nodes.append(Node(names[key], layer.get("type") or "", sources, attributes, "", shapes))
    return graph(nodes)


def _openvino_size(text: str | None) -> int | None:
    size = (text or "").strip()
    return int(size) if size.isdecimal() else None
