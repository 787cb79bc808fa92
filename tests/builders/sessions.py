"""Broadcast sessions with items, set up through the real use cases, for tests of screens and API."""

from __future__ import annotations

from datetime import date, time, timedelta

from broadcast.bulletins.model import Bulletin
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession, Overrun
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.sessions import SessionDraft
from province.areas import AreaId
from province.wall_clock import local_date
from tests.builders import bulletins
from tests.console import COMMUNE, Console


def afternoon(
    console: Console, *, clock: time = time(17), area_id: AreaId = COMMUNE, name: str = "Buổi chiều"
) -> BroadcastSession:
    """Return the area's session of that time of day; it is set up if there is none."""
    context = console.context
    with context.uow.reading() as uow:
        found = uow[BroadcastSessions].in_areas([area_id], local_date(console.clock()))
    known = next((each for each in found if each.clock == clock and each.last_on is None), None)
    draft = SessionDraft(area_id, name, clock, WEEKDAYS, 1_800_000, overrun=Overrun.DROP)
    return known or sessions.create(context.uow(), draft=draft, call=context.call(console.actor("editor")))


def day_ahead(console: Console, days: int = 1) -> date:
    """Return a date whose session is open."""
    return local_date(console.clock()) + timedelta(days=days)


def put(console: Console, bulletin: Bulletin, session: BroadcastSession, on: date) -> Bulletin:
    """Put a bulletin into a session."""
    context = console.context
    return running_orders.add_bulletin(
        context.uow(),
        bulletin.id,
        session_id=session.id,
        on=on,
        expected_version=bulletin.version,
        call=context.call(console.actor("editor")),
    )


def item(console: Console) -> tuple[BroadcastSession, Bulletin, date]:
    """Return a session with one more draft in it."""
    session, on = afternoon(console), day_ahead(console)
    return session, put(console, bulletins.write(console, starts=""), session, on), on


def screen_path(console: Console) -> str:
    """Return the path below ``/sessions`` of an item's buttons."""
    session, bulletin, on = item(console)
    return f"{session.id}/items/{bulletin.id}/{bulletin.schedules[0].id}?on={on}"


def resource_path(console: Console) -> str:
    """Return the path below ``/sessions`` of an item of the API."""
    session, bulletin, on = item(console)
    return f"{session.id}/orders/{on}/items/{bulletin.id}/{bulletin.schedules[0].id}"
