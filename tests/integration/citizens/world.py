"""Citizens before a console: they subscribe on the public pages, and transports keep what they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from broadcast.citizens.model import CitizenDelivery, CitizenSubscription
from broadcast.notifications.model import NotificationChannel
from cms.accounts.service.vault import vault_of
from cms.citizens.jobs import CitizenJob
from cms.citizens.service.sender import CitizenSender
from cms.citizens.tables import CitizenDeliveryRow, CitizenSubscriptionRow
from cms.notifications.channels.port import ChannelMessage
from cms.platform.store.engine import reading
from cms.platform.store.rows import value_of
from tests.builders import citizens, public_pages
from tests.builders.citizens import LAN
from tests.builders.public_pages import PAGE
from tests.console import Console
from tests.integration.notifications.world import KeptMessages, at_once

FORM = f"{PAGE}theo-doi"


@dataclass
class Town:
    """Console whose citizens can be reached by mail and web push."""

    console: Console
    mail: KeptMessages = field(default_factory=KeptMessages)
    push: KeptMessages = field(default_factory=KeptMessages)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.console.set(smtp_url="smtp://mail.example")

    def job(self) -> CitizenJob:
        """Make the job as a process that has just started does."""
        context = self.console.context
        sender = CitizenSender(
            context.uow,
            {NotificationChannel.EMAIL: self.mail, NotificationChannel.PUSH: self.push},
            vault_of(context),
            "https://loa.example",
            context.settings.citizen_sends_per_s,
            context.now,
            jitter=lambda: 0.5,
            pause=self.pauses.append,
        )
        return CitizenJob(context, sender, at_once)

    def step(self) -> int:
        return self.job().step()

    def ask(self, email: str = LAN, *, digest: bool = False, address: str = "192.0.2.1", **more: str) -> TestResponse:
        form = {"email": email, "ticket": public_pages.ticket(self.console), **({"digest": "yes"} if digest else {})}
        citizen = self.console.app.test_client()
        return citizen.post(FORM, data=form | more, environ_overrides={"REMOTE_ADDR": address})

    def subscribe(self, email: str = LAN, *, digest: bool = False) -> CitizenSubscription:
        """Ask for it and confirm it by the link of the mail."""
        assert self.ask(email, digest=digest).status_code == 200
        self.step()
        message = self.mail.messages.pop()
        assert message.to == email
        assert self.press(message.link, act="confirm", digest="yes" if digest else "").status_code == 200
        (found,) = [each for each in self.subscriptions() if each.address == email]
        return found

    def press(self, link: str, **form: str) -> TestResponse:
        """Press a button of the page that a link of a message leads to."""
        parts = urlsplit(link)
        sent = {name: value for name, value in form.items() if value}
        return self.console.app.test_client().post(f"{parts.path}?{parts.query}", data=sent)

    def subscribe_browser(self, endpoint: str = "https://push.example/1", **more: str) -> TestResponse:
        form = citizens.browser(self.console, endpoint)
        return self.console.app.test_client().post(f"{FORM}/trinh-duyet", data=form | more)

    def subscriptions(self) -> Sequence[CitizenSubscription]:
        with reading(self.console.context.engine) as session:
            rows = session.query(CitizenSubscriptionRow).order_by(CitizenSubscriptionRow.id)
            return [value_of(CitizenSubscription, row) for row in rows]

    def deliveries(self) -> Sequence[CitizenDelivery]:
        with reading(self.console.context.engine) as session:
            rows = session.query(CitizenDeliveryRow).order_by(CitizenDeliveryRow.id)
            return [value_of(CitizenDelivery, row) for row in rows]


def shown(message: ChannelMessage) -> tuple[str, str]:
    return message.to, message.title
