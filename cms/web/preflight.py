"""Before approval: what every area would hear on which day, what gives way to it, and what stands in its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broadcast.conflicts import CLASH_DAYS, Clash, blocking
from broadcast.errors import InvalidError
from broadcast.model.bulletins import Bulletin
from broadcast.model.transmissions import Occurrence, TransmissionId
from broadcast.recurrence import next_start_at, occurrences
from broadcast.use_cases.freezing import Reach, frozen, reach_of, require_ready
from cms.store.queries.fleet import area_lines
from cms.web import figures, sentences, visit
from devices.areas import AreaId

DAYS_SHOWN = 14
AREAS_SHOWN = 200


@dataclass(frozen=True)
class AreaAhead:
    """One area: how many devices stand there, how many airings it hears, and what gives way or is in the way."""

    area_id: AreaId
    name: str
    devices: int
    online: int
    airings: int
    displaced: list[str]
    lost: list[str]


@dataclass(frozen=True)
class Ahead:
    """The table of the approval page. ``days`` are the next days with their start times."""

    days: list[tuple[date, list[str]]]
    is_more: bool
    areas: list[AreaAhead]
    devices: int
    offline: int
    in_the_way: list[str]
    gives_way: list[str]


def look(bulletin: Bulletin) -> Ahead | None:
    """None where there is nothing to look at yet: no sound, or nothing left to air."""
    now = visit.context().now()
    try:
        require_ready(bulletin, now)
    except InvalidError:
        return None
    with visit.context().uow() as uow:
        wanted = frozen(bulletin, TransmissionId(bulletin.id), approver=visit.actor(), now=now)
        reach = reach_of(uow, wanted, now)
        here = {line.id: line for line in area_lines(uow.session, with_closed=True)}
    airings = _airings(reach, now)
    by_area = _by_area(reach.clashes)
    areas = [
        AreaAhead(
            area_id,
            sentences.area_name(area_id),
            here[area_id].devices,
            here[area_id].online,
            len(airings),
            sentences.clash_sentences(clash for clash in by_area[area_id] if not clash.is_blocking),
            sentences.clash_sentences(clash for clash in by_area[area_id] if clash.is_blocking),
        )
        for area_id in reach.areas
    ]
    areas.sort(key=lambda area: (not area.lost, not area.displaced, area.name))
    days = _days(airings)
    devices = sum(area.devices for area in areas)
    return Ahead(
        days[:DAYS_SHOWN],
        len(days) > DAYS_SHOWN,
        areas,
        devices,
        devices - sum(area.online for area in areas),
        sentences.clash_sentences(blocking(reach.clashes)),
        sentences.clash_sentences(clash for clash in reach.clashes if not clash.is_blocking),
    )


def _airings(reach: Reach, now: datetime) -> tuple[Occurrence, ...]:
    wanted = reach.transmission
    first_at = next_start_at(wanted.schedules, now, wanted.valid_from_at, wanted.valid_until_at)
    if first_at is None:
        return ()
    return occurrences(
        wanted.schedules,
        since_at=now,
        until_at=first_at + timedelta(days=CLASH_DAYS),
        transmission_id=wanted.id,
        duration_ms=wanted.rendition.duration_ms,
        valid_from_at=wanted.valid_from_at,
        valid_until_at=wanted.valid_until_at,
    )


def _days(airings: Iterable[Occurrence]) -> list[tuple[date, list[str]]]:
    days: defaultdict[date, list[str]] = defaultdict(list)
    for airing in airings:
        at = figures.local(airing.start_at)
        days[at.date()].append(at.strftime("%H:%M"))
    return sorted(days.items())


def _by_area(clashes: Iterable[Clash]) -> defaultdict[AreaId, list[Clash]]:
    found: defaultdict[AreaId, list[Clash]] = defaultdict(list)
    for clash in clashes:
        if clash.area_id is not None:
            found[clash.area_id].append(clash)
    return found
