"""Repository of saved filters of the device list, each person's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from cms.fleet.tables.devices import SavedFilterRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Saved filter. ``query``: the query string of the address, parsed again at each use."""

    id: str
    user_id: str
    name: str
    query: str
    kept_at: datetime


class SavedFilters(Repository):
    def of(self, user_id: str) -> Sequence[SavedFilter]:
        """List a person's filters, by name."""
        rows = self._session.scalars(
            select(SavedFilterRow).where(SavedFilterRow.user_id == user_id).order_by(SavedFilterRow.name)
        )
        return [value_of(SavedFilter, row) for row in rows]

    def put(self, kept: SavedFilter) -> None:
        """Insert the filter, or replace the person's one of this name."""
        row = SavedFilterRow
        change(self._session, delete(row).where(row.user_id == kept.user_id, row.name == kept.name))
        self._session.execute(insert(row), [columns_of(kept)])

    def drop(self, user_id: str, filter_id: str) -> bool:
        """Delete a filter; returns whether this person had it."""
        row = SavedFilterRow
        return bool(change(self._session, delete(row).where(row.user_id == user_id, row.id == filter_id)))
