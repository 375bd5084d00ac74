"""Images: arrays, figures and videos as PNG files, one or several under a tag.

`inputs.arrays` makes pixels of numbers, `boxes` draws on them, and `png` encodes them.
`image_file_summary` passes image files through.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .. import png
from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag, shown, to_number
from ..inputs.needs_numpy import np
from .boxes import draw_boxes
from .encoding import encode_metadata, encode_strings, encode_value, makes_summary
from .image_file_summary import PLUGIN, encode_file, file_in, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# A list of more images may never end.
_MAX_IMAGES = 10_000
# Larger floats are most likely meant as 0..255, not as 0..1 or as a few classes.
_FAR_OVER_ONE = 16
# An animated PNG has a frame's time as a fraction of two 16-bit numbers.
_MAX_FPS = 65535


def encode_image(
    tag: str,
    tensor: Any,
    dataformats: str = "CHW",
    *,
    display_name: str = "",
    description: str = "",
) -> bytes:
    """One image under the tag itself, as a Summary.

    `tensor` is an array of which `dataformats` names the axes ("CHW", "HWC", "HW", or these letters
    in any order), or an image file. SummaryWriter.add_image says which types and ranges are taken.

    Raises TypeError or ValueError that names the tag.

    >>> image("dots", [[0.0, 1.0]], "HW").value[0].image.width
    2
    """
    encode_tag(tag)  # Raises for what can't be a tag, before anything is drawn.
    file = file_in(tag, tensor)
    if file is None:
        several = isinstance(dataformats, str) and "N" in dataformats.upper()
        pixels = unit_pixels(tag, tensor, dataformats, "NHWC" if several else "HWC")
        file = parse(png.encode(arrays.to_grid(pixels) if several else pixels))
    return encode_file(tag, file, display_name, description)


def encode_images(
    tag: str,
    tensor: Any,
    dataformats: str = "NCHW",
    *,
    as_grid: bool = True,
    display_name: str = "",
    description: str = "",
) -> bytes:
    """Many images of one size as one image, a grid of eight a row, as a Summary. See `image`.

    `tensor` may be a list of images, too; `dataformats` then names the axes of each or of all. With
    `as_grid=False` TensorBoard shows the images side by side under the tag; they may then be image
    files and of different sizes.
    """
    encode_tag(tag)
    is_list = isinstance(tensor, (list, tuple)) and isinstance(dataformats, str) and len(tensor)
    if as_grid:
        if is_list:
            first = arrays.to_numbers(tensor[0], f"image of {tag!r}")
            dataformats = "N" * (first.ndim == len(dataformats)) + dataformats
        return encode_image(
            tag, tensor, dataformats, display_name=display_name, description=description
        )
    if is_list:
        axes = dataformats.upper().replace("N", "")
        files = [
            file_in(tag, item) or parse(png.encode(unit_pixels(tag, item, axes, "HWC")))
            for item in tensor
        ]
    else:
        pixels = unit_pixels(tag, tensor, dataformats, "NHWC")
        files = list(map(parse, png.encode_batch(pixels)))
    size = (b"%d" % files[0].width, b"%d" % files[0].height)
    content = encode_strings([*size, *(file.data for file in files)], [2 + len(files)])
    return encode_value(tag, content, encode_metadata(PLUGIN, b"", display_name, description))


def encode_image_with_boxes(
    tag: str,
    img: Any,
    boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: str | Sequence[str] | None = None,
) -> bytes:
    """An image with boxes drawn on it, each with a label if `labels` are given, as a Summary.

    `boxes` are N×4: xmin, ymin, xmax, ymax in pixels, the last ones included. `rescale` is a factor
    for the size of the whole picture. See SummaryWriter.add_image_with_boxes.

    >>> image_with_boxes("cat", np.zeros((3, 8, 9)), [[1, 1, 5, 5]], 2).value[0].image.width
    18
    """
    encode_tag(tag)
    pixels = draw_boxes(tag, unit_pixels(tag, img, dataformats, "HWC"), boxes, rescale, labels)
    return encode_file(tag, parse(png.encode(pixels)))


def encode_image_boxes(
    tag: str,
    tensor_image: Any,
    tensor_boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: str | Sequence[str] | None = None,
) -> bytes:
    """`image_with_boxes`, by torch's and tensorboardX's name."""
    return encode_image_with_boxes(tag, tensor_image, tensor_boxes, rescale, dataformats, labels)


def encode_figure(tag: str, figures: Any, close: bool = True) -> bytes:
    """A matplotlib figure, or a list of them as a grid, as a Summary with one image.

    The image is RGB, or RGBA if parts of it are transparent. See SummaryWriter.add_figure. Raises
    TypeError for what is no figure.
    """
    encode_tag(tag)
    several = isinstance(figures, (list, tuple))
    found = [getattr(item, "figure", item) for item in (figures if several else [figures])]
    if not found or not all(callable(getattr(item, "set_canvas", None)) for item in found):
        error = TypeError if found else ValueError
        raise error(
            f"figure of {tag!r} must be a matplotlib figure or a list of them, got {shown(figures)}"
        )
    try:
        pixels = [_render(item) for item in found]
    finally:
        pyplot = sys.modules.get("matplotlib.pyplot")
        if close and pyplot is not None:
            for item in found:
                pyplot.close(item)
    drawn = pixels[0]
    if len(pixels) > 1:
        height, width = (max(array.shape[axis] for array in pixels) for axis in (0, 1))
        cells = np.zeros((len(pixels), height, width, 4), np.uint8)
        for cell, array in zip(cells, pixels):
            cell[: array.shape[0], : array.shape[1]] = array
        drawn = arrays.to_grid(cells)
    opaque = drawn[..., 3].min() == 255
    return encode_file(tag, parse(png.encode(drawn[..., :3] if opaque else drawn)))


def _render(figure: Any) -> NDArray[np.uint8]:
    """The pixels of a figure, H×W×4."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # It is there: it made the figure.

    before = figure.canvas
    try:
        # A canvas of its own draws nothing on a screen, whatever pyplot's backend is.
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())
    finally:
        figure.set_canvas(before)


def encode_video(tag: str, tensor: Any, fps: float = 4, dataformats: str = "NTCHW") -> bytes:
    """Videos of one size, side by side, as a Summary with one animated PNG that repeats for ever.

    TensorBoard serves it as an image, and browsers play it. `dataformats` names the axes of
    `tensor`: N videos of T frames of C×H×W, in any order; N may be missing. `fps` is in frames a
    second. Values are those of an image (see `image`), and so are image files, such as a GIF.

    Raises TypeError or ValueError that names the tag.

    >>> video("noise", np.zeros((2, 4, 1, 8, 9), np.uint8)).value[0].image.width
    18
    """
    encode_tag(tag)
    file = file_in(tag, tensor)
    if file is None:
        rate = to_number(f"fps of {tag!r}", fps)
        if not 0 < rate <= _MAX_FPS:
            raise ValueError(f"fps of {tag!r} must be above 0 and at most {_MAX_FPS}, got {fps!r}")
        frames = _to_frames(unit_pixels(tag, tensor, dataformats, "NTHWC"))
        file = parse(png.encode_animation(frames, rate))
    return encode_file(tag, file)


def _to_frames(videos: NDArray[Any]) -> NDArray[Any]:
    """Videos N×T×H×W×C side by side as T×H×W×C, in torch's arrangement: rows of a power of two."""
    count, length, height, width, channels = videos.shape
    rows = 1 << (count.bit_length() - 1) // 2
    columns = (1 << (count - 1).bit_length()) // rows
    grid = np.zeros((rows * columns, *videos.shape[1:]), videos.dtype)
    grid[:count] = videos
    grid = grid.reshape(rows, columns, *videos.shape[1:]).transpose(2, 0, 3, 1, 4, 5)
    frames: NDArray[Any] = grid.reshape(length, rows * height, columns * width, channels)
    return frames


def encode_image_summary(
    tag: str,
    images: Iterable[Any],
    *,
    max_outputs: int | None = None,
    scale: arrays.Scale = "minmax",
    bit_depth: int = 8,
) -> dict[str, bytes]:
    """A list of images as one Summary: a PNG each, under `tag/0`, `tag/1`, …

    Each image is H×W, H×W×1, H×W×2 (grey and alpha), H×W×3 or H×W×4, or 3×H×W or 4×H×W where its
    last axis can't hold channels; shapes and types may differ from image to image.

    uint8 is taken as it is. bool becomes 0 and 255. Other types are scaled from the least and
    greatest finite number of the image to 0..255, so that a constant image is black; or from [0, 1]
    with `scale="unit"`, or from `scale=(low, high)`, clipped and rounded. NaN and masked elements
    become 0, with one warning for the tag; -Inf 0, +Inf 255. With `bit_depth=16`, uint16 is taken
    as it is, and other types but uint8 are scaled to 0..65535. No more than `max_outputs` images
    are written, if it is given.

    Raises TypeError or ValueError that names the tag, the index and the shape.

    >>> summary = image_summary("digits", [[[0, 1], [1, 0]], [[0, 0, 1]]])
    >>> [(value.tag, value.image.height, value.image.width) for value in summary.value]
    [('digits/0', 2, 2), ('digits/1', 1, 3)]
    """
    scale = arrays.check_scale(scale)
    arrays.check_bit_depth(bit_depth)
    if max_outputs is not None and max_outputs < 0:
        raise ValueError(f"max_outputs must not be negative, got {max_outputs}")
    encode_tag(tag)
    _check_list(tag, images)
    pixels, unknown = [], 0
    for index, image in enumerate(images):
        if index == max_outputs:
            break
        if index == _MAX_IMAGES:
            raise ValueError(f"images of {tag!r} must be at most {_MAX_IMAGES}")
        try:
            filled, masked = arrays.fill_mask(image)
            scaled, count = arrays.to_pixels(arrays.to_image_array(filled), scale, bit_depth)
        except (TypeError, ValueError) as error:
            raise type(error)(f"image {index} of {tag!r} can't be drawn: {error}") from error
        pixels.append(scaled)
        unknown += count + masked
    _warn_of_nan(tag, unknown)
    names = [f"{tag}/{index}" for index in range(len(pixels))]
    files = map(parse, png.encode_batch(pixels))
    return {name: encode_file(name, file) for name, file in zip(names, files)}


def _check_list(tag: str, images: Any) -> None:
    """Refuse what is no list of images, and a single image."""
    problem = f"images of {tag!r} must be a list of images, got"
    if isinstance(images, (str, bytes)) or not hasattr(images, "__iter__"):
        raise TypeError(f"{problem} {shown(images)}")
    shape = getattr(images, "shape", None)
    if not isinstance(shape, tuple):
        return
    problem += f" one of shape {'×'.join(map(str, shape)) or '()'}: pass [image]"
    if len(shape) < 3:
        raise ValueError(problem)
    # It might be H images of W×3, but nobody draws these.
    if len(shape) == 3 and shape[1] > 4 and shape[2] in (1, 3, 4):
        raise ValueError(f"{problem}, or list(images) for {shape[0]} images")


image = makes_summary(encode_image)
images = makes_summary(encode_images)
image_with_boxes = makes_summary(encode_image_with_boxes)
image_boxes = makes_summary(encode_image_boxes)
figure = makes_summary(encode_figure)
video = makes_summary(encode_video)
image_summary = makes_summary(encode_image_summary)


def unit_pixels(tag: str, value: Any, dataformats: str, axes: str) -> NDArray[Any]:
    """Pixels of an array whose axes `dataformats` names, in the order of `axes`, from [0, 1]."""
    try:
        filled, masked = arrays.fill_mask(value)
        array = arrays.to_array(filled)
        arrays.check_dtype(array)
        array = arrays.order_axes(array, dataformats, axes)
        pixels, unknown = arrays.to_pixels(array, "unit", 16 if array.dtype == "uint16" else 8)
    except (TypeError, ValueError) as error:
        raise type(error)(f"image of {tag!r} can't be drawn: {error}") from error
    if array.dtype.kind == "f":
        largest = array.max()
        if _FAR_OVER_ONE < largest < np.inf:  # False for NaN, which is warned of below.
            warn(
                f"image of {tag!r} has floats up to {largest:g}, drawn as 1, the brightest: "
                "divide by 255, or pass uint8",
                once=("range", tag),
            )
    _warn_of_nan(tag, unknown + masked)
    return pixels


def _warn_of_nan(tag: str, count: int) -> None:
    if count:
        warn(f"{count} NaN in the images of {tag!r} drawn as 0")
