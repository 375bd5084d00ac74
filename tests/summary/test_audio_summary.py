"""`audio`: samples as WAV, read back by the standard library and by TensorBoard."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

RANDOM = np.random.default_rng(6)


def read(data: bytes) -> tuple[np.ndarray[Any, Any], int]:
    """Samples L×C and their rate, as `wave` reads them."""
    with wave.open(io.BytesIO(data)) as clip:
        dtype = {1: "u1", 2: "<i2", 4: "<i4"}[clip.getsampwidth()]
        samples = np.frombuffer(clip.readframes(clip.getnframes()), dtype)
        return samples.reshape(-1, clip.getnchannels()), clip.getframerate()


def only(summary: tfe.Summary) -> np.ndarray[Any, Any]:
    (value,) = summary.value
    samples, rate = read(value.audio.encoded_audio_string)
    assert (value.audio.sample_rate, value.audio.content_type) == (rate, "audio/wav")
    assert (value.audio.length_frames, value.audio.num_channels) == samples.shape
    return samples


@pytest.mark.parametrize(
    ("shape", "frames"),
    [
        *(((9,), (9, 1)), ((1, 9), (9, 1)), ((9, 1), (9, 1)), ((9, 2), (9, 2)), ((2, 9), (9, 2))),
        *(((1, 1, 9), (9, 1)), ((1, 2, 9), (9, 2)), ((9, 2, 1), (9, 2)), ((1,), (1, 1))),
        *(((9, 6), (9, 6)), ((6, 9), (9, 6)), ((4, 4), (4, 4))),
    ],
)
def test_channels_are_found(shape: tuple[int, ...], frames: tuple[int, int]) -> None:
    """The shorter axis has the channels, axes of 1 are left out, and channels stay in step."""
    samples = RANDOM.uniform(-1, 1, shape).astype(np.float32)
    expected = np.rint(samples * np.float32(32767)).astype(np.int16)
    expected = expected.squeeze().reshape(-1, 9).T if 9 in shape[-1:] else expected
    np.testing.assert_array_equal(only(tfe.summary.audio("x", samples)), expected.reshape(frames))


@given(st.floats(-1, 1))
def test_floats_become_the_nearest_of_16_bits(level: float) -> None:
    """The sample is within half a step of the value, and ±1 are the loudest."""
    sample = int(only(tfe.summary.audio("x", [level]))[0, 0])
    assert abs(sample - level * 32767) <= 0.5


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, ">i2", np.dtype(">i4")])
def test_integers_are_taken_as_they_are(dtype: Any) -> None:
    """Samples that WAV has are written unchanged."""
    info = np.iinfo(dtype)
    samples = RANDOM.integers(info.min, info.max, (50, 2), np.dtype(dtype).newbyteorder("="))
    samples = samples.astype(dtype)
    np.testing.assert_array_equal(only(tfe.summary.audio("x", samples)), samples)


def test_other_types() -> None:
    """int8 is shifted to WAV's unsigned 8 bits; bool is silent or loud; int64 fits 16 bits."""
    assert only(tfe.summary.audio("x", np.array([-128, 0, 127], np.int8))).ravel().tolist() == [
        0,
        128,
        255,
    ]
    assert only(tfe.summary.audio("x", np.array([False, True]))).ravel().tolist() == [0, 32767]
    assert only(tfe.summary.audio("x", [-32768, 32767])).ravel().tolist() == [-32768, 32767]
    with pytest.raises(ValueError, match=r"audio of 'x' can't be played: its samples of int64"):
        tfe.summary.audio("x", [0, 32768])


def test_what_is_too_loud_or_no_number_is_told() -> None:
    """Values beyond ±1 are clipped and NaN is silent, with one warning that counts them."""
    samples = [0.5, 2.0, -np.inf, np.nan]
    with pytest.warns(UserWarning, match=r"'x': 2 samples beyond -1..1 clipped, 1 NaN made 0"):
        summary = tfe.summary.audio("x", samples)
    assert only(summary).ravel().tolist() == [16384, 32767, -32767, 0]


def test_the_array_stays_as_it_was() -> None:
    """Neither scaling nor clipping is done in the caller's array."""
    samples = np.array([0.25, 2.0])
    with pytest.warns(UserWarning, match="clipped"):
        tfe.summary.audio("x", samples)
    assert samples.tolist() == [0.25, 2.0]


@pytest.mark.parametrize("rate", [0, -1, 2**32])
def test_impossible_rates_are_refused(rate: int) -> None:
    """The error names the tag and says what would be right."""
    with pytest.raises(ValueError, match="sample_rate of 'x' must be in"):
        tfe.summary.audio("x", [0.0], rate)


def test_sounds_are_served_exactly(tensorboard: TensorBoardServer) -> None:
    """Mono, stereo and a ready-made file are served as audio/wav, byte for byte."""
    tone = np.sin(np.arange(800) / 5)
    stereo = np.stack([tone, -tone], axis=1)
    file = tfe.summary.audio("x", tone, 16000).value[0].audio.encoded_audio_string
    folder = tensorboard.new_run("audio")
    with tfe.SummaryWriter(folder) as writer:
        writer.add_audio("mono", tone, 1, sample_rate=8000)
        writer.add_audio("stereo", stereo, 2)
        writer.add_audio("file", file, 3)
        named = tfe.summary.audio("named", tone, display_name="Shown", description="*A* tone")
        writer.add_summary(named, 4)
    tensorboard.reload()
    entry = tensorboard.tags("audio")[folder.name]["named"]
    assert entry["displayName"] == "Shown"
    assert "<em>A</em>" in entry["description"]
    for tag, step, samples, rate in (
        ("mono", 1, tone[:, np.newaxis], 8000),
        ("stereo", 2, stereo, 44100),
        ("file", 3, tone[:, np.newaxis], 16000),
    ):
        (served,) = tensorboard.audio(folder.name, tag)
        assert (served.step, served.content_type) == (step, "audio/wav")
        frames, served_rate = read(served.data)
        assert served_rate == rate
        np.testing.assert_array_equal(frames, np.rint(samples * 32767))
