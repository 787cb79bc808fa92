"""Own sets of dates of an area, and the rules that they keep silent."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.closed_days import DateSet, DateSetId, closed, name_and_date_problems
from cms.areas.repository import Places
from cms.bulletins.service.draft_fields import area_problems
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.date_sets import DateSets
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError
from province.events import Event
from province.people import Action
from province.wall_clock import local_date


def put(uow: UnitOfWork, *, area_id: AreaId, name: str, dates: Iterable[date], call: Call) -> DateSet:
    """Store a set; it takes the place of the area's set of that name, and its id.

    Raises:
        NotAllowedError: the actor may not write for that area.
        InvalidError: with everything wrong with it.
    """
    name, days = " ".join(name.split()), tuple(sorted(set(dates)))
    with uow:
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        problems = [*name_and_date_problems(name, days), *area_problems(area_id, "area", tree, local_date(call.now))]
        if problems:
            raise InvalidError(problems)
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


def remove(uow: UnitOfWork, set_id: DateSetId, *, call: Call) -> DateSet:
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
    detail: dict[str, object] = {
        "area": found.area_id,
        "name": found.name,
        "dates": [day.isoformat() for day in found.dates],
    }
    return call.event(f"date_set.{name}", found.id, detail)
