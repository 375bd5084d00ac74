"""SummaryWriter's methods for what a model is: graphs, what running them took, embeddings."""

from __future__ import annotations

from .. import summary
from ..files.assets import update_asset, write_asset
from ..inputs.names import safe_part
from ..schema.event import Event, TaggedRunMetadata
from .base import Base

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Any


class GraphMethods(Base):
    """What of SummaryWriter logs graphs and embeddings."""

    log_dir: str

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Log a graph: a list of nodes, a torch module, an ONNX file. See summary.to_graph_def.

        TensorBoard shows one graph a run. `verbose` prints it.
        """
        graph = summary.to_graph_def(model, input_to_model, use_strict_trace)
        if verbose:
            print(graph)
        self._add_event(Event(graph_def=graph.SerializeToString()))

    def add_onnx_graph(self, prototxt: str | os.PathLike[str] | bytes) -> None:
        """Log the graph of an ONNX model, given as its file's path or bytes."""
        self._add_event(Event(graph_def=summary.onnx_graph(prototxt).SerializeToString()))

    def add_openvino_graph(self, xmlname: str | os.PathLike[str]) -> None:
        """Log the graph of an OpenVINO model, given as the path of its XML file."""
        self._add_event(Event(graph_def=summary.openvino_graph(xmlname).SerializeToString()))

    def add_run_metadata(
        self,
        run_metadata: Any,
        tag: str,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log what running the graph took: a RunMetadata, its bytes, or a list of NodeStats.

        The Graphs page offers it under its tag. See summary.run_metadata.
        """
        encoded = summary.to_run_metadata(run_metadata)
        tagged = TaggedRunMetadata(tag=tag, run_metadata=encoded)
        self._add_event(Event(tagged_run_metadata=tagged), global_step, walltime)

    def _add_event(
        self, event: Event, global_step: Any = None, walltime: float | None = None
    ) -> None:
        step, wall_time = self._step_of(global_step, None), self._time_of(walltime)
        self.file_writer.add_event(event, step, wall_time)

    def add_embedding(
        self,
        mat: Any,
        metadata: Sequence[Any] | None = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: Sequence[str] | None = None,
        *,
        dataformats: str = "NCHW",
    ) -> None:
        """Write points N×D with labels and pictures for the Projector. See summary.embedding.

        A run can have several, by tag and step; one of the same tag and step is replaced.
        """
        from ..summary.embedding_summary import CONFIG_FILE, add_to_config

        step = self._step_of(global_step, tag)
        folder = f"{step:05d}/{safe_part(tag, 'tag')}"
        made = summary.embedding(
            mat, metadata, label_img, step, tag, metadata_header,
            folder=folder, dataformats=dataformats,
        )  # fmt: skip
        if not self._keeps_files:
            return
        for name, data in made.files.items():
            write_asset(self.log_dir, f"{folder}/{name}", data)
        update_asset(self.log_dir, CONFIG_FILE, lambda text: add_to_config(text, made.info))
