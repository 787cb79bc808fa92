"""Simulated firmware image: a small file with model, number and behaviour, and a core that behaves so."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from devices.protocol.keyset import TrustedKeys
from firmware_sim.core.effects import Effect, Publish, Restart, WakeAt
from firmware_sim.core.events import Connected, Event, PowerOn, Probed, Woken
from firmware_sim.core.firmware.firmware_update import PROBE
from firmware_sim.host.device_host import HostedCore

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
    """Core that a device runs, with the keys that it trusts."""

    @property
    def keys(self) -> TrustedKeys: ...


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
    def keys(self) -> TrustedKeys:
        return self._core.keys

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
