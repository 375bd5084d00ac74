"""What a folder of runs holds, as two readers in use find it: EventAccumulator and tbparse.

The result is plain data that can be compared: {(run, kind, tag): [(step, value), …]}. Only these
differences are hidden, and the README's table of differences states each of them:

- `add_hparams` of torch and tensorboardX makes a run that is named by the time; here it is the run
  itself. A boolean hyperparameter is 1 or 0 there, true or false here.
- Pixels and samples are rounded here, cut off there; tensorboardX's largest sample is 32768.
- A picture of one channel is RGB there, grey here. A video is a GIF there, an animated PNG here.
- Around a histogram there are no empty buckets here, and its last bucket ends at the largest value.
- Metadata of hyperparameters stands beside an empty tensor here and in TensorFlow, alone in torch.
- A text is a scalar here, an array of one there, which TensorBoard puts into a table.
- A sound of `tf.summary.audio` stands beside an empty label in TensorFlow's files, alone in ours.
- Graphs have other nodes: only their presence is compared.
"""

from __future__ import annotations

import io
import json
import re
import wave
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.json_format import MessageToDict
from PIL import Image, ImageSequence
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util.tensor_util import make_ndarray

Contents = dict[tuple[str, str, str], list[Any]]

NAMED_BY_TIME = re.compile(r"(^|/)\d{10}(\.\d+)?$")
KEPT = ("scalars", "histograms", "compressedHistograms", "images", "audio", "tensors")
PLUGINS = ("hparams", "custom_scalars", "graph_keras_model")
TIMES = ("timeCreatedSecs", "startTimeSecs", "endTimeSecs")
# The tables of tbparse, and the columns that hold a value.
TABLES = {
    "scalars": ["value"],
    "tensors": ["value"],
    "histograms": ["limits", "counts", "max"],
    "images": ["value"],
    "audio": ["value"],
    "text": ["value"],
    "hparams": ["value"],
}


class Picture(NamedTuple):
    """An encoded picture's format and its pixels [frames, height, width, 4]."""

    format: str | None
    pixels: np.ndarray[Any, Any]


class Sound(NamedTuple):
    """A WAV file's rate, channels and samples."""

    rate: int
    channels: int
    samples: np.ndarray[Any, Any]


def decode(encoded: bytes) -> Any:
    """Decode a picture, which may be animated, or a sound; leave other bytes as they are."""
    if encoded.startswith((b"\x89PNG", b"GIF8")):
        picture = Image.open(io.BytesIO(encoded))
        rgba = [np.asarray(frame.convert("RGBA"), int) for frame in ImageSequence.Iterator(picture)]
        return Picture(picture.format, np.stack(rgba))
    if encoded.startswith(b"RIFF"):
        with wave.open(io.BytesIO(encoded)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return Sound(file.getframerate(), file.getnchannels(), samples)
    return encoded


def plain(value: Any) -> Any:
    """A tensor with its shape; strings in it are decoded."""
    array = np.asarray(value)
    if array.dtype.kind in "OS":
        flat = array.reshape(-1).tolist()
        return array.shape, [decode(one) if isinstance(one, bytes) else one for one in flat]
    return array.shape, array


def buckets(limits: Any, counts: Any, most: float) -> list[tuple[float, float]]:
    """A histogram's buckets as (limit, count), up to `most`, without the empty ones around them."""
    full = np.flatnonzero(counts)
    if not len(full):
        return []
    pairs = [(min(float(limit), most), float(count)) for limit, count in zip(limits, counts)]
    return pairs[full[0] : full[-1] + 1]


def plugin_content(plugin: str, content: bytes) -> Any:
    """A plugin's content; that of hyperparameters is decoded, without the times in it."""
    if plugin != "hparams":
        return content

    def simple(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: simple(part) for key, part in value.items() if key not in TIMES}
        if isinstance(value, list):
            return [simple(part) for part in value]
        if value == "DATA_TYPE_BOOL":
            return "DATA_TYPE_FLOAT64"
        return float(value) if isinstance(value, bool) else value

    message = MessageToDict(HParamsPluginData.FromString(content))
    return json.dumps(simple(message), sort_keys=True)


def run_of(folder: Path, path: Path) -> str:
    """A run's name, without a part that is the time."""
    return NAMED_BY_TIME.sub("", path.relative_to(folder).as_posix()) or "."


def from_accumulator(folder: Path) -> Contents:
    """What EventAccumulator finds in each run below `folder`."""
    found: Contents = {}
    for path in sorted({file.parent for file in folder.rglob("*tfevents*")}):
        run = run_of(folder, path)
        events = EventAccumulator(str(path), dict.fromkeys(KEPT, 0)).Reload()
        tags = events.Tags()

        def add(kind: str, tag: str, points: list[Any], run: str = run) -> None:
            found.setdefault((run, kind, tag), []).extend(points)

        for tag in tags["scalars"]:
            add("scalar", tag, [(p.step, p.value) for p in events.Scalars(tag)])
        for tag in tags["histograms"]:
            for p in events.Histograms(tag):
                h = p.histogram_value
                sums = (h.min, h.max, h.num, h.sum, h.sum_squares)
                add("histogram", tag, [(p.step, sums, buckets(h.bucket_limit, h.bucket, h.max))])
        for tag in tags["images"]:
            for p in events.Images(tag):
                add("image", tag, [(p.step, p.width, p.height, decode(p.encoded_image_string))])
        for tag in tags["audio"]:
            for p in events.Audio(tag):
                about = (p.content_type, p.sample_rate, p.length_frames)
                add("audio", tag, [(p.step, about, decode(p.encoded_audio_string))])
        for tag in tags["tensors"]:
            plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
            for p in events.Tensors(tag):
                if plugin != "hparams":
                    array = make_ndarray(p.tensor_proto)
                    array = array[:, 0] if plugin == "audio" and array.ndim == 2 else array
                    value = plain(
                        array.reshape(()) if plugin == "text" and array.size == 1 else array
                    )
                    add(f"{plugin} tensor", tag, [(p.step, value)])
        for plugin in PLUGINS:
            with suppress(KeyError):
                for tag, content in events.PluginTagToContent(plugin).items():
                    add(f"content for {plugin}", tag, [plugin_content(plugin, content)])
        if tags["graph"]:
            add("graph", "", [True])
    return found


def from_tbparse(folder: Path) -> Contents:
    """What tbparse finds in all runs below `folder`."""
    reader = SummaryReader(str(folder), extra_columns={"dir_name", "max"}, pivot=False)
    found: Contents = {}
    for kind, columns in TABLES.items():
        table = getattr(reader, kind)
        for row in table.to_dict("records") if len(table) else []:
            run = run_of(folder, folder / row.get("dir_name", ""))
            values = [row[column] for column in columns]
            if kind == "histograms":
                values = [buckets(*values)]
            elif kind == "images" and values[0].shape[-1] == 1:
                values = [values[0].repeat(3, axis=-1)]
            elif kind == "audio":
                values = [np.round(values[0] * 32768).astype(np.int16)]
            elif kind == "tensors":
                array = np.asarray(values[0])
                clips = array.dtype == object and array.ndim == 2 and array[0, 0][:4] == b"RIFF"
                values = [plain(array[:, 0] if clips else array)]
            found.setdefault((run, kind, row["tag"]), []).append((row.get("step"), *values))
    return found


def differences(own: Contents, ours: Contents) -> list[str]:
    """A line for each tag that one of them lacks, or whose points are not equal."""
    found = [f"{key}: missing from ours" for key in own.keys() - ours.keys()]
    found += [f"{key}: in ours alone" for key in ours.keys() - own.keys()]
    for key in own.keys() & ours.keys():
        if len(own[key]) != len(ours[key]):
            found.append(f"{key}: {len(own[key])} points, {len(ours[key])} in ours")
        for expected, got in zip(own[key], ours[key]):
            if not same(expected, got):
                found.append(f"{key}: {expected!r:.300}, in ours {got!r:.300}")
                break
    return sorted(found)


def same(expected: Any, got: Any) -> bool:
    """Equal, but for rounding: pixels by 1, samples by 2, other numbers by their last digits."""
    if isinstance(expected, Picture) and expected.format != got.format:
        # A GIF has 256 colours at most, so that only the sizes can be compared.
        return (expected.format, got.format) == ("GIF", "PNG") and (
            expected.pixels.shape == got.pixels.shape
        )
    if isinstance(expected, (list, tuple)):
        return len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, np.ndarray):
        if expected.shape != got.shape:
            return False
        if expected.dtype.kind in "iu":
            most = 2 if expected.dtype == np.int16 else 1
            return bool(np.abs(expected.astype(int) - got.astype(int)).max(initial=0) <= most)
    if isinstance(expected, (float, np.ndarray)):
        return bool(np.allclose(expected, got, rtol=1e-6, atol=1e-9, equal_nan=True))
    return bool(expected == got)
