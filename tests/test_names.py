"""Names of runs: safe as folders everywhere, and reversible."""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tfevents_lite import SummaryWriter
from tfevents_lite.inputs.names import original_name, safe_name, safe_part

# name → path.
CASES = {
    "train": "train",
    "train/lr=0.1, bs=8": "train/lr=0.1, bs=8",
    "日本/é": "日本/é",
    "..": ".%2E",
    ".": "%2E",
    "../../etc/passwd": ".%2E/.%2E/etc/passwd",
    "/etc/passwd": "%2Fetc/passwd",
    "a//b/": "a/%2Fb%2F",
    "/": "%2F",
    "C:\\Windows": "C%3A%5CWindows",
    "\\\\server\\share": "%5C%5Cserver%5Cshare",
    "con": "%63on",
    "NUL.txt": "%4EUL.txt",
    "com1 .log": "%63om1 .log",
    "console": "console",
    "a\0b\n": "a%00b%0A",
    "ends. ": "ends.%20",
    "ends.": "ends%2E",
    "100%": "100%",
    "%41": "%2541",
    "events.out.tfevents.1/tfevents": "events.out.%74fevents.1/%74fevents",
    "\ud800": "%ED%A0%80",
    '<a>"b"|c?*': "%3Ca%3E%22b%22%7Cc%3F%2A",
}

PIECES = [*"/\\.:%~ -ab1A2F", "con", "nul", "\0", "\n", "é", "日", "\udc80", "COM", "¹", "tfevents"]
path_like = st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join)


@pytest.mark.parametrize(("name", "path"), CASES.items())
def test_names_and_their_paths(name: str, path: str) -> None:
    """Each name has the path the table says, and each path gives the name back."""
    assert safe_name(name) == path
    assert original_name(path) == name


@given(st.one_of(path_like, st.text(min_size=1, max_size=60)))
@example("../" * 10)
def test_a_name_stays_inside_and_comes_back(name: str) -> None:
    """Joined to a folder as POSIX and as Windows do it, any name is beneath it; none is lost."""
    path = safe_name(name)
    assert original_name(path) == name
    for module, root in ((posixpath, "/logs/run"), (ntpath, "C:\\logs\\run")):
        joined = module.normpath(module.join(root, path))
        assert joined.startswith(root + module.sep)
        assert len(joined.split(module.sep)) == len(root.split(module.sep)) + len(path.split("/"))
    for part in path.split("/"):
        assert part
        assert not part.endswith((".", " "))
        assert not set(part) & set('<>:"\\|?*\0\n\r\t\x7f')
        assert part.encode()
        assert "tfevents" not in part
        # Windows' own judgement of what is a device, from Python 3.13 on.
        assert not getattr(ntpath, "isreserved", lambda name: False)(part)


@given(path_like)
def test_a_part_has_no_slash_and_comes_back(name: str) -> None:
    """As one part of a path, a name has no separator of any system."""
    part = safe_part(name)
    assert not set(part) & set("/\\:")
    assert original_name(part) == name


@given(st.lists(path_like, min_size=2, max_size=2, unique=True))
def test_different_names_have_different_paths(names: list[str]) -> None:
    """No two runs share a folder by accident."""
    assert safe_name(names[0]) != safe_name(names[1])


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("", ValueError, "run name must not be empty"),
        (None, TypeError, "run name must be a string, got None"),
        (b"train", TypeError, "run name must be a string, got b'train'"),
        ("a" * 256, ValueError, "run name must be at most 255 bytes as a path, 'aaaa"),
        ("é" * 128, ValueError, "has 256"),
        ("a/" * 501, ValueError, "at most 1000 bytes"),
    ],
)
def test_what_is_no_name_is_refused(name: object, error: type[Exception], says: str) -> None:
    """What can't be a folder's name is refused, with the reason."""
    with pytest.raises(error, match=says):
        safe_name(name)


@pytest.mark.parametrize("name", [*CASES, "x" * 255])
def test_sub_runs_are_made_inside(tmp_path: Path, name: str) -> None:
    """The file of a sub-run lies where its name says, and nothing appears outside the folder."""
    with SummaryWriter(tmp_path / "run") as writer:
        writer.file_writer.sub_run(name).file.write(b"")
        path = writer.file_writer.sub_run(name).file.path
    assert os.path.dirname(path) == os.path.join(tmp_path / "run", safe_name(name))
    assert os.path.exists(path)
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.parametrize("escape", ["/../../../x", "\\..\\x", "/x", "\0"])
def test_suffix_host_and_comment_stay_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, escape: str
) -> None:
    """A suffix, a host name or a comment with a path in it makes no file elsewhere."""
    monkeypatch.chdir(tmp_path)
    SummaryWriter("a", filename_suffix=escape).close()
    SummaryWriter("b", hostname="host" + escape).close()
    SummaryWriter(comment=escape).close()
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "runs"]
    assert len(os.listdir("a")) == len(os.listdir("b")) == 1
    files = [name for _, _, names in os.walk("runs") for name in names]
    assert len(files) == 1
