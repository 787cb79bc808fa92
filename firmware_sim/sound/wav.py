"""WAV files whose position is time: sample 0's instant is in the name and in the JSON beside it."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from firmware_sim.sound.decoder import Samples

HEADER_BYTES: Final = 44
_SIZES_EVERY: Final = 50
"""The sizes in the header are renewed every 50 writes (a second), so that a killed process leaves a readable file."""


@dataclass
class WavSegment:
    """Open file of mono 16-bit samples; ``written`` counts them. Silence is a hole and takes no disk.

    ``gaps`` are the spans, in samples, in which a sound was held up: they are silent.
    """

    path: Path
    rate_hz: int
    started_at_ms: int
    written: int
    _fd: int
    gaps: list[tuple[int, int]] = field(default_factory=list)
    _writes: int = 0

    @classmethod
    def open(cls, folder: Path, rate_hz: int, started_at_ms: int) -> WavSegment:
        """Open a new segment, named by the instant of its first sample."""
        folder.mkdir(parents=True, exist_ok=True)
        started_at = datetime.fromtimestamp(started_at_ms / 1000, UTC)
        path = folder / f"{started_at:%Y%m%dT%H%M%S}.{started_at_ms % 1000:03}Z.wav"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        os.pwrite(fd, _header(0, rate_hz), 0)
        segment = cls(path, rate_hz, started_at_ms, 0, fd)
        segment._tell()
        return segment

    def position(self, at_ms: float) -> int:
        """Return the sample nearest this instant."""
        return round((at_ms - self.started_at_ms) * self.rate_hz / 1000)

    def instant_ms(self, position: int) -> int:
        return round(self.started_at_ms + position * 1000 / self.rate_hz)

    def held_up(self, from_position: int, until_position: int) -> None:
        """Note a gap: samples meant for ``from_position`` sound at ``until_position``."""
        self.gaps.append((from_position, until_position))
        self._tell()

    def write(self, block: Samples) -> None:
        if block.any():
            os.pwrite(self._fd, block.tobytes(), HEADER_BYTES + self.written * 2)
        self.written += len(block)
        self._writes += 1
        if self._writes % _SIZES_EVERY == 0:
            self._renew_sizes()

    def close(self) -> None:
        self._renew_sizes()
        os.close(self._fd)

    def _tell(self) -> None:
        """Write the JSON beside it; replaced whole, as it may be read, or the process killed, meanwhile."""
        about = {"sample0_at_ms": self.started_at_ms, "rate_hz": self.rate_hz, "channels": 1, "format": "s16le"}
        beside = self.path.with_suffix(".json")
        part = beside.with_suffix(".part")
        part.write_text(json.dumps({**about, "gaps": self.gaps}) + "\n")
        part.replace(beside)

    def _renew_sizes(self) -> None:
        os.ftruncate(self._fd, HEADER_BYTES + self.written * 2)
        os.pwrite(self._fd, _header(self.written, self.rate_hz), 0)


def _header(samples: int, rate_hz: int) -> bytes:
    size = samples * 2
    head = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16)
    return head + fmt + struct.pack("<4sI", b"data", size)
