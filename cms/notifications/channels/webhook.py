"""Channel of webhooks: a signed JSON document is posted to the address, as those of CAP (docs/exchange.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import signature
from cms.notifications.channels.port import ChannelMessage, NotPostedError


@dataclass(frozen=True)
class WebhookChannel:
    """Poster of webhooks. ``secret`` signs them; ``is_local``: addresses in our own network are allowed, and http."""

    fetcher: Fetcher
    secret: str
    is_local: bool
    now: Callable[[], datetime]
    is_repeatable: bool = True

    def send(self, message: ChannelMessage) -> None:
        """Post the message. Raises NotPostedError."""
        if not self.secret:
            raise NotPostedError("NO_SECRET")
        told = {"id": message.id, **message.about, "title": message.title, "text": message.text}
        body = msgspec.json.encode(told)
        timestamp = str(int(self.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Loa-Delivery": message.id,
            "Loa-Timestamp": timestamp,
            "Loa-Signature": signature(self.secret, timestamp, message.id, body),
        }
        try:
            host = frozenset({host_of(message.to)})
            allowed = Allowed(host, host if self.is_local else frozenset(), self.is_local)
            self.fetcher.post(message.to, allowed, body, headers)
        except ExchangeError as error:
            raise NotPostedError(str(error)) from error
