"""What can be logged: one file per kind, each a pure function from a value to a Summary.

Names are resolved when first used, so that a scalar does not load what an image needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .audio_summary import audio as audio
    from .boxes_summary import image_with_boxes as image_with_boxes
    from .custom_scalars_summary import custom_scalars as custom_scalars
    from .embedding_summary import embedding as embedding
    from .figure_summary import figure as figure
    from .graph_nodes import Node as Node
    from .graph_nodes import graph as graph
    from .graph_summary import to_graph_def as to_graph_def
    from .histogram_summary import histogram as histogram
    from .histogram_summary import histogram_raw as histogram_raw
    from .hparams_summary import hparams as hparams
    from .hparams_summary import session_end as session_end
    from .image_summary import image as image
    from .image_summary import images as images
    from .mesh_summary import mesh as mesh
    from .onnx_summary import onnx_graph as onnx_graph
    from .openvino_summary import openvino_graph as openvino_graph
    from .pr_curve_summary import pr_curve as pr_curve
    from .pr_curve_summary import pr_curve_raw as pr_curve_raw
    from .run_metadata_summary import NodeStats as NodeStats
    from .run_metadata_summary import run_metadata as run_metadata
    from .run_metadata_summary import to_run_metadata as to_run_metadata
    from .scalar_summary import scalar as scalar
    from .tensor_summary import tensor as tensor
    from .text_summary import text as text
    from .video_summary import video as video

_HOMES = {
    "Node": "graph_nodes",
    "NodeStats": "run_metadata_summary",
    "audio": "audio_summary",
    "custom_scalars": "custom_scalars_summary",
    "embedding": "embedding_summary",
    "figure": "figure_summary",
    "graph": "graph_nodes",
    "histogram": "histogram_summary",
    "histogram_raw": "histogram_summary",
    "hparams": "hparams_summary",
    "image": "image_summary",
    "image_with_boxes": "boxes_summary",
    "images": "image_summary",
    "mesh": "mesh_summary",
    "onnx_graph": "onnx_summary",
    "openvino_graph": "openvino_summary",
    "pr_curve": "pr_curve_summary",
    "pr_curve_raw": "pr_curve_summary",
    "run_metadata": "run_metadata_summary",
    "scalar": "scalar_summary",
    "session_end": "hparams_summary",
    "tensor": "tensor_summary",
    "text": "text_summary",
    "to_graph_def": "graph_summary",
    "to_run_metadata": "run_metadata_summary",
    "video": "video_summary",
}

# What a copy of a part of the package lacks; `vendor` fills it in.
_LEFT_OUT: set[str] = set()

__all__ = sorted(_HOMES.keys() - _LEFT_OUT)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = __import__(f"{__name__}.{_HOMES[name]}", fromlist=[name])
    return globals().setdefault(name, getattr(home, name))


def __dir__() -> list[str]:
    return __all__
