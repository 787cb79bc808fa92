"""Register of the alerts in force on a device and of their rounds on the sound card."""

from collections.abc import Iterator

from devices.protocol.messages import Speech
from firmware_sim.core.alerts.active_alert import ActiveAlert
from firmware_sim.core.alerts.round_player import AlertRound
from firmware_sim.core.component import DevicePart


class AlertRegister(DevicePart):
    """Alerts by command id, and rounds by item. A round may outlive its alert until the card has ended it."""

    def _set_up(self) -> None:
        self.by_cid: dict[str, ActiveAlert] = {}
        """Alerts; a caller only reads it."""
        self.rounds: dict[str, AlertRound] = {}
        self.has_changed = True
        """True until ``highest`` was looked up after an alert came or went."""

    def __iter__(self) -> Iterator[ActiveAlert]:
        return iter(list(self.by_cid.values()))

    def get(self, cid: str) -> ActiveAlert | None:
        return self.by_cid.get(cid)

    def add(self, alert: ActiveAlert) -> None:
        self.by_cid[alert.cid] = alert
        self.has_changed = True

    def remove(self, alert: ActiveAlert) -> None:
        """Forget an alert, on flash too."""
        self.by_cid.pop(alert.cid, None)
        self.has_changed = True
        alert.forget(self._step)
        self._parts.speech.keep_only(self.hashes())

    def highest(self) -> ActiveAlert | None:
        """Return the highest alert in force; None: there is none."""
        self.has_changed = False
        return max(self.by_cid.values(), key=lambda alert: alert.rank, default=None)

    def all_speech(self) -> list[Speech]:
        """Return the speech that alerts and rounds still need."""
        sounding = [each.alert for each in self.rounds.values()]
        return [clip for alert in (*self.by_cid.values(), *sounding) for clip in alert.all_speech()]

    def hashes(self) -> set[str]:
        return {clip.sha256 for clip in self.all_speech()}

    def current_round(self) -> AlertRound | None:
        """Return the round that sounds and is not being stopped."""
        return next((each for each in self.rounds.values() if not each.is_stopping), None)

    def round_of(self, alert: ActiveAlert) -> AlertRound | None:
        """Return its own round, or that of the predecessor it took over from."""
        rounds = self.rounds.values()
        return next((each for each in rounds if each.alert is alert or each.alert.heir == alert.cid), None)

    def lacks_speech(self, alert: ActiveAlert) -> bool:
        """Return whether its next round has to wait for its speech."""
        return alert.needs_speech and not self._parts.speech.have(alert.all_speech())
