"""Graphs of torch modules, by torch.fx, or by torch.export or torch.jit where that fails.

torch is never imported: the program that has a module has imported it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .graph_summary import Node, unique_name

if TYPE_CHECKING:
    from collections.abc import Iterator


def torch_nodes(module: Any, example: Any = None, strict: bool = True) -> list[Node]:
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
        scope, op = _scope(module, target)
        return scope, op
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
