"""After air: missed airings, and the as-run log over a span and places."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import Left, Missed, Remedy, may_be_decided
from cms.platform.store.paging import ResultPage, not_a_cursor, page_of
from cms.platform.store.rows import names_of, value_of, values_of
from cms.schedule.tables import AsRunRow, AsRunSealRow, MissedRow
from devices.model import DeviceId
from province.areas import AreaId

EXPORT_PAGE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class MissedLine:
    """Missed airing, its remedy, and the number of devices. ``until_at``: the last time for the remedy."""

    occurrence_id: OccurrenceId
    bulletin_id: BulletinId
    title: str
    missed_at: datetime
    remedy: Remedy
    left_because: Left | None
    devices: int
    areas: int
    until_at: datetime


def missed_lines(
    session: Session, areas: Collection[AreaId] | None, since_at: datetime, limit: int = 100
) -> Sequence[MissedLine]:
    """List the airings that devices in these areas (None: everywhere) missed since then, the latest first."""
    row = MissedRow
    kept, ended = (row.occurrence_id, row.bulletin_id, row.title, row.missed_at), (row.remedy, row.left_because)
    # Grouped in the order in which they are listed: sorted once.
    order = (row.missed_at, row.occurrence_id, *ended)
    devices, places = func.count(), func.count(MissedRow.area_id.distinct())
    query = (
        select(*kept, *ended, devices, places, func.max(MissedRow.not_after_at))
        .where(MissedRow.missed_at >= since_at)
        .group_by(*order, row.bulletin_id, row.title)
        .order_by(order[0].desc(), *order[1:])
        .limit(limit)
    )
    if areas is not None:
        query = query.where(MissedRow.area_id.in_(areas))
    return [MissedLine(*row) for row in session.execute(query)]


def decidable(
    session: Session, occurrence_id: OccurrenceId, areas: Collection[AreaId], *, airs_again: bool
) -> Sequence[DeviceId]:
    """List the devices in these areas about which a person may decide so (``may_be_decided``)."""
    found = values_of(
        session, Missed, MissedRow, MissedRow.occurrence_id == occurrence_id, MissedRow.area_id.in_(areas)
    )
    return [each.device_id for each in found if may_be_decided(each, airs_again=airs_again)]


def missed_by(session: Session, device_id: DeviceId, item_id: OccurrenceId) -> Missed | None:
    """Return a device's missed airing, looked up by the airing it missed or by the one that makes it good."""
    is_it = (MissedRow.occurrence_id == item_id) | (MissedRow.item_id == item_id)
    row = session.scalar(select(MissedRow).where(MissedRow.device_id == device_id, is_it))
    return None if row is None else value_of(Missed, row)


def as_run_log(
    session: Session,
    areas: Collection[AreaId] | None,
    from_at: datetime,
    until_at: datetime,
    *,
    after: str = "",
    limit: int = 100,
) -> ResultPage[AsRun]:
    """List records planned in the span, by the device's place then (None: everywhere), by time, device and record."""
    rows = session.execute(_log(areas, from_at, until_at, after).limit(limit + 1))
    return page_of([AsRun(*row) for row in rows], limit, _cursor)


def exported(
    session: Session, areas: Collection[AreaId] | None, from_at: datetime, until_at: datetime
) -> Iterator[AsRun]:
    """Yield the whole log, read a page at a time."""
    after = ""
    while True:
        page = as_run_log(session, areas, from_at, until_at, after=after, limit=EXPORT_PAGE_ROWS)
        yield from page.rows
        after = page.next_cursor
        if not after:
            return


def chain_head(session: Session) -> tuple[int, str]:
    """Return the number of sealed records, and the last seal's hash (empty where there is none)."""
    last = session.execute(select(AsRunSealRow.seq, AsRunSealRow.hash).order_by(AsRunSealRow.seq.desc()).limit(1))
    return next(((seq, digest) for seq, digest in last), (0, ""))


def _log(
    areas: Collection[AreaId] | None, from_at: datetime, until_at: datetime, after: str
) -> Select[*tuple[Any, ...]]:
    query = (
        select(*(getattr(AsRunRow, name) for name in names_of(AsRun)))
        .where(AsRunRow.planned_at >= from_at, AsRunRow.planned_at < until_at)
        .order_by(AsRunRow.planned_at, AsRunRow.device_id, AsRunRow.record_id)
    )
    if areas is not None:
        query = query.where(AsRunRow.area_id.in_(areas))
    if after:
        place = tuple_(AsRunRow.planned_at, AsRunRow.device_id, AsRunRow.record_id)
        query = query.where(place > tuple_(*_place(after)))
    return query


def _place(cursor: str) -> tuple[datetime, str, str]:
    """Decode a cursor. Raises InvalidError: it was not made here."""
    at, _, rest = cursor.partition("~")
    device_id, _, record_id = rest.partition("~")
    try:
        began_at = datetime.fromisoformat(at)
    except ValueError:
        raise not_a_cursor() from None
    if began_at.tzinfo is None or not record_id:
        raise not_a_cursor()
    return began_at, device_id, record_id


def _cursor(run: AsRun) -> str:
    return f"{run.planned_at.isoformat()}~{run.device_id}~{run.record_id}"
