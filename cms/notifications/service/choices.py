"""Choices of a person: channels, addresses, quiet time and browsers. Each changes their own alone."""

from datetime import datetime, timedelta
from typing import Final

from broadcast.notifications.model import (
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
    PushSubscription,
)
from broadcast.notifications.rules import problems_of
from cms.notifications.channels.web_push import is_subscription
from cms.notifications.repository import NotificationChoices, Notifications, PushSubscriptions
from cms.notifications.service.news import TEST, News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import InvalidError, Problem, refuse

BROWSERS_MOST: Final = 10
_KEY_MOST: Final = 160
"""As the column: a form may bring anything."""
TEST_LASTS: Final = timedelta(minutes=15)


def choose(uow: UnitOfWork, choice: NotificationChoice, *, call: Call) -> None:
    """Store what the person chose. Raises InvalidError."""
    refuse(problems_of(choice))
    with uow:
        uow[NotificationChoices].set(choice)
        told = {"channels": list(choice.channels)}
        uow.record(call.event("user.notifications_chosen", call.actor.user_id, **told))
        uow.commit()


def subscribe(uow: UnitOfWork, *, endpoint: str, p256dh: str, auth: str, agent: str, call: Call) -> None:
    """Store the subscription of a browser, in place of the oldest one where there are many. Raises InvalidError."""
    if not is_subscription(endpoint, p256dh, auth) or len(endpoint) > 1000:  # noqa: PLR2004 - as the column
        raise InvalidError([Problem("endpoint", "NOT_A_SUBSCRIPTION")])
    user_id = call.actor.user_id
    with uow:
        known = uow[PushSubscriptions].of(user_id)
        for oldest in known[: max(0, len(known) - BROWSERS_MOST + 1)]:
            uow[PushSubscriptions].unsubscribe(user_id, oldest.id)
        uow[PushSubscriptions].subscribe(
            PushSubscription(call.new_id(), user_id, endpoint, p256dh, auth, agent, call.now)
        )
        uow.commit()


def unsubscribe(uow: UnitOfWork, subscription_id: str, *, call: Call) -> None:
    """Delete the person's subscription; another one's changes nothing."""
    with uow:
        uow[PushSubscriptions].unsubscribe(call.actor.user_id, subscription_id)
        uow.commit()


def acknowledge(uow: UnitOfWork, event_key: str, *, call: Call) -> None:
    """Mark the person's notifications of this event as seen."""
    with uow:
        uow[Notifications].acknowledge(call.actor.user_id, event_key[:_KEY_MOST], call.now)
        uow.commit()


def send_test(uow: UnitOfWork, writer: NotificationWriter, now: datetime, *, call: Call) -> None:
    """Notify the person by all of their channels, to see that they work."""
    (title, text), until_at = TEST, now + TEST_LASTS
    kind, urgency = NotificationKind.TEST, NotificationUrgency.URGENT
    with uow:
        what = News(f"test:{call.new_id()}", kind, urgency, title, text, "/account/notifications", until_at)
        writer.notify(uow, [call.actor.user_id], what, now)
        uow.commit()
