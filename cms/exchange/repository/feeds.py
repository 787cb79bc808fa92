"""Repository of CAP feeds: polling state, and the entries taken from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, insert, select, update

from cms.exchange.tables import CapFeedEntryRow, CapFeedRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository

ENTRIES_KEPT = timedelta(days=90)
"""Time for which taken entries are remembered; one fetched again later is recognised by its message."""


class FeedTrouble(StrEnum):
    """Troubles of a feed.

    FAILING: no answer for too long · SILENT: it answers, and nothing new comes, not even a sign of life · PARTLY: it
    answers, and some entries cannot be fetched.
    """

    NONE = ""
    FAILING = "failing"
    SILENT = "silent"
    PARTLY = "partly"


ENTRY_LOST: Final = "ENTRY_"
"""Prefix of errors about an entry that cannot be fetched."""


@dataclass(frozen=True, slots=True)
class CapFeed:
    """Feed.

    ``answered_at`` is its last good answer, ``heard_at`` its last new message. ``silent_after_s`` 0: may be silent.

    ``hosts`` are those its addresses may name, ``plain_hosts`` those that may be asked without TLS.
    """

    id: str
    name: str
    url: str
    hosts: tuple[str, ...]
    plain_hosts: tuple[str, ...]
    is_local: bool
    poll_s: int
    failing_after_s: int
    silent_after_s: int
    added_at: datetime
    due_at: datetime
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    etag: str = ""
    modified: str = ""
    failures: int = 0
    error: str = ""
    trouble: FeedTrouble = FeedTrouble.NONE

    def trouble_at(self, now: datetime) -> FeedTrouble:
        if now - (self.answered_at or self.added_at) > timedelta(seconds=self.failing_after_s):
            return FeedTrouble.FAILING
        is_silent = now - (self.heard_at or self.added_at) > timedelta(seconds=self.silent_after_s)
        if self.silent_after_s and is_silent:
            return FeedTrouble.SILENT
        return FeedTrouble.PARTLY if self.error.startswith(ENTRY_LOST) else FeedTrouble.NONE


class CapFeeds(Repository):
    def add(self, feed: CapFeed) -> None:
        self._session.execute(insert(CapFeedRow), [columns_of(feed)])

    def save(self, feed: CapFeed) -> None:
        change(self._session, update(CapFeedRow).where(CapFeedRow.id == feed.id).values(columns_of(feed)))

    def named(self, name: str) -> CapFeed | None:
        row = self._session.scalar(select(CapFeedRow).where(CapFeedRow.name == name))
        return None if row is None else _value(row)

    def all(self) -> Sequence[CapFeed]:
        return [_value(row) for row in self._session.scalars(select(CapFeedRow).order_by(CapFeedRow.name))]

    def due(self, now: datetime) -> Sequence[CapFeed]:
        rows = self._session.scalars(select(CapFeedRow).where(CapFeedRow.due_at <= now).order_by(CapFeedRow.due_at))
        return [_value(row) for row in rows]

    def remove(self, feed_id: str) -> None:
        change(self._session, delete(CapFeedEntryRow).where(CapFeedEntryRow.feed_id == feed_id))
        change(self._session, delete(CapFeedRow).where(CapFeedRow.id == feed_id))

    def unseen(self, feed_id: str, hashes: Collection[str]) -> set[str]:
        """Return the entries that were not taken yet."""
        seen = self._session.scalars(
            select(CapFeedEntryRow.entry_hash).where(
                CapFeedEntryRow.feed_id == feed_id, CapFeedEntryRow.entry_hash.in_(hashes)
            )
        )
        return set(hashes) - set(seen)

    def see(self, feed_id: str, entry_hash: str, at: datetime) -> None:
        """Record an entry as taken, and forget old ones. Harmless when repeated."""
        old = (CapFeedEntryRow.feed_id == feed_id, CapFeedEntryRow.seen_at < at - ENTRIES_KEPT)
        change(self._session, delete(CapFeedEntryRow).where(*old))
        self._session.execute(
            insert_or(self._session, CapFeedEntryRow).on_conflict_do_nothing(),
            [{"feed_id": feed_id, "entry_hash": entry_hash, "seen_at": at}],
        )


def _value(row: CapFeedRow) -> CapFeed:
    columns = {name: getattr(row, name) for name in CapFeed.__dataclass_fields__}
    return CapFeed(**{**columns, "trouble": FeedTrouble(row.trouble)})
