"""Tickets in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import FaultRecords
from cms.tickets.queries import ended_tickets, living_tickets, named, of_device, of_feedback, tickets_for, unheld_count
from cms.tickets.repository import TicketRecords
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.model import DeviceId, DeviceKind
from devices.tickets.lifecycle import HELD_RESOLVES_AFTER, RESOLVES_AFTER
from devices.tickets.model import Check, EntryId, Origin, Ticket, TicketEntry, TicketId, TicketState, TicketStep
from province.areas import Area, AreaId, Point
from province.errors import ConflictError, NotFoundError
from tests.fakes.programme import NOW, device

XA, XA_2 = AreaId("xa-1"), AreaId("xa-2")
LOA_1, LOA_2 = DeviceId("xa-1-l1"), DeviceId("xa-1-l2")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, autoflush=False) as made:
        places = Places(made)
        places.add([Area(area, area, "commune", None, date(2000, 1, 1)) for area in (XA, XA_2)])
        here = replace(device(LOA_1, XA), point=Point(10.9, 108.2), serial="VTB-7")
        Devices(made, places).add_many([here, device(LOA_2, XA)])
        made.flush()
        yield made


def ticket(name: str = "t1", **fields: object) -> Ticket:
    made = Ticket(
        id=TicketId(name),
        origin=Origin.FAULT,
        area_id=XA,
        opened_at=NOW,
        opened_by="u1",
        opened_by_name="Lan",
        device_id=LOA_1,
        device_name="Loa đầu ngõ",
        fault_kind=FaultKind.SPEAKER_OPEN,
        fault_id="f1",
    )
    return replace(made, **fields)  # type: ignore[arg-type] # each test names fields of a ticket


def entry(name: str, **fields: object) -> TicketEntry:
    made = TicketEntry(
        id=EntryId(name),
        ticket_id=TicketId("t1"),
        step=TicketStep.CHECK,
        at=NOW,
        done_at=NOW - timedelta(minutes=3),
        by="u1",
        by_name="Lan",
        text="Đã thay",
        photo_sha256="ab" * 32,
        check=Check.LISTEN,
        is_good=True,
    )
    return replace(made, **fields)  # type: ignore[arg-type] # each test names fields of an entry


def test_a_ticket_comes_back_as_it_was_and_only_its_seen_version_is_changed(session: Session) -> None:
    tickets = TicketRecords(session)
    assert tickets.find(TicketId("t1")) is None
    tickets.add(ticket())
    assert tickets.get(TicketId("t1")) == ticket()
    done = ticket(
        state=TicketState.DONE,
        version=2,
        over_at=NOW,
        ended_at=NOW,
        ended_by_name="Lan",
        holder="u1",
        holder_name="Lan",
        held_since_at=NOW,
    )
    tickets.save(done)
    assert tickets.get(done.id) == done
    with pytest.raises(ConflictError):
        tickets.save(done)
    with pytest.raises(NotFoundError):
        tickets.save(ticket("none", version=2))


def test_of_one_device_only_one_lives_beside_what_people_say(session: Session) -> None:
    tickets = TicketRecords(session)
    tickets.add(ticket())
    tickets.add(ticket("t2", fault_kind=None))
    tickets.add(ticket("t3", device_id=None, fault_kind=None))
    tickets.add(ticket("t4", device_id=None, fault_kind=None))
    tickets.add(ticket("t5", state=TicketState.DROPPED))
    with pytest.raises(ConflictError):
        tickets.add(ticket("t7", fault_kind=FaultKind.MAINS_LOST))
    assert tickets.living(ticket("new")) == ticket()
    assert tickets.living(ticket("new", device_id=LOA_2)) is None
    with pytest.raises(ConflictError):
        tickets.add(ticket("t6", state=TicketState.WAITING))


def test_entries_come_in_the_order_in_which_they_were_done(session: Session) -> None:
    tickets = TicketRecords(session)
    tickets.add(ticket())
    late = entry("e1", at=NOW + timedelta(hours=1), done_at=NOW - timedelta(hours=1))
    tickets.add_entry(entry("e2"))
    tickets.add_entry(late)
    assert tickets.entries(TicketId("t1")) == [late, entry("e2")]
    assert tickets.entry(EntryId("e2")) == entry("e2")
    assert tickets.entry(EntryId("e9")) is None
    with pytest.raises(ConflictError):
        tickets.add_entry(entry("e2"))


def test_the_living_tickets_of_what_was_found_wrong_are_found(session: Session) -> None:
    tickets = TicketRecords(session)
    incident = Incident("i1", IncidentScope.SERVER, ("*",), Cause.SERVER, NOW, NOW, NOW, 9, 9)
    line = Fault("f1", LOA_1, FaultKind.SPEAKER_OPEN, FaultState.OPEN, NOW, NOW)
    power = Fault("f2", LOA_1, FaultKind.MAINS_LOST, FaultState.OPEN, NOW + timedelta(seconds=1), NOW)
    FaultRecords(session).save([line, power], [])
    tickets.add(ticket())
    tickets.add(ticket("t2", device_id=None, fault_kind=None, fault_id="", incident_id="i1"))
    tickets.add(ticket("t3", fault_id="f3", state=TicketState.DONE))
    tickets.add(ticket("t4", fault_kind=None, fault_id=""))
    assert tickets.of_faults_at({LOA_1}) == [(ticket(), [line])]
    for _ in range(2):
        tickets.add_fault(TicketId("t1"), "f2")
    assert tickets.of_faults_at({LOA_1}) == [(ticket(), [line, power])]
    assert tickets.of_faults_at({LOA_2}) == []
    assert tickets.of_faults_at(()) == ()
    assert tickets_for(session, ["f1", "f2", "f3", "i1"]) == {"f1": "t1", "f2": "t1", "i1": "t2"}
    (cut,) = tickets.of_incidents([incident])
    assert cut.incident_id == "i1"
    assert tickets.of_incidents(()) == ()
    assert tickets.known_to(["f1", "f2", "f3", "f4"], ["i1", "i2"]) == {"f1", "f2", "f3", "i1"}
    assert tickets.known_to([], []) == frozenset()


def test_what_has_been_gone_for_long_is_found_and_later_where_somebody_has_it(session: Session) -> None:
    tickets = TicketRecords(session)
    tickets.add(ticket("t1", over_at=NOW))
    held = {"holder": "u1", "state": TicketState.TAKEN, "device_id": LOA_2}
    tickets.add(ticket("t2", over_at=NOW, **held))
    tickets.add(ticket("t3", device_id=None, fault_kind=None, incident_id="i1"))
    tickets.add(ticket("t4", over_at=NOW, state=TicketState.DONE))

    def found(after: timedelta) -> list[str]:
        return [each.id for each in tickets.to_resolve(NOW + after, 9)]

    assert found(RESOLVES_AFTER - timedelta(seconds=1)) == []
    assert found(RESOLVES_AFTER) == ["t1"]
    assert found(HELD_RESOLVES_AFTER) == ["t1", "t2"]
    assert [each.id for each in tickets.to_resolve(NOW + HELD_RESOLVES_AFTER, 1)] == ["t1"]


def test_lists_are_those_of_the_areas_asked_for(session: Session) -> None:
    tickets = TicketRecords(session)
    tickets.add(ticket(feedback_id="p1"))
    tickets.add(ticket("t2", area_id=XA_2, device_id=None, opened_at=NOW - timedelta(days=1), feedback_id="p1"))
    tickets.add(ticket("t3", state=TicketState.DONE, ended_at=NOW, opened_at=NOW - timedelta(days=2)))
    assert [line.ticket.id for line in living_tickets(session, None, 9)] == ["t2", "t1"]
    assert [line.ticket.id for line in living_tickets(session, None, 1)] == ["t2"]
    (line,) = living_tickets(session, [XA], 9)
    assert (line.ticket.id, line.point, line.kind) == ("t1", Point(10.9, 108.2), DeviceKind.CLUSTER)
    assert [line.ticket.id for line in ended_tickets(session, [XA], 9)] == ["t3"]
    assert ended_tickets(session, [XA_2], 9) == []
    assert [session.scalar(unheld_count(each)) for each in (None, [XA_2], [])] == [2, 1, 0]
    assert [each.id for each in of_device(session, LOA_1, 9)] == ["t1", "t3"]
    tickets.save(ticket(feedback_id="p1", over_at=NOW, version=2))
    assert session.scalar(unheld_count(None)) == 1
    tickets.add_entry(entry("e1", ticket_id=TicketId("t3"), feedback_id="p1"))
    assert [each.id for each in of_feedback(session, "p1")] == ["t1", "t2", "t3"]
    assert of_feedback(session, "p2") == []


def test_a_device_is_known_by_its_id_and_by_the_serial_on_its_label(session: Session) -> None:
    assert list(named(session, "vtb-7")) == list(named(session, LOA_1)) == [LOA_1]
    assert list(named(session, "nobody")) == []


def test_the_ticket_of_an_incident_is_listed_wherever_a_device_of_it_stands(session: Session) -> None:
    """The incident of a broker outage is listed in every area that has devices."""
    tickets, health = TicketRecords(session), FaultRecords(session)
    above, empty = AreaId("tinh"), AreaId("xa-3")
    Places(session).add([Area(area, area, "commune", None, date(2000, 1, 1)) for area in (above, empty)])
    cut = Incident("i1", IncidentScope.FEEDER, ("473",), Cause.POWER, NOW, NOW, NOW, 2, 2)
    deaf = replace(cut, id="i2", scope=IncidentScope.BROKER, cause=Cause.SERVER)
    health.save([Fault("f9", LOA_2, FaultKind.LINK_LOST, FaultState.OPEN, NOW, NOW, incident_id="i1")], [cut, deaf])
    about = {"area_id": above, "device_id": None, "fault_id": ""}
    tickets.add(ticket("t1", incident_id="i1", **about))
    tickets.add(ticket("t2", incident_id="i2", opened_at=NOW + timedelta(seconds=1), **about))
    tickets.add(ticket("t3", **about))

    def listed(*areas: AreaId) -> list[str]:
        return [line.ticket.id for line in living_tickets(session, areas, 9)]

    assert (listed(XA), listed(XA_2), listed(empty)) == (["t1", "t2"], [], [])
    assert listed(XA, XA_2) == ["t1", "t2"]
    assert set(listed(above)) == {"t1", "t2", "t3"}
