"""Repository of bulletins hidden from the public pages, although they were heard."""

from datetime import datetime

from sqlalchemy import delete, select

from broadcast.bulletins.model import BulletinId
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change
from cms.platform.store.uow import Repository
from cms.public.tables import UnlistedBulletinRow
from province.people import Actor


class HiddenBulletins(Repository):
    def has(self, bulletin_id: BulletinId) -> bool:
        row = UnlistedBulletinRow
        return self._session.scalar(select(row.bulletin_id).where(row.bulletin_id == bulletin_id)) is not None

    def add(self, bulletin_id: BulletinId, by: Actor, at: datetime) -> bool:
        """Hide a bulletin. False: it is hidden already."""
        row = insert_or(self._session, UnlistedBulletinRow).on_conflict_do_nothing()
        filled = row.values(bulletin_id=bulletin_id, by=by.user_id, by_name=by.name, at=at)
        return self._session.execute(filled.returning(UnlistedBulletinRow.bulletin_id)).first() is not None

    def remove(self, bulletin_id: BulletinId) -> bool:
        """Show a bulletin again. False: it is not hidden."""
        gone = delete(UnlistedBulletinRow).where(UnlistedBulletinRow.bulletin_id == bulletin_id)
        return change(self._session, gone) == 1
