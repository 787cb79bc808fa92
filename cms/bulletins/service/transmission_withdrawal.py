"""Withdrawal of transmissions, and the freeze before air that guards them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcast.boards.showings import showings
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import OccurrenceId, Transmission
from broadcast.scheduling.recurrence import occurrences_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.missed import MissedAirings
from cms.stations.service import programmes
from province.areas import AreaId
from province.call import Call
from province.errors import FrozenError, refuse, too_long
from province.people import Action

# A device may take this long to fetch a new plan; airings that would begin before then are cancelled by name as well.
CANCEL_AHEAD = timedelta(minutes=15)
# Showings follow one another; more than two at a time are never in sight.
SHOWN_MAX = 20
REASON_MAX = 500
_MICROSECOND = timedelta(microseconds=1)


def take_back(
    uow: UnitOfWork, bulletin_id: BulletinId, now: datetime, *, spares_on_air: bool = False
) -> list[OccurrenceId]:
    """Withdraw a bulletin's transmissions; return the airings cancelled by name on devices. Within a unit of work.

    ``spares_on_air``: an airing that has begun goes on.
    """
    programmes.kill(uow, bulletin_id, now)
    cancelled: list[OccurrenceId] = []
    for transmission in uow[Transmissions].of_bulletin(bulletin_id):
        if transmission.withdrawn_at is None:
            length = timedelta(milliseconds=transmission.duration_ms)
            since_at = now if spares_on_air else now - length
            cancelled += _take_back(uow, transmission, now, since_at=since_at, is_shown=not spares_on_air)
    return cancelled


def _take_back(
    uow: UnitOfWork, transmission: Transmission, now: datetime, *, since_at: datetime, is_shown: bool
) -> list[OccurrenceId]:
    """Withdraw one transmission; cancel by name, and return, airings between ``since_at`` and soon.

    ``is_shown``: its showings on boards, now or soon, are cancelled too.
    """
    uow[Transmissions].withdraw(transmission.id, now)
    soon = [
        occurrence.id
        for occurrence in occurrences_of(transmission, max(transmission.approved_at, since_at), now + CANCEL_AHEAD)
    ]
    owed = uow[MissedAirings].planned_of(transmission.id, now)
    areas = reached(transmission.targets, uow[Places].tree(), uow[Devices].planning_areas())
    with_boards = uow[Devices].with_boards(areas) if is_shown and transmission.board is not None else ()
    for area_id in areas:
        refs = [*soon, *sorted({each.item_id for each in owed if each.area_id == area_id})]
        if area_id in with_boards:
            refs += _shown_soon(transmission, now, uow[Places].rules(area_id).zone)
        # Before the plan: devices have to get the cancel first.
        if refs:
            uow.outbox.add(OutboxKind.CANCEL, area_id, {"refs": refs, "reason": "WITHDRAWN"})
        uow.outbox.add(OutboxKind.PLAN, area_id)
    return soon


def _shown_soon(transmission: Transmission, now: datetime, zone: str) -> list[OccurrenceId]:
    yesterday = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    near = showings((transmission,), yesterday, 3, zone)
    return [each.id for each in near if each.end_at > now and each.start_at < now + CANCEL_AHEAD][:SHOWN_MAX]


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


def look_at_freeze(uow: UnitOfWork, bulletin_id: BulletinId, now: datetime) -> Freeze | None:
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
    refuse(too_long("override", reason, REASON_MAX))
    call.require(Action.FREEZE_OVERRIDE, freeze.areas, uow[Places].tree())
    return {"override": reason, "about_to_air": freeze.airing_id}
