"""ID3v2.3 tag: title, agency, category, date and text of an MP3, as players and playout software read them."""

import struct
from typing import Final

from media.broadcast_wave import ProgrammeLabel

_UTF16: Final = b"\x01"
_LANGUAGE: Final = b"vie"
_HEADER: Final = struct.Struct(">3sBBB4s")
_FRAME: Final = struct.Struct(">4sIH")
_SIZE_BITS: Final = 7


def tagged(mp3: bytes, label: ProgrammeLabel) -> bytes:
    """Return the MP3 with the label's tag, in place of the one that an encoder wrote."""
    start = 0
    if mp3[:3] == b"ID3":
        sizes = zip(mp3[6 : _HEADER.size], (3, 2, 1, 0), strict=True)
        start = _HEADER.size + sum(byte << (_SIZE_BITS * place) for byte, place in sizes)
    return id3_tag(label) + mp3[start:]


def id3_tag(label: ProgrammeLabel) -> bytes:
    """Return the tag to put before the first frame: always the same bytes for the same label."""
    frames = [
        _text(b"TIT2", label.title),
        _text(b"TPE1", label.artist),
        _text(b"TCON", label.category),
        _text(b"TYER", f"{label.made_at:%Y}"),
        _text(b"TDAT", f"{label.made_at:%d%m}"),
        _text(b"TPUB", label.originator),
        _frame(b"UFID", f"{label.originator}\0{label.cut_id}".encode()),
        _frame(b"WOAF", label.url.encode("ascii", "ignore")) if label.url else b"",
    ]
    if label.text:
        frames.append(_frame(b"USLT", _UTF16 + _LANGUAGE + _utf16("", "\0") + _utf16(label.text)))
    body = b"".join(frames)
    return _HEADER.pack(b"ID3", 3, 0, 0, _synchsafe(len(body))) + body


def _text(name: bytes, text: str) -> bytes:
    return _frame(name, _UTF16 + _utf16(text)) if text else b""


def _frame(name: bytes, body: bytes) -> bytes:
    return _FRAME.pack(name, len(body), 0) + body


def _utf16(text: str, end: str = "") -> bytes:
    return b"\xff\xfe" + f"{text}{end}".encode("utf-16-le")


def _synchsafe(size: int) -> bytes:
    """Return the size in four bytes of seven bits, none of which looks like the start of a frame."""
    return bytes(size >> (_SIZE_BITS * place) & 0x7F for place in (3, 2, 1, 0))
