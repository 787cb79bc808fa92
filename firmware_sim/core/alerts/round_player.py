"""Rounds of alerts on the sound card: which alert's round begins, its speech, and its end."""

from typing import Final

from devices.protocol.messages import AlertContent, Code, ExecutionState, Proof
from firmware_sim.core.alerts.active_alert import ActiveAlert
from firmware_sim.core.alerts.alert_round import AlertRound
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import Part, Silence, StartTrack, StopSound, Tone

AGAIN_AFTER_MS: Final = 5_000
"""A round that the sound card ended by itself is tried again after this."""
DRILL_TONE: Final = "drill"


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
        content = alert.content
        playing = AlertRound(
            item=f"{alert.cid}#{alert.rounds}",
            alert=alert,
            planned_at=planned_at,
            is_first=alert.is_owed,
            wake_ms=self._parts.amplifier.wake_ms(now),
            tone=_tone(content, is_drill=alert.is_drill),
            is_open=bool(content.speech or content.again),
            begun_at=now,
            turn=alert.rounds,
        )
        alert.handled_at = max(alert.handled_at, now)
        alert.needs_speech = False
        alert.keep(self._step)
        self._alerts.rounds[playing.item] = playing
        parts: list[Part] = [Silence(playing.wake_ms)] if playing.wake_ms else []
        self._step.do(
            StartTrack(
                item=playing.item,
                cid=alert.cid,
                round=alert.rounds,
                at_ms=self._clock.to_local(now),
                volume_pct=alert.volume_pct,
                is_drill=alert.is_drill,
                parts=(*parts, playing.tone),
                is_open=playing.is_open,
            )
        )

    def _heard_whole(self, playing: AlertRound, alert: ActiveAlert, at: int, proof: Proof | None) -> None:
        alert.is_owed = False
        alert.was_whole = True
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


def _tone(alert: AlertContent, *, is_drill: bool) -> Tone:
    """Return the tone of a round: a drill never sounds a siren, whatever its command names."""
    return Tone(DRILL_TONE if is_drill else alert.tone, alert.tone_ms)
