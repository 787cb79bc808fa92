"""Preflight: what approving a bulletin would change, area by area and day by day, before anybody does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from broadcast.conflicts import Clash, find_clashes
from broadcast.errors import NotAllowedError
from broadcast.model.area_rules import AreaRules
from broadcast.model.bulletins import Bulletin, BulletinId, Rendition, Sound
from broadcast.model.people import Action, Actor
from broadcast.model.transmissions import DayPlan, PlanEntry, Transmission, TransmissionId, Unplaced
from broadcast.planning import Aired, Expansion, plan_days
from broadcast.ports import Authority, UnitOfWork
from broadcast.targeting import reached, reaches
from broadcast.use_cases.freezing import DEVICE_RENDITION, frozen
from devices.areas import AreaId, AreaTree

PREFLIGHT_DAYS = 14
# Vietnamese is spoken at about this rate; used only until the sound is made and its length known.
_CHARACTERS_A_SECOND = 14


@dataclass(frozen=True, slots=True)
class AreaDay:
    """What would become of the bulletin on one date in one area, and of others because of it."""

    area_id: AreaId
    area_name: str
    on: date
    devices: int
    entries: tuple[PlanEntry, ...]
    unplaced: tuple[Unplaced, ...]
    displaced: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True)
class Preflight:
    """``days`` holds only dates with an airing of it. ``is_estimate``: the length is guessed, no sound is made yet."""

    bulletin: Bulletin
    areas: tuple[AreaId, ...]
    devices: int
    days: tuple[AreaDay, ...]
    clashes: tuple[Clash, ...]
    is_estimate: bool


def preflight(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    actor: Actor,
    authority: Authority,
    now: datetime,
    days: int = PREFLIGHT_DAYS,
) -> Preflight:
    """As if it were approved at ``now``. Changes nothing.

    Raises:
        NotFoundError: no such bulletin.
        NotAllowedError: it may be read neither where it is meant for nor anywhere it reaches.
    """
    with uow:
        bulletin = uow.bulletins.get(bulletin_id)
        tree = uow.places.tree()
        areas = reached(bulletin.targets, tree, uow.devices.planning_areas())
        _require_sight(authority, actor, bulletin, areas, tree)
        wanted = as_if_approved(bulletin, actor, now)
        others = [t for t in uow.transmissions.reaching(areas, now) if t.bulletin_id != bulletin.id] if areas else []
        rules = {area_id: uow.places.rules(area_id) for area_id in areas}
        clashes = find_clashes(wanted, areas=areas, others=others, tree=tree, rules=rules, since_at=now)
        counts = uow.devices.counts(areas)
    comparison = _Comparison(wanted, now, days)
    found: list[AreaDay] = []
    for area_id in areas:
        here = [t for t in others if reaches(t.targets, tree, area_id)]
        for with_it, without in comparison.days(area_id, rules[area_id], here):
            found += _area_day(with_it, without, wanted.id, tree.get(area_id).name, counts[area_id])
    return Preflight(
        bulletin=bulletin,
        areas=areas,
        devices=sum(counts.values()),
        days=tuple(sorted(found, key=lambda day: (day.on, day.area_name, day.area_id))),
        clashes=clashes,
        is_estimate=bulletin.sound.rendition(DEVICE_RENDITION) is None,
    )


class _Comparison:
    """Plans with the bulletin and without it, sharing what both expand."""

    def __init__(self, wanted: Transmission, now: datetime, days: int) -> None:
        self._wanted = wanted
        self._aired = Aired(now)
        self._days = days
        self._expansions: dict[str, Expansion] = {}

    def days(
        self, area_id: AreaId, rules: AreaRules, here: Sequence[Transmission]
    ) -> Iterable[tuple[DayPlan, DayPlan]]:
        expansion = self._expansions.setdefault(rules.zone, Expansion(rules.zone))
        first_on = self._aired.before_at.astimezone(ZoneInfo(rules.zone)).date()
        plans = [
            plan_days(area_id, first_on, self._days, those, rules, aired=self._aired, expansion=expansion)
            for those in ((*here, self._wanted), here)
        ]
        return zip(*plans, strict=True)


def _area_day(
    with_it: DayPlan, without: DayPlan, wanted: TransmissionId, area_name: str, devices: int
) -> tuple[AreaDay, ...]:
    """Nothing for a date on which it changes nothing."""
    lost_before = {item.occurrence_id for item in without.unplaced}
    entries = tuple(entry for entry in with_it.entries if entry.transmission_id == wanted)
    unplaced = tuple(item for item in with_it.unplaced if item.transmission_id == wanted)
    displaced = tuple(
        item for item in with_it.unplaced if item.transmission_id != wanted and item.occurrence_id not in lost_before
    )
    if not (entries or unplaced or displaced):
        return ()
    return (AreaDay(with_it.area_id, area_name, with_it.on, devices, entries, unplaced, displaced),)


def as_if_approved(bulletin: Bulletin, actor: Actor, now: datetime) -> Transmission:
    """What an approval would freeze now; where no sound is made yet, with a guess of its length."""
    if bulletin.sound.rendition(DEVICE_RENDITION) is None:
        guess = Rendition(DEVICE_RENDITION, "", 0, _spoken_ms(bulletin.text), "audio/ogg")
        bulletin = replace(bulletin, sound=Sound(renditions=(guess,)))
    return frozen(bulletin, TransmissionId(bulletin.id), approver=actor, now=now)


def _spoken_ms(text: str) -> int:
    return max(1, len(text)) * 1000 // _CHARACTERS_A_SECOND


def _require_sight(
    authority: Authority, actor: Actor, bulletin: Bulletin, areas: Sequence[AreaId], tree: AreaTree
) -> None:
    """Who may read where it is heard may read it, though it is meant for more than that."""
    for somewhere in (bulletin.targets.areas, *((area_id,) for area_id in areas)):
        try:
            authority.require(actor, Action.BULLETIN_READ, somewhere, tree)
        except NotAllowedError:
            continue
        return
    raise NotAllowedError(Action.BULLETIN_READ, "AREA", bulletin.targets.areas)
