"""Repository of calendar feeds."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from cms.schedule.model import CalendarFeed
from cms.schedule.tables.calendar import CalendarFeedRow
from province.people import UserId


class CalendarFeeds(Repository):
    """SQL implementation of ``cms.schedule.service.calendar_feeds.CalendarFeeds``."""

    def add(self, feed: CalendarFeed) -> None:
        self._session.execute(insert(CalendarFeedRow), [columns_of(feed)])

    def of(self, user_id: UserId) -> Sequence[CalendarFeed]:
        """Return the user's feeds, oldest first."""
        mine = select(CalendarFeedRow).where(CalendarFeedRow.user_id == user_id)
        return self._listed(CalendarFeed, mine.order_by(CalendarFeedRow.created_at, CalendarFeedRow.id))

    def find(self, secret_hash: str) -> CalendarFeed | None:
        return self._found(CalendarFeed, select(CalendarFeedRow).where(CalendarFeedRow.secret_hash == secret_hash))

    def remove(self, feed_id: str) -> None:
        change(self._session, delete(CalendarFeedRow).where(CalendarFeedRow.id == feed_id))
