"""The messages under the names of tensorboardX's and TensorBoard's modules: `proto.summary_pb2`, …

For programs that import these, when this package takes tensorboardX's place in `sys.modules`.
"""

from __future__ import annotations

import sys

from .schema import event as event_pb2
from .schema import graph as graph_pb2
from .schema import plugins as plugin_hparams_pb2
from .schema import summary as summary_pb2
from .schema import tensor as tensor_pb2

# These are several `.proto` files there, and one module of `schema` here.
attr_value_pb2 = node_def_pb2 = versions_pb2 = graph_pb2
tensor_shape_pb2 = types_pb2 = tensor_pb2
api_pb2 = layout_pb2 = plugin_hparams_pb2

__all__ = [
    "api_pb2", "attr_value_pb2", "event_pb2", "graph_pb2", "layout_pb2", "node_def_pb2",
    "plugin_hparams_pb2", "summary_pb2", "tensor_pb2", "tensor_shape_pb2", "types_pb2",
    "versions_pb2",
]  # fmt: skip

# `from package.proto.summary_pb2 import Summary` looks for a module of that name here first.
sys.modules.update({f"{__name__}.{name}": globals()[name] for name in __all__})
