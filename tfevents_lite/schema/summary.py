"""The messages of `proto/summary.proto`: the values of one step, and how they are shown."""

from __future__ import annotations

from ..wire.message import (
    Enum,
    Message,
    RepeatedField,
    bytes_,
    double,
    enum,
    float_,
    int32,
    int64,
    message,
    string,
)
from .tensor import TensorProto


class DataClass(Enum):
    """How TensorBoard stores the values of a tag."""

    DATA_CLASS_UNKNOWN = 0
    DATA_CLASS_SCALAR = 1
    DATA_CLASS_TENSOR = 2
    DATA_CLASS_BLOB_SEQUENCE = 3


class SummaryMetadata(Message):
    """How a tag's values are shown. TensorBoard takes it from the first value of a tag."""

    class PluginData(Message):
        """The plugin that shows the values, and its own message, encoded."""

        plugin_name: str = string(1)
        content: bytes = bytes_(2)

    plugin_data: PluginData = message(1, lambda: SummaryMetadata.PluginData)
    display_name: str = string(2)
    summary_description: str = string(3)
    data_class: int = enum(4, DataClass)


class HistogramProto(Message):
    """Counts of values by bucket: `bucket[i]` values are at most `bucket_limit[i]`."""

    min: float = double(1)
    max: float = double(2)
    num: float = double(3)
    sum: float = double(4)
    sum_squares: float = double(5)
    bucket_limit: RepeatedField[float] = double(6, repeated=True)
    bucket: RepeatedField[float] = double(7, repeated=True)


class Summary(Message):
    """The values of one step."""

    class Image(Message):
        """An encoded image. `colorspace` is 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA."""

        height: int = int32(1)
        width: int = int32(2)
        colorspace: int = int32(3)
        encoded_image_string: bytes = bytes_(4)

    class Audio(Message):
        """An encoded sound; `sample_rate` in Hz, `length_frames` in samples per channel."""

        sample_rate: float = float_(1)
        num_channels: int = int64(2)
        length_frames: int = int64(3)
        encoded_audio_string: bytes = bytes_(4)
        content_type: str = string(5)

    class Value(Message):
        """One value under one tag."""

        tag: str = string(1)
        simple_value: float = float_(2, oneof="value")
        obsolete_old_style_histogram: bytes = bytes_(3, oneof="value")
        image: Summary.Image = message(4, lambda: Summary.Image, oneof="value")
        histo: HistogramProto = message(5, lambda: HistogramProto, oneof="value")
        audio: Summary.Audio = message(6, lambda: Summary.Audio, oneof="value")
        node_name: str = string(7)
        tensor: TensorProto = message(8, lambda: TensorProto, oneof="value")
        metadata: SummaryMetadata = message(9, lambda: SummaryMetadata)

    value: RepeatedField[Value] = message(1, lambda: Summary.Value, repeated=True)


def only_scalar(summary: Summary) -> tuple[str, float] | None:
    """The tag and the number of a Summary that holds one `simple_value` and nothing else, or None.

    Such a Summary needs no other check, and its event can be encoded by `records.scalar_record`.
    """
    if len(summary.value) != 1 or summary._unknown:
        return None
    value = summary.value[0]
    if value._values.keys() != _TAG_AND_NUMBER or value._unknown:
        return None
    return value.tag, value.simple_value


_TAG_AND_NUMBER = {"tag", "simple_value"}
