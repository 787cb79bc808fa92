"""How often one caller of the public pages did something lately, for every web process together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from cms.store.rows import change
from cms.store.tables import PublicUseRow


class PublicUses:
    """``mark`` names the caller and what it did; no address is read from it. Within the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def takes(self, mark: str, since_at: datetime, most: int, now: datetime) -> bool:
        """Whether it was fewer than ``most`` times since then; then this time counts. Older ones are forgotten."""
        row = PublicUseRow
        change(self._session, delete(row).where(row.at <= since_at))
        done = self._session.scalar(select(func.count()).select_from(row).where(row.mark == mark)) or 0
        if done >= most:
            return False
        self._session.execute(insert(row), [{"mark": mark, "at": now}])
        return True

    def give_back(self, mark: str) -> None:
        """The last time does not count."""
        row = PublicUseRow
        last = select(func.max(row.id)).where(row.mark == mark).scalar_subquery()
        change(self._session, delete(row).where(row.id == last))
