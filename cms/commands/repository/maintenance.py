"""Repository of maintenance windows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, insert, or_, select, update

from cms.commands.tables import WindowRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from devices.commands.maintenance import MaintenanceWindows
from devices.commands.model import Window, WindowId
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError


class MaintenanceRecords(Repository):
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

    def get(self, window_id: WindowId) -> Window:
        row = self._session.scalar(select(WindowRow).where(WindowRow.id == window_id))
        if row is None:
            raise NotFoundError("maintenance_window", window_id)
        return value_of(Window, row)

    def find(self, window_id: WindowId) -> Window | None:
        row = self._session.scalar(select(WindowRow).where(WindowRow.id == window_id))
        return None if row is None else value_of(Window, row)

    def add(self, window: Window) -> None:
        self._session.execute(insert(WindowRow), [columns_of(window)])

    def end(self, window: Window) -> bool:
        """Store the window's end; False where it had one."""
        values = {"ended_at": window.ended_at, "ended_by_name": window.ended_by_name}
        is_it = (WindowRow.id == window.id, WindowRow.ended_at.is_(None))
        return change(self._session, update(WindowRow).where(*is_it).values(values)) == 1

    def _not_over(self, now: datetime, *where: ColumnElement[bool]) -> Sequence[Window]:
        is_running = or_(WindowRow.ended_at.is_(None), WindowRow.ended_at > now)
        rows = self._session.scalars(
            select(WindowRow).where(WindowRow.until_at > now, is_running, *where).order_by(WindowRow.from_at)
        )
        return [value_of(Window, row) for row in rows]
