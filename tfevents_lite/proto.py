"""The messages under tensorboardX's names: `proto.summary_pb2.Summary`, `proto.event_pb2.Event`, …

    from tfevents_lite.proto.summary_pb2 import Summary

Programs and frameworks that name `tensorboardX.proto` find what they look for after the change of
import. Each name is an entry of `sys.modules` for a module of `schema`; nothing is defined here.
"""

from __future__ import annotations

import sys

from .schema import event as event_pb2  # noqa: F401 # Found by the loop below, as all are.
from .schema import graph as graph_pb2
from .schema import plugins as plugin_hparams_pb2
from .schema import summary as summary_pb2  # noqa: F401
from .schema import tensor as tensor_pb2

# What `.proto` files that share a module of `schema` are called there.
attr_value_pb2 = node_def_pb2 = versions_pb2 = graph_pb2
tensor_shape_pb2 = types_pb2 = tensor_pb2
api_pb2 = layout_pb2 = plugin_mesh_pb2 = plugin_pr_curve_pb2 = plugin_text_pb2 = plugin_hparams_pb2

for _name in [name for name in globals() if name.endswith("_pb2")]:
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
