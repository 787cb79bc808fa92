"""Stage of a storm: a small province on the real server, whose devices get messages late, twice, or not at all."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path
from typing import Final

from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_fleet.fleet import DeliveredDevice, VirtualFleet
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.server import VirtualBrokerLink, VirtualServer
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.alerts import Declarations
from cms.alerts.service.expiry import expire_due
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store.uow import Committed
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId
from province.people import Grant, Role, UserId

PROVINCE: Final = AreaId("tinh")
DISTRICTS: Final = {AreaId("huyen-a"): ("xa-a1", "xa-a2"), AreaId("huyen-b"): ("xa-b1", "xa-b2", "xa-b3")}
COMMUNES: Final = tuple(AreaId(each) for below in DISTRICTS.values() for each in below)
PEOPLE: Final = {"u-tinh-1": PROVINCE, "u-tinh-2": PROVINCE, "u-a-1": AreaId("huyen-a"), "u-a-2": AreaId("huyen-a")}
"""People on call, and where each may declare alerts; all of them may act in the whole province."""
BOARD: Final = DeviceId("xa-a1-board")
SETTLING_MS: Final = 150_000
LOOK_MS: Final = 500
CALM_LOOK_MS: Final = 3_000
WAKE_MS: Final = 120
"""Longest delay of the sender after a commit: several orders are due at one look."""
_SINCE: Final = date(2000, 1, 1)
_MORNING_MS: Final = 1_772_438_400_000
_ROLES: Final = (Role.EMERGENCY_OFFICER, Role.APPROVER)


def communes_of(area_id: str) -> frozenset[str]:
    """Return the communes of an area."""
    if area_id == PROVINCE:
        return frozenset(COMMUNES)
    return frozenset(DISTRICTS.get(AreaId(area_id), (area_id,)))


def make_template(home: Path) -> Path:
    """Make an installation with the province's areas, people and devices, to be copied for each storm."""
    timeline = Timeline(_MORNING_MS)
    server = VirtualServer(Settings(home=home), timeline, VirtualBroker(timeline), seed=0)
    with server.context.uow() as unit:
        districts = [Area(each, each, "district", PROVINCE, _SINCE) for each in DISTRICTS]
        communes = [
            Area(AreaId(each), each, "commune", parent, _SINCE) for parent, below in DISTRICTS.items() for each in below
        ]
        unit[Places].add([Area(PROVINCE, "Tỉnh", "province", None, _SINCE), *districts, *communes])
        for name, declares in PEOPLE.items():
            user_id = UserId(name)
            grants = tuple(Grant(role, PROVINCE) for role in _ROLES)
            unit[People].add(User(user_id, name, name, "", server.context.now(), grants=grants))
            unit[Declarations].give(DeclarationRight(user_id, declares, AlertLevel(max(AlertLevel))))
        for device_id, area_id in _devices():
            kind = DeviceKind.BOARD if device_id == BOARD else DeviceKind.CLUSTER
            unit[Devices].add(Device(device_id, f"sn-{device_id}", device_id, kind, area_id, server.context.now()))
        unit.commit()
    server.context.engine.dispose()
    return home


def _devices() -> list[tuple[DeviceId, AreaId]]:
    return [*((DeviceId(f"{each}-l1"), each) for each in COMMUNES), (BOARD, COMMUNES[0])]


class StormStage:
    """Stage of one storm, in a copy of the template. ``disturb`` makes the network as bad as a storm's."""

    def __init__(self, template: Path, folder: Path, seed: int) -> None:
        self.folder = folder
        shutil.copytree(template, folder)
        self.dice = random.Random(f"{seed}:storm")  # noqa: S311 - a simulation, no secret
        self.timeline = Timeline(_MORNING_MS + self.dice.randrange(3_600_000))
        self.broker = VirtualBroker(self.timeline)
        self.server = VirtualServer(Settings(home=folder), self.timeline, self.broker, seed)
        keyring = self.context.keyring
        self.fleet = VirtualFleet(
            [DeliveredDevice(device_id, area_id, is_board=device_id == BOARD) for device_id, area_id in _devices()],
            timeline=self.timeline,
            broker=self.broker,
            content=ContentServer(self._content),
            root_x=keyring.root_x,
            keyset=keyring.keyset_jws,
            seed=seed,
        )
        self._publisher = AlertPublisher(
            self.context, VirtualBrokerLink(self.broker), AlertMessages(keyring), lambda _: None
        )
        self._wakes = False
        self._look_ms = LOOK_MS
        self.context.uow.hooks.append(self._committed)
        for device in self.devices:
            device.hears_all = True
        self.server.start()
        self.fleet.power_on()
        self.run(SETTLING_MS)
        self._look()

    @property
    def context(self) -> Context:
        return self.server.context

    @property
    def devices(self) -> list[VirtualDevice]:
        return list(self.fleet.devices.values())

    def run(self, ms: float) -> None:
        self.timeline.run_until(self.timeline.now_ms + round(ms))

    def disturb(self, lasts_ms: int) -> None:
        """Let every device's network be slow, repeat messages, and break: some are cut off, one loses its power."""
        for device in self.devices:
            network = device.network
            network.is_unordered = True
            network.loss = self.dice.choice([0.0, 0.1, 0.3])
            network.delay_ms = self.dice.choice([0, 0, 300, 2_000])
            network.is_doubled = self.dice.random() < 0.5  # noqa: PLR2004 - every other one
            for _ in range(self.dice.choice([0, 0, 1, 2])):
                self.timeline.after(self.dice.uniform(0, lasts_ms), device.link.reset)
            if self.dice.random() < 0.3:  # noqa: PLR2004 - three of ten
                self._cut_off(device, lasts_ms)
        unlucky = self.dice.choice(self.devices)
        at_ms = self.dice.uniform(0, lasts_ms)
        self.timeline.after(at_ms, unlucky.power_off)
        self.timeline.after(at_ms + self.dice.uniform(1_000, 30_000), unlucky.power_on)

    def calm(self) -> None:
        """End the disturbance: everybody has a network again."""
        self._look_ms = CALM_LOOK_MS
        for device in self.devices:
            network = device.network
            network.is_held = network.is_unordered = network.is_doubled = False
            network.loss, network.delay_ms = 0.0, 0
            device.link.network_changed()
            device.link.reset()

    def close(self) -> None:
        self.context.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _cut_off(self, device: VirtualDevice, lasts_ms: int) -> None:
        def cut(*, is_held: bool) -> None:
            device.network.is_held = is_held
            device.link.network_changed()

        at_ms = self.dice.uniform(0, lasts_ms)
        self.timeline.after(at_ms, lambda: cut(is_held=True))
        self.timeline.after(at_ms + self.dice.uniform(500, 60_000), lambda: cut(is_held=False))

    def _committed(self, done: Committed) -> None:
        if done.has_outbox and not self._wakes:
            self._wakes = True
            self.timeline.after(self.dice.uniform(0, WAKE_MS), self._woken)

    def _woken(self) -> None:
        self._wakes = False
        self._publisher.send()

    def _look(self) -> None:
        self._publisher.send()
        self._publisher._waves.step()  # noqa: SLF001 - its own step counts real seconds
        expire_due(self.context, self.context.now())
        self.timeline.after(self._look_ms, self._look)

    def _content(self, sha256: str) -> bytes | None:
        content = self.context.content
        return content.read_bytes(sha256) if content.has(sha256) else None


def at(stage: StormStage, area_id: AreaId) -> list[VirtualDevice]:
    """Return the devices of a commune."""
    return [stage.fleet.devices[device_id] for device_id, place in _devices() if place == area_id]
