"""Wall-clock time of the province: local dates, instants as they are read aloud, and how recent one is."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DEFAULT_ZONE: Final = "Asia/Ho_Chi_Minh"
AHEAD_MOST: Final = timedelta(seconds=30)
"""Difference allowed between the clocks of two servers: one stamps what another reads."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(at_ms: int) -> datetime:
    """Convert an instant of the wire, in ms."""
    return _EPOCH + timedelta(milliseconds=at_ms)


def is_recent(at: datetime, now: datetime, within: timedelta) -> bool:
    """Return whether this was at most ``within`` ago by a clock of ours, which may be slightly ahead."""
    return -AHEAD_MOST <= now - at <= within


def local_date(at: datetime) -> date:
    """The date it is there."""
    return at.astimezone(ZoneInfo(DEFAULT_ZONE)).date()


def told_time(at: datetime, language: str) -> str:
    """``14 giờ 5 phút, ngày 3 tháng 3``; in English ``14:05 on 3 March``. Any other language: as in Vietnamese."""
    local = at.astimezone(ZoneInfo(DEFAULT_ZONE))
    if language.split("-", maxsplit=1)[0] == "en":
        return f"{local:%H:%M} on {local.day} {_MONTHS[local.month - 1]}"
    minutes = f" {local.minute} phút" if local.minute else ""
    return f"{local.hour} giờ{minutes}, ngày {local.day} tháng {local.month}"


# Not by strftime: that speaks the language of the process.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
