"""`RecordWriter`: the writer of bare records that TensorBoard, torch and tensorboardX have.

It knows records; it knows neither events nor how event files are named.
"""

from __future__ import annotations

import os

from ..records.tfrecord import frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self


class RecordWriter:
    """Writes TFRecords to a file: given as a path, which is replaced, or as a binary file.

    The file of a path is not buffered: a record is with the operating system when `write` returns.
    """

    def __init__(self, file: str | os.PathLike[str] | Any) -> None:
        is_path = isinstance(file, (str, os.PathLike))
        self._file: Any = open(file, "wb", buffering=0) if is_path else file  # noqa: SIM115

    def write(self, data: bytes) -> None:
        """Write the bytes of one record, framed by its length and their checksums."""
        record = memoryview(frame(bytes(data)))
        while record:
            written = self._file.write(record)
            record = record[len(record) if written is None else written :]

    def flush(self) -> None:
        """Return when all records are with the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return bool(self._file.closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
