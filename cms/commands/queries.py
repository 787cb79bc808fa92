"""Remote commands for the screens: batches, their progress, and one device's history."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from cms.commands.tables import BatchRow, RemoteCommandRow
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of
from cms.platform.store.rows import among, value_of
from devices.commands.lifecycle import OPEN
from devices.commands.model import Batch, BatchId, BatchState, CommandKind, CommandState, RemoteCommand
from devices.model import DeviceId
from province.areas import AreaId


def batches(
    session: Session, areas: Collection[AreaId] | None, asked_by: str, *, after: str = "", limit: int = 50
) -> ResultPage[Batch]:
    """List one page, newest first, of batches of this person or for one of these areas (None: all)."""
    query = select(BatchRow)
    if areas is not None:
        query = query.where(or_(BatchRow.asked_by == asked_by, _means(session, areas)))
    rows = session.scalars(page_by_time(query, BatchRow.asked_at, BatchRow.id, after, limit))
    return page_of([value_of(Batch, row) for row in rows], limit, lambda each: cursor_at(each.asked_at, each.id))


def _means(session: Session, areas: Collection[AreaId]) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "sqlite":
        named = func.json_each(BatchRow.area_ids).table_valued("value")
    else:
        named = func.json_array_elements_text(cast(BatchRow.area_ids, JSON)).table_valued("value")
    return exists(select(named.c.value).where(named.c.value.in_(areas)))


def waiting(session: Session) -> Sequence[Batch]:
    """List the batches that wait for a second person's approval, oldest first."""
    query = select(BatchRow).where(BatchRow.state == BatchState.WAITING)
    return [value_of(Batch, row) for row in session.scalars(query.order_by(BatchRow.asked_at, BatchRow.id))]


def counts(session: Session, batch_ids: Collection[BatchId]) -> Mapping[BatchId, Counter[CommandState]]:
    """Count the commands of each batch by state."""
    found: dict[BatchId, Counter[CommandState]] = {batch_id: Counter() for batch_id in batch_ids}
    rows = session.execute(
        select(RemoteCommandRow.batch_id, RemoteCommandRow.state, func.count())
        .where(among(RemoteCommandRow.batch_id, batch_ids))
        .group_by(RemoteCommandRow.batch_id, RemoteCommandRow.state)
    )
    for batch_id, state, count in rows:
        found[batch_id][state] = count
    return found


def commands_of(
    session: Session, batch_id: BatchId, *, state: CommandState | None = None, after: str = "", limit: int = 100
) -> ResultPage[RemoteCommand]:
    """List one page of a batch, by the device's id."""
    query = select(RemoteCommandRow).where(RemoteCommandRow.batch_id == batch_id, RemoteCommandRow.device_id > after)
    if state is not None:
        query = query.where(RemoteCommandRow.state == state)
    rows = session.scalars(query.order_by(RemoteCommandRow.device_id).limit(limit + 1))
    return page_of([value_of(RemoteCommand, row) for row in rows], limit, lambda each: each.device_id)


def sounded_since(session: Session, since: datetime) -> Mapping[DeviceId, datetime]:
    """Return when each device was last told to test itself aloud, and did or still may; a refusal is no test."""
    row = RemoteCommandRow
    rows = session.execute(
        select(row.device_id, row.queued_at, row.arguments, row.state, row.test)
        .where(row.kind == CommandKind.SELFTEST, row.queued_at >= since)
        .order_by(row.queued_at)
    )
    return {
        device_id: queued_at
        for device_id, queued_at, arguments, state, test in rows
        if arguments.is_audible and (state in OPEN or (test is not None and test.audible))
    }


def history(session: Session, device_id: DeviceId, limit: int = 20) -> Sequence[tuple[RemoteCommand, Batch]]:
    """List the commands for this device, newest first, with the batches that name the requester."""
    rows = session.execute(
        select(RemoteCommandRow, BatchRow)
        .join(BatchRow, BatchRow.id == RemoteCommandRow.batch_id)
        .where(RemoteCommandRow.device_id == device_id)
        .order_by(RemoteCommandRow.queued_at.desc(), RemoteCommandRow.id.desc())
        .limit(limit)
    )
    return [(value_of(RemoteCommand, row), value_of(Batch, batch)) for row, batch in rows]
