"""Simulated firmware image: a small file with model, number and behaviour, a core that behaves so, and its two slots.

The slots are files; the journal of the box's flash says which are whole.
"""

import hashlib
import json
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import msgspec

from firmware_sim.core.effects import Effect, Publish, Restart, WakeAt, WriteSlot
from firmware_sim.core.events import Connected, Event, PowerOn, Probed, SlotWritten, Woken
from firmware_sim.core.firmware import bootloader
from firmware_sim.core.firmware.bootloader import Running
from firmware_sim.core.firmware.firmware_update import PROBE
from firmware_sim.core.session.device_config import DeviceConfig
from firmware_sim.host.device_host import HostedCore
from firmware_sim.storage.flash import Facts, FlashStore

WATCHDOG_MS: Final = 60_000
"""A device whose image does nothing for this long is restarted."""
HANGS_AFTER_MS: Final = 300_000


class Behaviour(StrEnum):
    GOOD = "good"
    CRASH = "crash"
    FAIL_SELFTEST = "fail_selftest"
    LOSE_LINK = "lose_link"
    HANG = "hang"


class SimImage(msgspec.Struct, frozen=True):
    """First line of the image file, as JSON; the rest is only weight."""

    model: str
    number: int
    version: str
    behaviour: Behaviour = Behaviour.GOOD


class Core(HostedCore, Protocol):
    """Core that a device runs, with the keys that it trusts and its settings."""

    @property
    def config(self) -> DeviceConfig: ...


def made(image: SimImage, weight: int = 0) -> bytes:
    """Return the file of an image, ``weight`` bytes longer than its first line."""
    return msgspec.json.encode(image) + b"\n" + b"\0" * weight


def behaviour_of(data: bytes) -> Behaviour:
    """Return the behaviour of the image in ``data``; data that is no image crashes, as any non-program."""
    try:
        return msgspec.json.decode(data.split(b"\n", 1)[0], type=SimImage).behaviour
    except (msgspec.MsgspecError, json.JSONDecodeError, UnicodeDecodeError):
        return Behaviour.CRASH


class SickCore:
    """Core in a faulty image, with the device's watchdog."""

    def __init__(self, core: Core, behaviour: Behaviour, local_ms: int) -> None:
        self._core = core
        self._behaviour = behaviour
        hangs = {Behaviour.CRASH: local_ms, Behaviour.HANG: local_ms + HANGS_AFTER_MS}
        self._hangs_at = hangs.get(behaviour)

    @property
    def config(self) -> DeviceConfig:
        return self._core.config

    def handle(self, event: Event, local_ms: int) -> list[Effect]:
        return self._handle(self._core.handle, event, local_ms)

    def meet(self, event: Event, local_ms: int) -> list[Effect]:
        return self._handle(self._core.meet, event, local_ms)

    def settle(self, local_ms: int) -> list[Effect]:
        if self._hangs_at is not None and local_ms >= self._hangs_at:
            return []
        return self._passed(self._core.settle(local_ms))

    def _handle(self, handle: Callable[[Event, int], list[Effect]], event: Event, local_ms: int) -> list[Effect]:
        if self._hangs_at is not None:
            if local_ms >= self._hangs_at + WATCHDOG_MS:
                return [Restart("watchdog")]
            if local_ms >= self._hangs_at:
                return [WakeAt(self._hangs_at + WATCHDOG_MS)] if isinstance(event, (PowerOn, Woken)) else []
        if self._behaviour is Behaviour.FAIL_SELFTEST and isinstance(event, Probed) and event.item == PROBE:
            event = Probed(event.item, None)
        if self._behaviour is Behaviour.LOSE_LINK and isinstance(event, Connected):
            return []
        return self._passed(handle(event, local_ms))

    def _passed(self, effects: list[Effect]) -> list[Effect]:
        """Leave out messages if nothing gets through to the network: the core never learns that it is connected."""
        if self._behaviour is Behaviour.LOSE_LINK:
            return [effect for effect in effects if not isinstance(effect, Publish)]
        return self._awake(effects)

    def _awake(self, effects: list[Effect]) -> list[Effect]:
        """Limit wake-ups so that it is woken in time to hang."""
        if self._hangs_at is None:
            return effects
        hangs_at = self._hangs_at
        return [WakeAt(min(each.at_ms, hangs_at)) if isinstance(each, WakeAt) else each for each in effects]


def run(core: Core, data: bytes | None, local_ms: int) -> Core:
    """Return the core as the image in ``data`` runs it; None: the factory's, which is good."""
    behaviour = Behaviour.GOOD if data is None else behaviour_of(data)
    return core if behaviour is Behaviour.GOOD else SickCore(core, behaviour, local_ms)


class SlotStore(Protocol):
    """Two slots for images. A power cut may leave any part of an image that was being written."""

    def read(self, slot: str) -> bytes: ...

    def write(self, slot: str, data: bytes) -> None: ...


class FileSlots:
    """Slots as files ``slot-a`` and ``slot-b`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, slot: str) -> bytes:
        path = self._folder / f"slot-{slot}"
        return path.read_bytes() if path.exists() else b""

    def write(self, slot: str, data: bytes) -> None:
        with (self._folder / f"slot-{slot}").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def start(slots: SlotStore, flash: FlashStore, facts: Facts) -> tuple[Running, bytes | None]:
    """Boot: return the running image and its bytes (None: the factory's). Changes go to flash, and to ``facts``.

    Raises:
        BrickedError: see ``bootloader.choose``.
    """
    boot = bootloader.choose(facts, lambda slot, sha256: _digest(slots.read(slot)) == sha256)
    flash.save(boot.entries)
    for kind, key, value in boot.entries:
        if value is None:
            facts.get(kind, {}).pop(key, None)
        else:
            facts.setdefault(kind, {})[key] = value
    running = boot.running
    return running, slots.read(running.slot) if running.sha256 else None


def write(slots: SlotStore, flash: FlashStore, effect: WriteSlot) -> SlotWritten:
    """Copy the content into the slot, and return the hash that is read back."""
    data = flash.held(effect.sha256)
    if data is None:
        return SlotWritten(effect.slot, "")
    try:
        slots.write(effect.slot, data)
    except OSError:
        return SlotWritten(effect.slot, "")
    return SlotWritten(effect.slot, _digest(slots.read(effect.slot)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
