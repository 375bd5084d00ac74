"""What a board logs, for every interpreter alike: it runs on MicroPython, so it needs nothing else.

The clock, the values and the picture are made of small whole numbers, which floats of 32 bits hold.
"""

WIDTH, HEIGHT, CHANNELS = 64, 48, 3
EDGES, COUNTS = [-2.0, -1.0, 0.5, 1.0, 4.0, 8.0], [0, 3, 0, 5, 0]
TEXT = "**Grüße** from a board"
START = 1700000000


class Clock:
    """Some milliseconds later at each call."""

    def __init__(self, start=START):
        self.seconds, self.milli = start, 0

    def __call__(self):
        self.milli += 7
        if self.milli > 999:
            self.seconds, self.milli = self.seconds + 1, self.milli - 1000
        return self.seconds, self.milli


class Picture:
    """The bytes of a picture that is drawn when it is asked for: a board may lack the memory."""

    def __len__(self):
        return WIDTH * HEIGHT * CHANNELS

    def __getitem__(self, index):
        if isinstance(index, int):
            pixel, channel = divmod(index, CHANNELS)
            y, x = divmod(pixel, WIDTH)
            if channel == 0:
                return 4 * x
            if channel == 1:
                return 5 * y
            return 240 if (x // 8 + y // 8) % 2 else x * y * 37 % 251
        return bytes([self[i] for i in range(index.start, index.stop)])


def value(step):
    return (step % 97 - 48) / 32


def log(event_writer, folder, scalars, picture):
    """Log scalars at steps from 0, then one of everything else."""
    with event_writer(folder, clock=Clock(), flush_every=1000) as writer:
        for step in range(scalars):
            writer.scalar("loss", value(step), step)
        writer.scalars({"loss": 0.25, "temperature/core": -40}, scalars)
        writer.text("note", TEXT, scalars)
        writer.histogram("weights", EDGES, COUNTS, scalars)
        writer.image("picture", picture, WIDTH, HEIGHT, CHANNELS, scalars)
