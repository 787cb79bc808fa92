"""Inboxes of communes for the screens, and receipts for the sender."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import UNTOLD, DeliveryState
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.inbox.model import HandedDown, HandedDownState
from cms.bulletins.tables.bulletins import BulletinRow, TransmissionRow
from cms.inbox.tables import HandedDownRow
from cms.platform.store.rows import among, value_of
from cms.schedule.tables import DeliveryRow
from province.areas import AreaId

OPEN = (HandedDownState.OFFERED, HandedDownState.PLACING, HandedDownState.COLLIDING)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Outcome of a handed-down bulletin in one commune: devices counted once for each airing, by their state."""

    item: HandedDown
    placed_status: BulletinStatus | None
    devices: Mapping[DeliveryState, int]

    @property
    def done(self) -> int:
        return self.devices.get(DeliveryState.DONE, 0)

    @property
    def failed(self) -> int:
        return self.devices.get(DeliveryState.CUT, 0) + self.devices.get(DeliveryState.MISSED, 0)


def inbox_list(session: Session, areas: Collection[AreaId], *, limit: int) -> Sequence[HandedDown]:
    """List waiting items first, the most urgent before the others; then the rest, newest first."""
    row = HandedDownRow
    waits = case((row.state.in_(OPEN), 0), else_=1)
    rows = session.scalars(
        select(row)
        .where(among(row.area_id, areas))
        .order_by(waits, case((row.state.in_(OPEN), row.answer_by_at)), row.sent_at.desc(), row.id)
        .limit(limit)
    )
    return [value_of(HandedDown, each) for each in rows]


def count_waiting(session: Session, areas: Collection[AreaId]) -> int:
    """Count the items that these areas have to answer."""
    row = HandedDownRow
    asks: ColumnElement[bool] = row.state.in_((HandedDownState.OFFERED, HandedDownState.COLLIDING))
    return session.scalar(select(func.count()).where(asks, among(row.area_id, areas))) or 0


def receipts(session: Session, bulletin_id: BulletinId) -> list[Receipt]:
    """List one receipt for each commune it was handed down to, by area."""
    rows = session.scalars(
        select(HandedDownRow).where(HandedDownRow.bulletin_id == bulletin_id).order_by(HandedDownRow.area_id)
    )
    items = [value_of(HandedDown, row) for row in rows]
    placed = [item.placed_id for item in items if item.placed_id is not None]
    status = {
        row.id: row.status
        for row in session.execute(select(BulletinRow.id, BulletinRow.status).where(among(BulletinRow.id, placed)))
    }
    counts: defaultdict[BulletinId, dict[DeliveryState, int]] = defaultdict(dict)
    counted = session.execute(
        select(TransmissionRow.bulletin_id, DeliveryRow.state, func.count())
        .join(DeliveryRow, DeliveryRow.transmission_id == TransmissionRow.id)
        .where(among(TransmissionRow.bulletin_id, placed), DeliveryRow.state.not_in(UNTOLD))
        .group_by(TransmissionRow.bulletin_id, DeliveryRow.state)
    )
    for placed_id, state, number in counted:
        counts[placed_id][state] = number
    return [
        Receipt(item, status.get(item.placed_id), counts.get(item.placed_id, {}))
        if item.placed_id is not None
        else Receipt(item, None, {})
        for item in items
    ]
