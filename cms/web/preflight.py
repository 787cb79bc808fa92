"""The look ahead of the approval page: what every area would hear, what gives way to it, and what is in its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from broadcast.conflicts import blocking
from broadcast.model.bulletins import Bulletin
from broadcast.use_cases.previewing import AreaDay, preflight
from cms.store.queries.fleet import area_lines
from cms.web import figures, sentences, visit

AREAS_SHOWN = 200


@dataclass(frozen=True)
class AreaAhead:
    """One area over the days looked at: airings heard, airings lost, and airings of others that give way."""

    name: str
    devices: int
    offline: int
    airings: int
    lost: int
    displaced: int


@dataclass(frozen=True)
class Ahead:
    """``days`` are dates with the start times heard somewhere. ``is_estimate``: no sound yet, its length is guessed."""

    days: list[tuple[date, list[str]]]
    areas: list[AreaAhead]
    devices: int
    offline: int
    in_the_way: list[str]
    gives_way: list[str]
    is_estimate: bool


def look(bulletin: Bulletin) -> Ahead:
    context = visit.context()
    found = preflight(context.uow(), bulletin.id, actor=visit.actor(), authority=context.authority, now=context.now())
    with context.uow() as uow:
        lines = {line.id: line for line in area_lines(uow.session, with_closed=True)}
    by_area: defaultdict[str, list[AreaDay]] = defaultdict(list)
    for day in found.days:
        by_area[day.area_id].append(day)
    areas = [
        AreaAhead(
            lines[area_id].name,
            lines[area_id].devices,
            lines[area_id].devices - lines[area_id].online,
            sum(len(day.entries) for day in by_area[area_id]),
            sum(len(day.unplaced) for day in by_area[area_id]),
            sum(len(day.displaced) for day in by_area[area_id]),
        )
        for area_id in found.areas
    ]
    areas.sort(key=lambda area: (-area.lost, -area.displaced, area.name))
    return Ahead(
        _days(found.days),
        areas,
        found.devices,
        sum(area.offline for area in areas),
        sentences.clash_sentences(blocking(found.clashes)),
        sentences.clash_sentences(clash for clash in found.clashes if not clash.is_blocking),
        found.is_estimate,
    )


def _days(days: Iterable[AreaDay]) -> list[tuple[date, list[str]]]:
    starts: defaultdict[date, set[str]] = defaultdict(set)
    for day in days:
        starts[day.on] |= {figures.local(entry.start_at).strftime("%H:%M") for entry in day.entries}
    return [(on, sorted(times)) for on, times in sorted(starts.items())]
