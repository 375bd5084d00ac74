"""Text: markdown, verbatim, lists and tables, as TensorBoard renders them."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfevents_lite as tfe
from tfevents_lite.summary.text_summary import encode_text

from ..oracles.tensorboard import TensorBoardServer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Of a package within TensorBoard.
    from tensorboard.plugin_util import markdown_to_safe_html

VERBATIM = [
    "# no heading\n\n* no *list*\n\n    <b>&amp;</b> \\*escaped\\* `code`\n",
    "a\tb\n\tc   \n\n\n  d\r\nlast ",
    "```\nfence\n```",
    "</code></pre><script>alert(1)</script>",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "[link](http://example.com) http://example.com &#65; 漢字 🙂",
    "",
]


def shown_verbatim(served: str) -> str:
    """The text that a browser shows of a block of code."""
    match = re.fullmatch(r"<pre><code>(.*)</code></pre>", served, re.DOTALL)
    assert match, served
    return html.unescape(match.group(1))


def cells(served: str) -> list[list[str]]:
    """The cells of an HTML table, by row, without the paragraphs within."""
    rows = re.findall(r"<tr>(.*?)</tr>", served, re.DOTALL)
    found = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"</?p>|\n", "", cell) for cell in row] for row in found]


def test_strings_are_markdown(tensorboard: TensorBoardServer) -> None:
    """A string is rendered as TensorBoard renders markdown, at its step."""
    folder = tensorboard.new_run("text")
    texts = ["**bold** *and* `code`", "# head\n\n* item", "<script>x</script>", "漢字 🙂", ""]
    with tfe.SummaryWriter(folder) as writer:
        for step, text in enumerate(texts):
            writer.add_text("note", text, step, 100.0)
    tensorboard.reload()
    points = tensorboard.text(folder.name, "note/text_summary")
    assert [point.step for point in points] == list(range(len(texts)))
    assert [point.html for point in points] == [markdown_to_safe_html(text) for text in texts]
    assert "<strong>bold</strong>" in points[0].html


def test_raw_text_is_shown_as_it_is(tensorboard: TensorBoardServer) -> None:
    """With raw=True every character is shown as given: no markup, no lost spaces, tabs or lines."""
    folder = tensorboard.new_run("raw")
    with tfe.SummaryWriter(folder) as writer:
        for step, text in enumerate(VERBATIM):
            writer.add_text("note", text, step, raw=True)
    tensorboard.reload()
    served = [point.html for point in tensorboard.text(folder.name, "note/text_summary")]
    assert [shown_verbatim(page) for page in served] == VERBATIM


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\t")))
def test_any_raw_text_is_verbatim(text: str) -> None:
    """What TensorBoard's markdown makes of any printable text shows that text."""
    (string,) = tfe.summary.text("t", text, raw=True).value[0].tensor.string_val
    assert shown_verbatim(markdown_to_safe_html(string)) == text


def test_lists_and_tables_are_tables(tensorboard: TensorBoardServer) -> None:
    """A list has a row for each string, a table one for each row, from lists, tuples or arrays."""
    folder = tensorboard.new_run("tables")
    table = [["name", "**value**"], ["loss", "0.1"], ["accuracy", "0.9"]]
    with tfe.SummaryWriter(folder) as writer:
        writer.add_text("list", ["one", "*two*", "three"])
        writer.add_text("table", table)
        writer.add_text("array", np.array(table))
        writer.add_text("tuple", tuple(map(tuple, table)))
        writer.add_text("raw", [["*a*", "<b>"]], raw=True)
        writer.add_text("zero", np.array("alone"))
        writer.add_text("bytes", b"bytes")
    tensorboard.reload()

    def shown(tag: str) -> str:
        (point,) = tensorboard.text(folder.name, f"{tag}/text_summary")
        return point.html

    assert cells(shown("list")) == [["one"], ["<em>two</em>"], ["three"]]
    expected = [["name", "<strong>value</strong>"], ["loss", "0.1"], ["accuracy", "0.9"]]
    assert [cells(shown(tag)) for tag in ("table", "array", "tuple")] == [expected] * 3
    assert [[shown_verbatim(cell) for cell in row] for row in cells(shown("raw"))] == [
        ["*a*", "<b>"]
    ]
    assert [shown("zero"), shown("bytes")] == ["<p>alone</p>", "<p>bytes</p>"]


@given(st.text(max_size=300), st.booleans())
def test_the_bytes_are_the_generic_encoders(text: str, listed: bool) -> None:
    """Text made of parts has the bytes of the message it stands for."""
    made = tfe.summary.text("täg", [text, text] if listed else text)
    (value,) = made.value
    again = tfe.Summary(
        value=[
            tfe.Summary.Value(
                tag="täg/text_summary",
                tensor=tfe.TensorProto(
                    dtype=tfe.DataType.DT_STRING,
                    tensor_shape=tfe.TensorShapeProto(
                        dim=[tfe.TensorShapeProto.Dim(size=2)] if listed else []
                    ),
                    string_val=[text.encode()] * (2 if listed else 1),
                ),
                metadata=value.metadata,
            )
        ]
    )
    assert made == again
    assert encode_text("täg", [text, text] if listed else text) == again.SerializeToString()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "text of 't' must be a string, a list of strings or a list of rows of strings"),
        (5, "text of 't' must be a string, a list of strings or a list of rows of strings"),
        (iter("ab"), "text of 't' must be a string, a list of strings or"),
        ([], "text of 't' must not be empty"),
        ([[]], "text of 't' must not be empty"),
        ([1, 2], "text of 't' must be of type string, got 1"),
        (["a", None], "text of 't' must be of type string, got None"),
        ([["a"], ["b", "c"]], r"text of 't' must have 1 strings in each row, got \['b', 'c'\]"),
        ([["a"], "b"], "text of 't' must have 1 strings in each row, got 'b'"),
        ([[["a"]]], r"text of 't' must be of type string, got \['a'\]"),
        ("\udc80", "text of 't' must be valid Unicode"),
        (b"\xff", "text of 't' must be UTF-8"),
        (np.array([1.5]), "text of 't' must be of type string, got 1.5"),
    ],
)
def test_bad_text(text: Any, message: str, tmp_path: Path) -> None:
    """What is no text raises an error that names the tag, and nothing is written."""
    writer = tfe.SummaryWriter(tmp_path)
    for raw in (False, True):
        with pytest.raises((TypeError, ValueError), match=message):
            writer.add_text("t", text, 1, raw=raw)
    assert writer.file_writer.file.events == 1
    writer.close()


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # Importing it fails.
import tfevents_lite as tfe
with tfe.SummaryWriter("run") as writer:
    writer.add_text("note", "text", 1)
    writer.add_text("table", [["a", "b"]], 1, raw=True)
    writer.add_hparams({"lr": 0.1}, {"accuracy": 1})
    writer.add_custom_scalars({"charts": {"all": ["Multiline", [".*"]]}})
    writer.add_scalars("losses", {"train": 1.0}, 1)
    writer.add_scalars("both", {"train": 1.0}, 1, layout="custom")
    writer.add_scalar_dict({"a": 1.0, "b": 2}, 1)
    writer.add_scalar("styled", 1.0, 1, new_style=True, display_name="name")
    writer.export_scalars_to_json("scalars.json")
"""


def test_what_holds_no_arrays_needs_no_numpy(tmp_path: Path) -> None:
    """Text, hyperparameters, charts and scalars are logged where NumPy can't be imported."""
    root = Path(tfe.__file__).parents[1]
    subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_NUMPY],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (tmp_path / "scalars.json").exists()
