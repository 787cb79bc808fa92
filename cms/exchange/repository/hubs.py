"""Repository of subscriptions to hubs: each step writes its own fields, as hub, poller and job come at any time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from cms.exchange.model import HubSubscription
from cms.exchange.tables import HubSubscriptionRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change


class HubSubscriptions(
    KeyedRepository[str, HubSubscription], row=HubSubscriptionRow, noun="hub_subscription", key="feed_id"
):
    """Subscriptions to the hubs of feeds."""

    def all(self) -> Sequence[HubSubscription]:
        return self._list()

    def of_token(self, token: str) -> HubSubscription | None:
        return self._first(HubSubscriptionRow.token == token)

    def due(self, now: datetime) -> Sequence[HubSubscription]:
        """List those whose hub is to be asked now."""
        row = HubSubscriptionRow
        wanted = select(row).where(row.hub_url != "", row.due_at <= now).order_by(row.due_at)
        return self._listed(HubSubscription, wanted)

    def discovered(self, feed_id: str, hub_url: str, topic_url: str, now: datetime) -> None:
        """Note what the feed names; another hub, or another topic, is asked at once."""
        row = HubSubscriptionRow
        is_other = (row.feed_id == feed_id, (row.hub_url != hub_url) | (row.topic_url != topic_url))
        found = {"hub_url": hub_url, "topic_url": topic_url, "due_at": now, "asked_at": None, "lease_until_at": None}
        change(self._session, update(row).where(*is_other).values(**found, failures=0, error=""))

    def asked(self, feed_id: str, at: datetime, due_at: datetime) -> None:
        """Note that the hub is asked, and when it is asked again if it does not confirm."""
        self._set(feed_id, asked_at=at, due_at=due_at)

    def failed(self, feed_id: str, failures: int, error: str, due_at: datetime) -> None:
        """Note that the hub did not take what we asked, or refused it."""
        self._set(feed_id, failures=failures, error=error, due_at=due_at)

    def confirmed(self, feed_id: str, lease_until_at: datetime, due_at: datetime) -> None:
        """Note the lease that the hub has confirmed, and when it is renewed."""
        self._set(feed_id, asked_at=None, lease_until_at=lease_until_at, due_at=due_at, failures=0, error="")

    def pushed(self, feed_id: str, at: datetime) -> None:
        self._set(feed_id, pushed_at=at)

    def _set(self, feed_id: str, **values: object) -> None:
        row = HubSubscriptionRow
        change(self._session, update(row).where(row.feed_id == feed_id).values(**values))
