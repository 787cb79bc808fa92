"""Calendar feeds, each at a secret address; sets of dates on which rules keep silent, and dates without quota."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.area_rules import Exemption, ExemptionId, ExemptionState
from broadcast.scheduling.closed_days import DateSet, DateSetId, closed, name_and_date_problems
from cms.accounts.repository import People
from cms.accounts.service.vault import new_secret, secret_hash
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.calendar import CalendarFeed, CalendarFeeds, DateSets, Exemptions
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotFoundError, NotPossibleError, Problem, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.policy import may
from province.wall_clock import local_date

FEEDS_MAX = 20


FeedsUnits = Callable[[], AbstractContextManager[UnitOfWork]]
REASON_MAX = 500
AHEAD_MAX = timedelta(days=366)


def make_feed(units: FeedsUnits, area_id: AreaId, *, call: Call) -> tuple[CalendarFeed, str]:
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
        unit.record(call.event("feed.created", feed.id, area=area_id))
        unit.commit()
    return feed, secret


def remove_feed(units: FeedsUnits, feed_id: str, *, call: Call) -> CalendarFeed:
    """Remove the actor's own feed; its address is invalid from now on.

    Raises:
        NotFoundError: not a feed of the actor.
    """
    with units() as unit:
        feed = next((each for each in unit[CalendarFeeds].of(call.actor.user_id) if each.id == feed_id), None)
        if feed is None:
            raise NotFoundError("feed", feed_id)
        unit[CalendarFeeds].remove(feed_id)
        unit.record(call.event("feed.removed", feed_id, area=feed.area_id))
        unit.commit()
    return feed


def feed_opened_by(unit: UnitOfWork, secret: str) -> CalendarFeed:
    """Return the feed of a secret, if its creator may still read there; within a unit of work.

    Raises:
        NotFoundError: no such feed, or its creator may not read there.
    """
    feed = unit[CalendarFeeds].of_secret(secret_hash(secret))
    if feed is None:
        raise NotFoundError("feed", "")
    user = unit[People].get(feed.user_id)
    if user.disabled_at or not may(user.actor, Action.BULLETIN_READ, feed.area_id, unit[Places].tree()):
        raise NotFoundError("feed", "")
    return feed


def put_date_set(uow: UnitOfWork, *, area_id: AreaId, name: str, dates: Iterable[date], call: Call) -> DateSet:
    """Store a set; it takes the place of the area's set of that name, and its id.

    Raises:
        NotAllowedError: the actor may not write for that area.
        InvalidError: with everything wrong with it.
    """
    name, days = " ".join(name.split()), tuple(sorted(set(dates)))
    with uow:
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        refuse([*name_and_date_problems(name, days), *area_problems(area_id, "area", tree, local_date(call.now))])
        old = next((each for each in uow[DateSets].in_areas([area_id]) if each.name == name), None)
        made = DateSet(
            old.id if old else DateSetId(call.new_id()),
            area_id,
            name,
            days,
            call.now,
            call.actor.user_id,
            call.actor.name,
        )
        uow[DateSets].put(made)
        uow.record(_event("put", made, call))
        uow.commit()
    return made


def remove_date_set(uow: UnitOfWork, set_id: DateSetId, *, call: Call) -> DateSet:
    """Remove a set and return it. Rules saved with it keep the dates they have.

    Raises:
        NotFoundError: no such set.
        NotAllowedError: the actor may not write for its area.
    """
    with uow:
        found = uow[DateSets].get(set_id)
        call.require(Action.BULLETIN_WRITE, [found.area_id], uow[Places].tree())
        uow[DateSets].remove(set_id)
        uow.record(_event("removed", found, call))
        uow.commit()
    return found


def own_sets(uow: UnitOfWork, schedules: Iterable[Schedule]) -> Mapping[str, tuple[date, ...]]:
    """Return the dates of the existing sets that these rules name; within a unit of work."""
    names = sorted({DateSetId(name) for schedule in schedules for name in schedule.not_on})
    return {each.id: each.dates for each in uow[DateSets].named(names)} if names else {}


def all_closed(
    schedules: Iterable[Schedule], own: Mapping[str, tuple[date, ...]], now: datetime
) -> tuple[Schedule, ...]:
    """Return the rules with the dates on which they are silent, as of today."""
    today = local_date(now)
    return tuple(closed(schedule, own, today) for schedule in schedules)


def _event(name: str, found: DateSet, call: Call) -> Event:
    dates = [day.isoformat() for day in found.dates]
    return call.event(f"date_set.{name}", found.id, area=found.area_id, name=found.name, dates=dates)


def ask_exemption(uow: UnitOfWork, *, area_id: AreaId, on: date, reason: str, call: Call) -> Exemption:
    """Ask for an exemption, which waits for a second person.

    Raises:
        NotAllowedError: the actor writes no bulletins for that area.
        InvalidError: with everything wrong with it.
    """
    reason = reason.strip()
    with uow:
        tree = uow[Places].tree()
        is_known = area_id in tree
        call.require(Action.BULLETIN_WRITE, [area_id] if is_known else (), tree)
        refuse(_exemption_problems(uow, area_id, on, reason, call=call) if is_known else [_unknown(area_id)])
        made = Exemption(
            id=ExemptionId(call.new_id()),
            area_id=area_id,
            on=on,
            reason=reason,
            state=ExemptionState.PROPOSED,
            asked_by=call.actor.user_id,
            asked_by_name=call.actor.name,
            asked_at=call.now,
        )
        uow[Exemptions].put(made)
        uow.record(_exemption_event("asked", made, call))
        uow.commit()
    return made


def decide_exemption(uow: UnitOfWork, exemption_id: ExemptionId, *, confirms: bool, call: Call) -> Exemption:
    """Confirm the exemption, which replans the area and everything below it; or decline it.

    Raises:
        NotFoundError: no such exemption.
        NotAllowedError: the actor sets no rules for its area, or asked for it (OWN_EXEMPTION).
        NotPossibleError: it was decided already.
    """
    with uow:
        old, tree = uow[Exemptions].get(exemption_id), uow[Places].tree()
        call.require(Action.RULE_SET, [old.area_id], tree)
        if call.actor.user_id == old.asked_by:
            raise NotAllowedError(Action.RULE_SET, "OWN_EXEMPTION", (old.area_id,))
        if old.state is not ExemptionState.PROPOSED:
            raise NotPossibleError(old.state, "confirm" if confirms else "decline")
        made = replace(
            old,
            state=ExemptionState.CONFIRMED if confirms else ExemptionState.DECLINED,
            decided_by=call.actor.user_id,
            decided_by_name=call.actor.name,
            decided_at=call.now,
        )
        uow[Exemptions].put(made)
        if confirms:
            planned = set(uow[Devices].planning_areas())
            for area in tree.subtree(old.area_id):
                if area.id in planned:
                    uow.outbox.add(OutboxKind.PLAN, area.id)
        uow.record(_exemption_event(made.state.value, made, call))
        uow.commit()
    return made


def _exemption_problems(uow: UnitOfWork, area_id: AreaId, on: date, reason: str, *, call: Call) -> list[Problem]:
    found: list[Problem] = []
    rules = uow[Places].rules(area_id)
    today = call.now.astimezone(ZoneInfo(rules.zone)).date()
    if not reason:
        found.append(Problem("reason", "MISSING"))
    found += too_long("reason", reason, REASON_MAX)
    if not today <= on <= today + AHEAD_MAX:
        found.append(Problem("on", "SLOT_TOO_LONG", {"max": AHEAD_MAX.days}))
    elif any(each.on == on and _is_settled(each, call.actor) for each in uow[Exemptions].in_areas([area_id])):
        found.append(Problem("on", "EXEMPT_ALREADY"))
    return found


def _is_settled(found: Exemption, actor: Actor) -> bool:
    """Return whether the person need not ask: it is confirmed already, or they asked and it waits."""
    is_waiting = found.state is ExemptionState.PROPOSED
    return found.state is ExemptionState.CONFIRMED or (is_waiting and found.asked_by == actor.user_id)


def _unknown(area_id: AreaId) -> Problem:
    return Problem("area", "AREA_UNKNOWN", {"area": area_id[:40]})


def _exemption_event(name: str, found: Exemption, call: Call) -> Event:
    detail = {"exemption": found.id, "on": found.on.isoformat(), "reason": found.reason}
    return call.event(f"exemption.{name}", found.area_id, **detail)
