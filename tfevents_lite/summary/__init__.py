"""What can be logged: a module for each kind, with functions from a value to a Summary.

Names are resolved when first used, so that a scalar does not load what an image needs.
"""

from __future__ import annotations

import sys

from .kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .audio_summary import audio as audio
    from .custom_scalars_summary import custom_scalars as custom_scalars
    from .embedding_summary import embedding as embedding
    from .graph_models import onnx_graph as onnx_graph
    from .graph_models import openvino_graph as openvino_graph
    from .graph_models import to_graph_def as to_graph_def
    from .graph_summary import Node as Node
    from .graph_summary import NodeStats as NodeStats
    from .graph_summary import graph as graph
    from .graph_summary import run_metadata as run_metadata
    from .graph_summary import to_run_metadata as to_run_metadata
    from .histogram_summary import histogram as histogram
    from .histogram_summary import histogram_raw as histogram_raw
    from .hparams_summary import hparams as hparams
    from .hparams_summary import session_end as session_end
    from .image_summary import figure as figure
    from .image_summary import image as image
    from .image_summary import image_boxes as image_boxes
    from .image_summary import image_with_boxes as image_with_boxes
    from .image_summary import images as images
    from .image_summary import video as video
    from .mesh_summary import mesh as mesh
    from .pr_curve_summary import pr_curve as pr_curve
    from .pr_curve_summary import pr_curve_raw as pr_curve_raw
    from .scalar_summary import scalar as scalar
    from .tensor_summary import tensor as tensor
    from .tensor_summary import tensor_proto as tensor_proto
    from .text_summary import text as text

# Where each public name is defined: functions of kinds, and what is logged as no Summary.
_HOMES = {
    **{name: f"{kind.name}_summary" for kind in KINDS.values() for name in kind.functions},
    "Node": "graph_summary",
    "NodeStats": "graph_summary",
    "embedding": "embedding_summary",
    "graph": "graph_summary",
    "onnx_graph": "graph_models",
    "openvino_graph": "graph_models",
    "run_metadata": "graph_summary",
    "to_graph_def": "graph_models",
    "to_run_metadata": "graph_summary",
}

# What a copy of a part of the package lacks; `vendor` fills it in.
_LEFT_OUT: set[str] = set()

__all__ = sorted(_HOMES.keys() - _LEFT_OUT)


# Names of TensorFlow 2's `tf.summary`, which log to a default writer.
_OF_V2 = {
    *("SummaryWriter", "create_file_writer", "create_noop_writer", "experimental", "flush"),
    *("record_if", "should_record_summaries", "write"),
}


def __getattr__(name: str) -> Any:
    package = __name__.rpartition(".")[0]
    if name == "FileWriter":  # TensorFlow 1 has it here.
        return sys.modules[package].FileWriter
    if name in _OF_V2:
        raise AttributeError(f"for tf.summary.{name}: from {package} import v2 as summary")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = __import__(f"{__name__}.{_HOMES[name]}", fromlist=[name])
    return globals().setdefault(name, getattr(home, name))


def __dir__() -> list[str]:
    return __all__
