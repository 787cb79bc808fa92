"""Opens a ticket for each incident, and for each fault of one device that somebody should hear of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.health.lone import worth_telling
from cms.store.engine import reading
from cms.store.health import SqlHealth
from cms.store.notices import SqlNotices
from cms.store.places import SqlPlaces
from cms.store.queries.faults import FaultLine
from cms.store.tickets import SqlTickets
from cms.store.uow import UowFactory
from cms.work.opening import SERVER, of_fault, of_incident, opened
from devices.areas import AreaId
from devices.health import notices as rules
from devices.health.incidents import Incident
from devices.work.model import Ticket, TicketId

LOOK_EVERY: Final = timedelta(seconds=10)
"""A fault has waited for minutes by then."""
AT_ONCE: Final = 50
"""No alert waits while a province's tickets are written."""


@dataclass
class Dispatcher:
    """``step`` opens what is to be opened now. What had a ticket once gets no other: a person ended that."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    _looked_at: datetime | None = None

    def step(self) -> int:
        """How many tickets were opened."""
        now = self.now()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return 0
        self._looked_at = now
        with reading(self.uow.engine) as session:
            lines = worth_telling(session, SqlPlaces(session).tree(), now)
            incidents = _incidents(session, now)
            known = SqlTickets(session).known_to([each.fault.id for each in lines], [each.id for each in incidents])
            areas = SqlNotices(session).areas_of([each.id for each in incidents if each.id not in known])
        fresh = [each for each in lines if each.fault.id not in known]
        return (
            self._open(fresh, [each for each in incidents if areas.get(each.id)], areas, now)
            if fresh or any(areas.values())
            else 0
        )

    def _open(
        self,
        lines: Sequence[FaultLine],
        incidents: Sequence[Incident],
        areas: Mapping[str, frozenset[AreaId]],
        now: datetime,
    ) -> int:
        with self.uow() as unit:
            tree = unit.places.tree()
            wanted = [
                of_incident(each, areas[each.id], tree, ticket_id=TicketId(self.new_id()), by=SERVER, now=now)
                for each in incidents
            ]
            wanted += [of_fault(each, ticket_id=TicketId(self.new_id()), by=SERVER, now=now) for each in lines]
            fresh = _without_living(unit.tickets, wanted[:AT_ONCE])
            for ticket in fresh:
                opened(unit, ticket)
            unit.commit()
        return len(fresh)


def _without_living(tickets: SqlTickets, wanted: Iterable[Ticket]) -> list[Ticket]:
    return [each for each in wanted if tickets.living(each) is None]


def _incidents(session: Session, now: datetime) -> list[Incident]:
    """Those going on that are known for what they are."""
    return [
        each
        for each in SqlHealth(session).incidents(now)
        if each.over_at is None and not each.merged_into and now - each.opened_at >= rules.SETTLES_FOR
    ]
