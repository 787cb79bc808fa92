"""Repositories of citizens' subscriptions, of messages to them, and of deliveries."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from broadcast.citizens.model import CitizenDelivery, CitizenMessage, CitizenMessageKind, CitizenSubscription
from broadcast.notifications.model import NotificationChannel
from broadcast.notifications.rules import CLAIM_LASTS
from cms.citizens.tables import CitizenDeliveryRow, CitizenMessageRow, CitizenSubscriptionRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of, is_any
from province.areas import AreaId

DELETED_AT_ONCE: Final = 1000
"""Rows that one transaction deletes: a longer one would keep others waiting."""
_OPEN: Final = (CitizenDeliveryRow.sent_at.is_(None), CitizenDeliveryRow.given_up_at.is_(None))
_DUE_CHANNELS = (
    select(CitizenDeliveryRow.channel).where(*_OPEN, CitizenDeliveryRow.due_at <= bindparam("now")).distinct()
)


class CitizenSubscriptions(
    KeyedRepository[str, CitizenSubscription], row=CitizenSubscriptionRow, noun="citizen_subscription"
):
    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(CitizenSubscriptionRow)) or 0

    def of(self, recipient: str) -> Sequence[CitizenSubscription]:
        row = CitizenSubscriptionRow
        return self._list(row.recipient == recipient, order=(row.asked_at, row.id))

    def subscribe(self, subscription: CitizenSubscription) -> None:
        """Add it; one of the same recipient and commune gets the new keys and choice."""
        columns = columns_of(subscription)
        word = insert_or(self._session, CitizenSubscriptionRow).values(columns)
        changed = {name: columns[name] for name in ("p256dh", "auth", "has_digest", "confirmed_at", "refusals")}
        self._session.execute(word.on_conflict_do_update(index_elements=["recipient", "area_id"], set_=changed))

    def ask(self, subscription: CitizenSubscription) -> None:
        """Add it; one that is there waits for its confirmation from now on."""
        word = insert_or(self._session, CitizenSubscriptionRow).values(columns_of(subscription))
        again = {"asked_at": subscription.asked_at}
        self._session.execute(word.on_conflict_do_update(index_elements=["recipient", "area_id"], set_=again))

    def confirm(self, subscription_id: str, now: datetime, *, has_digest: bool) -> None:
        """Store the owner's choice; the first confirmation counts."""
        row = CitizenSubscriptionRow
        values = {"confirmed_at": func.coalesce(row.confirmed_at, now), "has_digest": has_digest}
        change(self._session, update(row).where(row.id == subscription_id).values(values))

    def end(self, ids: Collection[str]) -> None:
        """Delete subscriptions and what waits for them."""
        open_ones = delete(CitizenDeliveryRow).where(among(CitizenDeliveryRow.subscription_id, ids), *_OPEN)
        change(self._session, open_ones)
        change(self._session, delete(CitizenSubscriptionRow).where(among(CitizenSubscriptionRow.id, ids)))

    def set_refusals(self, subscription_id: str, refusals: int) -> None:
        row = CitizenSubscriptionRow
        change(self._session, update(row).where(row.id == subscription_id).values(refusals=refusals))

    def areas(self, *, with_digest: bool = False) -> frozenset[AreaId]:
        """Return the communes that somebody has subscribed to, and confirmed."""
        row = CitizenSubscriptionRow
        where = [row.confirmed_at.is_not(None), *([row.has_digest] if with_digest else [])]
        return frozenset(self._session.scalars(select(row.area_id).where(*where).distinct()))

    def next_of(self, message: CitizenMessage, limit: int) -> Sequence[CitizenSubscription]:
        """List the next subscriptions that a message is for, in the order of their ids."""
        row = CitizenSubscriptionRow
        where = [among(row.area_id, message.areas), row.confirmed_at.is_not(None), row.id > message.after_id]
        if message.kind is CitizenMessageKind.DIGEST:
            where.append(row.has_digest.is_(True))
        return self._list(*where, order=(row.id,), limit=limit)

    def unconfirmed(self, before_at: datetime) -> Sequence[str]:
        """List those asked for before then that nobody has confirmed."""
        row = CitizenSubscriptionRow
        is_over = (row.confirmed_at.is_(None), row.asked_at < before_at)
        return self._session.scalars(select(row.id).where(*is_over).limit(DELETED_AT_ONCE)).all()


class CitizenMessages(KeyedRepository[str, CitizenMessage], row=CitizenMessageRow, noun="citizen_message"):
    def write(self, message: CitizenMessage) -> None:
        """Insert it; one of the same event stays as it is."""
        word = insert_or(self._session, CitizenMessageRow).values(columns_of(message))
        self._session.execute(word.on_conflict_do_nothing(index_elements=["event_key"]))

    def known(self, event_keys: Collection[str]) -> frozenset[str]:
        """Return those of these events that have a message."""
        row = CitizenMessageRow
        found = select(row.event_key).where(among(row.event_key, event_keys))
        return frozenset(self._session.scalars(found)) if event_keys else frozenset()

    def next_unspread(self) -> CitizenMessage | None:
        """Return the message whose deliveries are to be written next."""
        row = CitizenMessageRow
        return self._first(row.spread_at.is_(None), order=(row.kind.desc(), row.id))

    def move(self, message: CitizenMessage, after_id: str, spread_at: datetime | None) -> bool:
        """Store how far it is spread; return False where another process has moved it."""
        row = CitizenMessageRow
        is_it = (row.id == message.id, row.after_id == message.after_id, row.spread_at.is_(None))
        values = {"after_id": after_id, "spread_at": spread_at}
        return change(self._session, update(row).where(*is_it).values(values)) == 1

    def forget(self, before_at: datetime) -> int:
        """Delete the next deliveries of messages from before then, and such messages without any; return how many."""
        old = select(CitizenMessageRow.id).where(CitizenMessageRow.written_at < before_at)
        one = CitizenDeliveryRow
        some = select(one.id).where(one.message_id.in_(old)).limit(DELETED_AT_ONCE)
        done = change(self._session, delete(one).where(one.id.in_(some)))
        is_bare = ~exists().where(one.message_id == CitizenMessageRow.id)
        return done + change(self._session, delete(CitizenMessageRow).where(CitizenMessageRow.id.in_(old), is_bare))


class CitizenDeliveries(KeyedRepository[str, CitizenDelivery], row=CitizenDeliveryRow, noun="citizen_delivery"):
    def write(self, deliveries: Iterable[CitizenDelivery]) -> None:
        """Insert them; one of the same message and recipient stays as it is."""
        rows = [columns_of(each) for each in deliveries]
        if rows:
            word = insert_or(self._session, CitizenDeliveryRow)
            word = word.on_conflict_do_nothing(index_elements=["message_id", "recipient"])
            self._session.connection().execute(word, rows)

    def due(self, channel: NotificationChannel, now: datetime, limit: int) -> Sequence[CitizenDelivery]:
        """List the due ones of a channel, alerts first; without those whose attempt may still run."""
        row = CitizenDeliveryRow
        is_free = or_(row.claimed_at.is_(None), row.claimed_at <= now - CLAIM_LASTS)
        is_due = (row.channel == channel, *_OPEN, row.due_at <= now)
        return self._list(*is_due, is_free, order=(row.kind.desc(), row.due_at, row.id), limit=limit)

    def claim(self, delivery: CitizenDelivery, now: datetime) -> bool:
        """Mark that an attempt begins; return False where another one has begun or ended since it was read."""
        row = CitizenDeliveryRow
        seen = row.claimed_at.is_(None) if delivery.claimed_at is None else row.claimed_at == delivery.claimed_at
        return change(self._session, update(row).where(row.id == delivery.id, seen, *_OPEN).values(claimed_at=now)) == 1

    def settle(self, delivery: CitizenDelivery) -> None:
        """Store the end of an attempt."""
        ended = columns_of(delivery)
        kept = {name: ended[name] for name in ("attempts", "claimed_at", "sent_at", "given_up_at", "error", "due_at")}
        change(self._session, update(CitizenDeliveryRow).where(CitizenDeliveryRow.id == delivery.id).values(kept))

    def is_any_ahead(self) -> bool:
        """Return whether a delivery is to be attempted, or somebody has subscribed to those to come."""
        return is_any(self._session, and_(*_OPEN), CitizenSubscriptionRow.id.is_not(None))

    def due_channels(self, now: datetime) -> frozenset[NotificationChannel]:
        """Return the channels on which something is due."""
        return frozenset(self._session.scalars(_DUE_CHANNELS, {"now": now}))

    def confirmations(self, subscription_ids: Collection[str], since_at: datetime) -> int:
        """Count the confirmations asked for since then."""
        row = CitizenDeliveryRow
        mine = among(row.subscription_id, subscription_ids)
        asked = (row.kind == CitizenMessageKind.CONFIRMATION, row.due_at >= since_at)
        return self._session.scalar(select(func.count()).select_from(row).where(mine, *asked)) or 0
