"""Console, real server and a small fleet on one clock: a cut cable, a mute amplifier, a board, a late device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unittest.mock import patch

from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.fleet import DeliveredDevice, VirtualFleet
from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.server import VirtualBrokerLink, VirtualServer
from broadcast.alerts.orders import Order
from cms.accounts.views import signing_in
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.fleet.repository.devices import Devices
from cms.platform.settings import Settings
from devices.model import DeviceId, DeviceKind
from firmware_sim.physics.amplifier import LineState
from tests import console as consoles
from tests.console import CHEAP, COMMUNE, START, Clock, Console, device

WELL, CUT, MUTE, LATE, BOARD = (DeviceId(f"{COMMUNE}-l{number:02d}") for number in (1, 2, 3, 4, 5))
LOUDSPEAKERS: Final = (WELL, CUT, MUTE, LATE)
UNHEARD: Final = frozenset({CUT, MUTE})
SETTLING_MS: Final = 180_000
"""Devices are switched on within a minute and request their areas; by then they have them."""
LANE_MS: Final = 100
"""Interval of the alert publisher; the real one is woken by the outbox notifier."""
SECOND_MS: Final = 1_000


@dataclass
class VirtualClock(Clock):
    """Clock of the console that reads the timeline."""

    timeline: Timeline | None = None

    def __call__(self) -> datetime:
        assert self.timeline is not None
        return datetime.fromtimestamp(self.timeline.now_ms / 1000, UTC)


@dataclass
class VirtualStage:
    """Console and fleet: ``run`` advances time; ``soundings`` are an order's soundings by the cards' ground truth."""

    console: Console
    timeline: Timeline
    fleet: VirtualFleet

    def run(self, ms: int) -> None:
        self.timeline.run_until(self.timeline.now_ms + ms)

    def soundings(self, order_id: str) -> list[TrueSound]:
        return [each for each in self.fleet.truth.soundings if each.item.partition("#")[0] == order_id]

    def order(self, order_id: str) -> Order:
        with self.console.context.uow() as unit:
            return unit[Orders].get(order_id)  # type: ignore[arg-type]


@contextmanager
def open_stage(home: Path) -> Iterator[VirtualStage]:
    """Open the stage; the late device has no power until a test switches it on."""
    timeline = Timeline(round(START.timestamp() * 1000))
    broker = VirtualBroker(timeline)
    server = VirtualServer(Settings(home=home), timeline, broker, seed=1, look_ms=2_000)
    tokens = consoles._populate(server.context)
    _deliver(server)
    fleet = _fleet(server, timeline, broker)
    lane = AlertPublisher(
        server.context, VirtualBrokerLink(broker), AlertMessages(server.context.keyring), lambda _: None
    )

    def look() -> None:
        lane.send()
        lane._waves.step()
        timeline.after(LANE_MS, look)

    def expire() -> None:
        expire_due(server.context, server.context.now())
        timeline.after(SECOND_MS, expire)

    server.start()
    server.health.start(consoles.PROVINCE)
    for name, simulated in fleet.devices.items():
        if name != LATE:
            simulated.power_on()
    with consoles._served(server.context) as app, patch.object(signing_in, "_passwords", CHEAP):
        console = Console(app, server.context, VirtualClock(timeline=timeline), tokens)
        timeline.run_until(timeline.now_ms + SETTLING_MS)
        look()  # until here there was no alert to look for, ten times a second
        expire()
        yield VirtualStage(console, timeline, fleet)


def _deliver(server: VirtualServer) -> None:
    with server.context.uow() as unit:
        unit[Devices].add(replace(device(4), name="Cụm loa 4"))
        unit[Devices].add(replace(device(5), kind=DeviceKind.BOARD, name="Bảng 5"))
        unit.commit()


def _fleet(server: VirtualServer, timeline: Timeline, broker: VirtualBroker) -> VirtualFleet:
    content = server.context.content
    fleet = VirtualFleet(
        [DeliveredDevice(each, COMMUNE, is_board=each == BOARD) for each in (*LOUDSPEAKERS, BOARD)],
        timeline=timeline,
        broker=broker,
        content=ContentServer(lambda sha256: content.read_bytes(sha256) if content.has(sha256) else None),
        root_x=server.context.keyring.root_x,
        keyset=server.context.keyring.keyset_jws,
        seed=1,
    )
    fleet.devices[CUT].physics.line.state = LineState.OPEN
    fleet.devices[MUTE].physics.amplifier.is_dead = True
    return fleet
