"""Graphs of ONNX, OpenVINO, torch and TensorFlow, as their own packages have made them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorboard.compat.proto.graph_pb2 import GraphDef

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer


def peer(graph: Any) -> GraphDef:
    """The graph as TensorBoard's own messages read it."""
    return GraphDef.FromString(graph.SerializeToString())


# OpenVINO.

OPENVINO = """<?xml version="1.0"?>
<net name="model" version="11">
  <layers>
    <layer id="0" name="x" type="Parameter" version="opset1">
      <data shape="?,4" element_type="f32" />
      <output><port id="0" precision="FP32"><dim>-1</dim><dim>4</dim></port></output>
    </layer>
    <layer id="1" name="split" type="Split" version="opset1">
      <data num_splits="2" />
      <input><port id="0" /></input>
      <output>
        <port id="1" precision="FP32"><dim>-1</dim><dim>2</dim></port>
        <port id="2" precision="FP32"><dim>-1</dim><dim>2</dim></port>
      </output>
    </layer>
    <layer id="2" name="split" type="Subtract" version="opset1">
      <input><port id="0" /><port id="1" /></input>
      <output><port id="2" precision="FP32"><dim>-1</dim><dim>2</dim></port></output>
    </layer>
  </layers>
  <edges>
    <edge from-layer="0" from-port="0" to-layer="1" to-port="0" />
    <edge from-layer="1" from-port="1" to-layer="2" to-port="1" />
    <edge from-layer="1" from-port="2" to-layer="2" to-port="0" />
  </edges>
</net>
"""


def test_openvino_models(tmp_path: Path) -> None:
    """Layers are nodes with names of their own, inputs in the order of their ports."""
    path = tmp_path / "model.xml"
    path.write_text(OPENVINO)
    x, split, difference = peer(tfe.summary.openvino_graph(path)).node
    assert [(node.name, node.op) for node in (x, split, difference)] == [
        ("x", "Parameter"),
        ("split", "Split"),
        ("split_1", "Subtract"),
    ]
    assert list(split.input) == ["x"]
    assert list(difference.input) == ["split:1", "split"]
    assert split.attr["num_splits"].s == b"2"
    (shape,) = x.attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [-1, 4]
    assert tfe.summary.to_graph_def(path) == tfe.summary.openvino_graph(path)


@pytest.mark.parametrize("text", ["", "<net/>", "<a><layers/></a>", "not xml"])
def test_what_is_no_openvino_model_is_refused(text: str, tmp_path: Path) -> None:
    """The error names the file and says what it must be."""
    path = tmp_path / "model.xml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"model\.xml must be an OpenVINO model's XML file"):
        tfe.summary.openvino_graph(path)


def test_openvino_models_are_served(tensorboard: TensorBoardServer, tmp_path: Path) -> None:
    """add_openvino_graph shows the layers."""
    path = tmp_path / "model.xml"
    path.write_text(OPENVINO)
    folder = tensorboard.new_run("openvino")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_openvino_graph(path)
    tensorboard.reload()
    served = text_format.Parse(tensorboard.graph(folder.name), GraphDef())
    assert served == peer(tfe.summary.openvino_graph(path))


# ONNX.


def onnx_model() -> bytes:
    """A model by the onnx package: weights, a name twice, a subgraph, attributes of all types."""
    onnx = pytest.importorskip("onnx")
    helper, numbers = onnx.helper, onnx.TensorProto
    then = helper.make_graph(
        [helper.make_node("Add", ["sum", "sum"], ["twice"])],
        "then",
        [],
        [helper.make_tensor_value_info("twice", numbers.FLOAT, None)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["y"], name="/body/Conv", kernel_shape=[3, 3]),
            helper.make_node("Split", ["y"], ["left", "right"], axis=1),
            helper.make_node("Add", ["left", "right"], ["sum"], name="/body/Conv"),
            helper.make_node("If", ["flag"], ["z"], name="choice", then_branch=then),
            helper.make_node(
                "Custom", ["", "z"], ["out"], domain="my.ops",
                ratio=0.25, label="é", weights=[0.5, 1.5], names=["a", "b"],
                value=helper.make_tensor("t", numbers.INT64, [2], [1, -1]),
            ),
        ],
        "main",
        [
            helper.make_tensor_value_info("x", numbers.FLOAT, ["batch", 1, 8, 8]),
            helper.make_tensor_value_info("flag", numbers.BOOL, []),
        ],
        [helper.make_tensor_value_info("out", numbers.FLOAT16, None)],
        [helper.make_tensor("w", numbers.FLOAT, [2, 1, 3, 3], [0.5] * 18)],
        value_info=[helper.make_tensor_value_info("y", numbers.FLOAT, ["batch", 2, 6, 6])],
    )  # fmt: skip
    data: bytes = helper.make_model(graph).SerializeToString()
    return data


def test_onnx_models() -> None:
    """What the onnx package wrote is read with every edge, shape, type and attribute."""
    graph = peer(tfe.summary.onnx_graph(onnx_model()))
    nodes = {node.name: node for node in graph.node}
    assert {name: (node.op, list(node.input)) for name, node in nodes.items()} == {
        "w": ("Const", []),
        "x": ("Placeholder", []),
        "flag": ("Placeholder", []),
        "body/Conv": ("Conv", ["x", "w"]),
        "Split": ("Split", ["body/Conv"]),
        "body/Conv_1": ("Add", ["Split", "Split:1"]),
        "choice/then_branch/Add": ("Add", ["body/Conv_1", "body/Conv_1"]),
        "choice/then_branch/twice": ("Output", ["choice/then_branch/Add"]),
        "choice": ("If", ["flag"]),
        "Custom": ("Custom", ["choice"]),
        "out": ("Output", ["Custom"]),
    }

    def shape_of(name: str) -> list[int]:
        (shape,) = nodes[name].attr["_output_shapes"].list.shape
        return [dim.size for dim in shape.dim]

    assert shape_of("x") == [-1, 1, 8, 8]
    assert shape_of("w") == [2, 1, 3, 3]
    assert shape_of("body/Conv") == [-1, 2, 6, 6]
    assert (nodes["x"].attr["dtype"].type, nodes["flag"].attr["dtype"].type) == (1, 10)
    assert list(nodes["body/Conv"].attr["kernel_shape"].list.i) == [3, 3]
    assert nodes["Split"].attr["axis"].i == 1
    custom = nodes["Custom"].attr
    assert (custom["domain"].s, custom["ratio"].f) == (b"my.ops", 0.25)
    assert custom["label"].s == "é".encode()
    assert list(custom["weights"].list.f) == [0.5, 1.5]
    assert list(custom["names"].list.s) == [b"a", b"b"]
    assert custom["value"].s == b"tensor [2]"


def test_onnx_models_are_served(tensorboard: TensorBoardServer, tmp_path: Path) -> None:
    """add_onnx_graph shows a file; add_graph knows an ONNX file and bytes when it sees them."""
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_model())
    expected = peer(tfe.summary.onnx_graph(path.read_bytes()))
    for method, model in (
        ("add_onnx_graph", path),
        ("add_graph", str(path)),
        ("add_graph", path.read_bytes()),
    ):
        folder = tensorboard.new_run("onnx")
        with tfe.SummaryWriter(folder) as writer:
            getattr(writer, method)(model)
        tensorboard.reload()
        assert text_format.Parse(tensorboard.graph(folder.name), GraphDef()) == expected


@pytest.mark.parametrize("data", [b"", b"\x08", b"onnx", b"\x08\x07\x12\x00"])
def test_what_is_no_onnx_model_is_refused(data: bytes) -> None:
    """The error says what the bytes begin with."""
    with pytest.raises(ValueError, match="model must be an ONNX model, got bytes that begin"):
        tfe.summary.onnx_graph(data)


def test_onnx_models_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="an ONNX model needs onnx: pip install onnx") as raised:
        tfe.summary.to_graph_def(b"\x08\x07")
    assert raised.value.name == "onnx"


# torch.


def test_torch_modules(tensorboard: TensorBoardServer) -> None:
    """A module's operations are in boxes of its parts, with shapes; it stays in training."""
    torch = pytest.importorskip("torch")
    nn = torch.nn
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 6 * 6, 10))
    folder = tensorboard.new_run("torch")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_graph(net, torch.zeros(2, 1, 8, 8))
    assert net.training
    tensorboard.reload()
    served = text_format.Parse(tensorboard.graph(folder.name), GraphDef())
    nodes = {node.name: node for node in served.node}
    (conv,) = (node for name, node in nodes.items() if "conv2d" in node.op)
    assert conv.name.startswith("Sequential/Conv2d[0]/")
    assert [nodes[name].op for name in conv.input] == ["Placeholder", "Parameter", "Parameter"]
    assert "Sequential/Linear[3]/weight" in nodes
    (shape,) = conv.attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [2, 8, 6, 6]
    names = {node.name for node in tfe.summary.to_graph_def(net).node}
    assert {"Sequential/Conv2d[0]", "Sequential/Linear[3]", "output/output"} <= names


@pytest.mark.filterwarnings("ignore:Converting a tensor to a Python boolean")
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_torch_modules_that_export_cannot_follow() -> None:
    """A branch that depends on data shows the way that the example went; scripted modules too."""
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Branching(nn.Module):  # type: ignore[misc, name-defined] # torch is found at run time.
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])

        def forward(self, x: Any) -> Any:
            for layer in self.layers:
                x = torch.relu(layer(x))
            return x + 1 if x.sum() >= 0 else x * 2

    graph = peer(tfe.summary.to_graph_def(Branching(), torch.zeros(2, 4)))
    nodes = {node.name: node for node in graph.node}
    linear = nodes["Branching/ModuleList[layers]/Linear[1]/linear"]
    assert "Branching/relu" in linear.input
    assert "Branching/ModuleList[layers]/Linear[1]/weight" in linear.input
    (shape,) = linear.attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [2, 4]
    assert "Branching/add" in nodes
    assert "Branching/mul" not in nodes
    scripted = torch.jit.script(nn.Sequential(nn.Linear(2, 3)))
    names = {node.name for node in tfe.summary.to_graph_def(scripted).node}
    assert {"Sequential/linear", "Sequential/Linear[0]/weight"} <= names


def test_a_torch_graph_is_of_what_the_module_does() -> None:
    """A module that looks at its input's type is followed as with a tensor; all keep their mode."""
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Asking(nn.Module):  # type: ignore[misc, name-defined] # torch is found at run time.
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.fc = nn.BatchNorm1d(4).eval(), nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            return self.fc(self.norm(x)) if isinstance(x, torch.Tensor) else x

    module = Asking()
    nodes = {node.name: node for node in tfe.summary.to_graph_def(module, torch.ones(2, 4)).node}
    assert "Asking/Linear[fc]/linear" in nodes
    assert (module.training, module.norm.training, module.fc.training) == (True, False, True)
    normed = tfe.summary.to_graph_def(nn.Sequential(module.norm), torch.ones(2, 4)).node
    assert [node.op for node in normed] == ["Placeholder", "BatchNorm1d", "Output"]


def test_tensorflow_graphs() -> None:
    """A Graph of TensorFlow's is written as it is, node by node."""
    tf = pytest.importorskip("tensorflow")
    graph = tf.Graph()
    with graph.as_default(), tf.name_scope("net"):
        tf.matmul(tf.zeros((2, 3)), tf.ones((3, 4)), name="product")
    expected = graph.as_graph_def().SerializeToString(deterministic=True)
    ours = tfe.summary.to_graph_def(graph).SerializeToString()
    again = type(graph.as_graph_def()).FromString(ours)
    assert again.SerializeToString(deterministic=True) == expected
    assert "net/product" in {node.name for node in tfe.summary.to_graph_def(graph).node}
