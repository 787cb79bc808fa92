"""Calendar of a span of time: only the columns and the places that it shows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import BulletinId, BulletinStatus, Proposal, Targets
from broadcast.bulletins.transmissions import longest_ms
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
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow, TransmissionAreaRow, TransmissionRow
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
    found = slots(planned(uow.session, touched, from_at, until_at), rows, tree, from_at, until_at)
    rules = {row: uow[Places].rules(row) for row in rows.ids}
    quiet, freezes = silences(rules, from_at, until_at), {row: each.freeze_min for row, each in rules.items()}
    return Timetable(rows.ids, found[:SLOTS_MAX], quiet, is_cut=len(found) > SLOTS_MAX, freeze_min=freezes)


def planned(session: Session, touched: Collection[AreaId], from_at: datetime, until_at: datetime) -> Iterator[Planned]:
    """Yield bulletins that may air in the span in places with ``touched`` in their lineage: promised or handed over."""
    for row in session.execute(_promised(touched, from_at, until_at)):
        yield Planned(
            row.bulletin_id,
            row.version,
            row.title,
            row.status,
            row.priority,
            row.targets,
            row.schedules,
            longest_ms(row.rendition, row.frames, row.relay),
            row.approved_at,
            row.valid_from_at,
            row.valid_until_at,
            _promise(row.proposal),
        )
    for row in session.execute(_handed_over(touched)):
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


def _promised(touched: Collection[AreaId], from_at: datetime, until_at: datetime) -> Select[*tuple[Any, ...]]:
    there = select(TransmissionAreaRow.transmission_id).where(TransmissionAreaRow.area_id.in_(touched))
    return (
        select(
            TransmissionRow.bulletin_id,
            BulletinRow.version,
            TransmissionRow.title,
            BulletinRow.status,
            BulletinRow.proposal,
            TransmissionRow.priority,
            TransmissionRow.targets,
            TransmissionRow.schedules,
            TransmissionRow.rendition,
            TransmissionRow.relay,
            TransmissionRow.frames,
            TransmissionRow.approved_at,
            TransmissionRow.valid_from_at,
            TransmissionRow.valid_until_at,
        )
        .join(BulletinRow, BulletinRow.id == TransmissionRow.bulletin_id)
        .where(
            TransmissionRow.id.in_(there),
            TransmissionRow.withdrawn_at.is_(None),
            TransmissionRow.approved_at < until_at,
            # ``ends_at`` bounds the last start with a day of slack; airings running into it began a day before at most.
            or_(TransmissionRow.ends_at.is_(None), TransmissionRow.ends_at > from_at - _DAY),
        )
    )


def _handed_over(touched: Collection[AreaId]) -> Select[*tuple[Any, ...]]:
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
