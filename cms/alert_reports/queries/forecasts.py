"""Forecast of an alert that waits for its approval: who would be warned, by the present health of the loudspeakers.

Counted in the database by place and health, as the page of a whole province shows it: a row a device costs ten times as
much. What is within hearing is remembered by the positions that go into it, so that it is computed once a page.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, and_, false, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from broadcast.alerts.coverage import Coverage, coverage
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Audience, Disc
from broadcast.alerts.shapes import inside
from broadcast.alerts.warned import WarnedFigures, expected_miss, outlines_of
from broadcast.bulletins.targeting import reached
from cms.alert_reports.queries.places import around, counted_place, shares_of
from cms.alert_reports.repository import HearingPlaces
from cms.alert_reports.tables import DeviceHearingRow
from cms.alerts.repository.alerts import AlertPolicies
from cms.areas.repository import Places
from cms.areas.tables import AreaOutlineRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service
from cms.health.tables import FaultRow
from cms.platform.store.rows import among, points_of
from devices.health.faults import FaultState
from devices.health.sound_proof import SILENCING
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree, Outline, Point

TROUBLED_MOST: Final = 20
_OUTSIDE_TOO: Final = 10
"""So many times more are read where a shape leaves most of them out."""


@dataclass(frozen=True, slots=True)
class TroubledDevice:
    """Loudspeaker that is not expected to warn, and the reason."""

    name: str
    area_id: AreaId
    reason: MissReason


@dataclass(frozen=True, slots=True)
class AlertForecast:
    """Forecast. ``troubled``: the first of those that are not expected to warn."""

    figures: WarnedFigures
    troubled: Sequence[TroubledDevice]


@dataclass(frozen=True)
class _Outlines:
    """Outlines of an audience's places, told apart by the places and by the size of all outlines in the database."""

    key: tuple[object, ...]
    rings: Sequence[Outline] = field(compare=False)


class _Tally:
    """Counts while the rows are read. People are fractions of a place's, rounded in the end."""

    def __init__(self) -> None:
        self.placed = 0
        self.devices = Counter[MissReason | None]()
        self.people: dict[MissReason | None, float] = {}

    def add(self, devices: int, placed: int, people: float | None, reason: MissReason | None) -> None:
        self.placed += placed
        self.devices[reason] += devices
        if people is not None and devices:
            self.people[reason] = self.people.get(reason, 0.0) + people * devices

    def figures(self, covered: Coverage | None) -> WarnedFigures:
        reasons = [reason for reason in MissReason if self.devices[reason]]
        return WarnedFigures(
            devices=self.devices.total(),
            warned=self.devices[None],
            placed=self.placed,
            coverage=covered,
            people=round(sum(self.people.values())) if self.people else None,
            people_warned=round(self.people.get(None, 0.0)) if self.people else None,
            missed_people={reason: round(self.people[reason]) for reason in reasons if reason in self.people},
            missed_devices={reason: self.devices[reason] for reason in reasons},
            delays=None,
        )


def forecast_of(session: Session, audience: Audience, tree: AreaTree, on: date) -> AlertForecast:
    """Compute the forecast of an audience whose places are filled in."""
    areas = set(reached(audience.targets, tree, (area.id for area in tree if area.valid_to is None)))
    known, hearing_m = HearingPlaces(session).inhabitants(), AlertPolicies(session).get().hearing_m
    rows = _grouped(session, around(tree, known, areas))
    counts = (
        (row.area_id, row.devices, 0) if (own := row.inhabitants) is None else (row.area_id, 0, own * row.devices)
        for row in rows
    )
    shares = shares_of(counts, tree, known)
    is_inside = inside(audience) if audience.has_shape else None
    tally, heard = _Tally(), list[tuple[tuple[Point, ...], int]]()
    for row in rows:
        if row.area_id not in areas:
            continue
        points = points_of(row.places) if row.places else ()
        unplaced = row.devices - len(points)
        if is_inside is not None:
            points = tuple(filter(is_inside, points))
        reason = expected_miss(
            is_online=bool(row.is_online), refuses=bool(row.refuses), is_silenced=bool(row.is_silenced)
        )
        own = row.inhabitants
        people = shares.get(counted_place(tree, known, row.area_id)) if own is None else float(own)
        tally.add(len(points) + unplaced, len(points), people, reason)
        if reason is None and points:
            heard.append((points, row.hearing_m or hearing_m))
    covered = _covered(audience, _outlines(session, audience, tree, on), tuple(heard))
    figures = tally.figures(covered)
    return AlertForecast(figures, _troubled(session, areas, is_inside) if figures.missed_devices else ())


def _is_silenced() -> ColumnElement[bool]:
    mute = select(FaultRow.device_id).where(FaultRow.kind.in_(SILENCING), FaultRow.state == FaultState.OPEN)
    return DeviceRow.id.in_(mute)


def _refuses() -> ColumnElement[bool]:
    return and_(DeviceRow.quarantined, ~DeviceRow.alerts_pass)


def _is_online() -> ColumnElement[bool]:
    return func.coalesce(DeviceStatusRow.online, false())


def _grouped(session: Session, areas: Collection[AreaId]) -> Sequence[Row[Any]]:
    """Count the loudspeakers in service in these areas by place, health, radius and inhabitants."""
    alike: list[Any] = [
        DeviceRow.area_id,
        _is_online().label("is_online"),
        _refuses().label("refuses"),
        _is_silenced().label("is_silenced"),
        DeviceHearingRow.hearing_m,
        DeviceHearingRow.inhabitants,
    ]
    # All points alike in one text: one row a device costs ten times as much for a whole province.
    places = func.aggregate_strings(type_coerce(DeviceRow.point, Text), ",").label("places")
    counted: list[Any] = [*alike, func.count().label("devices"), places]
    return session.execute(
        select(*counted)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .outerjoin(DeviceHearingRow, DeviceHearingRow.device_id == DeviceRow.id)
        .where(among(DeviceRow.area_id, areas), in_service(), DeviceRow.kind != DeviceKind.BOARD)
        .group_by(*alike)
        .order_by(DeviceRow.area_id)
    ).all()


def _outlines(session: Session, audience: Audience, tree: AreaTree, on: date) -> _Outlines:
    size = session.execute(select(func.count(), func.sum(func.length(type_coerce(AreaOutlineRow.rings, Text))))).one()
    rings = outlines_of(tree, audience, Places(session).outlines(), on)[0] if size[0] else []
    return _Outlines((audience.targets, *size), rings)


@lru_cache(maxsize=8)
def _covered(
    audience: Audience, outlines: _Outlines, heard: tuple[tuple[tuple[Point, ...], int], ...]
) -> Coverage | None:
    """Measure the coverage; remembered, as a page is asked for again while nothing moves."""
    discs = [Disc(point.lat, point.lon, radius_m) for points, radius_m in heard for point in points]
    return coverage(audience, outlines.rings, discs)


def _troubled(
    session: Session, areas: Collection[AreaId], is_inside: Callable[[Point], bool] | None
) -> Sequence[TroubledDevice]:
    """List the first loudspeakers that are not expected to warn."""
    trouble = [~_is_online(), _refuses(), _is_silenced()]
    columns: list[Any] = [DeviceRow.name, DeviceRow.area_id, DeviceRow.point, _is_online(), _refuses(), _is_silenced()]
    rows = session.execute(
        select(*columns)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(among(DeviceRow.area_id, areas), in_service(), DeviceRow.kind != DeviceKind.BOARD, or_(*trouble))
        .order_by(DeviceRow.area_id, DeviceRow.id)
        .limit(TROUBLED_MOST * (1 if is_inside is None else _OUTSIDE_TOO))
    )
    found = []
    for name, area_id, point, is_online, refuses, is_silenced in rows:
        reason = expected_miss(is_online=bool(is_online), refuses=bool(refuses), is_silenced=bool(is_silenced))
        if reason is not None and (is_inside is None or point is None or is_inside(point)):
            found.append(TroubledDevice(name, area_id, reason))
    return found[:TROUBLED_MOST]
