"""Images: arrays as PNGs, each under a tag of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import png
from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag
from ..schema.summary import Summary
from .encoded_image import EncodedImage
from .encoding import encode_string_tensor, encode_value
from .image_file_summary import encode_file, file_in, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def image_summary(
    tag: str,
    images: Iterable[Any],
    *,
    max_outputs: int | None = None,
    scale: arrays.Scale = "minmax",
    bit_depth: int = 8,
) -> Summary:
    """A list of images as one Summary: a PNG each, under `tag/0`, `tag/1`, ...

    Each image is H×W, H×W×1, H×W×2 (grey and alpha), H×W×3 or H×W×4, or 3×H×W or 4×H×W where its
    last axis can't hold channels; shapes and types may differ from image to image.

    uint8 is taken as it is. bool becomes 0 and 255. Other types are scaled from the least and
    greatest finite number of the image to 0..255, so that a constant image is black; or from [0, 1]
    with `scale="unit"`, or from `scale=(low, high)`, clipped beyond and rounded. NaN becomes 0,
    with one warning for the tag; -Inf 0, +Inf 255. With `bit_depth=16`, uint16 is taken as it is,
    and other types but uint8 are scaled to 0..65535. No more than `max_outputs` images are written,
    if it is given.

    Raises TypeError or ValueError that names the tag, the index and the shape.

    >>> summary = image_summary("digits", [[[0, 1], [1, 0]], [[0, 0, 1]]])
    >>> [(value.tag, value.image.height, value.image.width) for value in summary.value]
    [('digits/0', 2, 2), ('digits/1', 1, 3)]
    """
    scale = arrays.check_scale(scale)
    arrays.check_bit_depth(bit_depth)
    if max_outputs is not None and max_outputs < 0:
        raise ValueError(f"max_outputs must not be negative, got {max_outputs}")
    encode_tag(tag)  # Raises for a tag that is not valid, before anything is drawn.
    if getattr(images, "ndim", None) in (0, 1, 2):
        shape = "×".join(map(str, images.shape)) or "()"  # type: ignore[attr-defined] # It has ndim.
        raise ValueError(f"images of {tag!r} must be a list of images, got one of shape {shape}")
    if isinstance(images, (str, bytes)) or not hasattr(images, "__iter__"):
        raise TypeError(f"images of {tag!r} must be a list of images, got {images!r:.80}")
    pixels, unknown = [], 0
    for index, image in enumerate(images):
        if index == max_outputs:
            break
        try:
            scaled, count = arrays.to_pixels(arrays.to_image_array(image), scale, bit_depth)
        except (TypeError, ValueError) as error:
            raise type(error)(f"image {index} of {tag!r} can't be drawn: {error}") from error
        pixels.append(scaled)
        unknown += count
    _warn_of_nan(tag, unknown)
    return Summary(
        value=[
            image_value(f"{tag}/{index}", _file_of(array, encoded))
            for index, (array, encoded) in enumerate(zip(pixels, png.encode_batch(pixels)))
        ]
    )


def image(
    tag: str,
    img: Any,
    dataformats: str = "CHW",
    *,
    display_name: str = "",
    description: str = "",
) -> Summary:
    """One image as a Summary, under the tag itself.

    `dataformats` names the axes of `img`: "CHW", "HWC", "HW", or these letters in any order; C is
    1, 2 (grey and alpha), 3 or 4. With an N, the images are a grid, as by `images`. uint8 and
    uint16 are taken as they are, bool becomes 0 and 255, other types are scaled from [0, 1] to
    0..255, clipped beyond and rounded. NaN becomes 0, with a warning.

    A PNG, JPEG, GIF or BMP file is taken as it is, and `dataformats` does not matter: its bytes,
    its path, or something that has itself as PNG (`_repr_png_`), such as a Pillow image.

    Raises TypeError or ValueError that names the tag.

    >>> image("dots", [[0.0, 1.0]], "HW").value[0].image.width
    2
    """
    return Summary.FromString(encode_image(tag, img, dataformats, display_name, description))


def encode_image(
    tag: str, img: Any, dataformats: str = "CHW", display_name: str = "", description: str = ""
) -> bytes:
    """The bytes of `image`."""
    name = encode_tag(tag)  # Raises for what can't be one, before anything is drawn.
    file = file_in(tag, img)
    if file is None:
        several = isinstance(dataformats, str) and "N" in dataformats.upper()
        pixels = unit_pixels(tag, img, dataformats, "NHWC" if several else "HWC")
        file = _encode(arrays.to_grid(pixels) if several else pixels)
    return encode_file(name, file, display_name, description)


def images(
    tag: str,
    imgs: Any,
    dataformats: str = "NCHW",
    *,
    as_grid: bool = True,
    display_name: str = "",
    description: str = "",
) -> Summary:
    """Many images of one size as a grid of eight a row, in one image. See `image`.

    `imgs` may be a list of images too, with `dataformats` naming the axes of each or of all. With
    `as_grid=False` the images stay images of their own, which TensorBoard shows side by side under
    the tag, and may be image files (see `image`) and of different sizes.
    """
    return Summary.FromString(
        encode_images(tag, imgs, dataformats, as_grid, display_name, description)
    )


def encode_images(
    tag: str,
    imgs: Any,
    dataformats: str = "NCHW",
    as_grid: bool = True,
    display_name: str = "",
    description: str = "",
) -> bytes:
    """The bytes of `images`."""
    if as_grid:
        if isinstance(imgs, (list, tuple)) and isinstance(dataformats, str) and len(imgs):
            # tensorboardX takes a list of images, the axes being those of one.
            each = len(dataformats) == arrays.to_array(imgs[0]).ndim
            dataformats = "N" + dataformats if each else dataformats
        return encode_image(tag, imgs, dataformats, display_name, description)
    files = _to_files(tag, imgs, dataformats)
    size = (str(files[0].width).encode(), str(files[0].height).encode())
    tensor = encode_string_tensor([*size, *(file.data for file in files)], [2 + len(files)])
    return encode_value(tag, tensor, metadata(display_name, description))


def unit_pixels(tag: str, value: Any, dataformats: str, axes: str) -> NDArray[Any]:
    """Pixels of an array whose axes `dataformats` names, in the order of `axes`, from [0, 1]."""
    try:
        array = arrays.to_array(value)
        arrays.check_dtype(array)
        array = arrays.order_axes(array, dataformats, axes)
        pixels, unknown = arrays.to_pixels(array, "unit", 16 if array.dtype == "uint16" else 8)
    except (TypeError, ValueError) as error:
        raise type(error)(f"image of {tag!r} can't be drawn: {error}") from error
    _warn_of_nan(tag, unknown)
    return pixels


def _to_files(tag: str, imgs: Any, dataformats: str) -> list[EncodedImage]:
    """Each of many images as a file."""
    if isinstance(imgs, (list, tuple)) and imgs and isinstance(dataformats, str):
        axes = dataformats.upper().replace("N", "")
        return [file_in(tag, img) or _encode(unit_pixels(tag, img, axes, "HWC")) for img in imgs]
    pixels = unit_pixels(tag, imgs, dataformats, "NHWC")
    return list(map(_file_of, pixels, png.encode_batch(pixels)))


def _encode(pixels: NDArray[Any]) -> EncodedImage:
    return _file_of(pixels, png.encode(pixels))


def _file_of(pixels: NDArray[Any], encoded: bytes) -> EncodedImage:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return EncodedImage(encoded, "PNG", pixels.shape[1], pixels.shape[0], channels)


def image_value(tag: str, file: EncodedImage) -> Summary.Value:
    """An image file as a Summary's value."""
    return Summary.Value(
        tag=tag,
        image=Summary.Image(
            height=file.height,
            width=file.width,
            colorspace=file.channels,
            encoded_image_string=file.data,
        ),
    )


def _warn_of_nan(tag: str, count: int) -> None:
    if count:
        warn(f"{count} NaN in the images of {tag!r} drawn as 0")
