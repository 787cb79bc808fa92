"""Airings and their delivery: the board of a day, and the airings of one bulletin."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, case, func, select, true, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.day_line import AiringResult, AiringState, state_of
from cms.bulletins.tables.bulletins import BulletinRow, DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, boards, obeys
from cms.platform.store.rows import among
from cms.schedule.repository.airing_counts import REPORTED
from cms.schedule.tables import AiredAudienceRow, DeliveryRow
from devices.model import DeviceKind
from province.areas import AreaId

_ITEM = PlanItemRow
_OCCURRENCE = (_ITEM.occurrence_id, _ITEM.bulletin_id, _ITEM.title, _ITEM.start_at, _ITEM.end_at)
"""First fields of an airing, alike in all areas."""
_COUNTED = {state: AiredAudienceRow.__table__.c[state] for state in REPORTED}


class Phase(StrEnum):
    """Phase of an airing by the clock."""

    NEXT = "next"
    ON_AIR = "on_air"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class AiringStart:
    """Start of an occurrence."""

    start_at: datetime
    occurrence_id: OccurrenceId


@dataclass(frozen=True, slots=True)
class Airing:
    """Occurrence over all areas asked for.

    ``devices`` are those whose plan holds it, without boards, which sound nothing: until it airs those now in service
    there, from then on the frozen audience. ``sent_devices``: those of them whose area's
    manifest was sent; ``reported`` counts their reports, by the highest rung. ``unplaced_areas`` will not hear it,
    ``unsigned_areas`` of them for want of a digital signature.
    """

    occurrence_id: OccurrenceId
    bulletin_id: BulletinId
    title: str
    start_at: datetime
    end_at: datetime
    placed_areas: int
    unplaced_areas: int
    devices: int
    sent_devices: int
    reported: Mapping[DeliveryState, int] = field(default_factory=dict)
    unsigned_areas: int = 0

    def phase(self, now: datetime) -> Phase:
        if now < self.start_at:
            return Phase.NEXT
        return Phase.ON_AIR if now < self.end_at else Phase.OVER

    def count(self, *states: DeliveryState) -> int:
        """Count the devices whose highest rung is one of these."""
        return sum(self.reported.get(state, 0) for state in states)

    def state(self, now: datetime) -> AiringState:
        """Return its state by the clock and the reports."""
        ends = (DeliveryState.DONE, DeliveryState.CUT, DeliveryState.MISSED)
        return state_of(self.start_at, self.end_at, AiringResult(self.devices, *map(self.count, ends)), now)

    @property
    def not_ready(self) -> int:
        """Count the devices that have not reported holding plan and sound, or did not play."""
        at_least_ready = (DeliveryState.READY, DeliveryState.STARTED, DeliveryState.DONE, DeliveryState.CUT)
        return max(self.devices - self.count(*at_least_ready), 0)


def board(
    session: Session, areas: Collection[AreaId] | None, from_at: datetime, until_at: datetime
) -> Sequence[Airing]:
    """List everything that starts in the span in these areas (None: everywhere), in time order."""
    bound = {"from_at": from_at, "until_at": until_at} | ({} if areas is None else {"areas": list(areas)})
    return _read(session, _board(is_everywhere=areas is None), areas, bound)


def airings_of(session: Session, bulletin_id: BulletinId, areas: Collection[AreaId] | None = None) -> Sequence[Airing]:
    """List every planned occurrence of a bulletin, past ones included, in time order."""
    return _airings(session, [PlanItemRow.bulletin_id == bulletin_id], areas)


def starts_of(session: Session, bulletin_id: BulletinId, areas: Collection[AreaId] | None = None) -> Sequence[datetime]:
    """List the instants at which these start: read from the index alone, however many areas hold them."""
    query = select(PlanItemRow.start_at).where(PlanItemRow.bulletin_id == bulletin_id).distinct()
    if areas is not None:
        query = query.where(PlanItemRow.area_id.in_(areas))
    return session.scalars(query.order_by(PlanItemRow.start_at)).all()


def starting_at(
    session: Session, bulletin_id: BulletinId, starts: Collection[datetime], areas: Collection[AreaId] | None = None
) -> Sequence[AiringStart]:
    """List those of these that start at these instants, in time order."""
    columns = (PlanItemRow.start_at, PlanItemRow.occurrence_id)
    query = select(*columns).where(PlanItemRow.bulletin_id == bulletin_id, PlanItemRow.start_at.in_(starts)).distinct()
    if areas is not None:
        query = query.where(PlanItemRow.area_id.in_(areas))
    return [AiringStart(*row) for row in session.execute(query.order_by(*columns))]


def airings_within(
    session: Session,
    bulletin_ids: Collection[BulletinId],
    areas: Collection[AreaId] | None,
    from_at: datetime,
    until_at: datetime,
) -> Sequence[Airing]:
    """List the airings of these bulletins that start in the span in these areas, in time order."""
    within = [PlanItemRow.start_at >= from_at, PlanItemRow.start_at < until_at]
    return _airings(session, [among(PlanItemRow.bulletin_id, bulletin_ids), *within], areas) if bulletin_ids else ()


def airings_under(
    session: Session,
    transmission_ids: Collection[TransmissionId],
    areas: Collection[AreaId] | None,
    from_at: datetime,
    until_at: datetime,
) -> Sequence[Airing]:
    """List the airings that start in the span in these areas by these approvals, in time order."""
    within = [PlanItemRow.start_at >= from_at, PlanItemRow.start_at < until_at]
    return _airings(session, [PlanItemRow.transmission_id.in_(transmission_ids), *within], areas)


def areas_of_airings(
    session: Session, occurrence_ids: Collection[OccurrenceId]
) -> Mapping[OccurrenceId, Collection[AreaId]]:
    """Return the areas whose plan holds each of these."""
    item = PlanItemRow
    rows = session.execute(
        select(item.occurrence_id, item.area_id).where(among(item.occurrence_id, occurrence_ids), item.placed)
    )
    found: dict[OccurrenceId, list[AreaId]] = {each: [] for each in occurrence_ids}
    for occurrence_id, area_id in rows:
        found[occurrence_id].append(area_id)
    return found


def heard_of(session: Session, bulletin_ids: Collection[BulletinId]) -> frozenset[BulletinId]:
    """Return the bulletins that a device reported to have sounded, to the end or to a cut."""
    item = PlanItemRow
    told = DeliveryRow.state.in_([DeliveryState.DONE, DeliveryState.CUT])
    query = (
        select(item.bulletin_id)
        .join(DeliveryRow, DeliveryRow.occurrence_id == item.occurrence_id)
        .where(among(item.bulletin_id, bulletin_ids), told)
        .distinct()
    )
    return frozenset(session.scalars(query))


def has_airings(session: Session, bulletin_id: BulletinId) -> bool:
    """Return whether any plan, past ones included, holds the bulletin."""
    return (
        session.scalar(select(PlanItemRow.bulletin_id).where(PlanItemRow.bulletin_id == bulletin_id).limit(1))
        is not None
    )


def next_starts(
    session: Session, bulletin_ids: Collection[BulletinId], after_at: datetime
) -> Mapping[BulletinId, datetime]:
    """Return when the next airing of each of these bulletins starts, of those that are planned anywhere."""
    item = PlanItemRow
    # The first in the index, for each: a group of a daily bulletin has thousands of rows.
    first = (
        select(item.start_at)
        .where(item.bulletin_id == BulletinRow.id, item.start_at > after_at, item.placed)
        .order_by(item.start_at)
        .limit(1)
        .scalar_subquery()
    )
    query = select(BulletinRow.id, first).where(among(BulletinRow.id, bulletin_ids), first.is_not(None))
    return {bulletin_id: at for bulletin_id, at in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def airing(session: Session, occurrence_id: OccurrenceId, areas: Collection[AreaId] | None = None) -> Airing | None:
    """Return one occurrence; None where no plan of these areas holds it."""
    found = _airings(session, [PlanItemRow.occurrence_id == occurrence_id], areas)
    return found[0] if found else None


def _airings(session: Session, where: list[ColumnElement[bool]], areas: Collection[AreaId] | None) -> Sequence[Airing]:
    return _read(session, _told(where, areas), areas)


def _read(
    session: Session,
    query: Select[*tuple[Any, ...]],
    areas: Collection[AreaId] | None,
    bound: Mapping[str, object] | None = None,
) -> Sequence[Airing]:
    rows = session.execute(query, bound).all()
    shown = _shown_on_boards(session, [row.occurrence_id for row in rows if not row.is_counted], areas)
    return [_airing(row, shown.get(row.occurrence_id, {})) for row in rows]


def _airing(row: Row[Any], shown: Mapping[DeliveryState, int]) -> Airing:
    """Build the airing of a row; ``shown``: the reports of boards, which its counts have to lose."""
    counts = zip(REPORTED, row[-len(REPORTED) :], strict=True)
    reported = {state: left for state, count in counts if (left := count - shown.get(state, 0))}
    return Airing(
        row.occurrence_id,
        row.bulletin_id,
        row.title,
        row.start_at,
        row.end_at,
        row.placed_areas,
        row.areas - row.placed_areas,
        # Devices that were shut off since have sounded all the same.
        max(row.devices, sum(reported.values())),
        row.sent_devices,
        reported,
        row.unsigned_areas,
    )


def _planned(where: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    posts = (
        select(DeviceRow.area_id, func.count().label("devices"))
        .where(obeys(), DeviceRow.kind != DeviceKind.BOARD)
        .group_by(DeviceRow.area_id)
        .subquery()
    )
    aired = and_(
        AiredAudienceRow.occurrence_id == PlanItemRow.occurrence_id, AiredAudienceRow.area_id == PlanItemRow.area_id
    )
    # An airing that makes good a missed one is planned only on the devices that missed it.
    there = func.coalesce(AiredAudienceRow.devices, PlanItemRow.only_devices, posts.c.devices, 0)
    # A plan's instant of sending lies behind its text: few are unsent, and an index names them.
    unsent = select(DayPlanRow.area_id, DayPlanRow.on).where(DayPlanRow.sent_at.is_(None))
    is_sent = and_(PlanItemRow.placed, tuple_(PlanItemRow.area_id, PlanItemRow.on).not_in(unsent))
    return (
        select(
            *_OCCURRENCE,
            func.count().label("areas"),
            func.sum(case((PlanItemRow.placed, 1), else_=0)).label("placed_areas"),
            func.sum(case((PlanItemRow.is_unsigned, 1), else_=0)).label("unsigned_areas"),
            func.sum(case((PlanItemRow.placed, there), else_=0)).label("devices"),
            func.sum(case((is_sent, there), else_=0)).label("sent_devices"),
            func.count(AiredAudienceRow.done).label("counted_areas"),
            *(func.sum(column).label(state) for state, column in _COUNTED.items()),
        )
        .outerjoin(posts, posts.c.area_id == PlanItemRow.area_id)
        .outerjoin(AiredAudienceRow, aired)
        .where(*where)
        .group_by(*_OCCURRENCE)
    )


@cache
def _board(*, is_everywhere: bool) -> Select[*tuple[Any, ...]]:
    """Build the query of a span once: each view of Today asks it."""
    item = PlanItemRow
    within = [item.start_at >= bindparam("from_at"), item.start_at < bindparam("until_at")]
    return _told(within, None if is_everywhere else bindparam("areas", expanding=True))


def _told(
    where: list[ColumnElement[bool]], areas: Collection[AreaId] | BindParameter[Any] | None
) -> Select[*tuple[Any, ...]]:
    """Build the query for what is planned, with the count of devices by their reports.

    What is not counted yet in all its areas is counted here, boards among it. Each count is one stretch of an index: to
    group the reports of a province's day by state takes twice as long.
    """
    row = DeliveryRow
    here = [] if areas is None else [PlanItemRow.area_id.in_(areas)]
    there = [] if areas is None else [row.area_id.in_(areas)]
    planned = _planned([*where, *here]).subquery()
    is_counted = and_(planned.c.counted_areas == planned.c.placed_areas, planned.c.placed_areas > 0)
    counts = [
        case(
            (is_counted, planned.c[state]),
            else_=select(func.count())
            .where(row.occurrence_id == planned.c.occurrence_id, row.state == state, *there)
            .scalar_subquery(),
        ).label(f"all_{state}")
        for state in REPORTED
    ]
    columns = [column for column in planned.c if column.name not in _COUNTED]
    return select(*columns, is_counted.label("is_counted"), *counts).order_by(
        planned.c.start_at, planned.c.occurrence_id
    )


def _shown_on_boards(
    session: Session, occurrence_ids: Sequence[OccurrenceId], areas: Collection[AreaId] | None
) -> dict[OccurrenceId, dict[DeliveryState, int]]:
    """Count the boards by what they reported. They are few: to look at each device's kind takes as long as all else."""
    if not occurrence_ids:
        return {}
    row, item = DeliveryRow, PlanItemRow
    planned = select(item.occurrence_id).where(among(item.occurrence_id, occurrence_ids)).distinct().subquery()
    board = boards().subquery()
    shown = select(planned.c.occurrence_id, board.c.id).join_from(planned, board, true())
    query = select(row.occurrence_id, row.state, func.count()).where(
        tuple_(row.occurrence_id, row.device_id).in_(shown), *([] if areas is None else [row.area_id.in_(areas)])
    )
    found: dict[OccurrenceId, dict[DeliveryState, int]] = {}
    for occurrence_id, state, count in session.execute(query.group_by(row.occurrence_id, row.state)):
        found.setdefault(occurrence_id, {})[state] = count
    return found
