"""The package in tensorboardX's place: every name that user code and frameworks import is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfevents_lite import read_events


def run(code: str, *arguments: str) -> None:
    """Run a program in a process of its own, where a warning is an error."""
    swap = "import sys, tfevents_lite\nsys.modules['tensorboardX'] = tfevents_lite\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", swap + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_messages_are_found_by_tensorboardx_names(tmp_path: Path) -> None:
    """`tensorboardX.proto.summary_pb2` and its like hold our messages, which a writer takes."""
    run(
        "from tensorboardX import FileWriter\n"
        "from tensorboardX.proto import event_pb2\n"
        "from tensorboardX.proto.summary_pb2 import Summary\n"
        "gif = Summary.Image(height=1, width=2, colorspace=3, encoded_image_string=b'GIF89a')\n"
        "summary = Summary(value=[Summary.Value(tag='moving', image=gif)])\n"
        "writer = FileWriter(sys.argv[1])\n"
        "writer.add_summary(summary, 3)\n"
        "writer.add_event(event_pb2.Event(step=4, summary=summary))\n"
        "writer.close()\n",
        str(tmp_path),
    )
    events = [event for event in read_events(next(tmp_path.iterdir())) if event.summary.value]
    assert [event.step for event in events] == [3, 4]
    assert {event.summary.value[0].image.encoded_image_string for event in events} == {b"GIF89a"}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("event_pb2", "Event"),
        ("event_pb2", "SessionLog"),
        ("summary_pb2", "Summary"),
        ("summary_pb2", "SummaryMetadata"),
        ("summary_pb2", "HistogramProto"),
        ("tensor_pb2", "TensorProto"),
        ("tensor_shape_pb2", "TensorShapeProto"),
        ("types_pb2", "DataType"),
        ("graph_pb2", "GraphDef"),
        ("node_def_pb2", "NodeDef"),
        ("attr_value_pb2", "AttrValue"),
        ("versions_pb2", "VersionDef"),
        ("plugin_hparams_pb2", "HParamsPluginData"),
        ("plugin_hparams_pb2", "SessionStartInfo"),
        ("api_pb2", "HParamInfo"),
        ("api_pb2", "Experiment"),
        ("layout_pb2", "Layout"),
    ],
)
def test_each_module_of_tensorboardx_proto(module: str, name: str) -> None:
    """Both ways to import a message work."""
    run(
        f"from tensorboardX.proto.{module} import {name}\n"
        f"from tensorboardX.proto import {module}\n"
        f"assert {module}.{name} is {name}\n"
    )
