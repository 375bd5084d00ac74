"""Names for a graph's nodes: whatever a model calls its parts, each node has a name of its own."""

from __future__ import annotations


class UniqueNames:
    """Gives each thing a name that no other has: its own, or with a number behind it.

    >>> names = UniqueNames()
    >>> names.add("add"), names.add("add"), names.add("/fc/Gemm")
    ('add', 'add_1', 'fc/Gemm')
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, wanted: str) -> str:
        """A new name, which is `wanted` if that is free, without slashes that fold nothing."""
        base = "/".join(part for part in wanted.split("/") if part) or "unnamed"
        name = base
        while name in self._counts:
            self._counts[base] += 1
            name = f"{base}_{self._counts[base]}"
        self._counts[name] = 0
        return name
