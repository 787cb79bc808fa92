"""Calendar feeds opened through the real use cases, for tests of screens and API."""

from __future__ import annotations

from cms.accounts.service.vault import secret_hash
from cms.schedule.repository.calendar import CalendarFeed, CalendarFeeds
from cms.schedule.service import calendar
from province.areas import AreaId
from province.people import UserId
from tests.console import COMMUNE, Console


def own_feed(console: Console, user_id: str) -> CalendarFeed:
    """Add a calendar feed of that person, of one commune; none for the anonymous person."""
    context = console.context
    feed = CalendarFeed(context.new_id(), UserId(user_id), COMMUNE, secret_hash(context.new_id()), context.now())
    with context.uow() as uow:
        # The anonymous person has no feeds.
        if user_id != "u-anonymous":
            uow[CalendarFeeds].add(feed)
            uow.commit()
    return feed


def open_feed(console: Console, *, by: str = "editor", area_id: AreaId = COMMUNE) -> str:
    """Open a new feed, and return its secret."""
    context = console.context
    _feed, secret = calendar.make_feed(context.uow, area_id, call=context.call(console.actor(by)))
    return secret
