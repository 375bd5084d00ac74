"""Images: arrays as PNGs, each under a tag of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import arrays, png
from ..schema.summary import Summary

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
    Summary.Value(tag=tag)  # Raises for a tag that can't be written, before anything is drawn.
    if getattr(images, "ndim", None) in (0, 1, 2):
        shape = "×".join(map(str, images.shape)) or "()"  # type: ignore[attr-defined] # It has ndim.
        raise ValueError(
            f"images of {tag!r} must be a list of images, got one of shape {shape}"
        )
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
            _image_value(f"{tag}/{index}", array, encoded)
            for index, (array, encoded) in enumerate(zip(pixels, png.encode_batch(pixels)))
        ]
    )


def image(tag: str, img: Any, dataformats: str = "CHW") -> Summary:
    """One image as a Summary, under the tag itself.

    `dataformats` names the axes of `img`: "CHW", "HWC", "HW", or these letters in any order; C is
    1, 2 (grey and alpha), 3 or 4. uint8 and uint16 are taken as they are, bool becomes 0 and 255,
    other types are scaled from [0, 1] to 0..255, clipped beyond and rounded. NaN becomes 0, with a
    warning.
    """
    return _single(tag, _unit_pixels(tag, img, dataformats, "HWC"))


def images(tag: str, imgs: Any, dataformats: str = "NCHW") -> Summary:
    """Many images of one size as a grid of eight a row, in one image. See `image`."""
    return _single(tag, arrays.to_grid(_unit_pixels(tag, imgs, dataformats, "NHWC")))


def _unit_pixels(tag: str, img: Any, dataformats: str, axes: str) -> NDArray[Any]:
    try:
        array = arrays.to_array(img)
        arrays.check_dtype(array)
        array = arrays.order_axes(array, dataformats, axes)
        pixels, unknown = arrays.to_pixels(array, "unit", 16 if array.dtype == "uint16" else 8)
    except (TypeError, ValueError) as error:
        raise type(error)(f"image of {tag!r} can't be drawn: {error}") from error
    _warn_of_nan(tag, unknown)
    return pixels


def _single(tag: str, pixels: NDArray[Any]) -> Summary:
    return Summary(value=[_image_value(tag, pixels, png.encode(pixels))])


def _image_value(tag: str, pixels: NDArray[Any], encoded: bytes) -> Summary.Value:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return Summary.Value(
        tag=tag,
        image=Summary.Image(
            height=pixels.shape[0],
            width=pixels.shape[1],
            colorspace=channels,
            encoded_image_string=encoded,
        ),
    )


def _warn_of_nan(tag: str, count: int) -> None:
    if count:
        import warnings

        warnings.warn(f"{count} NaN in the images of {tag!r} drawn as 0", stacklevel=3)
