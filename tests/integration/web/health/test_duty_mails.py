"""Notices to the people on call name the next airing that would be missed."""

from __future__ import annotations

from dataclasses import replace

from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notices
from cms.health.service.notifier import Notifier
from cms.platform.store.engine import reading
from tests.builders import bulletins, faults, tickets
from tests.console import Console

ON_CALL = "ky-thuat@binhthuan.example"


def told(console: Console) -> str:
    """Send the notices that are due, and return the text of those to the person on call."""
    Notifier(console.context.uow, console.clock, console.context.new_id, "https://loa.example").step()
    with reading(console.context.engine) as session:
        return "\n".join(each.text for each in Notices(session).all() if each.address == ON_CALL)


def test_a_letter_about_what_cannot_speak_names_what_airs_there_next(console: Console) -> None:
    """Before, one line and a link to a list gave neither the stakes nor the time left."""
    bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00")
    faults.duty(console, address=ON_CALL)
    faults.fault(console)
    said = told(console)
    assert "KHÔNG PHÁT ĐƯỢC" in said
    assert "Phát tiếp theo ở đó: 17:00 24/11/2026." in said


def test_so_does_one_about_an_incident_until_it_is_over(console: Console) -> None:
    bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00")
    faults.duty(console, address=ON_CALL, line=2)
    incident = faults.incident(console)
    console.clock.pass_by(minutes=25)
    assert "Phát tiếp theo ở đó: 17:00 24/11/2026." in told(console)
    with console.context.uow() as unit:
        unit[FaultRecords].save([], [replace(incident, affected=0, over_at=console.clock())])
        unit.commit()
    assert told(console).count("Phát tiếp theo") == 1
    assert "Hết lúc" in told(console)


def test_a_letter_about_an_incident_leads_to_its_ticket(console: Console) -> None:
    """Before, it led to a list, in which the reader had to find it again."""
    faults.duty(console, address=ON_CALL, line=2)
    incident = faults.incident(console)
    ticket = tickets.ticket(console, text="", incident_id=incident.id)
    console.clock.pass_by(minutes=25)
    assert f"Phiếu việc: https://loa.example/tickets/{ticket.id}" in told(console)
