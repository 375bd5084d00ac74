"""Text: a string, a list or a table of strings under a tag.

TensorBoard renders strings as markdown, lists and tables with a row for each of their items.
"""

from __future__ import annotations

from ..inputs.checks import shown
from ..wire.wire_format import encode_len
from .encoding import encode_metadata, encode_strings, encode_value, makes_summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLUGIN = "text"
_METADATA = encode_metadata(PLUGIN)
_MAX_STRINGS = 1 << 20
# torch and tensorboardX put this after the tag.
SUFFIX = "/text_summary"
# The bytes of a tensor of one string, without the string and its length.
_STRING = encode_strings([b""], ())[:-1]


def encode_text(tag: str, text_string: Any, *, raw: bool = False, suffix: str = SUFFIX) -> bytes:
    """A string, a list of strings or a list of rows of strings, as a Summary.

    Strings are markdown, or with `raw` shown as they are, as a block of code. As by torch and
    tensorboardX, they are stored under `tag/text_summary`.

    Raises TypeError or ValueError that names the tag.

    >>> value = text("note", "**done**").value[0]
    >>> value.tag, value.tensor.string_val
    ('note/text_summary', [b'**done**'])
    """
    encode = _encode_raw if raw else _encode_string
    if type(text_string) is str:
        tensor = _STRING + encode_len(encode(tag, text_string))
    else:
        strings, shape = _to_strings(tag, text_string)
        tensor = encode_strings([encode(tag, string) for string in strings], shape)
    return encode_value(tag + suffix if isinstance(tag, str) else tag, tensor, _METADATA)


text = makes_summary(encode_text)


def _to_strings(tag: str, value: Any) -> tuple[list[Any], list[int]]:
    """The items of a list or a table of strings, and its shape; a single string has none."""
    if callable(getattr(value, "numpy", None)):  # TensorFlow's tensors of strings.
        value = value.numpy()
    if hasattr(value, "tolist") and getattr(value, "size", 0) > _MAX_STRINGS:
        raise ValueError(
            f"text of {tag!r} must be at most {_MAX_STRINGS} strings, got shape {value.shape}"
        )
    rows = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(rows, (str, bytes)):
        return [rows], []
    if not isinstance(rows, (list, tuple)):
        raise TypeError(
            f"text of {tag!r} must be a string, a list of strings or a list of rows of strings, "
            f"got {shown(value)}"
        )
    strings, shape = list(rows), [len(rows)]
    if rows and isinstance(rows[0], (list, tuple)):
        shape.append(len(rows[0]))
        for row in rows:
            if not isinstance(row, (list, tuple)) or len(row) != len(rows[0]):
                raise ValueError(
                    f"text of {tag!r} must have {len(rows[0])} strings in each row, "
                    f"got {shown(row)}"
                )
        strings = [string for row in rows for string in row]
    if not strings:
        raise ValueError(f"text of {tag!r} must not be empty, got {shown(value)}")
    return strings, shape


def _encode_string(tag: str, string: Any) -> bytes:
    try:
        if isinstance(string, str):
            return string.encode()
        if isinstance(string, bytes):
            string.decode()
            return string
    except UnicodeError as error:
        what = "UTF-8" if isinstance(string, bytes) else "valid Unicode"
        raise ValueError(f"text of {tag!r} must be {what}, got {shown(string)}: {error}") from None
    raise TypeError(f"text of {tag!r} must be of type string, got {shown(string)}")


# The characters with a meaning in HTML, and those that markdown treats before it looks at tags. It
# leaves character references alone.
_REFERENCES = {ord(character): f"&#{ord(character)};" for character in "&<>\n\r\t"}


def _encode_raw(tag: str, string: Any) -> bytes:
    """Markdown that shows a string as it is: one line of HTML, a block of code."""
    markdown = _encode_string(tag, string).decode().translate(_REFERENCES)
    return f"<pre><code>{markdown}</code></pre>".encode()
