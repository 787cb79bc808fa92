"""As-run log over a span and places, with the places frozen when each record came."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import names_of
from cms.schedule.tables.deliveries import AsRunRow, AsRunSealRow
from province.areas import AreaId

EXPORT_PAGE_ROWS = 2000


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
    at, _, rest = after.partition("~")
    device_id, _, record_id = rest.partition("~")
    if record_id:
        place = tuple_(AsRunRow.planned_at, AsRunRow.device_id, AsRunRow.record_id)
        query = query.where(place > tuple_(datetime.fromisoformat(at), device_id, record_id))
    return query


def _cursor(run: AsRun) -> str:
    return f"{run.planned_at.isoformat()}~{run.device_id}~{run.record_id}"
