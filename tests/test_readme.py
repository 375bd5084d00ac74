"""The README's snippets run, and do and print what they say; its commands are there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import tfevents_lite as tfe
from tfevents_lite.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# The README and the pages that it links to, by their paths.
PAGES = {
    path: path.read_text("utf-8")
    for path in [
        ROOT / "README.md",
        *sorted((ROOT / ".readme").glob("*.md")),
        *sorted((ROOT / ".github").glob("*.md")),
        ROOT / "benchmarks" / "README.md",
        ROOT / "proto" / "README.md",
    ]
}


class Block(NamedTuple):
    """A block of code and what stands in bold, or as a heading, before it."""

    title: str
    language: str
    code: str


def blocks() -> Iterator[Block]:
    """The blocks of the README and of `.readme/`, but those that CI runs itself."""
    title = ""
    pages = (text for path, text in PAGES.items() if path.parent in (ROOT, ROOT / ".readme"))
    pattern = r"^(?:## (.+)|\*\*(.+?)\*\*.*|(<!-- ci: .+\n)?```(\w+)\n((?:.*\n)*?)```)$"
    for found in re.finditer(pattern, "\n".join(pages), re.MULTILINE):
        heading, bold, for_ci, language, code = found.groups()
        title = heading or bold or title
        if code and not for_ci:
            yield Block(title.rstrip("., "), language, code)


BLOCKS = list(blocks())


def named(language: str) -> list[Any]:
    """The blocks of a language as parameters of a test."""
    return [pytest.param(b, id=b.title[:30]) for b in BLOCKS if b.language == language]


def run(command: list[str], folder: Path, text: str = "", **variables: str) -> str:
    """What a command prints in a folder, where `python` is this one and knows the package."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, input=text, timeout=60,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **variables},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def steps(run: str, tag: str) -> list[int]:
    """The steps of a tag, as they are read back from the current folder."""
    found: list[int] = tfe.read_scalars("runs")[run][tag].step.tolist()
    return found


def files(folder: str) -> list[Path]:
    """The event files beneath a folder."""
    return sorted(path for path in Path(folder).rglob("*tfevents*") if path.is_file())


# What the text claims of each block, looked at in the folder that it ran in. `again` runs it again.
Again = Callable[..., str]


def check_first(again: Again) -> None:
    assert steps("first", "loss") == list(range(10))
    tags = [image.tag for image in tfe.read_images("runs")]
    assert tags == [f"noise/{i}" for i in range(4)] * (len(tags) // 4)


def check_v2(again: Again) -> None:
    assert steps("v2", "loss") == [3]
    assert [(image.tag, image.step) for image in tfe.read_images("runs")] == [("digits", 4)]


def check_v1(again: Again) -> None:
    assert steps("v1", "loss") == [1]
    found = [(image.tag, image.step) for image in tfe.read_images("runs")]
    assert found == [("digits/0", 1), ("digits/1", 1)]


def check_board(again: Again) -> None:
    assert steps("board", "temperature") == list(range(100))


def check_resume(again: Again) -> None:
    assert steps("long", "loss") == list(range(5))
    again()
    assert steps("long", "loss") == list(range(10))


def check_upload(again: Again) -> None:
    assert len(files("runs/up")) > 3
    uploaded = {path.name: path.read_bytes() for path in files("bucket")}
    assert uploaded == {path.name: path.read_bytes() for path in files("runs/up")}
    assert steps("up", "loss") == list(range(500))


def check_processes(again: Again) -> None:
    if Path("runs/ddp").is_dir():
        again(RANK="1")
        assert steps("ddp/rank-0", "loss") == steps("ddp/rank-1", "loss") == list(range(10))
        assert steps("rank-0-only", "loss") == list(range(10))
        assert len(files("runs/rank-0-only")) == 1
    else:
        runs = tfe.read_scalars("runs")
        assert len(runs) == 2
        assert all(re.fullmatch(r"many/process-\d+", name) for name in runs)
        assert all(tags["loss"].step.tolist() == list(range(10)) for tags in runs.values())


def check_pictures(again: Again) -> None:
    sizes = [(image.tag, image.width, image.height) for image in tfe.read_images("runs")]
    assert sizes == [
        ("grid", 256, 64), ("as in JAX", 256, 64), *[("one by one", 32, 32)] * 4, ("one", 32, 32),
        ("a channel", 32, 32), ("stretched/0", 32, 32), ("stretched/1", 32, 32),
    ]  # fmt: skip
    grid, jax, *_ = tfe.read_images("runs")
    assert grid.data == jax.data


def check_back(again: Again) -> None:
    assert steps("back", "loss") == [10, 20, 30]


def check_bytes(again: Again) -> None:
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    version, scalar = LegacyEventFileLoader("received.tfevents").Load()
    assert version.file_version == "brain.Event:2"
    assert (scalar.step, scalar.summary.value[0].simple_value) == (1, 0.5)


def check_micro(again: Again) -> None:
    found = tfe.read_scalars("run")["."]["temperature"]
    assert found.step.tolist() == list(range(1440))
    assert found.value.tolist() == [15 + step % 12 for step in range(1440)]


CHECKS = {
    "Boards and vendoring": check_micro,
    "First run": check_first,
    "TensorFlow 2": check_v2,
    "TensorFlow 1": check_v1,
    "On a small device that runs Python": check_board,
    "Continue after a crash": check_resume,
    "Upload files that are complete": check_upload,
    "Several processes": check_processes,
    "Images from a training loop": check_pictures,
    "Read a run back": check_back,
    "Only bytes": check_bytes,
}


@pytest.mark.parametrize("block", named("python"))
@pytest.mark.slow
def test_snippets_run(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snippet runs in an empty folder without a warning, and does and prints what it claims."""
    monkeypatch.chdir(tmp_path)
    Path("example.py").write_text(block.code, "utf-8")
    if "from micro import" in block.code:  # As it is on a board.
        shutil.copy(ROOT / "tfevents_lite" / "micro.py", "micro.py")

    def again(**variables: str) -> str:
        return run([sys.executable, "-W", "error", "example.py"], tmp_path, **variables)

    printed = again().splitlines()
    assert printed == re.findall(r"^ *print\(.*\)  # (.+)$", block.code, re.MULTILINE)
    CHECKS[block.title](again)


@pytest.mark.parametrize("block", named("pycon"))
def test_the_prompt_shows_this(block: Block, tmp_path: Path) -> None:
    """What is typed at the interpreter's own prompt is answered as shown, `…` standing for more."""
    lines = block.code.splitlines()
    typed = [line[4:] for line in lines if line[:4] in (">>> ", "... ")]
    shown = [line for line in lines if line[:4] not in (">>> ", "... ")]
    printed = run([sys.executable, "-i", "-q"], tmp_path, "\n".join([*typed, ""])).splitlines()
    assert len(printed) == len(shown) > 0
    for line, expected in zip(printed, shown):
        assert re.fullmatch(re.escape(expected).replace("…", ".+"), line), line


@pytest.mark.parametrize("block", named("sh"))
def test_shell_blocks_run(block: Block, tmp_path: Path) -> None:
    """Commands run one after another in an empty folder."""
    printed = run(["sh", "-e", "-c", block.code], tmp_path)
    assert re.search(r"<ScalarWriter of '.*/runs/copy/", printed)
    assert len(list((tmp_path / "runs/copy").iterdir())) == 1


def test_scalar_writer_is_about_half(tmp_path: Path) -> None:
    """Of the code that a scalar through SummaryWriter loads, ScalarWriter loads about half."""
    code = """
import os, sys, tfevents_lite
getattr(tfevents_lite, sys.argv[1])("run").add_scalar("loss", 0.5, 1)
loaded = [module for name, module in sys.modules.items() if name.startswith("tfevents_lite")]
print(sum(os.path.getsize(module.__file__) for module in loaded))
"""
    sizes = [
        int(run([sys.executable, "-c", code, name], tmp_path))
        for name in ("ScalarWriter", "SummaryWriter")
    ]
    assert 0.3 < sizes[0] / sizes[1] < 0.6


def test_every_block_is_run() -> None:
    """No block is of a language that no test knows, and no check is of a block that is gone."""
    assert {block.language for block in BLOCKS} == {"console", "python", "pycon", "sh"}
    assert {block.title for block in BLOCKS if block.language == "python"} == set(CHECKS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Links within a page are to its headings, by GitHub's names, and others to files."""
    text = PAGES[path]
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    names = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for link in re.findall(r"\]\((.+?)\)", text):
        if not link.startswith("https://"):
            target = path.parent / link
            assert link[1:] in names if link.startswith("#") else target.exists(), link


def test_the_readme_is_short_and_links_every_page() -> None:
    """It has at most 170 lines, and leads to each page but the licence."""
    assert len(README.splitlines()) <= 170
    linked = {ROOT / link for link in re.findall(r"\]\(([^)#]+)\)", README)}
    folders = {path / "README.md" for path in linked if path.is_dir()}
    assert set(PAGES) - {ROOT / "README.md"} <= linked | folders


def test_commands_are_marked_for_ci() -> None:
    """The commands that CI runs are there, each followed by its code block."""
    for name in ("demo", "test"):
        assert re.search(rf"<!-- ci: {name} -->\n```sh\n\S.*\n```\n", README), name


def test_every_command_is_as_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has every command, and the help of each has `--json` and its exit statuses."""
    section = README.partition("## Command line\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")][1:]
    listed = {text.split()[0] for row in rows for text in re.findall("`(.+?)`", row)}
    with pytest.raises(SystemExit):
        main(["--help"])
    assert listed == set(re.findall(r"^ {4}([a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    for name in listed:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        told = " ".join(capsys.readouterr().out.split())
        assert "--json" in told
        assert re.search(r"Exit status: \d ", told)
