"""The table of kinds: what TensorBoard calls each kind of value, and how it is stored and named.

Encoders take a kind's plugin and data class from here, the guard and the readers what may hold its
values, messages and commands its name, and the package its public functions. A new kind is one
line here. This module knows names; it knows neither values nor how they are encoded.
"""

from __future__ import annotations

from ..schema.summary import DataClass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..schema.summary import Summary


class Kind:
    """One kind of value.

    `plugin` is TensorBoard's name for it, `name` what readers and commands call one value,
    `plural` what messages call several. `field` is the field of Summary.Value that holds only such
    values ("" for none); tensors of the plugin hold `elements`: "numbers", "strings" or "any".
    `functions` are the public functions of the module `home` that make it.
    """

    __slots__ = ("data_class", "elements", "field", "functions", "home", "name", "plugin", "plural")

    def __init__(
        self, plugin: str, name: str, plural: str, data_class: int, field: str, elements: str,
        home: str, functions: str,
    ) -> None:  # fmt: skip
        self.plugin = plugin
        self.name = name
        self.plural = plural
        self.data_class = data_class
        self.field = field
        self.elements = elements
        self.home = home
        self.functions = functions.split()


_SCALAR, _TENSOR = DataClass.DATA_CLASS_SCALAR, DataClass.DATA_CLASS_TENSOR
_BLOBS = DataClass.DATA_CLASS_BLOB_SEQUENCE

# fmt: off
_TABLE = [
    Kind("scalars", "scalar", "scalars", _SCALAR, "simple_value", "numbers",
         "scalar_summary", "scalar"),
    Kind("images", "image", "images", _BLOBS, "image", "strings",
         "image_summary", "image images image_boxes image_with_boxes figure video"),
    Kind("histograms", "histogram", "histograms", _TENSOR, "histo", "numbers",
         "histogram_summary", "histogram histogram_raw"),
    Kind("audio", "audio", "sounds", _BLOBS, "audio", "strings", "audio_summary", "audio"),
    Kind("text", "text", "texts", _TENSOR, "", "strings", "text_summary", "text"),
    Kind("tensor", "tensor", "tensors", _TENSOR, "", "any",
         "tensor_summary", "tensor tensor_proto"),
    Kind("pr_curves", "pr_curve", "PR curves", _TENSOR, "", "numbers",
         "pr_curve_summary", "pr_curve pr_curve_raw"),
    Kind("mesh", "mesh", "meshes", _TENSOR, "", "numbers", "mesh_summary", "mesh"),
    Kind("custom_scalars", "custom_scalars", "layouts", _TENSOR, "", "strings",
         "custom_scalars_summary", "custom_scalars"),
    Kind("hparams", "hparams", "hyperparameters", _TENSOR, "", "any",
         "hparams_summary", "hparams session_end"),
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
    kind = BY_FIELD.get(value.WhichOneof("value") or "")
    if kind is not None:
        return kind.plugin
    # Reading an unset message would create it, in a circle of references with its parent.
    plugin: str = value.metadata.plugin_data.plugin_name if value.HasField("metadata") else ""
    return plugin


def name_of(plugin: str) -> str:
    """What readers and commands call a value that a plugin shows: of an unknown one, its name."""
    return KINDS[plugin].name if plugin in KINDS else plugin


def plural_of(plugin: str) -> str:
    """What messages call values that a plugin shows.

    >>> plural_of("pr_curves"), plural_of("mine")
    ('PR curves', "values of plugin 'mine'")
    """
    return KINDS[plugin].plural if plugin in KINDS else f"values of plugin {plugin!r}"
