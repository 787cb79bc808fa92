"""What the server finds of faults and incidents is marked on their tickets; closing one is a person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.events import Event
from cms.store.uow import SqlUnitOfWork
from cms.work.opening import SERVER
from cms.work.stepping import acknowledge
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.work.model import Ticket


def settle(uow: SqlUnitOfWork, faults: Sequence[Fault], incidents: Sequence[Incident], now: datetime) -> None:
    """Within the unit of work that stores them.

    What has come again under another id goes on in the same ticket, and whoever has that has it.
    """
    told = {(each.device_id, each.kind): each for each in faults if each.state is not FaultState.PENDING}
    for ticket in uow.tickets.of_faults(told.keys()):
        assert ticket.device_id is not None
        assert ticket.fault_kind is not None
        fault = told[ticket.device_id, ticket.fault_kind]
        after = replace(ticket, over_at=fault.closed_at, fault_id=fault.id)
        _write(uow, ticket, after, now)
        if ticket.holder and fault.is_open and fault.id != ticket.fault_id:
            acknowledge(uow, after, now)
    ends = {each.id: each.over_at for each in incidents}
    for ticket in uow.tickets.of_incidents(incidents):
        _write(uow, ticket, replace(ticket, over_at=ends[ticket.incident_id]), now)


def _write(uow: SqlUnitOfWork, before: Ticket, after: Ticket, now: datetime) -> None:
    if before == after:
        return
    uow.tickets.save(replace(after, version=before.version + 1))
    if (before.over_at is None) != (after.over_at is None):
        name = "ticket.relapsed" if after.over_at is None else "ticket.over"
        uow.record(Event(name, after.id, now, SERVER.id, SERVER.name))
