"""Lists of bulletins: all that a person may see, and those that wait for a reviewer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.model import BoardText, BulletinId, BulletinStatus, Sound, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from cms.bulletins.tables.bulletins import BulletinAreaRow, BulletinRow
from cms.platform.clean_text import folded
from cms.platform.store.paging import ResultPage, cursor_at, page_of, read_cursor_at
from cms.platform.store.rows import value_of
from province.areas import AreaId
from province.people import UserId


@dataclass(frozen=True, slots=True)
class BulletinLine:
    """Bulletin as a list shows it."""

    id: BulletinId
    title: str
    status: BulletinStatus
    priority: PriorityClass
    topic: str
    language: str
    targets: Targets
    author_id: UserId
    author_name: str
    submitter_id: UserId | None
    changed_at: datetime
    version: int
    schedules: tuple[Schedule, ...]
    valid_from_at: datetime | None
    valid_until_at: datetime | None
    sound: Sound
    board: BoardText | None


@dataclass(frozen=True, slots=True)
class BulletinFilter:
    """Filter of bulletins; empty fields do not filter. ``words`` are searched in title and text, without diacritics."""

    words: str = ""
    status: BulletinStatus | None = None
    priority: PriorityClass | None = None
    topic: str = ""
    area_ids: Collection[AreaId] = ()
    author_id: UserId | None = None
    changed_from_at: datetime | None = None
    changed_until_at: datetime | None = None


def bulletin_list(
    session: Session,
    visible: Collection[AreaId],
    reader: UserId,
    chosen: BulletinFilter = BulletinFilter(),
    *,
    after: str = "",
    limit: int = 50,
) -> ResultPage[BulletinLine]:
    """List the bulletins that address a visible area, and the reader's own; last changed first."""
    query = (
        _lines()
        .where(or_(BulletinRow.author_id == reader, _addresses(visible)), *_conditions(chosen))
        .order_by(BulletinRow.changed_at.desc(), BulletinRow.id.desc())
    )
    place = read_cursor_at(after)
    if place is not None:
        query = query.where(tuple_(BulletinRow.changed_at, BulletinRow.id) < tuple_(*place))
    return _page(session, query, limit)


def approval_inbox(
    session: Session, reviewable: Collection[AreaId], *, after: str = "", limit: int = 50
) -> ResultPage[BulletinLine]:
    """List submitted bulletins all of whose areas the reader may review; longest waiting first."""
    outside = select(BulletinAreaRow.bulletin_id).where(
        BulletinAreaRow.bulletin_id == BulletinRow.id, BulletinAreaRow.area_id.not_in(reviewable)
    )
    query = (
        _lines()
        .where(BulletinRow.status == BulletinStatus.SUBMITTED, _addresses(reviewable), ~outside.exists())
        .order_by(BulletinRow.changed_at, BulletinRow.id)
    )
    place = read_cursor_at(after)
    if place is not None:
        query = query.where(tuple_(BulletinRow.changed_at, BulletinRow.id) > tuple_(*place))
    return _page(session, query, limit)


def _lines() -> Select[*tuple[Any, ...]]:
    return select(*(getattr(BulletinRow, name) for name in BulletinLine.__dataclass_fields__))


def _page(session: Session, query: Select[*tuple[Any, ...]], limit: int) -> ResultPage[BulletinLine]:
    rows = [value_of(BulletinLine, row) for row in session.execute(query.limit(limit + 1))]
    return page_of(rows, limit, lambda row: cursor_at(row.changed_at, row.id))


def _addresses(areas: Collection[AreaId]) -> ColumnElement[bool]:
    addressed = select(BulletinAreaRow.bulletin_id).where(
        BulletinAreaRow.bulletin_id == BulletinRow.id, BulletinAreaRow.area_id.in_(areas)
    )
    return addressed.exists()


def _conditions(chosen: BulletinFilter) -> list[ColumnElement[bool]]:
    words = folded(chosen.words).split()
    found: list[ColumnElement[bool]] = [BulletinRow.folded.contains(word, autoescape=True) for word in words]
    if chosen.status is not None:
        found.append(BulletinRow.status == chosen.status)
    if chosen.priority is not None:
        found.append(BulletinRow.priority == chosen.priority)
    if chosen.topic:
        found.append(BulletinRow.topic == chosen.topic)
    if chosen.area_ids:
        found.append(_addresses(chosen.area_ids))
    if chosen.author_id is not None:
        found.append(BulletinRow.author_id == chosen.author_id)
    if chosen.changed_from_at is not None:
        found.append(BulletinRow.changed_at >= chosen.changed_from_at)
    if chosen.changed_until_at is not None:
        found.append(BulletinRow.changed_at < chosen.changed_until_at)
    return found
