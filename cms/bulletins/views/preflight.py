"""Look ahead of the approval page: airings by area, airings displaced by them, and devices that would miss them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import SoundFrame, Unplaced
from broadcast.scheduling.conflicts import blocking
from broadcast.scheduling.make_good import rule_of
from cms.bulletins.service.preflight import AreaDay, Preflight, preflight
from cms.fleet.repository.devices import Devices
from cms.platform.process.precedence import PRECEDENCE
from cms.platform.web import formats, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import call
from cms.schedule import labels
from cms.schedule.repository.missed import MissedAirings
from cms.schedule.views.why import reason_words
from province.areas import AreaId

AREAS_AT_ONCE = 12
"""Up to this many areas the page computes the look ahead at once; a province's is fetched afterwards."""


@dataclass(frozen=True)
class AreaAhead:
    """One area over the days previewed: airings heard, airings lost, and airings of others displaced."""

    id: AreaId
    name: str
    devices: int
    offline: int
    airings: int
    lost: int
    displaced: int


@dataclass(frozen=True)
class Miss:
    """Airings missed for one reason, with the places. ``device_days`` counts each device on each date once."""

    reason: str
    times: str
    areas: str
    device_days: int


@dataclass(frozen=True)
class DaysAlike:
    """Dates on which it is heard at the same times."""

    dates: tuple[date, ...]
    times: tuple[str, ...]

    @property
    def is_daily(self) -> bool:
        """Return whether these are days one after the other."""
        return len(self.dates) > 1 and (self.dates[-1] - self.dates[0]).days == len(self.dates) - 1


@dataclass(frozen=True)
class PreflightReport:
    """Look ahead. ``is_estimate``: there is no sound yet, its length is estimated.

    ``around`` names each area with opening or closing sounds of its own.
    """

    days: list[DaysAlike]
    areas: list[AreaAhead]
    devices: int
    offline: int
    in_the_way: list[str]
    gives_way: list[str]
    misses: list[Miss]
    is_estimate: bool
    around: list[tuple[str, SoundFrame]]
    make_good: list[str]
    to_be_signed: tuple[AreaId, ...]


@dataclass(frozen=True)
class DayAhead:
    """One date in one area: start times heard, and sentences on airings missed and displaced."""

    on: date
    times: list[str]
    misses: list[str]
    gives_way: list[str]


def asked(bulletin: Bulletin, only: AreaId | None = None) -> Preflight:
    reading = request_context.context().uow.reading()
    return preflight(reading, bulletin.id, call=call(), only=only, pause=PRECEDENCE.give_way)


def is_wide(bulletin: Bulletin) -> bool:
    """Return whether the look ahead takes longer than a page may."""
    with request_context.context().uow.reading() as uow:
        return len(reached(bulletin.targets, messages.tree(uow), uow[Devices].planning_areas())) > AREAS_AT_ONCE


def look(bulletin: Bulletin) -> PreflightReport:
    found = asked(bulletin)
    by_area: defaultdict[str, list[AreaDay]] = defaultdict(list)
    for day in found.days:
        by_area[day.area_id].append(day)
    areas = [
        AreaAhead(
            area_id,
            messages.area_name(area_id),
            found.devices[area_id],
            found.offline[area_id],
            sum(len(day.entries) for day in by_area[area_id]),
            sum(len(day.unplaced) for day in by_area[area_id]),
            sum(len(day.displaced) for day in by_area[area_id]),
        )
        for area_id in found.areas
    ]
    areas.sort(key=lambda area: (-area.lost, -area.displaced, -area.offline, area.name))
    return PreflightReport(
        _days(found.days),
        areas,
        sum(found.devices.values()),
        sum(found.offline.values()),
        messages.clash_sentences(blocking(found.clashes)),
        messages.clash_sentences(clash for clash in found.clashes if not clash.is_blocking),
        _misses(found.days),
        found.is_estimate,
        sorted(((messages.area_name(area_id), frame) for area_id, frame in found.frames), key=itemgetter(0)),
        _make_good(bulletin, found.areas),
        found.signature_areas,
    )


def days_of(found: Preflight) -> list[DayAhead]:
    """Return the days of the look ahead of one area."""
    return [
        DayAhead(
            day.on,
            _starts(day),
            [f"{_clock(item)}: {_why(item)}" for item in day.unplaced],
            [f"{_clock(item)}: “{item.title}”" for item in day.displaced],
        )
        for day in found.days
    ]


def _misses(days: Iterable[AreaDay]) -> list[Miss]:
    """Return one line for each reason, the costliest first."""
    groups: defaultdict[str, list[tuple[AreaDay, Unplaced]]] = defaultdict(list)
    for day in days:
        for item in day.unplaced:
            groups[_why(item)].append((day, item))
    found = [_miss(reason, each) for reason, each in groups.items()]
    return sorted(found, key=lambda miss: -miss.device_days)


def _miss(reason: str, found: Sequence[tuple[AreaDay, Unplaced]]) -> Miss:
    starts = sorted({formats.local(item.start_at) for _, item in found})
    device_days = {(day.area_id, day.on): day.devices for day, _ in found}
    return Miss(
        reason,
        ", ".join(at.strftime("%H:%M %d/%m") for at in starts[:3]) + (", …" if len(starts) > 3 else ""),  # noqa: PLR2004
        messages.area_names(dict.fromkeys(day.area_id for day, _ in found)),
        sum(device_days.values()),
    )


def _why(item: Unplaced) -> str:
    return " ".join(dict.fromkeys(reason_words(reason) for reason in item.reasons))


def _clock(item: Unplaced) -> str:
    return formats.local(item.start_at).strftime("%H:%M")


def _starts(day: AreaDay) -> list[str]:
    return [formats.local(entry.start_at).strftime("%H:%M") for entry in day.entries]


def _make_good(bulletin: Bulletin, areas: Sequence[AreaId]) -> list[str]:
    """Return whether this approval lets an airing be repeated automatically if a device misses it, by area."""
    tree = messages.tree()
    with request_context.context().uow.reading() as uow:
        rules = uow[MissedAirings].rules()
    by_mode: defaultdict[str, list[str]] = defaultdict(list)
    for area_id in areas:
        rule = rule_of(rules, tree, area_id, bulletin.priority)
        until = rule.until.strftime("%H:%M")
        by_day = _("%(mode)s, over by %(at)s", mode=labels.MODE[rule.mode], at=until)
        by_mode[by_day if rule.mode is MakeGoodMode.SAME_DAY else str(labels.MODE[rule.mode])].append(area_id)
    return [f"{mode}: {messages.area_names(where)}" for mode, where in by_mode.items()]


def _days(days: Iterable[AreaDay]) -> list[DaysAlike]:
    """Group the dates by their start times: a rule that repeats is one line."""
    starts: defaultdict[date, set[str]] = defaultdict(set)
    for day in days:
        starts[day.on].update(_starts(day))
    alike: defaultdict[tuple[str, ...], list[date]] = defaultdict(list)
    for on, times in sorted(starts.items()):
        alike[tuple(sorted(times))].append(on)
    return [DaysAlike(tuple(dates), times) for times, dates in alike.items()]
