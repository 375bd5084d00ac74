"""Places that fsspec (https://filesystem-spec.readthedocs.io) reaches, by URL.

Knows fsspec and its errors; knows neither spool nor events.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where a file appears whole or not at all, and folders need not be made.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "r2", "memory"}


class Place:
    """A folder at a URL.

    Raises ImportError that says what to install, if fsspec or the URL's own driver is missing, and
    ValueError for a scheme that fsspec does not know.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            import fsspec
        except ImportError as error:
            needed = f"{url!r} needs fsspec: pip install 'tfevents-lite[remote]'"
            raise ImportError(needed, name="fsspec") from error
        try:
            # Not the listing that fsspec may have kept: other machines write there, too.
            self._system: Any
            self._system, root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            raise ImportError(f"{url!r} needs another package: {error}") from error
        except ValueError as error:
            raise ValueError(f"log_dir {url!r} has no scheme that fsspec knows: {error}") from error
        self._root = root.rstrip("/")
        scheme = url.partition("://")[0].lower()
        self._is_store = scheme in _OBJECT_STORES

    def put(self, local: str, name: str) -> None:
        """Copy a file there, under a name relative to the folder: whole or not at all."""
        target = f"{self._root}/{name}"
        with errors_of(f"{self.url}/{name}"):
            if self._is_store:
                self._system.put_file(local, target)
                return
            folder, _, base = target.rpartition("/")
            self._system.makedirs(folder, exist_ok=True)
            # No name with "tfevents" in it, which TensorBoard would read.
            part = f"{folder}/{base.replace('tfevents', 'events')}.part"
            self._system.put_file(local, part)
            self._system.mv(part, target)

    def files(self) -> Iterator[tuple[str, int]]:
        """The name of each file in the folder and below, relative to it, and its size in bytes.

        If the URL is that of a file, it alone, with the name "".
        """
        with errors_of(self.url):
            found = self._system.find(self._root, detail=True)
        for path, about in found.items():
            yield path[len(self._root) :].lstrip("/"), int(about.get("size") or 0)

    def get(self, name: str, local: str) -> None:
        """Copy a file from there to a path of this machine, whole or not at all."""
        part = f"{local}.part"
        with errors_of(f"{self.url}/{name}"):
            self._system.get_file(f"{self._root}/{name}".rstrip("/"), part)
        os.replace(part, local)


class errors_of:
    """Within its block, what a driver raises becomes an OSError that names the URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, Exception):
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise OSError(errno.EIO, message, self._url) from error
