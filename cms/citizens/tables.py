"""Subscriptions of citizens, messages to them, and their deliveries."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.citizens.model import CitizenDelivery, CitizenMessage, CitizenMessageKind, CitizenSubscription
from broadcast.notifications.model import NotificationChannel
from cms.platform.store.columns import Base, partial_index
from province.areas import AreaId


class CitizenSubscriptionRow(Base, table="citizen_subscriptions", value=CitizenSubscription):
    """Subscription, once for each address and commune."""

    __table_args__ = (UniqueConstraint("recipient", "area_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(1000))
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    has_digest: Mapped[bool]
    refusals: Mapped[int]


class CitizenMessageRow(Base, table="citizen_messages", value=CitizenMessage):
    """Message, once for each event."""

    __table_args__ = (
        UniqueConstraint("event_key"),
        partial_index("ix_citizen_messages_unspread", "kind", "id", where="spread_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[CitizenMessageKind]
    after_id: Mapped[str] = mapped_column(String(40))
    written_at: Mapped[datetime] = mapped_column(index=True)
    spread_at: Mapped[datetime | None]


class CitizenDeliveryRow(Base, table="citizen_deliveries", value=CitizenDelivery):
    """Delivery, once for each message and recipient."""

    __table_args__ = (
        UniqueConstraint("message_id", "recipient"),
        partial_index(
            "ix_citizen_deliveries_open", "channel", "kind", "due_at", where="sent_at IS NULL AND given_up_at IS NULL"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("citizen_messages.id"))
    subscription_id: Mapped[str] = mapped_column(String(40), index=True)
    recipient: Mapped[str] = mapped_column(String(64))
    channel: Mapped[NotificationChannel]
    kind: Mapped[CitizenMessageKind]
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
