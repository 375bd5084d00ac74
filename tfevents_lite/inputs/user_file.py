"""Files that users name in place of what they hold: images and models.

Only regular files are read: a device such as /dev/zero never ends, and a FIFO may never begin.
"""

from __future__ import annotations

import os
import stat

# protobuf's bound for a message, which such a file has to fit into.
MAX_BYTES = (1 << 31) - 1


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The contents of a regular file. Raises OSError, or ValueError for any other kind of file."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{os.fspath(path)!r} must be a regular file")
    if found.st_size > MAX_BYTES:
        raise ValueError(
            f"{os.fspath(path)!r} must be smaller than 2 GiB, has {found.st_size} bytes"
        )
    with open(path, "rb") as file:
        return file.read(MAX_BYTES)
