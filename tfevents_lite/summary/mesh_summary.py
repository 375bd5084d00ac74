"""Meshes and point clouds: vertices, their colours, and the triangles between them."""

from __future__ import annotations

from typing import Any

from ..inputs import arrays
from ..inputs.checks import shown
from ..inputs.needs_numpy import np
from ..schema.plugins import MeshPluginData
from ..schema.tensor import DataType
from .encoding import encode_metadata, encode_numbers, encode_value, makes_summary

PLUGIN = "mesh"
_CONTENT = MeshPluginData.ContentType


def encode_mesh(
    tag: str,
    vertices: Any,
    colors: Any = None,
    faces: Any = None,
    config_dict: dict[str, Any] | None = None,
    *,
    display_name: str = "",
    description: str = "",
) -> dict[str, bytes]:
    """A batch of meshes or point clouds as a Summary, each part under a tag of its own.

    `vertices` are B×N×3 numbers, or N×3. `colors`, of the same shape, are integers in 0..255, or
    floats in 0..1; if any float is greater, all are in 0..255. `faces` are B×M×3 indices of
    vertices. `config_dict` has the classes and settings of THREE.js ("camera", "lights",
    "material"). The tags end in `_VERTEX`, `_FACE` and `_COLOR`; TensorBoard shows them under
    `tag`. Raises TypeError or ValueError that names the tag and the argument.
    """
    points = _to_batch(tag, "vertices", vertices)
    if not np.isfinite(points).all():
        raise ValueError(f"vertices of {tag!r} must be finite")
    parts = [(_CONTENT.VERTEX, points.astype("<f4"), DataType.DT_FLOAT)]
    if faces is not None:
        parts.append((_CONTENT.FACE, _to_faces(tag, faces, points.shape), DataType.DT_INT32))
    if colors is not None:
        parts.append((_CONTENT.COLOR, _to_colors(tag, colors, points.shape), DataType.DT_UINT8))
    config = "{}" if config_dict is None else _to_json(tag, config_dict)
    components = sum(1 << content_type for content_type, _, _ in parts)
    made = {}
    for content_type, array, data_type in parts:
        content = MeshPluginData(
            version=0,
            name=tag,
            content_type=content_type,
            json_config=config,
            shape=array.shape,
            components=components,
        )
        metadata = encode_metadata(PLUGIN, content.SerializeToString(), display_name, description)
        name = f"{tag}_{_CONTENT.names[content_type]}"
        tensor = encode_numbers(data_type, array.shape, array.tobytes())
        made[name] = encode_value(name, tensor, metadata)
    return made


mesh = makes_summary(encode_mesh)


def _to_batch(tag: str, name: str, value: Any) -> np.ndarray[Any, Any]:
    array = arrays.to_numbers(value, f"{name} of {tag!r}")
    if array.ndim == 2:
        array = array[np.newaxis]
    if array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise ValueError(f"{name} of {tag!r} must be B×N×3 or N×3, got shape {array.shape}")
    return array


def _to_faces(tag: str, faces: Any, vertices: tuple[int, ...]) -> np.ndarray[Any, Any]:
    array = _to_batch(tag, "faces", faces)
    with np.errstate(invalid="ignore"):  # What is no index is found below.
        indices = array.astype("<i4")
    if (
        len(array) != vertices[0]
        or not ((indices == array) & (indices >= 0) & (indices < vertices[1])).all()
    ):
        raise ValueError(
            f"faces of {tag!r} must be {vertices[0]}×M×3 whole numbers in 0..{vertices[1] - 1}, "
            f"got shape {array.shape} with {array.min()} to {array.max()}"
        )
    return indices


def _to_colors(tag: str, colors: Any, vertices: tuple[int, ...]) -> np.ndarray[Any, Any]:
    array = _to_batch(tag, "colors", colors)
    if array.shape != vertices:
        raise ValueError(
            f"colors of {tag!r} must be of the vertices' shape {vertices}, got shape {array.shape}"
        )
    numbers = array.astype(np.float64)
    if array.dtype == np.bool_ or (array.dtype.kind == "f" and not (numbers > 1).any()):
        numbers = numbers * 255
    if not ((numbers >= 0) & (numbers <= 255)).all():
        raise ValueError(
            f"colors of {tag!r} must be within 0..255, or floats within 0..1, "
            f"got {array.min()} to {array.max()}"
        )
    return np.floor(numbers + 0.5).astype(np.uint8)


def _to_json(tag: str, config: Any) -> str:
    import json

    if not isinstance(config, dict):
        raise TypeError(f"config_dict of {tag!r} must be a dictionary, got {shown(config)}")
    try:
        return json.dumps(config, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"config_dict of {tag!r} must be what JSON can say: {error}") from None
