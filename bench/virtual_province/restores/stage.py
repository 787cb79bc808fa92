"""Stage of one round: a virtual province with a server that can be lost and restored from its back-up."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.content import ContentServer
from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_fleet.fleet import DeliveredDevice, VirtualFleet
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.editors import Settlement, VirtualEditors, day_of
from bench.virtual_province.restores.device_comparison import Comparer
from bench.virtual_province.restores.officers import Officers
from bench.virtual_province.server import VirtualBrokerLink, VirtualServer
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.service.expiry import expire_due
from cms.platform.cli import backup
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.settings import Settings

LANE_MS: Final = 500
"""Interval of the sender here; the real one runs when it is woken up."""
SECOND_MS: Final = 1_000
SETTLING_MS: Final = 180_000
"""Time in which devices are switched on, within a minute, and ask for their areas."""


class RestoreKind(StrEnum):
    """Kind of restore.

    WHOLE: ``loa restore``, the broker's disk lost too · BROKER_STAYS: ``loa restore``, and the broker, on another
    machine, kept running: no device reconnects · DATABASE: only the database was restored, by other means.
    """

    WHOLE = "whole"
    BROKER_STAYS = "broker_stays"
    DATABASE = "database"


NewDatabase = Callable[[Path], str]
"""Factory of an empty database for a server in this folder; returns its URL."""


def sqlite_in(home: Path) -> str:
    return f"sqlite:///{home / 'loa.db'}"


@dataclass
class RestoreStage:
    """Stage of one round: ``server`` is the running one; ``bring_back`` replaces it."""

    folder: Path
    settlement: Settlement
    seed: int
    new_database: NewDatabase = sqlite_in
    servers: list[VirtualServer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed}:restore")  # noqa: S311 - a simulation, no secret
        self.folder.mkdir(exist_ok=True)
        self.timeline = Timeline(_MORNING_MS + self.dice.randrange(3_600_000))
        self.broker = VirtualBroker(self.timeline)
        self._lanes = 0
        server = self._serve(self._settings("first"))
        editors = VirtualEditors(server.context)
        editors.settle(self.settlement)
        editors.standing(self.settlement.areas, day_of(server.context))
        self.officers = Officers(server.context, self.settlement, self.dice)
        keyring = server.context.keyring
        self.fleet = VirtualFleet(
            [DeliveredDevice(device_id, area_id) for device_id, area_id in self.settlement.ids()],
            timeline=self.timeline,
            broker=self.broker,
            content=ContentServer(self._content),
            root_x=keyring.root_x,
            keyset=keyring.keyset_jws,
            seed=self.seed,
        )
        for device in self.fleet.devices.values():
            device.hears_all = True
        self._start(server)
        self.fleet.power_on()
        self.run(SETTLING_MS)

    @property
    def server(self) -> VirtualServer:
        return self.servers[-1]

    @property
    def devices(self) -> list[VirtualDevice]:
        return list(self.fleet.devices.values())

    def run(self, ms: float) -> None:
        self.timeline.run_until(self.timeline.now_ms + round(ms))

    def work_for(self, ms: int) -> None:
        """Let people do something every few seconds; devices lose their power now and then."""
        until_ms = self.timeline.now_ms + ms
        while self.timeline.now_ms < until_ms:
            self.run(self.dice.uniform(1_000, 30_000))
            if self.dice.random() < 0.1:  # noqa: PLR2004 - one in ten
                self._cut_power()
            else:
                self.officers.act()

    def back_up(self) -> Path:
        context = self.server.context
        return backup.make_backup(context.settings, self.folder / "copies", context.now())

    def lose(self, way: RestoreKind) -> None:
        """Lose the machine; with the broker, if that was on it."""
        self.server.die()
        self._lanes += 1
        self.server.context.engine.dispose()
        if way is RestoreKind.WHOLE:
            self.broker.go_down()

    def bring_back(self, copy: Path, way: RestoreKind) -> None:
        old = self.server.context.settings
        if way is RestoreKind.DATABASE:
            settings = self._emptied(old)
            backup.bring_database(settings, copy)
        else:
            settings = self._settings("second")
            backup.bring_back(settings, copy, self.server.context.now)
        if way is RestoreKind.WHOLE:
            self.broker.lose_disk()
            self.broker.come_up()
        server = self._serve(settings)
        self.officers.move_to(server.context)
        self._start(server)

    def comparer(self) -> Comparer:
        context = self.server.context
        return Comparer(context, MessageBuilder(context.keyring, context.settings.effective_public_url))

    def _settings(self, name: str) -> Settings:
        home = self.folder / name
        home.mkdir()
        return Settings(home=home, database_url=self.new_database(home), plan_days=2)

    def _emptied(self, old: Settings) -> Settings:
        """Return settings of the same installation, with an empty database."""
        url = make_url(old.effective_database_url)
        if url.get_backend_name() == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{url.database}{suffix}").unlink(missing_ok=True)
            return old
        spare = self.folder / "spare"
        spare.mkdir()
        return Settings(home=old.root, database_url=self.new_database(spare), plan_days=old.plan_days)

    def _serve(self, settings: Settings) -> VirtualServer:
        server = VirtualServer(settings, self.timeline, self.broker, self.seed + len(self.servers))
        self.servers.append(server)
        return server

    def _start(self, server: VirtualServer) -> None:
        """Start a server, with its alert publisher."""
        context, mine = server.context, self._lanes
        lane = AlertPublisher(context, VirtualBrokerLink(self.broker), AlertMessages(context.keyring), lambda _: None)

        def look() -> None:
            if mine != self._lanes:
                return
            lane.send()
            lane._waves.step()  # noqa: SLF001 - its own step counts real seconds
            if self.timeline.now_ms % SECOND_MS < LANE_MS:
                expire_due(context, context.now())
                server.look_for_restores()
            self.timeline.after(LANE_MS, look)

        server.start()
        look()

    def _cut_power(self) -> None:
        device = self.dice.choice(self.devices)
        if device.is_on:
            device.power_off()
            self.timeline.after(self.dice.uniform(30_000, 600_000), device.power_on)

    def _content(self, sha256: str) -> bytes | None:
        content = self.server.context.content
        return content.read_bytes(sha256) if content.has(sha256) else None

    def close(self) -> None:
        for server in self.servers:
            server.context.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)


_MORNING_MS: Final = 1_772_438_400_000
"""2026-03-02 15:00 in Việt Nam."""
