"""Cuts the power of a card at each of its writes, under MicroPython's own littlefs and FAT.

It runs on MicroPython's unix port: the card is memory, and what is left goes to the host's disk.
"""

import os

from micro import EventWriter

SIZE = 512
STEPS = 40


class Card:
    """A block device. At its `cut`-th write half a block is written, and from then on nothing."""

    def __init__(self, data):
        self.data = data
        self.writes = 0
        self.cut = None

    def readblocks(self, block, buffer, offset=0):
        begin = block * SIZE + offset
        buffer[:] = self.data[begin : begin + len(buffer)]

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:  # FAT's, which erases nothing.
            offset = 0
        size = self._size(len(buffer))
        begin = block * SIZE + offset
        self.data[begin : begin + size] = buffer[:size]
        return self._result()

    def ioctl(self, operation, block):
        if operation == 4:
            return len(self.data) // SIZE
        if operation == 5:
            return SIZE
        if operation == 6:
            size = self._size(SIZE)
            self.data[block * SIZE : block * SIZE + size] = b"\xff" * size
            return self._result()
        return 0

    def _size(self, size):
        """How much of a write is done."""
        self.writes += 1
        if self.cut is None or self.writes < self.cut:
            return size
        return size // 2 if self.writes == self.cut else 0

    def _result(self):
        return -5 if self.cut is not None and self.writes >= self.cut else 0


def formatted(system, blocks):
    card = Card(bytearray(blocks * SIZE))
    system.mkfs(card)
    return bytes(card.data)


def session(writer, steps, acknowledged):
    """Log until something fails, as a board does until its power goes."""
    for step in steps:
        if step % 5 == 3:
            writer.image("i", bytes([step] * 300), 10, 10, 3, step)
        elif step % 5 == 4:
            writer.text("t", "x" * 300, step)
        else:
            writer.scalar("loss", step, step)
        if writer._every == 1:
            acknowledged.append(step)
        elif step % 4 == 3:
            writer.flush()
            acknowledged.extend(range(len(acknowledged), step + 1))


def save(folder, name, acknowledged):
    """Copy what the card holds, and the steps that must be in it, to the host."""
    target = f"{folder}/{name}"
    os.mkdir(target)
    with open(target + "/acknowledged", "w") as file:
        file.write(" ".join([str(step) for step in acknowledged]))
    if "run" in os.listdir("/card"):
        for name in os.listdir("/card/run"):
            with open("/card/run/" + name, "rb") as source, open(f"{target}/{name}", "wb") as copy:
                copy.write(source.read())


def mount(system, card):
    os.mount(system(card), "/card")


def cut(system, image, at, every, folder):
    """Cut the power at a write, start again and log more. Return whether it was ever cut."""
    card = Card(bytearray(image))
    acknowledged = []
    mount(system, card)
    card.cut = at + card.writes
    writer = EventWriter("/card/run", clock=lambda: 0, flush_every=every)
    was_cut = False
    try:
        session(writer, range(STEPS), acknowledged)
        writer.close()
    except OSError:
        was_cut = True
    try:
        os.umount("/card")
    except OSError:
        pass
    rebooted = Card(bytearray(card.data))
    mount(system, rebooted)
    save(folder, f"cut{at}", acknowledged)
    with EventWriter("/card/run", clock=lambda: 0) as writer:
        session(writer, range(100, 104), acknowledged)
    save(folder, f"next{at}", acknowledged)
    os.umount("/card")
    return was_cut


def run(name, every, folder):
    system = getattr(os, name)
    image = formatted(system, 200)
    at = 1
    while cut(system, image, at, every, folder):
        at += 1
    print(at)


def fill(name, folder):
    """Fill a card, make room, go on; then pull the card and put in another."""
    system = getattr(os, name)
    card = Card(bytearray(formatted(system, 100)))
    mount(system, card)
    with open("/card/other", "wb") as file:
        file.write(bytes(20_000))
    writer = EventWriter("/card/run", clock=lambda: 0)
    acknowledged, failures, step = [], 0, 0
    while failures < 5:
        try:
            writer.text("t", "x" * 500, step)
            acknowledged.append(step)
        except OSError:
            failures += 1
        step += 1
    os.remove("/card/other")
    for _ in range(20):
        writer.text("t", "x" * 500, step)
        acknowledged.append(step)
        step += 1
    writer.flush()
    save(folder, "full", acknowledged)

    card.cut = 0
    for step in range(1000, 1003):
        try:
            writer.scalar("loss", 1, step)
            raise AssertionError("the card is gone")
        except OSError:
            pass
    try:
        os.umount("/card")
    except OSError:
        pass
    try:
        writer.scalar("loss", 1, step)
        raise AssertionError("no card is mounted")
    except OSError:
        pass
    mount(system, Card(bytearray(formatted(system, 100))))
    for step in range(2000, 2003):
        writer.scalar("loss", 1, step)
    writer.close()
    save(folder, "another", [2000, 2001, 2002])
    os.umount("/card")


def bound(name, folder):
    """Start many times, with a bound that the card hardly exceeds."""
    system = getattr(os, name)
    mount(system, Card(bytearray(formatted(system, 200))))
    step = 0
    for _ in range(30):
        with EventWriter("/card/run", clock=lambda: 0, max_bytes=40_000, flush_every=50) as writer:
            for _ in range(100):
                writer.scalar("loss", 1, step)
                step += 1
    save(folder, "bound", range(step - 100, step))
    os.umount("/card")
