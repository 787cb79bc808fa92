"""A PCM WAV as broadcasters exchange it: chunks ``bext`` (EBU Tech 3285 v2) and ``cart`` (AES46) before the samples.

Both hold ASCII of fixed lengths: Vietnamese is written without its marks there. Times are the wall clock's.
"""

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from unicodedata import category, normalize

from media.model import Loudness

SAMPLE_RATE_HZ: Final = 48_000
_BEXT: Final = struct.Struct("<256s32s32s10s8sQH64shhhhh180s")
_BEXT_VERSION: Final = 2
_CART: Final = struct.Struct("<4s64s64s64s64s64s64s64s10s8s10s8s64s64s64sI64s276s1024s")
_TIMER: Final = struct.Struct("<4sI")
_OUT_CUE_WORDS: Final = 6
_CART_VERSION: Final = b"0101"
_FULL_SCALE: Final = 32_768
"""Sample value of 0 dB, of 16 bits as AES46 counts it."""
_NO_END: Final = "2099/12/31", "23:59:59"
_UNKNOWN: Final = 0x7FFF
"""EBU Tech 3285 v2: the loudness field holds nothing."""
_RIFF_MAX_BYTES: Final = 0xFFFF_FFFF
_COPIED_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ProgrammeLabel:
    """Labels written into a programme. ``made_at``, ``start_at``, ``end_at``: naive, the wall clock of the province.

    ``cut_id`` names it in station software; ``start_at`` to ``end_at`` (None: no end) it may be aired.
    """

    title: str
    artist: str
    originator: str
    cut_id: str
    category: str
    made_at: datetime
    start_at: datetime
    end_at: datetime | None = None
    url: str = ""
    text: str = ""


def plain_ascii(text: str) -> str:
    """Return the letters without their marks, đ as d; any other sign becomes a question mark."""
    base = "".join(sign for sign in normalize("NFD", text) if category(sign) != "Mn")
    return base.replace("đ", "d").replace("Đ", "D").encode("ascii", "replace").decode()


def bext_chunk(label: ProgrammeLabel, loudness: Loudness, history: str) -> bytes:
    """Return the body of ``bext``: loudness figures in hundredths, as Tech 3285 v2 has them."""
    fixed = _BEXT.pack(
        _field(label.title, 256),
        _field(label.originator, 32),
        _field(label.cut_id, 32),
        f"{label.made_at:%Y-%m-%d}".encode(),
        f"{label.made_at:%H:%M:%S}".encode(),
        0,
        _BEXT_VERSION,
        b"",
        _hundredths(loudness.integrated_lufs),
        _hundredths(loudness.range_lu),
        _hundredths(loudness.true_peak_dbtp),
        _hundredths(loudness.max_momentary_lufs),
        _hundredths(max(loudness.short_term_lufs, default=None)),
        b"",
    )
    return fixed + f"{plain_ascii(history)}\r\n".encode()


def cart_chunk(label: ProgrammeLabel, frames: int) -> bytes:
    """Return the body of ``cart``: a cut of so many samples, with the dates between which it may be aired."""
    end_on, end_time = _NO_END if label.end_at is None else (f"{label.end_at:%Y/%m/%d}", f"{label.end_at:%H:%M:%S}")
    fixed = _CART.pack(
        _CART_VERSION,
        _field(label.title, 64),
        _field(label.artist, 64),
        _field(label.cut_id, 64),
        _field(label.originator, 64),
        _field(label.category, 64),
        b"",
        _field(_out_cue(label.text), 64),
        f"{label.start_at:%Y/%m/%d}".encode(),
        f"{label.start_at:%H:%M:%S}".encode(),
        end_on.encode(),
        end_time.encode(),
        b"Loa",
        b"1",
        b"",
        _FULL_SCALE,
        b"".join(_TIMER.pack(name, at) for name, at in ((b"AUDs", 0), (b"AUDe", frames), (b"EOD ", frames))),
        b"",
        _field(label.url, 1024),
    )
    return fixed + f"{plain_ascii(label.text)}\r\n".encode()


def _out_cue(text: str) -> str:
    """Return the last words, by which whoever listens knows the end."""
    return " ".join(text.split()[-_OUT_CUE_WORDS:])


def write(plain: Path, into: Path, chunks: tuple[tuple[bytes, bytes], ...]) -> None:
    """Write ``plain``, a PCM WAV of ours, with these chunks (name, body) between its format and its samples.

    Raises:
        ValueError: it is no such WAV, or would be larger than RIFF can tell.
    """
    added = b"".join(_chunk(name, body) for name, body in chunks)
    with plain.open("rb") as source, into.open("wb") as out:
        riff, found, wave = struct.unpack("<4sI4s", source.read(12))
        if (riff, wave) != (b"RIFF", b"WAVE") or found + len(added) > _RIFF_MAX_BYTES:
            raise ValueError("no WAV to write chunks into")
        out.write(struct.pack("<4sI4s", riff, found + len(added), wave))
        name, size = struct.unpack("<4sI", source.read(8))
        if name != b"fmt ":
            raise ValueError("a WAV of ours begins with its format")
        out.write(_chunk(name, source.read(size)))
        out.write(added)
        while copied := source.read(_COPIED_BYTES):
            out.write(copied)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def _field(text: str, length: int) -> bytes:
    """Encode a text, cut to its field; the structure fills a shorter one with zeros."""
    return plain_ascii(text).encode()[:length]


def _hundredths(figure: float | None) -> int:
    return _UNKNOWN if figure is None else max(-_UNKNOWN, min(_UNKNOWN - 1, round(figure * 100)))
