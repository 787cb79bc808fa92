"""Rate limit of the public pages: recent uses by one caller, shared by all web processes."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from cms.platform.store.rows import change
from cms.public.tables import PublicUseRow


class PublicUses:
    """Counter of uses within the caller's transaction.

    ``mark`` names the caller and the action; no address can be read from it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def takes(self, mark: str, since_at: datetime, most: int, now: datetime) -> bool:
        """Count one use and return True if there were fewer than ``most`` since then; older uses are deleted."""
        row = PublicUseRow
        change(self._session, delete(row).where(row.at <= since_at))
        done = self._session.scalar(select(func.count()).select_from(row).where(row.mark == mark)) or 0
        if done >= most:
            return False
        self._session.execute(insert(row), [{"mark": mark, "at": now}])
        return True

    def give_back(self, mark: str) -> None:
        """Uncount the last use."""
        row = PublicUseRow
        last = select(func.max(row.id)).where(row.mark == mark).scalar_subquery()
        change(self._session, delete(row).where(row.id == last))
