"""Calendar of a span of time: only the columns and the places that it shows."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import BulletinId, BulletinStatus, Proposal, Targets
from broadcast.scheduling.rescheduling import Promise
from broadcast.scheduling.timetable import (
    SLOTS_MAX,
    ChangeEffect,
    Planned,
    QuietSpan,
    TimetableAiring,
    rows_under,
    silences,
    slots,
)
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow
from cms.platform.store.rows import among
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.wall_clock import local_date

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Timetable. ``is_cut``: the span has more than ``SLOTS_MAX`` airings; the first ones are here.

    ``freeze_min``: minutes before air from which a plan is frozen, by row.
    """

    rows: tuple[AreaId, ...]
    slots: tuple[TimetableAiring, ...]
    silences: tuple[QuietSpan, ...]
    is_cut: bool
    freeze_min: Mapping[AreaId, int]

    def stands(self, slot: TimetableAiring, now: datetime) -> bool:
        """Return whether a promised airing begins so soon that it is not changed any more."""
        freeze = timedelta(minutes=max((self.freeze_min[row] for row in slot.rows), default=0))
        is_promised = slot.planned.status in APPROVED and slot.change is not ChangeEffect.COMING
        return is_promised and now < slot.start_at <= now + freeze


def timetable(uow: UnitOfWork, area_id: AreaId, from_at: datetime, until_at: datetime) -> Timetable:
    """Return the rows under an area with their airings in [from_at, until_at)."""
    tree = uow[Places].tree()
    rows = rows_under(area_id, tree, local_date(from_at))
    touched = sorted({above for leaf in rows.leaves for above in tree.lineage(leaf)})
    planned = (*_promised(uow, rows.leaves, from_at, until_at), *_handed_over(uow.session, touched))
    found = slots(planned, rows, tree, from_at, until_at)
    rules = {row: uow[Places].rules(row) for row in rows.ids}
    quiet, freezes = silences(rules, from_at, until_at), {row: each.freeze_min for row, each in rules.items()}
    return Timetable(rows.ids, found[:SLOTS_MAX], quiet, is_cut=len(found) > SLOTS_MAX, freeze_min=freezes)


def _promised(uow: UnitOfWork, areas: Iterable[AreaId], from_at: datetime, until_at: datetime) -> Iterator[Planned]:
    """Yield the bulletins approved before ``until_at`` that may air in the span in these areas."""
    # ``ends_at`` bounds the last start with a day of slack; airings running into it began a day before at most.
    found = [each for each in uow[Transmissions].reaching(areas, from_at - _DAY) if each.approved_at < until_at]
    row = BulletinRow
    rows = uow.session.execute(
        select(row.id, row.version, row.status, row.proposal).where(among(row.id, {each.bulletin_id for each in found}))
    )
    standing = {bulletin_id: (version, status, proposal) for bulletin_id, version, status, proposal in rows}
    for each in found:
        version, status, proposal = standing[each.bulletin_id]
        yield Planned(
            each.bulletin_id,
            version,
            each.title,
            status,
            each.priority,
            each.targets,
            each.schedules,
            each.duration_ms,
            each.approved_at,
            each.valid_from_at,
            each.valid_until_at,
            _promise(proposal),
        )


def _handed_over(session: Session, touched: Collection[AreaId]) -> Iterator[Planned]:
    """Yield the bulletins that wait for approval with ``touched`` in the lineage of their places."""
    for row in session.execute(_submitted(touched)):
        rendition = row.sound.rendition(DEVICE_RENDITION)
        yield Planned(
            row.id,
            row.version,
            row.title,
            BulletinStatus.SUBMITTED,
            row.priority,
            row.targets,
            row.schedules,
            row.relay.length_ms if row.relay else rendition.duration_ms if rendition else 0,
            row.changed_at,
            row.valid_from_at,
            row.valid_until_at,
        )


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """Approved bulletin for which another time was proposed."""

    id: BulletinId
    title: str
    targets: Targets
    proposal: Proposal


def waiting_changes(session: Session, areas: Collection[AreaId], limit: int = 50) -> list[WaitingChange]:
    """List the waiting changes that address one of these areas, longest waiting first."""
    there = select(BulletinAreaRow.bulletin_id).where(BulletinAreaRow.area_id.in_(areas))
    found = session.execute(
        select(BulletinRow.id, BulletinRow.title, BulletinRow.targets, BulletinRow.proposal)
        .where(BulletinRow.proposal.is_not(None), BulletinRow.status.in_(APPROVED), BulletinRow.id.in_(there))
        .order_by(BulletinRow.changed_at, BulletinRow.id)
        .limit(limit)
    )
    return [WaitingChange(row.id, row.title, row.targets, row.proposal) for row in found]


def _promise(proposal: Proposal | None) -> Promise | None:
    return None if proposal is None else Promise(proposal.schedules, proposal.priority, proposal.targets)


def _submitted(touched: Collection[AreaId]) -> Select[*tuple[Any, ...]]:
    there = select(BulletinAreaRow.bulletin_id).where(BulletinAreaRow.area_id.in_(touched))
    return select(
        BulletinRow.id,
        BulletinRow.version,
        BulletinRow.title,
        BulletinRow.priority,
        BulletinRow.targets,
        BulletinRow.schedules,
        BulletinRow.sound,
        BulletinRow.relay,
        BulletinRow.changed_at,
        BulletinRow.valid_from_at,
        BulletinRow.valid_until_at,
    ).where(BulletinRow.status == BulletinStatus.SUBMITTED, BulletinRow.id.in_(there))
