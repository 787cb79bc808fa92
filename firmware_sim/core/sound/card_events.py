"""Dispatcher of sound card, amplifier and stream events to every part that sounds."""

from __future__ import annotations

from typing import assert_never

from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.bridges.bridge import Bridge
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.events import (
    FeedTurned,
    Probed,
    Sensed,
    SlotWritten,
    SoundEnded,
    SoundStarted,
    StreamCame,
    StreamDry,
    StreamLost,
)
from firmware_sim.core.live.live_address import LiveAddress
from firmware_sim.core.maintenance.remote_commands import RemoteCommands
from firmware_sim.core.schedule.item_player import ItemPlayer


class CardEvents:
    """Dispatcher of hardware events. ``bridge`` is None where there is no contact to close."""

    def __init__(
        self,
        clock: Clock,
        speaker: ItemPlayer,
        alerts: AlertPlayer,
        live: LiveAddress,
        acting: RemoteCommands,
        *,
        bridge: Bridge | None,
    ) -> None:
        self._clock = clock
        self._speaker = speaker
        self._alerts = alerts
        self._live = live
        self._acting = acting
        self._bridge = bridge

    def told(self, event: SoundStarted | SoundEnded | Probed | Sensed | SlotWritten, now: int) -> None:
        """Dispatch: a sound began or ended, the amplifier was probed, a bridge detected sound."""
        if self._bridge is not None and not isinstance(event, SlotWritten):
            self._bridge.happened(event, now)
        match event:
            case SoundStarted():
                at = self._clock.to_true(event.at_ms)
                self._alerts.amplifier.started(event.item)
                self._speaker.started(event.item, at)
                self._live.started(event.item, at)
                self._alerts.started(event.item, at)
            case SoundEnded():
                at = self._clock.to_true(event.at_ms)
                self._alerts.amplifier.ended(event.item, at)
                self._speaker.ended(event.item, at, whole=event.whole, proof=event.proof)
                self._alerts.ended(event.item, at, whole=event.whole, proof=event.proof)
                self._live.ended(event.item, at, event.proof)
                self._acting.ended(event.item, at, whole=event.whole, proof=event.proof)
            case Probed():
                self._alerts.probed(event.item, event.proof, now)
                self._acting.probed(event.item, event.proof, now)
            case Sensed() | SlotWritten():
                pass  # only the bridge and the installer handle these
            case _:
                assert_never(event)

    def stream(self, event: StreamCame | StreamLost | StreamDry | FeedTurned, now: int) -> None:
        """Dispatch: a relay's stream arrived, was lost or ran dry, or the card switched between it and its fallback."""
        if isinstance(event, FeedTurned):
            self._speaker.turned(event.item, event.what, self._clock.to_true(event.at_ms))
        else:
            self._speaker.relays.heard(event, now)
