"""The methods for pictures, sound and graphs with what does not belong: taken, or refused by name.

One table: a call of each method with a hole in it, what its errors must match, what is accepted.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import tfevents_lite as tfe

from ..test_bad_input import INPUTS as EVERY_INPUT
from ..test_bad_input import Case

INPUTS = {name: make for name, make in EVERY_INPUT.items() if name != "string"}
PICTURE = np.zeros((1, 2, 2))
CLIP = np.zeros((1, 2, 1, 3, 3))
POINT = [[1, 2]]


CASES: dict[str, Case] = {
    "add_image": Case(lambda w, v: w.add_image("tag", v), "image of 'tag'", {"rank 3"}),
    "add_image, tag": Case(lambda w, v: w.add_image(v, PICTURE), "tag must be"),
    "add_image, dataformats": Case(
        lambda w, v: w.add_image("tag", PICTURE, dataformats=v), "image of 'tag'.*dataformats"
    ),
    "add_image, step": Case(
        lambda w, v: w.add_image("tag", PICTURE, v), "global_step of 'tag'", {"None"}
    ),
    "add_image, walltime": Case(
        lambda w, v: w.add_image("tag", PICTURE, 1, v), "walltime must be", {"None"}
    ),
    "add_images": Case(lambda w, v: w.add_images("tag", v), "image of 'tag'"),
    "add_images, each": Case(
        lambda w, v: w.add_images("tag", [v], as_grid=False), "image of 'tag'", {"rank 3"}
    ),
    "add_images, not as a grid": Case(
        lambda w, v: w.add_images("tag", v, as_grid=False), "image of 'tag'"
    ),
    "add_image_with_boxes": Case(
        lambda w, v: w.add_image_with_boxes("tag", v, [[0, 0, 1, 1]]), "image of 'tag'", {"rank 3"}
    ),
    "add_image_with_boxes, boxes": Case(
        lambda w, v: w.add_image_with_boxes("tag", PICTURE, v),
        "boxes of 'tag'",
        {"empty list", "empty array"},
    ),
    "add_image_with_boxes, rescale": Case(
        lambda w, v: w.add_image_with_boxes("tag", PICTURE, [], rescale=v), "rescale of 'tag'"
    ),
    "image_summary": Case(
        lambda w, v: w.image_summary("tag", v), "'tag'", {"rank 3", "empty list"}
    ),
    "image_summary, each": Case(
        lambda w, v: w.image_summary("tag", [v]), "image 0 of 'tag'", {"rank 3"}
    ),
    "add_figure": Case(lambda w, v: w.add_figure("tag", v), "figure of 'tag'"),
    "add_figure, each": Case(lambda w, v: w.add_figure("tag", [v]), "figure of 'tag'"),
    "add_video": Case(lambda w, v: w.add_video("tag", v), "image of 'tag'"),
    "add_video, fps": Case(lambda w, v: w.add_video("tag", CLIP, fps=v), "fps of 'tag'"),
    "add_audio": Case(lambda w, v: w.add_audio("tag", v), "audio of 'tag'", {"array with NaN"}),
    "add_audio, rate": Case(
        lambda w, v: w.add_audio("tag", [0.0], sample_rate=v), "sample_rate of 'tag'"
    ),
    "add_embedding": Case(lambda w, v: w.add_embedding(v, tag="tag"), "mat of 'tag'"),
    "add_embedding, metadata": Case(
        lambda w, v: w.add_embedding(POINT, v, tag="tag"),
        "metadata of 'tag'",
        {"None", "times", "dictionary"},
    ),
    "add_embedding, label_img": Case(
        lambda w, v: w.add_embedding(POINT, label_img=v, tag="tag"), "image of 'tag'", {"None"}
    ),
    "add_embedding, tag": Case(lambda w, v: w.add_embedding(POINT, tag=v), "tag"),
    "add_graph": Case(lambda w, v: w.add_graph(v), "model must|graph must|graph node 0|codec"),
    "add_graph, node": Case(lambda w, v: w.add_graph([v]), "graph node 0"),
    "add_graph, attribute": Case(
        lambda w, v: w.add_graph([("a", "Op", [], {"x": v})]), "", set(INPUTS)
    ),
    "add_graph, inputs": Case(
        lambda w, v: w.add_graph([("a", "Op", v)]),
        "graph node 'a'",
        {"empty list", "empty array", "None", "dictionary"},  # Of which the keys are names.
    ),
    "add_graph, shapes": Case(
        lambda w, v: w.add_graph([("a", "Op", [], {}, "", v)]),
        "graph node 'a'",
        {"empty list", "empty array", "ragged", "objects"},  # {} is a shape of no axes.
    ),
    "add_graph, operation": Case(lambda w, v: w.add_graph([("a", v)]), "graph node 'a'", {"None"}),
    "add_onnx_graph": Case(lambda w, v: w.add_onnx_graph(v), "model must be|codec"),
    "add_openvino_graph": Case(lambda w, v: w.add_openvino_graph(v), "xmlname must be|codec"),
    "add_run_metadata": Case(
        lambda w, v: w.add_run_metadata(v, "tag"),
        "run_metadata must be|statistics 0",
        {"empty list", "empty array"},
    ),
    "add_run_metadata, statistics": Case(
        lambda w, v: w.add_run_metadata([v], "tag"), "statistics 0"
    ),
    "add_run_metadata, time": Case(
        lambda w, v: w.add_run_metadata([("a", 0, v)], "tag"), "statistics of 'a'"
    ),
    "add_run_metadata, tag": Case(
        lambda w, v: w.add_run_metadata([], v), r"TaggedRunMetadata\.tag must be", {"None"}
    ),
}


def events_in(folder: Path) -> list[tfe.Event]:
    """What a run holds behind the record that each file begins with."""
    (path,) = folder.glob("*tfevents*")
    return list(tfe.read_events(path))[1:]


@pytest.mark.parametrize("given", INPUTS)
@pytest.mark.parametrize("name", CASES)
def test_each_is_taken_or_refused(name: str, given: str, tmp_path: Path) -> None:
    """What is accepted is written; the rest raises, says where, and leaves nothing behind."""
    case = CASES[name]
    with tfe.SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Of NaN that is drawn as 0.
        if given in case.accepted:
            case.call(writer, INPUTS[given]())
        else:
            with pytest.raises((TypeError, ValueError), match=case.named):
                case.call(writer, INPUTS[given]())
            assert len(list(tmp_path.iterdir())) == 1
            assert events_in(tmp_path) == []
        writer.add_scalar("after", 1.0, 1)
    assert events_in(tmp_path)[-1].summary.value[0].tag == "after"


@pytest.mark.parametrize("method", ["add_image", "add_images", "add_video"])
def test_a_file_that_is_missing_is_named(method: str, tmp_path: Path) -> None:
    """A path that leads nowhere raises what opening it raises."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
            getattr(writer, method)("tag", tmp_path / "nowhere.png")
        with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
            writer.add_onnx_graph(tmp_path / "nowhere.onnx")
    assert events_in(tmp_path) == []
