"""Embeddings: points in many dimensions, as files for TensorBoard's projector.

It reads no events, but tables of tab-separated values, a picture of all the points' pictures, and a
configuration in protobuf text that names them. This module makes their contents and writes none.
"""

from __future__ import annotations

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

# What ends a line or a cell of a table for any of its readers.
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\x00"), " ")
# The projector drops lines without a letter, which would shift all labels behind one.
_EMPTY = "(empty)"


class Embedding(NamedTuple):
    """The contents of an embedding's files, by name, and its entry in the configuration.

    Paths in `info` have to be put in the folder that the files are in.
    """

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

    `metadata` has a label for each point, or a list of several, one a column, which the strings of
    `metadata_header` name; tabs and ends of lines become spaces. `label_img` has a picture for each
    point, on axes that `dataformats` names, with values as for `summary.image`. `folder` is where
    the files will be, as seen from the configuration's. What is no finite number becomes 0, with a
    warning. Raises TypeError or ValueError that names the tag and the argument.

    >>> made = embedding([[0.5, 1], [2, 3]], ["a", "b"])
    >>> made.files["tensors.tsv"], made.files["metadata.tsv"]
    (b'0.5\\t1\\n2\\t3\\n', b'a\\nb\\n')
    """
    encode_tag(tag)
    points = _to_points(tag, mat)
    files = {"tensors.tsv": _to_tsv(points)}
    info = EmbeddingInfo(
        tensor_name=f"{tag}:{global_step:05d}",
        tensor_path=_join(folder, "tensors.tsv"),
        tensor_shape=points.shape,
    )
    if metadata is not None:
        files["metadata.tsv"] = _to_labels(tag, metadata, metadata_header, len(points))
        info.metadata_path = _join(folder, "metadata.tsv")
    if label_img is not None:
        files["sprite.png"], sizes = _to_sprite(tag, label_img, dataformats, len(points))
        image_path = _join(folder, "sprite.png")
        info.sprite = SpriteMetadata(image_path=image_path, single_image_dim=sizes)
    return Embedding(files, info)


def add_to_config(config: str, info: EmbeddingInfo) -> str:
    """The text of a configuration with one entry more, or in the place of its namesake.

    Entries that another program wrote stay as they are, if they are laid out as protobuf does.
    """
    kept: list[str] = []
    block: list[str] = []
    name = repr(EmbeddingInfo(tensor_name=info.tensor_name)).strip()
    for line in config.splitlines():
        block.append(line)
        if not line.startswith((" ", "\t", "}")) and line.rstrip().endswith("{"):
            kept += block[:-1]
            block = [line]
        elif line.startswith("}"):
            if name not in map(str.strip, block):
                kept += block
            block = []
    kept += block
    text = "".join(line + "\n" for line in kept)
    return text + repr(ProjectorConfig(embeddings=[info]))


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _to_points(tag: str, mat: Any) -> NDArray[Any]:
    try:
        points = arrays.to_array(mat)
        arrays.check_dtype(points)
        if points.ndim != 2 or points.size == 0:
            raise ValueError(f"its shape is {arrays.shape_text(points)}; it must be N×D")
    except (TypeError, ValueError) as error:
        raise type(error)(f"mat of {tag!r} can't be shown: {error}") from error
    if points.dtype.kind == "b":
        points = points.astype(np.uint8)
    if points.dtype.kind == "f":
        finite = np.isfinite(points)
        if not finite.all():
            warn(
                f"{np.count_nonzero(~finite)} numbers of mat of {tag!r} that are not finite "
                "written as 0"
            )
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
    """A line a point; above them the columns' names, if there are several columns."""
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
        # The projector takes the first line for names as soon as there is a tab in it.
        rows.insert(0, list(header) if header else [f"column {n + 1}" for n in range(columns)])
    lines = ["\t".join([str(cell).translate(_BREAKS) for cell in row]) for row in rows]
    text = "".join([(line if line.strip() else _EMPTY + line) + "\n" for line in lines])
    return text.encode("utf-8", "backslashreplace")


def _to_sprite(
    tag: str, label_img: Any, dataformats: str, count: int
) -> tuple[bytes, tuple[int, int]]:
    """All points' pictures in one PNG, row by row, and the width and height of each."""
    pixels = unit_pixels(tag, label_img, dataformats, "NHWC")
    if len(pixels) != count:
        raise ValueError(
            f"label_img of {tag!r} must have a picture for each of {count} points, "
            f"has {len(pixels)}"
        )
    height, width = pixels.shape[1:3]
    # As near to a square as can be.
    columns = min(count, max(1, round((count * height / width) ** 0.5)))
    grid = arrays.to_grid(pixels, columns)
    if max(grid.shape) > _MAX_SPRITE_SIDE:
        raise ValueError(
            f"label_img of {tag!r} must fit into {_MAX_SPRITE_SIDE} pixels a side, all pictures "
            f"side by side; {count} of {height}×{width} take {arrays.shape_text(grid[:, :, 0])}"
        )
    return png.encode(grid), (width, height)
