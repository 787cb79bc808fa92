"""Simulated device with two image slots: its updates, and their state after a power cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.messages import Ack, ExecutionState, Image, Install, State, Target
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import Effect, Publish, Restart, WriteSlot
from firmware_sim.core.events import ContentHeld, PowerOn
from firmware_sim.core.firmware.bootloader import Running
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.storage import firmware_image
from firmware_sim.storage.firmware_image import Behaviour, SimImage
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import DEVICE, MINUTE_MS, DeviceHarness, PowerCutError

MODEL: Final = "sim-cluster"


class MemorySlots:
    """Slots in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, slot: str) -> bytes:
        return self.held.get(slot, b"")

    def write(self, slot: str, data: bytes) -> None:
        self.held[slot] = data


@dataclass
class UpdatableDevice(DeviceHarness):
    """Device host with image slots, connected whenever it has power. ``ran`` is every image that was started."""

    name: str = DEVICE
    root_x: str = signing.ROOT_X
    keyset: bytes = field(default_factory=signing.keyset)
    model: str = MODEL
    slots: MemorySlots = field(default_factory=MemorySlots)
    ran: list[Running] = field(default_factory=list)
    is_connected: bool = True
    _restarting: bool = False
    _spent: int = 0

    # Power.

    def power_on(self) -> None:
        self._boots += 1
        self._events.clear()
        self._wake_at = None
        self._restarting = False
        facts = self.flash.load()
        running, data = firmware_image.start(self.slots, self.flash, facts)
        self._effect_passes()
        self.ran.append(running)
        power = PowerOn(nonce=f"boot{self._boots}")
        identity = ProvisionedIdentity(self.name, self.root_x, self.keyset, "http://content", model=self.model)
        core = DeviceCore(identity, facts, power, self.now, running=running)
        self._core = firmware_image.run(core, data, self.now)  # type: ignore[assignment] # a core, or one around it
        self._is_online = False
        self.feed(power)
        if self.is_connected and not self._restarting:
            self.connect()

    def live_through(self, for_ms: int, *, off_ms: int = 0) -> None:
        """Run for so long, and through every power cut that comes in it."""
        until = self.now + for_ms
        while self.now < until:
            try:
                if self._core is None:
                    self.power_on()
                if self._restarting:
                    self.power_on()
                step = min([at for at in (self._next_instant(), until) if at is not None])
                self.run_until(max(self.now, step))
            except PowerCutError:
                self._core = None
                self.now += off_ms

    def _effect_passes(self) -> None:
        self._spent += 1
        if self.effects_until_power_cut is not None:
            if self.effects_until_power_cut == 0:
                self.effects_until_power_cut = None
                raise PowerCutError
            self.effects_until_power_cut -= 1

    @property
    def moments(self) -> int:
        """Number of effects so far, between any two of which a power cut may come."""
        return self._spent + len(self.done)

    def _do(self, effect: Effect) -> None:
        match effect:
            case WriteSlot():
                data = self.flash.held(effect.sha256) or b""
                self.slots.write(effect.slot, data[: len(data) // 2])
                self._effect_passes()
                self._events.append(firmware_image.write(self.slots, self.flash, effect))
            case Restart():
                self._restarting = True
            case _:
                super()._do(effect)

    # Server's side.

    def offer(
        self,
        number: int = 2,
        behaviour: Behaviour = Behaviour.GOOD,
        *,
        cid: str = "",
        floor: int = 0,
        model: str = MODEL,
    ) -> Image:
        """Put an image on the server, order its installation, and return its manifest."""
        found = self.image(number, behaviour, floor=floor, model=model)
        self.install(found, cid or f"fw-{number}")
        return found

    def image(self, number: int, behaviour: Behaviour = Behaviour.GOOD, *, floor: int = 0, model: str = MODEL) -> Image:
        data = firmware_image.made(SimImage(model, number, f"loa-sim-{number}", behaviour), 200)
        sha256 = self.put(data)
        return Image(
            v=1, model=model, number=number, version=f"loa-sim-{number}", sha256=sha256, bytes=len(data), floor=floor
        )

    def install(self, wanted: Image, cid: str, kid: str = "firmware", lasts_ms: int = 360 * MINUTE_MS) -> None:
        manifest = signing.signed(wanted, kid, signing.KEYS[kid]).decode()
        command = self.command(cid, type="install", prio=6, exp=self.now + lasts_ms, target=Target(devices=[DEVICE]))
        command = msgspec.structs.replace(command, install=Install(image=manifest))
        try:
            self.deliver(topics.device_command(DEVICE), signing.signed(command))
        except PowerCutError:
            self._core = None

    def answers(self, cid: str) -> list[Ack]:
        acks = [codec.decode(Ack, each.body) for each in self._on(topics.device_ack(self.name))]
        return [ack for ack in acks if ack.cid == cid]

    def standings(self, cid: str) -> list[tuple[ExecutionState, str | None]]:
        """Return the reported standings in order, with repeats in a row once."""
        found = [(ack.st, ack.code) for ack in self.answers(cid)]
        return [each for place, each in enumerate(found) if place == 0 or found[place - 1] != each]

    def birth(self) -> State:
        return codec.decode(State, self._on(topics.device_state(self.name))[-1].body)

    @property
    def birth_number(self) -> int:
        """Number of the image that was started last."""
        return self.ran[-1].number

    def _on(self, topic: str) -> list[Publish]:
        return [each for each in self.published if each.topic == topic]

    def lose(self, sha256: str) -> None:
        """Corrupt the content between fetching and writing."""
        self.flash.content[sha256] = b"rotten"
        self.feed(ContentHeld(sha256))


def begun(**more: object) -> UpdatableDevice:
    """Return a device that is powered, connected, and has its desired state."""
    device = UpdatableDevice(**more)  # type: ignore[arg-type] # each test names fields
    device.power_on()
    device.desire()
    return device
