"""The messages of `proto/plugins.proto`: what TensorBoard's plugins store in metadata and values.

Names are TensorBoard's, from its packages `tensorboard`, `tensorboard.hparams` and
`tensorboard.mesh`, except `Value` and `ListValue`, which are from `google.protobuf`, and the enum
`HParamInfo.DataType`, which TensorBoard defines outside of HParamInfo.
"""

from __future__ import annotations

from ..wire.message import (
    Enum,
    Message,
    RepeatedField,
    bool_,
    double,
    enum,
    int32,
    map_,
    message,
    string,
    uint32,
)


class Value(Message):
    """A value of any type: a number, a string, a bool or a list of values."""

    number_value: float = double(2, oneof="kind")
    string_value: str = string(3, oneof="kind")
    bool_value: bool = bool_(4, oneof="kind")
    list_value: ListValue = message(6, lambda: ListValue, oneof="kind")


class ListValue(Message):
    """A list of values."""

    values: RepeatedField[Value] = message(1, lambda: Value, repeated=True)


class Status(Enum):
    """The state of a training session."""

    STATUS_UNKNOWN = 0
    STATUS_SUCCESS = 1
    STATUS_FAILURE = 2
    STATUS_RUNNING = 3


class DatasetType(Enum):
    """The data from which a metric was computed."""

    DATASET_UNKNOWN = 0
    DATASET_TRAINING = 1
    DATASET_VALIDATION = 2


class Interval(Message):
    """A range of numbers."""

    min_value: float = double(1)
    max_value: float = double(2)


class HParamInfo(Message):
    """A hyperparameter: the type of its values, and which values it may have."""

    class DataType(Enum):
        """The type of a hyperparameter's values."""

        DATA_TYPE_UNSET = 0
        DATA_TYPE_STRING = 1
        DATA_TYPE_BOOL = 2
        DATA_TYPE_FLOAT64 = 3

    name: str = string(1)
    display_name: str = string(2)
    description: str = string(3)
    type: int = enum(4, DataType)
    domain_discrete: ListValue = message(5, lambda: ListValue, oneof="domain")
    domain_interval: Interval = message(6, lambda: Interval, oneof="domain")
    differs: bool = bool_(7)


class MetricName(Message):
    """A metric: a scalar's tag, in the run whose name ends with the group."""

    group: str = string(1)
    tag: str = string(2)


class MetricInfo(Message):
    """A metric, and how it is shown."""

    name: MetricName = message(1, lambda: MetricName)
    display_name: str = string(3)
    description: str = string(4)
    dataset_type: int = enum(5, DatasetType)


class Experiment(Message):
    """What all runs share. TensorBoard uses the first one that it finds."""

    description: str = string(1)
    user: str = string(2)
    time_created_secs: float = double(3)
    hparam_infos: RepeatedField[HParamInfo] = message(4, lambda: HParamInfo, repeated=True)
    metric_infos: RepeatedField[MetricInfo] = message(5, lambda: MetricInfo, repeated=True)
    name: str = string(6)


class SessionStartInfo(Message):
    """The hyperparameters of one run. Runs of one group are shown as one row."""

    class HparamsEntry(Message):
        """A name and its value."""

        key: str = string(1)
        value: Value = message(2, lambda: Value)

    hparams: dict[str, Value] = map_(1, lambda: SessionStartInfo.HparamsEntry)
    model_uri: str = string(2)
    monitor_url: str = string(3)
    group_name: str = string(4)
    start_time_secs: float = double(5)


class SessionEndInfo(Message):
    """How a session ended, and when, in seconds since 1970-01-01 UTC."""

    status: int = enum(1, Status)
    end_time_secs: float = double(2)


class HParamsPluginData(Message):
    """The metadata of hyperparameters: each of their three tags has one of these messages."""

    version: int = int32(1)
    experiment: Experiment = message(2, lambda: Experiment, oneof="data")
    session_start_info: SessionStartInfo = message(3, lambda: SessionStartInfo, oneof="data")
    session_end_info: SessionEndInfo = message(4, lambda: SessionEndInfo, oneof="data")


class MultilineChartContent(Message):
    """The scalars whose tags begin with a match of any of these regular expressions."""

    tag: RepeatedField[str] = string(1, repeated=True)


class MarginChartContent(Message):
    """Scalars, each with a band between two other scalars."""

    class Series(Message):
        """The tags of a curve and of the edges of its band."""

        value: str = string(1)
        lower: str = string(2)
        upper: str = string(3)

    series: RepeatedField[Series] = message(1, lambda: MarginChartContent.Series, repeated=True)


class Chart(Message):
    """A chart, of one of two kinds."""

    title: str = string(1)
    multiline: MultilineChartContent = message(2, lambda: MultilineChartContent, oneof="content")
    margin: MarginChartContent = message(3, lambda: MarginChartContent, oneof="content")


class Category(Message):
    """Charts under a heading, collapsed if `closed`."""

    title: str = string(1)
    chart: RepeatedField[Chart] = message(2, lambda: Chart, repeated=True)
    closed: bool = bool_(3)


class Layout(Message):
    """All charts of a run on the Custom Scalars page."""

    version: int = int32(1)
    category: RepeatedField[Category] = message(2, lambda: Category, repeated=True)


class ScalarPluginData(Message):
    """The metadata of a scalar."""

    version: int = int32(1)


class HistogramPluginData(Message):
    """The metadata of a histogram, a tensor of rows of left edge, right edge and count."""

    version: int = int32(1)


class ImagePluginData(Message):
    """The metadata of images."""

    version: int = int32(1)
    converted_to_tensor: bool = bool_(2)


class AudioPluginData(Message):
    """The metadata of sounds."""

    class Encoding(Enum):
        """The format of the sounds' bytes."""

        UNKNOWN = 0
        WAV = 11

    version: int = int32(1)
    encoding: int = enum(2, Encoding)
    converted_to_tensor: bool = bool_(3)


class TextPluginData(Message):
    """The metadata of text."""

    version: int = int32(1)


class PrCurvePluginData(Message):
    """The metadata of a precision-recall curve."""

    version: int = int32(1)
    num_thresholds: int = uint32(2)


class MeshPluginData(Message):
    """The metadata of one part of a mesh. `components` has the bit `1 << content_type` of each."""

    class ContentType(Enum):
        """Which part it is."""

        UNDEFINED = 0
        VERTEX = 1
        FACE = 2
        COLOR = 3

    version: int = int32(1)
    name: str = string(2)
    content_type: int = enum(3, ContentType)
    json_config: str = string(5)
    shape: RepeatedField[int] = int32(6, repeated=True)
    components: int = uint32(7)
