"""Feeds and subscribers of the exchange for all tests that need one."""

from __future__ import annotations

import itertools

from cms.accounts.service.vault import vault_of
from cms.exchange.jobs import CapPublisher
from cms.exchange.model import CapFeed, Webhook
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service import subscriptions
from cms.exchange.service.subscriptions import FeedDraft, WebhookDraft
from tests.builders import alert_states
from tests.builders.people import call_by
from tests.console import Console

_NUMBERS = itertools.count(1)


def feed(console: Console) -> CapFeed:
    draft = FeedDraft(f"Nguồn {next(_NUMBERS)}", "https://kttv.example/cap.atom")
    vault = vault_of(console.context)
    return subscriptions.add_feed(console.context.uow(), draft, vault=vault, call=call_by(console, "admin"))


def subscriber(console: Console, url: str = "https://bao.example/nhan") -> Webhook:
    draft = WebhookDraft(f"Nơi nhận {next(_NUMBERS)}", url)
    call, vault = call_by(console, "admin"), vault_of(console.context)
    return subscriptions.add_webhook(console.context.uow(), draft, vault=vault, call=call)[0]


def delivered(console: Console) -> str:
    """Publish an alert to a new subscriber and settle it; return the path of the delivery below the subscribers'."""
    webhook = subscriber(console)
    alert_states.active(console)
    CapPublisher(console.context).step()
    with console.context.uow() as unit:
        (line, *_) = unit[WebhookRecords].log(webhook.id, "", 1).rows
    return f"{webhook.id}/deliveries/{line.delivery.id}"
