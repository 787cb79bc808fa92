"""Repository of review snapshots: content of a version as a reviewer saw it."""

from collections.abc import Sequence

from sqlalchemy import select

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from cms.bulletins.tables.bulletins import ReviewSnapshotRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import Repository
from province.people import UserId


class ReviewSnapshots(Repository):
    """Review snapshots: versions of a bulletin as reviewers were shown them."""

    def add(self, snapshot: ReviewSnapshot) -> None:
        """Add a look; harmless when the person's look at that version is there: the first one counts."""
        self._session.execute(
            insert_or(self._session, ReviewSnapshotRow).on_conflict_do_nothing(), [columns_of(snapshot)]
        )

    def of(self, bulletin_id: BulletinId, user_id: UserId) -> Sequence[ReviewSnapshot]:
        """Return one person's looks at one bulletin, newest first."""
        return self._listed(
            ReviewSnapshot,
            select(ReviewSnapshotRow)
            .where(ReviewSnapshotRow.bulletin_id == bulletin_id, ReviewSnapshotRow.user_id == user_id)
            .order_by(ReviewSnapshotRow.version.desc()),
        )
