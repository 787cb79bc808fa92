"""Tracks of a sound card: a piece, parts that may still come while they sound, or a live address with concealment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.energy import energy

NOTHING = np.zeros(0, dtype=np.int16)
PITCH_HZ: Final = (70, 400)
"""Pitch of voices: a hole is filled with the last period of the speech before it."""
LOOK_BACK_MS: Final = 30
FADE_MS: Final = 180
"""Concealment fades out within this: a longer hole is silence, not a drone."""
JOIN_MS: Final = 5
SEAM_MS: Final = 2
"""Resampling gives some samples more or fewer: pieces that nearly meet are joined."""


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
        self.squares += energy(block)
        self.count += len(block)

    def _filling(self, count: int) -> Samples:
        if not len(self.filler):
            return np.zeros(count, dtype=np.int16)
        places = np.arange(self._at, self._at + count) % len(self.filler)
        self._at = (self._at + count) % len(self.filler)
        return self.filler[places]


class LiveTrack(Track):
    """Open track whose pieces have places, counted in samples of the card's record.

    ``place`` is that of the next sample taken, set by the card, as it may have been held up. ``concealed`` counts
    samples that were made up.
    """

    def __init__(self, rate_hz: int, lead: Samples) -> None:
        super().__init__(is_open=True)
        self.rate_hz = rate_hz
        self.place = 0
        self.concealed = 0
        self._pieces: deque[tuple[int, Samples]] = deque()
        self._past: Samples = np.zeros(0, dtype=np.int16)
        self._period: Samples = self._past
        self._end: int | None = None
        self._shift = 0
        self._faded = 0
        self._has_spoken = False
        if len(lead):
            self.extend([lead], is_open=True)

    def lay(self, place: int, samples: Samples) -> None:
        """Lay samples from that place on; earlier pieces keep their place."""
        place += self._shift
        if self._end is not None and abs(place - self._end) <= SEAM_MS * self.rate_hz // 1000:
            self._shift += self._end - place
            place = self._end
        elif self._end is not None and place < self._end:
            place, samples = self._end, samples[self._end - place :]
        if len(samples):
            self._pieces.append((place, samples))
            self._end = place + len(samples)

    def take(self, count: int) -> Samples:
        if self._parts:
            return super().take(count)
        block = self._live(count)
        self.measure(block)
        return block

    def _live(self, count: int) -> Samples:
        """Return the next samples: of a piece, or concealment up to the next piece."""
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) <= self.place:
            self._pieces.popleft()
        if not self._pieces:
            return self._filled(count)
        place, samples = self._pieces[0]
        if place > self.place:
            return self._filled(min(count, place - self.place))
        start = self.place - place
        block = samples[start : start + count]
        if self._faded:
            block = self._joined(block)
        self._has_spoken = True
        self._keep(block)
        return block

    def _filled(self, count: int) -> Samples:
        """Return concealment: the last period repeated, fading out; silence before the first speech."""
        fade = FADE_MS * self.rate_hz // 1000
        if not self._has_spoken or self._faded >= fade:
            return np.zeros(count, dtype=np.int16)
        if not self._faded:
            self._period = _period(self._past, self.rate_hz)
        places = np.arange(self._faded, self._faded + count)
        heights = np.clip(1 - places / fade, 0, 1)
        self._faded += count
        self.concealed += count
        return (self._period[places % len(self._period)] * heights).astype(np.int16)

    def _joined(self, block: Samples) -> Samples:
        """Cross-fade from the concealment to the block, without a click."""
        join = min(len(block), JOIN_MS * self.rate_hz // 1000)
        filling = self._filled(join).astype(np.float64)
        up = np.linspace(0, 1, join)
        block = block.copy()
        block[:join] = (block[:join] * up + filling * (1 - up)).astype(np.int16)
        self.concealed -= join if self._faded else 0
        self._faded = 0
        return block

    def _keep(self, block: Samples) -> None:
        self._past = np.concatenate([self._past, block])[-2 * LOOK_BACK_MS * self.rate_hz // 1000 :]


def _period(past: Samples, rate_hz: int) -> Samples:
    """Return the last period of a voice: the lag at which the newest stretch is most like the one before it."""
    look = LOOK_BACK_MS * rate_hz // 2000
    shortest, longest = rate_hz // PITCH_HZ[1], rate_hz // PITCH_HZ[0]
    if len(past) < look + longest:
        return past if len(past) else np.zeros(1, dtype=np.int16)
    wide = past.astype(np.float64)
    newest = wide[-look:]
    likes = [
        float((newest * before).sum()) / (energy(before) ** 0.5 + 1.0)
        for lag in range(shortest, longest + 1, 4)
        for before in [wide[len(wide) - look - lag : len(wide) - lag]]
    ]
    return past[-(shortest + 4 * int(np.argmax(likes))) :]
