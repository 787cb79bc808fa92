"""Sound of a device in virtual time: the core's effects on its card, and what of it amplifier and line let out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.virtual_fleet.ground_truth import TrueSound
from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    OpenStream,
    Prepare,
    SoundEffect,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
)
from firmware_sim.core.events import ContentSpoilt, Event, SoundEnded, SoundStarted, StreamCame
from firmware_sim.sound.silent_player import NOMINAL_DB, NOMINAL_LEVEL
from firmware_sim.sound.timed_card import Order, TimedCard

if TYPE_CHECKING:
    from bench.virtual_fleet.device import Surroundings, VirtualDevice


class VirtualSound:
    """Sound of one device: its card, what leaves the horns, and what is measured of it.

    A board keeps time with its alerts as loudspeakers do, but its sound is neither heard nor measured.
    """

    def __init__(self, device: VirtualDevice, around: Surroundings, tell: Callable[[Event], object]) -> None:
        """Make the sound. ``tell``: the core, which is handed the events of the card once the device has felt them."""
        self.card = TimedCard(device.local_ms, self._card_tells, self._proof)
        self._device = device
        self._around = around
        self._tell = tell
        self._volume: dict[str, int] = {}
        self._planned: dict[str, int] = {}
        self._open: dict[str, TrueSound] = {}

    def do(self, effect: SoundEffect) -> None:
        """Carry out a sound effect."""
        match effect:
            case StartSound():
                missing = [sha256 for sha256 in effect.sounds if not self._check(sha256)]
                if not missing:
                    self.card.do(effect)  # which may take the same item back first
                    self._expect(effect)
            case StartRelay():
                self.card.do(effect)
                self._expect(effect)
            case StartTrack() | StartLive():
                self._expect(effect)
                self.card.do(effect)
            case Prepare():
                self._check(effect.sha256)
            case OpenStream():  # every stream is there
                self._tell(StreamCame(effect.item, effect.buffer_ms, effect.buffer_ms, NOMINAL_DB))
            case _:
                self.card.do(effect)

    def idle_proof(self) -> Proof | None:
        """Measure amplifier and microphone without a sound."""
        return self._proof("")

    def power_off(self) -> None:
        """End all sounds with the power."""
        self.card.sounding = self.card.waiting = None
        for sounding in self._open.values():
            self._around.truth.ended(sounding, self._now_ms, is_whole=False, by_power=True)
        self._open.clear()
        self._set_loudness(0.0)

    @property
    def _now_ms(self) -> int:
        return self._around.timeline.now_ms

    def _expect(self, order: Order) -> None:
        """Note that an item was handed to the card."""
        self._volume[order.item] = order.volume_pct
        self._planned[order.item] = order.at_ms - self._device.clock_off_ms

    def _check(self, sha256: str) -> bool:
        if self._device.flash.held(sha256) is None:
            self._tell(ContentSpoilt(sha256))
            return False
        return True

    def _card_tells(self, event: Event) -> None:
        """Apply an event of the card to the device, before the core gets it."""
        truth, physics = self._around.truth, self._device.physics
        match event:
            case SoundStarted(item=item):
                self._set_loudness(self._loudness(item))
                sounding = TrueSound(
                    device=self._device.name,
                    item=item,
                    boot=self._device.boot,
                    planned_at=self._planned.get(item, 0),
                    started_at=self._now_ms,
                    off_ms=self._device.clock_off_ms,
                    is_heard=not self._device.identity.is_board and not physics.why_silent(),
                )
                self._open[item] = truth.sounds(sounding)
            case SoundEnded(item=item, whole=whole):
                if (begun := self._open.pop(item, None)) is not None:
                    truth.ended(begun, self._now_ms, is_whole=whole)
                    self._set_loudness(0.0)
                self._volume.pop(item, None)
                self._planned.pop(item, None)
            case _:
                pass
        self._tell(event)

    def _proof(self, item: str) -> Proof | None:
        """Return the measurements of amplifier and microphone for an item; of silence, where it is none."""
        if self._device.identity.is_board:
            return None
        self._device.listen()
        return self._device.physics.amplifier.proof(self._loudness(item))

    def _loudness(self, item: str) -> float:
        return NOMINAL_LEVEL * self._volume.get(item, 0) / 100

    def _set_loudness(self, loudness: float) -> None:
        self._device.physics.step(self._now_ms)
        self._device.physics.loudness = loudness
        self._device.emit()
