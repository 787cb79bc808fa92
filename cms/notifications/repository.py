"""Repositories of notifications, of what people chose, and of the cursor in the event log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, or_, select, update

from broadcast.notifications.model import Notification, NotificationChannel, NotificationChoice, PushSubscription
from broadcast.notifications.rules import CLAIM_LASTS, NEWS
from cms.notifications.tables import EventCursorRow, NotificationChoiceRow, NotificationRow, PushSubscriptionRow
from cms.platform.store.insert_or_update import insert_or, put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of
from cms.platform.store.uow import Repository
from province.people import UserId

_IS_TOLD = select(NotificationRow.id).where(NotificationRow.event_key == bindparam("key")).limit(1)
NEWS_MOST: Final = 20
NEWS_LASTS: Final = timedelta(days=7)


class Notifications(KeyedRepository[str, Notification], row=NotificationRow, noun="notification"):
    def write(self, notifications: Iterable[Notification]) -> None:
        """Insert them; one of the same person, event and channel stays as it is."""
        rows = [columns_of(each) for each in notifications]
        if rows:
            word = insert_or(self._session, NotificationRow).on_conflict_do_nothing(
                index_elements=["user_id", "event_key", "channel"]
            )
            self._session.connection().execute(word, rows)

    def due(
        self, channel: NotificationChannel, now: datetime, limit: int, *, began_at: datetime | None = None
    ) -> Sequence[Notification]:
        """List the due ones of a channel, the most urgent first; without those whose attempt may still run.

        ``began_at``: when the one process that sends began; it alone makes attempts, and those before it were cut off.
        """
        row = NotificationRow
        is_open = (row.channel == channel, row.sent_at.is_(None), row.given_up_at.is_(None), row.due_at <= now)
        free = [row.claimed_at.is_(None), row.claimed_at <= now - CLAIM_LASTS]
        is_free = or_(*free, *([] if began_at is None else [row.claimed_at < began_at]))
        return self._list(*is_open, is_free, order=(row.urgency.desc(), row.due_at, row.id), limit=limit)

    def claim(self, notification: Notification, now: datetime) -> bool:
        """Mark that an attempt begins; return False where another one has begun or ended since it was read."""
        row = NotificationRow
        seen = (
            row.claimed_at.is_(None) if notification.claimed_at is None else row.claimed_at == notification.claimed_at
        )
        is_it = (row.id == notification.id, seen, row.sent_at.is_(None), row.given_up_at.is_(None))
        return change(self._session, update(row).where(*is_it).values(claimed_at=now)) == 1

    def settle(self, notification: Notification) -> None:
        """Store the end of an attempt; what the person did meanwhile stays."""
        ended = columns_of(notification)
        kept = {name: ended[name] for name in ("attempts", "claimed_at", "sent_at", "given_up_at", "error", "due_at")}
        change(self._session, update(NotificationRow).where(NotificationRow.id == notification.id).values(kept))

    def news(self, user_id: UserId, now: datetime) -> Sequence[Notification]:
        """List the person's news not seen yet, newest first."""
        row = NotificationRow
        unseen = (row.user_id == user_id, row.channel == NotificationChannel.SCREEN, row.acknowledged_at.is_(None))
        is_news = (row.kind.in_(sorted(NEWS)), row.written_at > now - NEWS_LASTS)
        return self._list(*unseen, *is_news, order=(row.written_at.desc(), row.id), limit=NEWS_MOST)

    def acknowledge(self, user_id: UserId, event_key: str, at: datetime) -> None:
        """Mark the person's notifications of an event as seen, on every channel."""
        row = NotificationRow
        mine = (row.user_id == user_id, row.event_key == event_key, row.acknowledged_at.is_(None))
        change(self._session, update(row).where(*mine).values(acknowledged_at=at))

    def acknowledge_all(self, user_id: UserId, prefix: str, at: datetime) -> None:
        """Mark the person's notifications of all events whose keys begin so as seen, on every channel."""
        row = NotificationRow
        mine = (row.user_id == user_id, row.acknowledged_at.is_(None))
        is_of_these = row.event_key.startswith(prefix, autoescape=True)
        change(self._session, update(row).where(*mine, is_of_these).values(acknowledged_at=at))

    def of_events(self, event_keys: Collection[str]) -> Sequence[Notification]:
        """List the notifications of these events, of every person and channel: who was told, and who has seen it."""
        row = NotificationRow
        return self._list(among(row.event_key, event_keys), order=(row.step, row.user_id, row.channel))

    def is_told(self, event_key: str) -> bool:
        """Return whether anybody was notified of the event."""
        return self._session.scalar(_IS_TOLD, {"key": event_key}) is not None

    def forget(self, before_at: datetime) -> None:
        """Delete those written before then."""
        change(self._session, delete(NotificationRow).where(NotificationRow.written_at < before_at))


class NotificationChoices(
    KeyedRepository[UserId, NotificationChoice], row=NotificationChoiceRow, noun="notification_choice", key="user_id"
):
    def of(self, user_ids: Collection[UserId]) -> Mapping[UserId, NotificationChoice]:
        """Return the choice of each; of one who chose nothing the empty one."""
        found = self.get_many(user_ids)
        return {each: found.get(each, NotificationChoice(each)) for each in user_ids}

    def set(self, *choices: NotificationChoice) -> None:
        put_rows(self._session, NotificationChoiceRow, [columns_of(each) for each in choices])


class PushSubscriptions(KeyedRepository[str, PushSubscription], row=PushSubscriptionRow, noun="push_subscription"):
    def of(self, user_id: UserId) -> Sequence[PushSubscription]:
        row = PushSubscriptionRow
        return self._list(row.user_id == user_id, order=(row.created_at, row.id))

    def subscribe(self, subscription: PushSubscription) -> None:
        """Add it; the same browser that subscribes again gets the new keys and owner."""
        columns = columns_of(subscription)
        word = insert_or(self._session, PushSubscriptionRow).values(columns)
        changed = {name: columns[name] for name in ("user_id", "p256dh", "auth", "agent")}
        self._session.execute(word.on_conflict_do_update(index_elements=["endpoint"], set_=changed))

    def unsubscribe(self, user_id: UserId, subscription_id: str) -> None:
        row = PushSubscriptionRow
        change(self._session, delete(row).where(row.user_id == user_id, row.id == subscription_id))

    def owners(self, user_ids: Collection[UserId]) -> frozenset[UserId]:
        """Return those of them who have a subscription."""
        row = PushSubscriptionRow
        return frozenset(self._session.scalars(select(row.user_id).where(among(row.user_id, user_ids)).distinct()))


class EventCursors(Repository):
    """Cursors of followers of the event log."""

    def at(self, name: str) -> int:
        """Return the number of the last event worked on."""
        return self._session.scalar(select(EventCursorRow.seq).where(EventCursorRow.name == name)) or 0

    def move(self, name: str, from_seq: int, to_seq: int) -> bool:
        """Move the cursor; return False where another process has moved it."""
        is_it = (EventCursorRow.name == name, EventCursorRow.seq == from_seq)
        return change(self._session, update(EventCursorRow).where(*is_it).values(seq=to_seq)) == 1
