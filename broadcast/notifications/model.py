"""Notifications to people, their channels, and what each person chose."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import IntEnum, StrEnum

from province.people import UserId


class NotificationChannel(StrEnum):
    """Channels. SCREEN is the list on the person's own start page, which everybody has."""

    SCREEN = "screen"
    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"
    ZALO = "zalo"
    CALL = "call"


class NotificationUrgency(IntEnum):
    """Urgency of a notification.

    LOW: on the screen alone · NORMAL: by the channels that the person chose, after their quiet time ·
    URGENT: at once, in the quiet time too.
    """

    LOW = 0
    NORMAL = 1
    URGENT = 2


class NotificationKind(StrEnum):
    """Subjects of notifications.

    Those of ``NEWS`` stay on the screen until the person has seen them; the others are tasks as well, and go when the
    task is done.
    """

    REVIEW = "review"
    UNAPPROVED = "unapproved"
    NOT_SUBMITTED = "not_submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    CHANGE = "change"
    CHANGE_CONFIRMED = "change_confirmed"
    CHANGE_DROPPED = "change_dropped"
    ANSWER = "answer"
    DECLINED = "declined"
    LEFT_OUT = "left_out"
    PROGRAMME_KILLED = "programme_killed"
    ORDER_CHANGED = "order_changed"
    ALERT = "alert"
    UNANSWERED = "unanswered"
    UNSPOKEN = "unspoken"
    ORDER_FIRED = "order_fired"
    ORDER_HELD = "order_held"
    ORDER_PROPOSED = "order_proposed"
    ORDER_ENDED = "order_ended"
    DRAFT = "draft"
    UNDRAFTED = "undrafted"
    RAISED = "raised"
    TICKET = "ticket"
    INVITATION = "invitation"
    ACCESS = "access"
    LOCKED = "locked"
    ACCOUNT = "account"
    AUDIT = "audit"
    UNDELIVERED = "undelivered"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notification:
    """Notification of one person by one channel. The same person, ``event_key`` and channel is the same notification.

    ``step``: 0 for the first people asked, one more for each escalation. Not sent, not given up: tried at ``due_at``;
    ``claimed_at``: an attempt has begun, and its end is not known yet. ``expires_at``: not sent later than that.
    ``acknowledged_at``: the person has seen it.
    """

    id: str
    user_id: UserId
    event_key: str
    channel: NotificationChannel
    kind: NotificationKind
    urgency: NotificationUrgency
    step: int
    title: str
    text: str
    path: str
    written_at: datetime
    due_at: datetime
    expires_at: datetime
    attempts: int = 0
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    error: str = ""
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotificationChoice:
    """Choice of a person: channels with their addresses, and a quiet time by the wall clock; equal ends: none."""

    user_id: UserId
    email: str = ""
    phone: str = ""
    channels: tuple[NotificationChannel, ...] = ()
    quiet_from: time = time(0)
    quiet_until: time = time(0)


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """Subscription of one browser to web push; ``p256dh`` and ``auth`` are its keys, base64url."""

    id: str
    user_id: UserId
    endpoint: str
    p256dh: str
    auth: str
    agent: str
    created_at: datetime
