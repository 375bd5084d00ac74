"""What TensorBoard shows of a board's files, with each of its loaders."""

from __future__ import annotations

import io

from PIL import Image

from tfevents_lite import micro

from ..oracles.tensorboard import TensorBoardServer
from . import board_program


def test_everything_is_shown(tensorboard: TensorBoardServer) -> None:
    """Curves over two starts, many tags at once, text, a histogram and a picture are all shown."""
    folder = tensorboard.new_run("board")
    run = folder.name
    board_program.log(micro.EventWriter, str(folder), 100, board_program.Picture())
    with micro.EventWriter(str(folder), clock=lambda: (0, 500)) as writer:  # Its clock was lost.
        for step in range(101, 120):
            writer.scalar("loss", board_program.value(step), step)
    tensorboard.reload()

    points = tensorboard.scalars(run, "loss")
    expected = [*((step, board_program.value(step)) for step in range(120))]
    expected[100] = (100, 0.25)
    assert [(point.step, point.value) for point in points] == expected
    clock = board_program.Clock()
    clock()  # That of the file's first record.
    times = [(lambda now: (now[0] * 1000 + now[1]) / 1000)(clock()) for _ in range(101)]
    assert [point.wall_time for point in points] == times + [0.5] * 19
    (point,) = tensorboard.scalars(run, "temperature/core")
    assert (point.step, point.value) == (100, -40)

    (text,) = tensorboard.text(run, "note/text_summary")
    assert text.html.strip() == "<p><strong>Grüße</strong> from a board</p>"
    (histogram,) = tensorboard.histograms(run, "weights")
    assert histogram.buckets == [(-1, 0.5, 3), (0.5, 1, 0), (1, 4, 5)]
    (image,) = tensorboard.images(run, "picture")
    assert image.content_type == "image/png"
    picture = board_program.Picture()
    with Image.open(io.BytesIO(image.data)) as shown:
        assert shown.tobytes() == picture[0 : len(picture)]
