"""Troubles of gauges: found and ended, each with a ticket for whoever looks after the gauge."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.gauges.model import Gauge, GaugeState, GaugeTrouble
from broadcast.gauges.plausibility import trouble_of
from cms.areas.repository import Places
from cms.gauges.repository import Gauges, GaugeStates
from cms.gauges.service.drafts import GAUGES
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.tickets.repository import TicketRecords
from cms.tickets.service.faults import mark
from cms.tickets.service.new_tickets import common_area, opened
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import Origin, Ticket, TicketId
from province.events import Event

TROUBLE_FOUND: Final = "gauge.trouble_found"
_SAID: Final = {
    GaugeTrouble.SILENT: "không gửi số đo",
    GaugeTrouble.JUMPING: "số đo nhảy bất thường",
    GaugeTrouble.STUCK: "số đo đứng yên bất thường",
    GaugeTrouble.CLOCK: "đồng hồ chạy sai",
}


def note_trouble(
    uow: UnitOfWork,
    gauge: Gauge,
    state: GaugeState,
    now: datetime,
    new_id: Callable[[], str],
    *,
    is_receiving: bool = False,
) -> GaugeState:
    """Return the state with its present trouble, and open or end the ticket of it; within a unit of work."""
    trouble = trouble_of(gauge, state, now, is_receiving=is_receiving)
    if trouble is state.trouble:
        return state
    if trouble is None:
        return end_trouble(uow, state, now)
    after = replace(state, trouble=trouble, trouble_at=now)
    living = _living(uow, state)
    text = f"Trạm đo {gauge.name}: {_SAID[trouble]}"
    if living is None:
        living = opened(
            uow,
            Ticket(
                id=TicketId(new_id()),
                origin=Origin.FAULT,
                area_id=common_area(gauge.area_ids, uow[Places].tree()),
                opened_at=now,
                opened_by=GAUGES.user_id,
                opened_by_name=GAUGES.name,
                text=text,
            ),
        )
    else:
        living = mark(uow, living, replace(living, over_at=None, text=text), now)
    uow.record(Event.of(GAUGES, TROUBLE_FOUND, gauge.id, now, trouble=trouble, ticket=living.id))
    return replace(after, ticket_id=living.id)


def end_trouble(uow: UnitOfWork, state: GaugeState, now: datetime) -> GaugeState:
    """Return the state without trouble; its ticket is over. Within a unit of work."""
    living = _living(uow, state)
    if living is not None:
        mark(uow, living, replace(living, over_at=now), now)
    uow.record(Event.of(GAUGES, "gauge.trouble_ended", state.gauge_id, now, trouble=state.trouble))
    return replace(state, trouble=None, trouble_at=None)


def _living(uow: UnitOfWork, state: GaugeState) -> Ticket | None:
    ticket = uow[TicketRecords].find(TicketId(state.ticket_id)) if state.ticket_id else None
    return ticket if ticket is not None and ticket.state in LIVING else None


def look(uow: UowFactory, now: datetime, new_id: Callable[[], str]) -> int:
    """Note the troubles that no reading tells of, silence above all; return how many have changed."""
    with uow.reading() as looking:
        states = {each.gauge_id: each for each in looking[GaugeStates].all()}
        changed = [
            each.id
            for each in looking[Gauges].all()
            for state in (states.get(each.id, GaugeState(each.id)),)
            if trouble_of(each, state, now) is not state.trouble
        ]
    for gauge_id in changed:
        with uow() as unit:
            gauge = unit[Gauges].locked(gauge_id)
            before = unit[GaugeStates].of(gauge_id)
            after = note_trouble(unit, gauge, before, now, new_id)
            if gauge.retired_at is None and after != before:
                unit[GaugeStates].save(after)
                unit.commit()
    return len(changed)
