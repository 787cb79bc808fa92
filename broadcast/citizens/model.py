"""Citizens who subscribed to a commune without an account, and the messages to them."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from broadcast.notifications.model import NotificationChannel
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class CitizenSubscription:
    """Subscription of one address to one commune.

    ``recipient`` is the hash of channel and address: the same one may subscribe to several communes, and is sent each
    message once. ``address``: an e-mail, or the endpoint of a browser, whose keys are ``p256dh`` and ``auth``.
    ``confirmed_at``: None until the owner of the address has confirmed it; sent nothing but the question before.
    ``refusals``: messages that the address refused for good, one after the other.
    """

    id: str
    area_id: AreaId
    channel: NotificationChannel
    recipient: str
    address: str
    asked_at: datetime
    p256dh: str = ""
    auth: str = ""
    has_digest: bool = False
    confirmed_at: datetime | None = None
    refusals: int = 0


class CitizenMessageKind(IntEnum):
    """Kinds of messages, in the order in which waiting ones are sent: a higher one goes first."""

    DIGEST = 0
    CONFIRMATION = 1
    ALERT_END = 2
    ALERT = 3


@dataclass(frozen=True, slots=True)
class CitizenMessage:
    """Message to all who subscribed to one of ``areas``; the same ``event_key`` is the same message.

    ``after_id``: subscriptions up to this id have their delivery. ``spread_at``: all have it.
    ``has_digest``: the choice that a confirmation asks for.
    """

    id: str
    event_key: str
    kind: CitizenMessageKind
    areas: tuple[AreaId, ...]
    title: str
    text: str
    written_at: datetime
    expires_at: datetime
    has_digest: bool = False
    after_id: str = ""
    spread_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CitizenDelivery:
    """Delivery of a message to one recipient; attempts, claims and ends are as those of a notification."""

    id: str
    message_id: str
    subscription_id: str
    recipient: str
    channel: NotificationChannel
    kind: CitizenMessageKind
    due_at: datetime
    attempts: int = 0
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    error: str = ""
