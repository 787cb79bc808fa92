"""Writer of notifications: the one way in which anything is told to people. Within a unit of work."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broadcast.notifications.model import (
    Notification,
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
)
from broadcast.notifications.rules import channels_of, due_at
from cms.notifications.repository import NotificationChoices, Notifications, PushSubscriptions
from cms.notifications.service.news import News
from cms.platform.settings import Settings
from cms.platform.store.uow import UnitOfWork
from province.people import UserId

_S: Final = NotificationChannel
_PAGES: Final = frozenset({NotificationKind.ALERT, NotificationKind.DRAFT})
"""Kinds that ring a telephone."""


def available(settings: Settings) -> frozenset[NotificationChannel]:
    """Return the channels that the operator has set up; screen and web push need nothing."""
    given = {
        _S.EMAIL: settings.smtp_url,
        _S.SMS: settings.smpp_url,
        _S.ZALO: settings.zalo_template_id,
        _S.CALL: settings.sip_url,
    }
    return frozenset({_S.SCREEN, _S.PUSH, *(channel for channel, value in given.items() if value)})


@dataclass(frozen=True)
class NotificationWriter:
    """Writer. ``notify`` is idempotent: the store refuses a second one of the same person, event and channel."""

    channels: Collection[NotificationChannel]
    new_id: Callable[[], str]

    def notify(self, uow: UnitOfWork, people: Collection[UserId], news: News, now: datetime) -> None:
        """Write the news to each person, by each of their channels. Not committed yet."""
        self.notify_each(uow, [(user_id, news) for user_id in dict.fromkeys(people)], now)

    def notify_each(self, uow: UnitOfWork, each_told: Sequence[tuple[UserId, News]], now: datetime) -> None:
        """Write to each person their own news, by each of their channels, in few statements. Not committed yet."""
        people = [user_id for user_id, _ in each_told]
        if not people:
            return
        choices: Mapping[UserId, NotificationChoice] = uow[NotificationChoices].of(people)
        subscribed = uow[PushSubscriptions].owners(people)
        uow[Notifications].write(
            Notification(
                id=self.new_id(),
                user_id=user_id,
                event_key=news.event_key,
                channel=channel,
                kind=news.kind,
                urgency=news.urgency,
                step=news.step,
                title=news.title,
                text=news.text,
                path=news.path,
                written_at=now,
                due_at=due_at(choices[user_id], news.urgency, now),
                expires_at=news.expires_at,
                sent_at=now if channel is _S.SCREEN else None,
            )
            for user_id, news in each_told
            for channel in channels_of(
                choices[user_id],
                news.urgency,
                self.channels,
                has_browser=user_id in subscribed,
                is_page=news.kind in _PAGES and news.urgency is NotificationUrgency.URGENT,
            )
        )
