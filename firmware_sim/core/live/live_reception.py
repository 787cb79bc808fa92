"""Reception of one live session: its state on this device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from devices.protocol.limits import LIVE_RENEW_MS
from devices.protocol.live import LiveFrame
from devices.protocol.messages import Code, Live, Proof
from firmware_sim.core.live.jitter_buffer import JitterBuffer


class Door(Protocol):
    """Opener of the frames of one session; see ``SessionDoor``."""

    def open(self, data: bytes) -> LiveFrame: ...


MakeDoor = Callable[[str, str], Door]
"""From session id and public key; a swarm passes one that checks identical bytes once."""


@dataclass(slots=True)
class LiveReception:
    """Session that is received; instants are true ms.

    ``item``: the stretch that the card has, empty for none. ``began_at``: its first sample.
    """

    id: str
    prio: int
    jitter_ms: int
    live: Live
    door: Door
    planned_at: int
    renewed_at: int
    buffer: JitterBuffer
    heard_at: int = 0
    stretches: int = 0
    item: str = ""
    began_at: int | None = None
    ended_at: int | None = None
    delay_ms: int | None = None
    proof: Proof | None = None
    is_over: bool = False
    """Ending, while the card still has it; ``reason`` is why, ``None``: as planned."""
    reason: Code | None = None
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def silent_by(self) -> int:
        """Instant at which it falls silent unless a frame and a renewal come before."""
        frame_by = self.heard_at + self.live.watchdog_ms if self.heard_at else self.planned_at + self.live.wait_ms
        return min(frame_by, self.renewed_at + LIVE_RENEW_MS, self.live.until)
