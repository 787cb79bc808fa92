from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, select

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import EventRow, JobRow, OutboxRow
from cms.platform.store.uow import UnitOfWork, make_uow_factory
from devices.model import DeviceId, DeviceStatus
from province.people import UserId
from tests.databases import database_url, engine
from tests.fakes.programme import AREAS, AUTHOR, BULLETINS, COMMUNES, NOW, device

__all__ = ["database_url", "engine"]

Sent = tuple[OutboxKind, str, dict[str, object]]


@dataclass
class Store:
    """Store on one of the two databases, with access to its committed state."""

    engine: Engine

    def __post_init__(self) -> None:
        self._units = make_uow_factory(self.engine)
        self._units.now = lambda: NOW

    def unit(self) -> UnitOfWork:
        return self._units()

    def fill(self) -> None:
        """Add the small province, two devices a commune, and the bulletins of the transmissions."""
        with self._units() as unit:
            unit[Places].add(AREAS)
            for commune in COMMUNES:
                unit[Devices].add(device(f"{commune}-l2", commune))
                unit[Devices].add(device(f"{commune}-l1", commune))
            for each in BULLETINS:
                unit[Bulletins].add(each)
            unit.commit()

    def person(self) -> UserId:
        """Return a person who may be given rights."""
        with self._units() as unit:
            unit[People].add(User(AUTHOR.user_id, "lan", AUTHOR.name, "", NOW))
            unit.commit()
        return AUTHOR.user_id

    def connect(self, device_id: DeviceId) -> None:
        """Store the device's own report that it is online."""
        with self._units() as unit:
            unit[Devices].report(DeviceStatus(device_id, online=True, conn=1, seen_at=NOW))
            unit.commit()

    def outbox(self) -> list[Sent]:
        with reading(self.engine) as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.kind, row.subject_id, row.payload) for row in rows]

    def events(self) -> list[str]:
        with reading(self.engine) as session:
            return list(session.scalars(select(EventRow.name).order_by(EventRow.seq)))

    def open_jobs(self) -> list[str]:
        with reading(self.engine) as session:
            return list(session.scalars(select(JobRow.id).where(JobRow.state != JobState.CANCELLED)))


@pytest.fixture
def store(engine: Engine) -> Store:
    """Filled store. The same suite runs on both databases."""
    made = Store(engine)
    made.fill()
    return made
