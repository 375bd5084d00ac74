"""Sound: samples as WAV files, which TensorBoard plays."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag, to_number
from ..inputs.needs_numpy import np
from ..schema.plugins import AudioPluginData
from ..schema.summary import Summary
from .encoding import encode_message, encode_metadata, encode_strings, encode_value, makes_summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLUGIN = "audio"
# Of version 0: TensorBoard's data server takes no other.
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

    `tensor` has L samples of one channel, or L×C or C×L samples of C channels, the shorter axis;
    other axes of size 1 are left out. `sample_rate` is in Hz. SummaryWriter.add_audio says which
    types and ranges are taken.

    Raises TypeError or ValueError that names the tag.

    >>> made = audio("click", [0.0, 1.0, 0.0], 8000).value[0].audio
    >>> made.sample_rate, made.num_channels, made.length_frames, made.content_type
    (8000.0, 1, 3, 'audio/wav')
    """
    encode_tag(tag)
    wav = to_wav(tag, tensor, sample_rate)
    channels, rate, frames = _read_header(tag, wav)
    sound = encode_message(
        Summary.Audio,
        sample_rate=rate,
        num_channels=channels,
        length_frames=frames,
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

    TensorFlow writes k×2 strings, each file and a label. No page shows the labels, and the Python
    loader of TensorBoard fails on them.
    """
    return encode_value(tag, encode_strings(clips, [len(clips)]), _METADATA)


def to_wav(tag: str, tensor: Any, sample_rate: Any) -> bytes:
    """Samples as a WAV file. See `audio`."""
    if isinstance(tensor, (bytes, bytearray, memoryview)):
        data = bytes(tensor)
        if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
            raise ValueError(f"audio of {tag!r} must be samples or a WAV file, got {data[:12]!r}")
        return data
    rate = to_number(f"sample_rate of {tag!r}", sample_rate)
    if not 1 <= rate <= _MAX_RATE:
        raise ValueError(f"sample_rate of {tag!r} must be in 1..2^32-1 Hz, got {rate}")
    samples = _to_pcm(tag, _to_frames(tag, tensor))
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setnchannels(samples.shape[1])
        clip.setsampwidth(samples.itemsize)
        clip.setframerate(round(rate))
        clip.writeframes(samples.data)
    return file.getvalue()


def _read_header(tag: str, wav: bytes) -> tuple[int, int, int]:
    """The channels, rate and frames of a WAV file of any encoding, by its `fmt ` and `data`."""
    channels = rate = frame_size = 0
    at = 12
    while at + 8 <= len(wav):
        size = int.from_bytes(wav[at + 4 : at + 8], "little")
        if wav[at : at + 4] == b"fmt ":
            channels = int.from_bytes(wav[at + 10 : at + 12], "little")
            rate = int.from_bytes(wav[at + 12 : at + 16], "little")
            frame_size = int.from_bytes(wav[at + 20 : at + 22], "little")
        elif wav[at : at + 4] == b"data" and channels and frame_size:
            return channels, rate, min(size, len(wav) - at - 8) // frame_size
        at += 8 + size + size % 2
    raise ValueError(f"audio of {tag!r} must be a whole WAV file, with the chunks fmt and data")


def _to_frames(tag: str, tensor: Any) -> NDArray[Any]:
    """Samples as L×C."""
    array = arrays.to_numbers(tensor, f"audio of {tag!r}")
    shape = [size for size in array.shape if size != 1] or [1]
    problem = ""
    if array.ndim == 0 or len(shape) > 2 or array.size == 0:
        problem = f"its shape is {arrays.shape_text(array)}; it must be {_SHAPES}"
    elif array.size > _MAX_SAMPLES:
        problem = f"it has {array.size:,} samples; it must have {_MAX_SAMPLES:,} at most"
    if problem:
        raise ValueError(f"audio of {tag!r} can't be played: {problem}")
    frames = array.reshape(shape if len(shape) == 2 else (-1, 1))
    return frames.T if frames.shape[1] > frames.shape[0] else frames


def _to_pcm(tag: str, samples: NDArray[Any]) -> NDArray[Any]:
    """Samples in the order of a WAV file, and in the machine's byte order, which `wave` turns."""
    dtype = samples.dtype
    if dtype.kind == "f":
        samples = _from_floats(tag, samples)
    elif dtype.kind == "b":
        samples = samples * np.int16(32767)
    elif dtype == np.int8:  # WAV has 8 bits only without a sign.
        samples = samples.view(np.uint8) + np.uint8(128)
    elif dtype.name not in ("uint8", "int16", "int32"):
        low, high = samples.min(), samples.max()
        if low < -32768 or high > 32767:
            raise ValueError(
                f"audio of {tag!r} can't be played: its samples of {dtype} are {low} to {high}; "
                "they must be within 16 bits, or int32, or floats from -1 to 1"
            )
        samples = samples.astype(np.int16)
    return np.ascontiguousarray(samples)


def _from_floats(tag: str, samples: NDArray[Any]) -> NDArray[Any]:
    scaled = samples.astype(np.float32 if samples.itemsize <= 4 else np.float64)
    if not (scaled.min() >= -1 and scaled.max() <= 1):  # Also true for NaN.
        unknown = np.isnan(scaled)
        beyond = np.count_nonzero(np.abs(scaled) > 1)
        scaled[unknown] = 0
        warn(
            f"audio of {tag!r}: {beyond} samples beyond -1..1 clipped, "
            f"{np.count_nonzero(unknown)} NaN made 0",
            once=("range", tag),
        )
        scaled.clip(-1, 1, out=scaled)
    scaled *= 32767
    return np.rint(scaled, out=scaled).astype(np.int16)
