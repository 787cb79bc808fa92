"""Track of a sound card: one piece, or parts that may still come while it sounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from firmware_sim.sound.decoder import Samples

NOTHING = np.zeros(0, dtype=np.int16)


@dataclass(slots=True)
class Track:
    """Track. ``filler`` repeats while an open one has no parts left. ``squares``, ``count``: of the samples taken."""

    filler: Samples = field(default_factory=lambda: NOTHING)
    is_open: bool = False
    squares: float = 0.0
    count: int = 0
    _parts: deque[Samples] = field(default_factory=deque)
    _at: int = 0

    @classmethod
    def of(cls, samples: Samples, offset: int = 0) -> Track:
        """Make a track of one piece, from its sample ``offset`` on."""
        track = cls()
        track.extend([samples[offset:]], is_open=False)
        return track

    def extend(self, parts: Iterable[Samples], *, is_open: bool) -> None:
        """Append parts; they sound at once where only the filler sounds."""
        self._parts.extend(part for part in parts if len(part))
        self.is_open = is_open

    @property
    def is_over(self) -> bool:
        return not self._parts and not self.is_open

    def take(self, count: int) -> Samples:
        """Return the next samples, at most ``count``; fewer at the end of a part."""
        if self._parts:
            block = self._parts[0][:count]
            rest = self._parts[0][count:]
            if len(rest):
                self._parts[0] = rest
            else:
                self._parts.popleft()
        elif self.is_open:
            block = self._filling(count)
        else:
            return NOTHING
        self.measure(block)
        return block

    def turned(self) -> str | None:
        """Return the source since the last ``take`` if it changed, else None; see ``RelayTrack``."""
        return None

    def measure(self, block: Samples) -> None:
        """Add a block to the loudness measurement."""
        wide = block.astype(np.float64)
        self.squares += float(np.dot(wide, wide))
        self.count += len(block)

    def _filling(self, count: int) -> Samples:
        if not len(self.filler):
            return np.zeros(count, dtype=np.int16)
        places = np.arange(self._at, self._at + count) % len(self.filler)
        self._at = (self._at + count) % len(self.filler)
        return self.filler[places]
