"""The messages of `proto/projector.proto`: what TensorBoard's projector shows.

They are not in event files: projector_config.pbtxt holds their text, as `repr` gives it.
"""

from __future__ import annotations

from ..wire.message import Message, RepeatedField, message, string, uint32


class SpriteMetadata(Message):
    """An image with a picture for each point, all of one size: width, height."""

    image_path: str = string(1)
    single_image_dim: RepeatedField[int] = uint32(2, repeated=True)


class EmbeddingInfo(Message):
    """Points in many dimensions. Paths are relative to the configuration's folder."""

    tensor_name: str = string(1)
    metadata_path: str = string(2)
    bookmarks_path: str = string(3)
    tensor_shape: RepeatedField[int] = uint32(4, repeated=True)
    sprite: SpriteMetadata = message(5, lambda: SpriteMetadata)
    tensor_path: str = string(6)


class ProjectorConfig(Message):
    """The configuration of a run's projector."""

    model_checkpoint_path: str = string(1)
    embeddings: RepeatedField[EmbeddingInfo] = message(2, lambda: EmbeddingInfo, repeated=True)
    model_checkpoint_dir: str = string(3)
