"""SummaryWriter's methods for TensorBoard's page of custom scalars: which go into one chart."""

from __future__ import annotations

from .base import Base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..schema.plugins import Layout


class ChartMethods(Base):
    """What of SummaryWriter lays out charts of several scalars."""

    def _set_up(self) -> None:
        super()._set_up()
        self._layout: Layout | None = None
        self._charts: dict[str, list[str]] = {}

    def add_custom_scalars(self, layout: Any) -> None:
        """Put scalars together in charts: {category: {chart: ["Multiline" or "Margin", tags]}}.

        Charts of several calls add up; one of the same category and title is replaced.
        See summary.custom_scalars.
        """
        from ..summary.custom_scalars_summary import (
            PLUGIN,
            TAG,
            encode_layout,
            merge_layout,
            to_layout,
        )  # fmt: skip

        more = to_layout(layout)
        merged = more if self._layout is None else merge_layout(self._layout, more)
        self._last_steps.pop((TAG,), None)  # A later layout takes the earlier one's place.
        self._add(PLUGIN, {TAG: encode_layout(merged)}, None, None)
        self._layout = merged

    def _chart_together(self, title: str, tags: Sequence[str]) -> None:
        """Show the curves of tags in one chart, which grows if there are more."""
        known = self._charts.setdefault(title, [])
        new = [tag for tag in tags if tag not in known]
        if new:
            import re

            known.extend(new)
            category, _, name = title.rpartition("/")
            patterns = [f"{re.escape(tag)}$" for tag in known]
            self.add_custom_scalars_multilinechart(patterns, category or "default", name)

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Put scalars into one chart with a curve each. Tags are regular expressions."""
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Put three scalars into one chart: a value, and the lower and upper edge of its band."""
        self.add_custom_scalars({category: {title: ["Margin", tags]}})
