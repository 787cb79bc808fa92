"""Calendar feeds: a secret address; with it, anybody can read an area's calendar.

A feed shows what its creator may read, as long as they may: it ends with the creator's account.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from cms.accounts.repository.people import People
from cms.accounts.service.secret import new_secret, secret_hash
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.schedule.model import CalendarFeed
from cms.schedule.repository.calendar_feeds import CalendarFeeds
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action
from province.policy import may

FEEDS_MAX = 20


FeedsUnits = Callable[[], AbstractContextManager[UnitOfWork]]


def make(units: FeedsUnits, area_id: AreaId, *, call: Call) -> tuple[CalendarFeed, str]:
    """Create the feed; return it and its secret, which is shown only once.

    Raises:
        NotAllowedError: the actor may not read there.
        InvalidError: there is no such area, or the actor has ``FEEDS_MAX`` of them.
    """
    secret = new_secret()
    with units() as unit:
        tree = unit[Places].tree()
        if area_id not in tree:
            raise InvalidError([Problem("area", "AREA_UNKNOWN", {"area": area_id[:40]})])
        call.require(Action.BULLETIN_READ, [area_id], tree)
        if len(unit[CalendarFeeds].of(call.actor.user_id)) >= FEEDS_MAX:
            raise InvalidError([Problem("area", "TOO_MANY", {"max": FEEDS_MAX})])
        feed = CalendarFeed(call.new_id(), call.actor.user_id, area_id, secret_hash(secret), call.now)
        unit[CalendarFeeds].add(feed)
        unit.record(call.event("feed.created", feed.id, {"area": area_id}))
        unit.commit()
    return feed, secret


def remove(units: FeedsUnits, feed_id: str, *, call: Call) -> CalendarFeed:
    """Remove the actor's own feed; its address is invalid from now on.

    Raises:
        NotFoundError: not a feed of the actor.
    """
    with units() as unit:
        feed = next((each for each in unit[CalendarFeeds].of(call.actor.user_id) if each.id == feed_id), None)
        if feed is None:
            raise NotFoundError("feed", feed_id)
        unit[CalendarFeeds].remove(feed_id)
        unit.record(call.event("feed.removed", feed_id, {"area": feed.area_id}))
        unit.commit()
    return feed


def opened_by(unit: UnitOfWork, secret: str) -> CalendarFeed:
    """Return the feed of a secret, if its creator may still read there; within a unit of work.

    Raises:
        NotFoundError: no such feed, or its creator may not read there.
    """
    feed = unit[CalendarFeeds].find(secret_hash(secret))
    if feed is None:
        raise NotFoundError("feed", "")
    user = unit[People].get(feed.user_id)
    if user.disabled_at or not may(user.actor, Action.BULLETIN_READ, feed.area_id, unit[Places].tree()):
        raise NotFoundError("feed", "")
    return feed
