"""Data from other systems for their screens: a draft, a question, a feed in trouble, a subscriber."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.alerts.cap.message import CapMessage
from broadcast.alerts.model import AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.exchange.cap.writer import write
from cms.exchange.jobs import CapPublisher
from cms.exchange.model import CapFeed, FeedTrouble, Webhook
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.inbox import Inbox
from tests.console import Console
from tests.unit.exchange import messages


def fresh(console: Console, identifier: str) -> CapMessage:
    """Return a message in force at this console's time."""
    now = console.clock().replace(microsecond=0)
    info = messages.info(expires=now + timedelta(hours=6))
    return messages.message(identifier, sent=now - timedelta(minutes=1), infos=(info,))


def furnish(console: Console) -> str:
    """Fill the screens, and return the id of a message that became a draft."""
    context, now = console.context, console.clock()
    inbox = Inbox.of(context)
    drafted = inbox.receive(write(fresh(console, "drafted")), "feed Đài KTTV Nam Trung Bộ")
    ended = fresh(console, "ended")
    asked = inbox.receive(write(ended), "push kttv@example.vn")
    with context.uow() as unit:
        assert asked.alert_id is not None
        alert = unit[Alerts].get(asked.alert_id)
        unit[Alerts].save(replace(alert, status=AlertStatus.ACTIVE, version=alert.version + 1, approved_at=now))
        host = "kttv.example.vn"
        address = f"https://{host}/canh-bao/moi-nhat/tat-ca-cac-tinh/nguon-tin.atom"
        feed = CapFeed("f-1", "Đài KTTV Nam Trung Bộ", address, (host,), (), False, 60, 900, 0, now, now)
        unit[CapFeeds].add(
            replace(feed, trouble=FeedTrouble.FAILING, failures=31, error="FETCH_FAILED CONNECT timed out")
        )
        hook = Webhook("w-1", "Trung tâm điều hành tỉnh", "https://ioc.example.vn/loa/cap", False, False, True, "", now)
        unit[WebhookRecords].add(hook)
        unit.commit()
    inbox.receive(write(messages.cancel("ended-2", ended)), "push kttv@example.vn")
    inbox.receive(b"<alert", "import tin-hong.xml")
    CapPublisher(context).step()
    return drafted.id
