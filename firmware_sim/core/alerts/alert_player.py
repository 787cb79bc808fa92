"""All alerts in force on this device: which of them sounds, what a board shows, and the answers.

The rules are those of docs/protocol.md, "Alerts". Everything is decided from state on flash, so that it goes on
without the server and through power cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from devices.protocol import codec
from devices.protocol.messages import AlertContent, Code, Command, Proof, Standing
from firmware_sim.core.alerts.active_alert import POWER_CUTS_MAX, ActiveAlert
from firmware_sim.core.alerts.alert_reports import AlertReports
from firmware_sim.core.alerts.alert_round import AlertRound
from firmware_sim.core.alerts.round_schedule import tone
from firmware_sim.core.alerts.speech_store import SpeechStore
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.commands.held_alerts import shifted
from firmware_sim.core.effects import Part, Probe, Silence, StartTrack, StopSound
from firmware_sim.core.reports.report_queue import NEVER_MS, ReportQueue
from firmware_sim.core.sound.amplifier import AmplifierWakeUp
from firmware_sim.core.step import Step

AGAIN_AFTER_MS: Final = 5_000
"""A round that the sound card ended by itself is tried again after this."""


class AlertPlayer:
    """Alerts of one device; they take the sound card from everything else. ``amplifier`` follows every sound."""

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock, shelf: SpeechStore) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._shelf = shelf
        self._alarms: dict[str, ActiveAlert] = {}
        self._rings: dict[str, AlertRound] = {}
        self._telling = AlertReports(step, reports, clock)
        self._is_shown = False
        self.amplifier = AmplifierWakeUp()

    def power_on(self, now: int) -> None:
        """Load the alerts on flash, before open records are settled: a first round cut by power is owed once more."""
        for alarm in ActiveAlert.kept(self._step):
            cut = [kept for item, kept in self._step.known("open").items() if item.startswith(f"{alarm.cid}#")]
            if any(isinstance(kept, dict) and kept.get("started_at") for kept in cut):
                alarm.was_heard = True
                alarm.reason = Code.POWER_LOST
                alarm.power_cuts += alarm.is_owed
                alarm.is_owed &= alarm.power_cuts <= POWER_CUTS_MAX
            if not alarm.is_owed:
                alarm.handled_at = max(alarm.handled_at, now)
            alarm.keep(self._step)
            self._put(alarm)
            self._shelf.want(alarm.all_speech())
            if alarm.alert.silent and not alarm.was_whole:
                self._step.do(Probe(alarm.cid))

    # State.

    @property
    def holds_speaker(self) -> bool:
        return bool(self._rings)

    @property
    def on_air(self) -> tuple[str, int | None] | None:
        """Command that sounds, and since when (None: about to begin); None: no alert sounds."""
        ring = self._current()
        return None if ring is None else (ring.alarm.cid, ring.started_at)

    @property
    def holds_screen(self) -> bool:
        """Return whether a board shows an alert, or a drill, in place of its texts."""
        return bool(self._alarms)

    @property
    def is_live(self) -> bool:
        """Return whether an alert that is no drill is in force."""
        return any(not alarm.is_drill for alarm in self._alarms.values())

    def get(self, cid: str) -> ActiveAlert | None:
        return self._alarms.get(cid)

    def on_card(self) -> set[str]:
        return set(self._rings)

    def being_stopped(self) -> set[str]:
        return {item for item, ring in self._rings.items() if ring.is_stopping}

    def hashes(self) -> set[str]:
        """Return the hashes of content that alerts still need."""
        ringing = [ring.alarm for ring in self._rings.values()]
        return {said.sha256 for alarm in (*self._alarms.values(), *ringing) for said in alarm.all_speech()}

    # Commands.

    def take(self, command: Command, alert: AlertContent, text: str, now: int) -> None:
        """Take a judged alert: its siren is handed to the sound card before its speech is fetched.

        ``text`` is the command as it was signed.
        """
        alarm = ActiveAlert(command, alert, handled_at=now)
        if not command.drill:
            for drill in [other for other in self if other.is_drill]:
                self._end(drill, now, Code.BUSY_HIGHER)
        self._replace(alarm, now)
        self._put(alarm)
        alarm.keep_command(self._step, text)
        self._begin_due(now)
        if not alarm.is_ringing:
            alarm.keep(self._step)
        self._shelf.want(alarm.all_speech())
        if alert.silent:
            self._step.do(Probe(alarm.cid))

    def cancel(self, names: Iterable[str], now: int, *, is_drill: bool) -> None:
        """End the named alerts: only drills where ``is_drill``, else no drills."""
        for name in names:
            alarm = self._alarms.get(name)
            if alarm is not None and alarm.is_drill == is_drill:
                self._end(alarm, now, Code.CANCELLED, Standing.CANCELLED)

    def stop(self, names: Iterable[str], now: int, *, is_drill: bool) -> None:
        """End all alerts, or those named; a drill's stop ends drills only."""
        wanted = set(names)
        for alarm in list(self):
            if (not wanted or alarm.cid in wanted) and (alarm.is_drill or not is_drill):
                self._end(alarm, now, Code.CANCELLED)

    def local_stop(self) -> list[str]:
        """Handle the stop key at the box: the round that sounds ends; later rounds stay."""
        silenced = []
        for ring in self._rings.values():
            if not ring.is_stopping:
                silenced.append(ring.alarm.cid)
                self._silence(ring, Code.LOCAL_STOP)
        return silenced

    def time_changed(self, by_ms: int) -> None:
        """Move all alerts after a clock step: each lasts as long as it had left, and a round that is due stays due."""
        for alarm in self:
            alarm.command = shifted(alarm.command, by_ms)
            alarm.alert = alarm.command.alert or alarm.alert
            alarm.handled_at += by_ms
            alarm.keep_command(self._step, codec.encode(alarm.command).decode())
            alarm.keep(self._step)
        for ring in self._rings.values():
            ring.begun_at += by_ms

    def __iter__(self) -> Iterator[ActiveAlert]:
        return iter(list(self._alarms.values()))

    # Events of hardware and network.

    def held(self, sha256: str) -> None:
        self._shelf.held(sha256)

    def spoilt(self, sha256: str, now: int) -> None:
        ringing = [ring.alarm for ring in self._rings.values()]
        speech = [said for alarm in (*self, *ringing) for said in alarm.all_speech()]
        if self._shelf.spoilt(sha256, speech):
            self._reports.tell("fault", Code.HASH_MISMATCH, sha256, now)
            for ring in self._rings.values():
                ring.lost_words()

    def probed(self, cid: str, proof: Proof | None, now: int) -> None:
        """Take the amplifier's answer: a silent alert is done when its speech is on flash too."""
        alarm = self._alarms.get(cid)
        if alarm is not None:
            alarm.proof = proof
            alarm.is_probed = True
            self._finish_silent(alarm, now)

    def started(self, item: str, at: int) -> None:
        ring = self._rings.get(item)
        if ring is None:
            return
        ring.begun(at)
        self._telling.remember_open(ring)
        if not ring.is_stopping:
            ring.alarm.was_heard = True
            self._telling.stand(ring.alarm, Standing.STARTED, at, ring=ring)
            if (heir := self._alarms.get(ring.alarm.heir)) is not None:
                self._telling.stand(heir, Standing.STARTED, at, ring=ring)

    def ended(self, item: str, at: int, *, whole: bool, proof: Proof | None) -> None:
        ring = self._rings.pop(item, None)
        if ring is None:
            return
        alarm = ring.alarm
        alarm.is_ringing = False
        is_whole = whole and not ring.is_wordless
        self._telling.round_ended(ring, at, is_whole=is_whole, proof=proof)
        is_in_force = self._alarms.get(alarm.cid) is alarm
        if is_whole and (is_in_force or alarm.heir):
            self._heard_whole(ring, alarm, at, proof)
        alarm.needs_words = ring.is_wordless
        alarm.reason = Code.FETCH_FAILED if ring.is_wordless else ring.reason
        if is_in_force and not is_whole:
            alarm.is_owed &= ring.reason is not Code.LOCAL_STOP
            self._telling.stand(alarm, Standing.CUT, at, alarm.reason, ring=ring)
        is_unexplained = not whole and ring.reason is None
        alarm.handled_at = max(alarm.handled_at, at + (AGAIN_AFTER_MS if is_unexplained else 0))
        if is_in_force:
            alarm.keep(self._step)
        self._pass_on(ring, at, proof, is_whole=is_whole)

    # Time.

    def advance(self, now: int) -> None:
        if self._alarms or self._rings:
            for alarm in self:
                if not alarm.is_answered:
                    self._telling.stand(alarm, Standing.RECEIVED, now)
                if now > alarm.command.exp and not alarm.is_on_card:
                    self._expire(alarm, now)
                elif alarm.alert.silent:
                    self._finish_silent(alarm, now)
            self._begin_due(now)
            for ring in self._rings.values():
                if ring.say(self._step, self._shelf, now):
                    self._telling.stand(ring.alarm, Standing.STARTED, now, Code.FETCH_FAILED, ring=ring)
        if not self._is_shown:
            self._is_shown = True
            self._telling.show(max(self._alarms.values(), key=lambda alarm: alarm.rank, default=None))

    def next_at(self) -> int:
        """Return the next instant at which ``advance`` has something to do without an event (true ms)."""
        first = min((ring.look_at for ring in self._rings.values() if not ring.is_stopping), default=NEVER_MS)
        current = self._current()
        for alarm in self._alarms.values():
            if alarm.is_on_card:
                continue
            first = min(first, alarm.command.exp + 1)
            if not self._lacks_words(alarm) and (current is None or alarm.cuts(current.alarm)):
                first = min(first, alarm.due_at)
        return first

    def _begin_due(self, now: int) -> None:
        due = [
            alarm
            for alarm in self._alarms.values()
            if alarm.due_at <= now <= alarm.command.exp and not self._lacks_words(alarm)
        ]
        if not due:
            return
        best = due[0] if len(due) == 1 else max(due, key=lambda alarm: alarm.rank)
        current = self._current()
        is_free = current is None or best.cuts(current.alarm)
        for alarm in due:
            if alarm is not best or not is_free:
                alarm.reason = alarm.reason or Code.BUSY_HIGHER
        if not is_free:
            return
        if current is not None:
            current.is_stopping = True  # the card ends it when the other begins
            current.reason = Code.BUSY_HIGHER
        self._begin(best, now)

    def _begin(self, alarm: ActiveAlert, now: int) -> None:
        planned_at = alarm.due_at
        alarm.rounds += 1
        alarm.is_ringing = True
        ring = AlertRound(
            item=f"{alarm.cid}#{alarm.rounds}",
            alarm=alarm,
            planned_at=planned_at,
            is_first=alarm.is_owed,
            wake_ms=self.amplifier.wake_ms(now),
            tone=tone(alarm.alert, is_drill=alarm.is_drill),
            is_open=bool(alarm.alert.speech or alarm.alert.again),
            begun_at=now,
            turn=alarm.rounds,
        )
        alarm.handled_at = max(alarm.handled_at, now)
        alarm.needs_words = False
        alarm.keep(self._step)
        self._rings[ring.item] = ring
        parts: list[Part] = [Silence(ring.wake_ms)] if ring.wake_ms else []
        self._step.do(
            StartTrack(
                item=ring.item,
                cid=alarm.cid,
                round=alarm.rounds,
                at_ms=self._clock.to_local(now),
                volume_pct=alarm.volume_pct,
                is_drill=alarm.is_drill,
                parts=(*parts, ring.tone),
                is_open=ring.is_open,
            )
        )

    # Ends.

    def _replace(self, new: ActiveAlert, now: int) -> None:
        for name in new.alert.replaces:
            old = self._alarms.get(name)
            if old is None or old.is_drill != new.is_drill:
                continue
            ring = self._ring_of(old)
            if not new.alert.minor or (ring is None and not old.was_whole):
                self._end(old, now, Code.CANCELLED)
                continue
            new.was_whole |= old.was_whole
            new.is_owed &= not old.was_whole
            if ring is not None:
                ring.alarm.heir = new.cid
                new.awaits = ring.alarm.cid
                new.rounds = ring.turn
            self._drop(old)
            if new.was_whole:
                self._telling.stand(new, Standing.DONE, now)
            if ring is not None and ring.started_at is not None and not ring.is_stopping:
                new.was_heard = True
                self._telling.stand(new, Standing.STARTED, now, ring=ring)

    def _pass_on(self, ring: AlertRound, at: int, proof: Proof | None, *, is_whole: bool) -> None:
        """Count this round as its heir's first, if it was whole; else the heir has one of its own to sound."""
        heir = self._alarms.get(ring.alarm.heir)
        if heir is None:
            return
        heir.awaits = ""
        if is_whole:
            self._heard_whole(ring, heir, at, proof)
        else:
            self._telling.stand(heir, Standing.CUT, at, ring.reason, ring=ring)
        heir.is_owed &= ring.reason is not Code.LOCAL_STOP
        heir.keep(self._step)

    def _heard_whole(self, ring: AlertRound, alarm: ActiveAlert, at: int, proof: Proof | None) -> None:
        alarm.is_owed = False
        alarm.was_whole = True
        code = Code.FETCH_FAILED if ring.is_missing else None
        self._telling.stand(alarm, Standing.DONE, at, code, proof, ring=ring)

    def _end(self, alarm: ActiveAlert, now: int, code: Code, standing: Standing | None = None) -> None:
        """End an alert for good, and at once where it sounds."""
        ring = self._ring_of(alarm)
        was_heard = alarm.was_heard or (ring is not None and ring.started_at is not None)
        if ring is not None and not ring.is_stopping:
            self._silence(ring, code)
        self._drop(alarm)
        self._telling.stand(
            alarm, standing or (Standing.CUT if was_heard else Standing.CANCELLED), now, code, ring=ring
        )

    def _expire(self, alarm: ActiveAlert, now: int) -> None:
        self._drop(alarm)
        if alarm.was_whole:
            return
        reason = alarm.reason or (Code.FETCH_FAILED if alarm.alert.silent else Code.POWER_LOST)
        if not alarm.was_heard and not alarm.alert.silent:
            self._telling.missed(alarm, reason, now)
        self._telling.stand(alarm, Standing.CUT if alarm.was_heard else Standing.FAILED, now, reason)

    def _finish_silent(self, alarm: ActiveAlert, now: int) -> None:
        wanted = alarm.all_speech()
        is_ready = alarm.is_probed and len(self._shelf.have(wanted)) == len(wanted)
        if alarm.alert.silent and is_ready and not alarm.was_whole:
            alarm.was_whole, alarm.is_owed = True, False
            alarm.keep(self._step)
            self._telling.stand(alarm, Standing.DONE, now, None, alarm.proof)

    def _silence(self, ring: AlertRound, code: Code) -> None:
        ring.is_stopping = True
        ring.reason = code
        self._step.do(StopSound(ring.item))

    def _put(self, alarm: ActiveAlert) -> None:
        self._alarms[alarm.cid] = alarm
        self._is_shown = False

    def _drop(self, alarm: ActiveAlert) -> None:
        self._alarms.pop(alarm.cid, None)
        self._is_shown = False
        alarm.forget(self._step)
        self._shelf.keep_only(self.hashes())

    def _current(self) -> AlertRound | None:
        return next((ring for ring in self._rings.values() if not ring.is_stopping), None)

    def _ring_of(self, alarm: ActiveAlert) -> AlertRound | None:
        """Return its own round, or that of the predecessor it took over from."""
        rings = self._rings.values()
        return next((ring for ring in rings if ring.alarm is alarm or ring.alarm.heir == alarm.cid), None)

    def _lacks_words(self, alarm: ActiveAlert) -> bool:
        return alarm.needs_words and not self._shelf.have(alarm.all_speech())
