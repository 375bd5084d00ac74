"""SummaryWriter's methods for arrays of numbers and for text."""

from __future__ import annotations

from .base import Base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# What NumPy is needed for is imported when it is called for: text needs none.


def _encode_text(tag: str, text_string: Any, raw: bool) -> bytes:
    """encode_text, which takes this function's place: importing it each time would take longer."""
    from ..summary.text_summary import encode_text

    globals()["_encode_text"] = encode_text
    return encode_text(tag, text_string, raw)


class NumberMethods(Base):
    """What of SummaryWriter logs histograms, curves, meshes, tensors and text."""

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log how the numbers of an array are distributed. See summary.histogram."""
        from ..summary.histogram_summary import PLUGIN, encode_histogram

        made = {tag: encode_histogram(tag, values, bins, max_bins)}
        self._add(PLUGIN, made, global_step, walltime)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that is counted already. See summary.histogram_raw."""
        from ..summary.histogram_summary import PLUGIN, encode_histogram_raw

        made = encode_histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts
        )
        self._add(PLUGIN, {tag: made}, global_step, walltime)

    def add_text(
        self,
        tag: str,
        text_string: Any,
        global_step: Any = None,
        walltime: float | None = None,
        *,
        raw: bool = False,
    ) -> None:
        """Log a string, a list of strings or a table, as markdown or `raw`. See summary.text."""
        self._add("text", {tag: _encode_text(tag, text_string, raw)}, global_step, walltime)

    def add_tensor(
        self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log an array of numbers or strings for programs to read. See summary.tensor."""
        from ..summary.tensor_summary import PLUGIN, encode_array

        self._add(PLUGIN, {tag: encode_array(tag, tensor)}, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
        *,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Log the precision-recall curve of predictions in 0..1, or one for each class.

        See summary.pr_curve.
        """
        from ..summary.pr_curve_summary import PLUGIN, encode_pr_curve

        made = encode_pr_curve(tag, labels, predictions, num_thresholds, weights, class_names)
        self._add(PLUGIN, made, global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve that is computed already. See summary.pr_curve_raw."""
        from ..summary.pr_curve_summary import PLUGIN, encode_pr_curve_raw

        made = encode_pr_curve_raw(
            tag, true_positive_counts, false_positive_counts, true_negative_counts,
            false_negative_counts, precision, recall,
        )  # fmt: skip
        self._add(PLUGIN, {tag: made}, global_step, walltime)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: dict[str, Any] | None = None,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log meshes or point clouds, B×N×3. See summary.mesh."""
        from ..summary.mesh_summary import PLUGIN, encode_mesh

        made = encode_mesh(tag, vertices, colors, faces, config_dict)
        self._add(PLUGIN, made, global_step, walltime)
