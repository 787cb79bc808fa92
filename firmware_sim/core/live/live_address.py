"""Live address on this device: the session whose frames sound, and the reasons that end it.

The rules are those of docs/protocol.md, "Live address". One at a time; only its record outlives a power cut: the
next renewal brings the device back in.
"""

from typing import Final

import msgspec

from devices.protocol.errors import ProtocolError
from devices.protocol.messages import AsRunRecord, Code, Command, CommandType, Desired, ExecutionState, Proof
from devices.protocol.topics import Topic, TopicKind
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.effects import PlayLive, Silence, StartLive, StopSound, Tone
from firmware_sim.core.events import Event, MessageDelivered, SoundEnded, SoundStarted
from firmware_sim.core.live.live_reception import JitterBuffer, LiveReception
from firmware_sim.core.sound.arbiter import OnAir, SoundSource

CODEC: Final = "opus"
CHIME: Final = "chime"
OVER_KEEP_MS: Final = 900_000
"""A session that was stopped is refused this long past its greatest length: no renewal brings it back."""
DELAY_MAX_MS: Final = 600_000


class LiveAddress(SoundSource):
    """Live session in force, if there is one."""

    EVENTS = (SoundStarted, SoundEnded)
    TOPICS = (TopicKind.AREA_LIVE,)
    COMMANDS = (CommandType.LIVE_START, CommandType.LIVE_RENEW)

    def _set_up(self) -> None:
        self._now: LiveReception | None = None
        self._parts.arbiter.register(self)

    # State.

    @property
    def card_prio(self) -> int:
        return self._now.prio if self._now is not None and self._now.item else 0

    @property
    def claimed_prio(self) -> int:
        """Priority of the session in force, even while it does not sound; 0 for none."""
        return self._now.prio if self._now is not None and not self._now.is_over else 0

    def on_card(self) -> set[str]:
        return {self._now.item} if self._now is not None and self._now.item else set()

    def being_stopped(self) -> set[str]:
        return self.on_card() if self._now is not None and self._now.is_over else set()

    def on_air(self) -> OnAir | None:
        session = self._now
        return OnAir(session.id, "live", session.began_at) if session is not None and session.item else None

    # Commands.

    def refusal(self, command: Command, now: int) -> Code | None:
        """Return why this start or renewal is refused."""
        live = command.live
        assert live is not None
        session = self._now
        if session is not None and not session.is_over and session.id == live.session:
            return None if session.live.key == live.key else Code.MALFORMED
        if live.session in self._step.known("live_over"):
            return Code.CANCELLED
        if live.codec != CODEC or live.until <= now:
            return Code.UNSUPPORTED if live.codec != CODEC else Code.TIME_LIMIT
        if session is not None or self._parts.arbiter.prio_beside(self) >= command.prio:
            return Code.BUSY_HIGHER
        return self._parts.settings.silence_at(now, now)

    def outranks(self, command: Command) -> bool:
        """Return whether the session is of a higher level than a stop that names it."""
        return self._now is not None and self._now.id in command.refs and command.prio < self.claimed_prio

    def standing(self, command: Command) -> ExecutionState:
        return ExecutionState.RECEIVED if command.type == CommandType.LIVE_START else ExecutionState.DONE

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """Begin or renew a session; ``refusal`` has passed it."""
        live = command.live
        assert live is not None
        session = self._now
        if session is not None:
            session.renewed_at, session.live, session.jitter_ms = now, live, command.jitter_ms
            self._report_delay(session, now)
            return
        door = self._parts.make_door(live.session, live.key)
        buffer = JitterBuffer(live.frame_ms)
        session = LiveReception(live.session, command.prio, command.jitter_ms, live, door, now, now, buffer)
        self._now = session
        self._reports.answer(session.id, ExecutionState.RECEIVED, now, jitter_ms=command.jitter_ms)
        self._begin(session, now, is_first=command.type == CommandType.LIVE_START)

    def obey_live_stop(self, command: Command, now: int) -> None:
        """Obey ``live_stop``: the sessions it names end for good, whether they are known here or not."""
        for name in command.refs:
            self._step.remember("live_over", name, now + OVER_KEEP_MS)
        if self._now is not None and self._now.id in command.refs:
            self._end_for_good(self._now, now, None)

    def obey_stop(self, command: Command, now: int) -> None:
        if not command.drill and (not command.refs or (self._now is not None and self._now.id in command.refs)):
            self._silence(command.prio, now)

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """End the session in quarantine."""
        desired = self._config.desired
        if desired is not None and desired.quarantined:
            self._silence(ALERT_PRIO, at.now_or(desired.iat))

    def press_stop(self, now: int) -> list[str]:
        session = self._now
        if session is None or session.is_over:
            return []
        self._end_for_good(session, now, Code.LOCAL_STOP)
        return [session.id]

    def _silence(self, prio: int, now: int) -> None:
        """End a session up to this priority for good."""
        if self._now is not None and self._now.prio <= prio:
            self._end_for_good(self._now, now, Code.CANCELLED)

    def forget_expired(self, now: int) -> None:
        for name, until in list(self._step.known("live_over").items()):
            if isinstance(until, int) and until < now:
                self._step.forget("live_over", name)

    # Frames.

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Take one frame: it sounds at its own instant, or never."""
        session, now = self._now, at.now
        if now is None or session is None or session.is_over or topic.session != session.id:
            return
        try:
            frame = session.door.open(message.payload)
        except ProtocolError as error:
            self._reports.suspect(message.topic, error.code, now)
            return
        if session.buffer.is_known(frame.seq):
            return
        session.heard_at = now
        session.buffer.put(frame, now)
        self._release(session, now)

    def _release(self, session: LiveReception, now: int) -> None:
        for due, frame in session.buffer.take(now):
            if not session.item:
                continue  # a higher item has the card
            session.digest.update(frame.sound)
            is_first = session.delay_ms is None
            session.delay_ms = min(max(0, due - frame.captured_at), DELAY_MAX_MS)
            self._step.do(PlayLive(session.item, self._clock.to_local(due), frame.packets, session.delay_ms))
            if is_first:
                self._report_delay(session, now)

    def _report_delay(self, session: LiveReception, now: int) -> None:
        """Report the present delay from microphone to loudspeaker."""
        if (delay_ms := session.delay_ms) is not None:
            jitter_ms = session.jitter_ms
            self._reports.answer(session.id, ExecutionState.STARTED, now, jitter_ms=jitter_ms, delay_ms=delay_ms)

    # Events of hardware and time.

    def handle(self, event: Event, at: Moment) -> None:
        session = self._now
        match event:
            case SoundStarted() if session is not None and session.item == event.item:
                self._started(session, self._clock.to_true(event.at_ms))
            case SoundEnded() if session is not None and session.item == event.item:
                self._ended(session, self._clock.to_true(event.at_ms), event.proof)
            case _:
                pass

    def _started(self, session: LiveReception, at: int) -> None:
        if session.began_at is None:
            session.began_at = at
            self._step.remember("open", session.id, msgspec.to_builtins(self._record(session, "cut")))

    def _ended(self, session: LiveReception, at: int, proof: Proof | None) -> None:
        """Handle the card's release of a stretch: the session ends, or goes on after something higher."""
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
        if not session.item and self._parts.arbiter.prio_beside(self) <= session.prio:
            session.buffer.forget_times()
            self._begin(session, now, is_first=False)

    def next_at(self, now: int) -> int:
        session = self._now
        if session is None or session.is_over:
            return NEVER_MS
        return min(session.silent_by, session.buffer.next_at() or NEVER_MS)

    def _why_over(self, session: LiveReception, now: int) -> Code | None:
        if now >= session.live.until:
            return Code.TIME_LIMIT
        return Code.WATCHDOG if now >= session.silent_by else self._parts.settings.silence_at(now, now)

    def _begin(self, session: LiveReception, now: int, *, is_first: bool) -> None:
        """Take the card: lower items are cut and follow their own rule. A device that joins later sounds no chime."""
        session.stretches += 1
        session.item = f"{session.id}#{session.stretches}"
        live = session.live
        warm_ms = max(self._parts.amplifier.wake_ms(now), live.warm_ms if is_first else 0)
        parts = (Silence(warm_ms), Tone(CHIME, live.chime_ms)) if is_first and live.chime_ms else (Silence(warm_ms),)
        at_ms, volume_pct = self._clock.to_local(now), self._parts.settings.volume_at(now)
        self._step.do(StartLive(session.item, session.id, at_ms, volume_pct, live.rate_hz, parts))

    def _end_for_good(self, session: LiveReception, now: int, code: Code | None) -> None:
        self._step.remember("live_over", session.id, session.live.until + OVER_KEEP_MS)
        if not session.is_over:
            self._end(session, now, code)

    def _end(self, session: LiveReception, now: int, code: Code | None) -> None:
        session.is_over, session.reason = True, code
        if session.item:
            self._step.do(StopSound(session.item))
        else:
            self._settle(session, now)

    def _settle(self, session: LiveReception, now: int) -> None:
        """Report how it ended, and free the device for another session."""
        self._now = None
        self._step.forget("open", session.id)
        was_heard = session.began_at is not None
        if was_heard:
            self._reports.record(self._record(session, "cut" if session.reason else "done"), now)
        standing = ExecutionState.CUT if was_heard else ExecutionState.FAILED
        done = ExecutionState.DONE if session.reason is None else standing
        self._reports.answer(session.id, done, now, code=session.reason, jitter_ms=session.jitter_ms)

    def _record(self, session: LiveReception, result: str) -> AsRunRecord:
        return AsRunRecord(
            rid="open",
            item=session.id,
            sha256=session.digest.hexdigest(),
            planned_at=session.planned_at,
            result=result,
            started_at=session.began_at,
            ended_at=session.ended_at,
            code=session.reason,
            volume_pct=self._parts.settings.volume_at(session.planned_at),
            proof=session.proof,
        )
