"""Rounds of alerts on the sound card: which one begins, its tone, its speech, and its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from devices.protocol.messages import AlertContent, Code, ExecutionState, Proof, Speech
from firmware_sim.core.alerts.active_alert import ActiveAlert
from firmware_sim.core.alerts.speech_store import SpeechStore
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import Clip, ExtendTrack, Part, Silence, StartTrack, StopSound, Tone
from firmware_sim.core.step import Step

SPEECH_WAIT_MS: Final = 20_000
"""The gong goes on this long while speech is missing; then the tone comes again."""
TONES_MAX: Final = 3
"""Tones without speech in one round; the next round begins when the speech is there."""
AGAIN_AFTER_MS: Final = 5_000
"""A round that the sound card ended by itself is tried again after this."""
DRILL_TONE: Final = "drill"


@dataclass(slots=True)
class AlertRound:
    """One round. ``signal``: its siren; ``over_at``: that ends; ``look_at``: the next decision is due.

    ``opening``: its first siren, which wakes the amplifier. Instants are true ms. ``begun_at``: it was handed to the
    card. ``turn``: how often the alert has begun here.
    """

    item: str
    alert: ActiveAlert
    planned_at: int
    is_first: bool
    signal: tuple[Part, ...]
    opening: tuple[Part, ...]
    is_open: bool
    begun_at: int
    turn: int
    is_stopping: bool = False
    started_at: int | None = None
    over_at: int = NEVER_MS
    look_at: int = NEVER_MS
    tones: int = 1
    sha256: str = ""
    is_missing: bool = False
    is_speechless: bool = False
    reason: Code | None = None

    def begun(self, at: int) -> None:
        """Note the card's first sample, which may be that of the amplifier's silence."""
        first = self.opening[0]
        self.started_at = at + (first.ms if isinstance(first, Silence) else 0)
        self.over_at = at + _length_ms(self.opening)
        if self.is_open:
            self.look_at = self.over_at

    def extend(self, step: Step, shelf: SpeechStore, now: int) -> bool:
        """Go on with the speech as soon as it can sound; True: waiting for it begins now."""
        if not self.is_open or self.is_stopping:
            return False
        wanted, other = self.alert.choices(now)
        is_over = now >= self.over_at
        if is_over and not shelf.have(wanted) and shelf.have(other):
            wanted = other
        there = shelf.have(wanted)
        if len(there) == len(wanted) or (there and is_over and (there[0] == wanted[0] or self._is_enough(now))):
            self.is_missing = len(there) < len(wanted)
            self.sha256 = there[0].sha256
            content = self.alert.content
            series = content.blasts.series if content.blasts else 1
            parts = speech_parts(there, content.times, content.gap_ms, self.signal, series)
            self._extend(step, ExtendTrack(self.item, parts, is_open=False))
            return False
        return is_over and self._wait(step, now)

    def speech_lost(self) -> None:
        """Wait for the speech again: the card could not read it."""
        if not self.is_open and not self.is_speechless and self.sha256:
            self.is_open = True
            self.look_at = self.over_at

    def _wait(self, step: Step, now: int) -> bool:
        if not self._is_enough(now):
            is_news = self.look_at == self.over_at and self.tones == 1
            self.look_at = self.over_at + SPEECH_WAIT_MS
            return is_news
        if self.tones < TONES_MAX:
            self.tones += 1
            self.over_at = self.look_at = now + _length_ms(self.signal)
            self._extend(step, ExtendTrack(self.item, self.signal, is_open=True))
        else:
            self.is_speechless = True
            self._extend(step, ExtendTrack(self.item, (), is_open=False))
        return False

    def _is_enough(self, now: int) -> bool:
        return now >= self.over_at + SPEECH_WAIT_MS

    def _extend(self, step: Step, effect: ExtendTrack) -> None:
        self.is_open = effect.is_open
        if not self.is_open:
            self.look_at = NEVER_MS
        step.do(effect)


def speech_parts(
    speech: Iterable[Speech], times: int, gap_ms: int, signal: Iterable[Part] = (), series: int = 1
) -> tuple[Part, ...]:
    """Return every speech in order, ``times`` over; the siren has sounded, and sounds again until ``series`` times."""
    once = [Clip(clip.sha256, clip.dur_ms) for clip in speech]
    parts: list[Part] = []
    for number in range(times if once else 0):
        if parts and gap_ms:
            parts.append(Silence(gap_ms))
        if 0 < number < series:
            parts += signal
        parts += once
    return tuple(parts)


def signal_parts(content: AlertContent, *, is_drill: bool) -> tuple[Part, ...]:
    """Return the siren of a round: a drill never sounds one, whatever its command names, but keeps its pattern."""
    name, blasts = DRILL_TONE if is_drill else content.tone, content.blasts
    if blasts is None:
        return (Tone(name, content.tone_ms),)
    parts: list[Part] = []
    for _ in range(blasts.count):
        if parts and blasts.off_ms:
            parts.append(Silence(blasts.off_ms))
        parts.append(Tone(name, blasts.on_ms))
    if not (content.speech or content.again):
        gap = (Silence(content.gap_ms),) if content.gap_ms else ()
        once = tuple(parts)
        parts += [part for _ in range(blasts.series - 1) for part in (*gap, *once)]
    return tuple(parts)


def waking_parts(signal: tuple[Part, ...], wake_ms: int) -> tuple[Part, ...]:
    """Return the first siren of a round, for an amplifier that needs ``wake_ms`` to wake.

    A siren begins at once and is that much longer: what is heard of it meanwhile comes sooner, and all of it follows.
    Without one, silence goes before the words.
    """
    first = signal[0]
    if isinstance(first, Tone) and first.ms:
        return (Tone(first.name, first.ms + wake_ms), *signal[1:])
    return (Silence(wake_ms), *signal) if wake_ms else signal


def _length_ms(parts: Iterable[Part]) -> int:
    return sum(part.ms for part in parts)


class RoundPlayer(DevicePart):
    """Rounds on the card. One sounds at a time; it takes the card from everything that is no alert."""

    def _set_up(self) -> None:
        self._alerts, self._answers = self._parts.alert_register, self._parts.alert_reports

    def begin_due(self, now: int) -> None:
        """Begin the round of the highest alert that is due, if it may cut the one that sounds."""
        due = [
            alert
            for alert in self._alerts.by_cid.values()
            if alert.due_at <= now <= alert.command.exp and not self._alerts.lacks_speech(alert)
        ]
        if not due:
            return
        best = due[0] if len(due) == 1 else max(due, key=lambda alert: alert.rank)
        current = self._alerts.current_round()
        is_free = current is None or best.cuts(current.alert)
        for alert in due:
            if alert is not best or not is_free:
                alert.reason = alert.reason or Code.BUSY_HIGHER
        if not is_free:
            return
        if current is not None:
            current.is_stopping = True  # the card ends it when the other begins
            current.reason = Code.BUSY_HIGHER
        self._begin(best, now)

    def next_at(self) -> int:
        """Return when a round begins or goes on, or an alert expires, without an event."""
        alerts = self._alerts
        first = min((each.look_at for each in alerts.rounds.values() if not each.is_stopping), default=NEVER_MS)
        current = alerts.current_round()
        for alert in alerts.by_cid.values():
            if alert.is_on_card:
                continue
            first = min(first, alert.command.exp + 1)
            if not alerts.lacks_speech(alert) and (current is None or alert.cuts(current.alert)):
                first = min(first, alert.due_at)
        return first

    def extend(self, now: int) -> None:
        """Go on with the speech of the rounds that wait for it."""
        for playing in self._alerts.rounds.values():
            if playing.extend(self._step, self._parts.speech, now):
                self._answers.report(playing.alert, ExecutionState.STARTED, now, Code.FETCH_FAILED, playing=playing)

    def speech_lost(self) -> None:
        """Wait for the speech again: the card could not read it."""
        for playing in self._alerts.rounds.values():
            playing.speech_lost()

    def silence(self, playing: AlertRound, code: Code) -> None:
        """Ask the card to end a round."""
        playing.is_stopping = True
        playing.reason = code
        self._step.do(StopSound(playing.item))

    def started(self, item: str, at: int) -> None:
        """Take the card's report that a sound began at ``at``."""
        playing = self._alerts.rounds.get(item)
        if playing is None:
            return
        playing.begun(at)
        self._answers.remember_open(playing)
        if not playing.is_stopping:
            playing.alert.was_heard = True
            self._answers.report(playing.alert, ExecutionState.STARTED, at, playing=playing)
            if (heir := self._alerts.get(playing.alert.heir)) is not None:
                self._answers.report(heir, ExecutionState.STARTED, at, playing=playing)

    def ended(self, item: str, at: int, *, whole: bool, proof: Proof | None) -> None:
        """Take the card's report that a sound ended at ``at``."""
        playing = self._alerts.rounds.pop(item, None)
        if playing is None:
            return
        alert = playing.alert
        alert.is_sounding = False
        is_whole = whole and not playing.is_speechless
        self._answers.round_ended(playing, at, is_whole=is_whole, proof=proof)
        is_in_force = self._alerts.get(alert.cid) is alert
        if is_whole and (is_in_force or alert.heir):
            self._heard_whole(playing, alert, at, proof)
        alert.needs_speech = playing.is_speechless
        alert.reason = Code.FETCH_FAILED if playing.is_speechless else playing.reason
        if is_in_force and not is_whole:
            alert.is_owed &= playing.reason is not Code.LOCAL_STOP
            self._answers.report(alert, ExecutionState.CUT, at, alert.reason, playing=playing)
        is_unexplained = not whole and playing.reason is None
        alert.handled_at = max(alert.handled_at, at + (AGAIN_AFTER_MS if is_unexplained else 0))
        if is_in_force:
            alert.keep(self._step)
        self._pass_on(playing, at, proof, is_whole=is_whole)

    def _begin(self, alert: ActiveAlert, now: int) -> None:
        planned_at = alert.due_at
        alert.rounds += 1
        alert.is_sounding = True
        signal = signal_parts(alert.content, is_drill=alert.is_drill)
        playing = AlertRound(
            item=f"{alert.cid}#{alert.rounds}",
            alert=alert,
            planned_at=planned_at,
            is_first=alert.is_owed,
            signal=signal,
            opening=waking_parts(signal, self._parts.amplifier.wake_ms(now)),
            is_open=bool(alert.content.speech or alert.content.again),
            begun_at=now,
            turn=alert.rounds,
        )
        alert.handled_at = max(alert.handled_at, now)
        alert.needs_speech = False
        alert.keep(self._step)
        self._alerts.rounds[playing.item] = playing
        self._step.do(
            StartTrack(
                item=playing.item,
                cid=alert.cid,
                round=alert.rounds,
                at_ms=self._clock.to_local(now),
                volume_pct=alert.volume_pct,
                is_drill=alert.is_drill,
                parts=playing.opening,
                is_open=playing.is_open,
            )
        )

    def _heard_whole(self, playing: AlertRound, alert: ActiveAlert, at: int, proof: Proof | None) -> None:
        alert.is_owed = False
        alert.was_whole = alert.was_sounded = True
        code = Code.FETCH_FAILED if playing.is_missing else None
        self._answers.report(alert, ExecutionState.DONE, at, code, proof, playing=playing)

    def _pass_on(self, playing: AlertRound, at: int, proof: Proof | None, *, is_whole: bool) -> None:
        """Count this round as its heir's first, if it was whole; else the heir has one of its own to sound."""
        heir = self._alerts.get(playing.alert.heir)
        if heir is None:
            return
        heir.awaits = ""
        if is_whole:
            self._heard_whole(playing, heir, at, proof)
        else:
            self._answers.report(heir, ExecutionState.CUT, at, playing.reason, playing=playing)
        heir.is_owed &= playing.reason is not Code.LOCAL_STOP
        heir.keep(self._step)
