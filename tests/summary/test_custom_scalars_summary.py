"""Layouts of custom scalars as TensorBoard serves them, from both of the loaders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.custom_scalar import layout_pb2

import tfevents_lite as tfe

from ..oracles.tensorboard import LOADERS, Loader, TensorBoardServer

LAYOUT = {
    "Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]]},
    "USA": {
        "dow": ["Margin", ["dow/aaa", "dow/bbb", "dow/ccc"]],
        "nasdaq": ["Margin", ["nasdaq/aaa", "nasdaq/bbb", "nasdaq/ccc"] * 2],
    },
}


def margin(*tags: str) -> dict[str, Any]:
    threes = [tags[at : at + 3] for at in range(0, len(tags), 3)]
    return {
        "margin": {
            "series": [{"value": a, "lower": b, "upper": c} for a, b, c in threes],
        }
    }


@pytest.mark.parametrize("loader", LOADERS)
def test_torchs_example_is_served(loader: Loader, tmp_path: Path) -> None:
    """Categories, charts and tags are served as the dictionary has them, in its order."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_custom_scalars(LAYOUT)
        for step in range(3):
            writer.add_scalar("twse/0050", step, step)
    with TensorBoardServer(tmp_path, loader) as server:
        categories = server.custom_scalars_layout()["category"]
        points = server.custom_scalars(".", "twse/0050")
    assert [category["title"] for category in categories] == ["Taiwan", "USA"]
    assert categories[0]["chart"] == [
        {"title": "twse", "multiline": {"tag": ["twse/0050", "twse/2330"]}}
    ]
    assert categories[1]["chart"] == [
        {"title": "dow", **margin("dow/aaa", "dow/bbb", "dow/ccc")},
        {"title": "nasdaq", **margin(*["nasdaq/aaa", "nasdaq/bbb", "nasdaq/ccc"] * 2)},
    ]
    assert [point.value for point in points["twse/0050"]] == [0, 1, 2]


@pytest.mark.parametrize("loader", LOADERS)
def test_charts_of_several_calls_add_up(loader: Loader, tmp_path: Path) -> None:
    """Later calls add charts, and replace one of the same category and title."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_custom_scalars_multilinechart(["a", "b"])
        writer.add_custom_scalars_marginchart(["a", "b", "c"], category="more", title="band")
        writer.add_custom_scalars_multilinechart(["x"], title="second")
        writer.add_custom_scalars_multilinechart(["a", "c"])
    with TensorBoardServer(tmp_path, loader) as server:
        categories = server.custom_scalars_layout()["category"]
    assert [(c["title"], c["chart"]) for c in categories] == [
        (
            "default",
            [
                {"title": "untitled", "multiline": {"tag": ["a", "c"]}},
                {"title": "second", "multiline": {"tag": ["x"]}},
            ],
        ),
        ("more", [{"title": "band", **margin("a", "b", "c")}]),
    ]


def test_tensorboards_own_message_reads_it() -> None:
    """The tensor holds what TensorBoard's Layout parses."""
    made = tfe.summary.custom_scalars(LAYOUT)
    (value,) = summary_pb2.Summary.FromString(made.SerializeToString()).value
    layout = layout_pb2.Layout.FromString(value.tensor.string_val[0])
    assert value.tag == "custom_scalars__config__"
    assert value.metadata.plugin_data.plugin_name == "custom_scalars"
    assert [chart.title for category in layout.category for chart in category.chart] == [
        "twse", "dow", "nasdaq",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (None, "layout must be a dictionary, got None"),
        ([1], r"layout must be a dictionary, got \[1\]"),
        ({"c": [1]}, r"category 'c' must be a dictionary, got \[1\]"),
        ({5: {}}, "a category's title must be a string, got 5"),
        ({"c": {5: ["Multiline", ["a"]]}}, "a chart's title must be a string, got 5"),
        ({"c": {"t": ["a"]}}, r"chart 't' must be \['Multiline', tags\] or"),
        ({"c": {"t": "ab"}}, r"chart 't' must be \['Multiline', tags\] or"),
        ({"c": {"t": ["Multiline", "ab"]}}, "tags of chart 't' must be a list of strings"),
        ({"c": {"t": ["Multiline", []]}}, "tags of chart 't' must be a list of strings"),
        ({"c": {"t": ["Multiline", [1]]}}, "tags of chart 't' must be tags: tag must be a string,"),
        ({"c": {"t": ["multiline", ["a"]]}}, "chart 't' must be 'Multiline' or 'Margin'"),
        ({"c": {"t": ["Margin", ["a", "b"]]}}, "tags of margin chart 't' must be three for each"),
    ],
)
def test_bad_layouts(layout: Any, message: str, tmp_path: Path) -> None:
    """What is no layout raises an error that names the chart, and nothing is written."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_custom_scalars(layout)
    assert writer.file_writer.file.events == 1
    writer.close()
