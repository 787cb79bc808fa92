"""Webhooks: each document or event is posted to each subscriber, signed, retried with growing pauses, finally given up.

``Loa-Signature: v1=<hex>`` is HMAC-SHA256 with the subscriber's secret over ``<Loa-Timestamp>.<Loa-Delivery>.<body>``.
The same delivery may come twice (an answer was lost), with the same ``Loa-Delivery``.
"""

import hmac
import logging
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cms.accounts.errors import UnreadableSecretError
from cms.accounts.service.vault import Vault
from cms.exchange.model import Webhook, WebhookDelivery, WebhookKind
from cms.exchange.repository.outbound import Due, WebhookRecords
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.errors import ExchangeError, FetchFailedError
from cms.exchange.service.http_client import Fetcher
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from media.errors import MediaError
from media.ports import ContentStore
from province.events import Event
from province.people import program

log = logging.getLogger(__name__)

LOOK_AT: Final = 500
SENDERS: Final = 8
"""Parallel deliveries: a slow subscriber delays no other; together they are bounded."""
FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)
TRIES: Final = 12
"""About five hours with these pauses; a document that has expired by then is not worth more."""


def signature(secret: str, timestamp: str, delivery_id: str, body: bytes) -> str:
    """Return the value of the signature header."""
    signed = f"{timestamp}.{delivery_id}.".encode() + body
    return f"v1={hmac.new(secret.encode(), signed, sha256).hexdigest()}"


def pause_after(attempts: int, first: timedelta = FIRST_PAUSE) -> timedelta:
    """Return the pause before the next attempt: doubling, from ``first`` to an hour."""
    doublings = min(attempts - 1, 20)
    return min(first * (1 << doublings), LONGEST_PAUSE)


@dataclass(frozen=True)
class Webhooks:
    """Sender of webhooks. ``step`` attempts what is due. One process at a time.

    ``jitter``, from 0 to 1, shortens pauses by up to a quarter: what failed together is not tried together.
    """

    uow: UowFactory
    content: ContentStore
    vault: Vault
    fetcher: Fetcher
    now: Callable[[], datetime]
    jitter: Callable[[], float] = random.random

    def step(self) -> int:
        """Attempt the due deliveries; return how many. Each result is stored before the next look."""
        with reading(self.uow.engine) as session:
            longest_due = WebhookRecords(session).due(self.now(), LOOK_AT)
        # One per subscriber: a backlog of one takes no turn from the others.
        due = list({each.webhook.id: each for each in reversed(longest_due)}.values())
        if not due:
            return 0
        with ThreadPoolExecutor(min(SENDERS, len(due)), "webhook") as lanes:
            for one, error in zip(due, lanes.map(self._told, due), strict=True):
                self._settle(one, error)
        return len(due)

    def _told(self, due: Due) -> ExchangeError | None:
        """Deliver; return the error, None if the subscriber accepted."""
        try:
            secret = self.vault.open(due.webhook.sealed_secret, due.webhook.id)
            document = due.document
            body = due.delivery.body.encode() if document is None else self.content.read_bytes(document.sha256)
            headers = self._headers(due, secret, body)
            self.fetcher.post(due.webhook.url, allowed_for(due.webhook), body, headers)
        except ExchangeError as error:
            return error
        except (UnreadableSecretError, MediaError, OSError) as error:
            log.exception("webhook %s cannot be sent", due.webhook.name)
            return FetchFailedError("OURS", due.webhook.url, type(error).__name__)
        return None

    def _headers(self, due: Due, secret: str, body: bytes) -> Mapping[str, str]:
        timestamp = str(int(self.now().timestamp()))
        named = {"Content-Type": "application/cap+xml"}
        if due.document is None:
            named = {"Content-Type": "application/json", "Loa-Event": due.delivery.event}
        return {
            **named,
            "Loa-Delivery": due.delivery.id,
            "Loa-Timestamp": timestamp,
            "Loa-Signature": signature(secret, timestamp, due.delivery.id, body),
        }

    def _settle(self, due: Due, error: ExchangeError | None) -> None:
        now = self.now()
        tried = replace(due.delivery, attempts=due.delivery.attempts + 1, error="" if error is None else str(error))
        if error is None:
            tried = replace(tried, sent_at=now)
        elif tried.attempts >= TRIES:
            tried = replace(tried, dead_at=now)
        else:
            tried = replace(tried, due_at=now + pause_after(tried.attempts) * (1 - 0.25 * self.jitter()))
        with (unit := self.uow()):
            unit[WebhookRecords].save(tried)
            if tried.dead_at is not None:
                detail = {
                    "document": due.delivery.document_id or due.delivery.event,
                    "error": tried.error,
                    "name": due.webhook.name,
                }
                unit.record(Event.of(program(EXCHANGE), "webhook.abandoned", due.webhook.id, now, **detail))
            unit.commit()


def allowed_for(webhook: Webhook) -> Allowed:
    """Return the subscriber's own host as the only one allowed."""
    host = frozenset({host_of(webhook.url)})
    return Allowed(host, host if webhook.is_plain else frozenset(), webhook.is_local)


def deliveries_of(
    document_id: str, webhooks: list[Webhook], *, is_drill: bool, now: datetime, new_id: Callable[[], str]
) -> list[WebhookDelivery]:
    """Make a delivery for each subscriber that wants such a document, due at once."""
    wanting = [each for each in webhooks if WebhookKind.CAP in each.kinds and (each.wants_drills or not is_drill)]
    return [WebhookDelivery(new_id(), each.id, document_id, 0, now) for each in wanting]
