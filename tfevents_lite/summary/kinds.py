"""The table of kinds: what TensorBoard calls each kind of value, and how it is stored and named.

Encoders, the guard, readers, messages, commands and the package's list of names use it. A new kind
is one line. This module knows names; it knows neither values nor how they are encoded.
"""

from __future__ import annotations

from collections import namedtuple

from ..schema.summary import DataClass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..schema.summary import Summary


# `plugin` is TensorBoard's name for a kind, `name` what readers and commands call one value, and
# `plural` what messages call several. `data_class` is for TensorBoard's metadata. `field` is the
# field of Summary.Value that holds only such values, "" for none; tensors of the plugin hold
# `elements`: "numbers", "strings" or "any". `functions` are the public functions of its module,
# which is called by its name and "_summary".
Kind = namedtuple("Kind", "plugin name plural data_class field elements functions")

_SCALAR, _TENSOR = DataClass.DATA_CLASS_SCALAR, DataClass.DATA_CLASS_TENSOR
_BLOBS = DataClass.DATA_CLASS_BLOB_SEQUENCE

# fmt: off
_TABLE = [
    Kind("scalars", "scalar", "scalars", _SCALAR, "simple_value", "numbers", ["scalar"]),
    Kind("images", "image", "images", _BLOBS, "image", "strings",
         ["image", "images", "image_boxes", "image_with_boxes", "figure", "video"]),
    Kind("histograms", "histogram", "histograms", _TENSOR, "histo", "numbers",
         ["histogram", "histogram_raw"]),
    Kind("audio", "audio", "sounds", _BLOBS, "audio", "strings", ["audio"]),
    Kind("text", "text", "texts", _TENSOR, "", "strings", ["text"]),
    Kind("tensor", "tensor", "tensors", _TENSOR, "", "any", ["tensor", "tensor_proto"]),
    Kind("pr_curves", "pr_curve", "PR curves", _TENSOR, "", "numbers",
         ["pr_curve", "pr_curve_raw"]),
    Kind("mesh", "mesh", "meshes", _TENSOR, "", "numbers", ["mesh"]),
    Kind("custom_scalars", "custom_scalars", "layouts", _TENSOR, "", "strings",
         ["custom_scalars"]),
    Kind("hparams", "hparams", "hyperparameters", _TENSOR, "", "any", ["hparams", "session_end"]),
]
# fmt: on

KINDS = {kind.plugin: kind for kind in _TABLE}
BY_FIELD = {kind.field: kind for kind in _TABLE if kind.field}
# The field of TensorFlow's first version, which TensorBoard no longer shows.
BY_FIELD["obsolete_old_style_histogram"] = KINDS["histograms"]


def plugin_of(value: Summary.Value) -> str:
    """The plugin that shows a value: by the field it is in, or by its metadata; "" for none.

    >>> from tfevents_lite import Summary
    >>> plugin_of(Summary.Value(tag="loss", simple_value=0.5))
    'scalars'
    """
    field = value.WhichOneof("value")
    if field in BY_FIELD:
        return str(BY_FIELD[field].plugin)
    return plugin_in_metadata(value)


def plugin_in_metadata(value: Summary.Value) -> str:
    """The plugin that a value names, "" for none."""
    # Reading an unset message would create it, in a circle of references with its parent.
    return value.metadata.plugin_data.plugin_name if value.HasField("metadata") else ""


def name_of(plugin: str) -> str:
    """What readers and commands call a value that a plugin shows: an unknown plugin's own name."""
    return KINDS[plugin].name if plugin in KINDS else plugin


def plural_of(plugin: str) -> str:
    """What messages call values that a plugin shows.

    >>> plural_of("pr_curves"), plural_of("mine")
    ('PR curves', "values of plugin 'mine'")
    """
    return KINDS[plugin].plural if plugin in KINDS else f"values of plugin {plugin!r}"
