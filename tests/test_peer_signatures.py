"""The public methods' names, arguments and defaults, held to torch's and tensorboardX's.

Arguments stand in the peers' order; what goes beyond them is keyword-only. Where the two peers
differ from each other, torch's order counts and tensorboardX's arguments are keywords.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfevents_lite as tfe

from . import peer_signatures

Table = dict[str, str]

# Where a peer's argument is not, or not in that place, and why.
DIFFERENT: dict[tuple[str, str], dict[str, str]] = {
    ("tensorboardX", "SummaryWriter.__init__"): {
        "logdir": "torch's log_dir has its place; a keyword",
        "log_dir": "comes first, as in torch",
        "comet_config": "no service of others is written to",
        "**kwargs": "options of the writer, each checked",
    },
    ("tensorboardX", "SummaryWriter.add_scalar"): {
        "display_name": "torch's new_style has its place; a keyword, or a string in that place",
        "summary_description": "torch's double_precision has its place; a keyword, or a string",
    },
    ("tensorboardX", "SummaryWriter.add_hparams"): {
        "name": "torch's hparam_domain_discrete has its place; a keyword, or a string there",
        "global_step": "comes after torch's arguments; or an integer behind a name",
    },
    ("tensorboardX", "SummaryWriter.add_image_with_boxes"): {
        "dataformats": "comes after torch's rescale",
        "labels": "comes after torch's rescale",
        "**kwargs": "torch's rescale was the only one",
    },
    ("tensorboardX", "SummaryWriter.add_video"): {"dataformats": "beyond torch's; a keyword"},
    ("tensorboardX", "SummaryWriter.add_onnx_graph"): {
        "onnx_model_file": "torch's prototxt has its place; a keyword"
    },
    ("torch", "FileWriter.__init__"): {"log_dir": "is called logdir, as in TensorFlow"},
    ("tensorboardX", "GlobalSummaryWriter.__init__"): dict.fromkeys(
        (
            "logdir",
            "comment",
            "purge_step",
            "max_queue",
            "flush_secs",
            "filename_suffix",
            "write_to_disk",
            "log_dir",
            "coalesce_process",
            "**kwargs",
        ),
        "handed to SummaryWriter, which has them",
    ),
}
# Arguments that can't be given by these names.
NOT_HERE = {
    "no service of others is written to",
    "handed to SummaryWriter, which has them",
    "is called logdir, as in TensorFlow",
}
# Defaults that are others on purpose, or as one peer has them.
DEFAULTS = {
    ("tensorboardX", "SummaryWriter.add_scalar", "display_name"),
    ("tensorboardX", "SummaryWriter.add_embedding", "tag"),
}
PEERS = [
    ("torch", "SummaryWriter", peer_signatures.TORCH_SUMMARY_WRITER),
    ("torch", "FileWriter", peer_signatures.TORCH_FILE_WRITER),
    ("tensorboardX", "SummaryWriter", peer_signatures.TENSORBOARDX_SUMMARY_WRITER),
    ("tensorboardX", "FileWriter", peer_signatures.TENSORBOARDX_FILE_WRITER),
    ("tensorboardX", "GlobalSummaryWriter", peer_signatures.TENSORBOARDX_GLOBAL_SUMMARY_WRITER),
]
METHODS = [
    (peer, name, method, signature)
    for peer, name, table in PEERS
    for method, signature in table.items()
]


def parameters(method: Callable[..., Any]) -> list[inspect.Parameter]:
    """A method's parameters without self and types."""
    found = inspect.signature(inspect.unwrap(method)).parameters.values()
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in found]
    return [p for p in bare if p.name not in ("self", "cls")]


def parse(signature: str) -> list[inspect.Parameter]:
    """The parameters that a recorded signature stands for."""
    scope: dict[str, Any] = {}
    exec(f"def method({signature}): ...", scope)
    return parameters(scope["method"])


def assert_agrees(peer: str, name: str, method: str, theirs: list[inspect.Parameter]) -> None:
    ours = {p.name: p for p in parameters(getattr(getattr(tfe, name), method))}
    different = DIFFERENT.get((peer, f"{name}.{method}"), {})
    same = [p for p in theirs if p.name not in different and str(p) not in different]
    positional = [p.name for p in ours.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    in_place = [p.name for p in same if p.kind is p.POSITIONAL_OR_KEYWORD]
    expected = [p for p in positional if p in in_place]
    if different:
        assert expected == in_place
    else:
        assert positional[: len(in_place)] == in_place
    for theirs_ in theirs:
        if theirs_.kind is theirs_.VAR_KEYWORD or different.get(theirs_.name) in NOT_HERE:
            continue
        assert theirs_.name in ours, f"{theirs_.name} can't be given by keyword"
        is_same = theirs_ in same and (peer, f"{name}.{method}", theirs_.name) not in DEFAULTS
        if is_same and theirs_.default is not theirs_.empty:
            assert ours[theirs_.name].default == theirs_.default, theirs_.name


@pytest.mark.parametrize(
    ("peer", "name", "method", "signature"), METHODS, ids=lambda value: str(value)[:40]
)
def test_each_method_is_the_peers(peer: str, name: str, method: str, signature: str) -> None:
    """Each public method of a peer exists here, with its arguments in its order and defaults."""
    assert_agrees(peer, name, method, parse(signature))


def test_extensions_are_keyword_only() -> None:
    """Beyond what torch or tensorboardX have in a method, every argument has to be named."""
    known: dict[tuple[str, str], set[str]] = {}
    for _, name, method, signature in METHODS:
        known.setdefault((name, method), set()).update(p.name for p in parse(signature))
    for (name, method), theirs in known.items():
        for parameter in parameters(getattr(getattr(tfe, name), method)):
            if parameter.name not in theirs and (method, parameter.name) != ("flush", "sync"):
                kinds = parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL
                named = parameter.kind in kinds
                assert named, (name, method, parameter.name)


@pytest.mark.parametrize("peer", ["torch", "tensorboardX"])
def test_the_records_are_the_peers(peer: str) -> None:
    """The recorded signatures are those of the peer that is installed, which ours agree with."""
    pytest.importorskip(peer)
    module = pytest.importorskip("torch.utils.tensorboard" if peer == "torch" else peer)
    for of, name, table in PEERS:
        if of != peer:
            continue
        for method, function in vars(getattr(module, name)).items():
            if isinstance(function, (staticmethod, classmethod)):
                function = function.__func__
            if callable(function) and (method == "__init__" or not method.startswith("_")):
                live = parameters(function)
                assert_agrees(peer, name, method, live)
                assert [str(p) for p in live] == [str(p) for p in parse(table[method])]


def test_tensorboardxs_places_are_understood(tmp_path: Path) -> None:
    """A name and a description in tensorboardX's places are taken for what they are."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1.0, 1, None, "The name", "What it is")  # type: ignore[arg-type]
    (file,) = tmp_path.iterdir()
    *_, event = tfe.read_events(file)
    (value,) = event.summary.value
    assert (value.metadata.display_name, value.metadata.summary_description) == (
        "The name", "What it is",
    )  # fmt: skip
    assert value.simple_value == 1
