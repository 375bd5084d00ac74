"""`graph` and `run_metadata`: nodes, and what running them took."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.protobuf import text_format
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef

import tfevents_lite as tfe
from tfevents_lite.summary import Node, NodeStats

from ..oracles.tensorboard import TensorBoardServer

NODES = [
    Node("input/x", "Placeholder", output_shapes=[[None, 28, 28]]),
    Node("net/fc/weight", "Parameter", attributes={"trained": True}, output_shapes=[[784, 10]]),
    Node(
        "net/fc/MatMul",
        "MatMul",
        ["input/x", "net/fc/weight"],
        {"rate": 0.5, "size": 3, "name": "ü", "raw": b"\xff", "list": [1, 2], "mixed": [1, "a"]},
        "/device:GPU:0",
        [[None, 10], None],
    ),
    Node("net/out", "Identity", ["net/fc/MatMul:1", "^input/x"]),
]


def peer(graph: Any) -> GraphDef:
    """The graph as TensorBoard's own messages read it."""
    return GraphDef.FromString(graph.SerializeToString())


def test_every_field_of_a_node_is_written() -> None:
    """Names, inputs, attributes of all types, device and shapes are where TensorBoard has them."""
    graph = peer(tfe.summary.graph(NODES))
    assert [(node.name, node.op) for node in graph.node] == [(n.name, n.op) for n in NODES]
    product = graph.node[2]
    assert list(product.input) == ["input/x", "net/fc/weight"]
    assert product.device == "/device:GPU:0"
    attributes = product.attr
    assert attributes["rate"].f == 0.5
    assert attributes["size"].i == 3
    assert attributes["name"].s == "ü".encode()
    assert attributes["raw"].s == b"\xff"
    assert list(attributes["list"].list.i) == [1, 2]
    assert list(attributes["mixed"].list.s) == [b"1", b"a"]
    assert graph.node[1].attr["trained"].b is True
    known, unknown = attributes["_output_shapes"].list.shape
    assert [dim.size for dim in known.dim] == [-1, 10]
    assert unknown.unknown_rank


@pytest.mark.parametrize("form", [tuple, Node._asdict, lambda node: node])
def test_nodes_may_be_tuples_or_dicts(form: Any) -> None:
    """A node's fields may be given in a tuple or by name."""
    assert tfe.summary.graph(map(form, NODES)) == tfe.summary.graph(NODES)


@pytest.mark.parametrize(
    ("nodes", "error", "problem"),
    [
        ([("a",), ("a",)], ValueError, "graph node 'a' is given twice"),
        ([("a", "Op", ["b"])], ValueError, "input 'b' of graph node 'a' is no node"),
        ([("a", "Op", ["b:0"])], ValueError, "input 'b:0' of graph node 'a' is no node"),
        ([{"nam": "a"}], TypeError, "graph node 0 must be a Node"),
        ([("",)], TypeError, "name of graph node 0 must be a string"),
        ([(3,)], TypeError, "name of graph node 0 must be a string, got 3"),
        ([], ValueError, "a graph must have at least one node"),
        (3, TypeError, "model must have a graph, or be a list of its nodes, got 3"),
    ],
)
def test_what_is_no_graph_is_refused(nodes: Any, error: type[Exception], problem: str) -> None:
    """The error says which node, and what is wrong with it."""
    with pytest.raises(error, match=re.escape(problem)):
        tfe.summary.graph(nodes)


def test_a_graphs_bytes_and_messages_are_taken() -> None:
    """A GraphDef of ours, of TensorBoard's and in bytes gives the same graph."""
    graph = tfe.summary.graph(NODES)
    for source in (graph, peer(graph), graph.SerializeToString()):
        assert peer(tfe.summary.to_graph_def(source)) == peer(graph)


def test_graphs_and_statistics_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """The Graphs page gets the nodes, and under its tag what running them took."""
    folder = tensorboard.new_run("graph")
    stats = [
        NodeStats("net/fc/MatMul", 100, 250, 4096, "/device:GPU:0", [[2, 10]]),
        NodeStats("net/out", 360, 5),
    ]
    with tfe.SummaryWriter(folder) as writer:
        writer.add_graph(NODES)
        writer.add_run_metadata(stats, "step 1", 1)
    tensorboard.reload()
    info = tensorboard.graph_info()[folder.name]
    assert info["run_graph"] is True
    assert info["tags"]["step 1"]["profile"] is True
    served = text_format.Parse(tensorboard.graph(folder.name), GraphDef())
    assert served == peer(tfe.summary.graph(NODES))
    answer = tensorboard.get(
        "data/plugin/graphs/run_metadata", run=folder.name, tag="step 1"
    ).body.decode()
    gpu, cpu = text_format.Parse(answer, RunMetadata()).step_stats.dev_stats
    assert (gpu.device, cpu.device) == ("/device:GPU:0", "/device:CPU:0")
    (product,) = gpu.node_stats
    assert (product.node_name, product.all_start_micros) == ("net/fc/MatMul", 100)
    assert (product.all_end_rel_micros, product.memory[0].total_bytes) == (250, 4096)
    shape = product.output[0].tensor_description.shape
    assert [dim.size for dim in shape.dim] == [2, 10]
    assert cpu.node_stats[0].all_end_rel_micros == 5


def test_statistics_of_other_makes() -> None:
    """A RunMetadata of TensorBoard's and its bytes are written as they are."""
    theirs = RunMetadata()
    theirs.step_stats.dev_stats.add(device="x")
    assert tfe.summary.to_run_metadata(theirs) == theirs.SerializeToString()
    assert tfe.summary.to_run_metadata(theirs.SerializeToString()) == theirs.SerializeToString()
    with pytest.raises(TypeError, match="run_metadata must be a RunMetadata or NodeStats, got 3"):
        tfe.summary.to_run_metadata(3)
    with pytest.raises(
        ValueError, match="statistics of 'a' can't be shown: times and memory must not be negative"
    ):
        tfe.summary.run_metadata([("a", 0, -1)])
