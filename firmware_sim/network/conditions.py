"""Network conditions between a device and the server."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

FAIR_MS: Final = (40, 250)
"""One-way delay over a sound mobile network: a device has its own steady value in this range."""
RETRANSMIT_MS: Final = 300
LOST_AGAIN_MAX: Final = 6


@dataclass(slots=True)
class LinkConditions:
    """Network conditions. ``base_ms``: one way. ``is_held``, or no ``has_signal``: nothing passes, no end knows.

    ``is_spoilt``: a broken cache on the way hands out wrong bytes. ``loss``: of packets, which are sent again later.

    ``is_doubled``: acknowledgements are lost, so every QoS 1 message comes twice. ``nat_idle_s``: the carrier forgets a
    connection that was idle for this long; 0: never.
    """

    base_ms: int
    is_held: bool = False
    has_signal: bool = True
    delay_ms: int = 0
    loss: float = 0.0
    is_doubled: bool = False
    nat_idle_s: int = 0
    is_spoilt: bool = False

    @property
    def is_cut(self) -> bool:
        return self.is_held or not self.has_signal

    def late_ms(self, dice: random.Random) -> int:
        """Return the one-way delay of a message: every loss costs a retransmission, each twice as long as the last."""
        late, again = self.base_ms + self.delay_ms, RETRANSMIT_MS
        if self.loss:
            for _ in range(LOST_AGAIN_MAX):
                if dice.random() >= self.loss:
                    break
                late += again
                again *= 2
        return late
