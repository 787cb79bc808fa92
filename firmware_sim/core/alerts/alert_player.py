"""All alerts in force on this device: which of them sounds, what a board shows, and the answers.

The rules are those of docs/protocol.md, "Alerts". Everything is decided from state on flash, so that it goes on
without the server and through power cuts.
"""

from collections.abc import Iterable
from typing import Final

from devices.protocol import codec
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import Code, Command, Desired, ExecutionState, Proof
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.alerts.active_alert import POWER_CUTS_MAX, ActiveAlert
from firmware_sim.core.clock.clock import NEVER_MS, Moment, shifted
from firmware_sim.core.effects import Probe
from firmware_sim.core.events import ContentHeld, ContentSpoilt, Event, PowerOn, Probed, SoundEnded, SoundStarted
from firmware_sim.core.sound.arbiter import OnAir, SoundSource

_STOPPED: Final = "stopped"
_ALL, _DRILLS = "all", "drills"


class AlertPlayer(SoundSource):
    """Alerts of one device; they take the sound card from everything else."""

    EVENTS = (PowerOn, ContentHeld, ContentSpoilt, SoundStarted, SoundEnded, Probed)
    STANDING = ExecutionState.RECEIVED

    def _set_up(self) -> None:
        self._alerts, self._answers = self._parts.alert_register, self._parts.alert_reports
        self._parts.arbiter.register(self)

    # State.

    @property
    def card_prio(self) -> int:
        return ALERT_PRIO if self._alerts.rounds else 0

    @property
    def holds_screen(self) -> bool:
        """Return whether a board shows an alert, or a drill, in place of its texts."""
        return bool(self._alerts.by_cid)

    @property
    def is_real(self) -> bool:
        """Return whether an alert that is no drill is in force."""
        return any(not alert.is_drill for alert in self._alerts)

    def get(self, cid: str) -> ActiveAlert | None:
        return self._alerts.get(cid)

    def ends(self) -> dict[str, int]:
        """Return the expiry of every alert in force, by command."""
        return {alert.cid: alert.command.exp for alert in self._alerts}

    def on_air(self) -> OnAir | None:
        playing = self._alerts.current_round()
        return None if playing is None else OnAir(playing.alert.cid, "alert", playing.started_at)

    def on_card(self) -> set[str]:
        return set(self._alerts.rounds)

    def being_stopped(self) -> set[str]:
        return {item for item, playing in self._alerts.rounds.items() if playing.is_stopping}

    def wanted_content(self) -> set[str]:
        return self._alerts.hashes()

    # Events.

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case ContentHeld():
                self._parts.speech.held(event.sha256)
            case SoundStarted() | SoundEnded() if event.item not in self._alerts.rounds:
                pass  # of another source
            case SoundStarted():
                self._parts.rounds.started(event.item, self._clock.to_true(event.at_ms))
            case SoundEnded():
                ended_at = self._clock.to_true(event.at_ms)
                self._parts.rounds.ended(event.item, ended_at, whole=event.whole, proof=event.proof)
            case ContentSpoilt():
                self._spoilt(event.sha256, at.stamp)
            case Probed():
                self._probed(event.item, event.proof, at.stamp)
            case _:
                self._power_on(at.stamp)

    def _power_on(self, now: int) -> None:
        """Load the alerts on flash, before open records are settled: a first round cut by power is owed once more."""
        for alert in ActiveAlert.kept(self._step):
            cut = [kept for item, kept in self._step.known("open").items() if item.startswith(f"{alert.cid}#")]
            if any(isinstance(kept, dict) and kept.get("started_at") for kept in cut):
                alert.was_heard = True
                alert.reason = Code.POWER_LOST
                alert.power_cuts += alert.is_owed
                alert.is_owed &= alert.power_cuts <= POWER_CUTS_MAX
            if not alert.is_owed:
                alert.handled_at = max(alert.handled_at, now)
            alert.keep(self._step)
            self._alerts.add(alert)
            self._parts.speech.want(alert.all_speech())
            if alert.content.silent and not alert.was_whole:
                self._step.do(Probe(alert.cid))

    def _spoilt(self, sha256: str, now: int) -> None:
        if self._parts.speech.spoilt(sha256, self._alerts.all_speech()):
            self._reports.add_event("fault", Code.HASH_MISMATCH, sha256, now)
            self._parts.rounds.speech_lost()

    def _probed(self, cid: str, proof: Proof | None, now: int) -> None:
        """Take the amplifier's answer: a silent alert is done when its speech is on flash too."""
        alert = self._alerts.get(cid)
        if alert is not None:
            alert.proof = proof
            alert.is_probed = True
            self._finish_silent(alert, now)

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """End all alerts in quarantine, or drills only where it lets alerts pass."""
        desired = self._config.desired
        if desired is not None and desired.quarantined:
            self._stop((), at.now_or(desired.iat), is_drill=desired.alerts_pass)

    def time_changed(self, by_ms: int) -> None:
        """Move all alerts after a clock step: each lasts as long as it had left, and a round that is due stays due."""
        for alert in self._alerts:
            alert.command = shifted(alert.command, by_ms)
            alert.content = alert.command.alert or alert.content
            alert.handled_at += by_ms
            alert.keep_command(self._step, codec.encode(alert.command).decode())
            alert.keep(self._step)
        for playing in self._alerts.rounds.values():
            playing.begun_at += by_ms
        for kind, iat in self._step.known(_STOPPED).items():
            self._step.remember(_STOPPED, kind, int(str(iat)) + by_ms)
        self._parts.hush.time_changed(by_ms)

    # Commands.

    def refusal(self, command: Command, now: int) -> Code | None:
        """Return why it is refused: a drill beside an alert, or what a stop silenced that came before it."""
        if command.drill and self.is_real:
            return Code.BUSY_HIGHER
        marks = [self._step.number(_STOPPED, kind) for kind in ((_DRILLS, _ALL) if command.drill else (_ALL,))]
        is_silenced = any(command.iat <= mark <= now + IAT_AHEAD_MAX_MS for mark in marks)
        return Code.HUSHED if is_silenced else None

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """Take a judged alert: its siren is handed to the sound card before its speech is fetched."""
        content = command.alert
        assert content is not None
        alert = ActiveAlert(command, content, handled_at=now)
        if not command.drill:
            for drill in [other for other in self._alerts if other.is_drill]:
                self._end(drill, now, Code.BUSY_HIGHER)
        self._replace(alert, now)
        self._alerts.add(alert)
        alert.keep_command(self._step, source.decode())
        self._parts.rounds.begin_due(now)
        if not alert.is_sounding:
            alert.keep(self._step)
        self._parts.speech.want(alert.all_speech())
        if content.silent:
            self._step.do(Probe(alert.cid))

    def cancel(self, command: Command, now: int) -> None:
        """End the named alerts: only drills for a drill's cancel, else no drills."""
        if not command.drill and command.prio < ALERT_PRIO:
            return
        for cid in command.refs:
            alert = self._alerts.get(cid)
            if alert is not None and alert.is_drill == command.drill:
                self._end(alert, now, Code.CANCELLED, ExecutionState.CANCELLED)

    def obey_stop(self, command: Command, now: int) -> None:
        if command.prio >= ALERT_PRIO or command.drill:
            self._stop(command.refs, now, is_drill=command.drill, until=command.iat)
            kind = _DRILLS if command.drill else _ALL
            if not command.refs:
                self._step.remember(_STOPPED, kind, max(command.iat, self._step.number(_STOPPED, kind)))

    def press_stop(self, now: int) -> list[str]:
        """Handle the stop key at the device: the round that sounds ends; later rounds stay."""
        silenced = []
        for playing in self._alerts.rounds.values():
            if not playing.is_stopping:
                silenced.append(playing.alert.cid)
                self._parts.rounds.silence(playing, Code.LOCAL_STOP)
        return silenced

    # Time.

    def advance(self, now: int) -> None:
        if self._alerts.by_cid or self._alerts.rounds:
            for alert in list(self._alerts.by_cid.values()):
                if not alert.is_answered:
                    self._answers.report(alert, ExecutionState.RECEIVED, now)
                if now > alert.command.exp and not alert.is_on_card:
                    self._expire(alert, now)
                elif alert.content.silent:
                    self._finish_silent(alert, now)
            self._parts.rounds.begin_due(now)
            self._parts.rounds.extend(now)
        if self._alerts.has_changed:
            self._answers.show(self._alerts.highest())

    def next_at(self, now: int) -> int:
        return self._parts.rounds.next_at() if self._alerts.by_cid or self._alerts.rounds else NEVER_MS

    # Ends.

    def _stop(self, names: Iterable[str], now: int, *, is_drill: bool, until: int = NEVER_MS) -> None:
        """End all alerts issued by then, or those named; a drill's stop ends drills only."""
        wanted = set(names)
        for alert in self._alerts:
            is_meant = alert.cid in wanted if wanted else alert.command.iat <= until
            if is_meant and (alert.is_drill or not is_drill):
                self._end(alert, now, Code.CANCELLED)

    def _replace(self, new: ActiveAlert, now: int) -> None:
        for name in new.content.replaces:
            old = self._alerts.get(name)
            if old is None or old.is_drill != new.is_drill:
                continue
            playing = self._alerts.round_of(old)
            is_done = old.was_sounded or (old.was_whole and new.content.silent)
            if not new.content.minor or (playing is None and not is_done):
                self._end(old, now, Code.CANCELLED)
                continue
            new.was_sounded |= old.was_sounded
            new.was_whole |= is_done
            new.is_owed &= not is_done
            if playing is not None:
                playing.alert.heir = new.cid
                new.awaits = playing.alert.cid
                new.rounds = playing.turn
            self._alerts.remove(old)
            if new.was_whole:
                self._answers.report(new, ExecutionState.DONE, now)
            if playing is not None and playing.started_at is not None and not playing.is_stopping:
                new.was_heard = True
                self._answers.report(new, ExecutionState.STARTED, now, playing=playing)

    def _end(self, alert: ActiveAlert, now: int, code: Code, standing: ExecutionState | None = None) -> None:
        """End an alert for good, and at once where it sounds."""
        playing = self._alerts.round_of(alert)
        was_heard = alert.was_heard or (playing is not None and playing.started_at is not None)
        if playing is not None and not playing.is_stopping:
            self._parts.rounds.silence(playing, code)
        self._alerts.remove(alert)
        standing = standing or (ExecutionState.CUT if was_heard else ExecutionState.CANCELLED)
        self._answers.report(alert, standing, now, code, playing=playing)

    def _expire(self, alert: ActiveAlert, now: int) -> None:
        self._alerts.remove(alert)
        if alert.was_whole:
            return
        reason = alert.reason or (Code.FETCH_FAILED if alert.content.silent else Code.POWER_LOST)
        if not alert.was_heard and not alert.content.silent:
            self._answers.missed(alert, reason, now)
        self._answers.report(alert, ExecutionState.CUT if alert.was_heard else ExecutionState.FAILED, now, reason)

    def _finish_silent(self, alert: ActiveAlert, now: int) -> None:
        wanted = alert.all_speech()
        is_ready = alert.is_probed and len(self._parts.speech.have(wanted)) == len(wanted)
        if alert.content.silent and is_ready and not alert.was_whole:
            alert.was_whole, alert.is_owed = True, False
            alert.keep(self._step)
            self._answers.report(alert, ExecutionState.DONE, now, None, alert.proof)
