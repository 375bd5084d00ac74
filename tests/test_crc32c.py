"""CRC-32C: RFC 3720's vectors, then two implementations that are not ours."""

from __future__ import annotations

import crcmod.predefined
import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfevents_lite import crc32c

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
@given(st.integers(0, 100_000), st.integers(0, 63), st.randoms(use_true_random=False))
def test_crcmod_and_google_agree(size: int, alignment: int, random: object) -> None:
    """At any length up to 100,000 and any alignment, crcmod and google-crc32c say the same."""
    noise = random.randbytes(size + alignment)  # type: ignore[attr-defined]
    view = memoryview(noise)[alignment:]
    expected = google_crc32c.value(bytes(view))
    assert PREDEFINED(bytes(view)) == expected
    assert crc32c.crc32c(view) == expected


@given(st.binary(max_size=64))
def test_mask_can_be_undone(data: bytes) -> None:
    """Unmasking as TensorFlow's crc32c.h does gives the checksum back."""
    rotated = (crc32c.masked(data) - 0xA282EAD8) % 2**32
    assert (rotated >> 17 | rotated << 15) % 2**32 == google_crc32c.value(data)
