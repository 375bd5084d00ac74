"""SummaryWriter's methods for what is seen and heard: images, figures, videos, sound."""

from __future__ import annotations

from .. import summary
from ..inputs.checks import encode_tag
from .base import Base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..inputs.arrays import Scale


class MediaMethods(Base):
    """What of SummaryWriter logs pictures and sound."""

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log one image: an array whose axes `dataformats` names, or a file. See summary.image."""
        from ..summary.image_file_summary import encode_file, file_in

        name = encode_tag(tag)
        file = file_in(tag, img_tensor)
        if file is not None:
            made = encode_file(name, file)
        else:  # Only pixels need NumPy.
            from ..summary.image_summary import encode_image

            made = encode_image(tag, img_tensor, dataformats)
        self._add("images", {tag: made}, global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
        *,
        as_grid: bool = True,
    ) -> None:
        """Log many images as a grid, or each on its own. See summary.images."""
        from ..summary.image_summary import encode_images

        made = encode_images(tag, img_tensor, dataformats, as_grid)
        self._add("images", {tag: made}, global_step, walltime)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
    ) -> None:
        """Log an image with boxes N×4 (xmin, ymin, xmax, ymax). See summary.image_with_boxes."""
        made = summary.image_with_boxes(tag, img_tensor, box_tensor, rescale, dataformats, labels)
        self.add_summary(made, global_step, walltime)

    def image_summary(
        self,
        tag: str,
        images: Iterable[Any],
        step: Any = None,
        walltime: float | None = None,
        *,
        max_outputs: int | None = None,
        scale: Scale = "minmax",
        bit_depth: int = 8,
    ) -> None:
        """Log a list of images under `tag/0`, `tag/1`, ... See tfevents_lite.image_summary."""
        from ..summary.image_summary import image_summary

        made = image_summary(
            tag, images, max_outputs=max_outputs, scale=scale, bit_depth=bit_depth
        )  # fmt: skip
        self.add_summary(made, step, walltime)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log a matplotlib figure, or a list of them as a grid. See summary.figure."""
        self.add_summary(summary.figure(tag, figure, close), global_step, walltime)

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: Any = None,
        fps: float = 4,
        walltime: float | None = None,
        dataformats: str = "NTCHW",
    ) -> None:
        """Log videos side by side, as an animated PNG. See summary.video."""
        self.add_summary(summary.video(tag, vid_tensor, fps, dataformats), global_step, walltime)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a sound of one or two channels, from -1 to 1. See summary.audio."""
        from ..summary.audio_summary import encode_audio

        made = encode_audio(tag, snd_tensor, sample_rate)
        self._add("audio", {tag: made}, global_step, walltime)
