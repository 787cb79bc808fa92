"""Freeze before air: a plan about to be heard stands, for devices may no longer hear of a change in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.recurrence import occurrences_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import FrozenError, InvalidError, too_long
from province.people import Action

REASON_MAX = 500
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Freeze:
    """Airing at ``start_at`` that is so near that its plan stands: ``freeze_min`` minutes before it."""

    start_at: datetime
    freeze_min: int
    airing_id: OccurrenceId
    areas: tuple[AreaId, ...]


def freeze_of(uow: UnitOfWork, bulletin_id: BulletinId, now: datetime) -> Freeze | None:
    """Return the airing of it that is about to begin, within a unit of work. An airing already on air is not frozen."""
    tree, planned = uow[Places].tree(), uow[Devices].planning_areas()
    for transmission in uow[Transmissions].of_bulletin(bulletin_id):
        if transmission.withdrawn_at is not None:
            continue
        freeze_min = longest_freeze_min(uow, reached(transmission.targets, tree, planned))
        since_at = max(now + _MICROSECOND, transmission.approved_at)
        soon = occurrences_of(transmission, since_at, now + timedelta(minutes=freeze_min) + _MICROSECOND)
        if soon:
            return Freeze(soon[0].start_at, freeze_min, soon[0].id, transmission.targets.areas)
    return None


def longest_freeze_min(uow: UnitOfWork, areas: Iterable[AreaId]) -> int:
    """Return the longest ``freeze_min`` of the areas; 0: nothing is frozen there."""
    return max((uow[Places].rules(area_id).freeze_min for area_id in areas), default=0)


def look(uow: UnitOfWork, bulletin_id: BulletinId, now: datetime) -> Freeze | None:
    """Run :func:`freeze_of` in a unit of work of its own. Changes nothing."""
    with uow:
        return freeze_of(uow, bulletin_id, now)


def require_time_left(uow: UnitOfWork, bulletin_id: BulletinId, *, override: str, call: Call) -> dict[str, object]:
    """Refuse a change of an airing about to begin, within a unit of work, unless ``override`` gives a reason.

    Returns the details to log, empty where nothing of the bulletin is about to air. An airing already on air is not
    frozen: it has to be stopped.

    Raises:
        FrozenError: something is, and no reason is given to change it all the same.
        InvalidError: the reason is too long.
        NotAllowedError: a reason is given, but the actor may not override.
    """
    freeze = freeze_of(uow, bulletin_id, call.now)
    if freeze is None:
        return {}
    reason = override.strip()
    if not reason:
        raise FrozenError(freeze.start_at, freeze.freeze_min)
    if problems := too_long("override", reason, REASON_MAX):
        raise InvalidError(problems)
    call.require(Action.FREEZE_OVERRIDE, freeze.areas, uow[Places].tree())
    return {"override": reason, "about_to_air": freeze.airing_id}
