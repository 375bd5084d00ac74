"""Sound: samples as WAV files, which TensorBoard plays."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

from ..inputs import arrays
from ..inputs.caller import warn
from ..inputs.checks import encode_tag
from ..inputs.needs_numpy import np
from ..schema.summary import DataClass, Summary
from .encoding import encode_metadata, encode_string_tensor, encode_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

# AudioPluginData: encoding = WAV.
_CONTENT = b"\x10\x0b"
_BLOBS = DataClass.DATA_CLASS_BLOB_SEQUENCE
_METADATA = encode_metadata("audio", _BLOBS, _CONTENT)
_MAX_RATE = (1 << 32) - 1
_SHAPES = "L, 1×L, 2×L, L×1 or L×2 samples"


def audio(
    tag: str,
    snd: Any,
    sample_rate: int = 44100,
    *,
    display_name: str = "",
    description: str = "",
) -> Summary:
    """A sound as a Summary that holds a WAV file.

    `snd` has L samples of one channel (L, 1×L or L×1) or two (L×2 or 2×L, of which the axis of 2 is
    the channels). Floats are from -1 to 1, and become 16 bits, clipped and rounded, with a warning
    for what is beyond or NaN, which becomes 0. Integers of 8, 16 and 32 bits are taken as they are,
    uint8 being silent at 128 as in WAV files; others must be within 16 bits. A WAV file in bytes is
    passed through. `sample_rate` is in Hz.

    Raises TypeError or ValueError that names the tag.

    >>> audio("click", [0.0, 1.0, 0.0], 8000).value[0].metadata.plugin_data.plugin_name
    'audio'
    """
    return Summary.FromString(encode_audio(tag, snd, sample_rate, display_name, description))


def encode_audio(
    tag: str,
    snd: Any,
    sample_rate: int = 44100,
    display_name: str = "",
    description: str = "",
) -> bytes:
    """The bytes of `audio`."""
    encode_tag(tag)
    return encode_clips(tag, [to_wav(tag, snd, sample_rate)], display_name, description)


def encode_clips(
    tag: str, clips: list[bytes], display_name: str = "", description: str = ""
) -> bytes:
    """WAV files as the bytes of a Summary.

    TensorFlow writes k×2 strings, each file and a label. The page shows no labels, and the slow
    loader takes them for files.
    """
    metadata = _METADATA
    if display_name or description:
        metadata = encode_metadata("audio", _BLOBS, _CONTENT, display_name, description)
    return encode_value(tag, encode_string_tensor(clips, [len(clips)]), metadata)


def to_wav(tag: str, snd: Any, sample_rate: Any) -> bytes:
    """Samples as a WAV file. See `audio`."""
    if isinstance(snd, (bytes, bytearray, memoryview)):
        data = bytes(snd)
        if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
            raise ValueError(f"audio of {tag!r} must be samples or a WAV file, got {data[:12]!r}")
        return data
    rate = _check_rate(tag, sample_rate)
    samples = _to_pcm(tag, _to_frames(tag, snd))
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setnchannels(samples.shape[1])
        clip.setsampwidth(samples.itemsize)
        clip.setframerate(rate)
        clip.writeframes(samples.data)
    return file.getvalue()


def _check_rate(tag: str, sample_rate: Any) -> int:
    try:
        rate = round(float(sample_rate))
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"sample_rate of {tag!r} must be a number in Hz, got {sample_rate!r:.80}"
        ) from None
    if not 1 <= rate <= _MAX_RATE:
        raise ValueError(f"sample_rate of {tag!r} must be in 1..2^32-1 Hz, got {sample_rate!r:.80}")
    return rate


def _to_frames(tag: str, snd: Any) -> NDArray[Any]:
    """Samples as L×1 or L×2."""
    try:
        array = arrays.to_array(snd)
        arrays.check_dtype(array)
        if array.ndim == 1:
            array = array[:, np.newaxis]
        elif array.ndim == 2 and array.shape[0] in (1, 2) and array.shape[1] not in (1, 2):
            array = array.T
        if array.ndim != 2 or array.shape[1] not in (1, 2) or array.size == 0:
            raise ValueError(f"its shape is {arrays.shape_text(array)}; it must be {_SHAPES}")
    except (TypeError, ValueError) as error:
        raise type(error)(f"audio of {tag!r} can't be played: {error}") from error
    return array


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
            f"{np.count_nonzero(unknown)} NaN made 0"
        )
        scaled.clip(-1, 1, out=scaled)
    scaled *= 32767
    pcm: NDArray[Any] = np.rint(scaled, out=scaled).astype(np.int16)
    return pcm
