"""Repository of CAP feeds: polling state, and the entries taken from them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from cms.exchange.model import CapFeed
from cms.exchange.tables import CapFeedEntryRow, CapFeedRow
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository

ENTRIES_KEPT = timedelta(days=90)
"""Time for which taken entries are remembered; one fetched again later is recognised by its message."""


class CapFeeds(Repository):
    def add(self, feed: CapFeed) -> None:
        self._session.execute(insert(CapFeedRow), [columns_of(feed)])

    def save(self, feed: CapFeed) -> None:
        change(self._session, update(CapFeedRow).where(CapFeedRow.id == feed.id).values(columns_of(feed)))

    def get(self, feed_id: str) -> CapFeed:
        return self._got(CapFeed, select(CapFeedRow).where(CapFeedRow.id == feed_id), "cap_feed", feed_id)

    def named(self, name: str) -> CapFeed | None:
        return self._found(CapFeed, select(CapFeedRow).where(CapFeedRow.name == name))

    def all(self) -> Sequence[CapFeed]:
        return self._listed(CapFeed, select(CapFeedRow).order_by(CapFeedRow.name))

    def due(self, now: datetime) -> Sequence[CapFeed]:
        return self._listed(CapFeed, select(CapFeedRow).where(CapFeedRow.due_at <= now).order_by(CapFeedRow.due_at))

    def poll_now(self, feed_id: str, now: datetime) -> None:
        """Have the feed polled at once."""
        is_later = (CapFeedRow.id == feed_id, CapFeedRow.due_at > now)
        change(self._session, update(CapFeedRow).where(*is_later).values(due_at=now))

    def remove(self, feed_id: str) -> None:
        change(self._session, delete(CapFeedEntryRow).where(CapFeedEntryRow.feed_id == feed_id))
        change(self._session, delete(CapFeedRow).where(CapFeedRow.id == feed_id))

    def unseen(self, feed_id: str, hashes: Collection[str]) -> set[str]:
        """Return the entries that were not taken yet."""
        row = CapFeedEntryRow
        seen = select(row.entry_hash).where(row.feed_id == feed_id, row.entry_hash.in_(hashes))
        return set(hashes).difference(self._session.scalars(seen))

    def see(self, feed_id: str, entry_hash: str, at: datetime) -> None:
        """Record an entry as taken, and forget old ones. Harmless when repeated."""
        old = (CapFeedEntryRow.feed_id == feed_id, CapFeedEntryRow.seen_at < at - ENTRIES_KEPT)
        change(self._session, delete(CapFeedEntryRow).where(*old))
        add_row(self._session, CapFeedEntryRow, {"feed_id": feed_id, "entry_hash": entry_hash, "seen_at": at})
