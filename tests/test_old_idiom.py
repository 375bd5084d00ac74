"""Programs written for TensorFlow 1 run with one import changed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import tfevents_lite as tf
from tfevents_lite import read_events


class Logger:
    """The logger that many projects of 2016 to 2020 carry with them, retyped."""

    def __init__(self, log_dir: str) -> None:
        self.writer = tf.FileWriter(log_dir)

    def scalar_summary(self, tag: str, value: float, step: int) -> None:
        summary = tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])
        self.writer.add_summary(summary, step)

    def image_summary(self, tag: str, images: list[np.ndarray], step: int) -> None:
        img_summaries = []
        for i, img in enumerate(images):
            s = BytesIO()
            Image.fromarray(img).save(s, format="png")
            img_sum = tf.Summary.Image(
                encoded_image_string=s.getvalue(), height=img.shape[0], width=img.shape[1]
            )
            img_summaries.append(tf.Summary.Value(tag="%s/%d" % (tag, i), image=img_sum))  # noqa: UP031 # As it was.
        summary = tf.Summary(value=img_summaries)
        self.writer.add_summary(summary, step)

    def histo_summary(self, tag: str, values: np.ndarray, step: int, bins: int = 1000) -> None:
        counts, bin_edges = np.histogram(values, bins=bins)
        hist = tf.HistogramProto()
        hist.min = float(np.min(values))
        hist.max = float(np.max(values))
        hist.num = int(np.prod(values.shape))
        hist.sum = float(np.sum(values))
        hist.sum_squares = float(np.sum(values**2))
        bin_edges = bin_edges[1:]
        for edge in bin_edges:
            hist.bucket_limit.append(edge)
        for c in counts:
            hist.bucket.append(c)
        summary = tf.Summary(value=[tf.Summary.Value(tag=tag, histo=hist)])
        self.writer.add_summary(summary, step)
        self.writer.flush()


def test_the_old_logger(tmp_path: Path) -> None:
    """Scalars, images and histograms of the old idiom are in the file as TensorBoard reads it."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (5, 7, 3)).astype(np.uint8), np.eye(4, dtype=np.uint8)]
    values = rng.normal(size=500)
    logger = Logger(str(tmp_path / "run"))
    logger.scalar_summary("loss", 0.25, 1)
    logger.image_summary("digits", images, 2)
    logger.histo_summary("weights", values, 3)

    (file,) = (tmp_path / "run").iterdir()
    _, scalar, image, histogram = LegacyEventFileLoader(str(file)).Load()
    assert (scalar.step, scalar.summary.value[0].simple_value) == (1, 0.25)
    assert [value.tag for value in image.summary.value] == ["digits/0", "digits/1"]
    for value, expected in zip(image.summary.value, images):
        with Image.open(BytesIO(value.image.encoded_image_string)) as picture:
            np.testing.assert_array_equal(np.asarray(picture), expected)
    histo = histogram.summary.value[0].histo
    assert histo.num == sum(histo.bucket) == 500
    np.testing.assert_array_equal(histo.bucket_limit, np.histogram(values, 1000)[1][1:])
    logger.writer.close()


def test_serialized_and_ready_made_events(tmp_path: Path) -> None:
    """A summary's bytes and whole events are written as well."""
    with tf.FileWriter(tmp_path) as writer:
        summary = tf.Summary()
        summary.value.add(tag="a", simple_value=1)
        writer.add_summary(summary.SerializeToString(), global_step=4)
        writer.add_event(tf.Event(step=5, wall_time=3.0, summary=summary))
        writer.add_event(tf.Event(summary=summary), step=6, walltime=7.0)
    (file,) = tmp_path.iterdir()
    _, first, second, third = read_events(file)
    assert [event.step for event in (first, second, third)] == [4, 5, 6]
    assert first.summary == second.summary == third.summary == summary
    assert third.wall_time == 7.0
