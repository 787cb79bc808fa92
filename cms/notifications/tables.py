"""Notifications, what people chose, their push subscriptions, and how far the event log was followed."""

from datetime import datetime, time

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.notifications.model import (
    Notification,
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
    PushSubscription,
)
from cms.platform.store.columns import Base, partial_index
from province.people import UserId


class NotificationRow(Base, table="notifications", value=Notification):
    """Notification, once for each person, event and channel."""

    __table_args__ = (
        UniqueConstraint("user_id", "event_key", "channel"),
        partial_index("ix_notifications_open", "channel", "due_at", where="sent_at IS NULL AND given_up_at IS NULL"),
        partial_index("ix_notifications_unseen", "user_id", "channel", where="acknowledged_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"))
    event_key: Mapped[str] = mapped_column(String(160), index=True)
    channel: Mapped[NotificationChannel]
    kind: Mapped[NotificationKind]
    step: Mapped[int]
    urgency: Mapped[NotificationUrgency]
    written_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]


class NotificationChoiceRow(Base, table="notification_choices", value=NotificationChoice):
    """Choice of a person."""

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(20))
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]


class PushSubscriptionRow(Base, table="push_subscriptions", value=PushSubscription):
    """Subscription of a browser; one that is subscribed again keeps its row."""

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class EventCursorRow(Base, table="event_cursors"):
    """Number of the last event that a follower of the event log has worked on."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
