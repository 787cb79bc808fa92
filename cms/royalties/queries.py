"""Royalties of a month, and approved bulletins of it that have none yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from broadcast.bulletins.model import BulletinId
from broadcast.reports.model import Span
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow, TransmissionRow
from cms.platform.store.rows import among, value_of
from cms.reports.repository.reports import bounds_of
from cms.royalties.tables import RoyaltyRow
from province.areas import AreaId

LINES_MAX = 2000
"""Royalties of one list: more than a province approves in a month."""
UNRECORDED_MAX = 50


@dataclass(frozen=True, slots=True)
class RoyaltyLine:
    """Royalty as a list shows it."""

    bulletin_id: BulletinId
    title: str
    author: str
    genre: str
    grade: str
    amount_vnd: int
    approved_on: date
    recorded_by_name: str


@dataclass(frozen=True, slots=True)
class AuthorRoyalties:
    """Royalties of one author."""

    author: str
    lines: Sequence[RoyaltyLine]

    @property
    def total_vnd(self) -> int:
        return sum(line.amount_vnd for line in self.lines)


def royalties_of(session: Session, areas: Collection[AreaId], month: Span) -> Sequence[AuthorRoyalties]:
    """List the royalties of bulletins for these areas that were approved in the span, by author."""
    row = RoyaltyRow
    columns = (getattr(row, name) for name in RoyaltyLine.__dataclass_fields__ if name != "title")
    query = (
        select(*columns, BulletinRow.title)
        .join(BulletinRow, BulletinRow.id == row.bulletin_id)
        .where(row.approved_on.between(month.first_on, month.last_on), _is_for(row.bulletin_id, areas))
        .order_by(row.author, row.approved_on, row.bulletin_id)
        .limit(LINES_MAX)
    )
    found: dict[str, list[RoyaltyLine]] = {}
    for each in session.execute(query):
        found.setdefault(each.author, []).append(value_of(RoyaltyLine, each))
    return [AuthorRoyalties(author, lines) for author, lines in found.items()]


def unrecorded(session: Session, areas: Collection[AreaId], month: Span) -> Sequence[tuple[BulletinId, str]]:
    """List id and title of bulletins for these areas approved in the span whose royalty nobody has recorded."""
    since_at, until_at = bounds_of(month.first_on, month.last_on)
    row = TransmissionRow
    query = (
        select(row.bulletin_id, BulletinRow.title)
        .join(BulletinRow, BulletinRow.id == row.bulletin_id)
        .where(
            *(row.approved_at >= since_at, row.approved_at < until_at),
            _is_for(row.bulletin_id, areas),
            row.bulletin_id.not_in(select(RoyaltyRow.bulletin_id)),
        )
        .group_by(row.bulletin_id, BulletinRow.title)
        .order_by(row.bulletin_id)
        .limit(UNRECORDED_MAX)
    )
    return [(bulletin_id, title) for bulletin_id, title in session.execute(query)]


def _is_for(bulletin_id: InstrumentedAttribute[BulletinId], areas: Collection[AreaId]) -> ColumnElement[bool]:
    area = BulletinAreaRow
    return select(area.bulletin_id).where(area.bulletin_id == bulletin_id, among(area.area_id, areas)).exists()
