"""Filters of the devices' list that people keep under a name, each for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from cms.store.rows import change, columns_of, value_of
from cms.store.tables import SavedFilterRow


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """``query``: what stands behind the question mark. It is read anew, as any address is, whenever it is used."""

    id: str
    user_id: str
    name: str
    query: str
    kept_at: datetime


class SqlSavedFilters:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, user_id: str) -> Sequence[SavedFilter]:
        """A person's, by name."""
        rows = self._session.scalars(
            select(SavedFilterRow).where(SavedFilterRow.user_id == user_id).order_by(SavedFilterRow.name)
        )
        return [value_of(SavedFilter, row) for row in rows]

    def put(self, kept: SavedFilter) -> None:
        """In the place of the one that this person had under this name."""
        row = SavedFilterRow
        change(self._session, delete(row).where(row.user_id == kept.user_id, row.name == kept.name))
        self._session.execute(insert(row), [columns_of(kept)])

    def drop(self, user_id: str, filter_id: str) -> bool:
        """Whether this person had it."""
        row = SavedFilterRow
        return bool(change(self._session, delete(row).where(row.user_id == user_id, row.id == filter_id)))
