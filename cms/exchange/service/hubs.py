"""Hubs that push feeds (WebSub): asked for a lease, confirmed by a challenge, renewed, and heard with a signature.

A push proves the hub, not the sender. So a document in it that the pinned signer of its sender has signed goes to the
inbox at once; of anything else it only says that the feed is to be polled now. The feed is polled as usual beside it,
so that a hub that fails costs time, and no message.
"""

import hmac
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from broadcast.alerts.cap.findings import FindingCode
from cms.accounts.errors import UnreadableSecretError
from cms.accounts.service.vault import Vault, new_secret
from cms.exchange.model import CapFeed, HubSubscription
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.service.addresses import Allowed
from cms.exchange.service.errors import ExchangeError, UnreadableFeedError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.webhooks import LONGEST_PAUSE, pause_after
from cms.exchange.service.wrappers import entries_of
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory

LEASE_ASKED: Final = timedelta(days=5)
LEASE_LEAST: Final = timedelta(minutes=5)
LEASE_MOST: Final = timedelta(days=10)
ANSWERS_WITHIN: Final = timedelta(minutes=10)
"""Time for which a hub may confirm what we asked; then it is asked again."""
FIRST_PAUSE: Final = timedelta(minutes=1)
CHALLENGE_MOST: Final = 2_000
PUSHED_MOST: Final = 50
"""Documents of one push that are read: the poll takes the others."""
_METHODS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Digests that WebSub names. Many hubs sign with SHA-1 alone, which is no weakness of an HMAC."""
_PREFIX: Final = "loahub_"


def subscription_of(feed: CapFeed, vault: Vault, now: datetime) -> HubSubscription:
    """Make the subscription of a new feed, with a callback and a secret of its own."""
    sealed = vault.seal(new_secret(_PREFIX), feed.id)
    return HubSubscription(feed.id, new_secret(""), sealed, added_at=now, due_at=now)


@dataclass(frozen=True)
class HubSubscriber:
    """Subscriber to hubs: ``step`` asks those that are due. One process at a time.

    ``callbacks``: the address before a subscription's token. ``jitter``, from 0 to 1, shortens pauses and leases by up
    to a quarter: what failed together is not asked together.
    """

    uow: UowFactory
    vault: Vault
    fetcher: Fetcher
    now: Callable[[], datetime]
    callbacks: str
    jitter: Callable[[], float] = random.random

    def step(self) -> int:
        """Ask the hubs that are due; return how many."""
        with reading(self.uow.engine) as session:
            due = HubSubscriptions(session).due(self.now())
            feeds = {each.id: each for each in CapFeeds(session).all()} if due else {}
        for each in due:
            self._ask(each, feeds[each.feed_id])
        return len(due)

    def _ask(self, found: HubSubscription, feed: CapFeed) -> None:
        # Noted before it is asked: a hub may confirm before it answers.
        now = self.now()
        with (unit := self.uow()):
            unit[HubSubscriptions].asked(feed.id, now, now + ANSWERS_WITHIN)
            unit.commit()
        allowed = Allowed(frozenset(feed.hosts), frozenset(feed.plain_hosts), feed.is_local)
        try:
            form = {
                "hub.callback": f"{self.callbacks}{found.token}",
                "hub.mode": "subscribe",
                "hub.topic": found.topic_url,
                "hub.lease_seconds": int(LEASE_ASKED.total_seconds()),
                "hub.secret": self.vault.open(found.sealed_secret, feed.id),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            self.fetcher.post(found.hub_url, allowed, urlencode(form).encode(), headers)
        except (ExchangeError, UnreadableSecretError) as error:
            failures = found.failures + 1
            due_at = now + pause_after(failures, FIRST_PAUSE) * (1 - self.jitter() / 4)
            with (unit := self.uow()):
                unit[HubSubscriptions].failed(feed.id, failures, str(error)[:500], due_at)
                unit.commit()


@dataclass(frozen=True)
class HubCallback:
    """Callback of a hub: its questions and its pushes. ``found``: the subscription whose token it knows."""

    uow: UowFactory
    vault: Vault
    inbox: Inbox
    now: Callable[[], datetime]
    jitter: Callable[[], float] = random.random

    def confirm(self, found: HubSubscription, asked: Mapping[str, str]) -> str | None:
        """Answer the hub's question whether we meant it; None: we did not, or it refuses what we asked."""
        now, mode, topic = self.now(), asked.get("hub.mode", ""), asked.get("hub.topic", "")
        challenge, lease = asked.get("hub.challenge", ""), asked.get("hub.lease_seconds", "")
        is_asked = found.asked_at is not None and now - found.asked_at <= ANSWERS_WITHIN
        if not is_asked or topic != found.topic_url:
            return None
        if mode == "denied":
            failures, again_at = found.failures + 1, now + LONGEST_PAUSE
            self._write(lambda store: store.failed(found.feed_id, failures, "HUB_DENIED", again_at))
            return None
        if mode != "subscribe" or not 0 < len(challenge) <= CHALLENGE_MOST:
            return None
        seconds = int(lease) if lease.isascii() and lease.isdecimal() and len(lease) < 10 else 0  # noqa: PLR2004
        lasts = min(max(timedelta(seconds=seconds), LEASE_LEAST), LEASE_MOST)
        renewed_at = now + lasts / 2 * (1 - self.jitter() / 4)
        self._write(lambda store: store.confirmed(found.feed_id, now + lasts, renewed_at))
        return challenge

    def is_signed(self, found: HubSubscription, body: bytes, signature: str) -> bool:
        """Return whether the hub signed the body with our secret; compared in constant time."""
        method, _, given = signature.partition("=")
        if method not in _METHODS:
            return False
        try:
            secret = self.vault.open(found.sealed_secret, found.feed_id).encode()
        except UnreadableSecretError:
            return False
        made = hmac.new(secret, body, method).hexdigest()
        return hmac.compare_digest(made.encode(), given.strip().lower().encode())

    def take(self, found: HubSubscription, feed: CapFeed, body: bytes) -> int:
        """Take a push that is signed; return how many of its documents were proved, and taken at once.

        What cannot be read is left to the poll as well.
        """
        try:
            documents = [each.document for each in entries_of(body, found.topic_url) if each.document]
        except UnreadableFeedError:
            documents = []
        proved = [each for each in documents[:PUSHED_MOST] if self._is_proved(each)]
        for document in proved:
            self.inbox.receive(document, hub_source(feed))
        now = self.now()
        with (unit := self.uow()):
            unit[HubSubscriptions].pushed(found.feed_id, now)
            unit[CapFeeds].poll_now(found.feed_id, now)
            unit.commit()
        return len(proved)

    def _is_proved(self, document: bytes) -> bool:
        return any(each.code is FindingCode.VERIFIED for each in self.inbox.weigh(document).findings)

    def _write(self, step: Callable[[HubSubscriptions], None]) -> None:
        with (unit := self.uow()):
            step(unit[HubSubscriptions])
            unit.commit()


def hub_source(feed: CapFeed) -> str:
    """Return the source of messages that the feed's hub pushes; like any push it proves nothing by itself."""
    return f"hub {feed.name}"
