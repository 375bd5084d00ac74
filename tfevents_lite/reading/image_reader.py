"""Reads images back as they are stored, encoded: nothing is decoded, and NumPy is not needed.

This module knows how a value holds images; which values there are is `value_reader`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..records.tfrecord import check_on_error
from ..schema.tensor import DataType
from .folders import find_runs
from .run_reader import RunReader

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator

    from ..schema.summary import Summary

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"<svg": "svg",
}


class StoredImage(NamedTuple):
    """One image of a run.

    `sample` counts the images that a tag has at one step. `width` and `height` are what the file
    says, in pixels; `data` is a whole PNG file (or JPEG, GIF, BMP, if those were logged).
    """

    run: str
    tag: str
    step: int
    wall_time: float
    sample: int
    width: int
    height: int
    data: bytes

    @property
    def extension(self) -> str:
        """The file name extension of what `data` is, "bin" if that is not known."""
        if self.data[:4] == b"RIFF" and self.data[8:12] == b"WEBP":
            return "webp"
        known = (name for start, name in _SIGNATURES.items() if self.data.startswith(start))
        return next(known, "bin")


def read_images(
    logdir: str | os.PathLike[str],
    *,
    tags: Collection[str] | None = None,
    runs: Collection[str] | None = None,
    on_error: str = "stop",
) -> Iterator[StoredImage]:
    """Yield the images beneath a folder, run by run, in the order in which they were written.

    A file is read as its images are asked for, and one record is held at a time. With `tags` or
    `runs`, only these are read; a run is named as by `read_scalars`. Damage and files that can't be
    read are treated as by `read_scalars`. Raises FileNotFoundError, at the first image, if `logdir`
    does not exist.
    """
    check_on_error(on_error)
    for run, files in find_runs(logdir).items():
        if runs is None or run in runs:
            for value in RunReader(files, on_error=on_error).values():
                wanted = value.kind == "image" and (tags is None or value.tag in tags)
                if wanted and value.message is not None:
                    at = run, value.tag, value.step, value.wall_time
                    for sample, image in enumerate(images_of(value.message)):
                        yield StoredImage(*at, sample, *image)


def images_of(value: Summary.Value) -> list[tuple[int, int, bytes]]:
    """The width, the height and the bytes of each image that a value holds.

    That is the one of an `image`, or those of a string tensor [width, height, image, …].
    """
    if value.WhichOneof("value") == "image":
        image = value.image
        return [(image.width, image.height, image.encoded_image_string)]
    if value.WhichOneof("value") == "tensor" and value.tensor.dtype == DataType.DT_STRING:
        strings = value.tensor.string_val
        return [(_size(strings[0]), _size(strings[1]), image) for image in strings[2:]]
    return []


def _size(digits: bytes) -> int:
    """A size in ASCII, 0 for what is none."""
    return int(digits) if digits.isdigit() and len(digits) < 10 else 0
