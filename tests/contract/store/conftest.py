from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, select

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import EventRow, JobRow, OutboxRow
from cms.platform.store.uow import UnitOfWork, make_uow_factory
from devices.model import DeviceId, DeviceStatus
from province.areas import Area
from province.people import UserId
from tests.databases import new_sqlite
from tests.fakes.memory import MemoryStore
from tests.fakes.programme import AREAS, AUTHOR, BULLETINS, COMMUNES, NOW, device

Sent = tuple[OutboxKind, str, dict[str, object]]


class Filling(Protocol):
    """Write side of the store beyond the port, as far as a suite needs it."""

    def add(self, areas: Iterable[Area]) -> None: ...


class Store(Protocol):
    """Implementation under test, with access to its committed state."""

    def unit(self) -> UnitOfWork: ...

    def fill(self) -> None:
        """Add the small province, two devices a commune, and the bulletins of the transmissions."""

    def person(self) -> UserId:
        """Return a person who may be given rights."""

    def connect(self, device_id: DeviceId) -> None:
        """Store the device's own report that it is online."""

    def outbox(self) -> list[Sent]: ...

    def events(self) -> list[str]: ...

    def open_jobs(self) -> list[str]: ...


def _fill(unit: UnitOfWork, places: Filling) -> None:
    places.add(AREAS)
    for commune in COMMUNES:
        unit[Devices].add(device(f"{commune}-l2", commune))
        unit[Devices].add(device(f"{commune}-l1", commune))
    for each in BULLETINS:
        unit[Bulletins].add(each)
    unit.commit()


class InMemory:
    def __init__(self) -> None:
        self._store = MemoryStore()

    def unit(self) -> UnitOfWork:
        return self._store()

    def fill(self) -> None:
        with self._store() as unit:
            _fill(unit, unit[Places])

    def person(self) -> UserId:
        return AUTHOR.user_id

    def connect(self, device_id: DeviceId) -> None:
        self._store.state.online.add(device_id)

    def outbox(self) -> list[Sent]:
        return [(row.kind, row.subject_id, row.payload) for row in self._store.state.outbox]

    def events(self) -> list[str]:
        return [event.name for event in self._store.state.events]

    def open_jobs(self) -> list[str]:
        return [job.id for job in self._store.state.jobs.values() if not job.is_cancelled]


@dataclass
class InSql:
    engine: Engine

    def __post_init__(self) -> None:
        self._units = make_uow_factory(self.engine)
        self._units.now = lambda: NOW

    def unit(self) -> UnitOfWork:
        return self._units()

    def fill(self) -> None:
        with self._units() as unit:
            _fill(unit, unit[Places])

    def person(self) -> UserId:
        with self._units() as unit:
            unit[People].add(User(AUTHOR.user_id, "lan", AUTHOR.name, "", NOW))
            unit.commit()
        return AUTHOR.user_id

    def connect(self, device_id: DeviceId) -> None:
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


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Filled store. The same suite runs on the fake and on both real ones."""
    if request.param == "memory":
        made = InMemory()
        made.fill()
        yield made
        return
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = new_sqlite(tmp_path / "loa.db")
    engine = make_engine(url)
    real = InSql(engine)
    real.fill()
    yield real
    engine.dispose()
