"""Sender of notifications: each attempt is claimed before it and settled after it.

Where the process ends in between, nobody knows whether the message went. Then a transport that shows a repeated message
once sends it again, and so does any for an urgent one: twice is better than never. Every other is left as it is.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.notifications.model import (
    Notification,
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
)
from broadcast.notifications.rules import address_of, retry_at
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.notifications.channels.port import ChannelMessage, ChannelTransport, NotPostedError
from cms.notifications.queries import is_settled
from cms.notifications.repository import NotificationChoices, Notifications
from cms.notifications.service import news
from cms.notifications.service.news import News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.user_tasks.queries import RightHolders
from province.people import Action
from province.wall_clock import local_date

log = logging.getLogger(__name__)
LOOK_AT: Final = 50
CALLS_AT_ONCE: Final = 8
UNCERTAIN: Final = "UNCERTAIN"


@dataclass(frozen=True)
class NotificationSender:
    """Sender of all channels that can be used. ``jitter`` returns a number from 0 to 1.

    ``whole_path`` completes the stored path of a page with a secret that is not stored.
    """

    uow: UowFactory
    transports: Mapping[NotificationChannel, ChannelTransport]
    writer: NotificationWriter
    public_url: str
    now: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    whole_path: Callable[[str], str] = str

    def send_due(self, channel: NotificationChannel, began_at: datetime | None = None) -> int:
        """Attempt what is due on the channel; return how many. Each result is stored before the next attempt.

        ``began_at``: when the process began that alone sends, see ``Notifications.due``.
        """
        with reading(self.uow.engine) as session:
            due: Sequence[Notification] = Notifications(session).due(channel, self.now(), LOOK_AT, began_at=began_at)
        if channel is NotificationChannel.CALL:
            # A call lasts a minute, and nobody waits until somebody else does not answer.
            with ThreadPoolExecutor(CALLS_AT_ONCE, "notify-calls") as lines:
                list(lines.map(self._attempt, due))
            return len(due)
        for notification in due:
            self._attempt(notification)
        return len(due)

    def _attempt(self, notification: Notification) -> None:
        now = self.now()
        address, refused = self._address(notification, now)
        tried = replace(notification, attempts=notification.attempts + 1, claimed_at=None)
        if refused:
            self._settle(replace(tried, given_up_at=now, error=refused))
            return
        with self.uow() as unit:
            if not unit[Notifications].claim(notification, now):
                return
            unit.commit()
        try:
            self.transports[notification.channel].send(self._message(notification, address))
        except NotPostedError as error:
            self._failed(tried, error)
        else:
            self._settle(replace(tried, sent_at=self.now(), error=""))

    def _address(self, notification: Notification, now: datetime) -> tuple[str, str]:
        """Return the address; and why not to send at all: empty if it may be sent."""
        transport = self.transports.get(notification.channel)
        if transport is None:
            return "", "NO_CHANNEL"
        if now > notification.expires_at:
            return "", "TOO_LATE"
        is_urgent = notification.urgency is NotificationUrgency.URGENT
        if notification.claimed_at is not None and not (transport.is_repeatable or is_urgent):
            return "", UNCERTAIN
        with reading(self.uow.engine) as session:
            choice = NotificationChoices(session).find(notification.user_id)
            person = People(session).get(notification.user_id)
            if person.disabled_at is not None:
                return "", "NOT_A_USER"
            if is_settled(session, notification, now):
                return "", "SETTLED"
        address = address_of(choice or NotificationChoice(notification.user_id), notification.channel)
        return address, "" if address else "NO_ADDRESS"

    def _message(self, notification: Notification, address: str) -> ChannelMessage:
        return ChannelMessage(
            id=notification.id,
            to=address,
            title=notification.title,
            text=notification.text,
            written_at=notification.written_at,
            link=f"{self.public_url}{self.whole_path(notification.path)}",
            urgency=notification.urgency,
        )

    def _settle(self, notification: Notification) -> None:
        with self.uow() as unit:
            unit[Notifications].settle(notification)
            unit.commit()

    def _failed(self, tried: Notification, error: NotPostedError) -> None:
        """Put the next attempt off; after the last one, tell the person and the administrators on the screen."""
        now, reason = self.now(), str(error)[:300]
        next_at = None if error.is_final else retry_at(tried.attempts, now, self.jitter())
        if next_at is not None and next_at < tried.expires_at:
            self._settle(replace(tried, due_at=next_at, error=reason))
            return
        log.warning("notification.given_up %s of %s: %s", tried.channel, tried.user_id, reason)
        with self.uow() as unit:
            unit[Notifications].settle(replace(tried, given_up_at=now, error=reason))
            self._tell_failure(unit, tried, reason, now)
            unit.commit()

    def _tell_failure(self, unit: UnitOfWork, tried: Notification, reason: str, now: datetime) -> None:
        """Tell it once a day and channel: a mail server that is away refuses hundreds."""
        channel, person = news.CHANNELS[tried.channel], unit[People].get(tried.user_id)
        tree = unit[Places].tree()
        roots = [area.id for area in tree if area.parent_id is None]
        levels = RightHolders(unit.session, tree, now).of(Action.USER_MANAGE, roots, [tried.user_id])
        admins = [each.user_id for level in levels for each in level]
        key = f"undelivered:{tried.channel}:{local_date(now)}:{tried.user_id}"
        for people, name, about in (([tried.user_id], "", key), (admins, person.name, f"{key}:admin")):
            title, text = news.undelivered(channel, name, reason)
            kind, urgency = NotificationKind.UNDELIVERED, NotificationUrgency.LOW
            self.writer.notify(
                unit, people, News(about, kind, urgency, title, text, "/account/notifications", now), now
            )
