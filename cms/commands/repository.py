"""Repositories of remote commands and their batches, of maintenance windows and of self-test hours."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, exists, insert, or_, select, update

from cms.commands.tables import BatchRow, LogPartRow, RemoteCommandRow, TestHourRow, WindowRow
from cms.platform.store.columns import Base
from cms.platform.store.insert_or_update import add_rows
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import among, change, columns_of, value_of
from cms.platform.store.uow import Repository
from devices.commands.lifecycle import OPEN
from devices.commands.maintenance import MaintenanceWindows
from devices.commands.model import Batch, BatchId, BatchState, CommandId, CommandState, RemoteCommand, Window, WindowId
from devices.commands.self_tests import TestHour
from devices.model import DeviceId
from devices.protocol.messages import LogPart
from province.areas import AreaId, AreaTree

_CHANGES = (
    *("state", "expires_at", "sends", "sent_at", "received_at", "ended_at", "code", "boot", "test", "log_sha256"),
    "log_bytes",
)

_IS_OPEN = RemoteCommandRow.state.in_(sorted(OPEN))
_ASKED = (BatchRow.asked_at, BatchRow.id)


class CommandBatches(VersionedRepository[BatchId, Batch], row=BatchRow, noun="command_batch"):
    """Repository of command batches."""

    def waiting_since(self, before_at: datetime) -> Sequence[Batch]:
        """List the batches asked for before then that are not approved yet."""
        return self._list(BatchRow.state == BatchState.WAITING, BatchRow.asked_at <= before_at, order=_ASKED)

    def over(self) -> Sequence[Batch]:
        """List the running batches of which no command can change any more."""
        is_open = exists().where(RemoteCommandRow.batch_id == BatchRow.id, RemoteCommandRow.state.in_(OPEN))
        return self._list(BatchRow.state == BatchState.RUNNING, ~is_open, order=_ASKED)


class DeviceCommands(Repository):
    """Repository of remote commands. A change reads the command with ``held``, which locks it until the commit."""

    def add(self, commands: Iterable[RemoteCommand]) -> None:
        add_rows(self._session, RemoteCommandRow, map(columns_of, commands))

    def get(self, command_id: CommandId) -> RemoteCommand:
        query = select(RemoteCommandRow).where(RemoteCommandRow.id == command_id)
        return self._got(RemoteCommand, query, "remote_command", command_id)

    def held(
        self, command_ids: Iterable[CommandId], devices: Collection[DeviceId] = ()
    ) -> dict[CommandId, RemoteCommand]:
        """Read these commands, and the open ones of these devices, by id; unknown ids are left out."""
        found: dict[CommandId, RemoteCommand] = {}
        ids = sorted(set(command_ids))
        if ids:
            self._hold(found, among(RemoteCommandRow.id, ids))
        if devices:
            self._hold(found, among(RemoteCommandRow.device_id, sorted(devices)), _IS_OPEN)
        return found

    def save(self, commands: Iterable[RemoteCommand]) -> None:
        """Store the fields of commands that may change; each command was read with ``held``."""
        table = Base.metadata.tables[RemoteCommandRow.__tablename__]
        rows = [{"of": each.id} | {f"new_{name}": getattr(each, name) for name in _CHANGES} for each in commands]
        if rows:
            values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _CHANGES}
            self._session.connection().execute(update(table).where(table.c.id == bindparam("of")).values(values), rows)

    def queued(self, now: datetime, limit: int) -> Sequence[RemoteCommand]:
        """List the first commands that wait to be sent and still hold, of running batches, oldest request first."""
        row = RemoteCommandRow
        waits = (row.state == CommandState.QUEUED, row.expires_at > now, BatchRow.state == BatchState.RUNNING)
        query = select(row).join(BatchRow, BatchRow.id == row.batch_id).where(*waits)
        return self._listed(RemoteCommand, query.order_by(row.id).limit(limit))

    def is_any_pending(self) -> bool:
        """Return whether a command is open, or a batch not ended."""
        is_running = BatchRow.state.in_([BatchState.WAITING, BatchState.RUNNING])
        return bool(self._session.scalar(select(exists().where(_IS_OPEN) | exists().where(is_running))))

    def open(self) -> Sequence[RemoteCommand]:
        """List all open commands."""
        return self._listed(RemoteCommand, select(RemoteCommandRow).where(_IS_OPEN).order_by(RemoteCommandRow.id))

    def not_sent(self, batch_id: BatchId) -> Sequence[CommandId]:
        row = RemoteCommandRow
        waits = (row.batch_id == batch_id, row.state == CommandState.QUEUED)
        return self._session.scalars(select(row.id).where(*waits).order_by(row.id)).all()

    def keep_part(self, part: LogPart) -> bytes | None:
        """Keep a part of a log; returns the whole log with its last part. Parts of another log of the command go."""
        mine = LogPartRow.command_id == CommandId(part.cid)
        change(self._session, delete(LogPartRow).where(mine, LogPartRow.sha256 != part.sha256))
        change(self._session, delete(LogPartRow).where(mine, LogPartRow.n == part.n))
        row = {"command_id": part.cid, "n": part.n, "of": part.of, "sha256": part.sha256, "data": part.data}
        self._session.execute(insert(LogPartRow), [row])
        parts = self._session.scalars(select(LogPartRow).where(mine).order_by(LogPartRow.n)).all()
        is_whole = [each.n for each in parts] == list(range(part.of))
        return b"".join(each.data for each in parts) if is_whole else None

    def drop_parts(self, command_ids: Iterable[CommandId]) -> None:
        ids = list(command_ids)
        if ids:
            change(self._session, delete(LogPartRow).where(among(LogPartRow.command_id, ids)))

    def _hold(self, found: dict[CommandId, RemoteCommand], *where: ColumnElement[bool]) -> None:
        rows = self._session.scalars(
            select(RemoteCommandRow)
            .where(*where)
            .order_by(RemoteCommandRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((row.id, value_of(RemoteCommand, row)) for row in rows)


class MaintenanceRecords(KeyedRepository[WindowId, Window], row=WindowRow, noun="maintenance_window"):
    """Repository of maintenance windows. ``in_force`` mutes faults."""

    def in_force(self, now: datetime, tree: AreaTree) -> MaintenanceWindows:
        """Return the windows in force at ``now``, to be asked about thousands of devices."""
        return MaintenanceWindows(self._not_over(now, WindowRow.from_at <= now), tree)

    def between(self, since: datetime, until: datetime, tree: AreaTree) -> MaintenanceWindows:
        """Return the windows in force at any moment of the span, to be asked about thousands of devices."""
        return MaintenanceWindows(self._not_over(since, WindowRow.from_at <= until), tree)

    def ahead(self, areas: Collection[AreaId], now: datetime) -> Sequence[Window]:
        """List the windows of these very areas, and of devices in them, that have not ended, by their beginning."""
        return [each for each in self._not_over(now) if each.area_id in areas]

    def end(self, window: Window) -> bool:
        """Store the window's end; False where it had one."""
        values = {"ended_at": window.ended_at, "ended_by_name": window.ended_by_name}
        is_it = (WindowRow.id == window.id, WindowRow.ended_at.is_(None))
        return change(self._session, update(WindowRow).where(*is_it).values(values)) == 1

    def _not_over(self, now: datetime, *where: ColumnElement[bool]) -> Sequence[Window]:
        is_running = or_(WindowRow.ended_at.is_(None), WindowRow.ended_at > now)
        return self._list(WindowRow.until_at > now, is_running, *where, order=(WindowRow.from_at,))


class AreaTestHours(VersionedRepository[AreaId, TestHour], row=TestHourRow, noun="self_test_hour", key="area_id"):
    """Repository of test hours, one at most for each area; each is changed only against its present version."""

    def all(self) -> Mapping[AreaId, TestHour]:
        rows = self._session.scalars(select(TestHourRow).order_by(TestHourRow.area_id))
        return {row.area_id: value_of(TestHour, row) for row in rows}

    def put(self, hour: TestHour) -> None:
        """Store ``hour``, one version above the stored one, or the first. Raises ConflictError where it is not."""
        if hour.version == 1:
            self.add(hour)
        else:
            self.save(hour)
