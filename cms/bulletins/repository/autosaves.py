"""Repository of autosaved bulletin forms."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import Autosave, AutosaveId
from cms.bulletins.tables.autosaves import AutosaveRow
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import change
from province.people import UserId


class Autosaves(VersionedRepository[AutosaveId, Autosave], row=AutosaveRow, noun="autosave"):
    """Autosaved forms: one for each person and bulletin."""

    def of(self, owner_id: UserId, bulletin_id: BulletinId) -> Autosave | None:
        return self.find(autosave_id(owner_id, bulletin_id))

    def unfinished(self, owner_id: UserId, limit: int) -> Sequence[Autosave]:
        """List what this person has neither saved nor discarded, last typed first."""
        row = AutosaveRow
        return self._list(
            row.owner_id == owner_id, row.ended_at.is_(None), order=(row.saved_at.desc(), row.id.desc()), limit=limit
        )

    def count_unfinished(self, owner_id: UserId) -> int:
        row = AutosaveRow
        query = select(func.count()).where(row.owner_id == owner_id, row.ended_at.is_(None))
        return self._session.scalar(query) or 0

    def end(self, owner_id: UserId, bulletin_id: BulletinId, at: datetime) -> None:
        """Empty the form: what it held is saved as a bulletin. Its row stays, for a window that still shows it."""
        row = AutosaveRow
        is_it = (row.id == autosave_id(owner_id, bulletin_id), row.ended_at.is_(None))
        emptied = update(row).where(*is_it).values(fields=(), ended_at=at, version=row.version + 1)
        change(self._session, emptied)

    def prune(self, ended_before_at: datetime, saved_before_at: datetime) -> None:
        """Delete ended forms that no open window can still show, and those that nobody has typed in for long."""
        row = AutosaveRow
        change(self._session, delete(row).where(row.ended_at < ended_before_at))
        change(self._session, delete(row).where(row.saved_at < saved_before_at))


def autosave_id(owner_id: UserId, bulletin_id: BulletinId) -> AutosaveId:
    """Return the id that names person and bulletin, so that there is one form for both."""
    return AutosaveId(f"{owner_id}:{bulletin_id}")
