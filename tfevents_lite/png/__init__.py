"""PNG in NumPy alone: an encoder that never imports zlib.

The way through the folder is one-directional: ``scanlines`` turns an array into the bytes of PNG
rows, ``filters`` makes them compressible, ``deflate`` (with ``matches``, ``huffman`` and ``bits``)
compresses them, ``chunks`` frames the result; ``encoder`` conducts. Nothing here knows of
summaries, events or files.
"""

from __future__ import annotations

from . import deflate
from .animation import encode_animation
from .encoder import encode, encode_batch
from .writer import Writer, from_array

__all__ = ["Writer", "deflate", "encode", "encode_animation", "encode_batch", "from_array"]
