"""CRC-32C: RFC 3720's vectors, then two implementations that are not ours."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor

import crcmod.predefined
import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite import crc32c
from tfevents_lite.records.crc32c import LEVELS

# RFC 3720, appendix B.4, which has the bytes of the CRC in the order of transmission.
RFC_3720 = {
    "32 bytes of zeroes": (bytes(32), "aa36918a"),
    "32 bytes of ones": (b"\xff" * 32, "43aba862"),
    "32 bytes of incrementing": (bytes(range(32)), "4e79dd46"),
    "32 bytes of decrementing": (bytes(range(31, -1, -1)), "5cdb3f11"),
    "an iSCSI read command": (
        bytes.fromhex(
            "01c00000000000000000000000000000"
            "14000000000004000000001400000018"
            "28000000000000000200000000000000"
        ),
        "563a96d9",
    ),
}

PREDEFINED = crcmod.predefined.mkCrcFun("crc-32c")


@pytest.mark.parametrize("name", RFC_3720)
def test_rfc_3720(name: str) -> None:
    """The RFC's examples have the RFC's checksums."""
    data, expected = RFC_3720[name]
    assert crc32c.crc32c(data).to_bytes(4, "little").hex() == expected


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_buffers(kind: type) -> None:
    """Bytes, bytearrays and memoryviews have the same checksum."""
    assert crc32c.crc32c(kind(b"123456789")) == 0xE3069283


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400_000), st.integers(0, 63), st.integers())
def test_crcmod_and_google_agree(size: int, alignment: int, seed: int) -> None:
    """At any length up to 400,000 and any alignment, crcmod and google-crc32c say the same."""
    noise = random.Random(seed).randbytes(size + alignment)
    view = memoryview(noise)[alignment:]
    expected = google_crc32c.value(bytes(view))
    assert PREDEFINED(bytes(view)) == expected
    assert crc32c.crc32c(view) == expected


@pytest.mark.parametrize("exponents", sorted({exponents for exponents, _ in LEVELS}), ids=str)
def test_the_polynomial_divides_what_is_folded_by(exponents: tuple[int, ...]) -> None:
    """The sum of x^(8·e) over the exponents, and 1, leaves no remainder."""
    remainder = 0
    for exponent in (*exponents, 0):
        power = 1
        for _ in range(8 * exponent):
            power <<= 1
            if power >> 32:
                power ^= crc32c.POLYNOMIAL
        remainder ^= power
    assert remainder == 0
    assert list(exponents) == sorted(exponents, reverse=True)


def test_levels() -> None:
    """Each level leaves less than the one before; no row overlaps itself, or cuts a register."""
    left = [exponents[0] * factor for exponents, factor in LEVELS]
    assert left == sorted(left, reverse=True)
    (longest, second, *_), factor = LEVELS[0]
    assert longest * factor % 4 == 0
    assert second <= longest / 2


@pytest.mark.parametrize("size", [*range(4, 12), 2000, 3427, 3428, 3429, 6127, 6128, 98_049])
def test_what_is_left_has_the_same_checksum(size: int) -> None:
    """A message may begin in any level, or be too short for all of them."""
    data = random.Random(size).randbytes(size)
    short = crc32c.fold(data, 3000)
    assert len(short) <= min(size, 3431)
    crc = crc32c._update_by_table(short, 0, crc32c._make_table()) ^ 0xFFFFFFFF
    assert crc == google_crc32c.value(data)


# The last but one are around one row, two, and three; the last takes eleven.
SIZES = [0, 1, 7, 1999, 2000, 2001, 3428, 11_999, 12_000, 12_256, 12_257, 50_001]
SIZES += [rows * 98_048 + more for rows in (1, 2, 3) for more in (-1, 0, 1, 3, 4, 5)]
SIZES += [1_000_003]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("missing", [None, "crcmod._crcfunext", "crcmod"])
def test_every_way_gives_the_same(
    size: int, missing: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without crcmod's C extension, and without crcmod, the checksum is the same."""
    monkeypatch.setattr(crc32c, "_update", crc32c._load_and_update)
    monkeypatch.setattr(crc32c, "_table", None)
    monkeypatch.setattr(crc32c, "_is_compiled", False)
    monkeypatch.setattr(crc32c, "_fold_from", 2000)
    if missing:
        monkeypatch.setitem(sys.modules, "crcmod._crcfunext", None)
        monkeypatch.setitem(sys.modules, missing, None)
    data = random.Random(size).randbytes(size)
    kept = bytearray(data)
    # The second time, crcmod is loaded, and the rows hold what the first call left in them.
    assert crc32c.crc32c(kept) == crc32c.crc32c(data) == google_crc32c.value(data)
    assert kept == data
    assert crc32c._is_compiled == (missing is None)


def test_threads() -> None:
    """Threads that fold at the same time do not write to each other's rows."""
    messages = [random.Random(size).randbytes(size) for size in range(100_000, 400_000, 37_501)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(crc32c.crc32c, messages * 20))
    assert found == [google_crc32c.value(message) for message in messages] * 20


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """If NumPy is not loaded already, it is not imported and long data are not folded."""
    monkeypatch.delitem(sys.modules, "numpy")
    monkeypatch.delattr(crc32c, "fold")
    data = random.Random(0).randbytes(100_000)
    assert crc32c.crc32c(data) == google_crc32c.value(data)


@given(st.binary(max_size=64))
def test_mask_can_be_undone(data: bytes) -> None:
    """Unmasking as TensorFlow's crc32c.h does gives the checksum back."""
    rotated = (crc32c.masked(data) - 0xA282EAD8) % 2**32
    assert (rotated >> 17 | rotated << 15) % 2**32 == google_crc32c.value(data)
