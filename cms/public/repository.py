"""Repository of public pages: bulletins hidden from them, and uses of the feedback form."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from broadcast.bulletins.model import BulletinId
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.rows import change
from cms.platform.store.uow import Repository
from cms.public.tables import PublicUseRow, UnlistedBulletinRow
from province.people import Actor


class HiddenBulletins(Repository):
    def has(self, bulletin_id: BulletinId) -> bool:
        row = UnlistedBulletinRow
        return self._session.scalar(select(row.bulletin_id).where(row.bulletin_id == bulletin_id)) is not None

    def add(self, bulletin_id: BulletinId, by: Actor, at: datetime) -> bool:
        """Hide a bulletin. False: it is hidden already."""
        row = {"bulletin_id": bulletin_id, "by": by.user_id, "by_name": by.name, "at": at}
        return add_row(self._session, UnlistedBulletinRow, row)

    def remove(self, bulletin_id: BulletinId) -> bool:
        """Show a bulletin again. False: it is not hidden."""
        gone = delete(UnlistedBulletinRow).where(UnlistedBulletinRow.bulletin_id == bulletin_id)
        return change(self._session, gone) == 1


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
