"""Embeddings: points in many dimensions, as files for TensorBoard's projector.

The projector reads no events. It reads tables of tab-separated values, a sprite, which is a picture
of all the points' pictures, and a configuration in protobuf text that names them. This module makes
the contents of these files and writes none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import png
from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag, shown
from ..inputs.needs_numpy import np
from ..schema.projector import EmbeddingInfo, ProjectorConfig, SpriteMetadata
from .image_summary import unit_pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONFIG_FILE = "projector_config.pbtxt"

# The largest texture that browsers are sure to show.
_MAX_SPRITE_SIDE = 8192
# The characters that end a line or a cell of a table for some reader.
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\x00"), " ")
# The projector drops blank lines, which would shift all labels after one.
_EMPTY = "(empty)"


class Embedding(NamedTuple):
    """The contents of an embedding's files, by name, and its entry in the configuration."""

    files: dict[str, bytes]
    info: EmbeddingInfo


def embedding(
    mat: Any,
    metadata: Sequence[Any] | None = None,
    label_img: Any = None,
    global_step: int = 0,
    tag: str = "default",
    metadata_header: Sequence[str] | None = None,
    *,
    folder: str = "",
    dataformats: str = "NCHW",
) -> Embedding:
    """The files of an embedding: N points of D dimensions, as N×D numbers `mat`.

    The arguments are those of SummaryWriter.add_embedding; `folder` is the path of the files from
    the configuration. In labels, tabs and ends of lines become spaces. Raises TypeError or
    ValueError that names the tag and the argument.

    >>> made = embedding([[0.5, 1], [2, 3]], ["a", "b"])
    >>> made.files["tensors.tsv"], made.files["metadata.tsv"]
    (b'0.5\\t1\\n2\\t3\\n', b'a\\nb\\n')
    """
    encode_tag(tag)
    points = _to_points(tag, mat)
    start = f"{folder}/" if folder else ""
    files = {"tensors.tsv": _to_tsv(points)}
    info = EmbeddingInfo(
        tensor_name=f"{tag}:{global_step:05d}",
        tensor_path=f"{start}tensors.tsv",
        tensor_shape=points.shape,
    )
    if metadata is not None:
        files["metadata.tsv"] = _to_labels(tag, metadata, metadata_header, len(points))
        info.metadata_path = f"{start}metadata.tsv"
    if label_img is not None:
        files["sprite.png"], size = _to_sprite(tag, label_img, dataformats, len(points))
        info.sprite = SpriteMetadata(image_path=f"{start}sprite.png", single_image_dim=size)
    return Embedding(files, info)


def add_to_config(config: str, info: EmbeddingInfo) -> str:
    """The text of a configuration with one entry more, or in place of the one of the same name.

    Entries that another program wrote stay as they are, if they are laid out as protobuf does.
    """
    name = repr(EmbeddingInfo(tensor_name=info.tensor_name)).strip()
    blocks = [block.rstrip() for block in re.split(r"(?m)^(?=\w)", config)]
    kept = [block for block in blocks if block and name not in map(str.strip, block.split("\n"))]
    return "\n".join([*kept, repr(ProjectorConfig(embeddings=[info]))])


def _to_points(tag: str, mat: Any) -> NDArray[Any]:
    points = arrays.to_numbers(mat, f"mat of {tag!r}")
    if points.ndim != 2 or points.size == 0:
        shape = arrays.shape_text(points)
        raise ValueError(f"mat of {tag!r} can't be shown: its shape is {shape}; it must be N×D")
    if points.dtype.kind == "b":
        points = points.astype(np.uint8)
    finite = np.isfinite(points)
    if not finite.all():
        count = np.count_nonzero(~finite)
        warn(f"{count} numbers of mat of {tag!r} that are not finite written as 0")
        points = np.where(finite, points, 0)
    return points


def _to_tsv(points: NDArray[Any]) -> bytes:
    """Rows of numbers that read back as the same 32-bit floats, which the projector computes with.

    One format for a block of rows at a time is twice as fast as one for each number.
    """
    row = "\t".join(["%.9g" if points.dtype.kind == "f" else "%d"] * points.shape[1]) + "\n"
    block = max(1, 10_000 // points.shape[1])
    return "".join(
        [
            row * len(part) % tuple(part.ravel().tolist())
            for part in np.split(points, range(block, len(points), block))
        ]
    ).encode()


def _to_labels(
    tag: str, metadata: Sequence[Any], header: Sequence[str] | None, count: int
) -> bytes:
    """A line for each point; before them the columns' names, if there are several columns."""
    if isinstance(metadata, (str, bytes)) or not hasattr(metadata, "__iter__"):
        raise TypeError(f"metadata of {tag!r} must be a list of labels, got {shown(metadata)}")
    labels = list(metadata)
    if len(labels) != count:
        raise ValueError(
            f"metadata of {tag!r} must have a label for each of {count} points, has {len(labels)}"
        )
    if isinstance(header, str):
        raise TypeError(
            f"metadata_header of {tag!r} must be a list of strings, got {shown(header)}"
        )
    rows = [
        list(label) if isinstance(label, (list, tuple, np.ndarray)) and np.ndim(label) else [label]
        for label in labels
    ]
    columns = len(header) if header else len(rows[0])
    wrong = next((row for row in rows if len(row) != columns), None)
    if wrong is not None:
        raise ValueError(
            f"metadata of {tag!r} must have {columns} columns in each row, got {shown(wrong)}"
        )
    if columns > 1:
        # The projector takes the first line for names if there is a tab in it.
        rows.insert(0, list(header) if header else [f"column {n + 1}" for n in range(columns)])
    lines = ["\t".join([str(cell).translate(_BREAKS) for cell in row]) for row in rows]
    text = "".join([(line if line.strip() else _EMPTY + line) + "\n" for line in lines])
    return text.encode("utf-8", "backslashreplace")


def _to_sprite(
    tag: str, label_img: Any, dataformats: str, count: int
) -> tuple[bytes, tuple[int, int]]:
    """All points' pictures as one PNG, row by row, and the width and height of each."""
    pixels = unit_pixels(tag, label_img, dataformats, "NHWC")
    if len(pixels) != count:
        raise ValueError(
            f"label_img of {tag!r} must have a picture for each of {count} points, "
            f"has {len(pixels)}"
        )
    height, width = pixels.shape[1:3]
    # As near to a square as possible.
    columns = min(count, max(1, round((count * height / width) ** 0.5)))
    grid = arrays.to_grid(pixels, columns)
    if max(grid.shape) > _MAX_SPRITE_SIDE:
        raise ValueError(
            f"label_img of {tag!r} must fit into {_MAX_SPRITE_SIDE} pixels a side, all pictures "
            f"side by side; {count} of {height}×{width} take {arrays.shape_text(grid[:, :, 0])}"
        )
    return png.encode(grid), (width, height)
