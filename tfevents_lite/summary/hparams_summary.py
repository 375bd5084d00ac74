"""Hyperparameters, by which TensorBoard's HParams page compares runs.

A session is one training. It is in the metadata of three tags, whose values are empty: the
experiment (which hyperparameters and metrics there are), the session's start (its hyperparameters)
and its end.
"""

from __future__ import annotations

from ..inputs.checks import check_nesting, encode_tag, is_masked, shown, to_float
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
from ..schema.summary import Summary
from ..schema.tensor import DataType
from .encoding import encode_message, encode_metadata, encode_numbers, encode_value, makes_summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLUGIN = "hparams"
EXPERIMENT_TAG = "_hparams_/experiment"
SESSION_START_INFO_TAG = "_hparams_/session_start_info"
SESSION_END_INFO_TAG = "_hparams_/session_end_info"

# Larger arrays are shown as NumPy abbreviates them.
_MOST_LISTED = 1000
# There has to be a value: TensorBoard's own writer has an empty tensor, too.
_NOTHING = encode_numbers(DataType.DT_FLOAT, [0], b"")
_TYPES = {
    "bool_value": HParamInfo.DataType.DATA_TYPE_BOOL,
    "string_value": HParamInfo.DataType.DATA_TYPE_STRING,
    "number_value": HParamInfo.DataType.DATA_TYPE_FLOAT64,
}


def encode_hparams(
    hparam_dict: Any,
    metric_dict: Any,
    hparam_domain_discrete: Any = None,
    *,
    hparam_domain_interval: Any = None,
    group_name: str = "",
    start_time_secs: float = 0.0,
    always_experiment: bool = False,
) -> dict[str, bytes]:
    """The experiment and the start of a session, by tag. See `hparams`."""
    values = _to_values(hparam_dict)
    discrete, interval = hparam_domain_discrete or {}, hparam_domain_interval or {}
    for what, domains in (("discrete", discrete), ("interval", interval)):
        unknown = [name for name in domains if name not in values]
        if not isinstance(domains, dict) or unknown:
            raise TypeError(
                f"hparam_domain_{what} must be a dictionary of hyperparameters' names, "
                f"got {shown(unknown or domains)}"
            )
    infos, entries = [], []
    for name, (kind, value) in values.items():
        domain = {}
        if name in discrete:
            domain["domain_discrete"] = _encode_list(name, kind, discrete[name])
        elif name in interval:
            domain["domain_interval"] = _encode_interval(name, kind, interval[name])
        infos.append(encode_message(HParamInfo, name=name, type=_TYPES[kind], **domain))
        encoded = encode_message(Value, **{kind: value})
        entries.append(encode_message(SessionStartInfo.HparamsEntry, key=name, value=encoded))
    metrics = [
        encode_message(MetricInfo, name=encode_message(MetricName, tag=tag))
        for tag in _to_tags(metric_dict)
    ]
    made = {}
    if metrics or discrete or interval or always_experiment:
        experiment = encode_message(Experiment, hparam_infos=infos, metric_infos=metrics)
        made[EXPERIMENT_TAG] = _encode(EXPERIMENT_TAG, experiment=experiment)
    start = encode_message(
        SessionStartInfo, hparams=entries, group_name=group_name, start_time_secs=start_time_secs
    )
    made[SESSION_START_INFO_TAG] = _encode(SESSION_START_INFO_TAG, session_start_info=start)
    return made


class Session(tuple[Summary, ...]):
    """The three summaries of a session, as torch and tensorboardX return them.

    A writer's add_summary takes it as one summary: the experiment, if it names metrics or domains,
    and the start.
    """

    written: bytes

    def SerializeToString(self) -> bytes:
        """The bytes of the experiment and the start, as one Summary."""
        return self.written

    @property
    def value(self) -> list[Summary.Value]:
        """The values of the experiment and the start."""
        return Summary.FromString(self.written).value


def hparams(
    hparam_dict: Any,
    metric_dict: Any = None,
    hparam_domain_discrete: Any = None,
    *,
    hparam_domain_interval: Any = None,
    group_name: str = "",
    start_time_secs: float = 0.0,
) -> Session:
    """A session: unpack it into the summaries of its experiment, its start and its successful end.

    The arguments are those of SummaryWriter.add_hparams, but metrics are only the scalars' tags:
    the keys of a dictionary, or a list.

    Without metrics and domains, a writer leaves the experiment out: TensorBoard then makes one of
    all sessions, with all their scalars as metrics. Of several it takes the first that it finds.

    Raises TypeError or ValueError that names the hyperparameter.

    >>> experiment, start, end = hparams({"lr": 0.1}, {"loss": 1.0})
    >>> start.value[0].tag
    '_hparams_/session_start_info'
    """
    experiment, start = encode_hparams(
        hparam_dict, {} if metric_dict is None else metric_dict, hparam_domain_discrete,
        hparam_domain_interval=hparam_domain_interval, group_name=group_name,
        start_time_secs=start_time_secs, always_experiment=True,
    ).values()  # fmt: skip
    summaries = Summary.FromString(experiment), Summary.FromString(start), session_end(True, 0.0)
    session = Session(summaries)
    named = metric_dict or hparam_domain_discrete or hparam_domain_interval
    session.written = experiment + start if named else start
    return session


def encode_session_end(success: bool, end_time_secs: float) -> dict[str, bytes]:
    """The end of a session, as a Summary: whether in success, and when, in seconds since 1970."""
    status = Status.STATUS_SUCCESS if success else Status.STATUS_FAILURE
    end = encode_message(SessionEndInfo, status=status, end_time_secs=float(end_time_secs))
    return {SESSION_END_INFO_TAG: _encode(SESSION_END_INFO_TAG, session_end_info=end)}


session_end = makes_summary(encode_session_end)


def _encode(tag: str, **data: bytes) -> bytes:
    content = encode_message(HParamsPluginData, **data)
    return encode_value(tag, _NOTHING, encode_metadata(PLUGIN, content))


def _to_values(hparam_dict: Any) -> dict[str, tuple[str, Any]]:
    """The hyperparameters that are not None, by name: for each a field of Value, and its value."""
    if not isinstance(hparam_dict, dict):
        raise TypeError(f"hparam_dict must be a dictionary, got {shown(hparam_dict)}")
    values = {}
    for name, value in hparam_dict.items():
        if not isinstance(name, str):
            raise TypeError(f"names in hparam_dict must be strings, got {shown(name)}")
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ValueError(f"names in hparam_dict must be valid Unicode, got {name!r}") from None
        if value is not None:
            values[name] = _to_value(name, value)
    return values


def _to_value(name: str, value: Any) -> tuple[str, Any]:
    if is_masked(value):
        value = float("nan")
    if type(value).__module__ == "numpy" or hasattr(value, "item"):
        try:
            value = value.item()  # A NumPy scalar, or a tensor of one element.
        except (TypeError, ValueError, RuntimeError):
            few = hasattr(value, "tolist") and getattr(value, "size", 0) in range(_MOST_LISTED)
            value = value.tolist() if few else value
    if isinstance(value, bool):
        return "bool_value", value
    if hasattr(value, "__float__") or hasattr(value, "__index__"):
        try:
            number = float(value)
        except (OverflowError, TypeError, ValueError):
            raise ValueError(
                f"hyperparameter {name!r} must be within a double's range, got {shown(value)}"
            ) from None
        if number - number == 0:
            return "number_value", number
        value = number  # JSON has no NaN and no infinity: they would take the page down.
    # The page knows no lists either: as text they can be read, sorted and compared.
    try:
        check_nesting(value)
        text = value if isinstance(value, str) else str(getattr(value, "__name__", value))
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"hyperparameter {name!r} must be valid Unicode, got {shown(text)}"
        ) from None
    except ValueError as error:
        raise ValueError(f"hyperparameter {name!r} can not be shown: {error}") from None
    return "string_value", text


def to_metrics(metric_dict: Any) -> dict[str, float]:
    """The metrics that have a number already, by tag."""
    items = metric_dict.items() if hasattr(metric_dict, "items") else ()
    return {tag: to_float(tag, value) for tag, value in items if value is not None}


def _to_tags(metric_dict: Any) -> list[str]:
    if isinstance(metric_dict, str) or not hasattr(metric_dict, "__iter__"):
        raise TypeError(
            "metric_dict must be a dictionary of numbers or a list of tags, "
            f"got {shown(metric_dict)}"
        )
    tags = list(metric_dict)
    for tag in tags:
        encode_tag(tag)
    return tags


def _encode_list(name: str, kind: str, domain: Any) -> bytes:
    items = domain if isinstance(domain, (list, tuple, set, frozenset, range)) else ()
    values = [_to_value(name, item) for item in items]
    if {kind_of_item for kind_of_item, _ in values} != {kind}:
        raise TypeError(
            f"hparam_domain_discrete of {name!r} must be a list of values of its type, "
            f"got {shown(domain)}"
        )
    return encode_message(
        ListValue, values=[encode_message(Value, **{kind: value}) for _, value in values]
    )


def _encode_interval(name: str, kind: str, domain: Any) -> bytes:
    try:
        low, high = (float(end) for end in domain)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not (kind == "number_value" and float("-inf") < low <= high < float("inf")):
        raise TypeError(
            f"hparam_domain_interval of {name!r} must be (low, high), and its value a number, "
            f"got {shown(domain)}"
        )
    return encode_message(Interval, min_value=low, max_value=high)
