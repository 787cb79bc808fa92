"""Container of a file, recognised by its own bytes: the name and ffmpeg's guess are not used.

A playlist, a subtitle, a script or an archive renamed to ``.mp3`` never reaches a demuxer that would follow it.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from media.errors import RefusedAudioError

_HEAD_BYTES = 1024
_TAIL_BYTES = 66 * 1024
"""A zip archive's end record lies within 65,557 bytes of the end; an Ogg page is no longer either."""
_ZIP_END = b"PK\x05\x06"
_ZIP_END_BYTES = 22
_FOREIGN_MARKS = (b"%pdf-", b"<html", b"<script", b"<!doctype", b"<svg", b"#extm3u", b"<?php")
_ID3_HEADER_BYTES = 10
_RIFF_HEADER_BYTES = 12
_UNKNOWN_RIFF_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF)
"""Written by recorders that could not go back to fill the size in."""
_EBML = b"\x1a\x45\xdf\xa3"
_DOCTYPE_WEBM = b"\x42\x82\x84webm"
"""The element DocType with its length and value (RFC 8794, 11.2.7)."""
_EBML_HEADER_BYTES = 64
_OGG_HEADER_BYTES = 27
_OGG_LAST_PAGE_FLAG = 0x04


@dataclass(frozen=True, slots=True)
class Container:
    """An accepted container: ffmpeg's name of its demuxer and the decoders it may open."""

    demuxer: str
    decoders: tuple[str, ...]


WAV = Container(
    "wav",
    (
        *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"),
        *("adpcm_ms", "adpcm_ima_wav"),
    ),
)
MP3 = Container("mp3", ("mp3", "mp3float"))
MP4 = Container("mov", ("aac", "alac"))
OGG = Container("ogg", ("vorbis", "libvorbis", "opus", "libopus", "flac"))
FLAC = Container("flac", ("flac",))
WEBM = Container("matroska", ("opus", "libopus", "vorbis", "libvorbis"))
"""As browsers record it. Matroska at large is not taken: it holds anything."""


def sniff(path: Path) -> Container:
    """Recognise the container. Raises RefusedAudioError NOT_AUDIO or FORMAT."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        if size == 0:
            raise RefusedAudioError("NOT_AUDIO", "the file is empty")
        _refuse_polyglot(head, tail)
        container = _by_magic(head)
        if container is MP3:
            file.seek(_after_id3(head))
            _refuse_unless_frame(file.read(_HEAD_BYTES))
    if container is WAV:
        _refuse_short_riff(head, size)
    if container is OGG:
        _refuse_open_ogg(tail)
    return container


def _by_magic(head: bytes) -> Container:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[4:8] == b"ftyp":
        return MP4
    if head[:4] == b"OggS":
        return OGG
    if head[:4] == b"fLaC":
        return FLAC
    if head[:4] == _EBML and _DOCTYPE_WEBM in head[:_EBML_HEADER_BYTES]:
        return WEBM
    if head[:3] == b"ID3" or _is_mp3_frame(head):
        return MP3
    raise RefusedAudioError("NOT_AUDIO", "no accepted kind of audio starts like this")


def _refuse_polyglot(head: bytes, tail: bytes) -> None:
    """Refuse a file that another program would open as something else, audio or not."""
    lowered = head.lower()
    for mark in _FOREIGN_MARKS:
        if mark in lowered:
            raise RefusedAudioError("NOT_AUDIO", f"holds {mark.decode()}")
    at = tail.rfind(_ZIP_END)
    if at >= 0 and len(tail) - at >= _ZIP_END_BYTES:
        (comment_bytes,) = struct.unpack_from("<H", tail, at + 20)
        if at + _ZIP_END_BYTES + comment_bytes == len(tail):
            raise RefusedAudioError("NOT_AUDIO", "is a zip archive as well")


def _is_mp3_frame(data: bytes) -> bool:
    """Eleven bits of sync, layer III, a real bit rate and sample rate (ISO 11172-3, 2.4.1.3)."""
    return (
        len(data) > 3  # noqa: PLR2004 - a frame's header
        and data[0] == 0xFF  # noqa: PLR2004
        and data[1] & 0xE6 == 0xE2  # noqa: PLR2004
        and data[1] & 0x18 != 0x08  # noqa: PLR2004
        and data[2] >> 4 not in (0x0, 0xF)
        and data[2] & 0x0C != 0x0C  # noqa: PLR2004
    )


def _after_id3(head: bytes) -> int:
    if head[:3] != b"ID3" or len(head) < _ID3_HEADER_BYTES:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return _ID3_HEADER_BYTES + size


def _refuse_unless_frame(data: bytes) -> None:
    # Some taggers leave padding between tag and sound.
    if not _is_mp3_frame(data.lstrip(b"\x00")[:4]):
        raise RefusedAudioError("NOT_AUDIO", "no MPEG frame where the sound should start")


def _refuse_short_riff(head: bytes, size: int) -> None:
    if len(head) < _RIFF_HEADER_BYTES:
        raise RefusedAudioError("FORMAT", "cut off in the header")
    (riff_bytes,) = struct.unpack_from("<I", head, 4)
    if riff_bytes not in _UNKNOWN_RIFF_SIZES and riff_bytes + 8 > size + 1:
        raise RefusedAudioError("FORMAT", f"cut off: {size} of {riff_bytes + 8} bytes")


def _refuse_open_ogg(tail: bytes) -> None:
    """Refuse an Ogg file whose last page is not marked as the last, or is incomplete (RFC 3533, section 6)."""
    at = tail.rfind(b"OggS")
    page = tail[at:] if at >= 0 else b""
    if len(page) >= _OGG_HEADER_BYTES and page[5] & _OGG_LAST_PAGE_FLAG:
        segments = page[_OGG_HEADER_BYTES : _OGG_HEADER_BYTES + page[26]]
        if len(page) >= _OGG_HEADER_BYTES + page[26] + sum(segments):
            return
    raise RefusedAudioError("FORMAT", "cut off: the last page is missing")
