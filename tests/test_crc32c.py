"""CRC-32C: RFC 3720's vectors, then two implementations that are not ours."""

from __future__ import annotations

import random
import sys

import crcmod.predefined
import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite import crc32c, crc32c_folding

# RFC 3720, appendix B.4; there the bytes of the CRC stand in the order of transmission.
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
@given(st.integers(0, 100_000), st.integers(0, 63), st.integers())
def test_crcmod_and_google_agree(size: int, alignment: int, seed: int) -> None:
    """At any length up to 100,000 and any alignment, crcmod and google-crc32c say the same."""
    noise = random.Random(seed).randbytes(size + alignment)
    view = memoryview(noise)[alignment:]
    expected = google_crc32c.value(bytes(view))
    assert PREDEFINED(bytes(view)) == expected
    assert crc32c.crc32c(view) == expected


@pytest.mark.parametrize("exponents", [crc32c_folding.LONG, crc32c_folding.SHORT], ids=len)
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


@pytest.mark.parametrize("size", [0, 1, 7, 1999, 2000, 2001, 13_999, 14_000, 50_001, 1_000_003])
@pytest.mark.parametrize("missing", [None, "crcmod._crcfunext", "crcmod"])
def test_every_way_gives_the_same(
    size: int, missing: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without crcmod's C extension, and without crcmod, the checksum is the same."""
    monkeypatch.setattr(crc32c, "_update", crc32c._load_and_update)
    monkeypatch.setattr(crc32c, "_table", None)
    monkeypatch.setattr(crc32c, "_is_compiled", False)
    if missing:
        monkeypatch.setitem(sys.modules, "crcmod._crcfunext", None)
        monkeypatch.setitem(sys.modules, missing, None)
    data = random.Random(size).randbytes(size)
    assert crc32c.crc32c(data) == google_crc32c.value(data)
    assert crc32c._is_compiled == (missing is None)


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long data are not folded, and NumPy not imported, where NumPy is not loaded already."""
    monkeypatch.delitem(sys.modules, "numpy")
    monkeypatch.delattr(crc32c_folding, "fold")
    data = random.Random(0).randbytes(100_000)
    assert crc32c.crc32c(data) == google_crc32c.value(data)


@given(st.binary(max_size=64))
def test_mask_can_be_undone(data: bytes) -> None:
    """Unmasking as TensorFlow's crc32c.h does gives the checksum back."""
    rotated = (crc32c.masked(data) - 0xA282EAD8) % 2**32
    assert (rotated >> 17 | rotated << 15) % 2**32 == google_crc32c.value(data)
