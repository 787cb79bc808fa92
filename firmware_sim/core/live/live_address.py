"""Live address on this device: the session whose frames sound, and the reasons that end it.

The rules are those of docs/protocol.md, "Live address". One at a time; only its record outlives a power cut: the
next renewal brings the device back in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from devices.protocol import quiet
from devices.protocol.errors import ProtocolError
from devices.protocol.limits import LIVE_RENEW_MS
from devices.protocol.live import LiveFrame
from devices.protocol.messages import AsRunRecord, Code, Command, CommandType, Live, Proof, Standing
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import PlayLive, Silence, StartLive, StopSound, Tone
from firmware_sim.core.live.jitter_buffer import JitterBuffer
from firmware_sim.core.reports.report_queue import NEVER_MS, ReportQueue
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.step import Step

CODEC: Final = "opus"
CHIME: Final = "chime"
OVER_KEEP_MS: Final = 900_000
"""A session that was stopped is refused this long past its greatest length: no renewal brings it back."""
DELAY_MAX_MS: Final = 600_000


class Door(Protocol):
    """Opener of the frames of one session; see ``SessionDoor``."""

    def open(self, data: bytes) -> LiveFrame: ...


MakeDoor = Callable[[str, str], Door]
"""From session id and public key; a swarm passes one that checks identical bytes once."""


@dataclass(slots=True)
class _LiveSession:
    """One session. ``item``: the stretch that the card has; empty for none. ``began_at``: its first sample. True ms."""

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


class LiveAddress:
    """Live session in force, if there is one. ``wake_ms``: silence that the amplifier needs at an instant."""

    def __init__(
        self, step: Step, reports: ReportQueue, clock: Clock, speaker: ItemPlayer, make_door: MakeDoor
    ) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._speaker = speaker
        self._make_door = make_door
        self._now: _LiveSession | None = None
        self.wake_ms: Callable[[int], int] = lambda _: 0
        self.is_barred: Callable[[], bool] = lambda: False
        """Returns whether an alert sounds."""

    # State.

    @property
    def prio(self) -> int:
        """Priority of the session in force, even while it does not sound; 0 for none."""
        return self._now.prio if self._now is not None and not self._now.is_over else 0

    @property
    def session(self) -> str:
        """Id of the session in force; empty for none."""
        return self._now.id if self._now is not None else ""

    @property
    def began_at(self) -> int | None:
        """First sample of the stretch that sounds (true ms)."""
        return self._now.began_at if self._now is not None else None

    @property
    def bar(self) -> int:
        """Priority up to which nothing begins beside it."""
        return self._now.prio if self._now is not None and self._now.item else 0

    @property
    def on_card(self) -> set[str]:
        return {self._now.item} if self._now is not None and self._now.item else set()

    @property
    def being_stopped(self) -> set[str]:
        return self.on_card if self._now is not None and self._now.is_over else set()

    # Commands.

    def cannot(self, command: Command, now: int) -> Code | None:
        """Return why this start, renewal or stop is refused. Only the owner's level or a higher one ends a session."""
        live = command.live
        if live is None:
            return Code.BUSY_HIGHER if self.session in command.refs and command.prio < self.prio else None
        return self._cannot_sound(command.prio, live, now)

    def _cannot_sound(self, prio: int, live: Live, now: int) -> Code | None:
        session = self._now
        if session is not None and not session.is_over and session.id == live.session:
            return None if session.live.key == live.key else Code.MALFORMED
        if live.session in self._step.known("live_over"):
            return Code.CANCELLED
        if live.codec != CODEC or live.until <= now:
            return Code.UNSUPPORTED if live.codec != CODEC else Code.TIME_LIMIT
        if session is not None or self.is_barred() or self._speaker.holding_prio >= prio:
            return Code.BUSY_HIGHER
        return self._kept_silent(now)

    def take(self, command: Command, now: int) -> None:
        """Begin or renew a session; ``cannot`` has passed it."""
        live = command.live
        assert live is not None
        session = self._now
        if session is not None:
            session.renewed_at, session.live, session.jitter_ms = now, live, command.jitter_ms
            self._tell_delay(session, now)
            return
        door = self._make_door(live.session, live.key)
        buffer = JitterBuffer(live.frame_ms)
        session = _LiveSession(live.session, command.prio, command.jitter_ms, live, door, now, now, buffer)
        self._now = session
        self._reports.answer(session.id, Standing.RECEIVED, now, jitter_ms=command.jitter_ms)
        self._begin(session, now, is_first=command.type == CommandType.LIVE_START)

    def stop(self, command: Command, now: int) -> None:
        """Obey ``live_stop``: the sessions it names end for good, whether they are known here or not."""
        for name in command.refs:
            self._step.remember("live_over", name, now + OVER_KEEP_MS)
        if self._now is not None and self._now.id in command.refs:
            self._end_for_good(self._now, now, None)

    def silence(self, prio: int, now: int) -> None:
        """Obey ``stop``: a session up to this priority ends for good."""
        if self._now is not None and self._now.prio <= prio:
            self._end_for_good(self._now, now, Code.CANCELLED)

    def local_stop(self, now: int) -> list[str]:
        """Handle the stop key at the box; return the sessions that it ended."""
        session = self._now
        if session is None or session.is_over:
            return []
        self._end_for_good(session, now, Code.LOCAL_STOP)
        return [session.id]

    def forget_before(self, now: int) -> None:
        for name, until in list(self._step.known("live_over").items()):
            if isinstance(until, int) and until < now:
                self._step.forget("live_over", name)

    # Frames.

    def frame(self, topic: str, name: str, data: bytes, now: int) -> None:
        """Take one frame: it sounds at its own instant, or never."""
        session = self._now
        if session is None or session.is_over or name != session.id:
            return
        try:
            frame = session.door.open(data)
        except ProtocolError as error:
            self._reports.suspect(topic, error.code, now)
            return
        if session.buffer.is_known(frame.seq):
            return
        session.heard_at = now
        session.buffer.put(frame, now)
        self._release(session, now)

    def _release(self, session: _LiveSession, now: int) -> None:
        for due, frame in session.buffer.take(now):
            if not session.item:
                continue  # a higher item has the card
            session.digest.update(frame.sound)
            is_first = session.delay_ms is None
            session.delay_ms = min(max(0, due - frame.captured_at), DELAY_MAX_MS)
            self._step.do(PlayLive(session.item, self._clock.to_local(due), frame.packets, session.delay_ms))
            if is_first:
                self._tell_delay(session, now)

    def _tell_delay(self, session: _LiveSession, now: int) -> None:
        """Report the present delay from microphone to loudspeaker."""
        if (delay_ms := session.delay_ms) is not None:
            jitter_ms = session.jitter_ms
            self._reports.answer(session.id, Standing.STARTED, now, jitter_ms=jitter_ms, delay_ms=delay_ms)

    # Events of hardware and time.

    def started(self, item: str, at: int) -> None:
        session = self._now
        if session is not None and session.item == item and session.began_at is None:
            session.began_at = at
            self._step.remember("open", session.id, msgspec.to_builtins(self._record(session, "cut")))

    def ended(self, item: str, at: int, proof: Proof | None) -> None:
        """Handle the card's release of a stretch: the session ends, or goes on after something higher."""
        session = self._now
        if session is None or session.item != item:
            return
        session.item = ""
        session.ended_at = at
        session.proof = proof or session.proof
        if session.is_over:
            self._settle(session, at)

    def advance(self, now: int) -> None:
        session = self._now
        if session is None or session.is_over:
            return
        if (why := self._why_over(session, now)) is not None:
            self._end(session, now, why)
            return
        self._release(session, now)
        if not session.item and not self.is_barred() and self._speaker.holding_prio <= session.prio:
            session.buffer.forget_times()
            self._begin(session, now, is_first=False)

    def next_at(self) -> int:
        """Return the next instant at which ``advance`` has something to do without an event (true ms)."""
        session = self._now
        if session is None or session.is_over:
            return NEVER_MS
        return min(session.silent_by, session.buffer.next_at() or NEVER_MS)

    def _why_over(self, session: _LiveSession, now: int) -> Code | None:
        if now >= session.live.until:
            return Code.TIME_LIMIT
        return Code.WATCHDOG if now >= session.silent_by else self._kept_silent(now)

    def _kept_silent(self, now: int) -> Code | None:
        """Return the hush or quiet hours that forbid live addresses too, or None."""
        if now < self._speaker.hush_until:
            return Code.HUSHED
        desired = self._speaker.desired
        is_quiet = desired is not None and quiet.is_quiet(now, now, desired.quiet, desired.utc_offset_min)
        return Code.QUIET_HOURS if is_quiet else None

    def _begin(self, session: _LiveSession, now: int, *, is_first: bool) -> None:
        """Take the card: lower items are cut and follow their own rule. A device that joins later sounds no chime."""
        session.stretches += 1
        session.item = f"{session.id}#{session.stretches}"
        live = session.live
        warm_ms = max(self.wake_ms(now), live.warm_ms if is_first else 0)
        parts = (Silence(warm_ms), Tone(CHIME, live.chime_ms)) if is_first and live.chime_ms else (Silence(warm_ms),)
        at_ms, volume_pct = self._clock.to_local(now), self._speaker.volume_at(now)
        self._step.do(StartLive(session.item, session.id, at_ms, volume_pct, live.rate_hz, parts))

    def _end_for_good(self, session: _LiveSession, now: int, code: Code | None) -> None:
        self._step.remember("live_over", session.id, session.live.until + OVER_KEEP_MS)
        if not session.is_over:
            self._end(session, now, code)

    def _end(self, session: _LiveSession, now: int, code: Code | None) -> None:
        session.is_over, session.reason = True, code
        if session.item:
            self._step.do(StopSound(session.item))
        else:
            self._settle(session, now)

    def _settle(self, session: _LiveSession, now: int) -> None:
        """Report how it ended, and free the device for another session."""
        self._now = None
        self._step.forget("open", session.id)
        was_heard = session.began_at is not None
        if was_heard:
            self._reports.record(self._record(session, "cut" if session.reason else "done"), now)
        standing = Standing.CUT if was_heard else Standing.FAILED
        done = Standing.DONE if session.reason is None else standing
        self._reports.answer(session.id, done, now, code=session.reason, jitter_ms=session.jitter_ms)

    def _record(self, session: _LiveSession, result: str) -> AsRunRecord:
        return AsRunRecord(
            rid="open",
            item=session.id,
            sha256=session.digest.hexdigest(),
            planned_at=session.planned_at,
            result=result,
            started_at=session.began_at,
            ended_at=session.ended_at,
            code=session.reason,
            volume_pct=self._speaker.volume_at(session.planned_at),
            proof=session.proof,
        )
