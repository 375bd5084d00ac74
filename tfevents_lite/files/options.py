"""How a writer keeps its files: its options, checked. This module does nothing with them."""

from __future__ import annotations

import time

from ..inputs.checks import to_number, to_wall_time
from ..inputs.names import safe_part
from .system import System, get_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypedDict

    class WriterOptions(TypedDict, total=False):
        """The keyword options of a writer; Options says what they mean."""

        profile: Literal["edge"] | None
        durability: Literal["write", "fsync"]
        buffer_bytes: int
        on_error: Literal["raise", "warn"]
        max_pending_bytes: int
        max_file_bytes: int | None
        max_total_bytes: int | None
        max_open_files: int
        on_file_closed: Callable[[str], object] | None
        reopens: bool
        clock: Callable[[], float]
        hostname: str | None
        pid: int | None
        system: System | None
        # For a run at a URL alone: see remote.shipping.
        spool: str | None
        max_spool_bytes: int
        ship_timeout: float


# By profile, the options that it stands for, where none are given.
PROFILES: dict[str, dict[str, Any]] = {
    "edge": {
        "buffer_bytes": 4096,
        "on_error": "warn",
        "max_pending_bytes": 1 << 16,
        "max_total_bytes": 1 << 24,
        "max_open_files": 4,
    },
}


def with_profile(options: dict[str, Any]) -> dict[str, Any]:
    """The options, with those of the `profile` that they name where they don't say otherwise.

    >>> with_profile({"profile": "edge", "buffer_bytes": 0})["buffer_bytes"]
    0
    """
    given = dict(options)
    profile = given.pop("profile", None)
    if profile is None:
        return given
    if profile not in PROFILES:
        raise ValueError(f"profile must be 'edge' or None, got {profile!r:.80}")
    return {**PROFILES[profile], **given}


class Options:
    """The options of a writer, as SummaryWriter lists them, checked.

    `on_file_closed` is called when the next file is begun, at `close()`, and at the exit of an
    interpreter whose writer was not closed; a forked child's for the child's own files. What is
    killed, exits by `os._exit`, or forgets its writer without closing it, does not call it for the
    last file. Without `reopens`, what is logged after `close()` is refused.
    """

    def __init__(
        self,
        filename_suffix: str = "",
        flush_secs: float = 120,
        *,
        durability: str = "write",
        buffer_bytes: int = 0,
        on_error: str = "raise",
        max_pending_bytes: int = 1 << 22,
        max_file_bytes: int | None = None,
        max_total_bytes: int | None = None,
        max_open_files: int = 32,
        on_file_closed: Callable[[str], object] | None = None,
        reopens: bool = False,
        clock: Callable[[], float] = time.time,
        hostname: str | None = None,
        pid: int | None = None,
        system: System | None = None,
        **unknown: object,
    ) -> None:
        if unknown:
            raise TypeError(_no_option(next(iter(unknown))))
        self.filename_suffix = safe_part(filename_suffix or "", "filename_suffix")
        self.flush_secs = to_number("flush_secs", flush_secs)
        self.fsync = _one_of("durability", durability, ("write", "fsync")) == "fsync"
        self.warn = _one_of("on_error", on_error, ("raise", "warn")) == "warn"
        self.buffer_bytes = _size("buffer_bytes", buffer_bytes, 0)
        self.max_pending_bytes = _size("max_pending_bytes", max_pending_bytes, 0)
        self.max_open_files = _size("max_open_files", max_open_files, 1)
        if max_file_bytes is not None:
            _size("max_file_bytes", max_file_bytes, 256)
        if max_total_bytes is not None:
            most = _size("max_total_bytes", max_total_bytes, 1024) // 2
            if max_file_bytes is None:
                # Only closed files can be removed, so there have to be some.
                max_file_bytes = max(most // 4, 256)
            elif max_file_bytes > most:
                raise ValueError(
                    f"max_file_bytes must be at most half of max_total_bytes={max_total_bytes}, "
                    f"got {max_file_bytes}"
                )
        self.max_file_bytes = max_file_bytes
        self.max_total_bytes = max_total_bytes
        if on_file_closed is not None and not callable(on_file_closed):
            raise TypeError(f"on_file_closed must be callable, got {on_file_closed!r:.80}")
        self.on_file_closed = on_file_closed
        self.reopens = reopens
        self.clock = clock if clock is time.time else lambda: _seconds(clock())
        self.hostname = get_hostname() if hostname is None else safe_part(hostname, "hostname")
        self.pid = pid
        self.system = System() if system is None else system


def _seconds(now: Any) -> float:
    seconds = to_wall_time(now)
    if seconds >= 1e10:  # In the year 2286. A file's name has ten digits.
        raise ValueError(f"clock must return seconds since 1970, got {now!r}: milliseconds?")
    return seconds


def _no_option(name: str) -> str:
    """The message for a name that no option has, with the most similar one's."""
    from difflib import get_close_matches
    from inspect import signature

    known = {*signature(Options).parameters, "profile", "purge_step", "resume", "max_queue"}
    known |= {"spool", "max_spool_bytes", "ship_timeout"}
    known.remove("unknown")
    if name in known:
        return f"this writer has no option {name!r}: SummaryWriter has"
    similar = "".join(f": did you mean {match!r}?" for match in get_close_matches(name, known, 1))
    return f"a writer has no option {name!r}{similar}"


def _one_of(name: str, value: Any, known: tuple[str, str]) -> str:
    if value not in known:
        raise ValueError(f"{name} must be {known[0]!r} or {known[1]!r}, got {value!r:.80}")
    return str(value)


def _size(name: str, value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of bytes or files, got {value!r:.80}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return value
