"""Where NumPy is missing: each public call either does its work or says that it needs NumPy."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import tfevents_lite as tfe

from .test_anywhere import run_without

pytestmark = pytest.mark.slow

# What needs NumPy: how it is called, by the name that its error has. `w` is a SummaryWriter, `g` a
# GlobalSummaryWriter.
NEEDS_NUMPY = {
    "SummaryWriter": {
        "add_histogram": "w.add_histogram('t', [1.0, 2.0], 1)",
        "add_histogram_raw": "w.add_histogram_raw('t', 0, 1, 1, 1, 1, [1], [1], 1)",
        "add_image": "w.add_image('t', [[0.0]], 1, dataformats='HW')",
        "add_images": "w.add_images('t', [[[0.0]]], 1, dataformats='NHW')",
        "image_summary": "w.image_summary('t', [[[0.0]]], 1)",
        "add_image_with_boxes": "w.add_image_with_boxes('t', [[[0.0]]], [[0, 0, 1, 1]], 1)",
        "add_figure": "w.add_figure('t', None, 1)",
        "add_video": "w.add_video('t', [[[[[0.0]]]]], 1)",
        "add_audio": "w.add_audio('t', [0.0], 1)",
        "add_tensor": "w.add_tensor('t', [1.0], 1)",
        "add_pr_curve": "w.add_pr_curve('t', [1], [0.5], 1)",
        "add_pr_curve_raw": "w.add_pr_curve_raw('t', *[[1]] * 6, 1)",
        "add_mesh": "w.add_mesh('t', [[[1.0, 2.0, 3.0]]])",
        "add_embedding": "w.add_embedding([[1.0]])",
        "add_scalar_series": "w.add_scalar_series('t', [1.0], [1])",
        "default_bins": "w.default_bins",
    },
    "GlobalSummaryWriter": {"add_image": "g.add_image('t', [[0.0]], dataformats='HW')"},
    "tfevents_lite": {
        "image_summary": "tfe.image_summary('t', [])",
        "png": "tfe.png.encode([])",
        "read_scalars": "tfe.read_scalars('run')",
    },
    "tfevents_lite.summary": {
        name: f"summary.{name}()"
        for name in (
            "audio", "embedding", "figure", "histogram", "histogram_raw", "image", "image_boxes",
            "image_with_boxes", "images", "mesh", "pr_curve", "pr_curve_raw", "tensor",
            "tensor_proto", "video",
        )
    },
    "tfevents_lite.v2": {
        "image": "v2.image('t', [[[[0.0]]]], 1)",
        "histogram": "v2.histogram('t', [1.0], 1)",
        "audio": "v2.audio('t', [[[0.0]]], 44100, 1)",
        "write": "v2.write('t', [1.0], 1)",
    },
}  # fmt: skip

# What works without, and how it is called so that it does its work.
NEEDS_NONE = {
    "SummaryWriter": {
        "all_writers": "w.all_writers",
        "file_writer": "w.file_writer.flush()",
        "pending": "w.pending",
        "add_scalar": "w.add_scalar('s', 1, 1)",
        "add_scalars": "w.add_scalars('ss', {'a': 1}, 1)",
        "add_scalar_dict": "w.add_scalar_dict({'a': 1}, 1)",
        "export_scalars_to_json": "w.export_scalars_to_json('all.json')",
        "add_text": "w.add_text('text', 'x', 1)",
        "add_hparams": "w.add_hparams({'lr': 0.1}, {'m': 1.0})",
        "add_session_log": "w.add_session_log(tfe.SessionLog(status=1), 1)",
        "add_custom_scalars": "w.add_custom_scalars({'a': {'b': ['Multiline', ['s']]}})",
        "add_custom_scalars_multilinechart": "w.add_custom_scalars_multilinechart(['s'])",
        "add_custom_scalars_marginchart": "w.add_custom_scalars_marginchart(['s', 's', 's'])",
        "add_graph": "w.add_graph([summary.Node('a', 'Op')])",
        "add_run_metadata": "w.add_run_metadata([summary.NodeStats('a', 0, 1)], 'm', 1)",
        "add_summary": "w.add_summary(tfe.Summary(), 1)",
        "get_logdir": "w.get_logdir()",
        "use_metadata": "w.use_metadata(global_step=1)",
        "flush": "w.flush()",
        "close": "w.close()",
        "last_step": "w.last_step",
        "dropped": "w.dropped",
        # Of files that it is given; see the tests of graphs.
        "add_onnx_graph": "summary.onnx_graph",
        "add_openvino_graph": "summary.openvino_graph",
    },
    "GlobalSummaryWriter": {
        "add_scalar": "g.add_scalar('s', 1)",
        "add_text": "g.add_text('text', 'x')",
        "getSummaryWriter": "tfe.GlobalSummaryWriter.getSummaryWriter",
        "file_writer": "g.file_writer",
        "flush": "g.flush()",
        "close": "g.close()",
    },
    "tfevents_lite.summary": {
        "Node": "summary.Node('a', 'Op')",
        "NodeStats": "summary.NodeStats('a', 0, 1)",
        "custom_scalars": "summary.custom_scalars({'a': {'b': ['Multiline', ['s']]}})",
        "graph": "summary.graph",
        "hparams": "summary.hparams({}, {})",
        "onnx_graph": "summary.onnx_graph",
        "openvino_graph": "summary.openvino_graph",
        "run_metadata": "summary.run_metadata",
        "scalar": "summary.scalar('s', 1)",
        "session_end": "summary.session_end",
        "text": "summary.text('t', 'x')",
        "to_graph_def": "summary.to_graph_def([summary.Node('a', 'Op')])",
        "to_run_metadata": "summary.to_run_metadata([summary.NodeStats('a', 0, 1)])",
    },
    "tfevents_lite.v2": {
        "scalar": "v2.scalar('t', 1, 1)",
        "text": "v2.text('text', 'x', 1)",
        "graph": "v2.graph([summary.Node('a', 'Op')])",
        "create_file_writer": "v2.create_file_writer('v2')",
        "create_noop_writer": "v2.create_noop_writer()",
        "experimental": "v2.experimental",
        "flush": "v2.flush()",
        "record_if": "v2.record_if(True)",
        "should_record_summaries": "v2.should_record_summaries()",
        "SummaryWriter": "v2.SummaryWriter",
    },
}

SET_UP = """
import tfevents_lite as tfe
from tfevents_lite import summary, v2
w = tfe.SummaryWriter("run", clock=lambda: 1.5)
g = tfe.GlobalSummaryWriter("global", clock=lambda: 1.5)
v2.create_file_writer("v2").set_as_default()
"""


def public_names(of: str) -> set[str]:
    """What a module or a class has for its users."""
    if of.startswith("tfevents_lite"):
        found: list[str] = importlib.import_module(of).__all__
        return set(found)
    return {name for name in dir(getattr(tfe, of)) if name[0] != "_"}


@pytest.mark.parametrize("of", NEEDS_NUMPY)
def test_all_names_are_told_apart(of: str) -> None:
    """Each public name is known to need NumPy or not, or is a message or a module."""
    known = {*NEEDS_NUMPY[of], *NEEDS_NONE.get(of, {})}
    found = public_names(of)
    if of == "tfevents_lite":
        assert known < found
    else:
        assert known == found


@pytest.mark.parametrize("of", NEEDS_NUMPY)
def test_what_needs_numpy_says_so(of: str, tmp_path: Path) -> None:
    """A call that needs NumPy says so in one line that names it, and writes nothing."""
    code = f"""{SET_UP}
import os
def size():
    return sum(os.path.getsize(os.path.join(at, f)) for at, _, files in os.walk(".") for f in files)
before = size()
for name, call in {NEEDS_NUMPY[of]!r}.items():
    for _ in range(2):
        try:
            eval(call)
        except ImportError as error:
            assert str(error) == name + " needs NumPy: pip install numpy", error
            assert error.name == "numpy"
        else:
            raise AssertionError(name + " was done")
assert size() == before
print("all")
"""
    assert run_without(("numpy",), code, tmp_path) == "all\n"


@pytest.mark.parametrize("of", NEEDS_NONE)
def test_what_needs_no_numpy(of: str, tmp_path: Path) -> None:
    """All other calls do their work where there is none."""
    code = f"{SET_UP}\nfor call in {[*NEEDS_NONE[of].values()]!r}: eval(call)\nprint('all')"
    assert run_without(("numpy",), code, tmp_path) == "all\n"


def test_what_numpy_lacks_is_not_numpy(tmp_path: Path) -> None:
    """A NumPy that can't be imported as it lacks something itself is not said to be missing."""
    (tmp_path / "numpy.py").write_text("import surely_not_there\n")
    code = f"{SET_UP}\ntry: w.add_histogram('t', [1.0])\nexcept ImportError as e: print(e)"
    assert "surely_not_there" in run_without((), f"sys.path.insert(0, '.')\n{code}", tmp_path)
