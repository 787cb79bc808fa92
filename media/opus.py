"""Opus packets without decoding them: their length (RFC 6716), and a file of them (RFC 7845)."""

import struct
import zlib
from collections.abc import Iterable
from typing import Final

RATE_HZ: Final = 48_000
SILENCE_20_MS: Final = bytes.fromhex("f8fffe")
"""A packet that decodes to 20 ms of silence, in place of a lost one."""
_PER_MS: Final = RATE_HZ // 1000
# In tenths of a millisecond, by the configuration number in a packet's first byte.
_FRAME_TENTHS: Final = (*(100, 200, 400, 600) * 3, *(100, 200) * 2, *(25, 50, 100, 200) * 4)
_PACKET_MAX_TENTHS: Final = 1_200
_PRE_SKIP: Final = 312
_SERIAL: Final = 1
_PAGE_PACKETS: Final = 50
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def packet_ms(packet: bytes) -> float | None:
    """Return the ms of sound in it; None: it is no packet."""
    if not packet:
        return None
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[packet[0] & 3]
    tenths = count * _FRAME_TENTHS[packet[0] >> 3]
    return tenths / 10 if 0 < tenths <= _PACKET_MAX_TENTHS else None


def is_mono(packet: bytes) -> bool:
    return not packet[0] & 4


def ogg_opus(packets: Iterable[bytes], title: str = "") -> bytes:
    """Return a mono Ogg Opus file of them, in order. Invalid packets are left out."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, _PRE_SKIP, RATE_HZ, 0, 0)
    vendor, comment = b"loa", f"TITLE={title}".encode()
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor
    tags += struct.pack("<II", 1, len(comment)) + comment
    pages = [_page([head], 0, 0, flags=2), _page([tags], 1, 0)]
    granule, waiting = 0, list[bytes]()
    for packet in packets:
        length_ms = packet_ms(packet)
        if length_ms is None:
            continue
        if len(waiting) == _PAGE_PACKETS:
            pages.append(_page(waiting, len(pages), granule))
            waiting = []
        waiting.append(packet)
        granule += round(length_ms * _PER_MS)
    pages.append(_page(waiting, len(pages), granule, flags=4))
    return b"".join(pages)


def _page(packets: list[bytes], number: int, granule: int, *, flags: int = 0) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, _SERIAL, number, 0) + bytes([len(lacing)]) + lacing
    page = head + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    """Compute Ogg's CRC 32: zlib's with all bits reversed, and without its inversions."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
