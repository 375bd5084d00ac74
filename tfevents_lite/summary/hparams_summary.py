"""Hyperparameters: what TensorBoard's HParams page compares the runs of an experiment by.

Three summaries without a value, all in the metadata of tags of their own: the experiment (which
hyperparameters and metrics there are), the start of a session (the run's values) and its end.
"""

from __future__ import annotations

from ..inputs.checks import encode_tag, to_float
from ..schema.plugins import (
    Experiment,
    HParamInfo,
    HParamsPluginData,
    Interval,
    ListValue,
    MetricInfo,
    MetricName,
    SessionEndInfo,
    SessionStartInfo,
    Status,
    Value,
)
from ..schema.summary import DataClass, Summary, SummaryMetadata
from ..schema.tensor import DataType, TensorProto, TensorShapeProto

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

PLUGIN = "hparams"
EXPERIMENT_TAG = "_hparams_/experiment"
SESSION_START_INFO_TAG = "_hparams_/session_start_info"
SESSION_END_INFO_TAG = "_hparams_/session_end_info"

_TYPES = HParamInfo.DataType


def hparams(
    hparam_dict: Any,
    metric_dict: Any,
    hparam_domain_discrete: Any = None,
    *,
    hparam_domain_interval: Any = None,
    group_name: str = "",
    start_time_secs: float = 0.0,
) -> Summary:
    """The start of a session and its experiment, as one Summary.

    A hyperparameter is a bool, a number, a string, or a list, function or other object, which is
    shown as a string; one that is None is left out. Metrics are scalar tags, as the keys of a
    dictionary or a list. A domain says which values a hyperparameter may have: a list of them, or
    (low, high). Sessions of one `group_name` are shown as one row.
    Without metrics and domains there is no experiment: TensorBoard then makes one of all sessions,
    with all their scalars as metrics. Where there are several, it takes the first it finds.
    Raises TypeError or ValueError that names the hyperparameter.
    """
    values = to_values(hparam_dict)
    tags = _to_tags(metric_dict)
    infos = _to_infos(values, hparam_domain_discrete or {}, hparam_domain_interval or {})
    metrics = [MetricInfo(name=MetricName(tag=tag)) for tag in tags]
    start = SessionStartInfo(group_name=group_name, start_time_secs=start_time_secs)
    for name, value in values.items():
        start.hparams.append(SessionStartInfo.HparamsEntry(key=name, value=value))
    made = Summary()
    if metrics or hparam_domain_discrete or hparam_domain_interval:
        experiment = Experiment(hparam_infos=infos, metric_infos=metrics)
        made.value.append(_value(EXPERIMENT_TAG, HParamsPluginData(experiment=experiment)))
    made.value.append(_value(SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start)))
    return made


def session_end(success: bool, end_time_secs: float) -> Summary:
    """The end of a session, as a Summary."""
    status = Status.STATUS_SUCCESS if success else Status.STATUS_FAILURE
    end = SessionEndInfo(status=status, end_time_secs=end_time_secs)
    return Summary(value=[_value(SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))])


def _value(tag: str, content: HParamsPluginData) -> Summary.Value:
    plugin_data = SummaryMetadata.PluginData(
        plugin_name=PLUGIN, content=content.SerializeToString()
    )
    # An empty tensor, as TensorBoard's own writer has it, so that there is a value.
    nothing = TensorProto(
        dtype=DataType.DT_FLOAT,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=0)]),
    )
    metadata = SummaryMetadata(plugin_data=plugin_data, data_class=DataClass.DATA_CLASS_TENSOR)
    return Summary.Value(tag=tag, tensor=nothing, metadata=metadata)


def to_values(hparam_dict: Any) -> dict[str, Value]:
    """The hyperparameters that are not None, by name."""
    if not isinstance(hparam_dict, dict):
        raise TypeError(f"hparam_dict must be a dictionary, got {hparam_dict!r:.80}")
    values = {}
    for name, value in hparam_dict.items():
        if not isinstance(name, str):
            raise TypeError(f"names in hparam_dict must be strings, got {name!r:.80}")
        if value is not None:
            values[name] = _to_value(name, value)
    return values


def _to_value(name: str, value: Any) -> Value:
    if type(value).__module__ == "numpy" or hasattr(value, "item"):
        try:
            value = value.item()  # A NumPy scalar, or a tensor of one element.
        except (TypeError, ValueError, RuntimeError):
            value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, bool):
        return Value(bool_value=value)
    if hasattr(value, "__float__") or hasattr(value, "__index__"):
        try:
            number = float(value)
        except (OverflowError, TypeError, ValueError):
            raise ValueError(
                f"hyperparameter {name!r} must be within a double's range, got {value!r:.80}"
            ) from None
        if number - number == 0:
            return Value(number_value=number)
        value = number  # JSON has no NaN and no infinity: they would take the page down.
    # The page knows no lists either: as text they can be read, sorted and compared.
    text = value if isinstance(value, str) else str(getattr(value, "__name__", value))
    try:
        return Value(string_value=text)
    except ValueError:
        raise ValueError(
            f"hyperparameter {name!r} must be valid Unicode, got {text!r:.80}"
        ) from None


def to_metrics(metric_dict: Any) -> dict[str, float]:
    """The metrics that have a number already, by tag."""
    items = metric_dict.items() if hasattr(metric_dict, "items") else ()
    return {tag: to_float(tag, value) for tag, value in items if value is not None}


def _to_tags(metric_dict: Any) -> list[str]:
    if isinstance(metric_dict, str) or not hasattr(metric_dict, "__iter__"):
        raise TypeError(
            "metric_dict must be a dictionary of numbers or a list of tags, "
            f"got {metric_dict!r:.80}"
        )
    tags = list(metric_dict)
    for tag in tags:
        encode_tag(tag)
    return tags


def _to_infos(values: Mapping[str, Value], discrete: Any, interval: Any) -> Iterable[HParamInfo]:
    for what, domains in (("discrete", discrete), ("interval", interval)):
        unknown = [name for name in domains if name not in values]
        if not isinstance(domains, dict) or unknown:
            raise TypeError(
                f"hparam_domain_{what} must be a dictionary of hyperparameters' names, "
                f"got {unknown or domains!r:.80}"
            )
    for name, value in values.items():
        kind = value.WhichOneof("kind")
        info = HParamInfo(name=name, type=_KINDS[str(kind)])
        if name in discrete:
            info.domain_discrete = _to_list(name, str(kind), discrete[name])
        elif name in interval:
            info.domain_interval = _to_interval(name, str(kind), interval[name])
        yield info


_KINDS = {
    "bool_value": _TYPES.DATA_TYPE_BOOL,
    "string_value": _TYPES.DATA_TYPE_STRING,
    "number_value": _TYPES.DATA_TYPE_FLOAT64,
}


def _to_list(name: str, kind: str, domain: Any) -> ListValue:
    items = list(domain) if isinstance(domain, (list, tuple, set, frozenset, range)) else None
    values = [_to_value(name, item) for item in items] if items else []
    if not values or any(value.WhichOneof("kind") != kind for value in values):
        raise TypeError(
            f"hparam_domain_discrete of {name!r} must be a list of values of its type, "
            f"got {domain!r:.80}"
        )
    return ListValue(values=values)


def _to_interval(name: str, kind: str, domain: Any) -> Interval:
    try:
        low, high = (float(end) for end in domain)
        ordered = low <= high < float("inf") and low - low == 0 and kind == "number_value"
    except (TypeError, ValueError):
        ordered = False
    if not ordered:
        raise TypeError(
            f"hparam_domain_interval of {name!r} must be (low, high), and its value a number, "
            f"got {domain!r:.80}"
        )
    return Interval(min_value=low, max_value=high)
