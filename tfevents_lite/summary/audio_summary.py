"""Sound: samples as WAV files, which TensorBoard plays."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any, NamedTuple

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag, shown
from ..inputs.needs_numpy import np
from ..schema.plugins import AudioPluginData
from ..schema.summary import Summary
from .encoding import (
    encode_message,
    encode_metadata,
    encode_strings,
    encode_value,
    makes_summary,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLUGIN = "audio"
# Version 0, as TensorBoard's data server takes no other.
_CONTENT = encode_message(AudioPluginData, encoding=AudioPluginData.Encoding.WAV)
_METADATA = encode_metadata(PLUGIN, _CONTENT)
_MAX_RATE = (1 << 32) - 1
# WAV files have sizes of 32 bits, and messages of 31.
_MAX_SAMPLES = 1 << 28
_SHAPES = "L, L×C or C×L samples of C channels, C being the shorter axis"


def encode_audio(
    tag: str,
    tensor: Any,
    sample_rate: int = 44100,
    *,
    display_name: str = "",
    description: str = "",
) -> bytes:
    """A sound as a Summary that holds a WAV file.

    `tensor` has L samples of one channel, or L×C or C×L samples of C channels, which are the
    shorter axis; other axes of size 1 are left out. Floats are from -1 to 1, and become 16 bits,
    clipped and rounded, with one warning for what is beyond or NaN, which becomes 0. Integers of 8,
    16 and 32 bits are taken as they are, uint8 being silent at 128 as in WAV files; others must be
    within 16 bits. A WAV file in bytes is passed through. `sample_rate` is in Hz.

    Raises TypeError or ValueError that names the tag.

    >>> made = audio("click", [0.0, 1.0, 0.0], 8000).value[0].audio
    >>> made.sample_rate, made.num_channels, made.length_frames, made.content_type
    (8000.0, 1, 3, 'audio/wav')
    """
    encode_tag(tag)
    wav = to_wav(tag, tensor, sample_rate)
    header = _read_header(tag, wav)
    sound = encode_message(
        Summary.Audio,
        sample_rate=header.sample_rate,
        num_channels=header.channels,
        length_frames=header.frames,
        encoded_audio_string=wav,
        content_type="audio/wav",
    )
    metadata = _METADATA
    if display_name or description:
        metadata = encode_metadata(PLUGIN, _CONTENT, display_name, description)
    return encode_value(tag, sound, metadata, "audio")


audio = makes_summary(encode_audio)


def encode_clips(tag: str, clips: list[bytes]) -> bytes:
    """WAV files as a Summary, in a tensor of k strings.

    TensorFlow writes k×2 strings, each file and a label. No page shows the labels; TensorBoard's
    Python loader takes them for files, and fails.
    """
    return encode_value(tag, encode_strings(clips, [len(clips)]), _METADATA)


def to_wav(tag: str, tensor: Any, sample_rate: Any) -> bytes:
    """Samples as a WAV file. See `audio`."""
    if isinstance(tensor, (bytes, bytearray, memoryview)):
        data = bytes(tensor)
        if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
            raise ValueError(f"audio of {tag!r} must be samples or a WAV file, got {data[:12]!r}")
        return data
    rate = _check_rate(tag, sample_rate)
    samples = _to_pcm(tag, _to_frames(tag, tensor))
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setnchannels(samples.shape[1])
        clip.setsampwidth(samples.itemsize)
        clip.setframerate(rate)
        clip.writeframes(samples.data)
    return file.getvalue()


class _Header(NamedTuple):
    channels: int
    sample_rate: int
    frames: int


def _read_header(tag: str, wav: bytes) -> _Header:
    """What a WAV file says of itself, in its chunks `fmt ` and `data`, of whatever encoding."""
    channels = rate = frame_size = 0
    at = 12
    while at + 8 <= len(wav):
        size = int.from_bytes(wav[at + 4 : at + 8], "little")
        if wav[at : at + 4] == b"fmt ":
            channels = int.from_bytes(wav[at + 10 : at + 12], "little")
            rate = int.from_bytes(wav[at + 12 : at + 16], "little")
            frame_size = int.from_bytes(wav[at + 20 : at + 22], "little")
        elif wav[at : at + 4] == b"data" and channels and frame_size:
            return _Header(channels, rate, min(size, len(wav) - at - 8) // frame_size)
        at += 8 + size + size % 2
    raise ValueError(f"audio of {tag!r} must be a whole WAV file, with its chunks fmt and data")


def _check_rate(tag: str, sample_rate: Any) -> int:
    try:
        rate = round(float(sample_rate))
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"sample_rate of {tag!r} must be a number in Hz, got {shown(sample_rate)}"
        ) from None
    if not 1 <= rate <= _MAX_RATE:
        raise ValueError(
            f"sample_rate of {tag!r} must be in 1..2^32-1 Hz, got {shown(sample_rate)}"
        )
    return rate


def _to_frames(tag: str, tensor: Any) -> NDArray[Any]:
    """Samples as L×C."""
    try:
        array = arrays.to_array(tensor)
        arrays.check_dtype(array)
        shape = [size for size in array.shape if size != 1] or [1]
        if array.ndim == 0 or len(shape) > 2 or array.size == 0:
            raise ValueError(f"its shape is {arrays.shape_text(array)}; it must be {_SHAPES}")
        if array.size > _MAX_SAMPLES:
            raise ValueError(
                f"it has {array.size:,} samples; it must have {_MAX_SAMPLES:,} at most"
            )
    except (TypeError, ValueError) as error:
        raise type(error)(f"audio of {tag!r} can't be played: {error}") from error
    frames = array.reshape(shape if len(shape) == 2 else (-1, 1))
    return frames.T if frames.shape[1] > frames.shape[0] else frames


def _to_pcm(tag: str, samples: NDArray[Any]) -> NDArray[Any]:
    """Samples one frame behind the other, in the machine's order, which `wave` turns."""
    dtype = samples.dtype
    if dtype.kind == "f":
        return np.ascontiguousarray(_from_floats(tag, samples))
    if dtype.kind == "b":
        loud: NDArray[Any] = np.where(samples, 32767, 0).astype(np.int16)
        return loud
    if dtype == np.int8:  # WAV has 8 bits only without a sign.
        return np.ascontiguousarray(samples.view(np.uint8) + np.uint8(128))
    if dtype == np.uint8 or (dtype.kind == "i" and dtype.itemsize in (2, 4)):
        return np.ascontiguousarray(samples)
    low, high = samples.min(), samples.max()
    if low < -32768 or high > 32767:
        raise ValueError(
            f"audio of {tag!r} can't be played: its samples of {dtype} are {low} to {high}; they "
            "must be within 16 bits, or int32, or floats from -1 to 1"
        )
    return np.ascontiguousarray(samples, np.int16)


def _from_floats(tag: str, samples: NDArray[Any]) -> NDArray[Any]:
    scaled = samples.astype(np.float32 if samples.itemsize <= 4 else np.float64)
    low, high = scaled.min(), scaled.max()  # NaN if there is any.
    if not (low >= -1 and high <= 1):
        unknown = np.isnan(scaled)
        beyond = np.count_nonzero(np.abs(scaled) > 1)
        if unknown.any():
            scaled[unknown] = 0
        warn(
            f"audio of {tag!r}: {beyond} samples beyond -1..1 clipped, "
            f"{np.count_nonzero(unknown)} NaN made 0",
            once=("range", tag),
        )
        scaled.clip(-1, 1, out=scaled)
    scaled *= 32767
    pcm: NDArray[Any] = np.rint(scaled, out=scaled).astype(np.int16)
    return pcm
