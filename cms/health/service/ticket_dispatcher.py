"""Ticket dispatcher: one ticket per incident, one for all faults of a device; closes those ended for long."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.health.queries.faults import FaultLine
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notices
from cms.health.service.ranking import worth_telling
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.tickets.repository import TicketRecords
from cms.tickets.service import steps
from cms.tickets.service.faults import SERVER, add_faults
from cms.tickets.service.new_tickets import of_fault, of_incident, opened
from devices.health import notices as rules
from devices.health.faults import Fault
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.model import Ticket, TicketId
from province.areas import AreaId

LOOK_EVERY: Final = timedelta(seconds=10)
"""A fault has lasted for minutes by then."""
AT_ONCE: Final = 50
"""A small batch: no alert waits while a province's tickets are written."""
_RANK: Final = {kind: place for place, kind in enumerate(FaultKind)}


@dataclass
class Dispatcher:
    """Dispatcher of tickets. A fault or incident that once had a ticket gets no other: a person ended that."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    _looked_at: datetime | None = None

    def step(self) -> int:
        """Open, extend or close tickets; return how many."""
        now = self.now()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return 0
        self._looked_at = now
        with reading(self.uow.engine) as session:
            lines = worth_telling(session, Places(session).tree(), now)
            incidents = _incidents(session, now)
            faults, causes = [each.fault.id for each in lines], [each.id for each in incidents]
            known = TicketRecords(session).known_to(faults, causes) if faults or causes else frozenset()
            untold = [each for each in causes if each not in known]
            areas = Notices(session).areas_of(untold) if untold else {}
        fresh = [each for each in lines if each.fault.id not in known]
        is_gone = self._resolve(now)
        return is_gone + (self._open(fresh, incidents, areas, now) if fresh or any(areas.values()) else 0)

    def _resolve(self, now: datetime) -> int:
        with reading(self.uow.engine) as session:
            if not TicketRecords(session).to_resolve(now, 1):
                return 0
        with self.uow() as unit:
            resolved = steps.resolve_gone(unit, self.new_id, now, AT_ONCE)
            unit.commit()
        return resolved

    def _open(
        self,
        lines: Sequence[FaultLine],
        incidents: Sequence[Incident],
        areas: Mapping[str, frozenset[AreaId]],
        now: datetime,
    ) -> int:
        devices: dict[DeviceId, list[FaultLine]] = {}
        for line in lines:
            devices.setdefault(line.fault.device_id, []).append(line)
        wanted: list[tuple[Ticket, Sequence[Fault]]] = []
        with self.uow() as unit:
            tree = unit[Places].tree()
            for incident in incidents:
                if where := areas.get(incident.id):
                    ticket_id = TicketId(self.new_id())
                    wanted.append((of_incident(incident, where, tree, ticket_id=ticket_id, by=SERVER, now=now), ()))
            for at_device in devices.values():
                line = min(at_device, key=lambda each: (_RANK[each.fault.kind], each.fault.id))
                made = of_fault(line, ticket_id=TicketId(self.new_id()), by=SERVER, now=now)
                wanted.append((made, [each.fault for each in at_device]))
            done = [_written(unit, made, faults, now) for made, faults in wanted[:AT_ONCE]]
            unit.commit()
        return sum(done)


def _written(unit: UnitOfWork, made: Ticket, faults: Sequence[Fault], now: datetime) -> bool:
    """Open a ticket or extend the living one; return False if there was nothing to do."""
    living = unit[TicketRecords].living(made)
    if living is None:
        living = opened(unit, made)
    elif not faults:
        return False
    add_faults(unit, living, faults, now)
    return True


def _incidents(session: Session, now: datetime) -> list[Incident]:
    """Return the open incidents whose cause has settled."""
    return [
        each
        for each in FaultRecords(session).incidents(now)
        if each.over_at is None and not each.merged_into and now - each.opened_at >= rules.SETTLES_FOR
    ]
