"""Joined WAV: programmes one after another in one file, which is written piece by piece while it is read.

Nothing of it is stored: its bytes are those of the programmes, with silence between them. A cue point with its label
stands where each part begins. Any range of it can be read without what stands before it.
"""

import io
import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from media.broadcast_wave import plain_ascii

SAMPLE_RATE_HZ: Final = 48_000
SIZE_MAX_BYTES: Final = 0xFFFF_FFFF
_SAMPLE_BYTES: Final = 3
_FORMAT: Final = struct.Struct("<HHIIHH")
_PCM: Final = 1
_CHUNK: Final = struct.Struct("<4sI")
_RIFF: Final = struct.Struct("<4sI4s")
_CUE: Final = struct.Struct("<II4sIII")
_HEAD_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class JoinedPart:
    """Part that begins at ``at_ms``; without a ``path`` it is ``length_ms`` of silence: the station relays there."""

    at_ms: int
    length_ms: int
    label: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Bytes of the file from ``at`` on: of a header, of a programme's samples from ``offset`` on, or silence."""

    at: int
    size: int
    header: bytes = b""
    path: Path | None = None
    offset: int = 0
    repeats: int = 1


class JoinedWave(io.RawIOBase):
    """Joined WAV as a file to read; close it after use.

    Raises ValueError: a part is no WAV of ours, or the whole would be larger than a WAV can be.
    """

    def __init__(self, parts: Sequence[JoinedPart]) -> None:
        super().__init__()
        self._open: tuple[Path, BinaryIO] | None = None
        self._at = 0
        sources = [None if each.path is None else _samples_of(each.path) for each in parts]
        self.channels = max((found.channels for found in sources if found is not None), default=1)
        self._stretches = self._laid_out(parts, sources)
        last = self._stretches[-1]
        self.size = last.at + last.size

    def _laid_out(self, parts: Sequence[JoinedPart], sources: Sequence["_ProgrammeSamples | None"]) -> list[_Stretch]:
        """Lay the parts out in time: none begins before the end of the one before, and pauses are silence."""
        frame = _SAMPLE_BYTES * self.channels
        found: list[_Stretch] = []
        begins: list[int] = []
        frames = 0
        for part, source in zip(parts, sources, strict=True):
            pause = max(0, part.at_ms * SAMPLE_RATE_HZ // 1000 - frames)
            if pause:
                found.append(_Stretch(frames * frame, pause * frame))
                frames += pause
            begins.append(frames)
            if source is None or part.path is None:
                length = part.length_ms * SAMPLE_RATE_HZ // 1000
                found.append(_Stretch(frames * frame, length * frame))
            else:
                length, repeats = source.frames, self.channels // source.channels
                found.append(_Stretch(frames * frame, length * frame, b"", part.path, source.offset, repeats))
            frames += length
        header = self._header(frames, list(zip(begins, (each.label for each in parts), strict=True)))
        moved = [
            _Stretch(each.at + len(header), each.size, b"", each.path, each.offset, each.repeats) for each in found
        ]
        return [_Stretch(0, len(header), header), *moved]

    def _header(self, frames: int, cues: Sequence[tuple[int, str]]) -> bytes:
        frame = _SAMPLE_BYTES * self.channels
        width = 8 * _SAMPLE_BYTES
        fmt = _FORMAT.pack(_PCM, self.channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * frame, frame, width)
        points = b"".join(_CUE.pack(number, at, b"data", 0, 0, at) for number, (at, _label) in enumerate(cues, 1))
        labels = b"".join(
            _chunk(b"labl", struct.pack("<I", number) + plain_ascii(label).encode() + b"\0")
            for number, (_at, label) in enumerate(cues, 1)
        )
        chunks = _chunk(b"fmt ", fmt) + _chunk(b"cue ", struct.pack("<I", len(cues)) + points)
        chunks += _chunk(b"LIST", b"adtl" + labels)
        data = frames * frame
        size = len(chunks) + _HEAD_BYTES + data + 4
        if size > SIZE_MAX_BYTES:
            raise ValueError("larger than a WAV can be")
        return _RIFF.pack(b"RIFF", size, b"WAVE") + chunks + _CHUNK.pack(b"data", data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer of any kind
        found = bisect_right(self._stretches, self._at, key=lambda each: each.at) - 1
        stretch = self._stretches[found]
        within = self._at - stretch.at
        length = min(len(buffer), stretch.size - within)
        if length <= 0:
            return 0
        buffer[:length] = self._bytes(stretch, within, length)
        self._at += length
        return length

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None
        super().close()

    def _bytes(self, stretch: _Stretch, within: int, length: int) -> bytes:
        if stretch.header:
            return stretch.header[within : within + length]
        if stretch.path is None:
            return bytes(length)
        # Whole frames of the source, of which the asked bytes are cut.
        frame = _SAMPLE_BYTES * self.channels
        first, after = within // frame, -(-(within + length) // frame)
        width = frame // stretch.repeats
        file = self._file(stretch.path)
        file.seek(stretch.offset + first * width)
        data = file.read((after - first) * width)
        if stretch.repeats > 1:
            data = _in_both_channels(data)
        cut = within - first * frame
        return data[cut : cut + length]

    def _file(self, path: Path) -> BinaryIO:
        if self._open is None or self._open[0] != path:
            if self._open is not None:
                self._open[1].close()
            self._open = (path, path.open("rb"))
        return self._open[1]


@dataclass(frozen=True, slots=True)
class _ProgrammeSamples:
    """Samples of a WAV of ours: 24 bits, 48 kHz."""

    channels: int
    offset: int
    frames: int


def _samples_of(path: Path) -> _ProgrammeSamples:
    """Find the samples of a WAV. Raises ValueError: it is none of ours."""
    with path.open("rb") as file:
        riff = file.read(_RIFF.size)
        if len(riff) < _RIFF.size or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
            raise ValueError("no WAV")
        channels = 0
        while len(head := file.read(_CHUNK.size)) == _CHUNK.size:
            name, size = _CHUNK.unpack(head)
            if name == b"data":
                if channels == 0:
                    break
                return _ProgrammeSamples(channels, file.tell(), size // (channels * _SAMPLE_BYTES))
            if name == b"fmt ":
                _kind, channels, rate_hz, _bytes, _align, bits = _FORMAT.unpack(file.read(_FORMAT.size))
                if (rate_hz, bits) != (SAMPLE_RATE_HZ, 8 * _SAMPLE_BYTES) or channels not in {1, 2}:
                    raise ValueError("not 24 bits at 48 kHz in one channel or two")
                size -= _FORMAT.size
            file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("a WAV without samples")


def _in_both_channels(samples: bytes) -> bytes:
    both = bytearray(2 * len(samples))
    for place in range(_SAMPLE_BYTES):
        for channel in (0, _SAMPLE_BYTES):
            both[channel + place :: 2 * _SAMPLE_BYTES] = samples[place::_SAMPLE_BYTES]
    return bytes(both)


def _chunk(name: bytes, body: bytes) -> bytes:
    return _CHUNK.pack(name, len(body)) + body + b"\0" * (len(body) % 2)
