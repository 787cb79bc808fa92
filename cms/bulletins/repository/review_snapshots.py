"""Repository of review snapshots: content of a version as a reviewer saw it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.review_snapshots import Look
from cms.bulletins.tables.bulletins import BulletinLookRow
from cms.platform.store.rows import columns_of, value_of
from cms.platform.store.uow import Repository
from cms.platform.store.upsert import insert_or
from province.people import UserId


class ReviewSnapshots(Repository):
    """Review snapshots: versions of a bulletin as reviewers were shown them."""

    def add(self, look: Look) -> None:
        """Add a look; harmless when the person's look at that version is there: the first one counts."""
        self._session.execute(insert_or(self._session, BulletinLookRow).on_conflict_do_nothing(), [columns_of(look)])

    def of(self, bulletin_id: BulletinId, user_id: UserId) -> Sequence[Look]:
        """Return one person's looks at one bulletin, newest first."""
        rows = self._session.scalars(
            select(BulletinLookRow)
            .where(BulletinLookRow.bulletin_id == bulletin_id, BulletinLookRow.user_id == user_id)
            .order_by(BulletinLookRow.version.desc())
        )
        return [value_of(Look, row) for row in rows]
