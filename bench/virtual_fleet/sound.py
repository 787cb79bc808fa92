"""Sound of a device in virtual time: the core's effects on its card, and what of it amplifier and line let out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from bench.virtual_fleet.ground_truth import TrueSound
from devices.protocol.messages import Proof, RoundLevels
from firmware_sim.core.effects import (
    ExtendTrack,
    OpenStream,
    Prepare,
    SoundEffect,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
)
from firmware_sim.core.events import ContentSpoilt, Event, SoundEnded, SoundStarted, StreamCame
from firmware_sim.sound.round_levels import RoundTiming
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
        self._timings: dict[str, RoundTiming] = {}
        self._timing: RoundTiming | None = None
        self._top_ma = 0

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
            case StartTrack():
                self._expect(effect)
                self._timings[effect.item] = RoundTiming()
                self._timings[effect.item].lay(effect.parts, self._now_ms)
                self.card.do(effect)
            case StartLive():
                self._expect(effect)
                self.card.do(effect)
            case ExtendTrack():
                self.card.do(effect)
                if (timing := self._timings.get(effect.item)) is not None:
                    timing.lay(effect.parts, self._now_ms)
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
        self._timings.clear()
        self._timing = None
        self._set_loudness(0.0)

    def emit(self) -> None:
        """Let the others hear what leaves the horns from now on."""
        physics = self._device.physics
        self._top_ma = max(self._top_ma, physics.amplifier.current_ma(physics.loudness))
        emitted = physics.amplifier.emitted(physics.loudness)
        self._around.sound_field.sounds(self._device.name, self._now_ms, emitted, self._timing)

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
                self._timing, self._top_ma = self._timings.get(item), 0
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
                    self._timing = None
                    self._set_loudness(0.0)
                self._timings.pop(item, None)
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
        proof = self._device.physics.amplifier.proof(self._loudness(item))
        return msgspec.structs.replace(proof, levels=self._levels(item))

    def _levels(self, item: str) -> RoundLevels | None:
        """Measure the levels of a round; None: it has no pauses, or nothing is known of this box's surroundings."""
        name, field = self._device.name, self._around.sound_field
        timing = self._timings.get(item)
        if timing is None or not field.has(name):
            return None
        top_ma = max(self._top_ma, self._device.physics.amplifier.current_ma(self._loudness(item)))
        return timing.levels(self._now_ms, lambda at_ms: field.microphone_db(name, at_ms), top_ma)

    def _loudness(self, item: str) -> float:
        return NOMINAL_LEVEL * self._volume.get(item, 0) / 100

    def _set_loudness(self, loudness: float) -> None:
        self._device.physics.step(self._now_ms)
        self._device.physics.loudness = loudness
        self.emit()
