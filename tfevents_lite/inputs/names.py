"""Names that are safe as folders: whatever a run is called, it stays inside its parent, anywhere.

A name's parts are divided by `/`. A byte that could lead elsewhere, or that POSIX or Windows would
not keep as it is, is written as `%` and two hexadecimal digits (RFC 3986, section 2.1), so that
`original_name` has every name back. This module knows strings; it knows no file and no folder.

| escaped | because |
|---|---|
| `\\`, `:`, and `<` `>` `"` `|` `?` `*` | Windows divides folders by them or has no such names |
| NUL, control characters, lone surrogates | no file name, no line of text, no UTF-8 |
| the last of a part's dots or spaces | Windows drops them; `.` and `..` are other folders |
| the first letter of `tfevents` | TensorBoard takes it for a file, and then lists no run at all |
| the first letter of `CON`, `NUL`, `COM1`, … | they are devices on Windows, with any extension |
| `/` at either end or behind another | a part has to have a name |
| `%` before two hexadecimal digits | it would be taken for one of these |
"""

from __future__ import annotations

import os

from .checks import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What file systems take: 255 bytes a part on nearly all, about a thousand a path on macOS.
MAX_PART_BYTES = 255
MAX_NAME_BYTES = 1000

_FORBIDDEN = frozenset('\\:<>"|?*\x7f')
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_EVENT_FILE = "tfevents"
_SCHEME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    + [port + digit for port in ("COM", "LPT") for digit in "0123456789¹²³"]
)


def safe_name(name: Any, what: str = "run name") -> str:
    """A relative path with `/` that is `name` where it may be, and escaped where it must be.

    Raises TypeError or ValueError, naming `what`, for what is no string, is empty or is too long.

    >>> safe_name("train/lr=0.1")
    'train/lr=0.1'
    >>> safe_name("../../etc/passwd")
    '.%2E/.%2E/etc/passwd'
    """
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a string, got {shown(name)}")
    if not name:
        raise ValueError(f"{what} must not be empty")
    parts: list[str] = []
    joined = ""  # Slashes that divide nothing, to be escaped before the next part.
    for part in name.split("/"):
        if part:
            parts.append(joined + _safe_part(part))
            joined = ""
        else:
            joined += "%2F"
    # An empty last part stands for a slash at the end; "/" alone is two empty parts, one slash.
    if joined:
        if parts:
            parts[-1] += joined
        else:
            parts.append(joined[: -len("%2F")])
    for part in parts:
        _check_size(part, MAX_PART_BYTES, name, what)
    path = "/".join(parts)
    _check_size(path, MAX_NAME_BYTES, name, what)
    return path


def safe_part(name: Any, what: str = "name") -> str:
    """`name` escaped to be one part of a path, its slashes included.

    >>> safe_part("lr=0.1/bs=8")
    'lr=0.1%2Fbs=8'
    """
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a string, got {shown(name)}")
    part = "%2F".join(_safe_part(piece) if piece else "" for piece in name.split("/"))
    _check_size(part, MAX_PART_BYTES, name, what)
    return part


def url_of(folder: Any) -> str:
    """The URL of a folder of another place, "" for a folder of this machine.

    >>> url_of("s3://bucket/run"), url_of("runs"), url_of("C:/runs"), url_of("file:///runs")
    ('s3://bucket/run', '', '', '')
    """
    path = os.fspath(folder) if hasattr(folder, "__fspath__") else folder
    if not isinstance(path, str):
        return ""
    scheme, colon, rest = path.partition(":")
    # One letter is a drive of Windows. A Path makes one slash of two.
    if not (colon and rest.startswith("/") and len(scheme) > 1 and _is_scheme(scheme)):
        return ""
    is_local = scheme.lower() == "file" and rest[:3] == "///"
    return "" if is_local else f"{scheme}:{'' if rest[:2] == '//' else '/'}{rest}"


def local_folder(folder: Any, what: str = "log_dir") -> str:
    """The path of a folder of this machine, given as a path or a `file://` URL.

    Raises TypeError for what is no path, ValueError for the URL of another place.

    >>> local_folder("file:///tmp/run%201")
    '/tmp/run 1'
    """
    try:
        path = os.fspath(folder)
    except TypeError:
        raise TypeError(f"{what} must be a path, got {folder!r:.80}") from None
    if url_of(path):
        raise ValueError(f"{what} must be a folder of this machine, got {path!r:.80}")
    if isinstance(path, str) and path[:5].lower() == "file:":
        return original_name(path[7:])
    return os.fsdecode(path)


def _is_scheme(scheme: str) -> bool:
    return scheme[0].isalpha() and scheme.isascii() and not scheme.strip(_SCHEME)


def original_name(path: str) -> str:
    """The name that `safe_name` or `safe_part` made a path of.

    >>> original_name(".%2E/CON%3A")
    '../CON:'
    """
    pieces = path.split("%")
    data = bytearray(pieces[0], "utf-8")
    for piece in pieces[1:]:
        if _HEX_DIGITS.issuperset(piece[:2]) and len(piece) >= 2:
            data.append(int(piece[:2], 16))
            data += piece[2:].encode()
        else:
            data += b"%" + piece.encode()
    return data.decode("utf-8", "surrogatepass")


def _safe_part(part: str) -> str:
    if part.isalnum() and part.isascii() and part[:3].upper() not in _DEVICE_STARTS:
        return part.replace(_EVENT_FILE, _escape("t") + _EVENT_FILE[1:])  # As nearly all are.
    device = part.split(".", 1)[0].rstrip(" ").upper() in _DEVICES
    last = len(part) - 1
    escaped = ""
    for index, character in enumerate(part):
        unsafe = (
            character < " "
            or character in _FORBIDDEN
            or "\ud800" <= character <= "\udfff"
            or (character in ". " and index == last)
            or (device and index == 0)
            or (character == "t" and part.startswith(_EVENT_FILE, index))
            or (character == "%" and _HEX_DIGITS.issuperset(part[index + 1 : index + 3].ljust(2)))
        )
        escaped += _escape(character) if unsafe else character
    return escaped


_DEVICE_STARTS = {device[:3] for device in _DEVICES}


def _escape(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _check_size(path: str, limit: int, name: str, what: str) -> None:
    size = len(path.encode())
    if size > limit:
        raise ValueError(
            f"{what} must be at most {limit} bytes as a path, {name[:40]!r}… has {size}"
        )
