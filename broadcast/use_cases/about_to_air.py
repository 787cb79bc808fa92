"""The freeze before air: a plan about to be heard stands, for devices may no longer hear of a change in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast.errors import FrozenError, InvalidError, Problem
from broadcast.model.bulletins import BulletinId
from broadcast.model.people import Action, Actor
from broadcast.ports import Authority, UnitOfWork
from broadcast.recurrence import occurrences_of
from broadcast.targeting import reached

REASON_MAX = 500
_MICROSECOND = timedelta(microseconds=1)


def require_time_left(
    uow: UnitOfWork, bulletin_id: BulletinId, *, override: str, actor: Actor, authority: Authority, now: datetime
) -> dict[str, object]:
    """Within a unit of work: what to log of it, empty where nothing of the bulletin is about to air.

    What is on air already is not frozen: that is stopped. Of areas that differ, the longest freeze holds.

    Raises:
        FrozenError: something is, and no reason is given to change it all the same.
        InvalidError: the reason is too long.
        NotAllowedError: a reason is given, by somebody who may not.
    """
    tree, planned = uow.places.tree(), uow.devices.planning_areas()
    for transmission in uow.transmissions.of_bulletin(bulletin_id):
        if transmission.withdrawn_at is not None:
            continue
        areas = reached(transmission.targets, tree, planned)
        freeze_min = max((uow.places.rules(area_id).freeze_min for area_id in areas), default=0)
        since_at = max(now + _MICROSECOND, transmission.approved_at)
        soon = occurrences_of(transmission, since_at, now + timedelta(minutes=freeze_min) + _MICROSECOND)
        if not soon:
            continue
        reason = override.strip()
        if not reason:
            raise FrozenError(soon[0].start_at, freeze_min)
        if len(reason) > REASON_MAX:
            raise InvalidError([Problem("override", "TOO_LONG", {"length": len(reason), "max": REASON_MAX})])
        authority.require(actor, Action.FREEZE_OVERRIDE, transmission.targets.areas, tree)
        return {"override": reason, "about_to_air": soon[0].id}
    return {}
