from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import decode_mono, similarity
from media import opus
from tests.builders import microphone


@pytest.mark.parametrize(
    ("packet", "length_ms"),
    [
        (opus.SILENCE_20_MS, 20),
        (bytes([0x00]), 10),  # SILK, 10 ms
        (bytes([0x18]), 60),
        (bytes([0x68]), 20),  # hybrid
        (bytes([0x80]), 2.5),  # CELT
        (bytes([0x99, 1, 2]), 40),  # two of 20 ms
        (bytes([0x9A, 1, 2]), 40),
        (bytes([0x9B, 3, 1]), 60),  # three of 20 ms
        (bytes([0x1B, 3]), None),  # three of 60 ms: more than a packet may hold
        (bytes([0x9B]), None),
        (bytes([0x9B, 0]), None),
        (b"", None),
    ],
)
def test_a_packets_length_is_read_from_its_first_bytes(packet: bytes, length_ms: float | None) -> None:
    assert opus.packet_ms(packet) == length_ms


def test_one_voice_or_two() -> None:
    assert opus.is_mono(opus.SILENCE_20_MS)
    assert not opus.is_mono(bytes([opus.SILENCE_20_MS[0] | 4]))


def test_a_file_of_packets_is_what_was_said(tmp_path: Path) -> None:
    spoken = microphone.voice(2.5)
    packets = microphone.packets(spoken)
    data = opus.ogg_opus([*packets, b""], "Nhắc nộp thuế")
    path = tmp_path / "said.ogg"
    path.write_bytes(data)
    heard = decode_mono(path, microphone.OPUS_HZ)
    assert abs(len(heard) - len(spoken)) <= 960
    assert similarity(heard, spoken).similarity > 0.75
    assert "Nhắc nộp thuế".encode() in data


def test_every_page_carries_the_checksum_of_ogg() -> None:
    data = opus.ogg_opus([opus.SILENCE_20_MS] * 120)
    pages = [b"OggS" + page for page in data.split(b"OggS")[1:]]
    assert len(pages) == 2 + 3
    for page in pages:
        (stored,) = struct.unpack_from("<I", page, 22)
        assert _plain_crc(page[:22] + bytes(4) + page[26:]) == stored
    assert struct.unpack_from("<q", pages[-1], 6)[0] == 120 * 960
    assert np.frombuffer(pages[-1], np.uint8)[5] == 4


def _plain_crc(page: bytes) -> int:
    """Compute the CRC bit by bit, as RFC 3533 says."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else crc << 1
    return crc
