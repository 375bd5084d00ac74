"""Graphs of torch modules, by `torch.export`, or by `torch.fx` where that can't follow a module.

torch is never imported: whoever has a module has imported it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .graph_summary import Node
from .unique_names import UniqueNames

if TYPE_CHECKING:
    from collections.abc import Iterator


def torch_nodes(module: Any, example: Any = None, strict: bool = True) -> list[Node]:
    """The nodes of what a torch module does with `example`: its input, or a tuple or list of them.

    Boxes are the modules within it, called as torch calls them: `Net/Linear[fc1]`. With `strict`,
    TorchDynamo reads the module's code, where torch.export alone can't follow it. Without an
    example, torch.fx reads the code, and no shapes are known. The module is evaluated, as for
    inference, and is then as it was. Raises what torch raises where it can't follow the module.
    """
    training = module.training
    module.eval()
    try:
        if example is None:
            return _fx_nodes(module, None)
        inputs = tuple(example) if isinstance(example, (tuple, list)) else (example,)
        try:
            return _exported_nodes(module, inputs, strict)
        except Exception:
            try:
                return _fx_nodes(module, inputs)
            except Exception:
                pass
            raise
    finally:
        module.train(training)


def _exported_nodes(module: Any, inputs: tuple[Any, ...], strict: bool) -> list[Node]:
    export = sys.modules["torch"].export.export
    try:
        program = export(module, inputs, strict=False)
    except Exception:
        if not strict:
            raise
        program = export(module, inputs, strict=True)
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
        self.root = type(module).__name__
        self._classes = {
            path: type(part).__name__ for path, part in module.named_modules(remove_duplicate=False)
        }

    def class_of(self, path: str) -> str:
        return self._classes.get(path, "Module")

    def of(self, path: str) -> str:
        """`"features.0"` as `"Net/Sequential[features]/Conv2d[0]"`."""
        scope, so_far = self.root, ""
        for part in path.split(".") if path else []:
            so_far = f"{so_far}.{part}" if so_far else part
            scope += f"/{self.class_of(so_far)}[{part}]"
        return scope


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
