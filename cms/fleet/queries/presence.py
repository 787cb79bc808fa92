"""Presence of many devices: read once, changed in memory, written in one statement."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.orm import Session

from cms.fleet.queries.overview import statuses
from cms.fleet.tables.devices import DeviceStatusRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import columns_of
from cms.reports.repository.counted_days import note_presence
from devices.model import DeviceId, DeviceStatus


def move_seen(connection: Connection, heard: Mapping[DeviceId, datetime]) -> None:
    """Set when these devices were last seen, if they were ever born; a later instant stays."""
    row = DeviceStatusRow
    moved = (
        update(row)
        .where(row.device_id == bindparam("spoke"), row.seen_at < bindparam("at"))
        .values(seen_at=bindparam("at"))
    )
    connection.execute(moved, [{"spoke": device_id, "at": at} for device_id, at in sorted(heard.items())])


class StatusTable:
    """Latest status of these devices, by the rule of ``Devices.report``: an older connection never wins."""

    def __init__(self, session: Session, device_ids: Collection[DeviceId]) -> None:
        self._session = session
        self._held = statuses(session, device_ids) if device_ids else {}
        self._changed: set[DeviceId] = set()
        self._moves: list[tuple[DeviceId, datetime, bool]] = []

    def get(self, device_id: DeviceId) -> DeviceStatus | None:
        return self._held.get(device_id)

    def report(self, status: DeviceStatus, since: datetime | None = None) -> None:
        """Store the status unless a later connection has reported already. ``since``: its start, if not ``seen_at``."""
        held = self._held.get(status.device_id)
        if held is None or held.conn <= status.conn:
            if held is None or held.online != status.online:
                self._moves.append((status.device_id, since or status.seen_at, status.online))
            self._held[status.device_id] = status
            self._changed.add(status.device_id)

    def flush(self) -> None:
        """Write the changes."""
        rows = [columns_of(self._held[device_id]) for device_id in sorted(self._changed)]
        self._changed.clear()
        note_presence(self._session, sorted(self._moves))
        self._moves = []
        if not rows:
            return
        word = insert_or(self._session, DeviceStatusRow)
        told = word.on_conflict_do_update(
            index_elements=["device_id"],
            set_={name: word.excluded[name] for name in rows[0] if name != "device_id"},
            where=DeviceStatusRow.conn <= word.excluded.conn,
        )
        self._session.connection().execute(told, rows)
