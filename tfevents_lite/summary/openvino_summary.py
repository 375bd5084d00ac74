"""Graphs of OpenVINO models, read from the XML file of their intermediate representation.

https://docs.openvino.ai/2024/documentation/openvino-ir-format.html has the elements' names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .graph_nodes import Node, graph
from .unique_names import UniqueNames

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ..schema.graph import GraphDef


def openvino_graph(path: str | os.PathLike[str]) -> GraphDef:
    """The graph of an OpenVINO model, given as the path of its XML file.

    Raises ValueError for what is no such file, OSError for one that can't be read.
    """
    from xml.etree import ElementTree

    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"xmlname must be an OpenVINO XML file's path, got {path!r:.80}")
    try:
        net = ElementTree.parse(path).getroot()
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
            _attributes_of(layer),
            output_shapes=[_shape_of(port) for port in layer.findall("./output/port")],
        )
        for layer in layers
    )


def _attributes_of(layer: Element) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for data in layer.findall("./data"):
        attributes.update(data.attrib)
    for port in layer.findall("./output/port"):
        if port.get("precision"):
            attributes.setdefault("precision", port.get("precision"))
    return attributes


def _shape_of(port: Element) -> list[int | None]:
    sizes = [(dim.text or "").strip() for dim in port.findall("./dim")]
    return [int(size) if size.isdecimal() else None for size in sizes]
