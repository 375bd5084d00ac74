"""What a writer remembers of one run's tags: their kinds, their last steps, what was warned of.

This module knows tags, steps and values; it knows no event and no file.
"""

from __future__ import annotations

from ..inputs.caller import warn
from ..summary.guard import claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class TagHistory:
    """The tags of one run.

    Attributes: `kinds`, by tag the plugin that shows it, for `guard`; `scalars`, by tag that is
    known to hold scalars the last [step, value], which add_scalar changes in place; `exports`, by
    tag of `add_scalars` [the first file that may have points, how many points were exported].
    """

    def __init__(
        self, kinds: dict[str, str] | None = None, steps: dict[str, int] | None = None
    ) -> None:
        self.kinds = {} if kinds is None else kinds
        self.scalars: dict[str, list[Any]] = {}
        self.exports: dict[str, list[Any]] = {}
        self._others: dict[str, list[Any]] = {}
        self._warned: set[tuple[str, str]] = set()
        for tag, step in (steps or {}).items():
            lasts = self.scalars if self.kinds.get(tag) == "scalars" else self._others
            lasts[tag] = [step, None]

    def claim_all(self, kind: str, tags: Iterable[str]) -> None:
        """Raise ValueError if any of these tags holds values of another kind already."""
        for tag in tags:
            claim(self.kinds, tag, kind)

    def note(self, kind: str, tag: str, step: int, value: Any) -> None:
        """Keep a tag's kind, step and value. Warn if the step does not rise.

        The same value again at the same step does no harm. Raises ValueError as `claim_all` does.
        """
        if self.kinds.get(tag) != kind:
            claim(self.kinds, tag, kind)
        lasts = self.scalars if kind == "scalars" else self._others
        last = lasts.get(tag)
        if last is None:
            lasts[tag] = [step, value]
            return
        before, what = last
        last[:] = step, value
        if step > before or (step == before and _same(value, what)):
            return
        advice = (
            "pass global_step=, which is 0 if it is missing"
            if step == before == 0
            else "log each tag at rising steps; to repeat some after a restart, give purge_step or "
            "resume=True to the new writer, or a new folder"
        )
        self.warn_once(
            "step",
            tag,
            f"step {step} of {tag!r} comes after step {before}: TensorBoard drops the tag's "
            f"points from that step on: {advice}",
        )

    def forget(self, tag: str) -> None:
        """Take the next step of a tag, whatever it is: it replaces what was logged."""
        self._others.pop(tag, None)

    def purge(self, step: int) -> None:
        """Forget steps from `step` on, which TensorBoard drops after a session's START."""
        for lasts in (self.scalars, self._others):
            for last in list(lasts.values()):
                if last[0] >= step:
                    last[:] = step - 1, None

    def warn_once(self, what: str, tag: str, message: str) -> None:
        """Issue a warning, unless one of this sort was issued for the tag."""
        if (what, tag) not in self._warned:
            self._warned.add((what, tag))
            warn(message)


def _same(value: Any, last: Any) -> bool:
    return bool(value == last) or (value != value and last != last)  # NaN is not equal to itself.
