"""Waveform document of a sound: outline and loudness over time, as received and as aired; kept in the content store.

The outline is the swing in each of many equal stretches.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from media.errors import ToolError
from media.model import Loudness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COUNT = 800
"""More columns than a screen draws."""
FULL = 100
"""A swing of full scale."""
_CHUNK_FRAMES = 1 << 18
_HEAD_BYTES = 4096
_FIRST_PART_AT = 12
_PART_HEAD = struct.Struct("<4sI")
_BITS_AT = 14
"""In the chunk that gives the format."""
_TOP = 1 << 15
KIND = "waveform"
OUTLINE = "outline"
MEDIA_TYPE = "application/json"
VERSION = 1
POINTS = 300
"""Figures of loudness over time, at most."""
AUDIBLE_LUFS = -70.0
"""The gate of R 128: below it nothing is audible, and the meter has not filled its first three seconds."""


def peaks_of(wav: Path, gain_db: float = 0.0) -> tuple[int, ...]:
    """Return at most :data:`COUNT` figures of 0 to :data:`FULL`, in order of time.

    ``wav`` is mono PCM of 16, 24 or 32 bits; read piece by piece, so that two hours need no more memory than a minute.
    Raises ToolError.
    """
    import numpy as np  # noqa: PLC0415 - 10 MB, which only a process that draws needs

    try:
        with wav.open("rb") as file:
            swings = _swings(_Samples.of(file))
    except (OSError, ValueError, struct.error) as error:
        raise ToolError("peaks", str(error)) from error
    scaled = np.rint(swings * (FULL / _TOP * 10 ** (gain_db / 20)))
    return tuple(int(each) for each in np.minimum(scaled, FULL))


@dataclass(frozen=True)
class _Samples:
    """Samples of a WAV file. Python's own ``wave`` reads the extensible form, which ffmpeg writes, from 3.12 on."""

    file: BinaryIO
    width: int
    total: int

    @classmethod
    def of(cls, file: BinaryIO) -> _Samples:
        """Open a file at its first sample. Raises ValueError or struct.error where there is none."""
        head = file.read(_HEAD_BYTES)
        chunks = dict(_parts(head))
        if not head.startswith(b"RIFF") or b"fmt " not in chunks or b"data" not in chunks:
            raise ValueError(f"{len(head)} bytes without the head of a WAV file")
        (bits,) = struct.unpack_from("<H", head, chunks[b"fmt "][0] + _BITS_AT)
        begins_at, size_bytes = chunks[b"data"]
        file.seek(begins_at)
        return cls(file, bits // 8, size_bytes * 8 // bits)

    def chunks(self) -> Iterator[NDArray[np.int32]]:
        """Yield the upper 16 bits of each sample: finer steps cannot be seen."""
        import numpy as np  # noqa: PLC0415 - 10 MB, which only a process that draws needs

        left = self.total
        while left and (data := self.file.read(min(left, _CHUNK_FRAMES) * self.width)):
            upper = np.frombuffer(data, dtype=np.uint8).reshape(-1, self.width)[:, -2:]
            left -= len(upper)
            yield np.ascontiguousarray(upper).view("<i2")[:, 0].astype(np.int32)


def _parts(head: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield the name of each chunk with offset and length of its content; up to the samples."""
    at, name = _FIRST_PART_AT, b""
    while name != b"data" and at + _PART_HEAD.size <= len(head):
        name, size_bytes = _PART_HEAD.unpack_from(head, at)
        at += _PART_HEAD.size
        yield name, (at, size_bytes)
        at += size_bytes + size_bytes % 2


def _swings(sound: _Samples) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 - 10 MB, which only a process that draws needs

    count = min(COUNT, sound.total)
    swings = np.zeros(count)
    at = 0
    for samples in sound.chunks():
        places = (np.arange(at, at + len(samples)) * count) // sound.total
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        found = np.maximum.reduceat(np.abs(samples), starts)
        # A stretch may run from one chunk into the next.
        swings[places[starts]] = np.maximum(swings[places[starts]], found)
        at += len(samples)
    return swings


@dataclass(frozen=True, slots=True)
class Side:
    """One side. ``peaks`` as in ``media.picture``; ``short_term_lufs`` in equal steps, None below the gate."""

    duration_ms: int
    integrated_lufs: float
    true_peak_dbtp: float
    peaks: tuple[int, ...]
    short_term_lufs: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class LoudnessPicture:
    """Both sides: ``before`` is the recording or the voice as received, ``after`` is aired."""

    before: Side
    after: Side


def side(figures: Loudness, peaks: Sequence[int], gain_db: float = 0.0) -> Side:
    """Return one side; ``gain_db`` is the gain by which the sound was lowered before it was measured."""
    return Side(
        duration_ms=figures.duration_ms,
        integrated_lufs=round(figures.integrated_lufs + gain_db, 1),
        true_peak_dbtp=round(figures.true_peak_dbtp + gain_db, 1),
        peaks=tuple(peaks),
        short_term_lufs=_thinned(figures.short_term_lufs, gain_db),
    )


def encoded(picture: LoudnessPicture) -> bytes:
    """Return the one encoding of it: the same picture gives the same bytes."""
    return json.dumps({"v": VERSION, **asdict(picture)}, separators=(",", ":")).encode()


def encoded_outline(duration_ms: int, peaks: Sequence[int]) -> bytes:
    """Encode the outline of a whole recording, for setting cues in it; ``peaks`` as in ``media.picture``."""
    return json.dumps({"v": VERSION, "duration_ms": duration_ms, "peaks": tuple(peaks)}, separators=(",", ":")).encode()


def decoded(data: bytes) -> LoudnessPicture:
    """Read a picture that :func:`encoded` wrote."""
    body = json.loads(data)
    return LoudnessPicture(_side(body["before"]), _side(body["after"]))


def _side(told: dict[str, Any]) -> Side:
    return Side(**{**told, "peaks": tuple(told["peaks"]), "short_term_lufs": tuple(told["short_term_lufs"])})


def _thinned(found: Sequence[float], gain_db: float) -> tuple[float | None, ...]:
    """Return the loudest of each stretch, so that no rise is lost."""
    count = min(POINTS, len(found))
    bounds = [len(found) * n // count for n in range(count + 1)] if count else []
    loudest = (max(found[start:end]) + gain_db for start, end in pairwise(bounds))
    return tuple(round(each, 1) if each > AUDIBLE_LUFS else None for each in loudest)
