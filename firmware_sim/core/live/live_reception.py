"""Reception of one live session: its state on this device, and its jitter buffer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from devices.protocol.limits import LIVE_RENEW_MS
from devices.protocol.live import LiveFrame
from devices.protocol.messages import Code, Live, Proof

BUFFER_MS: Final = 200
"""From a frame's arrival to its sound: the card's ring, its tick, and the jitter of the network."""
LEAD_MS: Final = 110
"""A frame that comes less than this before its instant finds the card's ring full already."""
WAIT_MAX_MS: Final = 600
"""Frames that would wait longer came in a burst after a pause: the newest sets the timing again."""
LATE_RUN: Final = 3
"""This many late frames in a row are no loss, but a network that has become slower."""


class JitterBuffer:
    """Jitter buffer. Frame ``n`` sounds ``n`` frames after frame 0: a lost one leaves its place empty, shifts nothing.

    Each is handed out once, in order of ``seq``; one that was handed out, or skipped, never comes again.
    """

    def __init__(self, frame_ms: int) -> None:
        self._frame_ms = frame_ms
        self._base: int | None = None
        self._next_seq = 0
        self._late_run = 0
        self._held: dict[int, LiveFrame] = {}

    def is_known(self, seq: int) -> bool:
        """Return whether the frame is there already, or its turn has passed."""
        return seq < self._next_seq or seq in self._held

    def put(self, frame: LiveFrame, now: int) -> None:
        """Add a frame that is not known; one that comes too late for its instant is skipped."""
        if self._base is None:
            self._lay(frame, now)
        wait_ms = self._due(frame.seq) - now
        is_timely = LEAD_MS <= wait_ms <= WAIT_MAX_MS
        self._late_run = 0 if is_timely else self._late_run + 1
        if wait_ms > WAIT_MAX_MS or self._late_run >= LATE_RUN:
            self._lay(frame, now)
        elif not is_timely:
            self._next_seq = max(self._next_seq, frame.seq + 1)
            return
        self._held[frame.seq] = frame

    def take(self, now: int) -> list[tuple[int, LiveFrame]]:
        """Return the next frames, and those behind a gap that was not filled in time, each with its due instant."""
        taken: list[tuple[int, LiveFrame]] = []
        while self._held:
            first = min(self._held)
            if first > self._next_seq and now < self._due(first) - LEAD_MS:
                break
            taken.append((self._due(first), self._held.pop(first)))
            self._next_seq = first + 1
        return taken

    def next_at(self) -> int | None:
        """Return the instant at which ``take`` has something to give without a new frame."""
        return self._due(min(self._held)) - LEAD_MS if self._held else None

    def forget_times(self) -> None:
        """Reset after a pause: the next frame sets the timing."""
        self._base = None
        self._held.clear()

    def _lay(self, frame: LiveFrame, now: int) -> None:
        self._held.clear()
        self._late_run = 0
        self._base = now + BUFFER_MS - frame.seq * self._frame_ms
        self._next_seq = frame.seq

    def _due(self, seq: int) -> int:
        assert self._base is not None
        return self._base + seq * self._frame_ms


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
