"""The messages of `proto/event.proto`: one record of an event file."""

from __future__ import annotations

from ..wire.message import Enum, Message, bytes_, double, enum, int64, message, string
from .summary import Summary


class LogMessage(Message):
    """A line of a log."""

    class Level(Enum):
        """Severity."""

        UNKNOWN = 0
        DEBUGGING = 10
        INFO = 20
        WARN = 30
        ERROR = 40
        FATAL = 50

    level: int = enum(1, Level)
    message: str = string(2)


class SessionLog(Message):
    """The start, a checkpoint or the end of a training session."""

    class SessionStatus(Enum):
        """What happened. After a START, TensorBoard discards earlier points from its step on."""

        STATUS_UNSPECIFIED = 0
        START = 1
        STOP = 2
        CHECKPOINT = 3

    STATUS_UNSPECIFIED = SessionStatus.STATUS_UNSPECIFIED
    START = SessionStatus.START
    STOP = SessionStatus.STOP
    CHECKPOINT = SessionStatus.CHECKPOINT

    status: int = enum(1, SessionStatus)
    checkpoint_path: str = string(2)
    msg: str = string(3)


class TaggedRunMetadata(Message):
    """An encoded RunMetadata (statistics of a step) under a tag."""

    tag: str = string(1)
    run_metadata: bytes = bytes_(2)


class SourceMetadata(Message):
    """Which program wrote the file."""

    writer: str = string(1)


class Event(Message):
    """What was logged at one time. `wall_time` is in seconds since 1970-01-01 UTC."""

    wall_time: float = double(1)
    step: int = int64(2)
    file_version: str = string(3, oneof="what")
    graph_def: bytes = bytes_(4, oneof="what")
    summary: Summary = message(5, lambda: Summary, oneof="what")
    log_message: LogMessage = message(6, lambda: LogMessage, oneof="what")
    session_log: SessionLog = message(7, lambda: SessionLog, oneof="what")
    tagged_run_metadata: TaggedRunMetadata = message(8, lambda: TaggedRunMetadata, oneof="what")
    meta_graph_def: bytes = bytes_(9, oneof="what")
    source_metadata: SourceMetadata = message(10, lambda: SourceMetadata)
