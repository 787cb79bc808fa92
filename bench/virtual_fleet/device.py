"""Device in virtual time: a real core, a box with physics, flash that can fail, a card that keeps time."""

from dataclasses import dataclass, field
from typing import Final

from bench.fault_injection.conditions import FAIR_MS, LinkConditions
from bench.fault_injection.flash import FailingFlash
from bench.fault_injection.targets import Rewrite
from bench.load.shared_approvals import shared_officers, shared_unapproved
from bench.load.swarm_device import shared_digest
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer, VirtualShelf
from bench.virtual_fleet.ground_truth import PhysicalState, Truth
from bench.virtual_fleet.link import VirtualLink
from bench.virtual_fleet.sound import VirtualSound
from bench.virtual_fleet.timeline import Appointment, Timeline
from devices.protocol.keyset import TrustedKeys
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.core.events import (
    Connected,
    ContentHeld,
    Disconnected,
    Event,
    Measured,
    MessageDelivered,
    PowerOn,
    SoundEnded,
    SoundStarted,
    Woken,
)
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.host.device_host import DeviceHost, Hardware, RewrittenLink
from firmware_sim.physics.device_physics import BOOT_MS, LAST_GASP_S, DevicePhysics
from firmware_sim.physics.dice import dice
from firmware_sim.physics.sound_field import SoundField

MEASURE_MS: Final = 240_000
"""A box measures itself when its core wakes up, at most this often: a core that reports wakes every five minutes."""
SOUNDING_MEASURE_MS: Final = 45_000
"""Interval while it sounds: before each telemetry record, which comes every minute."""
ON_BATTERY_MEASURE_MS: Final = 60_000
FAULT_PAUSE_MS: Final = 5_000
"""As ``host.device.FAULT_PAUSE_S``: a flash that refuses a write restarts the device."""


@dataclass(frozen=True)
class Surroundings:
    """Shared surroundings of all devices of a virtual world."""

    timeline: Timeline
    broker: VirtualBroker
    content: ContentServer
    truth: Truth
    keys: TrustedKeys
    seed: int
    sound_field: SoundField = field(default_factory=SoundField)


class VirtualDevice:
    """Device that ``power_on`` and ``power_off`` switch. After a change to box, network or flash call ``felt``."""

    def __init__(
        self,
        identity: ProvisionedIdentity,
        physics: DevicePhysics,
        around: Surroundings,
        *,
        name: str = "",
        clock_off_ms: int = 0,
    ) -> None:
        """Make the device. ``name``: in the truth log, given where it is not the device of its id (a clone)."""
        self.identity = identity
        self.name = name or identity.id
        self.physics = physics
        self.flash = FailingFlash()
        self.wear = self.flash.wear
        self.clock_off_ms = clock_off_ms
        self.failing_firmware = False
        self.rewrite: Rewrite | None = None
        self.hears_all = False
        chance = dice(around.seed, self.name, "link")
        self.network = LinkConditions(base_ms=chance.randint(*FAIR_MS))
        self.link = VirtualLink(
            identity.id,
            self,
            timeline=around.timeline,
            broker=around.broker,
            network=self.network,
            dice=chance,
            carried=physics.carried,
        )
        self.link.needs_time = lambda: self.hears_all or abs(self.clock_off_ms) > 0 or not self._clock_known
        self.shelf = VirtualShelf(
            timeline=around.timeline,
            server=around.content,
            network=self.network,
            flash=self.flash,
            dice=chance,
            on_held=self._held,
            carried=physics.carried,
            on_kept=self._kept,
        )
        self.boots = 0
        timeline = around.timeline
        self._sound = VirtualSound(self, around, self._card_tells)
        self.card = self._sound.card
        self._around = around
        self._clock_known = True
        self._said = RewrittenLink(self.link, lambda said: said if self.rewrite is None else self.rewrite(said))
        self._host = DeviceHost(
            Hardware(
                clock=self,
                flash=self.flash,
                link=self._said,
                content=self.shelf,
                sound=self._sound,
                restart=lambda reason: timeline.after(0, lambda: self.restart(reason)),
            ),
            on_fault=lambda _: self.restart("watchdog", FAULT_PAUSE_MS),
            faults=(OSError,),  # flash refused a write: the firmware's watchdog
            on_idle=self._arm_card,
        )
        self._wake: Appointment | None = None
        self._card_wake: Appointment | None = None
        self._measure: Appointment | None = None

    @property
    def boot(self) -> str:
        """Name of this boot."""
        return f"{self.name}-{self.boots}"

    @property
    def is_on(self) -> bool:
        return self._host.is_on

    def say(self, message: Publish) -> None:
        self._said.publish(message)

    def ask(self, effect: Subscribe) -> None:
        self.link.subscribe(effect.topics)

    def power_on(self, reason: str = "power") -> None:
        """Boot, if there is power."""
        self.physics.step(self._now_ms)
        if self.is_on or not self.physics.has_power:
            return
        self.boots += 1
        self.physics.reset_reason = reason
        power = PowerOn(nonce=self.boot, clock_known=self._clock_known)
        keys = self._around.keys
        facts = self.flash.load()
        core = DeviceCore(
            self.identity,
            facts,
            power,
            self.local_ms(),
            trust=lambda _root, _keyset: keys,
            trust_officers=shared_officers,
            approve=shared_unapproved,
            digest=shared_digest,
        )
        if self._host.boot(core, power):
            self.link.start()
            self._measure_now()

    def power_off(self) -> None:
        """Cut the power, between any two events."""
        self._host.power_off()
        for appointment in (self._wake, self._card_wake, self._measure):
            if appointment is not None:
                appointment.cancel()
        self._sound.power_off()
        self.shelf.close()
        self.link.stop()
        self.stood()

    def restart(self, reason: str, after_ms: int = BOOT_MS) -> None:
        self.power_off()
        self._around.timeline.after(after_ms, lambda: self.power_on(reason))

    def felt(self) -> None:
        """React to a change of box, network or flash: measure at once, and power on or off where that follows."""
        self.physics.step(self._now_ms)
        if not self.is_on:
            if self.physics.has_power:
                self._around.timeline.after(BOOT_MS, lambda: self.power_on("power"))
            self.stood()
            return
        self._measure_now()
        if not self.physics.has_power and self.physics.battery is None:
            self._around.timeline.after(LAST_GASP_S * 1000, self._gasped)
        self.link.network_changed()
        self.stood()

    def _gasped(self) -> None:
        if self.is_on and not self.physics.has_power:
            self.power_off()

    def stood(self) -> None:
        """Write the device's present state to the truth log."""
        why = self.physics.why_silent()
        if self.wear.is_read_only:
            why = (*why, "flash")  # nothing begins that cannot be saved first
        elif not self.is_on and "power" not in why:
            why = (*why, "firmware" if self.failing_firmware else "boot")
        is_linked = self.link.is_online and not self.network.is_cut
        self._around.truth.stands(self.name, self._now_ms, PhysicalState(why, is_linked))

    # Events of the link.

    def will(self) -> Publish:
        will = self._host.will()
        return will if will is not None else Publish("", b"")

    def connected(self) -> None:
        self._feed(Connected())
        self.stood()

    def disconnected(self) -> None:
        self._feed(Disconnected())
        self.stood()

    def message(self, topic: str, payload: bytes) -> None:
        self._feed(MessageDelivered(topic, payload))

    # Events for the core.

    def _feed(self, event: Event) -> None:
        self._host.feed(event)

    def _kept(self) -> None:
        self.physics.disk_mb = self.flash.content_bytes / 1e6

    def _held(self, sha256: str, data: bytes | None) -> None:
        self._feed(ContentHeld(sha256, data))

    def _card_tells(self, event: Event) -> None:
        """Take an event of the card; as with ``PhysicsMonitor`` a sound's begin or end is followed by a measurement."""
        self._host.queue(event)
        self.listen()
        if self.is_on and isinstance(event, SoundStarted | SoundEnded):
            self._host.queue(Measured(self.physics.vitals()))

    # Time.

    @property
    def _now_ms(self) -> int:
        return self._around.timeline.now_ms

    def local_ms(self) -> int:
        """Return the time of the hardware's clock."""
        return self._around.timeline.now_ms + self.clock_off_ms

    def wake_at(self, local_ms: int) -> None:
        """Wake the core at this time of the hardware's clock."""
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self._around.timeline.at(local_ms - self.clock_off_ms, self._woken)

    def _woken(self) -> None:
        apart_ms = SOUNDING_MEASURE_MS if self.physics.loudness else MEASURE_MS
        if self._now_ms >= self.physics.now_ms + apart_ms:
            self._look()
            if not self.is_on:
                return
        self._feed(Woken())

    def _arm_card(self) -> None:
        instant = self.card.next_instant() if self.is_on else None
        if self._card_wake is not None:
            self._card_wake.cancel()
            self._card_wake = None
        if instant is not None:
            self._card_wake = self._around.timeline.at(instant - self.clock_off_ms, self._card_due)

    def _card_due(self) -> None:
        self._card_wake = None
        self.card.tick()
        self._host.run()

    def _measure_now(self) -> None:
        """Measure at once, and on the battery every minute, to know when to switch off."""
        if self._measure is not None:
            self._measure.cancel()
        self._look()
        if self.is_on:
            self._host.run()
        if self.is_on and not self.physics.has_mains:
            self._measure = self._around.timeline.after(ON_BATTERY_MEASURE_MS, self._measure_now)

    def _look(self) -> None:
        """Measure the box and queue the event for the core; a flat battery switches off instead."""
        self.physics.step(self._now_ms)
        if not self.physics.has_power and self.physics.battery is not None:
            self.power_off()
            return
        if self.network.has_signal != self.physics.radio.has_cell:
            self.network.has_signal = self.physics.radio.has_cell
            self.link.network_changed()
        self._sound.emit()
        self.listen()
        if self.is_on:
            self._host.queue(Measured(self.physics.vitals()))
        self.stood()

    def listen(self) -> None:
        """Let the microphone hear the others."""
        self.physics.amplifier.ambient_db = self._around.sound_field.level_db(self.name, self._now_ms)
