"""TensorBoard event files from a microcontroller, in one file.

It runs on MicroPython from 1.20, CPython from 3.6, and PyPy. On a computer, SummaryWriter is
faster and takes arrays. Formats: TFRecord; proto/event.proto, proto/summary.proto; PNG
(RFC 2083); DEFLATE (RFC 1951). Knows nothing of the package. Boards' floats have 32 bits, and
longer integers cost memory: so times are made of whole numbers, and checksums in halves.
"""

import os
import time
from struct import pack

_EPOCH = 946684800 * (hasattr(time, "gmtime") and time.gmtime(0)[0] == 2000)  # Or 1970.


class EventWriter:
    """Writes scalars, text, images and histograms for TensorBoard to a folder.

    `folder` is made if its parent exists: so an absent card raises OSError. `clock()` returns whole
    seconds since 1970, or a pair of seconds and milliseconds. The oldest files of this `name` are
    removed to keep their sizes, plus 4096 for each, within `max_bytes`. Each call writes a record
    and flushes the file; with `flush_every=n` each n-th does: flash wears less, but a power cut
    loses n - 1 records more. The first call, and one after an OSError, creates a file.
    """

    def __init__(self, folder, *, clock=None, name="board", max_bytes=0, flush_every=1):
        self._folder = folder
        self._clock = clock or _now
        self._suffix = f".{name}.0.0"
        self._most = max_bytes
        self._every = flush_every
        self._file, self._size, self._count = None, 0, 0
        self._empty = ""  # Its path, while it has no record.

    def scalar(self, tag, value, step):
        """Write a number, as a 32-bit float."""
        self._write(_scalar(tag, value), step)

    def scalars(self, values, step):
        """Write {tag: value} as one record."""
        made = [_scalar(tag, value) for tag, value in values.items()]
        self._write(bytearray().join(made), step)

    def text(self, tag, string, step):
        """Write a string of markdown."""
        tensor = b"\x08\x07\x12\x00" + _field(0x42, string.encode())
        data = _field(0x42, tensor) + b"J\n\n\6\n\4text \2"
        self._write(_value(tag + "/text_summary", data), step)

    def histogram(self, tag, edges, counts, step):
        """Write how many values lie between each edge and the next."""
        bins = list(zip(edges, edges[1:], counts))
        if len(edges) != len(counts) + 1 or not all(a < b and n >= 0 for a, b, n in bins):
            raise ValueError(f"histogram of {tag!r} needs rising edges and no negative counts")
        used = [i for i in range(len(bins)) if counts[i]] or [0, -1]
        bins = bins[used[0] : used[-1] + 1]
        stats = [bins[0][0], bins[-1][1]] if bins else []
        stats += [sum([n * ((a + b) / 2) ** power for a, b, n in bins]) for power in range(3)]
        data = bytearray().join([pack("<Bd", 9 + 8 * i, n) for i, n in enumerate(stats) if n])
        for i in (1, 2) if bins else ():
            data += _field(0x2A + 8 * i, b"".join([pack("<d", one[i]) for one in bins]))
        self._write(_value(tag, _field(0x2A, data) + b"J\x10\n\x0c\n\nhistograms \2"), step)

    def image(self, tag, pixels, width, height, channels, step):
        """Write rows of pixels: a byte for each of 1 (grey) to 4 (RGBA) channels."""
        stride = width * channels
        if channels not in (1, 2, 3, 4) or not 0 < stride * height == len(pixels):
            raise ValueError(f"{len(pixels)} bytes for {tag!r}, {width}x{height}x{channels}")
        head = pack(">4sIIBBBH", b"IHDR", width, height, 8, b"\0\0\4\2\6"[channels], 0, 0)
        table = _table(0xEDB88320)
        head = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + head + pack(">HH", *_crc(head, table=table))
        rest = sum([len(piece) for piece in _idat(pixels, stride)])
        head += pack(">I", rest - 20)
        image = _int(_int(_int(bytearray(), 0x08, height), 0x10, width), 0x18, channels)
        image = _field(0x22, image + _field(0x22, head, rest), rest)
        self._write(_value(tag, image, rest), step, _idat(pixels, stride, table), rest)

    def flush(self):
        """Have all records stored."""
        if self._file:
            self._try(self._file.flush)

    def close(self):
        """Close the file. A later call creates another."""
        file, self._file = self._file, None
        if file:
            file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _write(self, summary, step, pieces=(), rest=0):
        """Write an Event, the last `rest` bytes of it in pieces."""
        if not isinstance(step, int) or step >> 63 not in (0, -1):
            raise ValueError(f"step must be an integer of 64 bits, got {step!r}")
        self._try(self._log, summary, step, pieces, rest)

    def _try(self, do, *args):
        """After a failure leave the file, as nothing may follow part of a record."""
        try:
            do(*args)
        except BaseException:
            path, self._empty = self._empty, ""
            for undo in self.close, lambda: path and os.remove(path):
                try:
                    undo()
                except OSError:
                    pass
            raise

    def _log(self, summary, step, pieces, rest):
        size = len(summary) + rest + 120  # At most, with a new file's first.
        limit = self._most // 4
        if not self._file or (limit and self._size + size > limit):
            self.close()
            self._create(max(size, limit))
        record = _time(self._clock())
        if step:
            _int(record, 0x10, step if step > 0 else step + (1 << 64))
        _int(record, 0x2A, len(summary) + rest).extend(summary)
        self._append(record, pieces, rest)
        self._count += 1
        if self._count % self._every == 0:
            self._file.flush()
        self._empty = ""

    def _create(self, size):
        """Make room, and create a file whose name sorts last."""
        now = self._clock()
        record = _time(now) + b"\x1a\x0dbrain.Event:2R\x0f\n\rtfevents-lite"
        room = self._most - size - 4096
        if self._most and room < 0:
            raise ValueError(f"max_bytes must be at least {size + 4096}")
        try:
            os.mkdir(self._folder)
        except OSError:
            pass
        seconds = now if isinstance(now, int) else now[0]
        for name in sorted(os.listdir(self._folder), reverse=True):
            stamp = name[20:].split(".")[0]
            if name[:20] == "events.out.tfevents." and stamp.isdigit():
                seconds = max(seconds, int(stamp) + 1)
                if self._most and name[20:] == stamp + self._suffix:
                    path = f"{self._folder}/{name}"
                    room -= os.stat(path)[6] + 4096
                    if room < 0:
                        os.remove(path)
        self._empty = f"{self._folder}/events.out.tfevents.{seconds:010d}{self._suffix}"
        self._size = 0
        self._file = open(self._empty, "wb")
        self._append(record)

    def _append(self, record, pieces=(), rest=0):
        """Write a TFRecord, which begins with 12 bytes for its header."""
        record[:8] = pack("<Q", len(record) - 12 + rest)
        record[8:12] = _masked(_crc(record[:8]))
        self._size += len(record) + rest + 4
        self._file.write(record)
        crc = _crc(memoryview(record)[12:])
        for piece in pieces:
            self._file.write(piece)
            crc = _crc(piece, crc)
            rest -= len(piece)
        if rest:
            raise ValueError("pixels changed meanwhile")
        self._file.write(_masked(crc))


def _now():
    milli = int(time.time() * 1000)  # Whole seconds on boards.
    exact = getattr(time, "time_ns", int)() // 1000000  # On some, since the last reset.
    return divmod(_EPOCH * 1000 + (exact if 0 <= exact - milli < 2000 else milli), 1000)


def _time(now):
    """A record up to an Event's time, the nearest double."""
    seconds, milli = (now, 0) if isinstance(now, int) else now
    if not 0 <= seconds < 1 << 33:
        raise ValueError(f"clock must return seconds since 1970, got {now!r}")
    record = bytearray(12)
    shift, bits = 21 - (seconds >> 31), 0
    if seconds or milli:
        while bits < 1 << 52:
            shift += 1
            bits = (seconds << shift) + ((milli << shift) + 500) // 1000
        record += pack("<BQ", 9, bits + (1074 - shift << 52))
    return record


def _int(out, key, n):
    """Append a field of an integer, or what begins one of bytes."""
    out.append(key)
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return out


def _field(key, data, rest=0):
    """A field of bytes, the last `rest` of which follow."""
    out = _int(bytearray(), key, len(data) + rest)
    out.extend(data)
    return out


def _value(tag, data, rest=0):
    value = _field(0x0A, tag.encode())
    value.extend(data)
    return _field(0x0A, value, rest)


def _scalar(tag, value):
    try:
        return _value(tag, pack("<Bf", 0x15, value * 1.0))
    except OverflowError:
        return _value(tag, pack("<Bf", 0x15, float("inf" if value > 0 else "-inf")))


def _table(polynomial):
    """What 4 bits do to a CRC: lower halves, then upper ones."""
    table = [0] * 32
    for i in range(16):
        crc = i
        for _ in range(4):
            crc = crc >> 1 ^ polynomial * (crc & 1)
        table[i], table[16 + i] = crc & 0xFFFF, crc >> 16
    return table


def _crc(data, crc=(0, 0), table=_table(0x82F63B78)):
    """The upper and lower half of a CRC: CRC-32C, or a table's."""
    high, low = crc[0] ^ 0xFFFF, crc[1] ^ 0xFFFF
    for byte in data:
        i = (low ^ byte) & 15
        low = (low >> 4 | high << 12 & 0xF000) ^ table[i]
        high = high >> 4 ^ table[16 + i]
        i = (low ^ byte >> 4) & 15
        low = (low >> 4 | high << 12 & 0xF000) ^ table[i]
        high = high >> 4 ^ table[16 + i]
    return high ^ 0xFFFF, low ^ 0xFFFF


def _masked(crc):
    """Rotate a CRC right by 15 bits, add 0xA282EAD8."""
    high, low = crc
    low, high = (high << 1 & 0xFFFF | low >> 15) + 0xEAD8, low << 1 & 0xFFFF | high >> 15
    return pack("<HH", low & 0xFFFF, high + 0xA282 + (low >> 16) & 0xFFFF)


def _idat(pixels, stride, table=None):
    """A PNG from IDAT on, by rows: filter 2, fixed codes, matches at distance 1."""
    out, bits, count, a, b, crc = bytearray(b"IDATx\1"), 3, 3, 1, 0, (0, 0)
    reverse = b"\0\x08\4\x0c\2\x0a\6\x0e\1\x09\5\x0d\3\x0b\7\x0f"

    def put(value, size):
        nonlocal bits, count
        bits |= value << count
        count += size
        while count > 7:
            out.append(bits & 255)
            bits >>= 8
            count -= 8

    def put_code(code, size):  # Highest bit first.
        put((reverse[code & 15] << 4 | reverse[code >> 4]) >> 8 - size, size)

    for begin in range(0, len(pixels), stride):
        row = bytearray(b"\2") + pixels[begin : begin + stride]
        for i in range(max(begin - stride, 0), begin):
            row[i - begin] = row[i - begin] - pixels[i] & 255
        i = 0
        while i <= stride:
            byte = row[i]
            if byte > 143:
                put(1, 1)
            put_code(byte + 48 * (byte < 144), 8)
            end = i = i + 1
            while end <= stride and row[end] == byte and end < i + 114:
                end += 1
            more = end - i - 3
            if more >= 0:
                extra = (more > 7) + (more > 15) + (more > 31) + (more > 63)
                put_code(4 * extra + (more >> extra) + 1, 7)
                put(more & (1 << extra) - 1, extra + 5)
                i = end
        for byte in row:  # Adler-32.
            a += byte
            b += a
        a, b = a % 65521, b % 65521
        crc = _crc(out if table else b"", crc, table)
        yield out
        out = bytearray()
    put(0, 14)
    out += pack(">HH", b, a)
    yield out + pack(">HH", *_crc(out if table else b"", crc, table)) + b"\0\0\0\0IEND\xaeB`\x82"
