"""Background work for citizens: messages are written, spread over the subscriptions, and sent by own threads."""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from sqlalchemy.orm import Session

from broadcast.citizens.model import CitizenDelivery, CitizenSubscription
from broadcast.citizens.rules import CONFIRM_WITHIN
from broadcast.notifications.model import NotificationChannel, PushSubscription
from cms.accounts.service.vault import vault_of
from cms.citizens.repository import CitizenDeliveries, CitizenMessages, CitizenSubscriptions
from cms.citizens.service.composer import CitizenComposer
from cms.citizens.service.sender import CitizenSender
from cms.exchange.service.http_client import Fetcher
from cms.notifications.channels.mail import mail_of
from cms.notifications.channels.port import ChannelTransport
from cms.notifications.channels.web_push import WebPush, push_key
from cms.notifications.jobs import ChannelThreads, Start, in_thread
from cms.platform.context import Context
from cms.platform.store.engine import reading
from province.people import UserId

SPREAD_AT_ONCE: Final = 500
SPREADS_A_STEP: Final = 4
KEPT_FOR: Final = timedelta(days=7)
FORGETS_EVERY: Final = timedelta(minutes=10)


def transports(context: Context, fetcher: Fetcher | None = None) -> dict[NotificationChannel, ChannelTransport]:
    """Build the transports of citizens: web push, and mail where the operator has set it up."""
    settings = context.settings
    contact = settings.smtp_sender or settings.effective_cap_sender

    def found(subscription_id: UserId) -> list[PushSubscription]:
        with reading(context.engine) as session:
            return [_browser(each) for each in [CitizenSubscriptions(session).find(subscription_id)] if each]

    def forget(_browser: PushSubscription) -> None:
        """Do nothing: the sender ends a subscription that was refused."""

    push = WebPush(
        push_key(settings.keys_dir),
        contact,
        found,
        forget,
        fetcher or Fetcher(),
        context.now,
        settings.notices_are_local,
    )
    mail = {NotificationChannel.EMAIL: mail_of(settings)} if settings.smtp_url else {}
    return {NotificationChannel.PUSH: push, **mail}


def _browser(each: CitizenSubscription) -> PushSubscription:
    return PushSubscription(each.id, UserId(each.id), each.address, each.p256dh, each.auth, "", each.asked_at)


class CitizenJob:
    """Job. A channel that hangs delays no other, and no writing."""

    def __init__(self, context: Context, sender: CitizenSender | None = None, start: Start = in_thread) -> None:
        settings = context.settings
        self._context = context
        self._composer = CitizenComposer(context.uow, context.new_id)
        sender = sender or CitizenSender(
            context.uow,
            transports(context),
            vault_of(context),
            settings.effective_public_url,
            settings.citizen_sends_per_s,
            context.now,
        )
        self._threads = ChannelThreads("citizens", "to citizens", sender.send_due, start)
        self._forgot_at: datetime | None = None

    def step(self) -> int:
        """Write and spread what is due, and have each channel send; return the number of messages worked on."""
        now = self._context.now()
        done = self._composer.compose(now)
        done += sum(takewhile(bool, (self._spread(now) for _turn in range(SPREADS_A_STEP))))
        self._forget(now)
        with reading(self._context.engine) as session:
            due = CitizenDeliveries(session).due_channels(now)
        self._threads.begin(due)
        return done

    def is_pending(self, session: Session) -> bool:
        return CitizenDeliveries(session).is_any_ahead()

    def _spread(self, now: datetime) -> bool:
        """Write the deliveries of the next subscriptions of a message; return False if there is none."""
        with reading(self._context.engine) as session:
            message = CitizenMessages(session).next_unspread()
            if message is None:
                return False
            found = CitizenSubscriptions(session).next_of(message, SPREAD_AT_ONCE)
        new_id = self._context.new_id
        deliveries = [
            CitizenDelivery(new_id(), message.id, each.id, each.recipient, each.channel, message.kind, now)
            for each in found
        ]
        is_last = len(found) < SPREAD_AT_ONCE
        after_id = found[-1].id if found else message.after_id
        with self._context.uow() as unit:
            if unit[CitizenMessages].move(message, after_id, now if is_last else None):
                unit[CitizenDeliveries].write(deliveries)
                unit.commit()
        return True

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is not None and timedelta(0) <= now - self._forgot_at < FORGETS_EVERY:
            return
        with self._context.uow() as unit:
            deleted = unit[CitizenMessages].forget(now - KEPT_FOR)
            if over := unit[CitizenSubscriptions].unconfirmed(now - CONFIRM_WITHIN):
                unit[CitizenSubscriptions].end(over)
            unit.commit()
        self._forgot_at = None if deleted else now
