"""The pictures of the gallery: four that change with the step, drawn with NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def draw_pictures(step: int) -> list[NDArray[Any]]:
    """Pictures that change with the step: RGB, grey floats, RGBA, a mask."""
    return [_fractal(step), _waves(step), _sphere(step), _mask(step)]


def _fractal(step: int, size: int = 192) -> NDArray[Any]:
    """A Julia set in colour, uint8 H×W×3: how fast z² + c leaves the plane's middle."""
    y, x = np.mgrid[-1.3 : 1.3 : size * 1j, -1.6 : 1.6 : size * 4j / 3]
    z = x + 1j * y
    c = 0.7885 * np.exp(1j * (2.3 + step / 60))
    age = np.zeros(z.shape)
    for _ in range(48):
        inside = np.abs(z) < 4
        z = np.where(inside, z * z + c, z)
        age += inside
    glow = np.sqrt(age / 48)[..., np.newaxis]
    color = np.sin(glow * np.array([2.2, 3.1, 4.4]) + np.array([0.0, 0.2, 0.6])) ** 2
    pixels: NDArray[Any] = (color * 255).astype(np.uint8)
    return pixels


def _waves(step: int, size: int = 192) -> NDArray[Any]:
    """Ripples of three drops, float H×W in no particular range."""
    y, x = np.mgrid[0:size, 0:size]
    height = np.zeros((size, size))
    for drop_x, drop_y, speed in ((50, 60, 0.6), (140, 80, 0.8), (90, 150, 0.7)):
        distance = np.hypot(x - drop_x, y - drop_y)
        height += np.sin(distance / 6 - step * speed) * np.exp(-distance / 70)
    return height


def _sphere(step: int, size: int = 192) -> NDArray[Any]:
    """A lit ball on nothing, uint8 H×W×4: the light goes round it."""
    y, x = np.mgrid[-1.1 : 1.1 : size * 1j, -1.1 : 1.1 : size * 1j]
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, None))
    angle = step / 12
    light = x * math.cos(angle) * 0.6 - y * 0.5 + z * 0.6 + x * math.sin(angle) * 0.2
    shade = np.clip(light, 0.05, 1)[..., np.newaxis] * np.array([250, 160, 70])
    alpha = np.clip((1 - np.hypot(x, y)) * size / 2, 0, 1) * 255
    return np.concatenate([shade, alpha[..., np.newaxis]], axis=2).astype(np.uint8)


def _mask(step: int, size: int = 192) -> NDArray[Any]:
    """Blobs, bool H×W: as a segmentation gives."""
    return _waves(step + 7, size) > 0.4
