"""Delivery ladder of one airing, device by device."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun, DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import makes_good
from cms.bulletins.tables.bulletins import DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, boards, obeys
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import among, value_of
from cms.schedule.tables import AiredAudienceRow, AsRunRow, DeliveryRow, MissedRow
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

SentAt = Mapping[AreaId, datetime | None]
"""Instant of sending of the manifest of each area that has it planned."""
_SOUNDS = (obeys(), DeviceRow.kind != DeviceKind.BOARD)
# States of devices that have reported nothing, and whether the area's manifest is still to be sent.
_SILENT = frozenset({(DeliveryState.PLANNED, True), (DeliveryState.SENT, False)})


@dataclass(frozen=True, slots=True)
class DeliveryRung:
    """Delivery of an airing to one device. PLANNED and SENT follow from the plan, the rest is reported."""

    device_id: DeviceId
    device_name: str
    area_id: AreaId | None
    state: DeliveryState
    changed_at: datetime | None
    reason: str


def ladder(
    session: Session,
    occurrence_id: OccurrenceId,
    *,
    areas: Collection[AreaId] | None = None,
    state: DeliveryState | None = None,
    after: str = "",
    limit: int = 200,
    sent_at: SentAt | None = None,
) -> ResultPage[DeliveryRung]:
    """List every device whose plan holds it and every device that reported on it (or those in one state), by id.

    ``sent_at``: its ``planned_areas``, if they have been read already.
    """
    if sent_at is None:
        sent_at = planned_areas(session, occurrence_id)
    open_areas = [area for area in sent_at if areas is None or area in areas]
    planned = select(DeviceRow.id).where(DeviceRow.area_id.in_(open_areas), *_SOUNDS, DeviceRow.id > after)
    if makes_good(occurrence_id):
        planned = planned.where(DeviceRow.id.in_(_owed(occurrence_id)))
    spoke = select(DeliveryRow.device_id).where(
        DeliveryRow.occurrence_id == occurrence_id, DeliveryRow.device_id > after, _no_board()
    )
    if state is not None:
        # PLANNED and SENT are the states of devices that have reported nothing; the others are reported.
        there = [area for area in open_areas if (state, sent_at[area] is None) in _SILENT]
        planned = planned.where(DeviceRow.area_id.in_(there), _is_silent(occurrence_id))
        spoke = spoke.where(DeliveryRow.state == state)
    if areas is not None:
        spoke = spoke.where(DeliveryRow.area_id.in_(areas))
    ids = {
        *session.scalars(planned.order_by(DeviceRow.id).limit(limit + 1)),
        *session.scalars(spoke.order_by(DeliveryRow.device_id).limit(limit + 1)),
    }
    shown = sorted(ids)[: limit + 1]
    devices = {row.id: row for row in session.scalars(select(DeviceRow).where(among(DeviceRow.id, shown)))}
    words = session.scalars(
        select(DeliveryRow).where(DeliveryRow.occurrence_id == occurrence_id, among(DeliveryRow.device_id, shown))
    )
    reported = {row.device_id: row for row in words}
    rungs = [_rung(device_id, devices.get(device_id), reported.get(device_id), sent_at) for device_id in shown]
    return page_of(rungs, limit, lambda rung: rung.device_id)


def by_area(
    session: Session,
    occurrence_id: OccurrenceId,
    areas: Collection[AreaId] | None = None,
    sent_at: SentAt | None = None,
) -> dict[AreaId, dict[DeliveryState, int]]:
    """Count the devices on each rung, area by area. ``sent_at`` as in ``ladder``."""
    if sent_at is None:
        sent_at = planned_areas(session, occurrence_id)
    sent_at = {area: at for area, at in sent_at.items() if areas is None or area in areas}
    words = (
        select(DeliveryRow.area_id, DeliveryRow.state, func.count())
        .where(DeliveryRow.occurrence_id == occurrence_id, _no_board())
        .group_by(DeliveryRow.area_id, DeliveryRow.state)
    )
    found: dict[AreaId, dict[DeliveryState, int]] = {area: {} for area in sent_at}
    for area_id, state, count in session.execute(words):
        if areas is None or area_id in areas:
            found.setdefault(area_id, {})[state] = count
    posts = (
        select(DeviceRow.area_id, func.count())
        .where(DeviceRow.area_id.in_(list(sent_at)), *_SOUNDS, _is_silent(occurrence_id))
        .group_by(DeviceRow.area_id)
    )
    if makes_good(occurrence_id):
        posts = posts.where(DeviceRow.id.in_(_owed(occurrence_id)))
    for area_id, silent in session.execute(posts):
        found[area_id][DeliveryState.SENT if sent_at[area_id] else DeliveryState.PLANNED] = silent
    return found


def as_runs_of(
    session: Session, occurrence_id: OccurrenceId, device_ids: Collection[DeviceId] | None = None
) -> Sequence[AsRun]:
    """List the devices' records of an airing, by device and start."""
    query = select(AsRunRow).where(AsRunRow.occurrence_id == occurrence_id)
    if device_ids is not None:
        query = query.where(AsRunRow.device_id.in_(device_ids))
    rows = session.scalars(query.order_by(AsRunRow.device_id, AsRunRow.started_at))
    return [value_of(AsRun, row) for row in rows]


def _is_silent(occurrence_id: OccurrenceId) -> ColumnElement[bool]:
    """Build the condition "the device has reported nothing on this airing"."""
    return DeviceRow.id.not_in(select(DeliveryRow.device_id).where(DeliveryRow.occurrence_id == occurrence_id))


def _owed(occurrence_id: OccurrenceId) -> Select[DeviceId]:
    """Select the devices that hear an airing that makes another good."""
    return select(MissedRow.device_id).where(MissedRow.item_id == occurrence_id)


def _no_board() -> ColumnElement[bool]:
    """Exclude boards, which show and do not sound: they are listed elsewhere."""
    return DeliveryRow.device_id.not_in(boards())


def planned_areas(session: Session, occurrence_id: OccurrenceId) -> SentAt:
    """Return the areas whose plan holds it, with when their manifest was sent; without areas with a frozen audience.

    A frozen audience has a row for each device it was meant for, whatever devices are there now.
    """
    aired = AiredAudienceRow
    is_frozen = exists().where(aired.occurrence_id == occurrence_id, aired.area_id == PlanItemRow.area_id, aired.listed)
    rows = session.execute(
        select(PlanItemRow.area_id, DayPlanRow.sent_at)
        .join(DayPlanRow, and_(DayPlanRow.area_id == PlanItemRow.area_id, DayPlanRow.on == PlanItemRow.on))
        .where(PlanItemRow.occurrence_id == occurrence_id, PlanItemRow.placed, ~is_frozen)
    )
    return {area_id: at for area_id, at in rows}  # noqa: C416 dict() of rows has no type


def _rung(
    device_id: DeviceId,
    device: DeviceRow | None,
    word: DeliveryRow | None,
    sent_at: SentAt,
) -> DeliveryRung:
    area_id = device.area_id if device else None
    if word is not None:
        return DeliveryRung(
            device_id, word.device_name, word.area_id or area_id, word.state, word.changed_at, word.reason
        )
    name = device.name if device else device_id
    sent = sent_at.get(area_id) if area_id else None
    return DeliveryRung(device_id, name, area_id, DeliveryState.SENT if sent else DeliveryState.PLANNED, sent, "")


def as_runs_of_transmissions(
    session: Session,
    transmission_ids: Collection[TransmissionId],
    areas: Collection[AreaId],
    *,
    after: str = "",
    limit: int = 200,
) -> ResultPage[AsRun]:
    """List every record of these transmissions by devices that stood in these areas, by device and record."""
    query = (
        select(AsRunRow)
        .where(AsRunRow.area_id.in_(areas), or_(*map(_is_of, transmission_ids)) if transmission_ids else false())
        .order_by(AsRunRow.device_id, AsRunRow.record_id)
        .limit(limit + 1)
    )
    device_id, _, record_id = after.partition("~")
    if record_id:
        query = query.where(tuple_(AsRunRow.device_id, AsRunRow.record_id) > tuple_(device_id, record_id))
    rows = [value_of(AsRun, row) for row in session.scalars(query)]
    return page_of(rows, limit, lambda run: f"{run.device_id}~{run.record_id}")


def _is_of(transmission_id: TransmissionId) -> ColumnElement[bool]:
    """Match occurrence ids by their prefix, the transmission's id, so that the index on them serves."""
    return and_(AsRunRow.occurrence_id >= f"{transmission_id}-", AsRunRow.occurrence_id < f"{transmission_id}.")
