"""`image_with_boxes`: frames and letters where they belong, dot by dot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

import tfevents_lite as tfe
from tfevents_lite.summary.boxes import resize, text_mask

from .test_images import decode, only

RANDOM = np.random.default_rng(4)
Pixels = np.ndarray[Any, Any]


def test_boxes_and_labels_are_drawn_where_they_belong() -> None:
    """A box's corners are its last pixels, two wide; a label stands above it, white on red."""
    picture = np.full((60, 80, 3), 100, np.uint8)
    drawn = only(tfe.summary.image_with_boxes("x", picture, [[10, 20, 39, 49]], 1, "HWC", ["Ab"]))
    frame = np.zeros((60, 80), bool)
    frame[20:50, 10:40] = True
    frame[22:48, 12:38] = False
    label = np.pad(text_mask("Ab"), 2)
    expected = picture.copy()
    expected[frame] = (255, 0, 0)
    place = expected[20 - label.shape[0] : 20, 10 : 10 + label.shape[1]]
    place[...] = np.where(label[..., np.newaxis], (255, 255, 255), (255, 0, 0))
    np.testing.assert_array_equal(drawn, expected)
    assert (picture == 100).all(), "the image that was given must stay as it was"


def test_boxes_may_lie_outside() -> None:
    """What is beyond the picture is not drawn, and does no harm; corners may be swapped."""
    black = np.zeros((20, 30, 3), np.uint8)
    boxes = [[-50, -50, -10, -10], [100, 100, 1e9, 1e9], [25, 15, -5, -5]]
    drawn = only(tfe.summary.image_with_boxes("x", black, boxes, dataformats="HWC"))
    expected = black.copy()
    expected[14:16, :26] = expected[:16, 24:26] = (255, 0, 0)
    np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_boxes_are_red_on_any_picture(channels: int) -> None:
    """Grey pictures get colours to draw in; alpha stays, and lines are opaque."""
    picture = np.zeros((20, 20, channels), np.uint16)
    (value,) = tfe.summary.image_with_boxes("x", picture, [[0, 0, 19, 19]], dataformats="HWC").value
    pixel = decode(value.image.encoded_image_string, value.image.colorspace)[0, 0]
    assert list(pixel) == [255, 0, 0, 255][: len(pixel)]
    assert value.image.colorspace == (4 if channels in (2, 4) else 3)


def test_rescaling_boxes_scales_all() -> None:
    """With `rescale`, the picture is that much larger, and boxes are where they belong."""
    picture = np.zeros((3, 20, 30), np.uint8)
    drawn = only(tfe.summary.image_with_boxes("x", picture, np.array([[10, 5, 20, 15]]), 2))
    assert drawn.shape == (40, 60, 3)
    rows, columns = np.nonzero(drawn[:, :, 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 30, 20, 40)


@pytest.mark.parametrize("factor", [0.1, 0.5, 0.77, 1.3, 3])
def test_resizing_is_near_to_pillows(factor: float) -> None:
    """Pillow's linear filter gives the same picture, but for rounding."""
    picture = RANDOM.integers(0, 256, (40, 50, 3), np.uint8)
    height, width = round(40 * factor), round(50 * factor)
    theirs = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)
    difference = np.abs(resize(picture, factor).astype(int) - np.asarray(theirs).astype(int))
    assert difference.max() <= 2


def test_labels_of_another_number_are_left_out() -> None:
    """As in torch and tensorboardX, they are not drawn; here, with a warning."""
    black = np.zeros((20, 30), np.uint8)
    plain = tfe.summary.image_with_boxes("x", black, [[1, 1, 8, 8]], dataformats="HW")
    with pytest.warns(UserWarning, match="2 labels for 1 boxes on 'x' left out"):
        labelled = tfe.summary.image_with_boxes(
            "x", black, [[1, 1, 8, 8]], dataformats="HW", labels=["a", "b"]
        )
    assert labelled == plain


def test_the_font_has_each_character_once() -> None:
    """All printable characters of ASCII differ; accents are dropped, others are a frame."""
    masks = {text_mask(chr(code)).tobytes() for code in range(32, 127)}
    assert len(masks) == 95
    assert text_mask("ä").tobytes() == text_mask("a").tobytes()
    frame = text_mask("☃")
    assert frame[0].all()
    assert frame.tobytes() not in masks
    assert text_mask("", 3).shape == (21, 0)
