"""Rules of notifications: channels of a person, quiet time, retries, and escalation before an airing."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.notifications.model import (
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
)
from province.errors import Problem, problem_if
from province.wall_clock import DEFAULT_ZONE

NEWS: Final = frozenset(
    {
        NotificationKind.NOT_SUBMITTED,
        NotificationKind.DRAFT,
        NotificationKind.UNDRAFTED,
        NotificationKind.AUDIT,
        NotificationKind.REJECTED,
        NotificationKind.APPROVED,
        NotificationKind.WITHDRAWN,
        NotificationKind.CHANGE_CONFIRMED,
        NotificationKind.CHANGE_DROPPED,
        NotificationKind.DECLINED,
        NotificationKind.LEFT_OUT,
        NotificationKind.PROGRAMME_KILLED,
        NotificationKind.ORDER_CHANGED,
        NotificationKind.ORDER_FIRED,
        NotificationKind.ORDER_HELD,
        NotificationKind.ORDER_ENDED,
        NotificationKind.RAISED,
        NotificationKind.TICKET,
        NotificationKind.ACCOUNT,
        NotificationKind.UNDELIVERED,
        NotificationKind.TEST,
    }
)
"""Kinds that are no tasks: seen, they are done."""
RINGING: Final = frozenset(
    {NotificationKind.ALERT, NotificationKind.DRAFT, NotificationKind.ORDER_FIRED, NotificationKind.ORDER_HELD}
)
"""Kinds that ring a telephone where they are urgent: an alert waits, or sounds without a hand."""
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=10)
TRIES: Final = 8
"""About twenty minutes with these pauses; the person has it on the screen all the time."""
CLAIM_LASTS: Final = timedelta(seconds=90)
"""An attempt whose end is unknown after this was cut off: longer than any transport waits."""
EMAIL_MOST: Final = 200
_BY_NUMBER: Final = frozenset({NotificationChannel.SMS, NotificationChannel.ZALO, NotificationChannel.CALL})
_PHONE: Final = re.compile(r"\+?\d{9,15}")


def channels_of(
    choice: NotificationChoice,
    urgency: NotificationUrgency,
    available: Collection[NotificationChannel],
    *,
    has_browser: bool,
    is_page: bool = False,
) -> tuple[NotificationChannel, ...]:
    """Return the channels of a notification: the screen always, and what the person chose where it can be used.

    Who has subscribed a browser has chosen web push. ``is_page``: it calls the person to an alert; nothing else rings
    a telephone.
    """
    if urgency is NotificationUrgency.LOW:
        return (NotificationChannel.SCREEN,)
    if not is_page:
        available = set(available) - {NotificationChannel.CALL}
    pushed = [NotificationChannel.PUSH] if has_browser else []
    chosen = [each for each in choice.channels if each in available and address_of(choice, each)]
    return (NotificationChannel.SCREEN, *pushed, *chosen)


def address_of(choice: NotificationChoice, channel: NotificationChannel) -> str:
    """Return the person's address on this channel, empty where it lacks; web push goes by the person's id."""
    if channel is NotificationChannel.EMAIL:
        return choice.email
    if channel in _BY_NUMBER:
        return choice.phone
    return choice.user_id


def due_at(choice: NotificationChoice, urgency: NotificationUrgency, now: datetime) -> datetime:
    """Return when to send: at once, or at the end of the person's quiet time, which an urgent one passes."""
    here = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    starts, ends, at = choice.quiet_from, choice.quiet_until, here.time()
    is_over_midnight = starts > ends
    is_quiet = (at >= starts or at < ends) if is_over_midnight else starts <= at < ends
    if not is_quiet or urgency is NotificationUrgency.URGENT:
        return now
    end = here.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return (end if end > here else end + timedelta(days=1)).astimezone(now.tzinfo)


def retry_at(attempts: int, now: datetime, jitter: float) -> datetime | None:
    """Return when to try again, None if no more; ``jitter`` from 0 to 1 spreads those that failed together."""
    if attempts >= TRIES:
        return None
    pause = min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)
    return now + pause * (0.75 + 0.5 * jitter)


def escalation_step(airs_at: datetime, now: datetime, before: Iterable[timedelta]) -> int:
    """Return how many of these times ``before`` the airing are reached; 0 after it has begun.

    Each notifies one level of approvers more.
    """
    return sum(now >= airs_at - each for each in before) if now < airs_at else 0


def problems_of(choice: NotificationChoice) -> list[Problem]:
    """Return what is wrong with the addresses, and channels chosen without one."""
    found = problem_if(bool(choice.email) and not is_email(choice.email), "email", "NOT_AN_EMAIL")
    found += problem_if(bool(choice.phone) and _PHONE.fullmatch(choice.phone) is None, "phone", "NOT_A_MOBILE")
    is_mailed = NotificationChannel.EMAIL in choice.channels
    found += problem_if(is_mailed and not choice.email, "email", "MISSING")
    is_phoned = not _BY_NUMBER.isdisjoint(choice.channels)
    found += problem_if(is_phoned and not choice.phone, "phone", "MISSING")
    return found


def is_email(text: str) -> bool:
    """Return whether the text may be an e-mail address that our mails can carry."""
    name, at, host = text.rpartition("@")
    is_plain = text.isascii() and not any(sign.isspace() for sign in text)
    return bool(name and at and host) and is_plain and len(text) <= EMAIL_MOST


def international(phone: str) -> str:
    """Return the number as telephone networks route it: a Vietnamese one with 84 in place of its 0."""
    digits = phone.removeprefix("+")
    return f"84{digits[1:]}" if digits.startswith("0") and not phone.startswith("+") else digits
