"""Levels of one round of an alert at the microphone: while it sounds, and in its pauses.

All boxes of an alert play the same from nearly the same instant, so their pauses coincide but for the time that sound
takes. What is loud only while the round sounds, and ceases in its pauses, is the alert; traffic does not know them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from devices.protocol.limits import ROUND_PAUSES_MAX
from devices.protocol.messages import RoundLevels
from firmware_sim.core.effects import Part, Silence

GUARD_MS: Final = 1_200
"""Left out at the begin of each stretch and pause: the sound of a box 400 m away is late by this."""
FRAME_MS: Final = 500
_SAMPLE_MS: Final = 100
_MISSED_BY: Final = 10
"""One frame of so many may be softer than the level of a round."""

Span = tuple[int, int]


@dataclass(slots=True)
class RoundTiming:
    """Instants of the stretches that sound and of the pauses of one round, in ms, as its parts are laid on the card."""

    sounding: list[Span] = field(default_factory=list)
    pauses: list[Span] = field(default_factory=list)
    filled_to: int = 0

    def lay(self, parts: Sequence[Part], now_ms: int) -> None:
        """Lay parts behind those it has, or from now on where it has none left."""
        for part in parts:
            since = max(self.filled_to, now_ms)
            self.filled_to = since + part.ms
            spans = self.pauses if isinstance(part, Silence) else self.sounding
            if spans and spans[-1][1] == since:
                spans[-1] = (spans[-1][0], self.filled_to)
            else:
                spans.append((since, self.filled_to))

    def is_pause(self, at_ms: float) -> bool:
        return any(since <= at_ms < until for since, until in self.pauses)

    def levels(self, ended_ms: int, level_db: Callable[[int], float], amp_ma: int) -> RoundLevels | None:
        """Measure the levels up to an instant; None: no pause is long enough.

        The silence before the first sound is no pause. ``amp_ma``: the highest current of the round.
        """
        begin = min((since for since, _ in self.sounding), default=ended_ms)
        pauses = [frames for span in self.pauses if span[0] > begin and (frames := _frames(span, ended_ms))]
        sounding = sorted(_mean_db(at, level_db) for span in self.sounding for at in _frames(span, ended_ms))
        if not pauses or not sounding:
            return None
        return RoundLevels(
            sounding_db=round(sounding[len(sounding) // _MISSED_BY], 1),
            pause_db=round(max(_mean_db(at, level_db) for frames in pauses for at in frames), 1),
            pauses=min(len(pauses), ROUND_PAUSES_MAX),
            amp_ma=amp_ma,
        )


def _frames(span: Span, ended_ms: int) -> range:
    """Return where the whole frames of a span begin."""
    return range(span[0] + GUARD_MS, min(span[1], ended_ms) - FRAME_MS + 1, FRAME_MS)


def _mean_db(at_ms: int, level_db: Callable[[int], float]) -> float:
    """Return the mean level of a frame, by power."""
    powers = [10 ** (level_db(each) / 10) for each in range(at_ms, at_ms + FRAME_MS, _SAMPLE_MS)]
    return 10 * math.log10(sum(powers) / len(powers))
