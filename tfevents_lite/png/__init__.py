"""PNG in NumPy alone: an encoder that never imports zlib.

The modules, in the order in which data pass:

- `encoder`: one image, or several, to files; `animation`: frames to an animated file; `writer`:
  pypng's interface. These three are the ways in.
- `scanlines`: an array to the bytes of PNG rows.
- `band`: what is best for some rows: which filter, and how hard to look for repetition.
- `filters`: PNG's five filters.
- `matches`: finding repetition; `parse`: choosing what to use of it.
- `huffman`: lengths of codes from counts; `codes`: the codes of a block.
- `deflate`: codes to a compressed stream.
- `chunks`: the stream and all else to a file.
- `batch`: many small images at once, through the same modules.

Nothing here knows of summaries, events or files on disk.
"""

from __future__ import annotations

from .animation import encode_animation
from .encoder import encode, encode_batch
from .writer import Error, Image, ProtocolError, Writer, from_array, fromarray, write_chunks

__all__ = [
    "Error",
    "Image",
    "ProtocolError",
    "Writer",
    "encode",
    "encode_animation",
    "encode_batch",
    "from_array",
    "fromarray",
    "write_chunks",
]
