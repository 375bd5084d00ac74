"""Images that are image files already: which format they are, and their size in pixels.

What is told apart is what TensorBoard shows: PNG (W3C PNG §5.2 and §11.2.2), JPEG (ITU-T T.81
annex B), GIF (GIF89a §17 and §18) and BMP. The bytes are passed through, never decoded.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple


class EncodedImage(NamedTuple):
    """An image file: its bytes, and what its header says. `channels` is 1 to 4."""

    data: bytes
    format: str
    width: int
    height: int
    channels: int


def to_encoded(value: Any) -> EncodedImage | None:
    """The image file in `value`, or None if it is none but pixels in an array.

    An image file is bytes, the path of one (which is read), or something that has itself as PNG, by
    `_repr_png_` (a Pillow image, for example). Raises ValueError for what is no image file, OSError
    for a file that can't be read.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return parse(bytes(value))
    if isinstance(value, (str, os.PathLike)):
        with open(value, "rb") as file:
            return parse(file.read())
    if callable(getattr(value, "_repr_png_", None)):
        data = value._repr_png_()
        if data is None and callable(getattr(value, "convert", None)):
            data = value.convert("RGB")._repr_png_()  # A Pillow image of a kind that PNG lacks.
        if data is not None:
            return parse(bytes(data))
    return None


def parse(data: bytes) -> EncodedImage:
    """What an image file's header says. Raises ValueError for what is none.

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
        # DHT, JPG and DAC lie among the frame headers and are none.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            sizes = data[at + 5 : at + 9]
            channels = data[at + 9]
            return int.from_bytes(sizes[2:], "big"), int.from_bytes(sizes[:2], "big"), channels
        standalone = marker == 0x01 or 0xD0 <= marker <= 0xD7
        at += 2 if standalone else 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def _read_gif(data: bytes) -> tuple[int, int, int]:
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return width, height, 3


def _read_bmp(data: bytes) -> tuple[int, int, int]:
    """The header that Windows writes; a negative height says that rows run down."""
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
