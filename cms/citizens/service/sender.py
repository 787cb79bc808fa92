"""Sender of messages to citizens: alerts first, some at once, so many a second and no more.

It writes and sends apart from the notifications to staff: whatever waits here, they are sent meanwhile.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.citizens.model import CitizenDelivery, CitizenMessage, CitizenMessageKind, CitizenSubscription
from broadcast.citizens.rules import is_given_up
from broadcast.notifications.model import NotificationChannel, NotificationUrgency
from broadcast.notifications.rules import retry_at
from cms.accounts.service.vault import Vault
from cms.citizens.repository import CitizenDeliveries, CitizenMessages, CitizenSubscriptions
from cms.citizens.service import links
from cms.notifications.channels.port import ChannelMessage, ChannelTransport, NotPostedError
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory

log = logging.getLogger(__name__)
TAKEN_AT_ONCE: Final = 32
AT_ONCE: Final = 8
"""Eight attempts at 20 s each, four after another, end before a claim does."""
BATCHES_MOST: Final = 200
FAILURES_MOST: Final = 8
"""Failures one after the other: the server is away, and the rest would only wait for it."""
RESTS: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Delivery that was claimed, with all that it needs; ``refused``: why it is not sent at all."""

    delivery: CitizenDelivery
    message: CitizenMessage | None = None
    subscription: CitizenSubscription | None = None
    refused: str = ""


@dataclass
class CitizenSender:
    """Sender. One thread for each channel calls ``send_due``. ``pause`` waits so many seconds."""

    uow: UowFactory
    transports: Mapping[NotificationChannel, ChannelTransport]
    vault: Vault
    public_url: str
    sends_per_s: int
    now: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    pause: Callable[[float], object] = time.sleep
    _rests: dict[NotificationChannel, datetime] = field(default_factory=dict)

    def send_due(self, channel: NotificationChannel) -> int:
        """Attempt what is due on the channel, batch by batch; return how many. Bounded: the next look continues."""
        done = 0
        for _batch in range(BATCHES_MOST):
            if self.now() < self._rests.get(channel, self.now()):
                return done
            attempts = self._claimed(channel)
            if not attempts:
                return done
            with ThreadPoolExecutor(AT_ONCE, f"citizens-{channel}") as pool:
                ended = list(pool.map(self._ended, attempts))
            self._settle(channel, attempts, ended)
            done += len(attempts)
            self.pause(len(attempts) / self.sends_per_s)
        return done

    def _claimed(self, channel: NotificationChannel) -> Sequence[_Attempt]:
        now = self.now()
        with reading(self.uow.engine) as session:
            due = CitizenDeliveries(session).due(channel, now, TAKEN_AT_ONCE)
            if not due:
                return []
            messages = CitizenMessages(session).get_many({each.message_id for each in due})
            subscriptions = CitizenSubscriptions(session).get_many([each.subscription_id for each in due])
        with self.uow() as unit:
            mine = [each for each in due if unit[CitizenDeliveries].claim(each, now)]
            unit.commit()
        return [
            self._attempt(each, messages[each.message_id], subscriptions.get(each.subscription_id), now)
            for each in mine
        ]

    def _attempt(
        self,
        delivery: CitizenDelivery,
        message: CitizenMessage,
        subscription: CitizenSubscription | None,
        now: datetime,
    ) -> _Attempt:
        if subscription is None:
            return _Attempt(delivery, refused="UNSUBSCRIBED")
        if now > message.expires_at:
            return _Attempt(delivery, refused="TOO_LATE")
        if delivery.channel not in self.transports:
            return _Attempt(delivery, refused="NO_CHANNEL")
        return _Attempt(delivery, message, subscription)

    def _ended(self, attempt: _Attempt) -> NotPostedError | None:
        """Make the attempt; return why it failed, None if it did not."""
        if attempt.message is None or attempt.subscription is None:
            return NotPostedError(attempt.refused, is_final=True)
        try:
            transport = self.transports[attempt.delivery.channel]
            transport.send(self._message(attempt.delivery, attempt.message, attempt.subscription))
        except NotPostedError as error:
            return error
        return None

    def _message(
        self, delivery: CitizenDelivery, message: CitizenMessage, subscription: CitizenSubscription
    ) -> ChannelMessage:
        is_alert = message.kind >= CitizenMessageKind.ALERT_END
        if message.kind is CitizenMessageKind.CONFIRMATION:
            path, end = links.choice_path(self.vault, subscription.id, has_digest=message.has_digest), ""
        else:
            path, end = links.place_path(subscription.area_id), links.end_path(self.vault, subscription.id)
        is_mail = delivery.channel is NotificationChannel.EMAIL
        return ChannelMessage(
            id=delivery.id,
            to=subscription.address if is_mail else subscription.id,
            title=message.title,
            text=message.text,
            written_at=message.written_at,
            link=f"{self.public_url}{path}",
            urgency=NotificationUrgency.URGENT if is_alert else NotificationUrgency.NORMAL,
            end_link=f"{self.public_url}{end}" if end else "",
        )

    def _settle(
        self, channel: NotificationChannel, attempts: Sequence[_Attempt], ended: Sequence[NotPostedError | None]
    ) -> None:
        now = self.now()
        with self.uow() as unit:
            for attempt, error in zip(attempts, ended, strict=True):
                tried = replace(attempt.delivery, attempts=attempt.delivery.attempts + 1, claimed_at=None)
                if error is None:
                    unit[CitizenDeliveries].settle(replace(tried, sent_at=now, error=""))
                    if attempt.subscription is not None and attempt.subscription.refusals:
                        unit[CitizenSubscriptions].set_refusals(attempt.subscription.id, 0)
                else:
                    self._failed(unit, attempt, tried, error, now)
            unit.commit()
        away = sum(error is not None and not error.is_final for error in ended)
        if away >= FAILURES_MOST:
            log.warning("citizen_delivery.put_off: %d of %d by %s failed, %s", away, len(ended), channel, ended[-1])
            self._rests[channel] = now + RESTS

    def _failed(
        self, unit: UnitOfWork, attempt: _Attempt, tried: CitizenDelivery, error: NotPostedError, now: datetime
    ) -> None:
        """Put the next attempt off, or give it up; an address that refuses again and again is deleted."""
        reason, subscription = str(error)[:300], attempt.subscription
        next_at = None if error.is_final else retry_at(tried.attempts, now, self.jitter())
        if next_at is not None and attempt.message is not None and next_at < attempt.message.expires_at:
            unit[CitizenDeliveries].settle(replace(tried, due_at=next_at, error=reason))
            return
        unit[CitizenDeliveries].settle(replace(tried, given_up_at=now, error=reason))
        if error.is_final and subscription is not None:
            refusals = subscription.refusals + 1
            if is_given_up(refusals, tried.channel):
                log.info("citizen_subscription.ended %s: %s", subscription.id, reason)
                unit[CitizenSubscriptions].end([subscription.id])
            else:
                unit[CitizenSubscriptions].set_refusals(subscription.id, refusals)
