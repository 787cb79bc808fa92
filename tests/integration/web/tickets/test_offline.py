"""The technician's pages in a telephone without a link: what the server says to their service worker."""

from __future__ import annotations

import re

from cms.platform.web import security
from devices.tickets.model import TicketStep
from tests.builders import faults, tickets
from tests.console import Console


def test_the_service_worker_is_of_our_own_origin_and_keeps_the_technicians_pages(console: Console) -> None:
    """Before, a reload without a link was the browser's error page."""
    technician = console.client("technician")
    with technician.get("/assets/technician_worker.js") as answer:
        assert (answer.headers["Service-Worker-Allowed"], answer.mimetype) == ("/", "text/javascript")
    with technician.get("/assets/push_worker.js") as other:
        assert "Service-Worker-Allowed" not in other.headers
    page = technician.get("/tickets")
    assert page.headers["Content-Security-Policy"] == security.POLICY
    for path in ("/tickets", "/devices/claim", f"/devices/{faults.BOX}"):
        assert 'data-scopes="/tickets /devices"' in technician.get(path).text, path


def test_the_list_names_what_is_needed_at_the_pole(console: Console) -> None:
    technician = console.client("technician")
    mine = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    tickets.ticket(console)

    def kept(login: str) -> list[str]:
        found = re.search(r'data-keep="([^"]*)"', console.client(login).get("/tickets").text)
        assert found is not None
        return found[1].split()

    assert technician.get("/tickets").status_code == 200
    assert kept("technician") == ["/devices/claim", f"/tickets/{mine.id}", f"/devices/{faults.BOX}"]
    assert kept("operator") == []
