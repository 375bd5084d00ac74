"""Graphs of models: TensorFlow's graphs, ONNX's and OpenVINO's files, torch's modules.

ONNX models are read with the package `onnx`, imported when there is one to read. The elements of
OpenVINO's XML are named in https://docs.openvino.ai/2024/documentation/openvino-ir-format.html.
torch's modules are read by torch.fx, or by torch.export or torch.jit if that fails; torch is never
imported: the program that has a module has imported it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..inputs.checks import shown
from ..inputs.user_file import read_file
from ..schema.graph import AttrValue, GraphDef
from ..schema.tensor import DataType
from .graph_summary import Node, graph, unique_name

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        model = _torch_nodes(model, example, strict)
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


def _torch_nodes(module: Any, example: Any = None, strict: bool = True) -> list[Node]:
    """The nodes of what a torch module does with `example`: its input, or a tuple or list of them.

    Boxes are the modules within it, named as torch names them: `Net/Linear[fc1]`. Without an
    example, torch's own modules are nodes, and no shapes are known. A module that neither torch.fx
    nor torch.export can follow is run by torch.jit, `strict` or not, and the graph is of what was
    done with that example. The module is evaluated as for inference, and is left as it was. Raises
    what torch raises.
    """
    torch = sys.modules["torch"]
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        if isinstance(module, torch.jit.ScriptModule):
            return list(_jit_nodes(module, module.inlined_graph))
        if example is None:
            return list(_fx_nodes(module, torch.fx.symbolic_trace(module).graph, {}))
        inputs = tuple(example) if isinstance(example, (tuple, list)) else (example,)
        with suppress(Exception), torch.no_grad():
            return list(_fx_nodes(module, _trace(module, inputs), {}))
        with suppress(Exception):
            program = torch.export.export(module, inputs, strict=False)
            signature = program.graph_signature
            states = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
            states.update(getattr(signature, "inputs_to_lifted_tensor_constants", {}))
            return list(_fx_nodes(module, program.graph, states))
        traced = torch.jit.trace(module, inputs, strict=strict, check_trace=False)
        return list(_jit_nodes(module, traced.inlined_graph))
    finally:
        for part, mode in modes:
            part.training = mode


def _trace(module: Any, inputs: tuple[Any, ...]) -> Any:
    """The torch.fx graph of a module, with what each node gives in its `meta["val"]`.

    torch.fx calls the module with placeholders, which may take it another way than tensors do:
    raises AssertionError if the graph does not give what the module gives.
    """
    torch = sys.modules["torch"]
    tracer = torch.fx.Tracer()
    # Batch normalization looks at the shape of its input, which is not known yet.
    tracer.is_leaf_module = lambda part, path: hasattr(part, "running_mean")
    graph = tracer.trace(module)

    class Interpreter(torch.fx.Interpreter):  # type: ignore[misc, name-defined] # torch is an Any.
        def run_node(self, node: Any) -> Any:
            node.meta["val"] = value = super().run_node(node)
            return value

    result = Interpreter(torch.fx.GraphModule(module, graph)).run(*inputs)
    torch.testing.assert_close(result, module(*inputs), equal_nan=True)
    return graph


def _fx_nodes(module: Any, graph: Any, states: dict[str, str]) -> Iterator[Node]:
    """Each node of a torch.fx graph, within the modules that it belongs to.

    `states` has the names in the module of what the graph takes as inputs: "fc1.weight".
    """
    taken: dict[str, int] = {}
    names: dict[Any, str] = {}
    for node in graph.nodes:
        wanted, op = _name_and_op(module, node, states)
        names[node] = unique_name(wanted, taken)
        inputs = list(dict.fromkeys(names[each] for each in node.all_input_nodes))
        yield Node(names[node], op, inputs, _attributes_of(node), "", _shapes_of(node))


def _name_and_op(module: Any, node: Any, states: dict[str, str]) -> tuple[str, str]:
    target = str(node.target)
    if node.op == "output":
        return "output/output", "Output"
    if node.op == "call_module":
        return _scope(module, target)
    if node.op == "placeholder" and node.name not in states:
        return f"input/{node.name}", "Placeholder"
    if node.op in ("placeholder", "get_attr"):
        path, _, leaf = states.get(node.name, target).rpartition(".")
        return f"{_scope(module, path)[0]}/{leaf}", "Parameter"
    # The innermost module, by its path from the root; each entry is (path, class).
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = str(stack[-1][0]) if stack else ""
    if callable(node.target) and not hasattr(node.target, "_schema"):
        target = getattr(node.target, "__name__", target)
    return f"{_scope(module, path)[0]}/{node.name}", target


def _scope(module: Any, path: str) -> tuple[str, str]:
    """The boxes of a module within a module, by class and name, and its class.

    `"features.0"` is in `"Net/Sequential[features]/Conv2d[0]"`.
    """
    kind = scope = _class_name(module)
    for name in filter(None, path.split(".")):
        module = getattr(module, name)
        kind = _class_name(module)
        scope += f"/{kind}[{name}]"
    return scope, kind


def _class_name(module: Any) -> str:
    """A module's class, that of a scripted one before it was compiled."""
    name: str = getattr(module, "original_name", type(module).__name__)
    return name


def _attributes_of(node: Any) -> dict[str, Any]:
    """The arguments of a call that are no tensors."""
    if node.op not in ("call_function", "call_method", "call_module"):
        return {}
    arguments = {**{f"arg{index}": value for index, value in enumerate(node.args)}, **node.kwargs}
    return {name: value for name, value in arguments.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, (bool, int, float, str)) for item in value)
    return isinstance(value, (bool, int, float, str))


def _shapes_of(node: Any) -> list[list[int | None] | None]:
    """The shapes of what a node gives, if they are known; a size that varies is None."""
    value = node.meta.get("val")
    outputs = value if type(value) in (list, tuple) else [value]
    if not any(hasattr(output, "shape") for output in outputs):
        return []
    return [
        [size if type(size) is int else None for size in output.shape]
        if hasattr(output, "shape")
        else None
        for output in outputs
    ]


def _jit_nodes(module: Any, graph: Any) -> Iterator[Node]:
    """Each node of a TorchScript graph but constants, within the modules that it belongs to."""
    taken: dict[str, int] = {}
    paths: dict[str, str] = {}  # Of modules, by the value that stands for each.
    sources: dict[str, str] = {}  # The input for each other value.
    for value in graph.inputs():
        if value.type().kind() == "ClassType":
            paths[value.debugName()] = ""
        else:
            name = sources[value.debugName()] = unique_name(f"input/{value.debugName()}", taken)
            yield Node(name, "Placeholder", output_shapes=[_jit_shape(value)])
    for node in graph.nodes():
        outputs = list(node.outputs())
        inputs = [value.debugName() for value in node.inputs()]
        if node.kind() == "prim::GetAttr":
            output, parent, leaf = outputs[0].debugName(), paths.get(inputs[0], ""), node.s("name")
            if outputs[0].type().kind() == "ClassType":
                paths[output] = f"{parent}.{leaf}" if parent else leaf
            else:
                name = sources[output] = unique_name(f"{_scope(module, parent)[0]}/{leaf}", taken)
                yield Node(name, "Parameter")
            continue
        known = list(dict.fromkeys(sources[value] for value in inputs if value in sources))
        if node.kind().startswith("prim::") and not known:
            continue  # A constant, or a list of them.
        path = node.scopeName().rpartition("/")[2].removeprefix("__module").removeprefix(".")
        operation = node.kind().rpartition("::")[2]
        name = unique_name(f"{_scope(module, path)[0]}/{operation}", taken)
        for index, value in enumerate(outputs):
            sources[value.debugName()] = f"{name}:{index}" if index else name
        yield Node(name, node.kind(), known, output_shapes=list(map(_jit_shape, outputs)))
    results = [value.debugName() for value in graph.outputs()]
    yield Node("output/output", "Output", [sources[name] for name in results if name in sources])


def _jit_shape(value: Any) -> list[int | None] | None:
    return list(value.type().sizes()) if value.isCompleteTensor() else None
