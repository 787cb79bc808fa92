"""Repository of the language versions of bulletins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import LanguageVersion
from cms.bulletins.tables.language_versions import LanguageVersionRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change


class LanguageVersions(
    KeyedRepository[BulletinId, LanguageVersion], row=LanguageVersionRow, noun="language_version", key="bulletin_id"
):
    """Bulletins that say the same in several languages."""

    def beside(self, bulletin_id: BulletinId) -> Sequence[LanguageVersion]:
        """Return the other versions of a bulletin, the oldest first."""
        own = self.find(bulletin_id)
        if own is None:
            return ()
        row = LanguageVersionRow
        return self._list(row.group_id == own.group_id, row.bulletin_id != bulletin_id, order=(row.bulletin_id,))

    def mark_others(self, bulletin_id: BulletinId, at: datetime) -> None:
        """Mark the other versions as outdated since then, if they were not before."""
        ids = [each.bulletin_id for each in self.beside(bulletin_id) if each.outdated_at is None]
        row = LanguageVersionRow
        if ids:
            change(self._session, update(row).where(row.bulletin_id.in_(ids)).values(outdated_at=at))

    def settle(self, bulletin_id: BulletinId) -> None:
        """Take the mark off a version."""
        row = LanguageVersionRow
        change(self._session, update(row).where(row.bulletin_id == bulletin_id).values(outdated_at=None))
