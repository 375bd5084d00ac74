"""Text: a string, a list or a table of strings under a tag.

TensorBoard renders strings as markdown, lists and tables with a row for each of their items.
"""

from __future__ import annotations

from ..schema.plugins import TextPluginData
from ..schema.summary import DataClass, Summary
from .encoding import encode_metadata, encode_string_tensor, encode_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLUGIN = "text"
_METADATA = encode_metadata(
    PLUGIN, DataClass.DATA_CLASS_TENSOR, TextPluginData(version=0).SerializeToString()
)


def text(tag: str, text_string: Any, *, raw: bool = False) -> Summary:
    """A string, a list of strings, or a list of rows of strings, as a Summary.

    Strings are markdown, or with `raw` shown as they are: as a block of code, in which nothing has
    a meaning. Raises TypeError or ValueError that names the tag.

    >>> text("note", "**done**").value[0].tensor.string_val
    [b'**done**']
    """
    return Summary.FromString(encode_text(tag, text_string, raw=raw))


def encode_text(tag: str, text_string: Any, raw: bool = False, suffix: str = "") -> bytes:
    """The bytes of `text`, under the tag and a suffix."""
    encode = _encode_raw if raw else _encode_string
    if isinstance(text_string, str):
        return encode_value(
            tag + suffix, encode_string_tensor([encode(tag, text_string)], ()), _METADATA
        )
    rows = text_string.tolist() if hasattr(text_string, "tolist") else text_string
    if isinstance(rows, (str, bytes)):
        return encode_text(tag, rows if isinstance(rows, str) else _decode(tag, rows), raw, suffix)
    if not isinstance(rows, (list, tuple)):
        raise TypeError(
            f"text of {tag!r} must be a string, a list of strings or a list of rows of strings, "
            f"got {text_string!r:.80}"
        )
    if not rows or not isinstance(rows[0], (list, tuple)):
        strings, shape = list(rows), [len(rows)]
    else:
        strings = []
        for row in rows:
            if not isinstance(row, (list, tuple)) or len(row) != len(rows[0]):
                raise ValueError(
                    f"text of {tag!r} must have {len(rows[0])} strings in each row, got {row!r:.80}"
                )
            strings.extend(row)
        shape = [len(rows), len(rows[0])]
    if not strings:
        raise ValueError(f"text of {tag!r} must not be empty, got {text_string!r:.80}")
    tensor = encode_string_tensor([encode(tag, string) for string in strings], shape)
    return encode_value(tag + suffix, tensor, _METADATA)


def _encode_string(tag: str, string: Any) -> bytes:
    if isinstance(string, bytes):
        string = _decode(tag, string)
    if not isinstance(string, str):
        raise TypeError(f"text of {tag!r} must be of strings, got {string!r:.80}")
    try:
        return string.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text of {tag!r} must be valid Unicode, got {string!r:.80}: {error}"
        ) from None


def _decode(tag: str, string: bytes) -> str:
    try:
        return string.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"text of {tag!r} must be UTF-8, got {string!r:.80}: {error}") from None


# What HTML gives a meaning to, and what markdown does to lines and tabs before it looks at
# tags: written as character references, which it leaves alone.
_REFERENCES = {ord(character): f"&#{ord(character)};" for character in "&<>\n\r\t"}


def _encode_raw(tag: str, string: Any) -> bytes:
    """Markdown that shows a string as it is: one line of HTML, a block of code."""
    markdown = _encode_string(tag, string).decode().translate(_REFERENCES)
    return f"<pre><code>{markdown}</code></pre>".encode()
