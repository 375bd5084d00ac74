"""The files at a URL, copied to a folder of this machine to be read.

Readers know paths of this machine alone. A segment that was shipped never changes, so that what is
copied once is not copied again; of a file that has grown, all is.
"""

from __future__ import annotations

import os
import tempfile

from .urls import Place


class Mirror:
    """A folder that holds the event files at a URL, as of the last `update`.

    `path` is that of the folder, or of the one file if the URL is that of a file.
    """

    def __init__(self, url: str, folder: str) -> None:
        self._place = Place(url)
        self.path = self._folder = folder
        self._sizes: dict[str, int] = {}

    def update(self) -> None:
        """Copy what is new, and remove what is gone. Raises OSError."""
        found = dict(self._place.files())
        if "" in found:  # The URL is that of one file.
            self.path = self._path("")
        else:
            found = {name: size for name, size in found.items() if is_events(name)}
        for name in self._sizes.keys() - found.keys():
            os.remove(self._path(name))
            del self._sizes[name]
        for name, size in sorted(found.items()):
            if self._sizes.get(name) != size:
                path = self._path(name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                self._place.get(name, path)
                self._sizes[name] = size

    def _path(self, name: str) -> str:
        name = name or self._place.url.rpartition("/")[2]
        path = os.path.abspath(os.path.join(self._folder, *name.split("/")))
        if os.path.commonpath([path, self._folder]) != self._folder:
            raise OSError(f"{self._place.url} names a file outside of it: {name!r:.80}")
        return path


_mirrors: dict[str, Mirror] = {}
_folders: list[tempfile.TemporaryDirectory[str]] = []


def local_copy(url: str) -> str:
    """The path of a folder, or of a file, that holds what is at a URL now. It is removed at exit.

    Asked for the same URL again, it copies only what is new.
    """
    mirror = _mirrors.get(url)
    if mirror is None:
        _folders.append(tempfile.TemporaryDirectory(prefix="tfevents-lite-"))
        _mirrors[url] = mirror = Mirror(url, os.path.realpath(_folders[-1].name))
    mirror.update()
    return mirror.path


def is_events(name: str) -> bool:
    """Whether TensorBoard takes a file of this name for events."""
    return "tfevents" in name.rpartition("/")[2]
