"""Scalars: one number under a tag."""

from __future__ import annotations

from ..inputs.checks import encode_tag, to_float
from ..records.scalar_record import pack_value
from ..schema.summary import DataClass, Summary, SummaryMetadata
from ..schema.tensor import DataType, TensorProto, TensorShapeProto

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLUGIN = "scalars"


def scalar(
    tag: str,
    value: Any,
    *,
    new_style: bool = False,
    double_precision: bool = False,
    display_name: str = "",
    summary_description: str = "",
) -> Summary:
    """A number as a Summary, in its 32-bit `simple_value`.

    `value` is a number of any type, or an array or tensor of one element. With `new_style` it is a
    tensor of one 32-bit float instead, and `double_precision` then keeps all of its digits beside
    it in the tensor's `double_val`, which TensorBoard leaves alone: of a tensor of doubles its data
    server shows no points. A name and a description (in markdown) are shown with the chart.
    Raises TypeError or ValueError that names the tag.

    >>> scalar("loss", 0.5)
    value {
      tag: "loss"
      simple_value: 0.5
    }
    <BLANKLINE>
    """
    number = to_float(tag, value)
    encode_tag(tag)
    made = Summary.Value(tag=tag)
    if new_style:
        made.tensor = TensorProto(
            dtype=DataType.DT_FLOAT,
            tensor_shape=TensorShapeProto(),
            tensor_content=pack_value(number),
            double_val=[number] if double_precision else [],
        )
    else:
        made.simple_value = number
    if new_style or display_name or summary_description:
        made.metadata = SummaryMetadata(
            plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN),
            display_name=display_name,
            summary_description=summary_description,
            data_class=DataClass.DATA_CLASS_SCALAR,
        )
    return Summary(value=[made])
