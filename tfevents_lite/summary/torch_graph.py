"""Graphs of torch modules, by torch.export, or by torch.fx or torch.jit where that can't follow.

torch is never imported: whoever has a module has imported it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .graph_summary import Node, UniqueNames

if TYPE_CHECKING:
    from collections.abc import Iterator


def torch_nodes(module: Any, example: Any = None, strict: bool = True) -> list[Node]:
    """The nodes of what a torch module does with `example`: its input, or a tuple or list of them.

    Boxes are the modules within it, called as torch calls them: `Net/Linear[fc1]`. Without an
    example, torch.fx reads the code, and no shapes are known. What torch.export and torch.fx can't
    follow is run by torch.jit, `strict` or not, and shows what was done with that example. The
    module is evaluated, as for inference, and is then as it was. Raises what torch raises.
    """
    torch = sys.modules["torch"]
    training = module.training
    module.eval()
    try:
        if isinstance(module, torch.jit.ScriptModule):
            return list(_jit_nodes(module, module.inlined_graph))
        if example is None:
            return _fx_nodes(module, None)
        inputs = tuple(example) if isinstance(example, (tuple, list)) else (example,)
        for read in (_exported_nodes, _fx_nodes):
            try:
                return read(module, inputs)
            except Exception:
                continue  # With messages of their own making, that say nothing of the next way.
        traced = torch.jit.trace(module, inputs, strict=strict, check_trace=False)
        return list(_jit_nodes(module, traced.inlined_graph))
    finally:
        module.train(training)


def _exported_nodes(module: Any, inputs: tuple[Any, ...]) -> list[Node]:
    program = sys.modules["torch"].export.export(module, inputs, strict=False)
    signature = program.graph_signature
    # The names in the module of what the graph takes as inputs: "fc1.weight".
    states = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **getattr(signature, "inputs_to_lifted_tensor_constants", {}),
    }
    return list(_nodes_of(module, program.graph, states))


def _fx_nodes(module: Any, inputs: tuple[Any, ...] | None) -> list[Node]:
    traced = sys.modules["torch"].fx.symbolic_trace(module)
    if inputs is not None:
        shape_prop = importlib.import_module("torch.fx.passes.shape_prop")
        shape_prop.ShapeProp(traced).propagate(*inputs)
    return list(_nodes_of(module, traced.graph, {}))


def _nodes_of(module: Any, graph: Any, states: dict[str, str]) -> Iterator[Node]:
    """Each node of a torch.fx graph, under the modules that it belongs to."""
    scopes = _Scopes(module)
    unique = UniqueNames()
    names: dict[Any, str] = {}
    for node in graph.nodes:
        wanted, op = _name_and_op(node, scopes, states)
        names[node] = unique.add(wanted)
        yield Node(
            names[node],
            op,
            list(dict.fromkeys(names[each] for each in node.all_input_nodes)),
            _attributes_of(node),
            output_shapes=_shapes_of(node),
        )


class _Scopes:
    """The path of boxes for each module within a module: its class and its name."""

    def __init__(self, module: Any) -> None:
        self.root = _class_name(module)
        parts = module.named_modules(remove_duplicate=False)
        self._classes = {path: _class_name(part) for path, part in parts}

    def class_of(self, path: str) -> str:
        return self._classes.get(path, "Module")

    def of(self, path: str) -> str:
        """`"features.0"` as `"Net/Sequential[features]/Conv2d[0]"`."""
        scope, so_far = self.root, ""
        for part in path.split(".") if path else []:
            so_far = f"{so_far}.{part}" if so_far else part
            scope += f"/{self.class_of(so_far)}[{part}]"
        return scope


def _class_name(module: Any) -> str:
    """What a module is called, before it was compiled too."""
    name: str = getattr(module, "original_name", type(module).__name__)
    return name


def _name_and_op(node: Any, scopes: _Scopes, states: dict[str, str]) -> tuple[str, str]:
    if node.op == "placeholder":
        if node.name in states:
            path, _, leaf = states[node.name].rpartition(".")
            return f"{scopes.of(path)}/{leaf}", "Parameter"
        return f"input/{node.name}", "Placeholder"
    if node.op == "output":
        return "output/output", "Output"
    if node.op == "get_attr":
        path, _, leaf = str(node.target).rpartition(".")
        return f"{scopes.of(path)}/{leaf}", "Parameter"
    if node.op == "call_module":
        return scopes.of(str(node.target)), scopes.class_of(str(node.target))
    # The innermost module, by its path from the root; each entry is (path, class).
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = str(stack[-1][0]) if stack else ""
    for start in ("L['self'].", "L['self']"):
        path = path.removeprefix(start)
    target = node.target if isinstance(node.target, str) else str(node.target)
    if callable(node.target) and not hasattr(node.target, "_schema"):
        target = getattr(node.target, "__name__", target)
    return f"{scopes.of(path)}/{node.name}", target


def _attributes_of(node: Any) -> dict[str, Any]:
    """The arguments that are no tensors, as the call would have them."""
    if node.op not in ("call_function", "call_method", "call_module"):
        return {}
    arguments = {f"arg{index}": value for index, value in enumerate(node.args)}
    arguments.update(node.kwargs)
    plain = (bool, int, float, str)
    return {
        name: value
        for name, value in arguments.items()
        if isinstance(value, plain)
        or (isinstance(value, (list, tuple)) and all(isinstance(item, plain) for item in value))
    }


def _shapes_of(node: Any) -> list[list[int | None] | None]:
    """The shapes of what a node gives, where they were recorded; a size that varies is None."""
    value = node.meta.get("val", node.meta.get("tensor_meta"))
    several = isinstance(value, (list, tuple)) and not hasattr(value, "shape")
    outputs = value if several else [value]
    if not any(hasattr(output, "shape") for output in outputs):
        return []
    return [
        [size if type(size) is int else None for size in output.shape]
        if hasattr(output, "shape")
        else None
        for output in outputs
    ]


def _jit_nodes(module: Any, graph: Any) -> Iterator[Node]:
    """Each node of a TorchScript graph, without constants, under the modules that it belongs to."""
    scopes = _Scopes(module)
    unique = UniqueNames()
    paths: dict[str, str] = {}  # Of modules, by the value that stands for each.
    sources: dict[str, str] = {}  # The input for each other value.

    def shape_of(value: Any) -> list[int | None] | None:
        return list(value.type().sizes()) if value.isCompleteTensor() else None

    for value in graph.inputs():
        if value.type().kind() == "ClassType":
            paths[value.debugName()] = ""
        else:
            name = sources[value.debugName()] = unique.add(f"input/{value.debugName()}")
            yield Node(name, "Placeholder", output_shapes=[shape_of(value)])
    for node in graph.nodes():
        outputs = list(node.outputs())
        names = [value.debugName() for value in outputs]
        inputs = [value.debugName() for value in node.inputs()]
        if node.kind() == "prim::GetAttr":
            parent, leaf = paths.get(inputs[0], ""), node.s("name")
            if outputs[0].type().kind() == "ClassType":
                paths[names[0]] = f"{parent}.{leaf}" if parent else leaf
                continue
            name = sources[names[0]] = unique.add(f"{scopes.of(parent)}/{leaf}")
            yield Node(name, "Parameter")
            continue
        known = list(dict.fromkeys(sources[value] for value in inputs if value in sources))
        if node.kind().startswith("prim::") and not known:
            continue  # A constant, or a list of them.
        path = node.scopeName().rpartition("/")[2].removeprefix("__module").removeprefix(".")
        name = unique.add(f"{scopes.of(path)}/{node.kind().rpartition('::')[2]}")
        for index, value in enumerate(names):
            sources[value] = f"{name}:{index}" if index else name
        yield Node(name, node.kind(), known, output_shapes=[shape_of(value) for value in outputs])
    results = [
        sources[value.debugName()] for value in graph.outputs() if value.debugName() in sources
    ]
    yield Node("output/output", "Output", results)
