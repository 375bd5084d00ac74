"""PNG in NumPy alone: an encoder that never imports zlib.

The modules, in the order in which data pass:

- `encoder`, `animation` and `writer` are the ways in: one image or several to files, frames to an
  animated file, and pypng's interface. `encoder` turns arrays into the bytes of rows.
- `band`: some rows at a time; decides whether they are a photograph or drawn.
- `filters`: PNG's five filters.
- `matches`: finds repetition, and chooses which of it to use.
- `codes`: Huffman codes, from how often each symbol occurs.
- `deflate`: bytes and matches to a compressed stream, in these codes.
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
