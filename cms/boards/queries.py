"""Delivery of a bulletin's text to boards: one line a board, apart from loudspeakers."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import TransmissionId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.tables.bulletins import BoardPlanRow
from cms.fleet.repository.devices import Devices
from cms.fleet.tables import DeviceRow, obeys
from cms.platform.store.uow import UnitOfWork
from cms.schedule.tables import AsRunRow, DeliveryRow
from devices.model import DeviceId, DeviceKind
from devices.protocol.boards import USUAL, Screen
from province.areas import AreaId

BOARDS_SHOWN = 500


@dataclass(frozen=True, slots=True)
class BoardLine:
    """Latest showing that a board reported; PLANNED and SENT follow from its area's plan, the rest is reported.

    ``started_at`` and ``ended_at`` are those of its last record.
    """

    device_id: DeviceId
    device_name: str
    area_id: AreaId
    state: DeliveryState
    reason: str
    changed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


def boards_of(uow: UnitOfWork, bulletin_id: BulletinId, areas: Iterable[AreaId]) -> Sequence[BoardLine]:
    """List the boards of its last approval, in these areas, by name; none where its text is not for boards."""
    transmissions = [each for each in uow[Transmissions].of_bulletin(bulletin_id) if each.board is not None]
    if not transmissions:
        return ()
    last = max(transmissions, key=lambda each: each.approved_at)
    there = reached(last.targets, uow[Places].tree(), uow[Devices].with_boards(areas))
    return _lines(uow.session, last.id, there) if there else ()


def screens_standing(session: Session) -> Mapping[AreaId, Counter[Screen]]:
    """Count the sorts of screens in each very area that has boards."""
    told = session.execute(
        select(DeviceRow.area_id, DeviceRow.screen, func.count())
        .where(DeviceRow.kind == DeviceKind.BOARD, obeys())
        .group_by(DeviceRow.area_id, DeviceRow.screen)
    )
    found: dict[AreaId, Counter[Screen]] = {}
    for area_id, screen, count in told:
        found.setdefault(area_id, Counter())[screen or USUAL] += count
    return found


def _lines(session: Session, transmission_id: TransmissionId, areas: Collection[AreaId]) -> Sequence[BoardLine]:
    devices = session.execute(
        select(DeviceRow.id, DeviceRow.name, DeviceRow.area_id, BoardPlanRow.sent_at)
        .outerjoin(BoardPlanRow, BoardPlanRow.area_id == DeviceRow.area_id)
        .where(DeviceRow.kind == DeviceKind.BOARD, obeys(), DeviceRow.area_id.in_(areas))
        .order_by(DeviceRow.name, DeviceRow.id)
        .limit(BOARDS_SHOWN)
    ).all()
    first, last = f"{transmission_id}-board-", f"{transmission_id}-board."
    words: dict[DeviceId, DeliveryRow] = {}
    if devices:
        found = session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.occurrence_id > first, DeliveryRow.occurrence_id < last)
            .order_by(DeliveryRow.occurrence_id)
        )
        for word in found:
            # A showing announced for a later day says less than an earlier one that has begun.
            if word.device_id not in words or word.state not in _WAITING:
                words[word.device_id] = word
    runs: dict[DeviceId, AsRunRow] = {}
    if words:
        told = session.scalars(
            select(AsRunRow)
            .where(AsRunRow.occurrence_id > first, AsRunRow.occurrence_id < last)
            .order_by(AsRunRow.planned_at)
        )
        runs = {run.device_id: run for run in told}
    return [_line(*row, word=words.get(row.id), run=runs.get(row.id)) for row in devices]


_WAITING = frozenset({DeliveryState.RECEIVED, DeliveryState.READY})


def _line(
    device_id: DeviceId,
    name: str,
    area_id: AreaId,
    sent_at: datetime | None,
    *,
    word: DeliveryRow | None,
    run: AsRunRow | None,
) -> BoardLine:
    if word is None:
        state = DeliveryState.SENT if sent_at else DeliveryState.PLANNED
        return BoardLine(device_id, name, area_id, state, "", sent_at, None, None)
    same = run if run is not None and run.occurrence_id == word.occurrence_id else None
    started_at = same.started_at if same else (word.changed_at if word.state is DeliveryState.STARTED else None)
    return BoardLine(
        device_id,
        word.device_name,
        area_id,
        word.state,
        word.reason,
        word.changed_at,
        started_at,
        same.ended_at if same else None,
    )
