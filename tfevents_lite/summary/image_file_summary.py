"""Image files: their format and size, and a file as a Summary.

The formats are those that TensorBoard shows: PNG (W3C PNG §5.2 and §11.2.2), JPEG (ITU-T T.81
annex B), GIF (GIF89a §17 and §18) and BMP. The bytes are passed through, never decoded. This module
needs only the standard library.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ..inputs.user_file import read_file
from ..schema.summary import Summary
from .encoding import encode_message, encode_metadata, encode_value

PLUGIN = "images"


class EncodedImage(NamedTuple):
    """An image file: its bytes, and what its header says. `channels` is 1 to 4."""

    data: bytes
    format: str
    width: int
    height: int
    channels: int


def encode_file(
    tag: str, file: EncodedImage, display_name: str = "", description: str = ""
) -> bytes:
    """The bytes of a Summary of one image."""
    image = encode_message(
        Summary.Image,
        height=file.height,
        width=file.width,
        colorspace=file.channels,
        encoded_image_string=file.data,
    )
    # TensorBoard asks for a data class as soon as there is a name.
    named = display_name or description
    metadata = encode_metadata(PLUGIN, b"", display_name, description) if named else b""
    return encode_value(tag, image, metadata, "image")


def file_in(tag: str, value: Any) -> EncodedImage | None:
    """The image file that a value is, or None if it is an array of pixels.

    An image file is its bytes, its path, or an object with `_repr_png_`, such as a Pillow image.
    Raises ValueError for what is no image file, OSError for a file that can't be read.
    """
    try:
        if isinstance(value, (str, os.PathLike)):
            value = read_file(value)
        elif callable(getattr(value, "_repr_png_", None)):
            data = value._repr_png_()
            if data is None and callable(getattr(value, "convert", None)):
                data = value.convert("RGB")._repr_png_()  # A Pillow image of a mode that PNG lacks.
            value = value if data is None else data
        is_file = isinstance(value, (bytes, bytearray, memoryview))
        return parse(bytes(value)) if is_file else None
    except ValueError as error:
        raise ValueError(f"image of {tag!r} can't be drawn: {error}") from error


def parse(data: bytes) -> EncodedImage:
    """Read an image file's header. Raises ValueError for what is no image file.

    >>> parse(b"GIF89a" + bytes([3, 0, 2, 0]) + bytes(3))[1:]
    ('GIF', 3, 2, 3)
    """
    for signature, name, read in _FORMATS:
        if data.startswith(signature):
            try:
                width, height, channels = read(data)
            except IndexError:
                width = height = channels = 0
            if width <= 0 or height <= 0 or not 1 <= channels <= 4:
                raise ValueError(f"its {name} header has no size: it is cut off or damaged")
            return EncodedImage(data, name, width, height, channels)
    raise ValueError(f"it must be a PNG, JPEG, GIF or BMP file, got bytes that begin {data[:8]!r}")


# By PNG's colour type: grey, RGB, palette, grey and alpha, RGBA.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


def _read_png(data: bytes) -> tuple[int, int, int]:
    if data[12:16] != b"IHDR":
        raise IndexError
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return width, height, _PNG_CHANNELS.get(data[25], 0)


def _read_jpeg(data: bytes) -> tuple[int, int, int]:
    """Go from marker to marker to the frame header (B.2.2), SOF0 to SOF15."""
    at = 2
    while True:
        while data[at + 1] == 0xFF:  # Fill bytes.
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0xD9, 0xDA):
            raise IndexError
        # The markers DHT, JPG and DAC are in the range of the frame headers.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big"), data[at + 9]
        standalone = marker == 0x01 or 0xD0 <= marker <= 0xD7
        at += 2 if standalone else 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def _read_gif(data: bytes) -> tuple[int, int, int]:
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return width, height, 3


def _read_bmp(data: bytes) -> tuple[int, int, int]:
    """The header that Windows writes. A negative height means that the top row is first."""
    width = int.from_bytes(data[18:22], "little", signed=True)
    height = int.from_bytes(data[22:26], "little", signed=True)
    return width, abs(height), 3


_FORMATS = [
    (b"\x89PNG\r\n\x1a\n", "PNG", _read_png),
    (b"\xff\xd8\xff", "JPEG", _read_jpeg),
    (b"GIF87a", "GIF", _read_gif),
    (b"GIF89a", "GIF", _read_gif),
    (b"BM", "BMP", _read_bmp),
]
