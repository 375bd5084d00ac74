"""An image that is a file already, as a Summary: needs the standard library alone."""

from __future__ import annotations

from ..schema.summary import DataClass, Summary
from ..wire import wire_format
from .encoded_image import to_encoded
from .encoding import encode_metadata, field_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .encoded_image import EncodedImage


def file_in(tag: str, value: Any) -> EncodedImage | None:
    """The image file that a value is, or None if it is an array."""
    try:
        return to_encoded(value)
    except ValueError as error:
        raise ValueError(f"image of {tag!r} can't be drawn: {error}") from error


def encode_file(
    name: bytes, file: EncodedImage, display_name: str = "", description: str = ""
) -> bytes:
    """The bytes of a Summary of one image, under an encoded tag."""
    extra = b""
    if display_name or description:
        extra = _METADATA_KEY + wire_format.encode_len(metadata(display_name, description))
    image_fields = b"".join(
        (
            *(
                _HEIGHT,
                wire_format.encode_varint(file.height),
                _WIDTH,
                wire_format.encode_varint(file.width),
            ),
            *(_COLORSPACE, wire_format.encode_varint(file.channels)),
            *(_DATA, wire_format.encode_varint(len(file.data)), file.data),
        )
    )
    head = (_TAG + wire_format.encode_len(name) if name else b"") + _IMAGE
    value = b"".join((head, wire_format.encode_varint(len(image_fields)), image_fields, extra))
    return b"".join((_VALUE, wire_format.encode_varint(len(value)), value))


def metadata(display_name: str, description: str) -> bytes:
    """The bytes of the metadata of images: TensorBoard asks for the class with a name."""
    blobs = DataClass.DATA_CLASS_BLOB_SEQUENCE
    return encode_metadata("images", blobs, b"", display_name, description)


_VALUE = field_key(Summary, "value")
_TAG = field_key(Summary.Value, "tag")
_IMAGE = field_key(Summary.Value, "image")
_METADATA_KEY = field_key(Summary.Value, "metadata")
_HEIGHT = field_key(Summary.Image, "height")
_WIDTH = field_key(Summary.Image, "width")
_COLORSPACE = field_key(Summary.Image, "colorspace")
_DATA = field_key(Summary.Image, "encoded_image_string")
