"""Graphs from whatever has one: nodes, TensorFlow, ONNX, OpenVINO, torch."""

from __future__ import annotations

import os

from ..schema.graph import GraphDef
from .graph_nodes import graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
            from .openvino_summary import openvino_graph

            return openvino_graph(model)
        with open(model, "rb") as file:
            model = file.read()
    if isinstance(model, (bytes, bytearray, memoryview)):
        from .onnx_summary import is_onnx, onnx_graph

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
