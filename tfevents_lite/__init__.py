"""Writes TensorBoard event files with the standard library, NumPy and crcmod alone.

    import tfevents_lite as tfe

    with tfe.SummaryWriter("runs/first") as writer:
        writer.add_scalar("loss", 0.5, global_step=1)
        writer.image_summary("digits", [[[0, 255], [255, 0]]], step=1)

Public names are resolved when first used: importing the package imports neither NumPy nor crcmod.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import png as png
    from . import proto as proto
    from . import summary as summary
    from . import v2 as v2
    from .files.options import Options as Options
    from .reading.event_reader import EventReader as EventReader
    from .reading.event_reader import read_events as read_events
    from .reading.fleet import read_dataframe as read_dataframe
    from .reading.image_reader import read_images as read_images
    from .reading.scalar_reader import read_scalars as read_scalars
    from .records import crc32c as crc32c
    from .records import tfrecord as tfrecord
    from .records.tfrecord import DataLossError as DataLossError
    from .schema.event import Event as Event
    from .schema.event import LogMessage as LogMessage
    from .schema.event import SessionLog as SessionLog
    from .schema.event import SourceMetadata as SourceMetadata
    from .schema.event import TaggedRunMetadata as TaggedRunMetadata
    from .schema.summary import DataClass as DataClass
    from .schema.summary import HistogramProto as HistogramProto
    from .schema.summary import Summary as Summary
    from .schema.summary import SummaryMetadata as SummaryMetadata
    from .schema.tensor import DataType as DataType
    from .schema.tensor import TensorProto as TensorProto
    from .schema.tensor import TensorShapeProto as TensorShapeProto
    from .summary.image_summary import image_summary as image_summary
    from .wire.wire_format import DecodeError as DecodeError
    from .writers.file_writer import FileWriter as FileWriter
    from .writers.file_writer import RecordWriter as RecordWriter
    from .writers.global_writer import GlobalSummaryWriter as GlobalSummaryWriter
    from .writers.scalar_writer import ScalarWriter as ScalarWriter
    from .writers.summary_writer import SummaryWriter as SummaryWriter

__version__ = "0.2.0"

# Where each public name is defined.
_HOMES = {
    "crc32c": "records.crc32c",
    "png": "png",
    "proto": "proto",
    "summary": "summary",
    "tfrecord": "records.tfrecord",
    "v2": "v2",
    "EventReader": "reading.event_reader",
    "read_dataframe": "reading.fleet",
    "read_events": "reading.event_reader",
    "read_images": "reading.image_reader",
    "read_scalars": "reading.scalar_reader",
    "Event": "schema.event",
    "LogMessage": "schema.event",
    "SessionLog": "schema.event",
    "SourceMetadata": "schema.event",
    "TaggedRunMetadata": "schema.event",
    "DataClass": "schema.summary",
    "HistogramProto": "schema.summary",
    "Summary": "schema.summary",
    "SummaryMetadata": "schema.summary",
    "DataType": "schema.tensor",
    "TensorProto": "schema.tensor",
    "TensorShapeProto": "schema.tensor",
    "image_summary": "summary.image_summary",
    "DataLossError": "records.tfrecord",
    "Options": "files.options",
    "DecodeError": "wire.wire_format",
    "FileWriter": "writers.file_writer",
    "GlobalSummaryWriter": "writers.global_writer",
    "RecordWriter": "writers.file_writer",
    "ScalarWriter": "writers.scalar_writer",
    "SummaryWriter": "writers.summary_writer",
}

# The names that are modules themselves.
_MODULES = {"crc32c", "png", "proto", "summary", "tfrecord", "v2"}

# What a copy of a part of the package lacks; `vendor` fills it in.
_LEFT_OUT: set[str] = set()

__all__ = ["__version__", *sorted(_HOMES.keys() - _LEFT_OUT)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    path = f"{__name__}.{_HOMES[name]}"
    try:
        home = __import__(path, fromlist=[name])
    except ModuleNotFoundError as error:
        if error.name == "numpy":
            from .inputs import needs_numpy  # noqa: F401 # Raises an error naming the call.
        raise
    value = home if name in _MODULES else getattr(home, name)
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return __all__
