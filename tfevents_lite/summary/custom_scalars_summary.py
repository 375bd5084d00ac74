"""Custom scalars: layouts for TensorBoard's page of that name, with several scalars in a chart."""

from __future__ import annotations

from ..inputs.checks import encode_tag, shown
from ..schema.plugins import Layout
from .encoding import encode_metadata, encode_strings, encode_value, makes_summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLUGIN = "custom_scalars"
TAG = "custom_scalars__config__"


def encode_custom_scalars(layout: Any) -> dict[str, bytes]:
    """A layout as a Summary: {category: {chart: ["Multiline", tags] or ["Margin", tags]}}.

    The tags of a multiline chart are regular expressions, matched from a tag's beginning. Those of
    a margin chart are three for each curve: its value, its lower and its upper edge.

    Raises TypeError or ValueError that names the chart.

    >>> value = custom_scalars({"losses": {"both": ["Multiline", ["loss/.*"]]}}).value[0]
    >>> Layout.FromString(value.tensor.string_val[0]).category[0].chart[0].title
    'both'
    """
    tensor = encode_strings([to_layout(layout).SerializeToString()], ())
    return {TAG: encode_value(TAG, tensor, encode_metadata(PLUGIN))}


custom_scalars = makes_summary(encode_custom_scalars)


def to_layout(layout: Any) -> Layout:
    """The message of a layout, from dictionaries as in `custom_scalars`."""
    if isinstance(layout, Layout):
        return layout
    categories: list[Any] = []
    for title, charts in _items(layout, "layout", "category"):
        charts = [_to_chart(*chart) for chart in _items(charts, f"category {title!r}", "chart")]
        categories.append({"title": title, "chart": charts})
    return Layout(category=categories)


def _items(value: Any, what: str, of: str) -> Any:
    """The items of a dictionary whose keys are titles."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} must be a dictionary, got {shown(value)}")
    for title in value:
        if not isinstance(title, str):
            raise TypeError(f"a {of}'s title must be a string, got {shown(title)}")
    return value.items()


def _to_chart(title: str, content: Any) -> dict[str, Any]:
    if not isinstance(content, (list, tuple)) or len(content) != 2:
        raise TypeError(
            f"chart {title!r} must be ['Multiline', tags] or ['Margin', tags], got {shown(content)}"
        )
    kind, tags = content
    if not isinstance(tags, (list, tuple)) or not tags:
        raise TypeError(f"tags of chart {title!r} must be a list of strings, got {shown(tags)}")
    for tag in tags:
        try:
            encode_tag(tag)
        except (TypeError, ValueError) as error:
            raise type(error)(f"tags of chart {title!r} must be tags: {error}") from None
    if kind == "Multiline":
        return {"title": title, "multiline": {"tag": tags}}
    if kind != "Margin":
        raise ValueError(f"chart {title!r} must be 'Multiline' or 'Margin', got {shown(kind)}")
    if len(tags) % 3:
        raise ValueError(
            f"tags of margin chart {title!r} must be three for each curve: "
            f"value, lower, upper; got {len(tags)}"
        )
    names = ("value", "lower", "upper")
    series = [dict(zip(names, tags[at : at + 3])) for at in range(0, len(tags), 3)]
    return {"title": title, "margin": {"series": series}}


def merge_layout(layout: Layout, more: Layout) -> Layout:
    """A layout with the charts of another; one of the same category and title is replaced."""
    merged = Layout.FromString(layout.SerializeToString())
    known = {category.title: category for category in merged.category}
    for category in more.category:
        if category.title not in known:
            merged.category.append(category)
            continue
        new = {chart.title: chart for chart in category.chart}
        charts = [new.pop(chart.title, chart) for chart in known[category.title].chart]
        known[category.title].chart = [*charts, *new.values()]
    return merged
