"""Withdrawal of a bulletin's transmissions: no airing of it begins any more. Within a unit of work."""

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

# A device may take this long to fetch a new plan; airings that would begin before then are cancelled by name as well.
CANCEL_AHEAD = timedelta(minutes=15)
# Showings follow one another; more than two at a time are never in sight.
SHOWN_MAX = 20


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
