"""Steps: what is taken for one, and when an order of steps is warned of."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfevents_lite as tfe
from tfevents_lite import read_events


class Tensor:
    """Like torch's, in what a step is asked for."""

    def __init__(self, value: float) -> None:
        self.value = value

    def item(self) -> float:
        return self.value

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return f"tensor({self.value})"


def steps_of(folder: Path) -> list[int]:
    files = sorted(folder.glob("*tfevents*"))
    return [event.step for file in files for event in list(read_events(file))[1:]]


METHODS: dict[str, Any] = {
    "add_scalar": lambda w, step: w.add_scalar("a", 1, step),
    "new_style": lambda w, step: w.add_scalar("a", 1, step, new_style=True),
    "add_scalar_dict": lambda w, step: w.add_scalar_dict({"a": 1}, step),
    "add_text": lambda w, step: w.add_text("a", "x", step),
    "add_summary": lambda w, step: w.add_summary(tfe.summary.scalar("a", 1), step),
    "file_writer": lambda w, step: w.file_writer.add_summary(tfe.summary.scalar("a", 1), step),
    "add_graph": lambda w, step: w.file_writer.add_graph(b"", global_step=step),
    "ScalarWriter": lambda w, step: w.add_scalar("a", 1, step),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("step", "integer"),
    [(2.0, 2), (np.float64(3), 3), (np.array([4.0]), 4), (Tensor(8.0), 8), ("9", 9), (True, 1)],
    ids=repr,
)
def test_what_int_takes_is_a_step(method: str, step: Any, integer: int, tmp_path: Path) -> None:
    """As by both peers, int(step) is taken, by each method, and nothing is warned of."""
    make: Any = tfe.ScalarWriter if method == "ScalarWriter" else tfe.SummaryWriter
    with make(tmp_path) as writer:
        METHODS[method](writer, step)
    assert steps_of(tmp_path) == [integer]


def test_a_scalar_writer_warns_of_a_step_that_is_cut_off(tmp_path: Path) -> None:
    """It does so once, as SummaryWriter does."""
    with tfe.ScalarWriter(tmp_path) as writer:
        with pytest.warns(UserWarning, match=r"must be an integer: 2\.5 is taken for 2"):
            writer.add_scalar("a", 1, 2.5)
        writer.add_scalar("a", 1, 3.5)
    assert steps_of(tmp_path) == [2, 3]


def test_a_step_that_is_cut_off_is_warned_of_once(tmp_path: Path) -> None:
    """A step with a fraction is rounded towards 0, with one warning for the writer."""
    with tfe.SummaryWriter(tmp_path) as writer:
        with pytest.warns(UserWarning, match=r"must be an integer: 2\.5 is taken for 2"):
            writer.add_scalar("a", 1, 2.5)
        writer.add_scalar("a", 1, Tensor(3.5))
        writer.add_scalar("b", 1, -1.5)
        writer.add_text("c", "x", np.float32(4.5))
    assert steps_of(tmp_path) == [2, 3, -1, 4]


@pytest.mark.parametrize("step", [math.nan, math.inf, "one", [1], 1j, 2.0**63, {}], ids=repr)
def test_what_int_does_not_take_is_refused(step: Any, tmp_path: Path) -> None:
    """The error names the tag and the step, and nothing is written."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for log in ("add_scalar", "add_text", "new_style"):
            with pytest.raises((TypeError, ValueError), match="global_step of 'a' must be"):
                METHODS[log](writer, step)
    assert steps_of(tmp_path) == []


def test_the_same_again_does_no_harm(tmp_path: Path) -> None:
    """The same value at the same step is written, and warns of nothing, whatever the kind."""
    with tfe.SummaryWriter(tmp_path) as writer:
        for _ in range(2):
            writer.add_scalar("loss", 0.5, 3)
            writer.add_scalar("nan", math.nan, 3)
            writer.add_scalar("new", 0.5, 3, new_style=True)
            writer.add_scalar_dict({"dict": 0.5, "nan dict": math.nan}, 3)
            writer.add_scalars("main", {"x": 0.5}, 3)
            writer.add_text("text", "words", 3)
            writer.add_histogram("histogram", [1.0, 2.0], 3)
            writer.add_summary(tfe.summary.scalar("summary", 0.5), 3)
            writer.add_scalar_series("series", [0.5], [3])


REPEATS: list[tuple[Any, Any]] = [
    (lambda w: w.add_scalar("a", 0.5, 3), lambda w: w.add_scalar("a", 0.6, 3)),
    (lambda w: w.add_scalar("a", 0.5, 3), lambda w: w.add_scalar("a", 0.5, 2)),
    (lambda w: w.add_text("a", "one", 3), lambda w: w.add_text("a", "two", 3)),
    (lambda w: w.add_text("a", "one", 3), lambda w: w.add_text("a", "one", 2)),
    (lambda w: w.add_scalar_dict({"a": 1}, 3), lambda w: w.add_scalar("a", 2, 3)),
    (lambda w: w.add_scalar_series("a", [1, 2], [1, 3]), lambda w: w.add_scalar("a", 2.5, 3)),
    (lambda w: w.add_scalars("m", {"x": 1}, 3), lambda w: w.add_scalars("m", {"x": 2}, 3)),
]


@pytest.mark.parametrize(("first", "second"), REPEATS)
def test_a_step_that_does_not_rise_is_warned_of_once(
    first: Any, second: Any, tmp_path: Path
) -> None:
    """Another value at the same step, or an earlier step, warns, and says what to do."""
    with tfe.SummaryWriter(tmp_path) as writer:
        first(writer)
        advice = r"step [23] of '[am].*' comes after step 3: .*log each tag at rising steps.*resume"
        with pytest.warns(UserWarning, match=advice):
            second(writer)
        first(writer)  # Once for the tag.


def test_steps_that_are_missing_are_asked_for(tmp_path: Path) -> None:
    """Values without a step, at 0 all, are told of the argument."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1)
        with pytest.warns(UserWarning, match="pass global_step="):
            writer.add_scalar("a", 2)


def test_another_name_for_the_step_is_refused(tmp_path: Path) -> None:
    """`step=`, as in TensorFlow 2, raises TypeError with the name that it has here."""
    with tfe.SummaryWriter(tmp_path) as writer, pytest.raises(TypeError, match="global_step"):
        writer.add_scalar("a", 1, step=3)  # type: ignore[arg-type]
    assert steps_of(tmp_path) == []


def test_a_misspelt_option_is_told_the_right_one(tmp_path: Path) -> None:
    """The error names the option that is spelt most like it."""
    with pytest.raises(TypeError, match="no option 'durabilty': did you mean 'durability'"):
        tfe.SummaryWriter(tmp_path, durabilty="fsync")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"no option 'xyz'$"):
        tfe.SummaryWriter(tmp_path, xyz=1)  # type: ignore[call-arg]
    assert list(tmp_path.iterdir()) == []


def test_help_lists_every_option() -> None:
    """help(SummaryWriter) has each option with its default."""
    import inspect

    text = inspect.getdoc(tfe.SummaryWriter) or ""
    for name, parameter in inspect.signature(tfe.Options).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD and name != "reopens":
            default = {"clock": "time.time", "max_pending_bytes": "4194304"}.get(
                name, str(parameter.default)
            )
            shown = f'"{default}"' if isinstance(parameter.default, str) else default
            assert f"{name}={shown}" in text or f"`{name}`" in text, name
    assert "reopens=True" in text


def test_resume_knows_the_steps(tmp_path: Path) -> None:
    """A resumed writer warns of a step that an earlier file of the run, or a sub-run, had."""
    with tfe.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 5)
        writer.add_text("b", "x", 7)
        writer.add_scalars("c", {"x": 1}, 6)
    with tfe.SummaryWriter(tmp_path, resume=True) as writer:
        writer.add_scalar("a", 1, 6)
        logs: list[Callable[[], None]] = [
            lambda: writer.add_scalar("a", 2, 5),
            lambda: writer.add_text("b", "y", 7),
            lambda: writer.add_scalars("c", {"x": 2}, 6),
        ]
        for log in logs:
            with pytest.warns(UserWarning, match="comes after step"):
                log()
    with tfe.SummaryWriter(tmp_path, resume=True, purge_step=4) as writer:
        writer.add_scalar("a", 2, 4)
        writer.add_text("b", "y", 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with tfe.SummaryWriter(tmp_path, purge_step=1) as writer:
            writer.add_scalar("a", 3, 1)


def test_file_writers_summaries_are_checked_as_summary_writers(tmp_path: Path) -> None:
    """FileWriter.add_summary warns of a step that does not rise, in each run on its own."""
    with tfe.FileWriter(tmp_path) as writer:
        writer.add_summary(tfe.summary.scalar("a", 1.0), 5)
        writer.sub_run("sub").add_summary(tfe.summary.scalar("a", 1.0), 4)
        writer.add_summary(tfe.summary.scalar("a", 1.0), 5)  # The same again.
        with pytest.warns(UserWarning, match="step 4 of 'a' comes after step 5"):
            writer.add_summary(tfe.summary.scalar("a", 2.0), 4)
        writer.add_summary(tfe.summary.text("t", "x"), 5)
        with pytest.warns(UserWarning, match="step 5 of 't/text_summary' comes after step 5"):
            writer.add_summary(tfe.summary.text("t", "y"), 5)


def test_a_start_in_a_file_writer_forgets_later_steps(tmp_path: Path) -> None:
    """After a session's START, as TensorBoard drops later points, FileWriter takes their steps."""
    with tfe.FileWriter(tmp_path) as writer:
        writer.add_summary(tfe.summary.scalar("a", 1.0), 5)
        writer.add_session_log(tfe.SessionLog(status=tfe.SessionLog.START), 3)
        writer.add_summary(tfe.summary.scalar("a", 2.0), 3)
        with pytest.warns(UserWarning, match="step 2 of 'a' comes after step 3"):
            writer.add_summary(tfe.summary.scalar("a", 2.0), 2)
