"""Rules of messages to citizens: the address, the hour of the digest, and when an address is given up."""

from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.notifications.model import NotificationChannel
from province.wall_clock import DEFAULT_ZONE

DIGEST_CLOCK: Final = time(19)
"""After the evening's session, before people go to bed."""
DIGEST_LASTS: Final = timedelta(hours=3)
"""Later than 22:00 nobody is disturbed for the day's bulletins."""
ALERT_LASTS: Final = timedelta(hours=6)
CONFIRM_WITHIN: Final = timedelta(days=2)
REFUSALS_MOST: Final = 3
"""A mail server refuses a good address now and then; an address that refuses three messages is gone."""


def recipient_of(channel: NotificationChannel, address: str) -> str:
    """Return the hash by which an address is known; letter case makes no difference in an e-mail address."""
    known = address.casefold() if channel is NotificationChannel.EMAIL else address
    return sha256(f"{channel}:{known}".encode()).hexdigest()


def digest_window(now: datetime) -> tuple[datetime, datetime] | None:
    """Return the day that the digest of now covers, up to today's hour of it; None: none is due now."""
    here = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    due = here.replace(hour=DIGEST_CLOCK.hour, minute=DIGEST_CLOCK.minute, second=0, microsecond=0)
    if not due <= here < due + DIGEST_LASTS:
        return None
    return (due - timedelta(days=1)).astimezone(now.tzinfo), due.astimezone(now.tzinfo)


def is_given_up(refusals: int, channel: NotificationChannel) -> bool:
    """Return whether the subscription ends: a browser that has unsubscribed at once, an e-mail after some refusals."""
    return refusals >= (1 if channel is NotificationChannel.PUSH else REFUSALS_MOST)
